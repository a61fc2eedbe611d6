//! Whether conditions can hold together: an expression into alternatives of simple tests, each tried on the values
//! that could make a difference.
//!
//! What is not understood counts as possible, so a condition is called impossible only where it is.

use super::Linted;
use crate::expr::{Expr, Function, Op, text_of_number};
use crate::form::{Kind, NodeId};
use std::collections::HashMap;

/// More alternatives than this are not followed.
const MOST_WAYS: usize = 200;

/// What a test is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    /// An answer.
    Answer(NodeId),
    /// How many choices are ticked, or how long a text is.
    Count(NodeId),
}

#[derive(Debug, Clone)]
enum Test {
    /// `= 'a'`; blank for `= ''`.
    Is(String),
    /// A comparison with a number.
    Compare(Op, f64),
    /// `selected(…, 'a')`
    Selected(String),
}

#[derive(Debug, Clone)]
struct Atom {
    subject: Subject,
    test: Test,
    holds: bool,
}

type Ways = Vec<Vec<Atom>>;

/// A condition, and the node it is evaluated at.
pub type At<'a> = (&'a Expr, NodeId);

impl Linted<'_> {
    /// Whether all conditions can hold at once. `answered`: a node whose answer is not blank.
    pub(super) fn possible(&self, conditions: &[At<'_>], answered: Option<NodeId>) -> bool {
        let mut all: Ways = vec![Vec::new()];
        for (expr, at) in conditions {
            match both(&all, &self.ways(expr, *at, true)) {
                Some(ways) => all = ways,
                None => return true,
            }
        }
        all.iter().any(|atoms| self.consistent(atoms, answered))
    }

    fn consistent(&self, atoms: &[Atom], answered: Option<NodeId>) -> bool {
        let mut by_subject: HashMap<Subject, Vec<&Atom>> = HashMap::new();
        for atom in atoms {
            by_subject.entry(atom.subject).or_default().push(atom);
        }
        if let Some(node) = answered {
            by_subject.entry(Subject::Answer(node)).or_default();
        }
        by_subject.iter().all(|(subject, atoms)| {
            let blank = *subject != Subject::Answer(answered.unwrap_or(usize::MAX));
            let candidates = self.candidates(*subject, atoms);
            candidates
                .iter()
                .any(|value| (blank || !value.is_empty()) && atoms.iter().all(|atom| atom.fits(value)))
        })
    }

    /// Alternatives under which an expression is `want`; one without tests where that is not known.
    fn ways(&self, expr: &Expr, at: NodeId, want: bool) -> Ways {
        let known = |holds: bool| {
            if holds == want {
                vec![Vec::new()]
            } else {
                Vec::new()
            }
        };
        match expr {
            Expr::Call(Function::True, _) => known(true),
            Expr::Call(Function::False, _) => known(false),
            Expr::Number(n) => known(*n != 0.0 && !n.is_nan()),
            Expr::Call(Function::Not, inner) => self.ways(&inner[0], at, !want),
            Expr::Call(Function::Boolean, inner) => self.ways(&inner[0], at, want),
            Expr::Binary(op @ (Op::And | Op::Or), left, right) => {
                let (left, right) = (self.ways(left, at, want), self.ways(right, at, want));
                if (*op == Op::And) == want {
                    both(&left, &right).unwrap_or_else(|| vec![Vec::new()])
                } else {
                    [left, right].concat()
                }
            }
            Expr::Binary(op, left, right) => match (&**left, &**right) {
                (Expr::Number(a), Expr::Number(b)) => {
                    compare(*op, *a, *b).map_or_else(|| vec![Vec::new()], known)
                }
                (left, right) => {
                    let found = self
                        .atom(*op, left, right, at)
                        .or_else(|| self.atom(flipped(*op), right, left, at));
                    found.map_or_else(
                        || vec![Vec::new()],
                        |mut atom| {
                            atom.holds ^= !want;
                            vec![vec![atom]]
                        },
                    )
                }
            },
            Expr::Call(Function::Selected, arguments) => {
                let (Some(subject), Expr::Text(code)) = (self.subject(&arguments[0], at), &arguments[1])
                else {
                    return vec![Vec::new()];
                };
                let test = Test::Selected(code.trim().to_owned());
                vec![vec![Atom {
                    subject,
                    test,
                    holds: want,
                }]]
            }
            _ => vec![Vec::new()],
        }
    }

    fn atom(&self, op: Op, left: &Expr, right: &Expr, at: NodeId) -> Option<Atom> {
        let subject = self.subject(left, at)?;
        let (test, holds) = match (right, op) {
            (Expr::Text(text), Op::Equal) => (Test::Is(text.clone()), true),
            (Expr::Text(text), Op::NotEqual) => (Test::Is(text.clone()), false),
            // A comparison with a text is one of numbers, if the text is one.
            (Expr::Text(text), op) => (Test::Compare(op, text.trim().parse().ok()?), true),
            (Expr::Number(n), op) => (Test::Compare(op, *n), true),
            (Expr::Negate(inner), op) => match **inner {
                Expr::Number(n) => (Test::Compare(op, -n), true),
                _ => return None,
            },
            _ => return None,
        };
        let is_order = matches!(
            op,
            Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual
        );
        is_order.then_some(Atom { subject, test, holds })
    }

    fn subject(&self, expr: &Expr, at: NodeId) -> Option<Subject> {
        let answer = |expr: &Expr| {
            let node = match expr {
                Expr::Answer(node) => *node,
                Expr::Own => at,
                _ => return None,
            };
            // Several instances at once are several values: any of them may fit.
            let around = self.form.repeats_around(at);
            let is_one = self
                .form
                .repeats_around(node)
                .iter()
                .all(|repeat| around.contains(repeat));
            (is_one && self.form.nodes[node].kind.has_value()).then_some(node)
        };
        match expr {
            Expr::Call(Function::CountSelected | Function::StringLength, arguments) => {
                answer(arguments.first()?).map(Subject::Count)
            }
            Expr::Call(Function::Number | Function::Int | Function::Text, arguments)
                if arguments.len() == 1 =>
            {
                None
            }
            other => answer(other)
                .filter(|&node| is_plain(self.form.nodes[node].kind))
                .map(Subject::Answer),
        }
    }

    /// Values of which one fits if any does.
    fn candidates(&self, subject: Subject, atoms: &[&Atom]) -> Vec<String> {
        let node = match subject {
            Subject::Count(_) => {
                return numbers(atoms, true)
                    .into_iter()
                    .filter(|n| *n >= 0.0)
                    .map(text_of_number)
                    .collect();
            }
            Subject::Answer(node) => node,
        };
        let kind = self.form.nodes[node].kind;
        let mut found = vec![String::new()];
        if let Some(list) = self.known_list(node) {
            let codes = self.form.lists[list]
                .choices
                .iter()
                .map(|choice| choice.name.as_str());
            if kind == Kind::SelectOne {
                found.extend(codes.map(String::from));
            } else {
                found.extend(several(&codes.collect::<Vec<_>>(), atoms));
            }
            return found;
        }
        let (low, high) = self.range(node);
        let whole = kind == Kind::Integer;
        let bounds = [low, high].into_iter().filter(|n| n.is_finite());
        found.extend(
            numbers(atoms, whole)
                .into_iter()
                .chain(bounds)
                .filter(|n| (low..=high).contains(n))
                .map(text_of_number),
        );
        if !kind.is_number() {
            found.extend(texts(atoms).map(String::from));
            found.push("\u{1}".into());
            found.push(texts(atoms).collect::<Vec<_>>().join(" "));
        }
        found
    }

    fn range(&self, node: NodeId) -> (f64, f64) {
        let node = &self.form.nodes[node];
        let bound = |name: &str, other: f64| {
            node.parameters
                .get(name)
                .and_then(|n| n.parse().ok())
                .unwrap_or(other)
        };
        match node.kind {
            Kind::Range => (bound("start", f64::NEG_INFINITY), bound("end", f64::INFINITY)),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// Kinds whose values are compared as they look; dates and places are not.
fn is_plain(kind: Kind) -> bool {
    kind.is_number()
        || kind.is_choice()
        || matches!(
            kind,
            Kind::Text | Kind::Calculate | Kind::Hidden | Kind::Acknowledge | Kind::Barcode
        )
}

fn texts<'a>(atoms: &'a [&Atom]) -> impl Iterator<Item = &'a str> {
    atoms.iter().filter_map(|atom| match &atom.test {
        Test::Is(text) | Test::Selected(text) => Some(text.as_str()),
        Test::Compare(..) => None,
    })
}

/// Sets of codes: what is asked for by name, alone and with each of the others.
fn several(codes: &[&str], atoms: &[&Atom]) -> Vec<String> {
    let wanted: Vec<&str> = atoms
        .iter()
        .filter_map(|atom| match &atom.test {
            Test::Selected(code) if atom.holds => Some(code.as_str()),
            _ => None,
        })
        .collect();
    let mut sets = Vec::new();
    if wanted.iter().all(|code| codes.contains(code)) {
        sets.push(wanted.join(" "));
        sets.extend(codes.iter().map(|code| [&wanted[..], &[code]].concat().join(" ")));
        sets.push(codes.join(" "));
    }
    let exact = atoms.iter().filter_map(|atom| match &atom.test {
        Test::Is(text) if text.split_whitespace().all(|code| codes.contains(&code)) => Some(text.clone()),
        _ => None,
    });
    sets.extend(exact);
    sets
}

/// Each number that is compared with, and numbers between, below and above them.
fn numbers(atoms: &[&Atom], whole: bool) -> Vec<f64> {
    let mut found: Vec<f64> = atoms
        .iter()
        .filter_map(|atom| match &atom.test {
            Test::Compare(_, n) => Some(*n),
            Test::Is(text) | Test::Selected(text) => text.trim().parse().ok(),
        })
        .filter(|n: &f64| n.is_finite())
        .collect();
    found.push(0.0);
    found.sort_by(f64::total_cmp);
    if whole {
        let near = found
            .iter()
            .flat_map(|n| [n.floor() - 1.0, n.floor(), n.ceil(), n.ceil() + 1.0]);
        return near.collect();
    }
    let between: Vec<f64> = found
        .windows(2)
        .map(|pair| f64::midpoint(pair[0], pair[1]))
        .collect();
    let ends = [found[0] - 1.0, found[found.len() - 1] + 1.0];
    found.into_iter().chain(between).chain(ends).collect()
}

fn both(left: &Ways, right: &Ways) -> Option<Ways> {
    if left.len() * right.len() > MOST_WAYS {
        return None;
    }
    let joined = left
        .iter()
        .flat_map(|a| right.iter().map(move |b| [a.as_slice(), b].concat()));
    Some(joined.collect())
}

fn compare(op: Op, a: f64, b: f64) -> Option<bool> {
    Some(match op {
        Op::Equal => a == b,
        Op::NotEqual => a != b,
        Op::Less => a < b,
        Op::LessOrEqual => a <= b,
        Op::Greater => a > b,
        Op::GreaterOrEqual => a >= b,
        _ => return None,
    })
}

fn flipped(op: Op) -> Op {
    match op {
        Op::Less => Op::Greater,
        Op::LessOrEqual => Op::GreaterOrEqual,
        Op::Greater => Op::Less,
        Op::GreaterOrEqual => Op::LessOrEqual,
        other => other,
    }
}

impl Atom {
    fn fits(&self, value: &str) -> bool {
        let found = match &self.test {
            Test::Is(text) => text == value,
            Test::Compare(op, n) => compare(*op, value.parse().unwrap_or(f64::NAN), *n).unwrap_or(true),
            Test::Selected(code) => value.split_whitespace().any(|word| word == code),
        };
        found == self.holds
    }
}
