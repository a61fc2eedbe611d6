//! What changed between two versions of a form, and which changes would make collected columns ambiguous.
//!
//! ```
//! use baraza_forms::{diff::diff, xlsform::import_markdown};
//!
//! let form = |rows: &str| import_markdown(&format!("| survey | | | |\n | | type | name | label |\n{rows}"))
//!     .form.expect("a form without errors");
//! let changes = diff(&form(" | | integer | age | Age |"), &form(" | | integer | age | Age in years |"));
//! assert_eq!(changes[0].to_string(), "question 'age': label 'Age' → 'Age in years'");
//! ```

mod ambiguity;
mod choices;
mod nodes;
mod order;
#[cfg(test)]
mod tests;
mod words;

pub use ambiguity::{Ambiguity, Earlier, Why, ambiguities};

use crate::form::{AgeBand, Form, Kind, Language, Media, NodeId, Settings, TextId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// One change, for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What changed.
    pub subject: Subject,
    /// How.
    pub what: What,
    /// Which part of it, such as `label`, `type` or `relevant`; blank where it is the whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// In which language, by its name; `None` where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Whether columns of collected answers change by it.
    pub collected: bool,
    /// The questions that use a list, where it is a list that changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The form as a whole.
    Form,
    /// A question, group or repeat, by its place: `member/age`.
    Question(String),
    /// A list of choices or an attached table, by its name.
    List(String),
    /// A picture, sound or film that goes with labels, by its name. Forms name files and hold none, so [`diff`] never
    /// tells of them; see [`file_changes`].
    File(String),
    /// A choice.
    Choice {
        /// Name of its list.
        list: String,
        /// Its code.
        code: String,
    },
}

/// How something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Only the new form has it.
    Added,
    /// Only the old form has it.
    Removed,
    /// It stands elsewhere.
    Moved,
    /// It is another.
    Changed,
}

impl Change {
    fn new(subject: Subject, what: What) -> Self {
        Self {
            subject,
            what,
            part: String::new(),
            language: None,
            from: None,
            to: None,
            collected: false,
            questions: Vec::new(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => write!(f, "form"),
            Self::Question(place) => write!(f, "question '{place}'"),
            Self::List(list) => write!(f, "list '{list}'"),
            Self::File(name) => write!(f, "file '{name}'"),
            Self::Choice { list, code } => write!(f, "choice '{code}' of '{list}'"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.subject)?;
        match self.what {
            What::Added => write!(f, " added")?,
            What::Removed => write!(f, " removed")?,
            What::Moved => write!(f, " moved")?,
            What::Changed => {}
        }
        if !self.part.is_empty() {
            write!(f, " {}", self.part)?;
        }
        if let Some(language) = self.language.as_ref().filter(|name| !name.is_empty()) {
            write!(f, " ({language})")?;
        }
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, " '{from}' → '{to}'"),
            (None, Some(to)) if self.what == What::Changed => write!(f, " none → '{to}'"),
            (Some(from), None) if self.what == What::Changed => write!(f, " '{from}' → none"),
            (None, Some(one)) | (Some(one), None) => write!(f, " '{one}'"),
            (None, None) => Ok(()),
        }
    }
}

/// Where an answer stands: the keys of the repeats around it, outermost first, and its own key.
type Place = (Vec<String>, String);

fn place_of(form: &Form, id: NodeId) -> Place {
    let repeats = form.repeats_around(id);
    let keys = repeats.iter().map(|&repeat| form.nodes[repeat].key.clone());
    let own = form.nodes[id].key.clone();
    (
        keys.collect(),
        if own.is_empty() { unnamed(form, id) } else { own },
    )
}

/// `note #2`: what has no name is known by its kind and by how many of it come before.
fn unnamed(form: &Form, id: NodeId) -> String {
    let kind = form.nodes[id].kind;
    let alike = form.nodes[1..=id]
        .iter()
        .filter(|node| node.key.is_empty() && node.kind == kind);
    format!("{} #{}", kind_word(kind), alike.count())
}

/// `member/age`
fn written((repeats, key): &Place) -> String {
    let steps = repeats.iter().chain([key]);
    steps.map(String::as_str).collect::<Vec<_>>().join("/")
}

fn places(form: &Form) -> HashMap<Place, NodeId> {
    (1..form.nodes.len()).map(|id| (place_of(form, id), id)).collect()
}

/// What the type column says, as near as the form still knows it.
fn kind_word(kind: Kind) -> String {
    let word = serde_json::to_value(kind);
    word.ok()
        .and_then(|word| word.as_str().map(String::from))
        .unwrap_or_default()
}

/// What changed from one form to another, in the order of the new one; empty where both are the same to a person, to
/// the phone and to the analysis. The forms' versions are not compared.
pub fn diff(old: &Form, new: &Form) -> Vec<Change> {
    let mut found = Compare {
        languages: common_languages(old, new),
        pairs: pairs(old, new),
        old,
        new,
        changes: Vec::new(),
    };
    found.form();
    found.removed();
    found.nodes();
    found.lists();
    found.changes
}

/// What changed among the files that go with labels, given by name with a digest of their content.
pub fn file_changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let what = |name: &String| match (old.get(name), new.get(name)) {
        (None, _) => Some(What::Added),
        (_, None) => Some(What::Removed),
        (Some(from), Some(to)) => (from != to).then_some(What::Changed),
    };
    let change = |name: &String| {
        let mut change = Change::new(Subject::File(name.clone()), what(name)?);
        if change.what == What::Changed {
            change.part = "another content".into();
        }
        Some(change)
    };
    names.into_iter().filter_map(change).collect()
}

