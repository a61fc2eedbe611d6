//! Finished answers, checked again with the same tree that the phone walked.

use crate::answer::Answer;
use crate::expr::{days_of, shown};
use crate::fill::{Env, Filling, MOST_SCOPES, ScopeId};
use crate::form::{Kind, Node, NodeId, Role};
use crate::ready::ReadyForm;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;

/// What a phone sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Id of the form.
    pub form: String,
    /// Version of the form that was filled.
    pub version: String,
    /// UUID made on the phone; sending twice is sending once.
    pub instance_id: String,
    /// Moment at which the form was opened, ISO 8601 with offset.
    #[serde(default)]
    pub started: String,
    /// Moment at which it was finished.
    #[serde(default)]
    pub finished: String,
    /// Tag of the language it was filled in.
    #[serde(default)]
    pub language: String,
    /// Answers by key; a repeat is an array of objects.
    pub answers: Map<String, Json>,
}

/// How an interview ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The respondent took part.
    Complete,
    /// Consent was asked for and not given.
    Refused,
    /// The respondent is younger than the survey's minimum age.
    Ineligible,
}

impl Outcome {
    /// The word in the store and in exports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused => "refused",
            Self::Ineligible => "ineligible",
        }
    }
}

/// Something in a response that the form does not allow. The response is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// Key of the question, with instances from 1: `member[2]/age`; blank for the response as a whole.
    pub question: String,
    /// Which rule.
    pub rule: Rule,
    /// For a person; holds no answer.
    pub message: String,
}

/// The rules of a form that a response may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The form has no such question.
    UnknownQuestion,
    /// The answer's type does not fit the question.
    Type,
    /// The question was not to be asked.
    NotRelevant,
    /// The question had to be acknowledged.
    Required,
    /// The constraint does not hold.
    Constraint,
    /// The code is not among the choices offered.
    NotOffered,
    /// The server computes another value.
    Calculation,
    /// More or fewer instances than the count says.
    RepeatCount,
    /// The form's version is not known here; checked against the newest.
    UnknownVersion,
    /// The phone's clock can't be right.
    Clock,
}

/// A response after its check.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// How the interview ended.
    pub outcome: Outcome,
    /// What the form does not allow, in document order.
    pub flags: Vec<Flag>,
    /// What is to be stored: the answers as sent, or consent alone where the respondent refused or is too young.
    pub answers: Map<String, Json>,
}

/// Checks a response against its form.
pub fn check(ready: &ReadyForm, response: &Response) -> Checked {
    let outcome = outcome(ready, &response.answers);
    if outcome != Outcome::Complete {
        let consent = ready
            .form
            .with_role(Role::Consent)
            .map(|id| ready.form.nodes[id].key.as_str());
        let kept = response
            .answers
            .iter()
            .filter(|(key, _)| Some(key.as_str()) == consent);
        let answers = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        return Checked {
            outcome,
            flags: Vec::new(),
            answers,
        };
    }
    let language = ready.form.language(&response.language).unwrap_or(0);
    let mut check = Check {
        filling: Filling::empty(ready, Env::new(&response.finished, language, 0)),
        sent: HashMap::new(),
        flags: Vec::new(),
        too_many: false,
    };
    check.load(&response.answers, 0, None, "");
    if check.too_many {
        let message =
            format!("more than {MOST_SCOPES} instances of repeats: stored, and not checked further");
        check.flag(String::new(), Rule::RepeatCount, message);
        return Checked {
            outcome,
            flags: check.flags,
            answers: response.answers.clone(),
        };
    }
    let made = check.filling.instance_total();
    check.filling.recalculate();
    check.repeat_counts(made);
    check.rules();
    Checked {
        outcome,
        flags: check.flags,
        answers: response.answers.clone(),
    }
}

