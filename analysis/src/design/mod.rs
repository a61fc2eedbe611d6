//! The sampling design: weights, strata, stages of sampling, and what the weights were calibrated to.

mod calibrate;
mod margins;
mod rake;
mod roles;
mod stages;
mod trim;
mod variance;

use crate::error::Error;
use crate::places;
use crate::tally::NONE;
pub use calibrate::Distance;
pub(crate) use calibrate::{Calibration, UnitTotals};
pub use margins::{Margin, Margins};
pub use rake::{MarginCodes, Raking};
pub use roles::Sampling;
use stages::{Doubt, Drawn};
pub(crate) use stages::{Stage, Stratum};
use std::ops::Range;

/// Respondents by stratum and unit of each stage. What is computed from a design reads its columns in the design's
/// order, so that one pass meets each primary sampling unit (PSU) as one run of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Rows of the responses, by stratum, PSU, later units and row; excluded rows are absent.
    order: Vec<u32>,
    /// Weights in that order, each above 0.
    weights: Vec<f64>,
    /// The stratum of each PSU, ascending from 0 without gaps.
    stratum_of: Vec<u32>,
    /// Stages whose variance counts: the first, and later ones where the first was drawn from a known population.
    stages: Vec<Stage>,
    /// What to do with a stratum of one unit.
    lonely: Lonely,
    /// What the weights were calibrated to.
    calibration: Option<Calibration>,
    /// Whether any weight was given.
    weighted: bool,
}

/// What a stratum with one unit adds to a variance, since its own can't be known: R's option `survey.lonely.psu`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lonely {
    /// It is an error.
    Fail,
    /// Nothing, as if it had been drawn with certainty (R's `remove` and `certainty`). It understates.
    Remove,
    /// Its deviation from the mean of all strata, which is 0 for linearised scores. It overstates rather than
    /// understates.
    #[default]
    Adjust,
    /// What the other strata add on average.
    Average,
}

/// Columns a [`Design`] is made from, each with one value a respondent.
#[derive(Debug, Clone, Default)]
pub struct DesignColumns {
    /// Weights of any scale; a respondent whose weight is not above 0 is excluded. Blank takes the weights from the
    /// populations: the product over the stages of population / sample.
    pub weights: Vec<f64>,
    /// Stratum numbers of any values; blank is one stratum.
    pub strata: Vec<u32>,
    /// Cluster numbers, unique within a stratum; blank makes each respondent its own.
    pub psus: Vec<u32>,
    /// PSUs in the population of the respondent's stratum, or the fraction of them that was drawn (all from 0 to 1).
    /// Blank, or NaN in a stratum, is drawing with replacement.
    pub populations: Vec<f64>,
    /// Stages after the first. They count where populations are given; without, the first stage's variance stands for
    /// all (the ultimate cluster; Särndal, Swensson and Wretman 1992, section 4.6).
    pub later: Vec<StageColumns>,
}

/// Columns of a stage after the first.
#[derive(Debug, Clone, Default)]
pub struct StageColumns {
    /// Unit numbers, unique within the unit of the stage before; blank makes each respondent its own.
    pub units: Vec<u32>,
    /// Units in the population of the unit of the stage before, or the fraction of them that was drawn.
    pub populations: Vec<f64>,
}

impl Design {
    /// A design from plain columns.
    ///
    /// # Errors
    /// [`Error::Length`] where a column that isn't blank differs in length from the others, and
    /// [`Error::Population`] where a population contradicts the sample.
    pub fn new(columns: &DesignColumns) -> Result<Self, Error> {
        let (design, doubts) = Self::built(columns)?;
        match doubts.into_iter().next() {
            Some(Doubt { stage, message }) => Err(Error::Population { stage, message }),
            None => Ok(design),
        }
    }

