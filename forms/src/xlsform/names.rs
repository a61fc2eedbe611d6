//! What names in expressions mean, seen from a node.

use super::choices::Lists;
use crate::expr::Names;
use crate::form::{Kind, ListId, Node, NodeId};

/// Looks names up for the expressions of one node.
pub struct Scope<'a, 'l> {
    /// All nodes.
    pub nodes: &'a [Node],
    /// Lists of the workbook.
    pub lists: &'a Lists<'l>,
    /// Whose expression it is.
    pub here: NodeId,
    /// Whether bare names are columns of the node's list (choice filters).
    pub row: bool,
}

impl Scope<'_, '_> {
    fn nearest(&self, name: &str) -> Option<&str> {
        let lower = name.to_lowercase();
        let close = |known: &&Node| {
            let known = known.name.to_lowercase();
            let same = known
                .chars()
                .zip(lower.chars())
                .take_while(|(a, b)| a == b)
                .count();
            let end = known
                .chars()
                .rev()
                .zip(lower.chars().rev())
                .take_while(|(a, b)| a == b)
                .count();
            !known.is_empty()
                && (known == lower || same + end + 1 >= known.len().max(lower.len()) && known.len() > 3)
        };
        self.nodes
            .iter()
            .skip(1)
            .find(close)
            .map(|node| node.name.as_str())
    }
}

impl Names for Scope<'_, '_> {
    fn question(&self, name: &str) -> Result<NodeId, String> {
        let found: Vec<NodeId> = (1..self.nodes.len())
            .filter(|&id| self.nodes[id].name == name)
            .collect();
        let parent = self.nodes[self.here].parent;
        match found[..] {
            [one] => Ok(one),
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
        (node + 1..self.nodes.len())
            .filter(|&id| self.nodes[id].parent == Some(node))
            .collect()
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
