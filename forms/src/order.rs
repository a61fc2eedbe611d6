//! The order in which relevance and calculations are evaluated.

use crate::expr::{Expr, Function};
use crate::form::{Node, NodeId};
use crate::graph::evaluated;

/// Puts what a node depends on before it. Nodes without dependency keep document order.
///
/// # Errors
/// Each cycle, as the nodes that wait for each other, in the order they do.
pub fn order(nodes: &[Node]) -> Result<Vec<NodeId>, Vec<Vec<NodeId>>> {
    let mut search = Search {
        needs: (0..nodes.len()).map(|id| needs(nodes, id)).collect(),
        state: vec![State::New; nodes.len()],
        order: Vec::new(),
        cycles: Vec::new(),
    };
    for id in 0..nodes.len() {
        search.visit(id);
    }
    if search.cycles.is_empty() {
        Ok(search.order)
    } else {
        Err(search.cycles)
    }
}

/// What has to be known before a node's relevance, calculation and count can be evaluated.
fn needs(nodes: &[Node], id: NodeId) -> Vec<NodeId> {
    let node = &nodes[id];
    let mut needs: Vec<NodeId> = node.parent.into_iter().collect();
    for expr in evaluated(node) {
        needs.extend(reads(expr, id));
    }
    needs
}

/// The nodes an expression reads. Another instance of the node itself, picked by `indexed-repeat()`, is no cycle:
/// instances are evaluated in turn.
fn reads(expr: &Expr, id: NodeId) -> Vec<NodeId> {
    match expr {
        Expr::Call(Function::IndexedRepeat, arguments) => arguments
            .iter()
            .enumerate()
            .flat_map(|(at, argument)| if at == 0 { vec![] } else { reads(argument, id) })
            .chain(arguments[0].reads().into_iter().filter(|read| *read != id))
            .collect(),
        // Where an instance stands among the others does not depend on what they hold.
        Expr::Call(Function::Position, _) => Vec::new(),
        Expr::Call(_, parts) | Expr::Rows { filters: parts, .. } => {
            parts.iter().flat_map(|part| reads(part, id)).collect()
        }
        Expr::Binary(_, left, right) => [reads(left, id), reads(right, id)].concat(),
        Expr::Negate(inner) | Expr::Current(inner) => reads(inner, id),
        // Like `indexed-repeat()`, a path may lead to another instance of the node itself.
        Expr::Path { node, picks } => {
            let filters = picks.iter().flat_map(|pick| &pick.filters);
            let read = Some(*node).filter(|read| *read != id);
            filters.flat_map(|filter| reads(filter, id)).chain(read).collect()
        }
        Expr::Answer(node) => vec![*node],
        Expr::Number(_) | Expr::Text(_) | Expr::Own | Expr::Column(_) => Vec::new(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Search {
    needs: Vec<Vec<NodeId>>,
    state: Vec<State>,
    order: Vec<NodeId>,
    cycles: Vec<Vec<NodeId>>,
}

impl Search {
    /// Depth first without recursion: a form may chain thousands of calculations.
    fn visit(&mut self, start: NodeId) {
        if self.state[start] != State::New {
            return;
        }
        let mut path: Vec<(NodeId, usize)> = vec![(start, 0)];
        self.state[start] = State::Open;
        while let Some((id, next)) = path.last_mut() {
            let id = *id;
            let Some(&need) = self.needs[id].get(*next) else {
                self.state[id] = State::Done;
                self.order.push(id);
                path.pop();
                continue;
            };
            *next += 1;
            match self.state[need] {
                State::Done => {}
                State::New => {
                    self.state[need] = State::Open;
                    path.push((need, 0));
                }
                State::Open => {
                    let from = path.iter().position(|(open, _)| *open == need).unwrap_or(0);
                    self.cycles
                        .push(path[from..].iter().map(|(open, _)| *open).collect());
                }
            }
        }
    }
}
