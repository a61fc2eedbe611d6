//! Changes after which a column of collected answers would mean two things.

use super::{Place, kind_word, places, written};
use crate::form::{Form, Kind, NodeId};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// A version that was published before.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    /// Its form.
    pub form: &'a Form,
    /// Questions, by place or key, whose change of meaning was accepted with it: what came before it is settled.
    pub accepted: &'a [String],
}

/// A question whose column would mean two things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ambiguity {
    /// Place of the question in the new form: `member/age`.
    pub question: String,
    /// Keys of the repeats around it, outermost first.
    pub repeats: Vec<String>,
    /// Its key.
    pub key: String,
    /// The earlier versions that mean something else, the newest first; `why` is of the first.
    pub versions: Vec<String>,
    /// What it is.
    pub why: Why,
}

/// What would make a column ambiguous.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Answers are of another kind: numbers, then words.
    Kind {
        /// What the type was.
        from: String,
        /// What it is.
        to: String,
    },
    /// A question stands in another repeat, or in none, so its answers would be in two tables.
    Repeat {
        /// Place before.
        from: String,
    },
    /// Another question, by its path, has the key.
    Path {
        /// Path of the question that had the key.
        from: String,
        /// Path of the one that has it now.
        to: String,
    },
    /// A code stands for something else.
    Code {
        /// The code.
        code: String,
        /// What it stood for.
        from: String,
        /// What it stands for.
        to: String,
    },
    /// The question was removed, and one of the same name asks something else.
    Returned {
        /// What was asked.
        from: String,
        /// What is asked.
        to: String,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { from, to } => write!(f, "its type was {from} and is {to}"),
            Self::Repeat { from } => write!(f, "it was '{from}' and has moved into or out of a repeat"),
            Self::Path { from, to } => write!(f, "the column belonged to {from} and would belong to {to}"),
            Self::Code { code, from, to } => write!(f, "the code '{code}' meant '{from}' and means '{to}'"),
            Self::Returned { from, to } => {
                write!(f, "it was removed, asked '{from}', and comes back asking '{to}'")
            }
        }
    }
}

/// What would be ambiguous if `new` were published after `earlier` (the newest first), in the new form's order; each
/// finding once, with the versions that give it.
///
/// Units, and questions reworded so that they ask something else, can't be seen.
pub fn ambiguities(new: &Form, earlier: &[Earlier<'_>]) -> Vec<Ambiguity> {
    let mut found: Vec<(NodeId, Ambiguity)> = Vec::new();
    let ours = places(new);
    for (at, version) in earlier.iter().enumerate() {
        let next = at.checked_sub(1).map_or(new, |next| earlier[next].form);
        let compare = Against {
            old: version.form,
            theirs: places(version.form),
            next: places(next),
            new,
            ours: &ours,
        };
        for (place, &id) in &ours {
            let is_settled = earlier[..at].iter().any(|later| is_named(later.accepted, place));
            if is_settled {
                continue;
            }
            for why in compare.question(place, id) {
                let is_same = |(known, ambiguity): &&mut (NodeId, Ambiguity)| {
                    *known == id && same(&ambiguity.why, &why)
                };
                let name = version.form.version.clone();
                match found.iter_mut().find(is_same) {
                    // A code may stand in several rows of one version.
                    Some((_, known)) if known.versions.last() == Some(&name) => {}
                    Some((_, known)) => known.versions.push(name),
                    None => found.push((
                        id,
                        Ambiguity {
                            question: written(place),
                            repeats: place.0.clone(),
                            key: place.1.clone(),
                            versions: vec![name],
                            why,
                        },
                    )),
                }
            }
        }
    }
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, ambiguity)| ambiguity).collect()
}

/// The place of the innermost of some repeats.
fn section(repeats: &[String]) -> Option<Place> {
    let (key, around) = repeats.split_last()?;
    Some((around.to_vec(), key.clone()))
}

/// Whether a question is among those accepted, by place or key.
fn is_named(accepted: &[String], place: &Place) -> bool {
    let written = written(place);
    accepted.iter().any(|name| *name == written || *name == place.1)
}

impl Ambiguity {
    /// Whether a person named the question, by its place or key.
    pub fn is_named(&self, accepted: &[String]) -> bool {
        is_named(accepted, &(self.repeats.clone(), self.key.clone()))
    }
}

/// The same finding about a question, perhaps against another version.
fn same(one: &Why, other: &Why) -> bool {
    let code = |why: &Why| match why {
        Why::Code { code, .. } => code.clone(),
        _ => String::new(),
    };
    std::mem::discriminant(one) == std::mem::discriminant(other) && code(one) == code(other)
}

struct Against<'a> {
    old: &'a Form,
    theirs: HashMap<Place, NodeId>,
    /// Places of the version after the old one.
    next: HashMap<Place, NodeId>,
    new: &'a Form,
    ours: &'a HashMap<Place, NodeId>,
}

