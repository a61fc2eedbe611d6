//! Weights calibrated to known totals, and what variances need to know of it.

use super::{Design, Stage};
use crate::error::Error;
use crate::matrix::{Cholesky, Square};

/// How far calibrated weights may be from those before (Deville and Särndal 1992).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distance {
    /// Generalised regression: `g = 1 + u`. Weights may become negative, which is an error here.
    Linear,
    /// Raking: `g = exp(u)`.
    Exponential,
    /// Between two bounds, `0 ≤ lower < 1 < upper`.
    Logit {
        /// The least g.
        lower: f64,
        /// The largest g.
        upper: f64,
    },
}

/// Newton's steps within which weights have to meet the totals.
const ROUNDS: usize = 50;

/// Totals are met when none is off by more than this part of itself.
const MET: f64 = 1e-12;

impl Distance {
    /// The factor g of a weight, and its derivative, at the linear predictor u.
    fn factor(self, u: f64) -> (f64, f64) {
        match self {
            Self::Linear => (1.0 + u, 1.0),
            Self::Exponential => (u.exp(), u.exp()),
            Self::Logit { lower, upper } => {
                let slope = (upper - lower) / ((upper - 1.0) * (1.0 - lower));
                let growth = (1.0 - lower) * (slope * u).exp();
                let below = upper - 1.0 + growth;
                let factor = (lower * (upper - 1.0) + upper * growth) / below;
                // The derivative of a logistic curve: (g - L)(U - g) times what makes it 1 at u = 0.
                let derivative = (factor - lower) * (upper - factor) / ((1.0 - lower) * (upper - 1.0));
                (factor, derivative)
            }
        }
    }
}

/// Auxiliary variables that the weights were calibrated to. A variance then is that of the residuals of a regression on
/// them: what they explain is known and not uncertain.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Number of auxiliary variables.
    pub width: usize,
    /// Auxiliaries that are not 0 in a row; the same number in each.
    stride: usize,
    /// Which these are, row by row in the design's order.
    columns: Vec<u32>,
    /// Their values.
    values: Vec<f64>,
    /// Weights before; they weight the regression.
    pub before: Vec<f64>,
    /// Of the auxiliaries' weighted cross-products.
    factor: Cholesky,
}

/// Totals of auxiliaries by unit.
#[derive(Debug, Clone)]
pub struct UnitTotals {
    /// Where the entries of each unit begin, and at last where the last ones end.
    starts: Vec<u32>,
    entries: Vec<(u32, f64)>,
}

impl UnitTotals {
    /// Auxiliaries of a unit, and their totals.
    pub fn of(&self, unit: usize) -> impl Iterator<Item = (usize, f64)> {
        let entries = &self.entries[self.starts[unit] as usize..self.starts[unit + 1] as usize];
        entries
            .iter()
            .map(|&(auxiliary, total)| (auxiliary as usize, total))
    }
}

impl Calibration {
    /// `columns` and `values` hold the same number of auxiliaries for each row.
    pub fn new(width: usize, columns: Vec<u32>, values: Vec<f64>, before: Vec<f64>) -> Self {
        let mut calibration = Self {
            width,
            stride: columns.len() / before.len().max(1),
            columns,
            values,
            before,
            factor: Cholesky::of(&Square::zeros(0)),
        };
        let mut products = Square::zeros(width);
        for (row, weight) in calibration.before.iter().enumerate() {
            for (a, x) in calibration.auxiliaries(row) {
                for (b, y) in calibration.auxiliaries(row) {
                    products.values[a * width + b] += weight * x * y;
                }
            }
        }
        calibration.factor = Cholesky::of(&products);
        calibration
    }

