//! Who has to be evaluated again when an answer changes.

use crate::expr::{Expr, Function};
use crate::form::{Form, Node, NodeId, Part, Template};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// For each node whose answer, relevance or instances something depends on: the nodes with a relevance, a
/// calculation or a count that does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Readers {
    /// By the answers that an expression sees from where it stands: after a change it is enough to evaluate it in
    /// the scopes that the changed one reaches by the usual rule.
    pub readers: BTreeMap<NodeId, BTreeSet<NodeId>>,
    /// By picked instances or by places among them: evaluated again in every scope.
    pub far_readers: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

impl Readers {
    /// Follows every expression of the form's nodes, and through the labels of choices that they read.
    pub fn new(form: &Form) -> Self {
        let mut readers = Self::default();
        for (id, node) in form.nodes.iter().enumerate() {
            for expr in evaluated(node) {
                readers.follow(expr, id, false);
                expr.walk(&mut |part| {
                    for shown in shown_by_labels(form, id, part) {
                        readers.follow(shown, id, true);
                    }
                });
            }
        }
        for (read, far) in &readers.far_readers {
            if let Some(near) = readers.readers.get_mut(read) {
                near.retain(|reader| !far.contains(reader));
            }
        }
        readers.readers.retain(|_, near| !near.is_empty());
        readers
    }

    fn add(&mut self, read: NodeId, reader: NodeId, far: bool) {
        let side = if far {
            &mut self.far_readers
        } else {
            &mut self.readers
        };
        side.entry(read).or_default().insert(reader);
    }

    fn follow(&mut self, expr: &Expr, reader: NodeId, far: bool) {
        match expr {
            Expr::Answer(read) => self.add(*read, reader, far),
            Expr::Path { node, picks } => {
                self.add(*node, reader, true);
                for pick in picks {
                    self.add(pick.at, reader, true);
                    for filter in &pick.filters {
                        self.follow(filter, reader, true);
                    }
                }
            }
            Expr::Call(Function::IndexedRepeat | Function::Position, parts) => {
                for part in parts {
                    self.follow(part, reader, true);
                }
            }
            Expr::Call(_, parts) | Expr::Rows { filters: parts, .. } => {
                for part in parts {
                    self.follow(part, reader, far);
                }
            }
            Expr::Binary(_, left, right) => {
                self.follow(left, reader, far);
                self.follow(right, reader, far);
            }
            Expr::Negate(inner) | Expr::Current(inner) => self.follow(inner, reader, far),
            Expr::Number(_) | Expr::Text(_) | Expr::Own | Expr::Column(_) => {}
        }
    }
}

/// The expressions that are evaluated whenever what they read has changed. A calculation with a trigger waits for it.
pub(crate) fn evaluated(node: &Node) -> impl Iterator<Item = &Expr> {
    let calculation = node.calculation.as_ref().filter(|_| node.trigger.is_empty());
    [node.relevant.as_ref(), calculation, node.repeat_count.as_ref()]
        .into_iter()
        .flatten()
}

/// The values that labels show, where an expression reads labels.
fn shown_by_labels<'f>(form: &'f Form, id: NodeId, part: &Expr) -> Vec<&'f Expr> {
    let list = match part {
        Expr::Rows { list, column, .. } if column == "label" => Some(*list),
        Expr::Call(Function::ChoiceName, arguments) => match arguments.get(1) {
            Some(Expr::Answer(node)) => form.nodes[*node].list,
            _ => form.nodes[id].list,
        },
        _ => None,
    };
    let choices = list.map_or(&[][..], |list| &form.lists[list].choices);
    let labels = choices.iter().filter_map(|choice| choice.label);
    let mut shown = Vec::new();
    for text in labels {
        for texts in &form.texts {
            if let Some(Template::Parts(parts)) = texts.get(text) {
                shown.extend(parts.iter().filter_map(|part| match part {
                    Part::Value { e } => Some(e),
                    Part::Words(_) => None,
                }));
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::Readers;
    use crate::xlsform::import_markdown;

    #[test]
    fn readers_are_near_where_the_own_instance_is_enough() {
        let form = import_markdown(
            "| survey | | | | | |
             | | type | name | label | relevant | calculation |
             | | integer | n | N | | |
             | | begin_repeat | r | R | ${n} > 0 | |
             | | integer | x | X | | |
             | | calculate | twice | | | ${x} * ${n} |
             | | calculate | before | | | indexed-repeat(${x}, ${r}, position(..) - 1) |
             | | end_repeat | | | | |
             | | calculate | total | | | sum(${x}) + count(${r}[x > ${n}]) |",
        );
        let form = form.form.expect("a form");
        let readers = Readers::new(&form);
        let id = |name: &str| form.nodes.iter().position(|n| n.name == name).expect("a node");
        let near = |name: &str| readers.readers.get(&id(name)).cloned().unwrap_or_default();
        let far = |name: &str| readers.far_readers.get(&id(name)).cloned().unwrap_or_default();
        assert_eq!(near("n"), [id("r"), id("twice")].into());
        assert_eq!(far("n"), [id("total")].into());
        assert_eq!(near("x"), [id("twice")].into());
        assert_eq!(far("x"), [id("before"), id("total")].into());
        assert_eq!(far("r"), [id("before"), id("total")].into());
    }
}
