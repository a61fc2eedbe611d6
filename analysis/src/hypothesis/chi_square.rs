//! Association in two-way tables.

use super::saddlepoint::above_zero;
use crate::estimate::student::{chi_square_upper, f_upper};
use crate::matrix::{Cholesky, Square, eigenvalues};
use crate::totals::{Linear, Measured, Totals};

/// A test of association.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquare {
    /// An F, or Pearson's chi-square where the statistic is one.
    pub statistic: f64,
    /// Degrees of freedom of the numerator.
    pub df1: f64,
    /// Of the denominator; infinite for a chi-square.
    pub df2: f64,
    /// The chance of a statistic as large if there is no association.
    pub p: f64,
}

/// Which statistic, by R's names in `svychisq`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Statistic {
    /// Pearson's with the second-order correction of Rao and Scott (1984), as an F (`F`).
    #[default]
    F,
    /// Pearson's with their first-order correction (1981): the mean generalised design effect (`Chisq`).
    ChiSquare,
    /// Wald's on deviations from independence (Koch, Freeman and Freeman 1975) (`Wald`).
    Wald,
    /// The same for few degrees of freedom (`adjWald`).
    AdjustedWald,
    /// Pearson's against its distribution under the design, by a saddlepoint approximation (`saddlepoint`).
    Saddlepoint,
}

/// Whether the category depends on the domain, by Rao and Scott's second-order F: domains by categories of an exclusive
/// question. The domains have to exclude each other; those without a base, and categories nobody chose, drop out.
pub fn rao_scott(totals: &Totals<'_>, domains: &[usize]) -> Option<ChiSquare> {
    association(totals, domains, Statistic::F)
}

/// Whether choosing one category or not depends on the domain; also for select-multiple.
pub fn rao_scott_one(totals: &Totals<'_>, domains: &[usize], category: usize) -> Option<ChiSquare> {
    association_of_one(totals, domains, category, Statistic::F)
}

/// [`rao_scott`] by another statistic.
pub fn association(totals: &Totals<'_>, domains: &[usize], statistic: Statistic) -> Option<ChiSquare> {
    if totals.measured != Measured::Category {
        return None;
    }
    let rows = with_base(totals, domains);
    let sum = |category: usize| {
        rows.iter()
            .map(|&row| totals.count[totals.cell_column(row, category)])
            .sum::<u64>()
    };
    let columns: Vec<usize> = (0..totals.categories)
        .filter(|&category| sum(category) > 0)
        .collect();
    let counts = rows.iter().flat_map(|&row| {
        columns
            .iter()
            .filter_map(move |&column| totals.total(row, column))
    });
    let table = Table {
        totals,
        counts: counts.collect(),
        columns: columns.len(),
        n: rows.iter().map(|&row| totals.base[row] as f64).sum(),
    };
    table.test(statistic)
}

/// [`rao_scott_one`] by another statistic.
pub fn association_of_one(
    totals: &Totals<'_>,
    domains: &[usize],
    category: usize,
    statistic: Statistic,
) -> Option<ChiSquare> {
    if !matches!(totals.measured, Measured::Category | Measured::Categories) {
        return None;
    }
    let rows = with_base(totals, domains);
    let counts = rows.iter().filter_map(|&row| {
        let chosen = totals.total(row, category)?;
        let all = Linear {
            value: totals.weight[row],
            terms: vec![(totals.base_column(row), 1.0)],
        };
        let other = all.minus(&chosen);
        Some([chosen, other])
    });
    let table = Table {
        totals,
        counts: counts.flatten().collect(),
        columns: 2,
        n: rows.iter().map(|&row| totals.base[row] as f64).sum(),
    };
    table.test(statistic)
}

/// Whether the mean of a number depends on the domain: Wald's F on the differences from one of them, with the degrees of
/// freedom of the domains together (Korn and Graubard 1990).
pub fn means_differ(totals: &Totals<'_>, domains: &[usize]) -> Option<ChiSquare> {
    let means: Vec<Linear> = domains
        .iter()
        .filter_map(|&domain| totals.ratio(domain, 0))
        .collect();
    let (last, others) = means.split_last()?;
    let contrasts: Vec<Linear> = others.iter().map(|mean| mean.minus(last)).collect();
    let df = totals.degrees_of_freedom(&with_base(totals, domains)) as f64;
    wald(totals, &contrasts, df, true)
}

