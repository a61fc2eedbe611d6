//! What answers are called: keys, and names that are there twice.

use super::diagnostic::Diagnostics;
use super::headers::Table;
use super::survey::Survey;
use crate::form::{Kind, NodeId};
use std::collections::{HashMap, HashSet};

/// Gives every node its key. A name that comes twice within a group is mended where nothing refers to it.
pub fn give(table: &Table<'_>, survey: &mut Survey, out: &mut Diagnostics) {
    let mut twice = Twice::new(table, survey);
    let mut keys: HashMap<Named, NodeId> = HashMap::new();
    let mut lower: HashMap<Named, NodeId> = HashMap::new();
    for id in 1..survey.nodes.len() {
        if survey.nodes[id].name.is_empty() || !twice.mend(survey, id, out) {
            continue;
        }
        let name = survey.nodes[id].name.clone();
        let (repeat, path) = path(survey, id);
        let first = *lower.entry((repeat, name.to_lowercase())).or_insert(id);
        if survey.nodes[first].name != name {
            let message = format!(
                "differs from '{}' in capitals alone: tools for analysis may take them for one",
                survey.nodes[first].name
            );
            out.warn(survey.places[id].clone(), "names-alike", message);
        }
        let key = if keys.contains_key(&(repeat, name.clone())) {
            path
        } else {
            name
        };
        keys.insert((repeat, key.clone()), id);
        survey.nodes[id].key = key;
    }
}

/// A name within a group or a repeat.
type Named = (Option<NodeId>, String);

/// Names that come again within their group.
struct Twice<'a> {
    table: &'a Table<'a>,
    /// Every name as it was written; a made one must be none of them.
    written: HashSet<Named>,
    first: HashMap<Named, NodeId>,
    /// The number that the last made name ends with.
    last: HashMap<Named, usize>,
    references: Option<HashSet<String>>,
}

impl<'a> Twice<'a> {
    fn new(table: &'a Table<'a>, survey: &Survey) -> Self {
        let written = survey.nodes.iter().map(|node| (node.parent, node.name.clone()));
        Self {
            table,
            written: written.collect(),
            first: HashMap::new(),
            last: HashMap::new(),
            references: None,
        }
    }

    /// Makes a node's name its own; false where that is for a person to do.
    fn mend(&mut self, survey: &mut Survey, id: NodeId, out: &mut Diagnostics) -> bool {
        let (name, parent) = (survey.nodes[id].name.clone(), survey.nodes[id].parent);
        let named = (parent, name.clone());
        let Some(&first) = self.first.get(&named) else {
            self.first.insert(named, id);
            return true;
        };
        let row = survey.places[first].row.unwrap_or(0);
        let references = self.references.get_or_insert_with(|| references_of(self.table));
        if references.contains(&name) {
            let message = format!(
                "the name '{name}' is there already in row {row}, and expressions refer to it: give this one a name of its own"
            );
            out.error(survey.places[id].clone(), "name-twice", message);
            return false;
        }
        let last = self.last.entry(named).or_insert(1);
        let made = loop {
            *last += 1;
            let made = format!("{name}_{last}");
            if self.written.insert((parent, made.clone())) {
                break made;
            }
        };
        let message = format!(
            "the name '{name}' is there already in row {row}: this one is called '{made}'; give it a name of its own"
        );
        out.warn(survey.places[id].clone(), "name-twice", message);
        survey.nodes[id].name = made;
        true
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
