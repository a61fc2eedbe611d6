//! From sums to estimates with their uncertainty.
//!
//! Every estimate is a ratio of two weighted totals within a domain, or a total; its variance is that of its linear
//! approximation, with the first stage drawn with replacement or, where the population of PSUs is known, without.

mod interval;
mod mean;
mod proportion;
mod quantile;
mod ratio;
mod replicate;
pub(crate) mod student;
#[cfg(test)]
mod tests;
mod total;

use crate::design::Design;
use crate::tally::{DomainColumns, Measure, Tally};
use crate::totals::Totals;
pub use interval::Interval;
pub use mean::means;
pub use proportion::{proportions, proportions_with};
pub use quantile::{QuantileRule, quantiles};
pub use replicate::{Replicates, replicated};
pub use total::{estimates_of, sums_of};

/// An estimate in the unit of its question: a share from 0 to 1, a mean, a total, a ratio or a quantile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The estimate itself.
    pub value: f64,
    /// Standard error; `None` where the design has no degree of freedom, so that nothing tells how far off it is.
    pub se: Option<f64>,
    /// 95 % interval, low and high; `None` where the domain has no degree of freedom.
    pub ci: Option<(f64, f64)>,
    /// Degrees of freedom in the domain: PSUs with anyone in the base, less the strata of these. R's `survey` takes
    /// the same for a subset of a design.
    pub df: usize,
    /// Respondents in the base; unweighted.
    pub n: u64,
    /// Respondents in the numerator (for a mean: in the base); unweighted.
    pub count: u64,
    /// Σw of the base: how many people it stands for, where the weights are of that scale.
    pub weight: f64,
    /// Design effect: the variance relative to that of a simple random sample of n drawn with replacement (Kish 1965;
    /// `deff = "replace"` in R's `survey`); `None` where either variance is 0 or unknown.
    pub deff: Option<f64>,
}

impl Estimate {
    /// The design effect relative to a simple random sample drawn without replacement from as many people as the
    /// weights sum to (`deff = TRUE` in R's `survey`); `None` where these are not more than the sample.
    pub fn deff_without_replacement(&self) -> Option<f64> {
        let n = self.n as f64;
        let deff = self.deff.filter(|_| self.weight > n)?;
        Some(deff * self.weight / (self.weight - n))
    }

    /// The size of a simple random sample that would be as precise: n by the design effect.
    pub fn effective_n(&self) -> Option<f64> {
        Some(self.n as f64 / self.deff?)
    }
}

/// Estimates by domain × category, the category running fastest: shares, or one mean a domain. Makes a [`Tally`] where
/// it holds all that is needed, and [`Totals`] otherwise.
pub fn estimates(
    design: &Design,
    domains: DomainColumns<'_>,
    measure: &Measure,
    categories: usize,
    interval: Interval,
) -> Vec<Option<Estimate>> {
    if !design.is_simple() {
        return estimates_of(&Totals::of(design, domains, measure, categories), interval);
    }
    let tally = Tally::of(design, domains, measure, categories, 0..design.psus());
    of_tally(&tally, matches!(measure, Measure::Number(_)), interval)
}

/// Estimates of a tally: means of a number, and shares otherwise.
pub(crate) fn of_tally(tally: &Tally, is_number: bool, interval: Interval) -> Vec<Option<Estimate>> {
    if is_number {
        means(tally)
    } else {
        proportions_with(tally, interval)
    }
}

/// An estimate before its interval.
#[derive(Debug, Clone, Copy)]
struct Parts {
    value: f64,
    variance: Option<f64>,
    df: usize,
    n: u64,
    count: u64,
    weight: f64,
    weight_squares: f64,
    deff: Option<f64>,
}

impl Parts {
    fn with(self, ci: Option<(f64, f64)>) -> Estimate {
        Estimate {
            value: self.value,
            se: self.variance.map(f64::sqrt),
            ci,
            df: self.df,
            n: self.n,
            count: self.count,
            weight: self.weight,
            deff: self.deff,
        }
    }

    /// A share, with the interval asked for, or Wilson's where nobody differs.
    ///
    /// Where the standard error is 0 (a share of 0 or 1) other intervals would be a point and promise certainty.
    /// There it is Wilson's (1927), with the effective sample size `(Σw)²/Σw²` (Kish 1965) and Student's t. That size
    /// knows the weights but not the clusters, whose effect can't be seen where nobody differs.
    fn share(self, interval: Interval) -> Estimate {
        let ci = self.variance.map(f64::sqrt).and_then(|se| {
            if se > 0.0 && self.value > 0.0 && self.value < 1.0 {
                interval.of(self.value, se, self.df, self.n)
            } else {
                let effective = self.weight * self.weight / self.weight_squares;
                interval::wilson(self.value, effective, student::t_975(self.df as f64)?)
            }
        });
        self.with(ci)
    }

    /// A mean, total or ratio, with Student's t interval. A standard error of 0 (all values the same) gives none.
    fn symmetric(self) -> Estimate {
        let ci = self
            .variance
            .map(f64::sqrt)
            .filter(|&se| se > 0.0)
            .zip(student::t_975(self.df as f64))
            .map(|(se, t)| (self.value - t * se, self.value + t * se));
        self.with(ci)
    }
}