fn with_base(totals: &Totals<'_>, domains: &[usize]) -> Vec<usize> {
    domains
        .iter()
        .copied()
        .filter(|&domain| totals.base[domain] > 0)
        .collect()
}

/// That estimates are all 0. `adjusted` takes the loss of degrees of freedom into account.
fn wald(totals: &Totals<'_>, estimates: &[Linear], df: f64, adjusted: bool) -> Option<ChiSquare> {
    let factor = Cholesky::of(&totals.covariance(estimates)?);
    if factor.rank() == 0 {
        return None;
    }
    let values: Vec<f64> = estimates.iter().map(|estimate| estimate.value).collect();
    let wald: f64 = factor.forward(&values).iter().map(|y| y * y).sum();
    let df1 = factor.rank() as f64;
    let df2 = if adjusted { df - df1 + 1.0 } else { df };
    let statistic = if adjusted {
        wald * df2 / (df1 * df)
    } else {
        wald / df1
    };
    (df2 >= 1.0).then(|| ChiSquare {
        statistic,
        df1,
        df2,
        p: f_upper(statistic, df1, df2),
    })
}

/// A two-way table of weighted counts, by rows.
struct Table<'t, 'd> {
    totals: &'t Totals<'d>,
    counts: Vec<Linear>,
    columns: usize,
    /// Respondents.
    n: f64,
}

impl Table<'_, '_> {
    fn test(&self, statistic: Statistic) -> Option<ChiSquare> {
        let rows = self.counts.len().checked_div(self.columns)?;
        let column_sums = (0..self.columns).map(|column| self.column_sum(column));
        if rows < 2 || self.columns < 2 || column_sums.into_iter().any(|sum| sum <= 0.0) {
            return None;
        }
        let df = self.totals.design.degrees_of_freedom() as f64;
        if df < 1.0 {
            return None;
        }
        match statistic {
            Statistic::Wald => wald(self.totals, &self.deviations(), df, false),
            Statistic::AdjustedWald => wald(self.totals, &self.deviations(), df, true),
            Statistic::F | Statistic::ChiSquare | Statistic::Saddlepoint => self.pearson(statistic, df),
        }
    }

    fn all(&self) -> f64 {
        self.counts.iter().map(|count| count.value).sum()
    }

    fn row_sum(&self, row: usize) -> f64 {
        self.counts[row * self.columns..(row + 1) * self.columns]
            .iter()
            .map(|count| count.value)
            .sum()
    }

    fn column_sum(&self, column: usize) -> f64 {
        self.counts
            .iter()
            .skip(column)
            .step_by(self.columns)
            .map(|count| count.value)
            .sum()
    }

    /// Pearson's statistic and its corrections. With p the shares of cells, D their diagonal matrix, V their covariance
    /// and C contrasts of the interaction, the generalised design effects are the eigenvalues of
    /// `Δ = (Cᵀ D⁻¹ C / n)⁻¹ (Cᵀ D⁻¹ V D⁻¹ C)`.
    fn pearson(&self, statistic: Statistic, df: f64) -> Option<ChiSquare> {
        let effects = self.design_effects()?;
        let trace: f64 = effects.iter().sum();
        if trace <= 0.0 {
            return None;
        }
        let all = self.all();
        let squares = self.counts.iter().enumerate().map(|(cell, count)| {
            let expected = self.row_sum(cell / self.columns) * self.column_sum(cell % self.columns) / all;
            (count.value - expected).powi(2) / expected
        });
        let pearson = squares.sum::<f64>() / all * self.n;
        let df1 = trace * trace / effects.iter().map(|effect| effect * effect).sum::<f64>();
        let df2 = df1 * df;
        Some(match statistic {
            Statistic::ChiSquare => {
                let df1 = effects.len() as f64;
                ChiSquare {
                    statistic: pearson,
                    df1,
                    df2: f64::INFINITY,
                    p: chi_square_upper(pearson * df1 / trace, df1),
                }
            }
            Statistic::Saddlepoint => {
                let mut weights = effects;
                // The estimated variance is a chi-square of its own, of so many whole degrees of freedom.
                weights.extend(std::iter::repeat_n(-pearson / df2, df2 as usize));
                ChiSquare {
                    statistic: pearson,
                    df1,
                    df2,
                    p: above_zero(&weights).unwrap_or_else(|| f_upper(pearson / trace, df1, df2)),
                }
            }
            _ => ChiSquare {
                statistic: pearson / trace,
                df1,
                df2,
                p: f_upper(pearson / trace, df1, df2),
            },
        })
    }

