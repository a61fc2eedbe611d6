//! The one model of a survey's form.
//!
//! A [`Form`] is what an XLSForm becomes: a flat list of nodes in document order, each knowing its parent, with
//! every expression already parsed and every text lifted out into one table per language. Its JSON is what the
//! store keeps and, without the texts of the other languages, what the phone loads.

use crate::expr::Expr;
pub use crate::kind::{Kind, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Position of a node in [`Form::nodes`]; node 0 is the root.
pub type NodeId = usize;
/// Position of a text in each language's table of [`Form::texts`].
pub type TextId = usize;
/// Position of a list in [`Form::lists`].
pub type ListId = usize;

/// A questionnaire in one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// `form_id` of the settings sheet; names the survey.
    pub id: String,
    /// `version` of the settings sheet, or a digest of the content where it is blank.
    pub version: String,
    /// The form's title.
    pub title: TextId,
    /// At least one; the first is the one a phone starts in.
    pub languages: Vec<Language>,
    /// Document order; parents come before their children.
    pub nodes: Vec<Node>,
    /// Node ids in the order in which relevance and calculations are to be evaluated: what a node depends on
    /// comes before it.
    pub order: Vec<NodeId>,
    /// Choice lists and attached tables.
    pub lists: Vec<List>,
    /// Settings that belong to Baraza (`baraza::…` columns of the settings sheet).
    #[serde(default)]
    pub settings: Settings,
    /// `texts[language][text id]`; a text that lacks a translation holds the first language's.
    pub texts: Vec<Vec<Template>>,
}

/// A language of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// As the workbook spells it, for instance `العربية (ar)`.
    pub name: String,
    /// BCP 47 tag, for instance `ar`; `und` where neither the name nor a code tells.
    pub tag: String,
    /// Written from right to left.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rtl: bool,
}

/// What the settings sheet says to Baraza itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Youngest age in years whose answers are kept; compared with the question of role age.
    #[serde(default, skip_serializing_if = "is_default")]
    pub minimum_age: Option<u32>,
    /// Lower and upper bounds in years, both included; no upper bound in an open band.
    #[serde(default, skip_serializing_if = "is_default")]
    pub age_bands: Vec<AgeBand>,
    /// Whether `deviceid` rows collect an identifier that the phone's browser makes up; otherwise nothing is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub device_id: bool,
    /// Whether drafts are kept on the phone under a PIN that the person chooses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pin: bool,
    /// Whether responses are taken from enumerators who have signed in, and from nobody else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sign_in: bool,
    /// The largest file that a response may name, in MB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub file_limit_mb: Option<u32>,
    /// What all files of the survey may come to, in MB.
    #[serde(default, skip_serializing_if = "is_default")]
    pub files_limit_mb: Option<u32>,
    /// Text that is shown once a response has arrived, for instance how the results come back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub thanks: Option<usize>,
}

/// A band of ages, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeBand {
    /// Youngest age in years.
    pub from: u32,
    /// Oldest age in years; `None` is open.
    pub to: Option<u32>,
}

impl AgeBand {
    /// From `18-30` or `66+`.
    pub fn read(word: &str) -> Option<Self> {
        if let Some(from) = word.strip_suffix('+') {
            return from.parse().ok().map(|from| Self { from, to: None });
        }
        let (from, to) = word.split_once(['-', '–'])?;
        let (from, to) = (from.parse().ok()?, to.parse().ok()?);
        (from <= to).then_some(Self { from, to: Some(to) })
    }

    /// `18-30`, or `66+` for an open band.
    pub fn label(self) -> String {
        self.to
            .map_or_else(|| format!("{}+", self.from), |to| format!("{}-{to}", self.from))
    }

    /// Whether an age in years lies in the band.
    pub fn contains(self, age: f64) -> bool {
        age >= f64::from(self.from) && self.to.is_none_or(|to| age < f64::from(to) + 1.0)
    }
}

/// A question, a group or a repeat.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The name given in the survey sheet.
    pub name: String,
    /// What the answer is called in responses and exports: the name, or the path from the root joined by `/`
    /// where an earlier node of the same repeat has the name already.
    pub key: String,
    /// `None` for the root alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parent: Option<NodeId>,
    /// What kind of node.
    pub kind: Kind,
    /// The list of a select or rank.
    #[serde(default, skip_serializing_if = "is_default")]
    pub list: Option<ListId>,
    /// Question text.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: Option<TextId>,
    /// Hint for the respondent.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hint: Option<TextId>,
    /// Longer guidance for the enumerator.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guidance: Option<TextId>,
    /// Pictures and sounds that go with the label.
    #[serde(default, skip_serializing_if = "is_default")]
    pub media: Media,
    /// Asked only where this holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub relevant: Option<Expr>,
    /// Must be acknowledged where this holds: an answer, don't know, or prefer not to say.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: Option<Expr>,
    /// Shown when a required answer is missing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required_message: Option<TextId>,
    /// Must hold for an answer that is not blank.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraint: Option<Expr>,
    /// Shown when the constraint fails.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraint_message: Option<TextId>,
    /// Value computed from other answers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub calculation: Option<Expr>,
    /// Value before anyone has answered; evaluated once, when the form or the repeat's instance begins.
    #[serde(default, skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
    /// Which choices are offered, evaluated for each row of the list.
    #[serde(default, skip_serializing_if = "is_default")]
    pub choice_filter: Option<Expr>,
    /// The order of choices is shuffled with this seed; without one, with the response's own.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: Option<Expr>,
    /// The choices are the answers to this question in all instances of its repeat (`select_one ${name}`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub choices_from: Option<NodeId>,
    /// The calculation runs when one of these answers changes, and at no other time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub trigger: Vec<NodeId>,
    /// How many instances a repeat has; `None` lets the person add and remove.
    #[serde(default, skip_serializing_if = "is_default")]
    pub repeat_count: Option<Expr>,
    /// Can't be changed by hand where this holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: Option<Expr>,
    /// Words of the appearance column.
    #[serde(default, skip_serializing_if = "is_default")]
    pub appearance: Vec<String>,
    /// Places are rounded on the phone to squares with sides of so many metres.
    #[serde(default, skip_serializing_if = "is_default")]
    pub coarse: Option<f64>,
    /// The parameters column: `start`, `end`, `step`, `randomize`, `seed`, `ranks`, …
    #[serde(default, skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, String>,
    /// What the question is to the analysis.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Option<Role>,
    /// Answers can harm who gave them: numerators are protected as well.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sensitive: bool,
    /// Offers 'don't know' and 'prefer not to say' beside an open control.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pass: bool,
}

