//! From sums to estimates with their uncertainty.
//!
//! Every estimate is a ratio of two weighted totals within a domain; its variance is that of its linear
//! approximation, with the first stage drawn with replacement or, where the population of PSUs is known, without.

mod mean;
mod proportion;
mod ratio;
mod student;
#[cfg(test)]
mod tests;

pub use mean::means;
pub use proportion::proportions;

/// An estimate in the unit of its question: a share from 0 to 1, or a mean.
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
    /// Design effect: the variance relative to that of a simple random sample of n drawn with replacement (Kish 1965;
    /// `deff = "replace"` in R's `survey`); `None` where either variance is 0 or unknown.
    pub deff: Option<f64>,
}
