//! What things are called in the XML: lists, their columns, the counts of repeats.

use crate::expr::{Expr, ListNames};
use crate::form::{Form, Kind, List, NodeId};
use std::collections::{HashMap, HashSet};

/// Names that XLSForm does not ask for or does not restrict.
pub struct Names {
    /// By list id.
    pub lists: Vec<ListNames>,
    /// For each repeat whose count is more than a question: the node that computes it.
    pub counts: HashMap<NodeId, String>,
    /// `orx:` where the form has a node `meta` of its own.
    pub meta: &'static str,
}

impl Names {
    /// Finds a name for everything.
    pub fn of(form: &Form) -> Self {
        let mut taken = HashSet::new();
        let lists = form
            .lists
            .iter()
            .map(|list| list_names(list, &mut taken))
            .collect();
        let own_meta = form
            .nodes
            .iter()
            .any(|node| node.parent == Some(0) && node.name == "meta");
        Self {
            lists,
            counts: counts(form),
            meta: if own_meta { "orx:" } else { "" },
        }
    }
}

fn list_names(list: &List, taken: &mut HashSet<String>) -> ListNames {
    let id = unused(&element_name(&list.name), taken);
    // These four the rows have anyway.
    let mut columns: HashSet<String> = ["name", "label", "itextId", "item"]
        .into_iter()
        .map(String::from)
        .collect();
    ListNames {
        id,
        columns: list
            .columns
            .iter()
            .map(|column| unused(&element_name(column), &mut columns))
            .collect(),
        external: list.choices.is_empty(),
    }
}

/// A repeat's count is a path in the XML, so whatever is more gets a node beside the repeat.
fn counts(form: &Form) -> HashMap<NodeId, String> {
    let mut taken: HashSet<(Option<NodeId>, String)> = form
        .nodes
        .iter()
        .map(|node| (node.parent, node.name.clone()))
        .collect();
    let mut counts = HashMap::new();
    for (id, node) in form.nodes.iter().enumerate() {
        let computed = node
            .repeat_count
            .as_ref()
            .is_some_and(|count| !matches!(count, Expr::Answer(_)));
        if node.kind != Kind::Repeat || !computed {
            continue;
        }
        let mut name = format!("{}_count", node.name);
        while !taken.insert((node.parent, name.clone())) {
            name.push('_');
        }
        counts.insert(id, name);
    }
    counts
}

/// Letters, digits, `_`, `-` and `.`, as an element may be called.
fn element_name(name: &str) -> String {
    let mended: String = name
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') {
                c
            } else {
                '_'
            }
        })
        .collect();
    if mended.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        mended
    } else {
        format!("_{mended}")
    }
}

fn unused(name: &str, taken: &mut HashSet<String>) -> String {
    let mut name = name.to_owned();
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}