    /// The design, and where its populations contradict the sample; there it is drawn with replacement, which
    /// overstates errors.
    fn built(columns: &DesignColumns) -> Result<(Self, Vec<Doubt>), Error> {
        let n = columns.respondents()?;
        let at = |column: &[u32], row: u32, blank: u32| column.get(row as usize).copied().unwrap_or(blank);
        let place = |row: u32| (at(&columns.strata, row, 0), at(&columns.psus, row, row));
        let counts = |row: &u32| {
            let weight = columns.weights.get(*row as usize).copied().unwrap_or(1.0);
            weight > 0.0 && weight.is_finite()
        };
        let mut order: Vec<u32> = (0..n as u32).filter(counts).collect();
        if columns.later.is_empty() {
            order = places::sorted(order, &columns.strata, &columns.psus);
        } else {
            let units = |row: u32| columns.later.iter().map(move |stage| at(&stage.units, row, row));
            order.sort_unstable_by(|&a, &b| {
                let first = place(a).cmp(&place(b));
                first.then_with(|| units(a).cmp(units(b))).then(a.cmp(&b))
            });
        }
        let mut doubts = Vec::new();
        let first = Drawn {
            order: &order,
            populations: &columns.populations,
            stage: 1,
        };
        let mut stages = vec![first.stage(place, |row| at(&columns.strata, row, 0), &mut doubts)];
        for (number, later) in (2..).zip(&columns.later) {
            let before = &stages[stages.len() - 1];
            if before.strata.iter().all(|stratum| stratum.population.is_none()) {
                break;
            }
            let drawn = Drawn {
                order: &order,
                populations: &later.populations,
                stage: number,
            };
            let next = drawn.within(before, |row| at(&later.units, row, row), &mut doubts);
            stages.push(next);
        }
        let mut stratum_of = vec![0; stages[0].units()];
        for (number, stratum) in (0..).zip(&stages[0].strata) {
            stratum_of[stratum.units.clone()].fill(number);
        }
        let weights = if columns.weights.is_empty() {
            stages::weights(&stages, order.len())
        } else {
            order.iter().map(|&row| columns.weights[row as usize]).collect()
        };
        let design = Self {
            weighted: !columns.weights.is_empty() || stages[0].strata.iter().any(|s| s.population.is_some()),
            order,
            weights,
            stratum_of,
            stages,
            lonely: Lonely::default(),
            calibration: None,
        };
        Ok((design, doubts))
    }

    /// The same design with another way to treat strata of one unit.
    ///
    /// # Errors
    /// [`Error::Lonely`] where that is [`Lonely::Fail`] and there is such a stratum.
    pub fn with_lonely(mut self, lonely: Lonely) -> Result<Self, Error> {
        let alone = self.stages.iter().map(Stage::lonely).sum();
        if lonely == Lonely::Fail && alone > 0 {
            return Err(Error::Lonely { strata: alone });
        }
        self.lonely = lonely;
        Ok(self)
    }

    /// Number of respondents who count.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody counts.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether weights were given, or follow from populations.
    pub fn weighted(&self) -> bool {
        self.weighted
    }

    /// Number of PSUs.
    pub fn psus(&self) -> usize {
        self.stratum_of.len()
    }

    /// Number of strata.
    pub fn strata(&self) -> usize {
        self.stages[0].strata.len()
    }

    /// Degrees of freedom: PSUs less strata (Korn and Graubard 1999, section 5.2).
    pub fn degrees_of_freedom(&self) -> usize {
        self.psus() - self.strata()
    }

    /// Whether a [`Tally`](crate::tally::Tally) holds all that its variances need: one stage, no calibration, and
    /// strata of one PSU, if any, treated as by default. Otherwise [`Totals`](crate::totals::Totals) are needed.
    pub fn is_simple(&self) -> bool {
        let usual = self.lonely == Lonely::Adjust || self.stages[0].lonely() == 0;
        self.stages.len() == 1 && self.calibration.is_none() && usual
    }

    /// A column of the responses (one value a response) in the design's order, without the excluded.
    pub fn arranged<T: Copy>(&self, column: &[T]) -> Vec<T> {
        self.order.iter().map(|&row| column[row as usize]).collect()
    }

    /// Weights in the design's order, each above 0.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    pub(crate) fn rows_of(&self, psu: usize) -> Range<usize> {
        self.stages[0].rows(psu)
    }

    pub(crate) fn stratum_of(&self, psu: usize) -> usize {
        self.stratum_of[psu] as usize
    }

    pub(crate) fn population_of(&self, stratum: usize) -> Option<f64> {
        self.stages[0].strata[stratum].population
    }

    pub(crate) fn first_strata(&self) -> &[Stratum] {
        &self.stages[0].strata
    }

    /// The last stage whose variance counts: its units are what totals are kept by.
    pub(crate) fn units(&self) -> &Stage {
        &self.stages[self.stages.len() - 1]
    }

    /// The PSU that each unit of the last stage lies in.
    pub(crate) fn psu_of_units(&self) -> Vec<u32> {
        let units = self.units();
        let mut psu = 0;
        let at = |unit: usize| units.rows(unit).start;
        (0..units.units())
            .map(|unit| {
                while at(unit) >= self.stages[0].rows(psu).end {
                    psu += 1;
                }
                psu as u32
            })
            .collect()
    }

    pub(crate) fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }
}

impl DesignColumns {
    /// How many respondents the columns are about.
    fn respondents(&self) -> Result<usize, Error> {
        let later = self
            .later
            .iter()
            .flat_map(|s| [s.units.len(), s.populations.len()]);
        let first = [
            self.weights.len(),
            self.strata.len(),
            self.psus.len(),
            self.populations.len(),
        ];
        let lengths: Vec<usize> = first.into_iter().chain(later).filter(|&len| len > 0).collect();
        let n = lengths.first().copied().unwrap_or_default();
        if lengths.iter().all(|&len| len == n) {
            Ok(n)
        } else {
            Err(Error::Length)
        }
    }
}

/// A code, or `None` for [`NONE`].
fn code(code: u32) -> Option<usize> {
    (code != NONE).then_some(code as usize)
}