/// Consent is refused where its question was answered other than `yes`; age below the minimum is ineligible.
fn outcome(ready: &ReadyForm, answers: &Map<String, Json>) -> Outcome {
    let with_role = |role| {
        let id = ready.form.with_role(role)?;
        Answer::from_json(ready.form.nodes[id].kind, answers.get(&ready.form.nodes[id].key)?)
    };
    if with_role(Role::Consent).is_some_and(|consent| consent.text() != "yes") {
        return Outcome::Refused;
    }
    match (ready.form.settings.minimum_age, with_role(Role::Age)) {
        (Some(minimum), Some(Answer::Number(age))) if age < f64::from(minimum) => Outcome::Ineligible,
        _ => Outcome::Complete,
    }
}

struct Check<'a> {
    filling: Filling<'a>,
    /// Every answer that was sent.
    sent: HashMap<(NodeId, ScopeId), Answer>,
    flags: Vec<Flag>,
    too_many: bool,
}

impl<'a> Check<'a> {
    fn flag(&mut self, question: String, rule: Rule, message: impl Into<String>) {
        self.flags.push(Flag {
            question,
            rule,
            message: message.into(),
        });
    }

    fn load(&mut self, answers: &Map<String, Json>, scope: ScopeId, repeat: Option<NodeId>, prefix: &str) {
        for (key, json) in answers {
            let place = format!("{prefix}{key}");
            let Some(id) = self.filling.ready().by_key(repeat, key) else {
                self.flag(place, Rule::UnknownQuestion, "the form has no such question");
                continue;
            };
            let kind = self.filling.form().nodes[id].kind;
            if kind == Kind::Repeat {
                self.load_instances(json, id, scope, &place);
                continue;
            }
            match Answer::from_json(kind, json).filter(|_| kind.has_value()) {
                Some(answer) => {
                    self.sent.insert((id, scope), answer.clone());
                    self.filling.set(id, scope, Some(answer));
                }
                None => self.flag(place, Rule::Type, "the answer's type does not fit the question"),
            }
        }
    }

    fn load_instances(&mut self, json: &Json, repeat: NodeId, scope: ScopeId, place: &str) {
        let Some(instances) = json.as_array() else {
            return self.flag(
                place.to_owned(),
                Rule::Type,
                "a repeat is a list of its instances",
            );
        };
        for (at, instance) in instances.iter().enumerate() {
            if self.filling.is_full() {
                self.too_many = true;
                return;
            }
            let within = self.filling.add_instance(repeat, scope);
            match instance.as_object() {
                Some(answers) => self.load(answers, within, Some(repeat), &format!("{place}[{}]/", at + 1)),
                None => self.flag(
                    format!("{place}[{}]", at + 1),
                    Rule::Type,
                    "an instance holds answers by key",
                ),
            }
        }
    }

    fn repeat_counts(&mut self, before: usize) {
        if self.filling.instance_total() != before {
            self.flag(
                String::new(),
                Rule::RepeatCount,
                "a repeat has more or fewer instances than its count says",
            );
        }
    }

