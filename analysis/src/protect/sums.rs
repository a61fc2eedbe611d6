//! The counts of tables that are published together, and the sums that tie them.
//!
//! A reader is taken to know every base, since bases are published and those of a question that withholds one follow
//! from other questions. Counts are taken to be known wherever a share is shown: without weights a share is a count
//! over its base. With weights a reader knows less of the counts, and the sums of weighted shares hold alike.
//!
//! A mean has no count; how far it can be told is measured as if it were a share of one half of its base.

use super::domains::DomainSum;
use crate::table::{Statistic, Table};

/// A count, of those who are in a domain and a category of a table or in the rest of a sum.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// The truth.
    pub count: f64,
    /// Where it is withheld: the least and the most it can be by its base and the rules of withholding.
    pub limits: (f64, f64),
    /// What a reader sees of it: the least and the most, the same where it is exact; `None` where it is withheld.
    pub shown: Option<(f64, f64)>,
    /// What is lost where it is withheld for others; `None` where it must not be (there is nothing to see).
    pub cost: Option<f64>,
    /// What is lost where it is rounded, and what it may be rounded to; `None` where it must not be.
    pub rounding: Option<(f64, (f64, f64))>,
}

impl Figure {
    /// What a reader knows of it before looking at sums.
    pub fn known(&self) -> (f64, f64) {
        let (low, high) = self.shown.unwrap_or(self.limits);
        (
            low.max(self.limits.0.min(self.count)),
            high.min(self.limits.1.max(self.count)),
        )
    }

    /// The least and the most it can be for a reader if everything that may be withheld is.
    pub fn widest(&self) -> (f64, f64) {
        match self.cost {
            Some(_) => self.limits,
            None if self.is_open() => self.known(),
            None => (self.count, self.count),
        }
    }

    /// Whether a reader does not know it exactly.
    pub fn is_open(&self) -> bool {
        self.shown.is_none_or(|(low, high)| low < high)
    }
}

/// `Σ coefficient × count = total`
#[derive(Debug, Clone, PartialEq)]
pub struct Equation {
    /// Positions of counts, and 1 or -1.
    pub terms: Vec<(usize, f64)>,
    /// A base, or 0.
    pub total: f64,
}

/// Smaller steps are not worth another look.
const CLOSE: f64 = 1e-6;

/// How often a sum is looked at: circles of sums could go on in ever smaller steps.
const LOOKS: u32 = 50;

/// Counts and their sums.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Cells of the tables, then rests of sums.
    pub counts: Vec<Figure>,
    /// All sums.
    pub equations: Vec<Equation>,
    /// By count, the equations it is in.
    pub uses: Vec<Vec<usize>>,
}

/// Bounds of what is taken 1 or -1 times.
fn scale((low, high): (f64, f64), coefficient: f64) -> (f64, f64) {
    if coefficient > 0.0 {
        (low, high)
    } else {
        (-high, -low)
    }
}

/// Respondents in the base of a cell.
pub fn base(table: &Table, cell: usize) -> u64 {
    table.estimates[cell].map_or(0, |estimate| estimate.n)
}

/// Respondents in a cell.
pub fn count(table: &Table, cell: usize) -> u64 {
    table.estimates[cell].map_or(0, |estimate| estimate.count)
}

/// What stands for the count of a cell: of a mean, half its base.
fn size(table: &Table, cell: usize) -> f64 {
    match table.statistic {
        Statistic::Proportion => count(table, cell) as f64,
        Statistic::Mean => base(table, cell) as f64 / 2.0,
    }
}

impl Sums {
    /// Adds a table whose cells have been judged, and returns the position of its first one.
    pub fn add_table(&mut self, table: &Table, sums: &[DomainSum], judged: Vec<Figure>) -> usize {
        let first = self.counts.len();
        self.counts.extend(judged);
        let width = table.width();
        for domain in (0..table.estimates.len() / width).filter(|_| table.exclusive) {
            let cells = domain * width..(domain + 1) * width;
            let n = base(table, domain * width) as f64;
            if cells.clone().map(|cell| count(table, cell)).sum::<u64>() as f64 == n {
                let terms = cells.map(|cell| (first + cell, 1.0)).collect();
                self.equations.push(Equation { terms, total: n });
            }
        }
        for sum in sums {
            self.add_domain_sum(table, sum, first);
        }
        first
    }

