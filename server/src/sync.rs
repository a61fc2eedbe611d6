//! From what a phone sent to what is stored. No HTTP, no SQL.

use crate::ready::ReadyVersion;
use crate::running::{State, Timeline, began};
use crate::store::Incoming;
use baraza_forms::expr::days_of;
use baraza_forms::{Checked, Flag, Response, Role, Rule, check, is_file_name};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Why a response can't be understood at all; the phone then keeps it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotUnderstood {
    /// No JSON, or not that of a response.
    #[error("not a response: {0}")]
    Json(String),
    /// For another survey.
    #[error("the response belongs to the survey '{found}', and was sent to '{wanted}'")]
    Foreign {
        /// Named in the response.
        found: String,
        /// Named in the address.
        wanted: String,
    },
    /// Without a UUID, sending twice could not be told from two responses.
    #[error("the instance_id '{0}' is not a UUID")]
    InstanceId(String),
}

/// Reads what a phone sent, as far as it tells which form it is for; where the address names a survey as well, it has
/// to be the same.
pub fn read(body: &[u8], survey: Option<&str>) -> Result<Response, NotUnderstood> {
    let mut response: Response =
        serde_json::from_slice(body).map_err(|error| NotUnderstood::Json(said(&error)))?;
    if let Some(wanted) = survey.filter(|wanted| *wanted != response.form) {
        return Err(NotUnderstood::Foreign {
            found: shortened(&response.form),
            wanted: wanted.to_owned(),
        });
    }
    let bare = response
        .instance_id
        .strip_prefix("uuid:")
        .unwrap_or(&response.instance_id);
    response.instance_id = Uuid::try_parse(bare)
        .map_err(|_| NotUnderstood::InstanceId(shortened(&response.instance_id)))?
        .hyphenated()
        .to_string();
    Ok(response)
}

/// The reason may quote what was sent, of whatever length.
fn said(error: &serde_json::Error) -> String {
    error.to_string().chars().take(200).collect()
}

/// As much of a stranger's text as a message shows.
pub fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

/// An enumerator in whose name a response may be stored: who sends it is signed in as that one, or it came in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vouched {
    /// Row id.
    pub enumerator: i64,
    /// Whether the enumerator is for the survey.
    pub of_survey: bool,
}

/// Checks a response and makes what is stored of it. `vouched` is the enumerator that it names, see [`Vouched`]; where
/// it names one and nobody vouches it is stored all the same, in nobody's name. `timeline` are the survey's pauses.
pub fn prepare(
    response: &Response,
    version: &ReadyVersion,
    timeline: &Timeline,
    received_at: &str,
    vouched: Option<Vouched>,
) -> Incoming {
    let mut checked = check(&version.ready, response);
    checked.flags.splice(0..0, unknown_version(response, version));
    if is_clock_off(&response.started, &response.finished, received_at) {
        let message =
            "the phone's clock differs from the server's by more than it can have lain waiting".to_owned();
        checked.flags.push(Flag {
            question: String::new(),
            rule: Rule::Clock,
            message,
        });
    }
    let began = began_at(&response.started, &response.finished, received_at);
    let stopped = began.and_then(|began| timeline.stopped(began, &areas_of(response, version)));
    checked.flags.extend(stopped.map(|change| {
        Flag {
            question: String::new(),
            rule: Rule::Paused,
            message: match change.decision.state {
                State::Closed => "it was begun after the survey was closed",
                _ if change.decision.is_everywhere() => "it was begun while the survey was paused",
                _ => "it was begun while the survey was paused in its area",
            }
            .to_owned(),
        }
    }));
    let vouched = vouched.filter(|_| response.enumerator.is_some());
    checked.flags.extend(doubt(response, vouched));
    let files = file_names(&checked.answers);
    let mut dropped_files = file_names(&response.answers);
    dropped_files.retain(|name| !files.contains(name));
    let answers = written(&checked.answers);
    let identity = (
        &response.version,
        &response.started,
        &response.finished,
        &response.language,
        &checked.answers,
    );
    Incoming {
        survey: version.survey,
        instance_id: response.instance_id.clone(),
        version: response.version.clone(),
        received_at: received_at.to_owned(),
        started: response.started.clone(),
        finished: response.finished.clone(),
        language: response.language.clone(),
        outcome: checked.outcome.word(),
        answers,
        flags: written(&checked.flags),
        digest: Sha256::digest(written(&identity)).to_vec(),
        synthetic: false,
        enumerator: vouched.map(|vouched| vouched.enumerator),
        files,
        dropped_files,
    }
}

