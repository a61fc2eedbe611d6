//! Differences between two domains of one sample, and between two samples.

use crate::estimate::Estimate;
use crate::estimate::student::{t_975, t_two_sided};
use crate::totals::Totals;

/// A difference `a - b` with Student's t test that it is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// In the unit of the question.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// 95 % interval.
    pub ci: (f64, f64),
    /// `value / se`
    pub t: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// The chance of a difference as large, either way, if there is none.
    pub p: f64,
}

impl Difference {
    fn new(value: f64, variance: f64, df: f64) -> Option<Self> {
        let se = variance.sqrt();
        let t = t_975(df)?;
        (se > 0.0).then(|| Self {
            value,
            se,
            ci: (value - t * se, value + t * se),
            t: value / se,
            df,
            p: t_two_sided(value / se, df),
        })
    }
}

/// The difference of two cells (domain, category) of one question in one sample, with their covariance. Degrees of
/// freedom are those of the two domains together, less one for the difference as a regression has it (R's `svyttest`);
/// within one domain those of the domain.
pub fn difference(totals: &Totals<'_>, a: (usize, usize), b: (usize, usize)) -> Option<Difference> {
    let contrast = totals.ratio(a.0, a.1)?.minus(&totals.ratio(b.0, b.1)?);
    let variance = totals.variance(&contrast)?;
    let df = if a.0 == b.0 {
        totals.degrees_of_freedom(&[a.0])
    } else {
        totals.degrees_of_freedom(&[a.0, b.0]).saturating_sub(1)
    };
    Difference::new(contrast.value, variance, df as f64)
}

/// The difference of two estimates of independent samples, as of two rounds that drew anew; with the degrees of freedom
/// of Satterthwaite (1946).
pub fn difference_between(a: &Estimate, b: &Estimate) -> Option<Difference> {
    let (va, vb) = (a.se?.powi(2), b.se?.powi(2));
    let part = |variance: f64, df: usize| match df {
        0 => f64::INFINITY,
        df => variance * variance / df as f64,
    };
    let below = part(va, a.df) + part(vb, b.df);
    if below == 0.0 {
        return None;
    }
    Difference::new(a.value - b.value, va + vb, (va + vb).powi(2) / below)
}
