//! Constraints that no answer meets.

use super::Linted;
use crate::expr::{Expr, Function};
use crate::xlsform::Diagnostics;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    for (id, node) in linted.form.nodes.iter().enumerate() {
        let Some(constraint) = node.constraint.as_ref().filter(|_| node.kind.is_asked()) else {
            continue;
        };
        if super::codes::names_unknown_code(linted, constraint, id)
            || linted.possible(&[(constraint, id)], Some(id))
        {
            continue;
        }
        let required = node
            .required
            .as_ref()
            .is_some_and(|expr| *expr != Expr::Call(Function::False, vec![]));
        let message = if required {
            "no answer meets it, and one is required: nobody can go on"
        } else {
            "no answer meets it: the question can only be left blank"
        };
        out.warn(
            linted.places.cell(id, "constraint"),
            "impossible-constraint",
            message,
        );
    }
}
