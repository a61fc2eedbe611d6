//! Whether a survey asks people at the moment, and in which round. No HTTP, no SQL.
//!
//! A pause asks nobody anew; it turns no response away. Phones learn of it at their next contact, so that responses
//! which were begun after it arrive all the same: they are stored, with a flag.

mod offered;
mod rounds;
mod told;
mod wish;

pub use offered::{Area, areas};
pub use rounds::{Round, Rounds, round_name};
pub use told::{at_node, for_the_field, for_the_phone};
pub use wish::{Wrong, checked};

use jiff::Timestamp;
use std::fmt;

/// What a survey does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// It asks people.
    #[default]
    Open,
    /// It asks nobody for a while, everywhere or in some areas.
    Paused,
    /// It is over.
    Closed,
}

impl State {
    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Closed => "closed",
        }
    }

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Open, Self::Paused, Self::Closed]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What somebody has decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What the survey does.
    pub state: State,
    /// Codes of the areas that are paused; none is everywhere.
    pub areas: Vec<String>,
    /// Shown to who wants to begin.
    pub why: String,
    /// A day, `YYYY-MM-DD`, or nothing.
    pub until: String,
}

impl Decision {
    /// Whether nobody is asked anywhere.
    pub fn is_everywhere(&self) -> bool {
        self.state != State::Open && self.areas.is_empty()
    }
}

/// A decision, and when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was decided.
    pub decision: Decision,
    /// When.
    pub since: String,
    /// Who did.
    pub by: String,
}

/// All changes of a survey, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline(pub Vec<Change>);

impl Timeline {
    /// What keeps people from being asked now; nothing where the survey is open.
    pub fn stop(&self) -> Option<&Change> {
        self.0
            .last()
            .filter(|change| change.decision.state != State::Open)
    }

    /// What kept people from being asked when a response was begun: the survey as a whole, or its area.
    pub fn stopped(&self, began: Timestamp, area: &[&str]) -> Option<&Change> {
        let before = |change: &&Change| {
            change
                .since
                .parse::<Timestamp>()
                .is_ok_and(|since| since <= began)
        };
        let last = self.0.iter().rev().find(before)?;
        let decision = &last.decision;
        let is_in = || {
            decision
                .areas
                .iter()
                .any(|paused| area.contains(&paused.as_str()))
        };
        (decision.is_everywhere() || (decision.state != State::Open && is_in())).then_some(last)
    }
}

/// When a response was begun, as far as that can be known: a phone whose clock is ahead has begun before it arrived,
/// and of one whose clock can't be right only the arrival is known.
pub fn began(started: &str, received: &str, clock_is_off: bool) -> Option<Timestamp> {
    let received: Option<Timestamp> = received.parse().ok();
    let started: Option<Timestamp> = started.parse().ok().filter(|_| !clock_is_off);
    match (started, received) {
        (Some(started), Some(received)) => Some(started.min(received)),
        (started, received) => started.or(received),
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Decision, State, Timeline, began};

    fn change(since: &str, state: State, areas: &[&str]) -> Change {
        Change {
            decision: Decision {
                state,
                areas: areas.iter().map(ToString::to_string).collect(),
                ..Decision::default()
            },
            since: since.into(),
            by: "Bola".into(),
        }
    }

    #[test]
    fn what_held_when_a_response_was_begun_counts() {
        let timeline = Timeline(vec![
            change("2026-03-01T08:00:00.000Z", State::Paused, &[]),
            change("2026-03-02T08:00:00.000Z", State::Paused, &["north"]),
            change("2026-03-03T08:00:00.000Z", State::Open, &[]),
        ]);
        let stopped = |moment: &str, area: &[&str]| {
            timeline
                .stopped(moment.parse().expect("a moment"), area)
                .is_some()
        };
        assert!(!stopped("2026-03-01T07:59:59Z", &["north"]), "before");
        assert!(stopped("2026-03-01T08:00:00Z", &[]));
        // Phones tell the time of where they are.
        assert!(stopped("2026-03-01T11:00:00+03:00", &["south"]));
        assert!(!stopped("2026-03-01T10:59:00+03:00", &["south"]));
        assert!(stopped("2026-03-02T12:00:00Z", &["north"]));
        assert!(!stopped("2026-03-02T12:00:00Z", &["south"]));
        assert!(!stopped("2026-03-02T12:00:00Z", &[]));
        assert!(!stopped("2026-03-03T12:00:00Z", &["north"]));
        assert_eq!(timeline.stop(), None);
    }

    #[test]
    fn a_clock_that_is_wrong_does_not_say_when_a_response_was_begun() {
        let moment = |text: &str| text.parse().ok();
        let received = "2026-03-02T12:00:00Z";
        assert_eq!(
            began("2026-03-01T12:00:00+03:00", received, false),
            moment("2026-03-01T09:00:00Z")
        );
        assert_eq!(
            began("2026-03-02T13:00:00Z", received, false),
            moment(received),
            "an hour ahead"
        );
        assert_eq!(began("2016-03-02T13:00:00Z", received, true), moment(received));
        assert_eq!(began("yesterday", received, false), moment(received));
    }
}
