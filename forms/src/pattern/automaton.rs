//! Glushkov's automaton of a pattern, with the number of ways from one state to the next.

use fancy_regex::{AstNode, Expr};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};
use std::collections::{BTreeMap, HashMap};

/// A repetition of the pattern, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// `(a+)+`
    pub text: String,
    /// `a+`, where what is repeated is itself no more than a repetition.
    pub instead: Option<String>,
}

/// States are the characters of the pattern; a transition reads the character it leads to.
#[derive(Default)]
pub struct Automaton {
    /// Which class of characters each state reads.
    reads: Vec<usize>,
    classes: Vec<ClassUnicode>,
    known: HashMap<String, usize>,
    meets: HashMap<(usize, usize), bool>,
    /// By state, the states that may come next and in how many ways (two stands for more).
    follow: Vec<BTreeMap<usize, u8>>,
    /// Each repetition: its first state, the state past its last, and what it is.
    loops: Vec<(usize, usize, Loop)>,
    transitions: usize,
}

/// Where a part of the pattern begins and ends.
#[derive(Default)]
struct Part {
    first: Vec<usize>,
    last: Vec<usize>,
    /// Whether it matches the empty text.
    blank: bool,
}

/// States that counted repetitions are spelled out into, in all.
const MOST_STATES: usize = 2_000;
/// States that one counted repetition is spelled out into.
const MOST_COPIED: usize = 200;
const MOST_TRANSITIONS: usize = 200_000;
/// A counted repetition of what may itself have several lengths is spelled out up to this.
const MOST_VARIED: usize = 6;

impl Automaton {
    /// The automaton of a pattern; `None` where it can't be read, or is larger than any pattern that is typed.
    pub fn of(pattern: &str) -> Option<Self> {
        let translated = super::translate(pattern);
        // As it was written, so that the part can be shown; else as Rust understands it.
        [pattern, &translated].iter().find_map(|source| {
            let tree = Expr::parse_tree(source).ok()?;
            let mut automaton = Self::default();
            automaton.part(&tree.expr)?;
            for a in 0..automaton.classes.len() {
                for b in 0..automaton.classes.len() {
                    let mut both = automaton.classes[a].clone();
                    both.intersect(&automaton.classes[b]);
                    automaton.meets.insert((a, b), !both.ranges().is_empty());
                }
            }
            Some(automaton)
        })
    }

    /// How many states.
    pub fn len(&self) -> usize {
        self.reads.len()
    }

    /// What may come after a state, and in how many ways.
    pub fn follow(&self, state: usize) -> impl Iterator<Item = (usize, u8)> {
        self.follow[state].iter().map(|(&next, &ways)| (next, ways))
    }

    /// Whether some character is read by both states.
    pub fn overlap(&self, a: usize, b: usize) -> bool {
        self.meets
            .get(&(self.reads[a], self.reads[b]))
            .copied()
            .unwrap_or(true)
    }

    /// The smallest repetition around states.
    pub fn smallest_loop(&self, states: &[usize]) -> Loop {
        let (first, last) = (
            states.first().copied().unwrap_or(0),
            states.last().copied().unwrap_or(0),
        );
        let around = self
            .loops
            .iter()
            .filter(|(from, to, _)| *from <= first && last < *to);
        let widest_of_same =
            around.min_by_key(|(from, to, shown)| (to - from, std::cmp::Reverse(shown.text.len())));
        widest_of_same.map_or_else(
            || Loop {
                text: "…".into(),
                instead: None,
            },
            |(_, _, shown)| shown.clone(),
        )
    }

