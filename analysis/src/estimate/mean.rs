//! Means of numbers.

use super::ratio::parts;
use super::{Estimate, Parts};
use crate::tally::Tally;

/// The weighted mean in each domain, in the question's unit, with Student's t interval at the domain's degrees of
/// freedom; `None` without a base. A standard error of 0 (all values the same) gives no interval.
pub fn means(tally: &Tally) -> Vec<Option<Estimate>> {
    (0..tally.domains)
        .map(|domain| {
            let parts = parts(tally, domain, 0)?;
            let count = parts.n;
            Some(Parts { count, ..parts }.symmetric())
        })
        .collect()
}
