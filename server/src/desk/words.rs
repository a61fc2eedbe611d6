//! The texts of the desk, in the languages of the interface.

use crate::plain::{TRANSLATED, Ui};
use axum::http::{HeaderMap, header};
use std::sync::OnceLock;

/// The languages with the names that those who speak them know.
pub const LANGUAGES: [(&str, &str); 5] = [
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("ar", "العربية"),
    ("sw", "Kiswahili"),
];

fn all() -> &'static [Ui; 5] {
    static ALL: OnceLock<[Ui; 5]> = OnceLock::new();
    ALL.get_or_init(|| TRANSLATED.map(|own| Ui::read(own, text(own))))
}

fn text(own: &str) -> &'static str {
    match own {
        "ar" => include_str!("words/ar.json"),
        "es" => include_str!("words/es.json"),
        "fr" => include_str!("words/fr.json"),
        "sw" => include_str!("words/sw.json"),
        _ => include_str!("words/en.json"),
    }
}

/// The texts of a language, where there are any.
pub fn of(tag: &str) -> Option<&'static Ui> {
    let primary = tag.trim().split(['-', ';']).next().unwrap_or_default();
    all().iter().find(|words| words.own.eq_ignore_ascii_case(primary))
}

/// The texts for a request: the language that was chosen, one that the browser is set to, English.
pub fn choose(headers: &HeaderMap) -> &'static Ui {
    let set_to = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    super::cookie::language(headers)
        .and_then(of)
        .or_else(|| set_to.unwrap_or_default().split(',').find_map(of))
        .or_else(|| of("en"))
        .unwrap_or_else(|| unreachable!("English is there"))
}

#[cfg(test)]
mod tests {
    use super::{LANGUAGES, choose, text};
    use axum::http::{HeaderMap, HeaderValue, header};
    use serde_json::{Map, Value as Json};
    use std::collections::BTreeSet;

    fn read(own: &str) -> Map<String, Json> {
        serde_json::from_str(text(own)).expect("JSON")
    }

    /// All places of a text, whatever form a number chooses.
    fn places(text: &Json) -> BTreeSet<String> {
        let forms: Vec<&str> = match text {
            Json::Object(forms) => forms.values().filter_map(Json::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        let of = |form: &str| -> Vec<String> {
            form.split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
                .collect()
        };
        forms.into_iter().flat_map(of).collect()
    }

    #[test]
    fn all_languages_say_the_same_things() {
        let english = read("en");
        for (own, _) in LANGUAGES {
            let texts = read(own);
            let keys = |texts: &Map<String, Json>| texts.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(&texts), keys(&english), "{own}");
            for (key, text) in &texts {
                assert_eq!(places(text), places(&english[key]), "{own}: {key}");
                let is_blank = text.as_str().is_some_and(|text| text.trim().is_empty());
                assert!(!is_blank, "{own}: {key}");
                let is_same = own != "en" && text == &english[key];
                // A word that two languages share.
                let may_be = matches!(key.as_str(), "version" | "code" | "format" | "export_codes");
                assert!(!is_same || may_be, "{own}: {key} is not translated");
            }
        }
    }

    #[test]
    fn each_text_that_is_asked_for_is_there_and_no_other() {
        let english = read("en");
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join("web/desk"), root.join("src/desk")];
        let mut sources = String::new();
        while let Some(folder) = folders.pop() {
            for file in std::fs::read_dir(folder).expect("a folder") {
                let path = file.expect("a file").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_none_or(|ending| ending != "json") {
                    sources += &std::fs::read_to_string(path).expect("a text");
                }
            }
        }
        for key in english.keys() {
            let is_made = [
                "role_", "error_", "done_", "weak_", "format_", "state_", "check_", "asks_",
            ]
            .iter()
            .any(|made| key.starts_with(made));
            assert!(
                is_made || sources.contains(&format!("\"{key}\"")),
                "nobody asks for {key}"
            );
        }
        for call in [".t(\"", ".n(\"", ".with(\""] {
            for rest in sources.split(call).skip(1) {
                let key = rest.split('"').next().unwrap_or_default();
                assert!(key.is_empty() || english.contains_key(key), "{key} is missing");
            }
        }
    }

    #[test]
    fn the_language_that_was_chosen_goes_before_that_of_the_browser() {
        let own = |cookie: &'static str, browser: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(browser));
            choose(&headers).own
        };
        assert_eq!(own("baraza-desk-language=ar", "fr"), "ar");
        assert_eq!(own("", "de-DE,de;q=0.9,sw;q=0.8,en;q=0.7"), "sw");
        assert_eq!(own("baraza-desk-language=xx", "fr-CH"), "fr");
        assert_eq!(own("", ""), "en");
    }
}
