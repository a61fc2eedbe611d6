//! The areas that a survey can be paused in: the choices of the question that has the role `area`.

use baraza_forms::{Form, NodeId, Role};
use std::collections::HashSet;

/// An area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Its code.
    pub code: String,
    /// What people read; the code where it has no label.
    pub label: String,
}

/// The question that asks for the area.
pub fn question(form: &Form) -> Option<NodeId> {
    form.with_role(Role::Area)
}

/// All areas of a form, in a language; none where it does not ask, or asks for words.
pub fn areas(form: &Form, language: usize) -> Vec<Area> {
    let list = question(form).and_then(|node| form.nodes[node].list);
    let choices = list.map(|list| &form.lists[list].choices[..]).unwrap_or_default();
    choices
        .iter()
        .filter(|choice| choice.special.is_none())
        .map(|choice| Area {
            code: choice.name.clone(),
            label: choice
                .label
                .map(|label| form.text(language, label))
                .filter(|label| !label.is_empty())
                .unwrap_or_else(|| choice.name.clone()),
        })
        .collect()
}

/// Codes that are no area of a form.
pub fn unknown_areas(form: &Form, codes: &[String]) -> Vec<String> {
    let known: HashSet<String> = areas(form, 0).into_iter().map(|area| area.code).collect();
    codes
        .iter()
        .filter(|code| !known.contains(*code))
        .cloned()
        .collect()
}
