//! How many people of a kind are to be interviewed, and how many were. No HTTP, no SQL.

mod counts;
mod sheet;

pub use counts::Counts;
pub use sheet::{read, written};

use baraza_forms::form::AgeBand;
use baraza_forms::{Form, Role};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// What a quota wants of one answer. The key is fixed when the quota is set, so that counts go on meaning the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// Key of the question.
    pub key: String,
    /// What its answer has to be.
    #[serde(flatten)]
    pub answer: Fitting,
}

/// Answers that fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fitting {
    /// This code or text.
    Is(String),
    /// A number within bounds, both included.
    Within(AgeBand),
}

impl Wanted {
    /// Whether the answers of a response are as wanted.
    pub fn fits(&self, answers: &Map<String, Json>) -> bool {
        match (&self.answer, answers.get(&self.key)) {
            (Fitting::Is(code), Some(Json::String(text))) => text == code,
            (Fitting::Is(code), Some(Json::Array(chosen))) => chosen.iter().any(|chosen| chosen == code),
            (Fitting::Within(band), Some(Json::Number(n))) => n.as_f64().is_some_and(|n| band.contains(n)),
            (Fitting::Within(band), Some(Json::String(text))) => {
                text.trim().parse().is_ok_and(|n: f64| band.contains(n))
            }
            _ => false,
        }
    }
}

/// `Woman 18–35 · North`, in a language of the form; blank where everybody counts.
pub fn label(form: &Form, language: usize, wanted: &[Wanted]) -> String {
    let mut label = String::new();
    for wanted in wanted {
        let node = form.by_key(&wanted.key);
        let words = match &wanted.answer {
            Fitting::Within(band) => {
                let years = match band.to {
                    Some(to) if to == band.from => to.to_string(),
                    _ => band.label().replace('-', "–"),
                };
                // Everybody knows what 18–35 is; of other numbers the name of the question has to be told.
                match node.filter(|&id| form.nodes[id].role != Some(Role::Age)) {
                    Some(id) => format!("{}: {years}", form.nodes[id].name),
                    None => years,
                }
            }
            Fitting::Is(code) => {
                let choice = node
                    .and_then(|id| form.list_of(id))
                    .and_then(|list| list.choices.iter().find(|choice| choice.name == *code));
                match choice {
                    Some(choice) => form.choice_label(language, choice),
                    None => format!("{}: {code}", wanted.key),
                }
            }
        };
        if !label.is_empty() {
            let of_whom = matches!(&wanted.answer, Fitting::Within(_)) && !words.contains(':');
            label += if of_whom { " " } else { " · " };
        }
        label += &words;
    }
    label
}

#[cfg(test)]
mod tests;
