//! Every question but a screening one can be passed.

use super::Linted;
use crate::expr::{Expr, Function};
use crate::form::{Kind, Node, NodeId, Role, Special};
use crate::xlsform::Diagnostics;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    let stuck: Vec<NodeId> = linted
        .form
        .nodes
        .iter()
        .enumerate()
        .filter(|(id, node)| is_stuck(linted, *id, node))
        .map(|(id, _)| id)
        .collect();
    let Some(&first) = stuck.first() else { return };
    out.warn(
        linted.places.cell(first, "required"),
        "no-way-to-pass",
        format!(
            "{} required question(s) can't be passed: give their lists a choice that is dont_know or prefer_not_to_say under baraza::special, or write 'yes' under baraza::pass: {}",
            stuck.len(),
            linted.names(&stuck)
        ),
    );
}

fn is_stuck(linted: &Linted<'_>, id: NodeId, node: &Node) -> bool {
    let required = node
        .required
        .as_ref()
        .is_some_and(|expr| *expr != Expr::Call(Function::False, vec![]));
    // Consent and age decide whether there is an interview at all, and the place where it is.
    let screens = matches!(node.role, Some(Role::Consent | Role::Age | Role::Area));
    let passes = |special| matches!(special, Some(Special::DontKnow | Special::PreferNotToSay));
    let offers = linted
        .form
        .list_of(id)
        .is_some_and(|list| list.choices.iter().any(|choice| passes(choice.special)));
    node.kind.is_asked() && node.kind != Kind::Acknowledge && required && !screens && !node.pass && !offers
}