/// The same question in both forms: by its place, or by its key where that is unique in both and only the repeat around
/// it is another.
fn pairs(old: &Form, new: &Form) -> HashMap<NodeId, NodeId> {
    let (before, after) = (places(old), places(new));
    let mut pairs: HashMap<NodeId, NodeId> = after
        .iter()
        .filter_map(|(place, &id)| Some((id, *before.get(place)?)))
        .collect();
    for (place, &id) in after.iter().filter(|(place, _)| !before.contains_key(*place)) {
        let mut elsewhere = before
            .iter()
            .filter(|(other, _)| other.1 == place.1 && !after.contains_key(*other));
        if let (Some((_, &was)), None) = (elsewhere.next(), elsewhere.next()) {
            pairs.insert(id, was);
        }
    }
    // Two new places of one key could both have claimed it.
    let mut claims: HashMap<NodeId, usize> = HashMap::new();
    for &was in pairs.values() {
        *claims.entry(was).or_default() += 1;
    }
    pairs.retain(|&id, was| claims[was] == 1 || place_of(new, id) == place_of(old, *was));
    pairs
}

/// Positions of the languages that both forms have, with their name in the new one.
fn common_languages(old: &Form, new: &Form) -> Vec<(usize, usize, String)> {
    if let ([_], [only]) = (&old.languages[..], &new.languages[..]) {
        return vec![(0, 0, only.name.clone())];
    }
    let same = |a: &Language, b: &Language| a.name == b.name || (a.tag == b.tag && a.tag != "und");
    let pair = |(at, language): (usize, &Language)| {
        let was = old.languages.iter().position(|known| same(known, language))?;
        Some((was, at, language.name.clone()))
    };
    new.languages.iter().enumerate().filter_map(pair).collect()
}

/// `yes`, or nothing.
fn yes(flag: bool) -> Option<String> {
    flag.then(|| "yes".to_owned())
}

struct Compare<'a> {
    old: &'a Form,
    new: &'a Form,
    /// Node of the new form → the same of the old one.
    pairs: HashMap<NodeId, NodeId>,
    languages: Vec<(usize, usize, String)>,
    changes: Vec<Change>,
}

impl Compare<'_> {
    fn push(&mut self, subject: Subject, what: What) -> &mut Change {
        self.changes.push(Change::new(subject, what));
        let last = self.changes.len() - 1;
        &mut self.changes[last]
    }

    /// A part that can be written down; nothing where both are the same.
    fn part(
        &mut self,
        subject: &Subject,
        part: &str,
        from: Option<String>,
        to: Option<String>,
    ) -> Option<&mut Change> {
        if from == to {
            return None;
        }
        let change = self.push(subject.clone(), What::Changed);
        part.clone_into(&mut change.part);
        change.from = from;
        change.to = to;
        Some(change)
    }

    /// A text in all languages that both forms have; whether any differs.
    fn text(&mut self, subject: &Subject, part: &str, from: Option<TextId>, to: Option<TextId>) -> bool {
        let mut differs = false;
        for (was, is, name) in self.languages.clone() {
            let from = from.map(|text| words::text(self.old, was, text));
            let to = to.map(|text| words::text(self.new, is, text));
            if let Some(change) = self.part(subject, part, from, to) {
                change.language = Some(name);
                differs = true;
            }
        }
        differs
    }

    fn media(&mut self, subject: &Subject, from: &Media, to: &Media) {
        let Media { image, audio, video } = to;
        self.text(subject, "image", from.image, *image);
        self.text(subject, "audio", from.audio, *audio);
        self.text(subject, "video", from.video, *video);
    }

    fn form(&mut self) {
        // Nodes, lists and texts are compared on their own; the order of evaluation follows from the nodes.
        let Form {
            id,
            version: _,
            title,
            languages,
            nodes: _,
            order: _,
            lists: _,
            settings,
            texts: _,
        } = self.new;
        let form = Subject::Form;
        self.part(&form, "form_id", Some(self.old.id.clone()), Some(id.clone()));
        self.text(&form, "title", Some(self.old.title), Some(*title));
        let show = |list: &[Language]| {
            let direction = |language: &Language| if language.rtl { ", right to left" } else { "" };
            let one =
                |language: &Language| format!("{} [{}{}]", language.name, language.tag, direction(language));
            Some(list.iter().map(one).collect::<Vec<_>>().join(", "))
        };
        self.part(&form, "languages", show(&self.old.languages), show(languages));
        let Settings {
            minimum_age,
            age_bands,
            device_id,
            pin,
            sign_in,
            file_limit_mb,
            files_limit_mb,
            thanks,
        } = settings;
        let old = &self.old.settings;
        let number = |age: &Option<u32>| age.map(|age| age.to_string());
        self.part(
            &form,
            "minimum age",
            number(&old.minimum_age),
            number(minimum_age),
        );
        let bands = |bands: &[AgeBand]| {
            let labels: Vec<String> = bands.iter().map(|band| band.label()).collect();
            (!labels.is_empty()).then(|| labels.join(", "))
        };
        self.part(&form, "age bands", bands(&old.age_bands), bands(age_bands));
        self.part(&form, "device_id", yes(old.device_id), yes(*device_id));
        self.part(&form, "pin", yes(old.pin), yes(*pin));
        self.text(&form, "thanks", old.thanks, *thanks);
        self.part(&form, "sign_in", yes(old.sign_in), yes(*sign_in));
        let mb = |limit: &Option<u32>| limit.map(|limit| format!("{limit} MB"));
        self.part(&form, "file limit", mb(&old.file_limit_mb), mb(file_limit_mb));
        self.part(&form, "files limit", mb(&old.files_limit_mb), mb(files_limit_mb));
    }
}