    fn design_effects(&self) -> Option<Vec<f64>> {
        let (all, rows) = (self.all(), self.counts.len() / self.columns);
        let pairs = (0..rows - 1).flat_map(|row| (0..self.columns - 1).map(move |column| (row, column)));
        let contrasts: Vec<Vec<f64>> = pairs.map(|(row, column)| self.contrast(row, column)).collect();
        let share = |cell: usize| self.counts[cell].value / all;
        let mut simple = Square::zeros(contrasts.len());
        for cell in (0..self.counts.len()).filter(|&cell| share(cell) > 0.0) {
            let here: Vec<f64> = contrasts.iter().map(|contrast| contrast[cell]).collect();
            simple.add_outer(&here, 1.0 / (share(cell) * self.n));
        }
        let scores: Vec<Linear> = contrasts.iter().map(|contrast| self.scores(contrast)).collect();
        let factor = Cholesky::of(&simple);
        Some(eigenvalues(&factor.within(&self.totals.covariance(&scores)?)))
    }

    /// Of the interaction: one cell and the last of all, against the last ones of its row and column.
    fn contrast(&self, row: usize, column: usize) -> Vec<f64> {
        let (last_row, last_column) = (self.counts.len() / self.columns - 1, self.columns - 1);
        let mut contrast = vec![0.0; self.counts.len()];
        let mut set = |row: usize, column: usize, value: f64| contrast[row * self.columns + column] = value;
        set(row, column, 1.0);
        set(row, last_column, -1.0);
        set(last_row, column, -1.0);
        set(last_row, last_column, 1.0);
        contrast
    }

    /// A contrast of the shares, each divided by its share.
    fn scores(&self, contrast: &[f64]) -> Linear {
        let all = self.all();
        let filled = |cell: usize| self.counts[cell].value > 0.0;
        let sum: f64 = contrast
            .iter()
            .enumerate()
            .filter(|(cell, _)| filled(*cell))
            .map(|(_, c)| c)
            .sum();
        self.combination(|cell| {
            let here = if filled(cell) {
                contrast[cell] / (self.counts[cell].value / all)
            } else {
                0.0
            };
            (here - sum) / all
        })
    }

    /// Deviations of the counts from independence, without the first row and column, which follow from the others.
    fn deviations(&self) -> Vec<Linear> {
        let all = self.all();
        let rows = self.counts.len() / self.columns;
        let cells = (1..rows).flat_map(|row| (1..self.columns).map(move |column| (row, column)));
        cells
            .map(|(row, column)| {
                let (row_share, column_share) = (self.row_sum(row) / all, self.column_sum(column) / all);
                let mut deviation = self.combination(|cell| {
                    let (in_row, in_column) = (cell / self.columns == row, cell % self.columns == column);
                    let own = f64::from(in_row && in_column);
                    own - f64::from(in_row) * column_share - f64::from(in_column) * row_share
                        + row_share * column_share
                });
                deviation.value =
                    self.counts[row * self.columns + column].value - row_share * column_share * all;
                deviation
            })
            .collect()
    }

    fn combination(&self, factor: impl Fn(usize) -> f64) -> Linear {
        let mut combined = Linear {
            value: 0.0,
            terms: Vec::new(),
        };
        for (cell, count) in self.counts.iter().enumerate() {
            let factor = factor(cell);
            combined.value += factor * count.value;
            combined
                .terms
                .extend(count.terms.iter().map(|&(column, f)| (column, factor * f)));
        }
        combined
    }
}