    fn add_domain_sum(&mut self, table: &Table, sum: &DomainSum, first: usize) {
        let width = table.width();
        let cell = |domain: usize, category: usize| domain * width + category;
        let mut rests = Vec::new();
        for category in 0..width {
            let of = |what: &dyn Fn(usize) -> f64| {
                let parts: f64 = sum.parts.iter().map(|&part| what(cell(part, category))).sum();
                what(cell(sum.whole, category)) - parts
            };
            let rest = of(&|cell| size(table, cell));
            let people = of(&|cell| base(table, cell) as f64);
            // Domains that overlap would be no sum.
            if rest < 0.0 || people < 0.0 {
                continue;
            }
            let mut terms = vec![(first + cell(sum.whole, category), -1.0)];
            terms.extend(sum.parts.iter().map(|&part| (first + cell(part, category), 1.0)));
            if people > 0.0 {
                rests.push((self.counts.len(), people));
                terms.push((self.counts.len(), 1.0));
                self.counts.push(Figure {
                    count: rest,
                    limits: (0.0, people),
                    shown: None,
                    cost: None,
                    rounding: None,
                });
            }
            self.equations.push(Equation { terms, total: 0.0 });
        }
        let total: f64 = rests.iter().map(|&(at, _)| self.counts[at].count).sum();
        if table.exclusive && rests.len() == width && rests.iter().all(|&(_, people)| people == total) {
            let terms = rests.into_iter().map(|(at, _)| (at, 1.0)).collect();
            self.equations.push(Equation { terms, total });
        }
    }

    /// Says that `whole` is the sum of `parts` and of a rest that no table shows, and returns the position of the
    /// rest if there is one.
    pub fn add_sum(&mut self, whole: usize, parts: &[usize], people: f64) -> Option<usize> {
        let rest = self.counts[whole].count - parts.iter().map(|&part| self.counts[part].count).sum::<f64>();
        if rest < 0.0 {
            return None;
        }
        let mut terms = vec![(whole, -1.0)];
        terms.extend(parts.iter().map(|&part| (part, 1.0)));
        let at = (rest > 0.0).then(|| {
            self.counts.push(Figure {
                count: rest,
                limits: (0.0, people),
                shown: None,
                cost: None,
                rounding: None,
            });
            self.counts.len() - 1
        });
        terms.extend(at.map(|at| (at, 1.0)));
        self.equations.push(Equation { terms, total: 0.0 });
        at
    }

    /// Notes which equations each count is in; to be called once all are there.
    pub fn index(&mut self) {
        self.uses = vec![Vec::new(); self.counts.len()];
        for (at, equation) in self.equations.iter().enumerate() {
            for &(count, _) in &equation.terms {
                self.uses[count].push(at);
            }
        }
    }

    /// What a reader knows of each count whatever is withheld, by looking at one sum after the other: the rest of a
    /// small base, or what empty cells leave. All sums together may tell more.
    pub fn told_anyway(&self) -> Vec<(f64, f64)> {
        let mut bounds: Vec<(f64, f64)> = self.counts.iter().map(Figure::widest).collect();
        let mut waiting: Vec<usize> = (0..self.equations.len()).collect();
        let mut looks = vec![0; self.equations.len()];
        while let Some(at) = waiting.pop() {
            let Equation { terms, total } = &self.equations[at];
            looks[at] += 1;
            let scaled = |&(count, coefficient): &(usize, f64)| scale(bounds[count], coefficient);
            let parts: Vec<(f64, f64)> = terms.iter().map(scaled).collect();
            let least: f64 = parts.iter().map(|part| part.0).sum();
            let most: f64 = parts.iter().map(|part| part.1).sum();
            for (&(count, coefficient), (low, high)) in terms.iter().zip(parts) {
                let rest = (total - (most - high), total - (least - low));
                let (rest_low, rest_high) = scale(rest, coefficient);
                let truth = self.counts[count].count;
                let (low, high) = bounds[count];
                let tighter = (low.max(rest_low.min(truth)), high.min(rest_high.max(truth)));
                if tighter.0 > low + CLOSE || tighter.1 < high - CLOSE {
                    bounds[count] = tighter;
                    waiting.extend(self.uses[count].iter().filter(|&&other| looks[other] < LOOKS));
                }
            }
        }
        bounds
    }

    /// Counts tied to one by sums, through counts that `passes` lets through, nearest first and `most` at the most.
    pub fn around(&self, from: usize, most: usize, passes: impl Fn(&Figure) -> bool) -> Vec<usize> {
        let mut found = vec![from];
        let mut is_in = vec![false; self.counts.len()];
        let mut done = vec![false; self.equations.len()];
        is_in[from] = true;
        let mut next = 0;
        while next < found.len() && found.len() < most {
            for &equation in &self.uses[found[next]] {
                if std::mem::replace(&mut done[equation], true) {
                    continue;
                }
                let mut near: Vec<usize> = self.equations[equation]
                    .terms
                    .iter()
                    .map(|&(at, _)| at)
                    .filter(|&at| !is_in[at] && passes(&self.counts[at]))
                    .collect();
                // What is open costs nothing more; of the rest small ones are the least loss.
                near.sort_by(|&a, &b| {
                    let key = |at: usize| (!self.counts[at].is_open(), self.counts[at].count);
                    key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1))
                });
                for at in near {
                    is_in[at] = true;
                    found.push(at);
                }
            }
            next += 1;
        }
        found
    }
}