/// As JSON.
fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts, numbers, and lists of them"))
}

/// Checks a response with corrected answers. What was doubtful of its arrival (`first`) stays doubtful.
pub fn again(response: &Response, version: &ReadyVersion, first: &[Flag]) -> Checked {
    let mut checked = check(&version.ready, response);
    checked.flags.splice(0..0, unknown_version(response, version));
    let of_arrival = |flag: &&Flag| matches!(flag.rule, Rule::Clock | Rule::Enumerator | Rule::Paused);
    checked.flags.extend(first.iter().filter(of_arrival).cloned());
    checked
}

fn unknown_version(response: &Response, version: &ReadyVersion) -> Option<Flag> {
    (response.version != version.ready.form.version).then(|| Flag {
        question: String::new(),
        rule: Rule::UnknownVersion,
        message: format!(
            "this server does not know the form's version '{}'",
            shortened(&response.version)
        ),
    })
}

/// The areas that a response names.
fn areas_of<'a>(response: &'a Response, version: &ReadyVersion) -> Vec<&'a str> {
    let form = &version.ready.form;
    let question = form
        .with_role(Role::Area)
        .map(|node| form.nodes[node].key.as_str());
    match question.and_then(|key| response.answers.get(key)) {
        Some(Json::String(code)) => vec![code],
        Some(Json::Array(codes)) => codes.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What is doubtful about the enumerator that a response names.
fn doubt(response: &Response, vouched: Option<Vouched>) -> Option<Flag> {
    response.enumerator.as_ref()?;
    let message = match vouched {
        Some(Vouched { of_survey: true, .. }) => return None,
        Some(_) => "the enumerator is for other surveys",
        None => "the enumerator that it names was not signed in when it was sent",
    };
    Some(Flag {
        question: String::new(),
        rule: Rule::Enumerator,
        message: message.to_owned(),
    })
}

/// The names of files in answers, wherever they stand: a form that is not known here must not make a photo an orphan.
pub fn file_names(answers: &Map<String, Json>) -> Vec<String> {
    let mut names = Vec::new();
    let mut left: Vec<&Json> = answers.values().collect();
    while let Some(json) = left.pop() {
        match json {
            Json::String(text) if is_file_name(text) => names.push(text.clone()),
            Json::Array(items) => left.extend(items),
            Json::Object(fields) => left.extend(fields.values()),
            _ => {}
        }
    }
    names.sort();
    names.dedup();
    names
}

/// Days a finished response may wait on a phone without network before its date looks wrong.
const LONGEST_WAIT: f64 = 400.0;

/// When a response was begun, as far as that can be known.
pub fn began_at(started: &str, finished: &str, received: &str) -> Option<Timestamp> {
    began(started, received, is_clock_off(started, finished, received))
}

fn is_clock_off(started: &str, finished: &str, received: &str) -> bool {
    clock_is_off(finished, received) || clock_is_off(started, received)
}

/// A day ahead covers all time zones, since moments are compared as they are written.
fn clock_is_off(phone: &str, server: &str) -> bool {
    match (days_of(phone), days_of(server)) {
        (Some(phone), Some(server)) => phone > server + 1.1 || phone < server - LONGEST_WAIT,
        _ => true,
    }
}
