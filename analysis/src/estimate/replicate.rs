//! Variances by replicate weights.

use super::ratio::simple_variance;
use super::{Estimate, Interval, Parts};
use crate::totals::{Measured, Totals};

/// Samples made of the sample, over which an estimate varies as it would over samples.
#[derive(Debug, Clone, PartialEq)]
pub enum Replicates {
    /// Leaves out one PSU after the other, with the others of its stratum in its place (Rust and Rao 1996; R's `JK1` and
    /// `JKn`).
    Jackknife,
    /// Balanced half-samples (McCarthy 1969; R's `BRR`): by replicate, the factor of the weights of each PSU in the
    /// design's order, 0 or 2.
    Balanced(Vec<Vec<f64>>),
}

/// Shares, means or ratios by domain × category as [`estimates_of`](super::estimates_of) gives them, with the variance
/// of the estimate over the replicates about their mean. `None` without a base, and throughout where the weights were
/// calibrated: each replicate's would have to be anew.
pub fn replicated(totals: &Totals<'_>, replicates: &Replicates, interval: Interval) -> Vec<Option<Estimate>> {
    (0..totals.domains)
        .flat_map(|domain| (0..totals.categories).map(move |category| (domain, category)))
        .map(|(domain, category)| {
            let value = totals
                .ratio(domain, category)
                .filter(|_| totals.design.calibration().is_none())?
                .value;
            let cell = totals.cell_column(domain, category);
            let base = totals.base_column(domain);
            let values = replicates.values(totals, cell, base);
            let variance = (values.len() > 1).then(|| {
                let mean = values.iter().map(|(value, _)| value).sum::<f64>() / values.len() as f64;
                values
                    .iter()
                    .map(|(value, scale)| scale * (value - mean).powi(2))
                    .sum::<f64>()
            });
            let (n, weight) = (totals.base[domain], totals.weight[domain]);
            let simple = simple_variance(n, weight, totals.sums[cell], totals.squares[cell]);
            let deff = variance.filter(|&variance| variance > 0.0).zip(simple);
            let parts = Parts {
                value,
                variance,
                df: totals.degrees_of_freedom(&[domain]),
                n,
                count: totals.count[cell],
                weight,
                weight_squares: totals.weight_squares[domain],
                deff: deff
                    .map(|(variance, simple)| variance / simple)
                    .filter(|_| totals.measured != Measured::Ratio),
            };
            Some(match totals.measured {
                Measured::Category | Measured::Categories => parts.share(interval),
                Measured::Number | Measured::Ratio => Parts { count: n, ..parts }.symmetric(),
            })
        })
        .collect()
}

impl Replicates {
    /// A ratio of two columns in each replicate that has a base, and what the square of its deviation counts.
    fn values(&self, totals: &Totals<'_>, cell: usize, base: usize) -> Vec<(f64, f64)> {
        let (above, below) = (totals.by_psu(cell), totals.by_psu(base));
        let sum = |column: &[f64]| column.iter().sum::<f64>();
        let replicates: Vec<(f64, f64, f64)> = match self {
            Self::Jackknife => {
                let strata = totals
                    .design
                    .first_strata()
                    .iter()
                    .filter(|stratum| stratum.units.len() > 1);
                strata
                    .flat_map(|stratum| {
                        let n = stratum.drawn();
                        let (above, below) = (&above, &below);
                        let without = move |column: &[f64], left_out: usize| {
                            let here = sum(&column[stratum.units.clone()]);
                            sum(column) - here + (here - column[left_out]) * n / (n - 1.0)
                        };
                        let scale = (n - 1.0) / n * stratum.correction();
                        stratum
                            .units
                            .clone()
                            .map(move |psu| (without(above, psu), without(below, psu), scale))
                    })
                    .collect()
            }
            Self::Balanced(all) => all
                .iter()
                .map(|factors| {
                    let weighted =
                        |column: &[f64]| column.iter().zip(factors).map(|(total, f)| total * f).sum();
                    (weighted(&above), weighted(&below), 1.0 / all.len() as f64)
                })
                .collect(),
        };
        let given = replicates.into_iter().filter(|(_, below, _)| *below != 0.0);
        given
            .map(|(above, below, scale)| (above / below, scale))
            .collect()
    }
}
