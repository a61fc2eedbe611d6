//! Which question a CSV's column belongs to.
//!
//! Exports name a question by its key, by its path (`group/name` in Kobo, `group-name` in ODK Central), by its name
//! alone, or by its label in any language, with or without the labels of its groups. A choice of a select-multiple
//! stands behind the question's name and `/`, `-`, `.` or `:`.

use crate::responses::Responses;
use crate::responses::columns::is_read;
use baraza_forms::{Form, Kind, NodeId};
use std::collections::HashMap;

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The answer to a question, by its position among the columns.
    Answer(usize),
    /// Whether the code of a select-multiple was chosen.
    Choice(usize, String),
    /// The pass of an open question.
    Pass(usize),
    /// How the interview ended.
    Outcome,
    /// Whether the response is invented.
    Synthetic,
    /// What people think of the response.
    Review,
    /// What Baraza adds to a response, or the form collects, and the analysis does not need.
    Known,
    /// A name that several questions have.
    Ambiguous,
    /// Nothing of this form.
    Unknown,
}

/// Stands before a column of Baraza's own where a question has its name.
pub const OWN_PREFIX: &str = "baraza_";

/// What Baraza's own export says of a response, before its answers.
pub const OWN_COLUMNS: [&str; 13] = [
    "instance_id",
    "received_at",
    "started",
    "finished",
    "language",
    "version",
    "outcome",
    "synthetic",
    "flags",
    "enumerator",
    "review",
    "corrections",
    "round",
];

/// Names of a form's questions as exports spell them.
pub struct Headers<'f> {
    form: &'f Form,
    questions: &'f [NodeId],
    /// `None` for a name that several questions have.
    names: HashMap<String, Option<usize>>,
}

impl<'f> Headers<'f> {
    pub fn new(form: &'f Form, questions: &'f [NodeId]) -> Self {
        let mut headers = Self {
            form,
            questions,
            names: HashMap::new(),
        };
        let groups = |id| ancestors(form, id);
        let name = |id: NodeId| form.nodes[id].name.clone();
        headers.add(|id| vec![form.nodes[id].key.clone()]);
        headers.add(|id| {
            let path: Vec<String> = groups(id).into_iter().chain([id]).map(name).collect();
            vec![path.join("/"), path.join("-"), path.join(".")]
        });
        headers.add(|id| vec![name(id)]);
        for language in 0..form.languages.len() {
            let label = |id| plain(&form.label(language, id));
            headers.add(|id| vec![label(id)]);
            headers.add(|id| {
                vec![
                    groups(id)
                        .into_iter()
                        .chain([id])
                        .map(label)
                        .collect::<Vec<_>>()
                        .join("/"),
                ]
            });
        }
        headers
    }

    /// Adds a way of spelling; names that were there before stay with who had them.
    fn add(&mut self, spell: impl Fn(NodeId) -> Vec<String>) {
        let mut new: HashMap<String, Option<usize>> = HashMap::new();
        for (at, &id) in self.questions.iter().enumerate() {
            let mut spelt = spell(id);
            spelt.dedup();
            for name in spelt
                .into_iter()
                .filter(|name| !name.is_empty() && !self.names.contains_key(name))
            {
                new.entry(name)
                    .and_modify(|who| *who = who.filter(|&who| who == at))
                    .or_insert(Some(at));
            }
        }
        self.names.extend(new);
    }

    pub fn target(&self, header: &str) -> Target {
        let header = plain(header);
        match self.names.get(&header) {
            Some(Some(at)) => return Target::Answer(*at),
            Some(None) => return Target::Ambiguous,
            None => {}
        }
        match header.strip_prefix(OWN_PREFIX).unwrap_or(&header) {
            "outcome" => return Target::Outcome,
            "synthetic" => return Target::Synthetic,
            "review" => return Target::Review,
            own if OWN_COLUMNS.contains(&own) => return Target::Known,
            _ => {}
        }
        if self.is_never_read(&header) {
            return Target::Known;
        }
        let passed =
            |(at, name): (&Option<usize>, &String)| at.filter(|_| header == Responses::pass_column(name));
        let stem = header
            .strip_suffix("_pass")
            .and_then(|stem| self.names.get_key_value(stem));
        if let Some(at) = stem.and_then(|(name, at)| passed((at, name))) {
            return Target::Pass(at);
        }
        self.choice(&header).unwrap_or(Target::Unknown)
    }

    /// Whether a column is of a kind that is never analysed; other tools write its groups before it.
    fn is_never_read(&self, header: &str) -> bool {
        let name = header.rsplit(['/', '-', '.']).next().unwrap_or(header);
        let named = |node: &&baraza_forms::Node| node.name == name || node.key == header;
        let mut nodes = self.form.nodes.iter().filter(|node| node.kind.has_value());
        nodes.any(|node| named(&node) && !is_read(node.kind))
    }

    /// The longest question name that a separator and a choice follow.
    fn choice(&self, header: &str) -> Option<Target> {
        let cuts = header
            .char_indices()
            .rev()
            .filter(|(_, c)| matches!(c, '/' | '-' | '.' | ':'));
        for (cut, separator) in cuts {
            let Some(Some(at)) = self.names.get(header[..cut].trim()) else {
                continue;
            };
            let id = self.questions[*at];
            if self.form.nodes[id].kind != Kind::SelectMultiple {
                continue;
            }
            let choice = header[cut + separator.len_utf8()..].trim();
            if let Some(code) = self.code(id, choice) {
                return Some(Target::Choice(*at, code));
            }
            // A choice that a later version of the form has dropped.
            if separator == '/' && !choice.is_empty() && !choice.contains(char::is_whitespace) {
                return Some(Target::Choice(*at, choice.to_owned()));
            }
        }
        None
    }

    fn code(&self, id: NodeId, choice: &str) -> Option<String> {
        let choices = &self.form.list_of(id)?.choices;
        let by_code = choices.iter().find(|known| known.name == choice);
        let labelled = |known: &&baraza_forms::form::Choice| {
            (0..self.form.languages.len()).any(|l| plain(&self.form.choice_label(l, known)) == choice)
        };
        by_code
            .or_else(|| choices.iter().find(labelled))
            .map(|known| known.name.clone())
    }
}

/// Groups around a node without the root, outermost first.
fn ancestors(form: &Form, id: NodeId) -> Vec<NodeId> {
    let mut around: Vec<NodeId> = std::iter::successors(form.nodes[id].parent, |&at| form.nodes[at].parent)
        .filter(|&at| at > 0)
        .collect();
    around.reverse();
    around
}

/// Words with single spaces between them.
pub fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
