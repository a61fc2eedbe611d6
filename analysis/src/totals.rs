//! Weighted totals of one question by sampling unit, from which variances and covariances of anything follow that is
//! computed from totals.
//!
//! A [`Tally`](crate::tally::Tally) adds up squares and forgets the units; it serves plain tables. Totals keep one
//! number for each cell that anybody of a unit is in, and serve what needs covariances: tests, contrasts, several
//! stages of sampling, calibrated weights.

use crate::design::{Calibration, Design, UnitTotals};
use crate::matrix::Square;
use crate::tally::{DomainColumns, Measure, NONE};

/// The totals of one question over all domains.
///
/// Columns are numbered: first the cells (domain × category, the category running fastest), which hold Σwy; then the
/// bases of the domains, which hold Σw, or the total that a ratio divides by.
#[derive(Debug, Clone)]
pub struct Totals<'d> {
    /// The design they were made under.
    pub design: &'d Design,
    /// Number of domains.
    pub domains: usize,
    /// Number of categories; 1 for a number.
    pub categories: usize,
    /// What was added up.
    pub measured: Measured,
    /// Respondents in the base, by domain; unweighted.
    pub base: Vec<u64>,
    /// Respondents of the category, by cell; unweighted.
    pub count: Vec<u64>,
    /// Σw of the base, by domain.
    pub weight: Vec<f64>,
    /// Σw² of the base, by domain.
    pub weight_squares: Vec<f64>,
    /// Σwy² by cell.
    pub squares: Vec<f64>,
    /// Totals by column.
    pub(crate) sums: Vec<f64>,
    /// By column, the units of the design's last stage that anybody of it is in, ascending, and their totals.
    units: Vec<Vec<(u32, f64)>>,
    /// Slopes on the auxiliaries of a calibration, by column.
    slopes: Vec<Vec<f64>>,
    /// Totals of these auxiliaries.
    auxiliaries: Option<UnitTotals>,
}

/// What a question's totals are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// One category each, so that the shares of a domain sum to 1.
    Category,
    /// Any number of categories each.
    Categories,
    /// A number; its ratio to the base is a mean.
    Number,
    /// Two numbers, of which one divides the other.
    Ratio,
}

/// An estimate and its linear approximation: a change of the totals changes it by the sum of the terms (Deville 1999).
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// The estimate.
    pub value: f64,
    /// Columns of the totals, and the estimate's derivative by each.
    pub terms: Vec<(usize, f64)>,
}

impl Linear {
    /// `self - other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let negative = other.terms.iter().map(|&(column, factor)| (column, -factor));
        Self {
            value: self.value - other.value,
            terms: self.terms.iter().copied().chain(negative).collect(),
        }
    }
}

/// What is added up.
enum Source<'a> {
    Measure(&'a Measure),
    Ratio(&'a [f64], &'a [f64]),
}

impl Source<'_> {
    fn in_base(&self, row: usize) -> bool {
        match self {
            Self::Measure(Measure::One(codes)) => codes[row] != NONE,
            Self::Measure(Measure::Several { answered, .. }) => answered[row],
            Self::Measure(Measure::Number(values)) => !values[row].is_nan(),
            Self::Ratio(above, below) => !(above[row].is_nan() || below[row].is_nan()),
        }
    }

    /// What a row adds to the base, before its weight.
    fn base(&self, row: usize) -> f64 {
        match self {
            Self::Ratio(_, below) => below[row],
            Self::Measure(_) => 1.0,
        }
    }

    /// Calls for each category and its value y.
    fn visit(&self, row: usize, mut each: impl FnMut(usize, f64)) {
        match self {
            Self::Measure(Measure::One(codes)) => each(codes[row] as usize, 1.0),
            Self::Measure(Measure::Several { starts, codes, .. }) => {
                for &code in &codes[starts[row] as usize..starts[row + 1] as usize] {
                    each(code as usize, 1.0);
                }
            }
            Self::Measure(Measure::Number(values)) => each(0, values[row]),
            Self::Ratio(above, _) => each(0, above[row]),
        }
    }
}

