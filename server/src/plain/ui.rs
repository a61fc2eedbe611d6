//! The texts of the interface, from the files that phones load (`server/web/i18n`).

use crate::assets;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::sync::OnceLock;

/// The languages of the interface.
pub const TRANSLATED: [&str; 5] = ["ar", "en", "es", "fr", "sw"];

/// The interface in one language.
#[derive(Debug)]
pub struct Ui {
    /// Language of the interface itself: English where it lacks the form's.
    pub own: &'static str,
    texts: Map<String, Json>,
}

/// The interface for a form's language.
pub fn ui(tag: &str) -> &'static Ui {
    static ALL: OnceLock<HashMap<&'static str, Ui>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let load = |own| {
            (
                own,
                Ui {
                    own,
                    texts: texts(own),
                },
            )
        };
        TRANSLATED.map(load).into_iter().collect()
    });
    let primary = tag.split('-').next().unwrap_or_default().to_lowercase();
    all.get(primary.as_str()).unwrap_or(&all["en"])
}

/// Every text of a language, whatever topic it is filed under.
fn texts(own: &str) -> Map<String, Json> {
    let ending = format!("/{own}.json");
    let mut texts = Map::new();
    for name in assets::names().filter(|name| name.starts_with("i18n/") && name.ends_with(&ending)) {
        let read = assets::get(name)
            .and_then(|asset| serde_json::from_slice::<Map<String, Json>>(asset.plain()).ok());
        texts.extend(read.unwrap_or_default());
    }
    texts
}

impl Ui {
    /// Texts that no phone loads, from JSON of the same make.
    pub fn read(own: &'static str, json: &str) -> Self {
        let texts = serde_json::from_str(json).unwrap_or_default();
        Self { own, texts }
    }

    /// A text.
    pub fn t(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A text in which `{n}` is a number, which decides among its forms.
    pub fn n(&self, key: &str, n: usize) -> String {
        self.with(key, &[("n", &n.to_string())])
    }

    /// Until which day a survey is paused; blank where nobody said so.
    pub fn paused_until(&self, day: &str) -> String {
        if day.is_empty() {
            return String::new();
        }
        // Figures with strokes between them are otherwise turned round where reading goes from right to left.
        self.with("paused_until", &[("day", &format!("\u{2066}{day}\u{2069}"))])
    }

    /// A text with values put in for `{name}`.
    pub fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let n = values.iter().find(|(name, _)| *name == "n");
        let n = n.and_then(|(_, n)| n.parse().ok()).unwrap_or(0);
        let text = match self.texts.get(key) {
            Some(Json::String(text)) => text,
            Some(Json::Object(forms)) => {
                let form = forms.get(category(self.own, n)).or_else(|| forms.get("other"));
                form.and_then(Json::as_str).unwrap_or(key)
            }
            _ => key,
        };
        // In one pass, so that a value that looks like a place is none.
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out += before;
            let Some((name, after)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out += value,
                None => out += &format!("{{{name}}}"),
            }
            rest = after;
        }
        out + rest
    }
}

/// The plural category of a whole number by CLDR.
fn category(language: &str, n: usize) -> &'static str {
    match (language, n, n % 100) {
        ("ar", 0, _) => "zero",
        ("ar", 2, _) => "two",
        ("ar", 3.., 3..=10) => "few",
        ("ar", 11.., 11..) => "many",
        (_, 1, _) | ("fr", 0, _) => "one",
        ("fr" | "es", 1_000_000.., _) if n.is_multiple_of(1_000_000) => "many",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::{TRANSLATED, category, ui};

    #[test]
    fn numbers_decide_among_the_forms_of_a_text() {
        let arabic = [0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111].map(|n| category("ar", n));
        let wanted = [
            "zero", "one", "two", "few", "few", "many", "many", "other", "other", "few", "many",
        ];
        assert_eq!(arabic, wanted);
        assert_eq!((category("fr", 0), category("en", 0)), ("one", "other"));
        assert_eq!(
            ui("en-GB").with("progress", &[("n", "{total}"), ("total", "9")]),
            "{total} of 9"
        );
        assert_eq!(ui("tlh").own, "en");
    }

    #[test]
    fn every_text_of_these_pages_is_there_in_every_language() {
        let all = include_str!("../../web/i18n/plain/en.json");
        let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_str(all).expect("JSON");
        for own in TRANSLATED {
            assert_eq!(ui(own).own, own);
            for key in keys.keys() {
                assert_ne!(ui(own).t(key), *key, "{own}");
            }
        }
    }
}
