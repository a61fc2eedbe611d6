//! Cells with expressions into trees.

use super::cells::yes_or_no;
use super::choices::Lists;
use super::diagnostic::Diagnostics;
use super::names::{Index, Scope};
use super::survey::{Pending, Survey};
use crate::expr::{Expr, Function, Op, parse};
use crate::fill::{Env, Filling};
use crate::form::{Form, Kind, Node, Settings};
use crate::pattern;
use crate::ready::ReadyForm;

/// Parses every cell that waited, and puts its tree into its node.
pub fn read(survey: &mut Survey, index: &Index, lists: &Lists<'_>, out: &mut Diagnostics) {
    for pending in std::mem::take(&mut survey.pending) {
        let names = Scope {
            nodes: &survey.nodes,
            index,
            lists,
            here: pending.node,
            row: pending.column == "choice_filter",
        };
        let Some(mut expr) = tree(&pending, &names, out) else {
            continue;
        };
        if pending.column == "choice_filter" {
            filter(&mut expr, pending.node, survey, lists);
        }
        let node = &mut survey.nodes[pending.node];
        let slot = match pending.column {
            "relevant" => &mut node.relevant,
            "required" => &mut node.required,
            "constraint" => &mut node.constraint,
            "calculation" => &mut node.calculation,
            "choice_filter" => &mut node.choice_filter,
            "repeat_count" => &mut node.repeat_count,
            "read_only" => &mut node.read_only,
            "seed" => &mut node.seed,
            _ => &mut node.default,
        };
        *slot = Some(expr);
    }
}

/// What a filter means by its columns, and that it never hides the 'other' of `or_other`.
fn filter(expr: &mut Expr, node: usize, survey: &Survey, lists: &Lists<'_>) {
    if let Some(list) = survey.nodes[node].list {
        for own in ["name", "label"] {
            let apart = format!("@{own}");
            if lists.has_column(list, &apart) && !lists.is_missing(list) {
                rename_column(expr, own, &apart);
            }
        }
    }
    if survey.with_other.contains(&node) {
        let other = Expr::Binary(
            Op::Equal,
            Box::new(Expr::Column("name".into())),
            Box::new(Expr::Text("other".into())),
        );
        let own = std::mem::replace(expr, Expr::Own);
        *expr = Expr::Binary(Op::Or, Box::new(own), Box::new(other));
    }
}

/// Columns of the question's own list; those of `instance()` are another's.
fn rename_column(expr: &mut Expr, from: &str, to: &str) {
    match expr {
        Expr::Column(column) if column == from => to.clone_into(column),
        Expr::Negate(inner) | Expr::Current(inner) => rename_column(inner, from, to),
        Expr::Binary(_, left, right) => {
            rename_column(left, from, to);
            rename_column(right, from, to);
        }
        Expr::Call(_, parts) => parts.iter_mut().for_each(|part| rename_column(part, from, to)),
        _ => {}
    }
}

