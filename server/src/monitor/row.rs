//! A response, reduced to what is watched of it: no answer can be read back from it.

use super::asked::{Asked, Question};
use super::limits::{AHEAD, LATE_DAYS, STRAIGHT};
use super::moment::Moment;
use crate::store::State;
use baraza_forms::{Flag, Outcome, Rule};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// A response as the store gives it, with what counts now.
#[derive(Debug)]
pub struct Given<'a> {
    pub id: i64,
    pub received_at: &'a str,
    pub started: &'a str,
    pub finished: &'a str,
    pub enumerator: Option<i64>,
    pub outcome: Outcome,
    pub state: State,
    pub flags: &'a [Flag],
    pub conflicts: u16,
    pub answers: &'a Map<String, Json>,
}

/// Words that are met again and again, by number.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<String, u32>,
    list: Vec<String>,
}

impl Names {
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(known) = self.numbers.get(name) {
            return *known;
        }
        let number = self.list.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.list.push(name.to_owned());
        number
    }

    pub fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub fn name(&self, number: u32) -> &str {
        self.list.get(number as usize).map_or("", String::as_str)
    }
}

/// Names that the rows of a survey share.
#[derive(Debug, Default)]
pub struct Shared {
    /// Keys of questions, over all versions.
    pub keys: Names,
    /// Codes of areas.
    pub areas: Names,
}

/// What is wrong with a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Begun or finished so many seconds after it arrived.
    Ahead(u32),
    /// Finished so many seconds before it was begun.
    Backwards(u32),
    /// Begun or finished so many days before it arrived.
    Late(u32),
    /// No moment that anybody could read.
    Unread,
}

/// The same answer to all questions of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Straight {
    pub answers: u16,
    /// The questions at both ends, by the numbers of their keys.
    pub first: u32,
    pub last: u32,
}

/// What is watched of a response.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: i64,
    /// Day of arrival, UTC, since 1970.
    pub day: i32,
    pub enumerator: Option<i64>,
    pub area: Option<u32>,
    pub outcome: Outcome,
    pub state: State,
    /// How long the form was open.
    pub seconds: Option<u32>,
    /// Answers, passed ones as well, and how many of them were passed.
    pub answered: u16,
    pub passed: u16,
    /// The longest.
    pub straight: Option<Straight>,
    /// Minute of the phone's day at which it was begun.
    pub begun: Option<u16>,
    pub clock: Option<Clock>,
    pub place: Option<(f32, f32)>,
    /// How many things the form does not allow, clocks apart.
    pub flags: u16,
    pub conflicts: u16,
    /// A digest of each answer that is compared, by the number of its key; 0 where there is none of substance.
    pub answers: Box<[u16]>,
}

impl Row {
    /// Whether it is in tables and quotas.
    pub fn counts(&self) -> bool {
        self.outcome == Outcome::Complete && self.state != State::Rejected
    }

    /// Seconds for an answer.
    pub fn pace(&self) -> Option<f64> {
        let seconds = self.seconds.filter(|_| self.answered > 0)?;
        Some(f64::from(seconds) / f64::from(self.answered))
    }
}

/// Reduces a response.
pub fn reduce(asked: &Asked, shared: &mut Shared, given: &Given<'_>) -> Row {
    let (started, finished) = (Moment::read(given.started), Moment::read(given.finished));
    let received = Moment::read(given.received_at);
    let took = started.zip(finished).map(|(from, to)| to.seconds - from.seconds);
    let mut row = Row {
        id: given.id,
        day: received.map_or(0, |moment| moment.seconds.div_euclid(86_400) as i32),
        enumerator: given.enumerator,
        area: None,
        outcome: given.outcome,
        state: given.state,
        seconds: took.and_then(|took| u32::try_from(took).ok()),
        answered: 0,
        passed: 0,
        straight: None,
        begun: started.and_then(|moment| moment.minute),
        clock: clock(started, finished, received, given.flags),
        place: None,
        flags: given.flags.iter().filter(|flag| flag.rule != Rule::Clock).count() as u16,
        conflicts: given.conflicts,
        answers: Box::default(),
    };
    let answer = |key: &Option<String>| given.answers.get(key.as_deref()?);
    row.area = answer(&asked.area)
        .and_then(Json::as_str)
        .map(|area| shared.areas.number(area));
    row.place = answer(&asked.place).and_then(Json::as_str).and_then(place);
    let mut answers = Vec::new();
    for question in &asked.questions {
        let Some(json) = given.answers.get(&question.key) else {
            continue;
        };
        let passes = count(asked, question, json, &mut row);
        if question.is_compared && !passes {
            let number = shared.keys.number(&question.key) as usize;
            if answers.len() <= number {
                answers.resize(number + 1, 0);
            }
            answers[number] = digest(json);
        }
    }
    row.answers = answers.into_boxed_slice();
    row.straight = straight(asked, shared, given.answers);
    row
}

