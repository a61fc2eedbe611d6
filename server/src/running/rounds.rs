//! Rounds: periods of collection, one after the other. A response is of the round in which it was begun.

use jiff::Timestamp;

/// The longest name, in characters.
const LONGEST: usize = 60;

/// A round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// What people call it.
    pub name: String,
    /// When it began; blank where it holds all that came before.
    pub began_at: String,
    /// When it ended; nothing while it is open.
    pub ended_at: Option<String>,
}

/// The rounds of a survey, the first first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rounds {
    rounds: Vec<Round>,
    /// When each begins and ends.
    spans: Vec<(Timestamp, Timestamp)>,
}

impl Rounds {
    /// Of rounds in their order.
    pub fn of(rounds: Vec<Round>) -> Self {
        let span = |round: &Round| {
            let began = round.began_at.parse().unwrap_or(Timestamp::MIN);
            let ended = round.ended_at.as_deref().and_then(|ended| ended.parse().ok());
            (began, ended.unwrap_or(Timestamp::MAX))
        };
        Self {
            spans: rounds.iter().map(span).collect(),
            rounds,
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Round] {
        &self.rounds
    }

    /// The place of the round in which a response was begun, if that was in any.
    pub fn at(&self, began: Option<Timestamp>) -> Option<usize> {
        let began = began?;
        self.spans
            .iter()
            .rposition(|(first, last)| *first <= began && began < *last)
    }

    /// Its name; blank where it was begun in none.
    pub fn name(&self, began: Option<Timestamp>) -> &str {
        self.at(began).map_or("", |at| &self.rounds[at].name)
    }
}

/// A name for a round; nothing where it is none.
pub fn round_name(given: &str) -> Option<String> {
    let name = given.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty() && name.chars().count() <= LONGEST).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{Round, Rounds, round_name};

    #[test]
    fn a_response_is_of_the_round_in_which_it_was_begun() {
        let round = |name: &str, began: &str, ended: Option<&str>| Round {
            name: name.into(),
            began_at: began.into(),
            ended_at: ended.map(String::from),
        };
        let rounds = Rounds::of(vec![
            round("first", "", Some("2026-03-01T00:00:00.000Z")),
            round(
                "second",
                "2026-03-01T00:00:00.000Z",
                Some("2026-04-01T00:00:00.000Z"),
            ),
            round("third", "2026-05-01T00:00:00.000Z", None),
        ]);
        let name = |moment: &str| rounds.name(moment.parse().ok());
        assert_eq!(name("2020-01-01T00:00:00Z"), "first");
        assert_eq!(name("2026-03-01T02:59:59+03:00"), "first");
        assert_eq!(name("2026-03-01T03:00:00+03:00"), "second");
        assert_eq!(name("2026-04-15T00:00:00Z"), "", "between rounds");
        assert_eq!(name("2036-04-15T00:00:00Z"), "third");
        assert_eq!(name("yesterday"), "");
    }

    #[test]
    fn names_are_short_and_have_something_in_them() {
        assert_eq!(round_name("  After  the rains "), Some("After the rains".into()));
        assert_eq!(round_name(" "), None);
        assert_eq!(round_name(&"x".repeat(61)), None);
    }
}