fn tree(pending: &Pending, names: &Scope<'_, '_>, out: &mut Diagnostics) -> Option<Expr> {
    let source = pending.source.as_str();
    let node = &names.nodes[pending.node];
    match pending.column {
        "required" | "read_only" | "relevant" => {
            if let Some(answer) = yes_or_no(source) {
                if source.len() == 1 {
                    let word = if answer { "yes" } else { "no" };
                    let message = format!("'{source}' is read as '{word}'");
                    out.warn(pending.place.clone(), "read-as", message);
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
    let unsaved = without_last_saved(source);
    if unsaved.is_some() {
        let message =
            "answers of the response before are not kept on the phone: ${last-saved#…} reads as blank";
        out.warn(pending.place.clone(), "reads-blank", message);
    }
    let source = unsaved.as_deref().unwrap_or(source);
    match parse(source, names) {
        Ok(parsed) => {
            for warning in parsed.warnings {
                out.warn(pending.place.clone(), "reads-blank", warning);
            }
            patterns(&parsed.expr, pending, out);
            Some(parsed.expr)
        }
        Err(problem) => {
            out.error(
                pending.place.clone(),
                "bad-expression",
                format!(
                    "{}{} (at character {} of: {})",
                    problem.message,
                    of_others(&problem.message),
                    problem.at,
                    shortened(source, problem.at)
                ),
            );
            None
        }
    }
}

/// The source with `''` for `${last-saved#name}`, if it has any.
pub(super) fn without_last_saved(source: &str) -> Option<String> {
    let mut parts = source.split("${last-saved#");
    let first = parts.next()?.to_owned();
    let mut found = None;
    for part in parts {
        let (_, after) = part.split_once('}')?;
        let text = found.get_or_insert_with(|| first.clone());
        *text += "''";
        text.push_str(after);
    }
    found
}

/// What to write for functions that other tools have.
const OF_OTHERS: &[(&str, &str)] = &[
    (
        "duration",
        "rows of type 'start' and 'end' give the time of an interview, a row 'audit' the seconds for each question",
    ),
    ("index", "write position(..) for the place in a repeat"),
    (
        "rank-index",
        "write selected-at(${question}, 0) for the first of a rank",
    ),
    (
        "rank-value",
        "write selected-at(${question}, 0) for the first of a rank",
    ),
    ("choice-label", "write jr:choice-name(value, '${question}')"),
    ("sum-if", "write sum(${repeat}[condition]/question)"),
    ("count-if", "write count(${repeat}[condition])"),
    ("min-if", "write min(${repeat}[condition]/question)"),
    ("max-if", "write max(${repeat}[condition]/question)"),
    ("join-if", "write join(', ', ${repeat}[condition]/question)"),
    ("sumif", "write sum(${repeat}[condition]/question)"),
    ("countif", "write count(${repeat}[condition])"),
    ("item-at", "write selected-at(list, place)"),
    ("item-index", "compare with selected-at(list, place)"),
    ("filter", "use a choice_filter"),
    ("count-items", "write count-selected(list)"),
    ("linebreak", "begin a new line within the quotes instead"),
    ("hash", "write digest(text, 'SHA-256')"),
    ("username", "what identifies the user is not collected"),
    ("device-info", "what identifies the phone is not collected"),
    ("phone-call-duration", "calls are not watched"),
    ("phone-call-log", "calls are not watched"),
    ("collect-is-phone-app", "forms run in the phone's browser alone"),
    ("short-geopoint", "write the geopoint itself"),
    (
        "distance-between",
        "write distance(concat(${first}, ';', ${second}))",
    ),
    ("iif", "write if(condition, then, else)"),
    ("isnull", "write ${question} = ''"),
    ("len", "write string-length(text)"),
    ("length", "write string-length(text)"),
    ("upper", "write upper-case(text)"),
    ("lower", "write lower-case(text)"),
    ("mid", "write substr(text, from, to)"),
    ("year", "write format-date(date, '%Y')"),
    ("concatenate", "write concat(…)"),
];

/// The mend for a function of another tool, where the message is about one.
fn of_others(message: &str) -> String {
    let name = message
        .strip_prefix("there is no function '")
        .and_then(|rest| rest.split('\'').next());
    let known = name.and_then(|name| {
        OF_OTHERS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
    });
    known.map_or_else(String::new, |(_, mend)| format!("; {mend}"))
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

/// A pattern that can't be compiled never matches, and nobody would learn why; one that explodes stops the phone.
fn patterns(expr: &Expr, pending: &Pending, out: &mut Diagnostics) {
    expr.walk(&mut |part| {
        let Expr::Call(Function::Regex, arguments) = part else {
            return;
        };
        let Some(source) = arguments.get(1) else { return };
        match constant(source) {
            Some(text) => pattern_of(&text, pending, out),
            None => out.warn(
                pending.place.clone(),
                "slow-pattern",
                "the pattern is put together from answers, so nobody can say beforehand how long it keeps a phone",
            ),
        }
    });
}

fn pattern_of(text: &str, pending: &Pending, out: &mut Diagnostics) {
    if let Err(message) = pattern::compile(text) {
        let message = format!(
            "the pattern '{}' can't be read: {}",
            pattern::short(text),
            pattern::short(&message)
        );
        out.error(pending.place.clone(), "bad-pattern", message);
    } else if let Some(found) = pattern::explosion(text) {
        if found.slow {
            out.warn(pending.place.clone(), "slow-pattern", found.message);
        } else {
            out.error(pending.place.clone(), "exploding-pattern", found.message);
        }
    }
}

/// The text of an expression that reads nothing: `concat('(a', '+)')` hides no pattern.
fn constant(expr: &Expr) -> Option<String> {
    if let Expr::Text(text) = expr {
        return Some(text.clone());
    }
    let mut reads = expr.is_volatile();
    expr.walk(&mut |part| {
        reads |= matches!(
            part,
            Expr::Answer(_) | Expr::Path { .. } | Expr::Own | Expr::Column(_) | Expr::Rows { .. }
        ) || matches!(
            part,
            Expr::Call(
                Function::ChoiceName | Function::Version | Function::IndexedRepeat,
                _
            )
        );
    });
    if reads {
        return None;
    }
    let nothing = Form {
        id: String::new(),
        version: String::new(),
        title: 0,
        languages: Vec::new(),
        nodes: vec![Node::default()],
        order: Vec::new(),
        lists: Vec::new(),
        settings: Settings::default(),
        texts: Vec::new(),
    };
    let ready = ReadyForm::new(nothing);
    let filling = Filling::empty(&ready, Env::new("", 0, 0));
    Some(filling.eval(expr, 0, 0).text())
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
