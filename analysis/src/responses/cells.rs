//! A cell of a CSV as an answer: codes or labels, numbers, passes.

use super::columns::Cell;
use super::headers::plain;
use baraza_forms::{Form, Kind, NodeId, Pass};
use std::borrow::Cow;

/// The text of a cell, without the apostrophe that an export puts before what a spreadsheet takes for a formula.
pub fn raw(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

/// Reads the answer to a question; `None` where a number is asked for and there is none. `comma`: see [`number`].
pub fn answer<'a>(form: &Form, id: NodeId, cell: &'a str, comma: bool) -> Option<Cell<'a>> {
    let text = raw(cell).trim();
    if text.is_empty() {
        return Some(Cell::Blank);
    }
    let node = &form.nodes[id];
    if node.pass
        && let Some(pass) = pass(text)
    {
        return Some(Cell::Pass(pass));
    }
    match node.kind {
        kind if kind.is_number() => number(text, comma).map(Cell::Number),
        Kind::SelectOne => Some(Cell::Text(
            code_of(form, id, text).map_or(Cow::Borrowed(text), Cow::Owned),
        )),
        Kind::SelectMultiple | Kind::Rank => Some(Cell::Text(Cow::Owned(codes_of(form, id, text)))),
        _ => Some(Cell::Text(Cow::Borrowed(text))),
    }
}

/// A number; with `comma` one comma may stand for the point, as spreadsheets of many languages write it.
pub fn number(text: &str, comma: bool) -> Option<f64> {
    let text = text.trim();
    let pointed = if comma && !text.contains('.') && text.matches(',').count() == 1 {
        text.replace(',', ".")
    } else {
        text.to_owned()
    };
    pointed.parse().ok().filter(|n: &f64| n.is_finite())
}

/// One of the two ways to pass, by its code.
pub fn pass(text: &str) -> Option<Pass> {
    [Pass::DontKnow, Pass::PreferNotToSay]
        .into_iter()
        .find(|pass| pass.code() == text)
}

/// The code of a choice by its code or its label in any language.
fn code_of(form: &Form, id: NodeId, text: &str) -> Option<String> {
    let choices = &form.list_of(id)?.choices;
    if let Some(choice) = choices.iter().find(|choice| choice.name == text) {
        return Some(choice.name.clone());
    }
    let wanted = plain(text);
    let languages = 0..form.languages.len();
    let labelled = |language: usize| {
        choices
            .iter()
            .find(|choice| plain(&form.choice_label(language, choice)) == wanted)
    };
    languages
        .clone()
        .find_map(labelled)
        .map(|choice| choice.name.clone())
}

/// Codes joined by a space, from codes joined by spaces, or from labels joined by `; ` or standing alone.
fn codes_of(form: &Form, id: NodeId, text: &str) -> String {
    let known = |word: &str| {
        form.list_of(id)
            .is_some_and(|list| list.choices.iter().any(|c| c.name == word))
    };
    if text.split_whitespace().all(known) {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let parts: Option<Vec<String>> = text
        .split(';')
        .map(|part| code_of(form, id, part.trim()))
        .collect();
    parts.map_or_else(|| text.to_owned(), |codes| codes.join(" "))
}

/// Whether a choice's own column says that it was chosen; `None` where it says nothing.
pub fn chosen(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" => Some(true),
        "0" | "0.0" | "false" | "no" => Some(false),
        _ => None,
    }
}
