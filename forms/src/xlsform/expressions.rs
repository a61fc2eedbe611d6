//! Cells with expressions into trees.

use super::choices::Lists;
use super::diagnostic::Diagnostics;
use super::names::Scope;
use super::survey::{Pending, Survey};
use crate::expr::{Expr, Function, parse};
use crate::form::{Kind, Node};
use crate::pattern;

/// Parses every cell that waited, and puts its tree into its node.
pub fn read(survey: &mut Survey, lists: &Lists<'_>, out: &mut Diagnostics) {
    for pending in std::mem::take(&mut survey.pending) {
        let Some(expr) = tree(&pending, survey, lists, out) else {
            continue;
        };
        let node = &mut survey.nodes[pending.node];
        let slot = match pending.column {
            "relevant" => &mut node.relevant,
            "required" => &mut node.required,
            "constraint" => &mut node.constraint,
            "calculation" => &mut node.calculation,
            "choice_filter" => &mut node.choice_filter,
            "repeat_count" => &mut node.repeat_count,
            "read_only" => &mut node.read_only,
            _ => &mut node.default,
        };
        *slot = Some(expr);
    }
}

fn tree(pending: &Pending, survey: &Survey, lists: &Lists<'_>, out: &mut Diagnostics) -> Option<Expr> {
    let source = pending.source.as_str();
    let node = &survey.nodes[pending.node];
    match pending.column {
        "required" | "read_only" | "relevant" => {
            if let Some(answer) = yes_or_no(source) {
                if source.len() == 1 {
                    let word = if answer { "yes" } else { "no" };
                    out.warn(pending.place.clone(), format!("'{source}' is read as '{word}'"));
                }
                return match (answer, pending.column) {
                    (true, "relevant") | (false, "required" | "read_only") => None,
                    (answer, _) => Some(Expr::Call(
                        if answer { Function::True } else { Function::False },
                        vec![],
                    )),
                };
            }
        }
        "default" if !is_dynamic(source, node) => return Some(Expr::Text(source.to_owned())),
        _ => {}
    }
    let names = Scope {
        nodes: &survey.nodes,
        lists,
        here: pending.node,
        row: pending.column == "choice_filter",
    };
    match parse(source, &names) {
        Ok(parsed) => {
            for warning in parsed.warnings {
                out.warn(pending.place.clone(), warning);
            }
            patterns(&parsed.expr, pending, out);
            Some(parsed.expr)
        }
        Err(problem) => {
            out.error(
                pending.place.clone(),
                format!(
                    "{} (at character {} of: {})",
                    problem.message,
                    problem.at,
                    shortened(source, problem.at)
                ),
            );
            None
        }
    }
}

fn yes_or_no(source: &str) -> Option<bool> {
    match source.to_lowercase().as_str() {
        "yes" | "true" | "true()" | "t" | "y" | "x" | "1" => Some(true),
        "no" | "false" | "false()" | "f" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// A default is words unless it reads an answer or calls a function.
fn is_dynamic(source: &str, node: &Node) -> bool {
    let call = |(at, _): (usize, &str)| {
        let name: String = source[..at]
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | ':'))
            .collect();
        Function::from_name(&name.chars().rev().collect::<String>()).is_some()
    };
    let calls = source.match_indices('(').any(call);
    let number = node.kind.is_number() && source.parse::<f64>().is_err();
    source.contains("${")
        || calls
        || (number && source.contains(['+', '*']))
        || (node.kind == Kind::Calculate && source.starts_with('\''))
}

/// A pattern that can't be compiled never matches, and nobody would learn why.
fn patterns(expr: &Expr, pending: &Pending, out: &mut Diagnostics) {
    expr.walk(&mut |part| {
        if let Expr::Call(Function::Regex, arguments) = part
            && let Some(Expr::Text(text)) = arguments.get(1)
            && let Err(message) = pattern::compile(text)
        {
            out.error(
                pending.place.clone(),
                format!("the pattern '{text}' can't be read: {message}"),
            );
        }
    });
}

/// The surroundings of a position.
fn shortened(source: &str, at: usize) -> String {
    let chars: Vec<char> = source.chars().collect();
    let (from, to) = (at.saturating_sub(30), (at + 30).min(chars.len()));
    let middle: String = chars[from.min(to)..to].iter().collect();
    let middle = middle.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(
        "{}{middle}{}",
        if from > 0 { "…" } else { "" },
        if to < chars.len() { "…" } else { "" }
    )
}
