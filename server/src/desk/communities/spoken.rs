//! Words in each language of the form: fields to write them, and what was written.

use super::Fields;
use crate::community::{Texts, own_name};
use crate::desk::Visit;
use askama::Template;
use baraza_forms::form::Language;

#[derive(Template)]
#[template(path = "desk/community/spoken.html")]
struct Spoken<'a> {
    field: &'a str,
    legend: &'a str,
    hint: &'a str,
    most: usize,
    rows: usize,
    all: Vec<Tongue<'a>>,
}

struct Tongue<'a> {
    language: &'a Language,
    name: &'a str,
    dir: &'static str,
    text: &'a str,
}

/// Words that may be written.
#[derive(Clone, Copy)]
pub struct Field {
    /// Begins the names of its inputs.
    pub name: &'static str,
    /// The desk's text that stands over it, and the one that says more.
    pub legend: &'static str,
    pub hint: &'static str,
    /// The most letters in a language.
    pub most: usize,
}

impl Field {
    /// Inputs for all languages.
    pub fn inputs(self, visit: &Visit, languages: &[Language], texts: &Texts) -> askama::Result<String> {
        self.inputs_as(
            self.name,
            (&visit.t(self.legend), &visit.t(self.hint)),
            languages,
            texts,
        )
    }

    /// The same under another name.
    pub fn inputs_as(
        self,
        name: &str,
        (legend, hint): (&str, &str),
        languages: &[Language],
        texts: &Texts,
    ) -> askama::Result<String> {
        let all = languages.iter().map(|language| Tongue {
            language,
            name: own_name(language),
            dir: crate::http::direction(language.rtl),
            text: texts.get(&language.tag).map(String::as_str).unwrap_or_default(),
        });
        let spoken = Spoken {
            field: name,
            legend,
            hint,
            most: self.most,
            rows: if self.most > 150 { 4 } else { 2 },
            all: all.collect(),
        };
        spoken.render()
    }

    /// What was written, and whether some of it is longer than there is room for.
    pub fn read(self, fields: &Fields, languages: &[Language]) -> (Texts, bool) {
        self.read_as(self.name, fields, languages)
    }

    /// The same under another name.
    pub fn read_as(self, name: &str, fields: &Fields, languages: &[Language]) -> (Texts, bool) {
        let mut texts = Texts::new();
        for language in languages {
            let text = fields.get(&format!("{name}-{}", language.tag)).replace('\r', "");
            if !text.trim().is_empty() {
                texts.insert(language.tag.clone(), text.trim().to_owned());
            }
        }
        let is_long = texts.values().any(|text| text.chars().count() > self.most);
        (texts, is_long)
    }
}

/// What languages call themselves, each in its own direction; blank where there are none.
pub fn names<'a>(languages: impl Iterator<Item = &'a Language>) -> String {
    let names = languages.map(|language| {
        let name = own_name(language);
        format!("\u{2068}{name}\u{2069}")
    });
    names.collect::<Vec<_>>().join(" · ")
}