/// Files that go with a label, named by texts since they may differ by language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Name of a picture's file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub image: Option<TextId>,
    /// Name of a sound's file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub audio: Option<TextId>,
    /// Name of a film's file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub video: Option<TextId>,
}

/// A choice list, or a table attached to the form.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// `list_name` of the choices sheet, or the file's name without its ending.
    pub name: String,
    /// Further columns, for choice filters.
    #[serde(default, skip_serializing_if = "is_default")]
    pub columns: Vec<String>,
    /// In the order of the sheet.
    pub choices: Vec<Choice>,
}

/// A row of a choice list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The code that is stored.
    pub name: String,
    /// What the respondent reads.
    #[serde(default, skip_serializing_if = "is_default")]
    pub label: Option<TextId>,
    /// Pictures and sounds that go with the label.
    #[serde(default, skip_serializing_if = "is_default")]
    pub media: Media,
    /// Cells under [`List::columns`]; may be shorter where the rest is blank.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cells: Vec<String>,
    /// Not an answer of substance, or an answer that excludes the others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub special: Option<Special>,
}

/// Choices that stand apart from the rest of their list (`baraza::special`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Special {
    /// The respondent does not know.
    DontKnow,
    /// The respondent would rather not say.
    PreferNotToSay,
    /// None of the list; excludes the other choices.
    None,
}

/// A text that may hold values: `Good day, ${name}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Template {
    /// Words alone.
    Plain(String),
    /// Words and expressions in turn.
    Parts(Vec<Part>),
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// Words.
    Words(String),
    /// A value put in at display: `{"e": expression}`.
    Value {
        /// What is put in.
        e: Expr,
    },
}

impl Template {
    /// The words alone, `…` where a value would stand.
    pub fn plain(&self) -> String {
        match self {
            Self::Plain(words) => words.clone(),
            Self::Parts(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Words(words) => words.as_str(),
                    Part::Value { .. } => "…",
                })
                .collect(),
        }
    }
}

impl Form {
    /// The text in a language (position in [`Form::languages`]), values shown as `…`.
    pub fn text(&self, language: usize, text: TextId) -> String {
        self.texts
            .get(language)
            .and_then(|texts| texts.get(text))
            .map_or_else(String::new, Template::plain)
    }

    /// A node's label in a language, or its name where it has none.
    pub fn label(&self, language: usize, node: NodeId) -> String {
        let node = &self.nodes[node];
        node.label
            .map_or_else(|| node.name.clone(), |text| self.text(language, text))
    }

    /// A choice's label in a language, or its code where it has none.
    pub fn choice_label(&self, language: usize, choice: &Choice) -> String {
        choice
            .label
            .map_or_else(|| choice.name.clone(), |text| self.text(language, text))
    }

    /// Names of the files that go with labels, in any language, each once.
    pub fn media_files(&self) -> Vec<String> {
        let nodes = self.nodes.iter().map(|node| &node.media);
        let choices = self
            .lists
            .iter()
            .flat_map(|list| &list.choices)
            .map(|choice| &choice.media);
        let mut names: Vec<String> = nodes
            .chain(choices)
            .flat_map(|media| [media.image, media.audio, media.video])
            .flatten()
            .flat_map(|text| (0..self.languages.len()).map(move |language| self.text(language, text)))
            .filter(|name| !name.is_empty())
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The list a select or rank chooses from.
    pub fn list_of(&self, node: NodeId) -> Option<&List> {
        self.nodes[node].list.map(|list| &self.lists[list])
    }

    /// The first node with a role.
    pub fn with_role(&self, role: Role) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.role == Some(role))
    }

    /// The node whose answers are kept under a key, outside of any repeat.
    pub fn by_key(&self, key: &str) -> Option<NodeId> {
        (0..self.nodes.len())
            .find(|&id| self.nodes[id].key == key && self.repeats_around(id).is_empty() && id > 0)
    }

    /// The repeats that enclose a node, outermost first; a repeat does not enclose itself.
    pub fn repeats_around(&self, node: NodeId) -> Vec<NodeId> {
        let mut around = Vec::new();
        let mut at = self.nodes[node].parent;
        while let Some(parent) = at {
            if self.nodes[parent].kind == Kind::Repeat {
                around.push(parent);
            }
            at = self.nodes[parent].parent;
        }
        around.reverse();
        around
    }

    /// Position of a language by its tag or its name.
    pub fn language(&self, wanted: &str) -> Option<usize> {
        self.languages
            .iter()
            .position(|l| l.tag == wanted || l.name == wanted)
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
