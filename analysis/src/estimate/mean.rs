//! Means of numbers.

use super::Estimate;
use super::ratio::{degrees_of_freedom, ratio};
use super::student::t_975;
use crate::tally::Tally;

/// The weighted mean in each domain, in the question's unit, with Student's t interval at the domain's degrees of
/// freedom; `None` without a base. A standard error of 0 (all values the same) gives no interval.
pub fn means(tally: &Tally) -> Vec<Option<Estimate>> {
    (0..tally.domains).map(|domain| mean(tally, domain)).collect()
}

fn mean(tally: &Tally, domain: usize) -> Option<Estimate> {
    let ratio = ratio(tally, domain, 0)?;
    let df = degrees_of_freedom(tally, domain);
    let se = ratio.variance.map(f64::sqrt);
    let ci = se
        .filter(|&se| se > 0.0)
        .zip(t_975(df))
        .map(|(se, t)| (ratio.value - t * se, ratio.value + t * se));
    let n = tally.base[domain];
    Some(Estimate {
        value: ratio.value,
        se,
        ci,
        df,
        n,
        count: n,
        deff: ratio.deff,
    })
}
