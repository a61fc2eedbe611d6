//! Finished answers, checked again with the same tree that the phone walked.

use crate::answer::Answer;
use crate::expr::shown;
use crate::fill::{Env, Filling, MOST_SCOPES, ScopeId};
use crate::form::{Kind, Node, NodeId, Role};
use crate::misfit::misfit;
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
    /// Public id of the enumerator who was signed in on the phone.
    #[serde(
        default,
        deserialize_with = "text_or_nothing",
        skip_serializing_if = "Option::is_none"
    )]
    pub enumerator: Option<String>,
    /// Answers by key; a repeat is an array of objects.
    pub answers: Map<String, Json>,
}

/// Answers are not to be turned away for what stands beside them.
fn text_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Json::deserialize(from)? {
        Json::String(text) => Some(text),
        _ => None,
    })
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
    /// Nobody vouches for the enumerator it names.
    Enumerator,
    /// It was begun while the survey asked nobody.
    Paused,
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