impl<'d> Totals<'d> {
    /// Totals of a measure; all columns in the design's order.
    pub fn of(design: &'d Design, domains: DomainColumns<'_>, measure: &Measure, categories: usize) -> Self {
        let measured = match measure {
            Measure::One(_) => Measured::Category,
            Measure::Several { .. } => Measured::Categories,
            Measure::Number(_) => Measured::Number,
        };
        Self::sum(design, domains, &Source::Measure(measure), (categories, measured))
    }

    /// Totals of two numbers whose ratio is of interest; NaN in either is outside the base.
    pub fn ratio_of(design: &'d Design, domains: DomainColumns<'_>, above: &[f64], below: &[f64]) -> Self {
        Self::sum(
            design,
            domains,
            &Source::Ratio(above, below),
            (1, Measured::Ratio),
        )
    }

    fn sum(
        design: &'d Design,
        domains: DomainColumns<'_>,
        source: &Source<'_>,
        (categories, measured): (usize, Measured),
    ) -> Self {
        let cells = domains.count * categories;
        let width = cells + domains.count;
        let mut totals = Self {
            design,
            domains: domains.count,
            categories,
            measured,
            base: vec![0; domains.count],
            count: vec![0; cells],
            weight: vec![0.0; domains.count],
            weight_squares: vec![0.0; domains.count],
            squares: vec![0.0; cells],
            sums: vec![0.0; width],
            units: vec![Vec::new(); width],
            slopes: Vec::new(),
            auxiliaries: None,
        };
        let mut products = design.calibration().map(|c| vec![vec![0.0; c.width]; width]);
        let stage = design.units();
        for unit in 0..stage.units() {
            for row in stage.rows(unit).filter(|&row| source.in_base(row)) {
                for column in domains.columns.iter().filter(|column| column[row] != NONE) {
                    totals.add_row((unit as u32, row), column[row] as usize, source);
                    if let (Some(products), Some(calibration)) = (&mut products, design.calibration()) {
                        let domain = column[row] as usize;
                        multiply(&mut products[cells + domain], calibration, row, source.base(row));
                        source.visit(row, |category, y| {
                            multiply(&mut products[domain * categories + category], calibration, row, y);
                        });
                    }
                }
            }
        }
        if let (Some(products), Some(calibration)) = (products, design.calibration()) {
            totals.slopes = products
                .iter()
                .map(|products| calibration.slopes(products))
                .collect();
            totals.auxiliaries = Some(calibration.totals(stage, design.weights()));
        }
        totals
    }

    fn add_row(&mut self, (unit, row): (u32, usize), domain: usize, source: &Source<'_>) {
        let weight = self.design.weights()[row];
        self.base[domain] += 1;
        self.weight[domain] += weight;
        self.weight_squares[domain] += weight * weight;
        let mut add = |column: usize, wy: f64| {
            self.sums[column] += wy;
            match self.units[column].last_mut() {
                Some((last, total)) if *last == unit => *total += wy,
                _ => self.units[column].push((unit, wy)),
            }
        };
        let (categories, cells) = (self.categories, self.domains * self.categories);
        add(cells + domain, weight * source.base(row));
        source.visit(row, |category, y| {
            let cell = domain * categories + category;
            add(cell, weight * y);
            self.count[cell] += 1;
            self.squares[cell] += weight * y * y;
        });
    }

    /// The column of a domain's base.
    pub fn base_column(&self, domain: usize) -> usize {
        self.domains * self.categories + domain
    }

    /// The column of a cell.
    pub fn cell_column(&self, domain: usize, category: usize) -> usize {
        domain * self.categories + category
    }

    /// The total Σwy of a cell; `None` without a base.
    pub fn total(&self, domain: usize, category: usize) -> Option<Linear> {
        let column = self.cell_column(domain, category);
        (self.base[domain] > 0).then(|| Linear {
            value: self.sums[column],
            terms: vec![(column, 1.0)],
        })
    }

    /// The share of a category, a mean, or a ratio in a domain; `None` without a base, or where that sums to 0.
    pub fn ratio(&self, domain: usize, category: usize) -> Option<Linear> {
        self.quotient(self.cell_column(domain, category), &[domain])
    }

