//! Estimates from totals by sampling unit.

use super::ratio::simple_variance;
use super::{Estimate, Interval, Parts};
use crate::totals::{Linear, Measured, Totals};

/// Estimates by domain × category, the category running fastest: shares with the interval asked for, means or ratios
/// with Student's; `None` without a base.
pub fn estimates_of(totals: &Totals<'_>, interval: Interval) -> Vec<Option<Estimate>> {
    each(totals, |domain, category, df| {
        let ratio = totals.ratio(domain, category)?;
        let parts = parts(totals, (domain, category, df), &ratio, 1.0);
        Some(match totals.measured {
            Measured::Category | Measured::Categories => parts.share(interval),
            Measured::Number | Measured::Ratio => parts.symmetric(),
        })
    })
}

/// Totals Σwy by domain × category, with Student's t intervals; `None` without a base. They count people where the
/// weights are of that scale.
pub fn sums_of(totals: &Totals<'_>) -> Vec<Option<Estimate>> {
    each(totals, |domain, category, df| {
        let total = totals.total(domain, category)?;
        let scale = totals.weight[domain] * totals.weight[domain];
        Some(parts(totals, (domain, category, df), &total, scale).symmetric())
    })
}

fn each(
    totals: &Totals<'_>,
    estimate: impl Fn(usize, usize, usize) -> Option<Estimate>,
) -> Vec<Option<Estimate>> {
    (0..totals.domains)
        .flat_map(|domain| {
            let df = totals.degrees_of_freedom(&[domain]);
            (0..totals.categories).map(move |category| (domain, category, df))
        })
        .map(|(domain, category, df)| estimate(domain, category, df))
        .collect()
}

/// `scale` makes of the variance of a mean in a simple random sample that of the estimate.
fn parts(
    totals: &Totals<'_>,
    (domain, category, df): (usize, usize, usize),
    estimate: &Linear,
    scale: f64,
) -> Parts {
    let variance = totals.variance(estimate);
    let cell = totals.cell_column(domain, category);
    let (n, weight) = (totals.base[domain], totals.weight[domain]);
    let simple = simple_variance(n, weight, totals.sums[cell], totals.squares[cell]);
    // What a ratio of two numbers would vary by in a simple random sample, squares of one of them don't tell.
    let simple = simple.filter(|_| totals.measured != Measured::Ratio);
    let count = match totals.measured {
        Measured::Category | Measured::Categories => totals.count[cell],
        Measured::Number | Measured::Ratio => n,
    };
    let deff = variance.filter(|&v| v > 0.0).zip(simple);
    Parts {
        value: estimate.value,
        variance,
        df,
        n,
        count,
        weight,
        weight_squares: totals.weight_squares[domain],
        deff: deff.map(|(variance, simple)| variance / (simple * scale)),
    }
}
