//! When a response is doubted: every threshold, in this one place. The page of doubts states them.
//!
//! They are made to be looked at by a person, not to decide: each is chosen so that a careful interview rarely meets it.

/// A median of fewer complete responses than this says nothing.
pub const FEWEST: usize = 10;

/// Too fast: under this share of the median, both of the whole time and of the time for an answer, since whoever is asked
/// little is done early.
pub const FAST_SHARE: f64 = 0.4;
/// Too fast whatever others took: under so many seconds for an answer, which nobody reads and says in.
pub const FAST_SECONDS: f64 = 2.0;
/// Of fewer answers than this no time is judged.
pub const FAST_ANSWERS: u16 = 5;

/// Straight line: so many answers in a row from one list are all the same.
pub const STRAIGHT: usize = 5;
/// In a list of fewer choices the same answer often is the true one: 'no' to each of many crimes.
pub const STRAIGHT_CHOICES: usize = 3;

/// Copy: this share of the answers that either has are the same as in another response.
pub const TWIN_SHARE: f64 = 0.95;
/// Of at least so many.
pub const TWIN_ANSWERS: usize = 10;
/// And no more than so many differ.
pub const TWIN_DIFFERENT: usize = 5;
/// Fewer than one pair so alike in two to this power is to be expected by chance, as common as the answers are.
pub const TWIN_BITS: f64 = 10.0;

/// Much passed: this share of answers are 'don't know' or 'prefer not to say'.
pub const PASSED_SHARE: f64 = 0.3;
/// And at least so many.
pub const PASSED: u16 = 5;

/// Outside hours: begun at this minute of the phone's own day or later.
pub const NIGHT_FROM: u16 = 22 * 60;
/// Or before this one.
pub const NIGHT_TO: u16 = 5 * 60;

/// Far away: so many times the median distance from the middle of its area.
pub const FAR_TIMES: f64 = 5.0;
/// And farther than this.
pub const FAR_METRES: f64 = 5_000.0;
/// Of an area with fewer places than this there is no middle.
pub const FAR_PLACES: usize = 5;

/// Clock: a response that has arrived can't begin or end so many seconds later.
pub const AHEAD: i64 = 15 * 60;
/// Nor do phones usually wait for a network so many days.
pub const LATE_DAYS: i64 = 42;
