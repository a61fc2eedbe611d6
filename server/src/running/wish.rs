//! What somebody wants a survey to do, looked at before it is decided; the same at the desk and on the command line.

use super::{Decision, State, offered};
use baraza_forms::Form;
use jiff::civil::Date;

/// The longest reason, in characters: it is shown on small screens.
const LONGEST_WHY: usize = 200;

/// Why a decision can't be made as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Some areas, and none named.
    #[error("name at least one area")]
    NoAreas,
    /// Codes that are no areas.
    #[error("the form has no such area: {}", .0.join(", "))]
    Areas(Vec<String>),
    /// No day.
    #[error("give the day as year-month-day, for example 2027-03-25")]
    Until,
    /// Too long.
    #[error("say why in at most {LONGEST_WHY} characters")]
    Why,
}

/// A decision as it is stored; `in_areas` where it is to be for some areas alone.
pub fn checked(form: &Form, wish: Decision, in_areas: bool) -> Result<Decision, Wrong> {
    let mut decision = Decision {
        state: wish.state,
        areas: if in_areas { wish.areas } else { Vec::new() },
        why: wish.why.split_whitespace().collect::<Vec<_>>().join(" "),
        until: wish.until.trim().to_owned(),
    };
    if decision.state == State::Open {
        return Ok(Decision::default());
    }
    decision.areas.sort();
    decision.areas.dedup();
    if in_areas && decision.areas.is_empty() {
        return Err(Wrong::NoAreas);
    }
    let unknown = offered::unknown_areas(form, &decision.areas);
    if !unknown.is_empty() {
        return Err(Wrong::Areas(unknown));
    }
    if decision.why.chars().count() > LONGEST_WHY {
        return Err(Wrong::Why);
    }
    let day: Result<Date, _> = decision.until.parse();
    if !decision.until.is_empty() {
        // Phones write the day in their language, and want it whole.
        decision.until = day.map_err(|_| Wrong::Until)?.to_string();
    }
    Ok(decision)
}
