//! What answers are called: keys, and names that are there twice.

use super::diagnostic::Diagnostics;
use super::headers::Table;
use super::survey::Survey;
use crate::form::{Kind, NodeId};
use std::collections::{HashMap, HashSet};

/// Gives every node its key. A name that comes twice within a group is mended where nothing refers to it.
pub fn give(table: &Table<'_>, survey: &mut Survey, out: &mut Diagnostics) {
    let mut siblings: HashMap<(Option<NodeId>, String), NodeId> = HashMap::new();
    let mut keys: HashMap<(Option<NodeId>, String), NodeId> = HashMap::new();
    let mut lower: HashMap<(Option<NodeId>, String), NodeId> = HashMap::new();
    let mut references: Option<HashSet<String>> = None;
    let taken: HashSet<(Option<NodeId>, String)> = survey
        .nodes
        .iter()
        .map(|node| (node.parent, node.name.clone()))
        .collect();
    for id in 1..survey.nodes.len() {
        let (mut name, parent) = (survey.nodes[id].name.clone(), survey.nodes[id].parent);
        if name.is_empty() {
            continue;
        }
        if let Some(&first) = siblings.get(&(parent, name.clone())) {
            let references = references.get_or_insert_with(|| references_of(table));
            let row = survey.places[first].row.unwrap_or(0);
            if references.contains(&name) {
                let message = format!(
                    "the name '{name}' is there already in row {row}, and expressions refer to it: give this one a name of its own"
                );
                out.error(survey.places[id].clone(), "name-twice", message);
                continue;
            }
            let is_free = |made: &String| {
                let key = (parent, made.clone());
                !taken.contains(&key) && !siblings.contains_key(&key)
            };
            let made = (2..=taken.len() + 2)
                .map(|n| format!("{name}_{n}"))
                .find(is_free)
                .unwrap_or_default();
            let message = format!(
                "the name '{name}' is there already in row {row}: this one is called '{made}'; give it a name of its own"
            );
            out.warn(survey.places[id].clone(), "name-twice", message);
            survey.nodes[id].name.clone_from(&made);
            name = made;
        }
        siblings.insert((parent, name.clone()), id);
        let (repeat, path) = path(survey, id);
        if let Some(&first) = lower.get(&(repeat, name.to_lowercase()))
            && survey.nodes[first].name != name
        {
            let message = format!(
                "differs from '{}' in capitals alone: tools for analysis may take them for one",
                survey.nodes[first].name
            );
            out.warn(survey.places[id].clone(), "names-alike", message);
        }
        lower.entry((repeat, name.to_lowercase())).or_insert(id);
        let key = if keys.contains_key(&(repeat, name.clone())) {
            path
        } else {
            name
        };
        keys.insert((repeat, key.clone()), id);
        survey.nodes[id].key = key;
    }
}

/// Every name that any cell refers to, as `${name}` or as a step of a path.
fn references_of(table: &Table<'_>) -> HashSet<String> {
    let mut found = HashSet::new();
    for text in table.rows.iter().flat_map(|row| row.cells.values()) {
        let named = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
        found.extend(named.map(|name| name.trim().to_owned()));
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let steps = text
            .split('/')
            .skip(1)
            .map(|step| step.split(|c| !is_name(c)).next().unwrap_or_default());
        found.extend(steps.filter(|step| !step.is_empty()).map(String::from));
    }
    found
}

/// The repeat around a node and its path from there, `group/name`.
fn path(survey: &Survey, id: NodeId) -> (Option<NodeId>, String) {
    let mut steps = vec![survey.nodes[id].name.as_str()];
    let mut at = survey.nodes[id].parent;
    while let Some(parent) = at.filter(|&p| p != 0) {
        let node = &survey.nodes[parent];
        if node.kind == Kind::Repeat {
            break;
        }
        steps.push(&node.name);
        at = node.parent;
    }
    steps.reverse();
    (at.filter(|&p| p != 0), steps.join("/"))
}
