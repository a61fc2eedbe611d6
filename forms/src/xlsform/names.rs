//! What names in expressions mean, seen from a node.

use super::choices::Lists;
use crate::expr::Names;
use crate::form::{Kind, ListId, Node, NodeId};
use crate::near::is_near;
use std::cell::Cell;
use std::collections::HashMap;

/// All nodes by their names.
#[derive(Default)]
pub struct Index {
    by_name: HashMap<String, Vec<NodeId>>,
    children: HashMap<NodeId, Vec<NodeId>>,
    /// How many unknown names were compared with all others; a sheet full of them must not take hours.
    compared: Cell<usize>,
}

/// Unknown names for which the nearest one is looked for.
const MOST_COMPARED: usize = 100;

impl Index {
    /// Of nodes, and of names as they were written before they were mended.
    pub fn new(nodes: &[Node], spelled: &HashMap<String, Vec<NodeId>>) -> Self {
        let mut index = Self::default();
        for (id, node) in nodes.iter().enumerate().skip(1) {
            index.by_name.entry(node.name.clone()).or_default().push(id);
            index
                .children
                .entry(node.parent.unwrap_or(0))
                .or_default()
                .push(id);
        }
        for (name, ids) in spelled {
            // A question that has the name rightly comes first.
            if !index.by_name.contains_key(name) {
                index.by_name.insert(name.clone(), ids.clone());
            }
        }
        index
    }

    fn named(&self, name: &str) -> &[NodeId] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Looks names up for the expressions of one node.
pub struct Scope<'a, 'l> {
    /// All nodes.
    pub nodes: &'a [Node],
    /// The same by name.
    pub index: &'a Index,
    /// Lists of the workbook.
    pub lists: &'a Lists<'l>,
    /// Whose expression it is.
    pub here: NodeId,
    /// Whether bare names are columns of the node's list (choice filters).
    pub row: bool,
}

impl Scope<'_, '_> {
    fn nearest(&self, name: &str) -> Option<&str> {
        let compared = self.index.compared.get();
        if compared >= MOST_COMPARED {
            return None;
        }
        self.index.compared.set(compared + 1);
        self.nodes
            .iter()
            .skip(1)
            .find(|node| is_near(&node.name, name))
            .map(|node| node.name.as_str())
    }
}

/// `${ first  name }` for the question `first name`.
fn found_spaced(name: &str, index: &Index) -> Option<NodeId> {
    let plain = super::cells::plain(name);
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match index.named(&plain) {
        [one] if plain != name => Some(*one),
        _ => None,
    }
}

impl Names for Scope<'_, '_> {
    fn question(&self, name: &str) -> Result<NodeId, String> {
        let found = self.index.named(name);
        let parent = self.nodes[self.here].parent;
        match *found {
            [one] => Ok(one),
            [] if found_spaced(name, self.index).is_some() => Ok(found_spaced(name, self.index).unwrap_or(0)),
            [] => Err(match self.nearest(name) {
                Some(near) => format!("there is no question '{name}': did you mean ${{{near}}}?"),
                None => format!("there is no question '{name}'"),
            }),
            _ => found
                .iter()
                .copied()
                .find(|&id| self.nodes[id].parent == parent)
                .ok_or_else(|| {
                    format!(
                        "there are {} questions '{name}': give each a name of its own",
                        found.len()
                    )
                }),
        }
    }

    fn here(&self) -> NodeId {
        self.here
    }

    fn candidate(&self) -> Option<NodeId> {
        self.nodes[self.here].choices_from.filter(|_| self.row)
    }

    fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.nodes[node].parent
    }

    fn children(&self, node: NodeId) -> Vec<NodeId> {
        self.index.children.get(&node).cloned().unwrap_or_default()
    }

    fn name(&self, node: NodeId) -> &str {
        &self.nodes[node].name
    }

    fn is_repeat(&self, node: NodeId) -> bool {
        self.nodes[node].kind == Kind::Repeat
    }

    fn repeat_of(&self, node: NodeId) -> Option<NodeId> {
        let mut at = Some(node);
        while let Some(id) = at {
            if self.nodes[id].kind == Kind::Repeat {
                return Some(id);
            }
            at = self.nodes[id].parent;
        }
        None
    }

    fn list(&self, name: &str) -> Result<ListId, String> {
        Ok(self.lists.take(name))
    }

    fn has_column(&self, list: Option<ListId>, column: &str) -> Option<bool> {
        let list = list.or_else(|| {
            if self.row {
                self.nodes[self.here].list
            } else {
                None
            }
        })?;
        Some(self.lists.has_column(list, column))
    }
}