    fn part(&mut self, expr: &Expr) -> Option<Part> {
        match expr {
            Expr::Literal { val, casei } => {
                let mut parts = Vec::new();
                for c in val.chars() {
                    let class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
                    parts.push(self.state(&format!("{c}{casei}"), class, *casei)?);
                }
                self.in_turn(parts)
            }
            Expr::Any { .. } => {
                let mut class = ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]);
                class.negate();
                self.state("any", class, false)
            }
            Expr::Delegate { inner, casei } => {
                let class = class_of(inner, *casei)?;
                self.state(&format!("[{inner}]{casei}"), class, false)
            }
            Expr::Concat(children) => {
                let parts = children
                    .iter()
                    .map(|child| self.part(child))
                    .collect::<Option<Vec<_>>>()?;
                self.in_turn(parts)
            }
            Expr::Alt(children) => {
                let mut either = Part::default();
                for child in children {
                    let part = self.part(child)?;
                    either.first.extend(part.first);
                    either.last.extend(part.last);
                    either.blank |= part.blank;
                }
                Some(either)
            }
            Expr::Group(child) => self.part(child),
            Expr::AtomicGroup(child) => self.part(child),
            Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => self.part(inner),
            Expr::Repeat { child, lo, hi, .. } => self.repeat(expr, child, *lo, *hi),
            other => {
                // Looked at without being read: it may explode by itself, but nothing comes after it.
                for child in other.children_iter() {
                    self.part(child)?;
                }
                Some(Part {
                    blank: true,
                    ..Part::default()
                })
            }
        }
    }

    fn state(&mut self, key: &str, mut class: ClassUnicode, fold: bool) -> Option<Part> {
        let state = self.reads.len();
        if state >= MOST_STATES + MOST_COPIED {
            return None;
        }
        if fold {
            class.try_case_fold_simple().ok()?;
        }
        let next = self.classes.len();
        let id = *self.known.entry(key.to_owned()).or_insert(next);
        if id == next {
            self.classes.push(class);
        }
        self.reads.push(id);
        self.follow.push(BTreeMap::new());
        Some(Part {
            first: vec![state],
            last: vec![state],
            blank: false,
        })
    }

    fn join(&mut self, from: &[usize], to: &[usize]) -> Option<()> {
        self.transitions += from.len() * to.len();
        if self.transitions > MOST_TRANSITIONS {
            return None;
        }
        for &a in from {
            for &b in to {
                let ways = self.follow[a].entry(b).or_insert(0);
                *ways = (*ways + 1).min(2);
            }
        }
        Some(())
    }

    fn in_turn(&mut self, parts: Vec<Part>) -> Option<Part> {
        let mut whole = Part {
            blank: true,
            ..Part::default()
        };
        for part in parts {
            self.join(&whole.last, &part.first)?;
            if whole.blank {
                whole.first.extend(&part.first);
            }
            if part.blank {
                whole.last.extend(part.last);
            } else {
                whole.last = part.last;
            }
            whole.blank &= part.blank;
        }
        Some(whole)
    }

    fn repeat(&mut self, whole: &Expr, child: &Expr, lo: usize, hi: usize) -> Option<Part> {
        let from = self.len();
        let (size, varied) = (size(child), is_varied(child));
        let spelled = hi != usize::MAX
            && (size * hi <= MOST_COPIED && self.len() + size * hi <= MOST_STATES)
            && (!varied || hi <= MOST_VARIED);
        let part = if spelled {
            self.copies(child, lo, hi)?
        } else {
            let mut part = self.part(child)?;
            let (last, first) = (part.last.clone(), part.first.clone());
            self.join(&last, &first)?;
            part.blank |= lo == 0;
            part
        };
        let text = shown(whole);
        let instead = match ungrouped(child) {
            inner @ Expr::Repeat { hi: usize::MAX, .. } => Some(shown(inner)),
            _ => None,
        };
        self.loops.push((from, self.len(), Loop { text, instead }));
        Some(part)
    }

    /// `x{2,4}` as `xx(x(x)?)?`, in which each text has one way only.
    fn copies(&mut self, child: &Expr, lo: usize, hi: usize) -> Option<Part> {
        let parts = (0..hi).map(|_| self.part(child)).collect::<Option<Vec<_>>>()?;
        let mut tail = Part {
            blank: true,
            ..Part::default()
        };
        for (at, part) in parts.into_iter().enumerate().rev() {
            tail = self.in_turn(vec![part, tail])?;
            tail.blank |= at >= lo;
        }
        Some(tail)
    }
}

/// The characters that one atom stands for.
fn class_of(source: &str, casei: bool) -> Option<ClassUnicode> {
    let hir = ParserBuilder::new()
        .case_insensitive(casei)
        .build()
        .parse(source)
        .ok()?;
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class.clone()),
        HirKind::Literal(literal) => {
            let mut chars = std::str::from_utf8(&literal.0).ok()?.chars();
            let only = chars.next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(only, only)]))
        }
        // A class that nothing is in.
        _ => Some(ClassUnicode::empty()),
    }
}

fn ungrouped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(inner) => ungrouped(inner),
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => ungrouped(inner),
        Expr::Concat(children) if children.len() == 1 => ungrouped(&children[0]),
        other => other,
    }
}

/// How many characters a part spells.
fn size(expr: &Expr) -> usize {
    match expr {
        Expr::Literal { val, .. } => val.chars().count(),
        Expr::Any { .. } | Expr::Delegate { .. } => 1,
        Expr::Repeat { child, hi, .. } if *hi != usize::MAX => size(child).saturating_mul((*hi).max(1)),
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => size(inner),
        other => other.children_iter().map(size).fold(0, usize::saturating_add),
    }
}

/// Whether texts of different lengths match.
fn is_varied(expr: &Expr) -> bool {
    match expr {
        Expr::Repeat { child, lo, hi, .. } => lo != hi || is_varied(child),
        Expr::Alt(children) => children
            .iter()
            .any(|c| is_varied(c) || size(c) != size(&children[0])),
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => is_varied(inner),
        other => other.children_iter().any(is_varied),
    }
}

fn shown(expr: &Expr) -> String {
    let all = |children: &[Expr], between: &str| children.iter().map(shown).collect::<Vec<_>>().join(between);
    match expr {
        Expr::Literal { val, .. } => val
            .chars()
            .map(|c| {
                if r"\.+*?()|[]{}^$".contains(c) {
                    format!("\\{c}")
                } else {
                    c.to_string()
                }
            })
            .collect(),
        Expr::Any { .. } => ".".into(),
        Expr::Delegate { inner, .. } => inner.clone(),
        Expr::Concat(children) => all(children, ""),
        Expr::Alt(children) => all(children, "|"),
        Expr::Group(inner) => format!("({})", shown(inner)),
        Expr::AstNode(AstNode::AstGroup { inner, .. }, _) => format!("({})", shown(inner)),
        Expr::Repeat {
            child,
            lo,
            hi,
            greedy,
        } => {
            let times = match (*lo, *hi) {
                (0, 1) => "?".to_owned(),
                (0, usize::MAX) => "*".to_owned(),
                (1, usize::MAX) => "+".to_owned(),
                (lo, usize::MAX) => format!("{{{lo},}}"),
                (lo, hi) if lo == hi => format!("{{{lo}}}"),
                (lo, hi) => format!("{{{lo},{hi}}}"),
            };
            format!("{}{times}{}", shown(child), if *greedy { "" } else { "?" })
        }
        Expr::Empty => String::new(),
        _ => "…".into(),
    }
}
