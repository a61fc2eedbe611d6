//! Expressions and texts written with names, so that those of two forms can be compared and read.

use crate::expr::{Expr, Op, Pick, text_of_number};
use crate::form::{Form, NodeId, Part, Template, TextId};

/// A text in a language, with what is put into it.
pub fn text(form: &Form, language: usize, text: TextId) -> String {
    let template = form.texts.get(language).and_then(|texts| texts.get(text));
    match template {
        None => String::new(),
        Some(Template::Plain(words)) => words.clone(),
        Some(Template::Parts(parts)) => parts
            .iter()
            .map(|part| match part {
                Part::Words(words) => words.clone(),
                Part::Value { e } => expression(form, e),
            })
            .collect(),
    }
}

/// `${a}, ${b}`; `None` for no node.
pub fn nodes(form: &Form, nodes: &[NodeId]) -> Option<String> {
    let names: Vec<String> = nodes.iter().map(|&id| answer(form, id)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// An expression as a person types it, as near as the tree still knows.
pub fn expression(form: &Form, expr: &Expr) -> String {
    match expr {
        Expr::Number(n) => text_of_number(*n),
        Expr::Text(text) if text.contains('\'') => format!("\"{text}\""),
        Expr::Text(text) => format!("'{text}'"),
        Expr::Answer(node) => answer(form, *node),
        Expr::Path { node, picks } => path(form, *node, picks),
        Expr::Current(inner) => format!("current({})", expression(form, inner)),
        Expr::Own => ".".to_owned(),
        Expr::Column(column) => column.clone(),
        Expr::Rows {
            list,
            filters,
            column,
        } => {
            let name = form.lists.get(*list).map_or("", |list| list.name.as_str());
            format!("instance('{name}'){}/{column}", brackets(form, filters))
        }
        Expr::Negate(inner) => format!("-{}", within(form, inner, u8::MAX)),
        Expr::Binary(op, left, right) => {
            let rank = rank(*op);
            // Operators of one rank are read from the left.
            format!(
                "{} {} {}",
                within(form, left, rank),
                op.text(),
                within(form, right, rank + 1)
            )
        }
        Expr::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(|part| expression(form, part)).collect();
            format!("{}({})", function.name(), arguments.join(", "))
        }
    }
}

fn answer(form: &Form, node: NodeId) -> String {
    let key = form.nodes.get(node).map_or("", |node| node.key.as_str());
    format!("${{{key}}}")
}

fn path(form: &Form, node: NodeId, picks: &[Pick]) -> String {
    let step = |pick: &Pick| {
        let picked = brackets(form, &pick.filters);
        // No filter means all instances, which a name alone does not.
        let picked = if picked.is_empty() {
            "[*]".to_owned()
        } else {
            picked
        };
        format!("{}{picked}", answer(form, pick.at))
    };
    let mut steps: Vec<String> = picks.iter().map(step).collect();
    if picks.last().is_none_or(|pick| pick.at != node) {
        steps.push(answer(form, node));
    }
    steps.join("/")
}

fn brackets(form: &Form, filters: &[Expr]) -> String {
    filters
        .iter()
        .map(|filter| format!("[{}]", expression(form, filter)))
        .collect()
}

/// With parentheses where it binds less than what is around it.
fn within(form: &Form, expr: &Expr, around: u8) -> String {
    let written = expression(form, expr);
    match expr {
        Expr::Binary(op, ..) if rank(*op) < around => format!("({written})"),
        _ => written,
    }
}

/// How strongly an operator binds (XPath 1.0, section 3).
fn rank(op: Op) -> u8 {
    match op {
        Op::Or => 1,
        Op::And => 2,
        Op::Equal | Op::NotEqual => 3,
        Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => 4,
        Op::Add | Op::Subtract => 5,
        Op::Multiply | Op::Divide | Op::Remainder => 6,
        Op::Union => 7,
    }
}
