//! Post-stratification, and raking to several margins.

use super::{Calibration, Design, code};
use crate::error::Error;
use std::collections::HashMap;

/// A margin whose population is known, as codes.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginCodes {
    /// The category of each respondent, in the design's order; [`NONE`](crate::tally::NONE) where it isn't known. These
    /// keep their share of the weights, and the totals hold for the others.
    pub codes: Vec<u32>,
    /// People in the population by category.
    pub totals: Vec<f64>,
}

/// When raking ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raking {
    /// Once no cell of the crossed margins changes in a round by more than this share of the population.
    pub tolerance: f64,
    /// Rounds it may take.
    pub rounds: usize,
}

impl Default for Raking {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            rounds: 1000,
        }
    }
}

/// Respondents with the same categories throughout; one factor serves them all.
struct Cells {
    /// The cell of each respondent.
    cell_of: Vec<u32>,
    /// Categories by cell × margin; what is not known comes last.
    categories: Vec<usize>,
    /// Weights by cell.
    sums: Vec<f64>,
}

impl Design {
    /// The design with weights raked to margins by iterative proportional fitting (Deming and Stephan 1940); with one
    /// margin that is post-stratification. Also gives the rounds it took.
    ///
    /// Variances are those of the residuals of a regression on the margins' categories, under the weights before
    /// (Deville, Särndal and Sautory 1993). R's `postStratify` has the same; R's `rake` weights that regression equally,
    /// which is the same where the weights before are equal.
    ///
    /// # Errors
    /// [`Error::Calibration`] where the margins contradict each other, a category has no respondents or no people, the
    /// rounds don't suffice, or the weights were calibrated before; [`Error::Length`] where codes don't fit the design.
    pub fn raked(&self, margins: &[MarginCodes], raking: Raking) -> Result<(Self, usize), Error> {
        self.not_calibrated()?;
        if margins.is_empty() || margins.iter().any(|margin| margin.codes.len() != self.len()) {
            return Err(Error::Length);
        }
        let population: f64 = margins[0].totals.iter().sum();
        let mut cells = Cells::of(self, margins);
        let before = cells.sums.clone();
        let targets = targets(&cells, margins, population)?;
        let rounds = (1..=raking.rounds).find(|_| {
            let change = cells.fit(&targets);
            change < raking.tolerance * population
        });
        let Some(rounds) = rounds else {
            return Err(Error::Calibration(format!(
                "raking did not settle within {} rounds: the margins may contradict each other; merge rare categories",
                raking.rounds
            )));
        };
        let weights = self.weights.iter().zip(&cells.cell_of);
        let weights =
            weights.map(|(weight, &cell)| weight * cells.sums[cell as usize] / before[cell as usize]);
        let mut first = 0;
        let offsets: Vec<u32> = targets
            .iter()
            .map(|target| {
                let here = first;
                first += target.len() as u32;
                here
            })
            .collect();
        let width = margins.len();
        let columns: Vec<u32> = cells
            .cell_of
            .iter()
            .flat_map(|&cell| {
                let categories = &cells.categories[cell as usize * width..][..width];
                categories
                    .iter()
                    .zip(&offsets)
                    .map(|(&category, offset)| offset + category as u32)
            })
            .collect();
        let ones = vec![1.0; columns.len()];
        let design = Self {
            weights: weights.collect(),
            weighted: true,
            calibration: Some(Calibration::new(
                first as usize,
                columns,
                ones,
                self.weights.clone(),
            )),
            ..self.clone()
        };
        Ok((design, rounds))
    }
}

impl Cells {
    fn of(design: &Design, margins: &[MarginCodes]) -> Self {
        let mut cell_of = vec![0u32; design.len()];
        let mut categories: Vec<Vec<usize>> = vec![Vec::new()];
        for margin in margins {
            let mut numbers: HashMap<(u32, usize), u32> = HashMap::new();
            let mut next: Vec<Vec<usize>> = Vec::new();
            for (cell, &given) in cell_of.iter_mut().zip(&margin.codes) {
                let category = code(given).unwrap_or(margin.totals.len());
                let before = *cell;
                *cell = *numbers.entry((before, category)).or_insert_with(|| {
                    let mut all = categories[before as usize].clone();
                    all.push(category);
                    next.push(all);
                    next.len() as u32 - 1
                });
            }
            categories = next;
        }
        let mut sums = vec![0.0; categories.len()];
        for (&cell, weight) in cell_of.iter().zip(&design.weights) {
            sums[cell as usize] += weight;
        }
        Self {
            cell_of,
            categories: categories.concat(),
            sums,
        }
    }

    /// Weights by category of a margin, and last of the respondents without one.
    fn by_category(&self, margin: usize, margins: usize, categories: usize) -> Vec<f64> {
        let mut by_category = vec![0.0; categories];
        for (cell, sum) in self.sums.iter().enumerate() {
            by_category[self.categories[cell * margins + margin]] += sum;
        }
        by_category
    }

    /// One round over all margins; gives the largest change of a cell.
    fn fit(&mut self, targets: &[Vec<f64>]) -> f64 {
        let before = self.sums.clone();
        for (margin, target) in targets.iter().enumerate() {
            let sums = self.by_category(margin, targets.len(), target.len());
            for (cell, sum) in self.sums.iter_mut().enumerate() {
                let category = self.categories[cell * targets.len() + margin];
                *sum *= target[category] / sums[category];
            }
        }
        let changes = self
            .sums
            .iter()
            .zip(&before)
            .map(|(after, before)| (after - before).abs());
        changes.fold(0.0, f64::max)
    }
}

/// What each category's weights have to sum to; the last one of a margin is what those without a category keep.
fn targets(cells: &Cells, margins: &[MarginCodes], population: f64) -> Result<Vec<Vec<f64>>, Error> {
    let all: f64 = cells.sums.iter().sum();
    let target = |(at, margin): (usize, &MarginCodes)| {
        let sums = cells.by_category(at, margins.len(), margin.totals.len() + 1);
        let total: f64 = margin.totals.iter().sum();
        let fail = |what: String| Err(Error::Calibration(what));
        if (total - population).abs() > 1e-6 * population {
            return fail(format!(
                "the totals of margin {} sum to {total}, those of the first to {population}; they are the same people, \
                 so make them agree",
                at + 1
            ));
        }
        let bad = margin
            .totals
            .iter()
            .zip(&sums)
            .position(|(&total, &sum)| total <= 0.0 || sum <= 0.0);
        if let Some(bad) = bad {
            return fail(format!(
                "category {} of margin {} has no respondents or no people; merge it with another",
                bad + 1,
                at + 1
            ));
        }
        let unknown = sums[margin.totals.len()] / all;
        let mut target: Vec<f64> = margin
            .totals
            .iter()
            .map(|total| total * (1.0 - unknown))
            .collect();
        target.push(population * unknown);
        Ok(target)
    };
    margins.iter().enumerate().map(target).collect()
}