    /// Auxiliary variables of a row and their values.
    pub fn auxiliaries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let here = row * self.stride..(row + 1) * self.stride;
        let columns = self.columns[here.clone()].iter().map(|&column| column as usize);
        columns.zip(self.values[here].iter().copied())
    }

    /// Weighted totals of the auxiliaries by unit of a stage, of those that are not 0 there.
    pub fn totals(&self, stage: &Stage, weights: &[f64]) -> UnitTotals {
        let mut totals = UnitTotals {
            starts: vec![0],
            entries: Vec::new(),
        };
        let mut sums = vec![0.0; self.width];
        let mut touched: Vec<usize> = Vec::new();
        for unit in 0..stage.units() {
            for row in stage.rows(unit) {
                for (auxiliary, x) in self.auxiliaries(row) {
                    if sums[auxiliary] == 0.0 {
                        touched.push(auxiliary);
                    }
                    sums[auxiliary] += weights[row] * x;
                }
            }
            for auxiliary in touched.drain(..) {
                // What came back to 0 on the way was touched twice.
                let sum = std::mem::take(&mut sums[auxiliary]);
                if sum != 0.0 {
                    totals.entries.push((auxiliary as u32, sum));
                }
            }
            totals.starts.push(totals.entries.len() as u32);
        }
        totals
    }

    /// Slopes of a variable on the auxiliaries, from its weighted cross-products with them.
    pub fn slopes(&self, products: &[f64]) -> Vec<f64> {
        self.factor.solve(products)
    }
}

impl Design {
    /// The design with weights that make the auxiliaries' sums what they are in the population, as near as possible to
    /// the weights before. `auxiliaries` are columns in the design's order; one of ones makes the weights sum to the
    /// population's size.
    ///
    /// Newton's method (Deville and Särndal 1992, section 2; R's `calibrate`). Variances are those of regression
    /// residuals, `g w (y - xβ)` with β fitted under the weights before.
    ///
    /// # Errors
    /// [`Error::Calibration`] where no weights above 0 meet the totals, and where the weights were calibrated before;
    /// [`Error::Length`] where a column does not fit the design.
    pub fn calibrated(
        &self,
        auxiliaries: &[Vec<f64>],
        totals: &[f64],
        distance: Distance,
    ) -> Result<Self, Error> {
        if auxiliaries.len() != totals.len() || auxiliaries.iter().any(|column| column.len() != self.len()) {
            return Err(Error::Length);
        }
        self.not_calibrated()?;
        let width = totals.len();
        let row = |at: usize| -> Vec<f64> { auxiliaries.iter().map(|column| column[at]).collect() };
        let mut eta = vec![0.0; width];
        for _ in 0..ROUNDS {
            let mut slope = Square::zeros(width);
            let mut missing = totals.to_vec();
            let mut weights = Vec::with_capacity(self.len());
            for (at, weight) in self.weights.iter().enumerate() {
                let x = row(at);
                let u = x.iter().zip(&eta).map(|(x, eta)| x * eta).sum();
                let (factor, derivative) = distance.factor(u);
                slope.add_outer(&x, weight * derivative);
                missing
                    .iter_mut()
                    .zip(&x)
                    .for_each(|(missing, x)| *missing -= weight * factor * x);
                weights.push(weight * factor);
            }
            let off = missing
                .iter()
                .zip(totals)
                .map(|(missing, total)| missing.abs() / (1.0 + total.abs()));
            let off = off.fold(0.0, f64::max);
            if !off.is_finite() {
                break;
            }
            if off < MET {
                return self.with_calibrated(weights, auxiliaries);
            }
            let step = Cholesky::of(&slope).solve(&missing);
            eta.iter_mut().zip(step).for_each(|(eta, step)| *eta += step);
        }
        Err(Error::Calibration(format!(
            "no weights near enough to those given meet the {width} totals; check the totals, widen the bounds or drop one"
        )))
    }

    pub(super) fn not_calibrated(&self) -> Result<(), Error> {
        if self.calibration.is_none() {
            return Ok(());
        }
        let message = "the weights were calibrated already; calibrate to all totals at once";
        Err(Error::Calibration(message.to_owned()))
    }

    fn with_calibrated(&self, weights: Vec<f64>, auxiliaries: &[Vec<f64>]) -> Result<Self, Error> {
        if weights.iter().any(|&weight| weight <= 0.0) {
            let message =
                "some weights would be 0 or less; rake, or set bounds, instead of linear calibration";
            return Err(Error::Calibration(message.to_owned()));
        }
        let width = auxiliaries.len();
        let columns = (0..self.len()).flat_map(|_| 0..width as u32).collect();
        let values = (0..self.len())
            .flat_map(|row| auxiliaries.iter().map(move |column| column[row]))
            .collect();
        let calibration = Calibration::new(width, columns, values, self.weights.clone());
        Ok(Self {
            weights,
            weighted: true,
            calibration: Some(calibration),
            ..self.clone()
        })
    }
}