impl Against<'_> {
    fn question(&self, place: &Place, id: NodeId) -> Vec<Why> {
        let Some(&was) = self.theirs.get(place) else {
            return self.moved_here(place, id).into_iter().collect();
        };
        let (old, new) = (&self.old.nodes[was], &self.new.nodes[id]);
        let is_kept = |kind: Kind| kind.has_value() || kind == Kind::Repeat;
        // What collects nothing can't be ambiguous; a group of the name of a repeat is one.
        let is_section = old.kind.is_section() && new.kind.is_section();
        if !(is_section || is_kept(old.kind) && is_kept(new.kind)) {
            return Vec::new();
        }
        if class(old.kind) != class(new.kind) {
            let (from, to) = (kind_word(old.kind), kind_word(new.kind));
            return vec![Why::Kind { from, to }];
        }
        if is_section {
            return Vec::new();
        }
        if let Some(why) = self.other_question(was, id) {
            return vec![why];
        }
        if let Some(why) = self.returned(place, was, id) {
            return vec![why];
        }
        self.codes(was, id)
    }

    /// A question of this key stood in another repeat. Where a repeat has become a group, that tells it already; where
    /// the repeat only has another name, its answers go into a table of that name.
    fn moved_here(&self, place: &Place, id: NodeId) -> Option<Why> {
        if !self.new.nodes[id].kind.has_value() {
            return None;
        }
        let gone = |other: &&Place| other.1 == place.1 && !self.ours.contains_key(*other);
        let mut others = self.theirs.keys().filter(gone);
        let (Some(from), None) = (others.next(), others.next()) else {
            return None;
        };
        if !self.old.nodes[self.theirs[from]].kind.has_value() {
            return None;
        }
        let before = section(&from.0).map(|repeat| self.ours.get(&repeat).copied());
        let now = section(&place.0).map(|repeat| self.theirs.get(&repeat).copied());
        let is_group = |form: &Form, at: Option<Option<NodeId>>| {
            at.flatten().is_some_and(|at| form.nodes[at].kind == Kind::Group)
        };
        let is_told = is_group(self.new, before) || is_group(self.old, now);
        let is_renamed = (before, now) == (Some(None), Some(None)) && from.0.len() == place.0.len();
        (!is_told && !is_renamed).then(|| Why::Repeat { from: written(from) })
    }

    /// Keys of questions with the same name depend on which comes first.
    fn other_question(&self, was: NodeId, id: NodeId) -> Option<Why> {
        let (from, to) = (path(self.old, was), path(self.new, id));
        if from == to {
            return None;
        }
        let has = |form: &Form, wanted: &str| (1..form.nodes.len()).any(|id| path(form, id) == wanted);
        (has(self.new, &from) || has(self.old, &to)).then_some(Why::Path { from, to })
    }

    fn returned(&self, place: &Place, was: NodeId, id: NodeId) -> Option<Why> {
        if self.next.contains_key(place) {
            return None;
        }
        let (before, now) = reference_languages(self.old, self.new);
        let (from, to) = (self.old.label(before, was), self.new.label(now, id));
        (!alike(&from, &to)).then_some(Why::Returned { from, to })
    }

    fn codes(&self, was: NodeId, id: NodeId) -> Vec<Why> {
        let (Some(old), Some(new)) = (self.old.list_of(was), self.new.list_of(id)) else {
            return Vec::new();
        };
        let (before, now) = reference_languages(self.old, self.new);
        // In cascades a code may stand in several rows.
        let mut known: HashMap<&str, Vec<String>> = HashMap::new();
        for choice in &old.choices {
            let label = self.old.choice_label(before, choice);
            known.entry(&choice.name).or_default().push(label);
        }
        let changed = |choice: &crate::form::Choice| {
            let from = known.get(choice.name.as_str())?;
            let to = self.new.choice_label(now, choice);
            (!from.iter().any(|label| alike(label, &to))).then(|| Why::Code {
                code: choice.name.clone(),
                from: from[0].clone(),
                to,
            })
        };
        new.choices.iter().filter_map(changed).collect()
    }
}

/// The old form's first language, and the same in the new one: a translation that is mended changes no meaning.
fn reference_languages(old: &Form, new: &Form) -> (usize, usize) {
    let first = &old.languages[0];
    let same = new
        .languages
        .iter()
        .position(|l| l.name == first.name || (l.tag == first.tag && l.tag != "und"));
    (0, same.unwrap_or(0))
}

/// Kinds of one class give values of one kind.
fn class(kind: Kind) -> Kind {
    match kind {
        Kind::Integer | Kind::Decimal | Kind::Range => Kind::Decimal,
        Kind::Text | Kind::Barcode | Kind::Calculate | Kind::Hidden => Kind::Text,
        other => other,
    }
}

/// `/profile/age`
fn path(form: &Form, id: NodeId) -> String {
    let mut names: Vec<&str> = std::iter::successors(Some(id), |&at| form.nodes[at].parent)
        .filter(|&at| at > 0)
        .map(|at| form.nodes[at].name.as_str())
        .collect();
    names.push("");
    names.reverse();
    names.join("/")
}

/// Whether two labels differ in case, spaces and punctuation at most.
fn alike(one: &str, other: &str) -> bool {
    let (a, b) = (bare(one), bare(other));
    if a.is_empty() || b.is_empty() {
        return one.trim() == other.trim();
    }
    a == b
}

/// Without spaces and punctuation, in small letters. Marks that are parts of letters, as in Devanagari, stay.
fn bare(label: &str) -> String {
    let is_punctuation = |c: char| {
        c.is_ascii_punctuation()
            || matches!(c, '\u{a1}' | '\u{ab}' | '\u{b7}' | '\u{bb}' | '\u{bf}')
            || matches!(
                c,
                '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{6d4}' | '\u{964}' | '\u{1362}'
            )
            || matches!(c, '\u{200b}'..='\u{206f}' | '\u{3001}'..='\u{303f}' | '\u{feff}')
    };
    label
        .chars()
        .filter(|&c| !c.is_whitespace() && !c.is_control() && !is_punctuation(c))
        .flat_map(char::to_lowercase)
        .collect()
}
