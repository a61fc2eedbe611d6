//! What answers are called: keys, and names that are there twice.

use super::diagnostic::Diagnostics;
use super::survey::Survey;
use crate::form::{Kind, NodeId};
use std::collections::HashMap;

/// Keys, and names that are there twice.
pub fn give(survey: &mut Survey, out: &mut Diagnostics) {
    let mut siblings: HashMap<(Option<NodeId>, String), NodeId> = HashMap::new();
    let mut keys: HashMap<(Option<NodeId>, String), NodeId> = HashMap::new();
    for id in 1..survey.nodes.len() {
        let node = &survey.nodes[id];
        let (name, parent) = (node.name.clone(), node.parent);
        if name.is_empty() {
            continue;
        }
        if let Some(first) = siblings.insert((parent, name.clone()), id) {
            let row = survey.places[first].row.unwrap_or(0);
            let message =
                format!("the name '{name}' is there already in row {row}: give this one a name of its own");
            out.error(survey.places[id].clone(), message);
            continue;
        }
        let (repeat, path) = path(survey, id);
        let key = if keys.contains_key(&(repeat, name.clone())) {
            path
        } else {
            name
        };
        keys.insert((repeat, key.clone()), id);
        survey.nodes[id].key = key;
    }
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