    fn rules(&mut self) {
        let form = self.filling.form();
        for (id, node) in form
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.kind.has_value())
        {
            for scope in self.filling.scopes_of(id) {
                if let Some((rule, message)) = self.broken(id, node, scope) {
                    let place = self.filling.place(id, scope);
                    self.flag(place, rule, message);
                }
            }
        }
    }

    /// The first rule that an answer, or its absence, breaks.
    fn broken(&self, id: NodeId, node: &'a Node, scope: ScopeId) -> Option<(Rule, String)> {
        let sent = self.sent.get(&(id, scope));
        if !self.filling.is_relevant(id, scope) {
            return sent.map(|_| {
                (
                    Rule::NotRelevant,
                    "answered, though its condition does not hold".into(),
                )
            });
        }
        if node.kind == Kind::Calculate {
            return self.calculation_differs(id, node, scope, sent);
        }
        let Some(answer) = sent else {
            // A list whose choices are all filtered out, or whose file is missing, can't be answered.
            let required = node.kind.is_asked()
                && (!node.kind.is_choice() || self.filling.offers_any(id, scope))
                && node
                    .required
                    .as_ref()
                    .is_some_and(|expr| self.filling.eval(expr, id, scope).boolean());
            return required.then(|| (Rule::Required, "required, and neither answered nor passed".into()));
        };
        if matches!(answer, Answer::Passed(_)) {
            return None;
        }
        if let Some(message) = misfit(node, answer) {
            return Some((Rule::Type, message.into()));
        }
        if self.not_offered(id, scope, node, answer) {
            return Some((
                Rule::NotOffered,
                "a code that is not among the choices offered".into(),
            ));
        }
        let holds = node
            .constraint
            .as_ref()
            .is_none_or(|expr| self.filling.eval(expr, id, scope).boolean());
        (!holds).then(|| (Rule::Constraint, "the question's constraint does not hold".into()))
    }

    fn calculation_differs(
        &self,
        id: NodeId,
        node: &Node,
        scope: ScopeId,
        sent: Option<&Answer>,
    ) -> Option<(Rule, String)> {
        let calculation = node
            .calculation
            .as_ref()
            .filter(|c| !c.is_volatile() && node.trigger.is_empty())?;
        let computed = shown(self.filling.eval(calculation, id, scope));
        let same = sent.map_or(computed.is_empty(), |answer| alike(&answer.text(), &computed));
        (!same).then(|| (Rule::Calculation, "the server computes another value".into()))
    }

    fn not_offered(&self, id: NodeId, scope: ScopeId, node: &Node, answer: &Answer) -> bool {
        if !node.kind.is_choice() {
            return false;
        }
        answer
            .codes()
            .iter()
            .any(|code| !self.filling.offers(id, scope, code))
    }
}

/// The same text, or the same number but for the last digits, which sines and powers leave to the machine.
fn alike(sent: &str, computed: &str) -> bool {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
    sent == computed || matches!((sent.parse(), computed.parse()), (Ok(a), Ok(b)) if close(a, b))
}

/// Whether a value can't be what its question asks for, beyond the type of its JSON.
fn misfit(node: &Node, answer: &Answer) -> Option<&'static str> {
    match (node.kind, answer) {
        (Kind::Integer, Answer::Number(n)) if n.fract() != 0.0 => Some("not a whole number"),
        (Kind::Range, Answer::Number(n)) => {
            let bound = |name: &str| node.parameters.get(name).and_then(|p| p.parse::<f64>().ok());
            let outside = bound("start").is_some_and(|s| *n < s) || bound("end").is_some_and(|e| *n > e);
            outside.then_some("outside of the range")
        }
        (Kind::Date, Answer::Text(text)) if text.len() != 10 || days_of(text).is_none() => Some("not a date"),
        (Kind::DateTime, Answer::Text(text)) if days_of(text).is_none() => Some("not a date with time"),
        (Kind::Time, Answer::Text(text)) if !is_clock_time(text) => Some("not a time of day"),
        (Kind::Geopoint, Answer::Text(text)) if !is_place(text) => Some("not a place"),
        (Kind::Geotrace | Kind::Geoshape, Answer::Text(text)) if !are_places(text) => {
            Some("not places separated by ';'")
        }
        (kind, Answer::Text(text)) if kind.is_file() && !is_file_name(text) => Some("not the name of a file"),
        _ => None,
    }
}

/// Whether a text is what a phone calls a file: SHA-256 of its bytes in hexadecimal, a point, an ending of 1 to 5
/// small letters and digits.
pub fn is_file_name(text: &str) -> bool {
    let Some((digest, ending)) = text.split_once('.') else {
        return false;
    };
    let small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    digest.len() == 64
        && digest.bytes().all(|b| small(b) && b.is_ascii_hexdigit())
        && (1..=5).contains(&ending.len())
        && ending.bytes().all(small)
}

/// `HH:MM[:SS[.fff]][offset]`
fn is_clock_time(text: &str) -> bool {
    // Any day will do: the time after it is read in the same way.
    days_of(&format!("1970-01-01T{text}")).is_some()
}

