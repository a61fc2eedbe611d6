//! From what a person wants corrected to a whole new set of answers, checked as when it came. No HTTP, no SQL.

mod compute;
mod differences;
mod place;
#[cfg(test)]
mod tests;
mod value;

pub use differences::{Difference, differences, places};

use crate::ready::ReadyVersion;
use crate::store::History;
use crate::sync;
use baraza_forms::{Checked, Flag, Kind, Outcome, Response, Rule};
use place::Place;
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

/// What a person wants: an answer in the place of another, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `member[2]/age`
    pub place: String,
    /// The answer as it is written; nothing takes it away.
    pub to: Option<String>,
}

/// A corrected response.
#[derive(Debug)]
pub struct Amended {
    /// All answers, outcome and flags.
    pub checked: Checked,
    /// Places whose answers differ from those that counted before.
    pub questions: Vec<String>,
    /// Those of them that nobody named: the form computes them from the others.
    pub computed: Vec<String>,
    /// What the form does not allow now and did allow before.
    pub doubts: Vec<Flag>,
    /// Answers that no longer count since the interview ended otherwise.
    pub dropped: usize,
}

/// Makes a correction of what counts now, from the answers `base`. Nothing where it would change nothing; an error tells
/// what can't be done, and what can.
pub fn amend(
    version: &ReadyVersion,
    history: &History,
    base: &Map<String, Json>,
    changes: &[Change],
) -> Result<Option<Amended>, Vec<String>> {
    let ready = &version.ready;
    let mut answers = base.clone();
    let named = apply(version, &mut answers, changes)?;
    let received = &history.received;
    let mut response = Response {
        form: ready.form.id.clone(),
        version: received.version.clone(),
        instance_id: received.instance_id.clone(),
        started: received.started.clone(),
        finished: received.finished.clone(),
        language: received.language.clone(),
        enumerator: None,
        answers,
    };
    let first: Vec<Flag> = flags(&received.flags);
    let earlier = flags(history.flags());
    let mut checked = sync::again(&response, version, &first);
    // What the form computed as the phone did follows the correction; what differed before is for people.
    let renewed: HashSet<String> = checked
        .flags
        .iter()
        .filter(|flag| matches!(flag.rule, Rule::Calculation | Rule::NotRelevant) && !earlier.contains(flag))
        .map(|flag| flag.question.clone())
        .filter(|place| !named.contains(place))
        .collect();
    if !renewed.is_empty() {
        compute::renew(ready, &mut response, &renewed);
        checked = sync::again(&response, version, &first);
    }
    let dropped = response.answers.len() - checked.answers.len();
    let found = differences(history.answers(), &checked.answers);
    if found.is_empty() && checked.outcome.word() == history.outcome() {
        return Ok(None);
    }
    let questions: Vec<String> = found.into_iter().map(|found| found.place).collect();
    let computed = questions.iter().filter(|place| renewed.contains(*place));
    Ok(Some(Amended {
        computed: computed.cloned().collect(),
        doubts: checked
            .flags
            .iter()
            .filter(|flag| !earlier.contains(flag))
            .cloned()
            .collect(),
        dropped: if checked.outcome == Outcome::Complete {
            0
        } else {
            dropped
        },
        questions,
        checked,
    }))
}

/// Flags from their JSON.
pub fn flags(json: &str) -> Vec<Flag> {
    serde_json::from_str(json).unwrap_or_default()
}

/// Makes the changes, all or none; gives the places that were named, as the form writes them. Instances go last and from
/// the last, so that all numbers are those that the person saw.
fn apply(
    version: &ReadyVersion,
    answers: &mut Map<String, Json>,
    changes: &[Change],
) -> Result<HashSet<String>, Vec<String>> {
    let (mut wrong, mut named, mut cleared) = (Vec::new(), HashSet::new(), Vec::new());
    for change in changes {
        let placed = match &change.to {
            Some(text) => set(version, answers, &change.place, text),
            None => Place::read(&change.place).map(|place| {
                let place = place.known(&version.ready);
                cleared.push(place.clone());
                place.written()
            }),
        };
        match placed {
            Ok(place) if !named.insert(place.clone()) => wrong.push(format!("'{place}' is changed twice")),
            Ok(_) => {}
            Err(message) => wrong.push(message),
        }
    }
    cleared.sort_by_key(|place| std::cmp::Reverse(place.order()));
    for place in cleared {
        match place.clear(answers) {
            Ok(true) => {}
            Ok(false) => {
                // What was not answered is as it should be, if there is such a question at all.
                let is_repeat = version.ready.form.by_key(&place.written());
                let is_repeat = is_repeat.is_some_and(|id| version.ready.form.nodes[id].kind == Kind::Repeat);
                if let Err(message) = place.clone().question(&version.ready)
                    && !is_repeat
                {
                    wrong.push(message);
                }
            }
            Err(message) => wrong.push(message),
        }
    }
    if wrong.is_empty() { Ok(named) } else { Err(wrong) }
}

fn set(
    version: &ReadyVersion,
    answers: &mut Map<String, Json>,
    place: &str,
    text: &str,
) -> Result<String, String> {
    let mut place = Place::read(place)?;
    let id = place.question(&version.ready)?;
    let answer = value::value(&version.ready.form, id, text)?;
    place.set(answers, answer)?;
    Ok(place.written())
}