    /// A column's total by the bases of several domains together.
    pub(crate) fn quotient(&self, column: usize, domains: &[usize]) -> Option<Linear> {
        let base: f64 = domains
            .iter()
            .map(|&domain| self.sums[self.base_column(domain)])
            .sum();
        if base == 0.0 {
            return None;
        }
        let value = self.sums[column] / base;
        let bases = domains
            .iter()
            .map(|&domain| (self.base_column(domain), -value / base));
        Some(Linear {
            value,
            terms: std::iter::once((column, 1.0 / base)).chain(bases).collect(),
        })
    }

    /// The covariance matrix of estimates; `None` where no stratum has two PSUs.
    pub fn covariance(&self, estimates: &[Linear]) -> Option<Square> {
        let width = estimates.len();
        let stage = self.design.units();
        let mut scores = vec![0.0; stage.units() * width];
        for (at, estimate) in estimates.iter().enumerate() {
            for &(column, factor) in &estimate.terms {
                for &(unit, total) in &self.units[column] {
                    scores[unit as usize * width + at] += factor * total;
                }
            }
        }
        if let Some(auxiliaries) = &self.auxiliaries {
            self.subtract_explained(estimates, auxiliaries, &mut scores);
        }
        self.design.covariance(&scores, width)
    }

    /// The variance of an estimate; `None` where no stratum has two PSUs. What is below the rounding of the estimate
    /// itself is 0.
    pub fn variance(&self, estimate: &Linear) -> Option<f64> {
        let variance = self.covariance(std::slice::from_ref(estimate))?.at(0, 0);
        let rounding = (1e-10 * estimate.value).powi(2);
        Some(if variance <= rounding { 0.0 } else { variance })
    }

    /// Takes from the scores what the calibration's auxiliaries explain of them.
    fn subtract_explained(&self, estimates: &[Linear], auxiliaries: &UnitTotals, scores: &mut [f64]) {
        let width = estimates.len();
        let mut slopes = vec![vec![0.0; width]; self.slopes.first().map_or(0, Vec::len)];
        for (at, estimate) in estimates.iter().enumerate() {
            for &(column, factor) in &estimate.terms {
                for (slopes, slope) in slopes.iter_mut().zip(&self.slopes[column]) {
                    slopes[at] += factor * slope;
                }
            }
        }
        for (unit, scores) in scores.chunks_mut(width).enumerate() {
            for (auxiliary, total) in auxiliaries.of(unit) {
                for (score, slope) in scores.iter_mut().zip(&slopes[auxiliary]) {
                    *score -= total * slope;
                }
            }
        }
    }

    /// Totals of a column by PSU.
    pub(crate) fn by_psu(&self, column: usize) -> Vec<f64> {
        let of_unit = self.design.psu_of_units();
        let mut totals = vec![0.0; self.design.psus()];
        for &(unit, total) in &self.units[column] {
            totals[of_unit[unit as usize] as usize] += total;
        }
        totals
    }

    /// Degrees of freedom of domains together: PSUs with anyone in the base of any, less the strata of these. R's
    /// `degf` takes the same for a subset of a design.
    pub fn degrees_of_freedom(&self, domains: &[usize]) -> usize {
        let of_unit = self.design.psu_of_units();
        let mut present = vec![false; self.design.psus()];
        for &domain in domains {
            for &(unit, _) in &self.units[self.base_column(domain)] {
                present[of_unit[unit as usize] as usize] = true;
            }
        }
        let psus = present.iter().enumerate().filter(|(_, present)| **present);
        let mut strata: Vec<usize> = psus.map(|(psu, _)| self.design.stratum_of(psu)).collect();
        let psus = strata.len();
        strata.dedup();
        psus - strata.len()
    }
}

fn multiply(products: &mut [f64], calibration: &Calibration, row: usize, y: f64) {
    let weight = calibration.before[row];
    for (auxiliary, x) in calibration.auxiliaries(row) {
        products[auxiliary] += weight * x * y;
    }
}
