//! A cell of a CSV as an answer: codes or labels, numbers, passes.

use super::columns::Cell;
use super::headers::plain;
use crate::variables::OTHER;
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
        Kind::SelectOne => Some(Cell::Text(code_of(form, id, text).unwrap_or(Cow::Borrowed(text)))),
        Kind::SelectMultiple | Kind::Rank => Some(Cell::Text(codes_of(form, id, text))),
        _ => Some(Cell::Text(Cow::Borrowed(text))),
    }
}

/// A number; with `comma` one comma may stand for the point, as spreadsheets of many languages write it.
pub fn number(text: &str, comma: bool) -> Option<f64> {
    let text = text.trim();
    let is_comma = comma && !text.contains('.') && text.matches(',').count() == 1;
    let parsed = if is_comma {
        text.replace(',', ".").parse()
    } else {
        text.parse()
    };
    parsed.ok().filter(|n: &f64| n.is_finite())
}

/// One of the two ways to pass, by its code.
pub fn pass(text: &str) -> Option<Pass> {
    [Pass::DontKnow, Pass::PreferNotToSay]
        .into_iter()
        .find(|pass| pass.code() == text)
}

/// The code of a choice by its code or its label in any language.
fn code_of<'a>(form: &Form, id: NodeId, text: &'a str) -> Option<Cow<'a, str>> {
    let choices = &form.list_of(id)?.choices;
    if choices.iter().any(|choice| choice.name == text) {
        return Some(Cow::Borrowed(text));
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
        .map(|choice| Cow::Owned(choice.name.clone()))
}

/// Codes joined by a space, from codes joined by spaces, or from labels joined by `; ` or standing alone.
fn codes_of<'a>(form: &Form, id: NodeId, text: &'a str) -> Cow<'a, str> {
    let known = |word: &str| {
        form.list_of(id)
            .is_some_and(|list| list.choices.iter().any(|c| c.name == word))
    };
    if text.split(' ').all(known) {
        return Cow::Borrowed(text);
    }
    if text.split_whitespace().all(known) {
        return Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let parts: Option<Vec<Cow<'_, str>>> = text
        .split(';')
        .map(|part| code_of(form, id, part.trim()))
        .collect();
    parts.map_or(Cow::Borrowed(text), |codes| Cow::Owned(codes.join(" ")))
}

/// Codes of a choice question with those that its list does not have as one.
pub fn listed(form: &Form, id: NodeId, text: &str) -> String {
    let known = |word: &str| {
        let list = form.list_of(id);
        list.is_some_and(|list| list.choices.iter().any(|choice| choice.name == word)) || pass(word).is_some()
    };
    let several = matches!(form.nodes[id].kind, Kind::SelectMultiple | Kind::Rank);
    if !several {
        return if known(text) { text } else { OTHER }.to_owned();
    }
    let words = text.split_whitespace();
    let words = words.map(|word| if known(word) { word } else { OTHER });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a choice's own column says that it was chosen; `None` where it says nothing.
pub fn chosen(cell: &str) -> Option<bool> {
    let cell = cell.trim();
    let is = |words: [&str; 4]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if is(["1", "1.0", "true", "yes"]) {
        Some(true)
    } else if is(["0", "0.0", "false", "no"]) {
        Some(false)
    } else {
        None
    }
}