/// `latitude longitude [altitude [accuracy]]`
fn is_place(text: &str) -> bool {
    let words = text
        .split([' ', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty());
    let numbers: Option<Vec<f64>> = words
        .map(|word| word.parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    numbers.is_some_and(|n| (2..=4).contains(&n.len()) && n[0].abs() <= 90.0 && n[1].abs() <= 180.0)
}

/// Places with `;` between them, and perhaps one at the end.
fn are_places(text: &str) -> bool {
    let ended = text.trim_end().strip_suffix(';').unwrap_or(text);
    ended.split(';').all(is_place)
}

impl Filling<'_> {
    /// How many instances all repeats have together.
    fn instance_total(&self) -> usize {
        let repeats = (0..self.form().nodes.len()).filter(|&id| self.form().nodes[id].kind == Kind::Repeat);
        repeats
            .map(|id| {
                self.scopes_of(id)
                    .iter()
                    .map(|&s| self.instances(id, s).len())
                    .sum::<usize>()
            })
            .sum()
    }

    /// `member[2]/age`
    fn place(&self, node: NodeId, scope: ScopeId) -> String {
        let around = self.ready().around(node);
        let within = around.iter().filter_map(|&repeat| {
            let at = self.instance_of(repeat, scope)?;
            Some(format!("{}[{}]/", self.form().nodes[repeat].key, at + 1))
        });
        within.chain([self.form().nodes[node].key.clone()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Node, is_file_name, misfit};
    use crate::form::Kind;

    #[track_caller]
    fn fits(kind: Kind, good: &[&str], bad: &[&str]) {
        let node = Node {
            kind,
            ..Node::default()
        };
        let fits = |text: &&&str| misfit(&node, &Answer::Text((**text).to_owned())).is_none();
        assert_eq!(
            good.iter().filter(fits).collect::<Vec<_>>(),
            good.iter().collect::<Vec<_>>()
        );
        assert_eq!(bad.iter().filter(fits).collect::<Vec<_>>(), [&""; 0]);
    }

    #[test]
    fn texts_are_what_their_question_asks_for() {
        fits(
            Kind::Time,
            &["09:30", "23:59:59", "09:30:00.000+03:00", "09:30Z"],
            &["9:30", "24:00", "09:60", "0930", "09:30T", " 09:30"],
        );
        fits(
            Kind::Geopoint,
            &["1.5 -2", "1 2 3 4", " 1\t2 "],
            &["1", "91 0", "0 181", "1 2 x", "1 2 3 4 5", "1 inf", "NaN 1", ""],
        );
        for kind in [Kind::Geotrace, Kind::Geoshape] {
            fits(
                kind,
                &["1 2;3 4", "1 2 0 0; 3 4 0 0;", "1 2;3 4; \u{a0}", "1 2"],
                &["1 2;;3 4", ";1 2", "1 2;3", "1 2,3 4", "1 2;3 4;;", ""],
            );
        }
    }

    #[test]
    fn a_file_is_named_by_its_digest_and_nothing_else() {
        let digest = "0123456789abcdef".repeat(4);
        assert!(is_file_name(&format!("{digest}.jpg")) && is_file_name(&format!("{digest}.mp4")));
        let bad = [
            "photo.jpg".to_owned(),
            digest.clone(),
            format!("{digest}."),
            format!("{digest}.toolong"),
            format!("{digest}.j/g"),
            format!("{digest}.JPG"),
            format!("{digest}.tar.gz"),
            format!("{}.jpg", digest.to_uppercase()),
            format!("{}.jpg", &digest[1..]),
            format!("../{digest}.jpg"),
            format!("{digest}.jpg\0"),
        ];
        for name in &bad {
            assert!(!is_file_name(name), "{name}");
        }
        let good = format!("{digest}.jpg");
        for kind in [Kind::Image, Kind::Audio, Kind::Video, Kind::File] {
            fits(kind, &[good.as_str()], &["photo.jpg", ""]);
        }
    }
}
