//! Codes that expressions compare with, and the list does not have.

use super::Linted;
use crate::expr::{Expr, Function, Op, text_of_number};
use crate::form::NodeId;
use crate::near::is_near;
use crate::xlsform::Diagnostics;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    for id in 1..linted.form.nodes.len() {
        for (column, expr) in linted.expressions(id) {
            for (node, code) in unknown_codes(linted, expr, id) {
                let place = linted.places.cell(id, column);
                out.warn(place, "unknown-code", message(linted, node, &code));
            }
        }
    }
}

/// Whether an expression of a node compares with a code that is none.
pub fn names_unknown_code(linted: &Linted<'_>, expr: &Expr, at: NodeId) -> bool {
    !unknown_codes(linted, expr, at).is_empty()
}

fn unknown_codes(linted: &Linted<'_>, expr: &Expr, at: NodeId) -> Vec<(NodeId, String)> {
    let mut found = Vec::new();
    expr.walk(&mut |part| {
        let pair = match part {
            Expr::Binary(Op::Equal | Op::NotEqual, left, right) => {
                if node_of(left, at).is_some() {
                    Some((&**left, &**right))
                } else {
                    Some((&**right, &**left))
                }
            }
            Expr::Call(Function::Selected, arguments) => Some((&arguments[0], &arguments[1])),
            Expr::Call(Function::ChoiceName, arguments) => Some((&arguments[1], &arguments[0])),
            _ => None,
        };
        let Some((of, value)) = pair else { return };
        let (Some(node), Some(text)) = (node_of(of, at), literal(value)) else {
            return;
        };
        let Some(list) = linted.known_list(node) else {
            return;
        };
        let codes = &linted.form.lists[list].choices;
        let has = |code: &str| codes.iter().any(|choice| choice.name == code);
        found.extend(
            text.split_whitespace()
                .filter(|code| !has(code))
                .map(|code| (node, code.to_owned())),
        );
    });
    found.dedup();
    found
}

fn node_of(expr: &Expr, at: NodeId) -> Option<NodeId> {
    match expr {
        Expr::Answer(node) => Some(*node),
        Expr::Own => Some(at),
        _ => None,
    }
}

fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Text(text) => Some(text.clone()),
        Expr::Number(n) => Some(text_of_number(*n)),
        _ => None,
    }
}

fn message(linted: &Linted<'_>, node: NodeId, code: &str) -> String {
    let of = &linted.form.nodes[node];
    let list = linted.form.list_of(node);
    let (name, near) = list.map_or(("", None), |list| {
        let near = list.choices.iter().find(|choice| is_near(&choice.name, code));
        (list.name.as_str(), near)
    });
    let mend = near.map_or_else(
        || "no answer is ever so".to_owned(),
        |choice| format!("did you mean '{}'?", choice.name),
    );
    format!(
        "compares ${{{}}} with '{code}', which its list '{name}' does not have: {mend}",
        of.name
    )
}
