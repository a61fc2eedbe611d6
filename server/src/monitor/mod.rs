//! How it is going in the field: what has come, and what is doubtful about it.
//!
//! `asked` says what is watched in a form, `row` reduces a response to that, and `kept` holds the rows of a survey and
//! reads on when somebody looks. From the rows alone `norms` finds what is usual, `twins` who is like whom, `doubts` what
//! is doubtful by the thresholds in `limits`, `counts` what pages tell in figures, and `map` where it all is without the
//! place of anybody. Only `kept` knows the store; nothing here knows HTTP.
//!
//! A doubt is no state: it changes no table. It is computed from what counts now, so that a correction ends it, and
//! people decide by the states that reviews have.

mod asked;
mod counts;
mod doubts;
mod kept;
pub mod limits;
mod map;
mod moment;
mod norms;
mod row;
#[cfg(test)]
mod tests;
mod twins;

pub use counts::{Counts, DAYS, Outcomes};
pub use doubts::{Doubt, Kind};
pub use kept::{Look, Made, Monitor, Seen, is_open};
#[cfg(test)]
use map::Cell;
pub use map::{Map, map};
pub use moment::{Moment, date_of};
pub use row::{Clock, Row};
