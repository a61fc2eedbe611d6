//! The interface words of what is published, one file a language, and numbers as that language writes them.

use super::Digits;
use std::collections::HashMap;
use std::sync::OnceLock;

const FILES: [(&str, &str); 5] = [
    ("ar", include_str!("words/ar.json")),
    ("en", include_str!("words/en.json")),
    ("es", include_str!("words/es.json")),
    ("fr", include_str!("words/fr.json")),
    ("sw", include_str!("words/sw.json")),
];

/// Words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// The language of the words themselves: English where there is no file for the form's.
    pub own: &'static str,
    texts: &'static HashMap<String, String>,
    digits: Digits,
}

impl Words {
    /// The words for a language by its BCP 47 tag.
    pub fn of(tag: &str, digits: Digits) -> Self {
        static ALL: OnceLock<HashMap<&'static str, HashMap<String, String>>> = OnceLock::new();
        let read = |text| serde_json::from_str(text).unwrap_or_default();
        let all = ALL.get_or_init(|| FILES.map(|(tag, text)| (tag, read(text))).into_iter().collect());
        let primary = tag.split('-').next().unwrap_or_default().to_lowercase();
        let own = FILES.iter().map(|(tag, _)| *tag).find(|tag| *tag == primary);
        let own = own.unwrap_or("en");
        Self {
            own,
            texts: &all[own],
            digits,
        }
    }

    /// A text where the language has it.
    pub fn find(&self, key: &str) -> Option<&'static str> {
        self.texts.get(key).map(String::as_str)
    }

    /// A text, or the key itself.
    pub fn t<'a>(&self, key: &'a str) -> &'a str {
        self.find(key).unwrap_or(key)
    }

    /// A text with values put in for `{name}`. Values that come from outside may hold anything: what is put in is
    /// not looked at again.
    pub fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut out = String::new();
        let mut rest = self.t(key);
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

    /// A sentence in parts divided by `; `, such as a table's base: each part that the language has, and the others
    /// as they are.
    pub fn parts(&self, sentence: &str) -> String {
        let divider = if self.own == "ar" { "؛ " } else { "; " };
        sentence
            .split("; ")
            .map(|part| self.t(part))
            .collect::<Vec<_>>()
            .join(divider)
    }

    /// A whole number with its thousands apart.
    pub fn count(&self, n: u64) -> String {
        let plain = n.to_string();
        let mut out = String::new();
        for (at, digit) in plain.chars().enumerate() {
            // Four digits are read well enough without.
            if plain.len() > 4 && at > 0 && (plain.len() - at).is_multiple_of(3) {
                out += self.mark("thousands", ",");
            }
            out.push(digit);
        }
        self.digits.write(&out)
    }

    /// A number with so many decimals.
    pub fn number(&self, value: f64, decimals: usize) -> String {
        let plain = format!("{value:.decimals$}");
        self.digits.write(&plain.replace('.', self.mark("decimal", ".")))
    }

    /// A mark between digits. Those of Arabic belong to its own digits.
    fn mark(&self, key: &'static str, western: &'static str) -> &'static str {
        match self.digits {
            Digits::Western if self.own == "ar" => western,
            _ => self.t(key),
        }
    }

    /// A share from 0 to 1 as a whole percentage without its sign. What is not 0 and not 1 does not look so.
    pub fn share(&self, share: f64) -> String {
        let whole = (share * 100.0).round();
        if whole == 0.0 && share > 0.0 {
            format!("<{}", self.number(1.0, 0))
        } else if whole == 100.0 && share < 1.0 {
            format!(">{}", self.number(99.0, 0))
        } else {
            self.number(whole, 0)
        }
    }

    /// Digits of a text in the language's digits.
    pub fn digits(&self, text: &str) -> String {
        self.digits.write(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{FILES, Words};
    use crate::out::Digits;
    use std::collections::BTreeSet;

    fn places(text: &str) -> BTreeSet<&str> {
        let ends = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        ends.map(|(name, _)| name).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        let english = Words::of("en", Digits::Western);
        assert!(english.texts.len() > 60);
        for (tag, _) in FILES {
            let words = Words::of(tag, Digits::Western);
            assert_eq!((words.own, words.texts.len()), (tag, english.texts.len()));
            for (key, text) in english.texts {
                let other = words.find(key).expect(key);
                assert_eq!(places(text), places(other), "{tag} {key}");
            }
        }
    }

    #[test]
    fn numbers_are_written_as_the_language_does() {
        let french = Words::of("fr-CD", Digits::Western);
        assert_eq!(
            (french.number(2.5, 1), french.count(12_345)),
            ("2,5".into(), "12\u{202f}345".into())
        );
        let arabic = Words::of("ar", Digits::ArabicIndic);
        assert_eq!(
            (arabic.number(2.5, 1), arabic.count(1204)),
            ("٢٫٥".into(), "١٢٠٤".into())
        );
        let western = Words::of("ar", Digits::Western);
        assert_eq!(western.number(2.5, 1), "2.5");
        assert_eq!(Words::of("tlh", Digits::Western).own, "en");
        let shares = [0.0, 0.004, 0.5, 0.997, 1.0].map(|share| french.share(share));
        assert_eq!(shares, ["0", "<1", "50", ">99", "100"]);
    }

    #[test]
    fn a_value_that_looks_like_a_place_is_none() {
        let english = Words::of("en", Digits::Western);
        assert_eq!(english.with("by", &[("what", "{what}")]), "By {what}");
        assert_eq!(
            english.parts("gave a number; something new"),
            "gave a number; something new"
        );
    }
}
