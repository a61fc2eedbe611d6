//! Shares of categories.

use super::ratio::parts;
use super::{Estimate, Interval};
use crate::tally::Tally;

/// The weighted share of each category in each domain, from 0 to 1, the category running fastest; `None` without a
/// base. With logit intervals, and Wilson's where nobody differs.
pub fn proportions(tally: &Tally) -> Vec<Option<Estimate>> {
    proportions_with(tally, Interval::default())
}

/// The same with other intervals; where nobody differs they are always Wilson's.
pub fn proportions_with(tally: &Tally, interval: Interval) -> Vec<Option<Estimate>> {
    (0..tally.domains)
        .flat_map(|domain| (0..tally.categories).map(move |category| (domain, category)))
        .map(|(domain, category)| Some(parts(tally, domain, category)?.share(interval)))
        .collect()
}
