//! Labels that say the same, or too much.

use super::Linted;
use crate::form::{ListId, NodeId, TextId};
use crate::xlsform::{Diagnostics, Place};
use std::collections::HashMap;

/// Characters that a small phone shows without much scrolling.
const LONGEST_QUESTION: usize = 500;
const LONGEST_CHOICE: usize = 160;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    for list in 0..linted.form.lists.len() {
        choices_alike(linted, list, out);
    }
    questions_alike(linted, out);
    for (id, node) in linted.form.nodes.iter().enumerate() {
        for (column, text) in [("label", node.label), ("hint", node.hint)] {
            too_long(
                linted,
                text,
                LONGEST_QUESTION,
                &linted.places.cell(id, column),
                out,
            );
        }
    }
    for (list, of) in linted.form.lists.iter().enumerate() {
        for (at, choice) in of.choices.iter().enumerate() {
            too_long(
                linted,
                choice.label,
                LONGEST_CHOICE,
                &linted.places.choice(list, at),
                out,
            );
        }
    }
}

/// What a text says in a language of its own, without differences that nobody sees.
fn said(linted: &Linted<'_>, text: Option<TextId>, language: usize) -> Option<String> {
    let text = text.filter(|&text| linted.places.is_there(text, language))?;
    let words = linted.form.text(language, text).to_lowercase();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

fn choices_alike(linted: &Linted<'_>, list: ListId, out: &mut Diagnostics) {
    let of = &linted.form.lists[list];
    let mut told = vec![false; of.choices.len()];
    for (language, named) in linted.form.languages.iter().enumerate() {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (at, choice) in of.choices.iter().enumerate() {
            let Some(words) = said(linted, choice.label, language) else {
                continue;
            };
            let earlier = *seen.entry(words.clone()).or_insert(at);
            let before = &of.choices[earlier];
            // Choices that a filter tells apart are not seen together.
            if earlier == at || told[at] || before.name == choice.name || before.cells != choice.cells {
                continue;
            }
            told[at] = true;
            let in_language = if linted.form.languages.len() > 1 {
                format!(" in {}", named.name)
            } else {
                String::new()
            };
            out.warn(
                linted.places.choice(list, at),
                "choices-alike",
                format!(
                    "'{}' and '{}' of the list '{}' read the same{in_language}: people can't tell them apart",
                    before.name, choice.name, of.name
                ),
            );
        }
    }
}

/// Questions of one group with the same label, unless they are never asked together.
fn questions_alike(linted: &Linted<'_>, out: &mut Diagnostics) {
    let mut seen: HashMap<(Option<NodeId>, String), NodeId> = HashMap::new();
    for (id, node) in linted.form.nodes.iter().enumerate() {
        let Some(words) = said(linted, node.label, 0).filter(|_| node.kind.is_asked()) else {
            continue;
        };
        let earlier = *seen.entry((node.parent, words)).or_insert(id);
        let together = || {
            linted.possible(
                &[linted.conditions(earlier), linted.conditions(id)].concat(),
                None,
            )
        };
        let specifies = specifies(linted, id);
        if earlier != id && !specifies && together() {
            out.warn(
                linted.places.cell(id, "label"),
                "questions-alike",
                format!(
                    "'{}' asks in the same words as '{}' in its group",
                    node.name, linted.form.nodes[earlier].name
                ),
            );
        }
    }
}

/// 'Please specify' belongs to the question above it, and is asked again and again.
fn specifies(linted: &Linted<'_>, id: NodeId) -> bool {
    const WORDS: &[&str] = &["specif", "précis", "especifi", "حدد", "تحديد", "taja"];
    let label = linted.form.label(0, id).to_lowercase();
    linted.form.nodes[id].name.to_lowercase().contains("other")
        || WORDS.iter().any(|word| label.contains(word))
}

fn too_long(linted: &Linted<'_>, text: Option<TextId>, most: usize, place: &Place, out: &mut Diagnostics) {
    let Some(text) = text else { return };
    let count = |language| linted.form.text(language, text).chars().count();
    let longest = (0..linted.form.languages.len()).map(count).max().unwrap_or(0);
    if longest > most {
        out.warn(
            place.clone(),
            "long-text",
            format!("has {longest} characters, which is much for a phone: shorten it to {most}, or split it"),
        );
    }
}
