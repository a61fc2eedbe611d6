//! Meetings at which results were given back, and what was agreed there.

use super::draft::Texts;
use serde::{Deserialize, Serialize};

/// People of a kind below which their number singles somebody out.
const FEW: u32 = 5;

/// A meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meeting {
    /// The day, `2026-11-30`.
    pub day: String,
    /// Where, in general words.
    pub place: Texts,
    pub women: Option<u32>,
    pub men: Option<u32>,
    pub others: Option<u32>,
    /// What people corrected.
    pub corrected: Texts,
    /// What was agreed.
    pub agreed: Texts,
    /// Whether the page shows it.
    pub public: bool,
}

/// How many came, as far as it may be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Came {
    pub all: Option<u32>,
    pub women: Option<u32>,
    pub men: Option<u32>,
    pub others: Option<u32>,
}

impl Meeting {
    /// How many came. Where there are few of a kind, only all together are told, so that nobody is singled out.
    pub fn came(&self) -> Came {
        let kinds = [self.women, self.men, self.others];
        let all: u32 = kinds.into_iter().flatten().fold(0, u32::saturating_add);
        if all < FEW {
            return Came::default();
        }
        if kinds.into_iter().flatten().any(|n| (1..FEW).contains(&n)) {
            return Came {
                all: Some(all),
                ..Came::default()
            };
        }
        Came {
            all: Some(all),
            women: self.women,
            men: self.men,
            others: self.others.filter(|n| *n > 0),
        }
    }
}

/// What was agreed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agreement {
    /// What is to be done.
    pub what: Texts,
    /// Which role or organisation does it.
    pub who: Texts,
    /// Until which day; blank where none was named.
    pub due: String,
    /// Whether the page shows it.
    pub public: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Planned,
    UnderWay,
    Done,
    NotDone,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Planned, Self::UnderWay, Self::Done, Self::NotDone];

    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::UnderWay => "under_way",
            Self::Done => "done",
            Self::NotDone => "not_done",
        }
    }

    /// By its word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::{Came, Meeting};

    fn came(women: Option<u32>, men: Option<u32>, others: Option<u32>) -> Came {
        Meeting {
            women,
            men,
            others,
            ..Meeting::default()
        }
        .came()
    }

    #[test]
    fn a_few_of_a_kind_are_told_with_all_or_not_at_all() {
        let all = |all| Came {
            all: Some(all),
            ..Came::default()
        };
        assert_eq!(came(Some(12), Some(8), Some(1)), all(21), "one would be known");
        assert_eq!(came(Some(2), None, None), Came::default());
        assert_eq!(came(None, None, None), Came::default());
        let told = came(Some(12), Some(8), Some(0));
        assert_eq!(
            (told.all, told.women, told.men, told.others),
            (Some(20), Some(12), Some(8), None)
        );
    }
}
