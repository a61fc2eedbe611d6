//! Columns of derived questions.

use super::recode::{Range, Recode};
use crate::error::Error;
use crate::responses::Responses;
use baraza_forms::Form;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How the column of a derived question is made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Ranges {
        key: String,
        from: String,
        ranges: Vec<(Range, String)>,
    },
    Recode {
        key: String,
        from: String,
        several: bool,
        recode: Recode,
    },
    Any {
        key: String,
        from: Vec<String>,
        categories: Vec<(String, BTreeSet<String>)>,
        others: Option<String>,
        passes: BTreeSet<String>,
    },
    /// Of a rank that is asked from two choices on.
    Complete { key: String, from: String },
    /// Answers on one choice, or that it was not chosen.
    Net {
        key: String,
        question: String,
        choices: String,
        code: String,
    },
}

impl Step {
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Ranges { key, .. }
            | Self::Recode { key, .. }
            | Self::Any { key, .. }
            | Self::Complete { key, .. }
            | Self::Net { key, .. } => key,
        }
    }
}

impl Step {
    /// Whether it fills blanks of a question of the form rather than makes a new one.
    pub(crate) fn is_completion(&self) -> bool {
        matches!(self, Self::Complete { .. })
    }

    /// Keys of the questions it reads.
    pub(crate) fn sources(&self) -> Vec<&str> {
        match self {
            Self::Ranges { from, .. } | Self::Recode { from, .. } | Self::Complete { from, .. } => vec![from],
            Self::Any { from, .. } => from.iter().map(String::as_str).collect(),
            Self::Net {
                question, choices, ..
            } => vec![question, choices],
        }
    }
}

type Texts<'r> = Vec<Option<Cow<'r, str>>>;

/// The responses with the columns of all steps, each of which may read those before it.
pub(super) fn columns(responses: &Responses, form: &Form, steps: &[Step]) -> Result<Responses, Error> {
    let mut derived = responses.clone();
    derived.set_form(form.clone());
    for step in steps {
        let column = column(&derived, step)?;
        derived.set_texts(step.key(), column);
    }
    Ok(derived)
}

fn column(responses: &Responses, step: &Step) -> Result<Vec<Option<String>>, Error> {
    Ok(match step {
        Step::Ranges { from, ranges, .. } => {
            let code = |number: f64| ranges.iter().find(|(range, _)| range.contains(number));
            let numbers = responses.numbers(from)?.into_iter();
            numbers.map(|number| Some(code(number?)?.1.clone())).collect()
        }
        Step::Recode {
            from,
            several,
            recode,
            ..
        } => {
            let texts = responses.texts(from)?;
            let new = |text: &Cow<'_, str>| recoded(text, *several, recode);
            texts.iter().map(|text| new(text.as_ref()?)).collect()
        }
        Step::Any {
            from,
            categories,
            others,
            passes,
            ..
        } => {
            let columns: Vec<Texts<'_>> = from
                .iter()
                .map(|key| responses.texts(key))
                .collect::<Result<_, _>>()?;
            (0..responses.len())
                .map(|row| {
                    let codes = || columns.iter().filter_map(|column| column[row].as_deref());
                    let named = categories
                        .iter()
                        .find(|(_, values)| codes().any(|code| values.contains(code)));
                    let other = || {
                        others
                            .clone()
                            .filter(|_| codes().any(|code| !passes.contains(code)))
                    };
                    named.map(|(code, _)| code.clone()).or_else(other)
                })
                .collect()
        }
        Step::Complete { key, from } => {
            let (ranked, chosen) = (responses.texts(key)?, responses.texts(from)?);
            let alone =
                |text: &Cow<'_, str>| (text.split_whitespace().count() == 1).then(|| text.trim().to_owned());
            ranked
                .iter()
                .zip(&chosen)
                .map(|(ranked, chosen)| match ranked {
                    Some(ranked) => Some(ranked.clone().into_owned()),
                    None => chosen.as_ref().and_then(alone),
                })
                .collect()
        }
        Step::Net {
            question,
            choices,
            code,
            ..
        } => net(responses, (question, choices, code))?,
    })
}

fn recoded(text: &str, several: bool, recode: &Recode) -> Option<String> {
    if !several {
        return recode.becomes(text).map(String::from);
    }
    let mut codes: Vec<&str> = Vec::new();
    for code in text.split_whitespace().filter_map(|code| recode.becomes(code)) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    (!codes.is_empty()).then(|| codes.join(" "))
}

fn net(
    responses: &Responses,
    (question, choices, code): (&str, &str, &str),
) -> Result<Vec<Option<String>>, Error> {
    let form = responses.form();
    let listed = form.by_key(choices).and_then(|id| form.list_of(id));
    let passes = super::recode::passes(listed.map_or(&[][..], |list| &list.choices));
    let (answers, chosen) = (responses.texts(question)?, responses.texts(choices)?);
    let value = |answer: &Option<Cow<'_, str>>, chosen: &Option<Cow<'_, str>>| {
        let chosen = chosen.as_ref()?;
        if chosen.split_whitespace().any(|choice| choice == code) {
            return answer.as_ref().map(|answer| answer.clone().into_owned());
        }
        // Who does not know what is present can't say that it is absent.
        let knows = !chosen.split_whitespace().all(|choice| passes.contains(choice));
        knows.then(|| super::tables::ABSENT.to_owned())
    };
    Ok(answers
        .iter()
        .zip(&chosen)
        .map(|(answer, chosen)| value(answer, chosen))
        .collect())
}
