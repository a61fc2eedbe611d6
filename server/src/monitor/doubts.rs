//! What is doubtful about a response, with the figures that say why.

use super::limits::{
    FAR_METRES, FAR_TIMES, FAST_ANSWERS, FAST_SECONDS, FAST_SHARE, NIGHT_FROM, NIGHT_TO, PASSED, PASSED_SHARE,
};
use super::norms::Norms;
use super::row::{Clock, Row, Straight};
use super::twins::Twin;
use crate::store::State;
use baraza_forms::Outcome;

/// Kinds of doubts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Faster than anybody reads.
    Fast,
    /// One answer to all questions of a row.
    Straight,
    /// Nearly the same as another response.
    Twin,
    /// Much is not known, or not said.
    Passed,
    /// Begun at night.
    Night,
    /// Far from the others of its area.
    Far,
    /// The phone's clock can't be right.
    Clock,
    /// The form does not allow some of it.
    Form,
    /// It came again with other answers.
    Conflict,
    /// Somebody said so.
    Said,
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 10] = [
        Self::Fast,
        Self::Straight,
        Self::Twin,
        Self::Passed,
        Self::Night,
        Self::Far,
        Self::Clock,
        Self::Form,
        Self::Conflict,
        Self::Said,
    ];

    /// The word in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Straight => "straight",
            Self::Twin => "twin",
            Self::Passed => "passed",
            Self::Night => "night",
            Self::Far => "far",
            Self::Clock => "clock",
            Self::Form => "form",
            Self::Conflict => "conflict",
            Self::Said => "said",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A doubt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// How long it took, for how many answers, and the medians where they say so too.
    Fast {
        seconds: u32,
        answers: u16,
        usual: Option<(f64, f64)>,
    },
    Straight(Straight),
    Twin(Twin),
    Passed {
        passed: u16,
        answers: u16,
    },
    /// Minute of the phone's day.
    Night(u16),
    /// Metres, and the median of its area.
    Far {
        metres: f64,
        usual: f64,
    },
    Clock(Clock),
    /// How many things.
    Form(u16),
    Conflict(u16),
    Said,
}

impl Doubt {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Fast { .. } => Kind::Fast,
            Self::Straight(_) => Kind::Straight,
            Self::Twin(_) => Kind::Twin,
            Self::Passed { .. } => Kind::Passed,
            Self::Night(_) => Kind::Night,
            Self::Far { .. } => Kind::Far,
            Self::Clock(_) => Kind::Clock,
            Self::Form(_) => Kind::Form,
            Self::Conflict(_) => Kind::Conflict,
            Self::Said => Kind::Said,
        }
    }
}

/// All doubts of a response, in the order of [`Kind::ALL`]. Of who refused, or is too young, no answer is kept that could
/// be doubted.
pub fn doubts(row: &Row, norms: &Norms, twin: Option<Twin>) -> Vec<Doubt> {
    let mut found = Vec::new();
    if row.outcome == Outcome::Complete {
        found.extend(fast(row, norms));
        found.extend(row.straight.map(Doubt::Straight));
        found.extend(twin.map(Doubt::Twin));
        found.extend(passed(row));
        found.extend(row.begun.filter(is_night).map(Doubt::Night));
        found.extend(far(row, norms));
    }
    found.extend(row.clock.map(Doubt::Clock));
    found.extend((row.flags > 0).then_some(Doubt::Form(row.flags)));
    found.extend((row.conflicts > 0).then_some(Doubt::Conflict(row.conflicts)));
    // Without a reason of its own, somebody gave one.
    let is_explained = row.flags > 0 || row.conflicts > 0 || row.clock.is_some();
    found.extend((row.state == State::Flagged && !is_explained).then_some(Doubt::Said));
    found
}

fn fast(row: &Row, norms: &Norms) -> Option<Doubt> {
    let (seconds, pace) = (row.seconds?, row.pace()?);
    if row.answered < FAST_ANSWERS {
        return None;
    }
    let usual = norms
        .time
        .filter(|(whole, each)| f64::from(seconds) < FAST_SHARE * whole && pace < FAST_SHARE * each);
    (usual.is_some() || pace < FAST_SECONDS).then_some(Doubt::Fast {
        seconds,
        answers: row.answered,
        usual,
    })
}

fn passed(row: &Row) -> Option<Doubt> {
    let is_much = row.passed >= PASSED && f64::from(row.passed) >= PASSED_SHARE * f64::from(row.answered);
    is_much.then_some(Doubt::Passed {
        passed: row.passed,
        answers: row.answered,
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "filters pass references")]
fn is_night(minute: &u16) -> bool {
    *minute >= NIGHT_FROM || *minute < NIGHT_TO
}

fn far(row: &Row, norms: &Norms) -> Option<Doubt> {
    let (metres, spread) = norms.away(row)?;
    let is_far = metres > FAR_METRES && metres > FAR_TIMES * spread.metres;
    is_far.then_some(Doubt::Far {
        metres,
        usual: spread.metres,
    })
}
