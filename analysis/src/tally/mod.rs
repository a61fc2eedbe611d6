//! Additive sums: all that estimates and their variances need, made in one pass over columns of small integers.
//!
//! With A the weighted total Σwy of one cell (domain × category) within one PSU, and B the weighted base Σw of the
//! domain there, a tally keeps for each stratum the sums of A, B, A², AB and B² over its PSUs, beside unweighted
//! counts. Tallies of parts of a sample add up, provided that no PSU is split between the parts.

mod classes;
mod kernel;
#[cfg(test)]
mod tests;

use crate::design::Design;
use crate::error::Error;
use crate::threads::in_parallel;
pub use classes::Classes;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A code that stands for 'outside'.
pub const NONE: u32 = u32::MAX;

/// What is measured, one value a respondent in the design's order.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// The category of each, below the number of categories; [`NONE`] is outside the base.
    One(Vec<u32>),
    /// Several categories each.
    Several {
        /// Whether each is in the base.
        answered: Vec<bool>,
        /// Where the categories of each begin, and at last where the last ones end.
        starts: Vec<u32>,
        /// The categories chosen.
        codes: Vec<u32>,
    },
    /// A number each; NaN is outside the base.
    Number(Vec<f64>),
}

/// Domains of each respondent: one column a disaggregation, in the design's order, of numbers below the count of
/// domains or [`NONE`].
#[derive(Debug, Clone, Copy)]
pub struct DomainColumns<'a> {
    /// The columns.
    pub columns: &'a [Vec<u32>],
    /// How many domains there are in all.
    pub count: usize,
}

/// Sums over the PSUs of one stratum. Vectors by domain, or by domain × category with the category running fastest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StratumSums {
    /// PSUs of the stratum, whether or not anyone of the domain is in them.
    pub psus: u32,
    /// PSUs in the population; `None` for drawing with replacement.
    pub population: Option<f64>,
    /// PSUs with anyone in the base, by domain.
    pub present: Vec<u32>,
    /// ΣA by cell.
    pub a: Vec<f64>,
    /// ΣA² by cell.
    pub aa: Vec<f64>,
    /// ΣAB by cell.
    pub ab: Vec<f64>,
    /// ΣB by domain.
    pub b: Vec<f64>,
    /// ΣB² by domain.
    pub bb: Vec<f64>,
}

/// The sums of one question over all domains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Number of domains.
    pub domains: usize,
    /// Number of categories; 1 for a number.
    pub categories: usize,
    /// By stratum.
    pub strata: Vec<StratumSums>,
    /// Respondents in the base, by domain; unweighted.
    pub base: Vec<u64>,
    /// Respondents of the category, by cell; unweighted.
    pub count: Vec<u64>,
    /// Σw² by domain.
    pub weight_squares: Vec<f64>,
    /// Σwy² by cell.
    pub squares: Vec<f64>,
}

impl Tally {
    /// Tallies a range of the design's PSUs; `0..design.psus()` is the whole sample. Where many questions share the
    /// domains, [`Classes::new`] once and [`Tally::over`] for each is many times faster.
    pub fn of(
        design: &Design,
        domains: DomainColumns<'_>,
        measure: &Measure,
        categories: usize,
        psus: Range<usize>,
    ) -> Self {
        Self::over(&Classes::new(design, domains, psus), measure, categories)
    }

    /// Tallies the PSUs of the classes, on all cores.
    pub fn over(classes: &Classes<'_>, measure: &Measure, categories: usize) -> Self {
        let parts = classes.parts();
        let mut tallies = in_parallel(parts.len(), |at| {
            kernel::tally(classes, parts[at].clone(), measure, categories)
        })
        .into_iter();
        let mut whole = tallies
            .next()
            .unwrap_or_else(|| Self::empty(classes.design, classes.domains, categories));
        for part in tallies {
            whole.add(&part);
        }
        whole
    }

    fn empty(design: &Design, domains: usize, categories: usize) -> Self {
        let cells = domains * categories;
        let stratum = |at| StratumSums {
            psus: 0,
            population: design.population_of(at),
            present: vec![0; domains],
            a: vec![0.0; cells],
            aa: vec![0.0; cells],
            ab: vec![0.0; cells],
            b: vec![0.0; domains],
            bb: vec![0.0; domains],
        };
        Self {
            domains,
            categories,
            strata: (0..design.strata()).map(stratum).collect(),
            base: vec![0; domains],
            count: vec![0; cells],
            weight_squares: vec![0.0; domains],
            squares: vec![0.0; cells],
        }
    }

    /// Adds the tally of other PSUs of the same design.
    ///
    /// # Errors
    /// [`Error::Shape`] where the two are of different tables.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if (self.domains, self.categories, self.strata.len())
            != (other.domains, other.categories, other.strata.len())
        {
            return Err(Error::Shape);
        }
        self.add(other);
        Ok(())
    }

    /// Adds a tally of the same shape.
    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.strata.iter_mut().zip(&other.strata) {
            mine.psus += theirs.psus;
            add(&mut mine.present, &theirs.present);
            add(&mut mine.a, &theirs.a);
            add(&mut mine.aa, &theirs.aa);
            add(&mut mine.ab, &theirs.ab);
            add(&mut mine.b, &theirs.b);
            add(&mut mine.bb, &theirs.bb);
        }
        add(&mut self.base, &other.base);
        add(&mut self.count, &other.count);
        add(&mut self.weight_squares, &other.weight_squares);
        add(&mut self.squares, &other.squares);
    }
}

fn add<T: Copy + std::ops::AddAssign>(mine: &mut [T], theirs: &[T]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        *mine += *theirs;
    }
}