/// Counts an answer, or those within a repeat. Whether it was passed.
fn count(asked: &Asked, question: &Question, json: &Json, row: &mut Row) -> bool {
    let mut add = |passes: bool| {
        row.answered = row.answered.saturating_add(1);
        row.passed = row.passed.saturating_add(u16::from(passes));
    };
    if !question.is_repeat {
        let passes = is_passed(question, json);
        add(passes);
        return passes;
    }
    let mut left = vec![json];
    while let Some(json) = left.pop() {
        match json {
            Json::Array(instances) => left.extend(instances),
            Json::Object(answers) => {
                for (key, json) in answers {
                    match asked.inside.get(key) {
                        Some(question) => add(is_passed(question, json)),
                        None => left.push(json),
                    }
                }
            }
            _ => {}
        }
    }
    false
}

fn is_passed(question: &Question, json: &Json) -> bool {
    match json {
        Json::String(code) => question.passes.contains(code),
        Json::Array(codes) => matches!(&codes[..], [Json::String(code)] if question.passes.contains(code)),
        Json::Object(_) => json.get("pass").is_some(),
        _ => false,
    }
}

/// Never 0, which stands for no answer.
fn digest(json: &Json) -> u16 {
    let hash = Sha256::digest(json.to_string());
    u16::from_be_bytes([hash[0], hash[1]]).max(1)
}

/// The longest row of questions that have one answer, where all that were answered have it.
fn straight(asked: &Asked, shared: &mut Shared, answers: &Map<String, Json>) -> Option<Straight> {
    let mut longest: Option<Straight> = None;
    for battery in &asked.batteries {
        let answered = battery.iter().filter_map(|&at| {
            let question = &asked.questions[at];
            let code = answers.get(&question.key)?.as_str()?;
            (!question.passes.contains(code)).then_some((question.key.as_str(), code))
        });
        let answered: Vec<(&str, &str)> = answered.collect();
        let (Some(first), Some(last)) = (answered.first(), answered.last()) else {
            continue;
        };
        let is_one = answered.iter().all(|(_, code)| *code == first.1);
        if is_one
            && answered.len() >= STRAIGHT
            && longest.is_none_or(|longest| usize::from(longest.answers) < answered.len())
        {
            longest = Some(Straight {
                answers: answered.len() as u16,
                first: shared.keys.number(first.0),
                last: shared.keys.number(last.0),
            });
        }
    }
    longest
}

/// Latitude and longitude.
fn place(text: &str) -> Option<(f32, f32)> {
    let mut numbers = text.split_whitespace().map(str::parse::<f32>);
    let (latitude, longitude) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some((latitude, longitude))
}

fn clock(
    started: Option<Moment>,
    finished: Option<Moment>,
    received: Option<Moment>,
    flags: &[Flag],
) -> Option<Clock> {
    let (Some(started), Some(finished)) = (started, finished) else {
        return Some(Clock::Unread);
    };
    if finished.seconds < started.seconds {
        return Some(Clock::Backwards(small(started.seconds - finished.seconds)));
    }
    // Without an offset it may be a day off, and nothing is wrong.
    let slack = if started.is_placed && finished.is_placed {
        0
    } else {
        86_400
    };
    if let Some(received) = received {
        let ahead = finished.seconds - received.seconds - slack;
        if ahead > AHEAD {
            return Some(Clock::Ahead(small(ahead)));
        }
        let days = (received.seconds - finished.seconds) / 86_400;
        if days >= LATE_DAYS {
            return Some(Clock::Late(small(days)));
        }
    }
    let is_doubted = flags.iter().any(|flag| flag.rule == Rule::Clock);
    is_doubted.then_some(Clock::Unread)
}

fn small(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
