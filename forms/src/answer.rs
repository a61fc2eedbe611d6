//! Typed answers, and their JSON.

use crate::expr::{Item, text_of_number};
use crate::form::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// An answer; a question without one has no `Answer` at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Words, a date, a code.
    Text(String),
    /// A number.
    Number(f64),
    /// Codes of a select-multiple, or of a rank in order.
    Codes(Vec<String>),
    /// Acknowledged without an answer of substance.
    Passed(Pass),
}

/// The two ways to pass an open question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// Does not know.
    DontKnow,
    /// Would rather not say.
    PreferNotToSay,
}

impl Pass {
    /// The code in responses and exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::DontKnow => "dont_know",
            Self::PreferNotToSay => "prefer_not_to_say",
        }
    }
}

impl Answer {
    /// Reads the JSON of a response; `None` where it does not fit the kind of question.
    pub fn from_json(kind: Kind, json: &Json) -> Option<Self> {
        if let Some(pass) = json.get("pass") {
            return serde_json::from_value(pass.clone()).ok().map(Self::Passed);
        }
        match (kind, json) {
            (Kind::SelectMultiple | Kind::Rank, Json::Array(codes)) => codes
                .iter()
                .map(|c| c.as_str().map(String::from))
                .collect::<Option<_>>()
                .map(Self::Codes),
            (kind, Json::Number(n)) if kind.is_number() => n.as_f64().map(Self::Number),
            (kind, Json::String(text))
                if !kind.is_number() && !matches!(kind, Kind::SelectMultiple | Kind::Rank) =>
            {
                Some(Self::Text(text.clone()))
            }
            _ => None,
        }
    }

    /// The JSON of a response.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Text(text) => Json::String(text.clone()),
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => json!(*n as i64),
            Self::Number(n) => json!(n),
            Self::Codes(codes) => json!(codes),
            Self::Passed(pass) => json!({ "pass": pass }),
        }
    }

    /// From the text an expression gave; `None` for a blank.
    pub fn from_text(kind: Kind, text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        Some(match kind {
            Kind::SelectMultiple | Kind::Rank => {
                Self::Codes(text.split_whitespace().map(String::from).collect())
            }
            kind if kind.is_number() => match crate::expr::number_of_text(text) {
                // A whole number has no decimals, however it was computed.
                n if n.is_finite() && kind == Kind::Integer => Self::Number(n.trunc()),
                n if n.is_finite() => Self::Number(n),
                _ => return None,
            },
            _ => Self::Text(text.to_owned()),
        })
    }

    /// What an expression sees; a pass reads as blank.
    pub fn item(&self) -> Item {
        match self {
            Self::Text(text) => Item::Text(text.clone()),
            Self::Number(n) => Item::Number(*n),
            Self::Codes(codes) => Item::Text(codes.join(" ")),
            Self::Passed(_) => Item::Text(String::new()),
        }
    }

    /// As one cell of a table; a pass is its code.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => text_of_number(*n),
            Self::Codes(codes) => codes.join(" "),
            Self::Passed(pass) => pass.code().to_owned(),
        }
    }

    /// Codes of a choice question.
    pub fn codes(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::Codes(codes) => codes.iter().map(String::as_str).collect(),
            Self::Number(_) | Self::Passed(_) => Vec::new(),
        }
    }
}
