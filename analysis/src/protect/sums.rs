//! What a reader can work out: the hidden counts that the sums within one table determine.
//!
//! Over the domains of a disaggregation, those in none of them included, counts of a category add up to overall's;
//! where each respondent is in one category, counts of a domain add up to its base as well. Each sum is a linear
//! equation in the counts that are hidden. A hidden count is determined where the reduced equations hold it alone
//! (Duncan and others 2001, 'Disclosure limitation methods and information loss for tabular data', section on
//! complementary suppression). That counts are no less than 0, which gives bounds, is not used here.

use std::collections::BTreeMap;

/// A count that is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hidden {
    /// Of a domain and a category.
    Cell(usize, usize),
    /// Of those in no domain of a division, in a category.
    Rest(usize, usize),
}

/// A table as its readers see it.
pub struct View<'a> {
    /// Number of categories.
    pub width: usize,
    /// Whether each respondent is in one category.
    pub exclusive: bool,
    /// Domains of each disaggregation; domain 0 is overall.
    pub divisions: &'a [Vec<usize>],
    /// Whether a cell of domain × category is shown.
    pub shown: &'a [bool],
    /// Respondents in each domain; known to readers where any of its cells is shown.
    pub bases: &'a [u64],
}

/// Coefficients of the unknowns by their number.
type Equation = Vec<f64>;

impl View<'_> {
    /// Which hidden counts follow from what is shown.
    pub fn determined(&self) -> Vec<Hidden> {
        let sums = self.sums();
        let mut unknowns: BTreeMap<Hidden, usize> =
            sums.iter().flatten().map(|&(hidden, _)| (hidden, 0)).collect();
        for (number, at) in unknowns.values_mut().zip(0..) {
            *number = at;
        }
        let equation = |sum: &Vec<(Hidden, f64)>| {
            let mut equation = vec![0.0; unknowns.len()];
            for (hidden, coefficient) in sum {
                equation[unknowns[hidden]] = *coefficient;
            }
            equation
        };
        let alone = reduce(sums.iter().map(equation).collect());
        let named: Vec<Hidden> = unknowns.into_keys().collect();
        alone.into_iter().map(|at| named[at]).collect()
    }

    fn is_shown(&self, domain: usize, category: usize) -> bool {
        self.shown[domain * self.width + category]
    }

    /// The base of a domain, as far as readers know it.
    fn base(&self, domain: usize) -> Option<u64> {
        (0..self.width)
            .any(|category| self.is_shown(domain, category))
            .then(|| self.bases[domain])
    }

    fn sums(&self) -> Vec<Vec<(Hidden, f64)>> {
        let mut sums = Vec::new();
        let cells = |domain: usize| (0..self.width).filter(move |&c| !self.is_shown(domain, c));
        for domain in (0..self.bases.len()).filter(|&d| self.exclusive && self.base(d).is_some()) {
            sums.push(
                cells(domain)
                    .map(|category| (Hidden::Cell(domain, category), 1.0))
                    .collect(),
            );
        }
        for (at, division) in self.divisions.iter().enumerate() {
            let within: Option<u64> = division.iter().map(|&domain| self.base(domain)).sum();
            let everybody = within.is_some() && within == self.base(0);
            if self.exclusive && within.is_some() && !everybody {
                sums.push(
                    (0..self.width)
                        .map(|category| (Hidden::Rest(at, category), 1.0))
                        .collect(),
                );
            }
            for category in 0..self.width {
                let parts = division
                    .iter()
                    .filter(|&&domain| !self.is_shown(domain, category));
                let mut sum: Vec<(Hidden, f64)> = parts.map(|&d| (Hidden::Cell(d, category), 1.0)).collect();
                if !self.is_shown(0, category) {
                    sum.push((Hidden::Cell(0, category), -1.0));
                }
                if !everybody {
                    sum.push((Hidden::Rest(at, category), 1.0));
                }
                sums.push(sum);
            }
        }
        sums
    }
}

/// Gauss and Jordan: the unknowns that the reduced equations hold alone. Coefficients are small integers, so that
/// what is left of rounding is far below a half.
fn reduce(equations: Vec<Equation>) -> Vec<usize> {
    let mut reduced: Vec<(usize, Equation)> = Vec::new();
    for mut equation in equations {
        for (pivot, other) in &reduced {
            eliminate(&mut equation, *pivot, other);
        }
        let Some(pivot) = equation.iter().position(|coefficient| *coefficient != 0.0) else {
            continue;
        };
        let lead = equation[pivot];
        for coefficient in &mut equation {
            *coefficient /= lead;
        }
        for (_, other) in &mut reduced {
            eliminate(other, pivot, &equation);
        }
        reduced.push((pivot, equation));
    }
    let alone = |equation: &Equation| equation.iter().filter(|coefficient| **coefficient != 0.0).count() == 1;
    reduced
        .iter()
        .filter(|(_, equation)| alone(equation))
        .map(|(pivot, _)| *pivot)
        .collect()
}

fn eliminate(equation: &mut Equation, pivot: usize, by: &Equation) {
    let factor = equation[pivot];
    if factor == 0.0 {
        return;
    }
    for (coefficient, by) in equation.iter_mut().zip(by) {
        *coefficient -= factor * by;
        if coefficient.abs() < 1e-9 {
            *coefficient = 0.0;
        }
    }
}
