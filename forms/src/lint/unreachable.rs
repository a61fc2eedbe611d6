//! Questions that nobody is ever asked.

use super::Linted;
use super::facts::At;
use crate::form::NodeId;
use crate::xlsform::Diagnostics;
use std::collections::HashSet;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    let nodes = &linted.form.nodes;
    let mut lost: HashSet<NodeId> = HashSet::new();
    for (id, node) in nodes.iter().enumerate().skip(1) {
        if node.parent.is_some_and(|parent| lost.contains(&parent)) {
            lost.insert(id);
            continue;
        }
        let Some(own) = &node.relevant else { continue };
        // A code that its list does not have is told of by itself.
        if super::codes::names_unknown_code(linted, own, id) {
            continue;
        }
        if linted.possible(&linted.conditions(id), None) {
            continue;
        }
        lost.insert(id);
        let what = if node.kind.is_section() {
            "nothing in it is ever asked"
        } else {
            "it is never asked"
        };
        let why = if linted.possible(&[(own, id)], None) {
            "its condition excludes that of a group around it"
        } else {
            "its condition can't hold"
        };
        out.warn(
            linted.places.cell(id, "relevant"),
            "unreachable",
            format!("{what}: {why}"),
        );
    }
}

impl Linted<'_> {
    /// The conditions under which a node is asked: its own and those of the groups around it.
    pub(super) fn conditions(&self, id: NodeId) -> Vec<At<'_>> {
        let mut found = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            let node = &self.form.nodes[id];
            found.extend(node.relevant.as_ref().map(|expr| (expr, id)));
            at = node.parent;
        }
        found
    }
}
