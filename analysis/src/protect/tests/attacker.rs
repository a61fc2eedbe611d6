//! Someone who has the released tables, knows the rules of withholding and every base, and wants the withheld counts.
//! Shares no code with protection: the sums are made from the domains anew, and solved in two ways.

use crate::protect::{Policy, Released, ReleasedTable, Status};
use crate::table::Table;
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use std::collections::BTreeMap;

/// An unknown: a cell by domain and category, or the rest of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    Cell(usize, usize),
    Rest(usize, usize),
}

/// A table before its attack.
pub struct Attacker<'a> {
    released: &'a Released,
    table: &'a ReleasedTable,
    truth: &'a Table,
    policy: Policy,
    unknowns: BTreeMap<Unknown, (f64, f64)>,
    sums: Vec<(Vec<(Unknown, f64)>, f64)>,
}

/// A cell that must not be told, and the interval it must not be told within.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Secret {
    pub cell: (usize, usize),
    pub low: f64,
    pub high: f64,
}

impl<'a> Attacker<'a> {
    pub fn new(released: &'a Released, table: &'a ReleasedTable, truth: &'a Table, policy: Policy) -> Self {
        let mut attacker = Self {
            released,
            table,
            truth,
            policy,
            unknowns: BTreeMap::new(),
            sums: Vec::new(),
        };
        attacker.limits(false);
        attacker.rows();
        attacker.columns();
        attacker
    }

    /// What bases and empty cells alone tell of a cell.
    pub fn blind(&self, cell: (usize, usize)) -> (f64, f64) {
        let mut blind = Self {
            unknowns: BTreeMap::new(),
            sums: Vec::new(),
            ..*self
        };
        blind.limits(true);
        blind.rows();
        blind.columns();
        let unknown = Unknown::Cell(cell.0, cell.1);
        let mut seen = BTreeMap::new();
        for direction in [OptimizationDirection::Minimize, OptimizationDirection::Maximize] {
            blind.extreme(unknown, direction, &mut seen);
        }
        seen[&unknown]
    }

    fn width(&self) -> usize {
        self.truth.width()
    }

    fn n(&self, domain: usize) -> f64 {
        self.truth.estimates[domain * self.width()].map_or(0.0, |e| e.n as f64)
    }

    fn count(&self, (domain, category): (usize, usize)) -> f64 {
        self.truth.estimates[domain * self.width() + category].map_or(0.0, |e| e.count as f64)
    }

    fn cells(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let width = self.width();
        (0..self.released.domains().len()).flat_map(move |d| (0..width).map(move |c| (d, c)))
    }

    /// What a single cell tells.
    fn limits(&mut self, blind: bool) {
        let floor = self.policy.floor as f64;
        for (domain, category) in self.cells() {
            let n = self.n(domain);
            let cell = self.table.cell(domain, category);
            let x = self.count((domain, category));
            let limits = match cell.status {
                Status::Published | Status::Marked | Status::Rounded if blind => {
                    if self.truth.sensitive && x > 0.0 {
                        (0.0, n)
                    } else if x > 0.0 && x < n {
                        (1.0, n - 1.0)
                    } else {
                        continue;
                    }
                }
                Status::Published | Status::Marked => continue,
                Status::Rounded => {
                    let shown = cell.estimate.expect("a rounded share").count as f64;
                    // What is shown at all is neither under the floor nor all but that.
                    (
                        (shown - floor + 1.0).max(floor),
                        (shown + floor - 1.0).min(n - floor),
                    )
                }
                Status::WithheldCell if !self.truth.sensitive => (1.0, n - 1.0),
                _ => (0.0, n),
            };
            self.unknowns.insert(Unknown::Cell(domain, category), limits);
        }
    }

    /// A cell in a sum: unknown, or what it adds.
    fn put(&self, terms: &mut Vec<(Unknown, f64)>, total: &mut f64, cell: (usize, usize), sign: f64) {
        let unknown = Unknown::Cell(cell.0, cell.1);
        if self.unknowns.contains_key(&unknown) {
            terms.push((unknown, sign));
        } else {
            // With weights the attacker is given the count, which no share tells.
            *total -= sign * self.count(cell);
        }
    }

    fn rows(&mut self) {
        if !self.truth.exclusive {
            return;
        }
        for domain in 0..self.released.domains().len() {
            let (mut terms, mut total) = (Vec::new(), self.n(domain));
            for category in 0..self.width() {
                self.put(&mut terms, &mut total, (domain, category), 1.0);
            }
            self.sums.push((terms, total));
        }
    }

    fn columns(&mut self) {
        let domains = self.released.domains();
        let mut wholes: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut add = |whole: usize, group: String, part: usize, groups: &mut BTreeMap<String, usize>| {
            let at = *groups.entry(group).or_insert_with(|| {
                wholes.push((whole, Vec::new()));
                wholes.len() - 1
            });
            wholes[at].1.push(part);
        };
        let mut groups = BTreeMap::new();
        let find =
            |(by, code): &(String, String)| domains.iter().position(|d| d.by == *by && d.code == *code);
        for (at, domain) in domains.iter().enumerate().skip(1) {
            if let Some(within) = &domain.within {
                let whole = find(within).expect("a region");
                add(whole, format!("{} {}", domain.by, within.1), at, &mut groups);
            } else if domain.parts.is_empty() {
                add(0, domain.by.clone(), at, &mut groups);
            }
            for part in &domain.parts {
                let whole = find(part).expect("a side");
                add(
                    whole,
                    format!("{} {} {}", domain.by, part.0, part.1),
                    at,
                    &mut groups,
                );
            }
        }
        for (number, (whole, parts)) in wholes.into_iter().enumerate() {
            let rest = self.n(whole) - parts.iter().map(|part| self.n(*part)).sum::<f64>();
            for category in 0..self.width() {
                let (mut terms, mut total) = (Vec::new(), 0.0);
                self.put(&mut terms, &mut total, (whole, category), -1.0);
                for part in &parts {
                    self.put(&mut terms, &mut total, (*part, category), 1.0);
                }
                if rest > 0.0 {
                    let unknown = Unknown::Rest(number, category);
                    self.unknowns.insert(unknown, (0.0, rest));
                    terms.push((unknown, 1.0));
                }
                self.sums.push((terms, total));
            }
            if rest > 0.0 && self.truth.exclusive {
                let terms = (0..self.width()).map(|category| (Unknown::Rest(number, category), 1.0));
                self.sums.push((terms.collect(), rest));
            }
        }
    }

    /// Withheld cells that are about few, by the rules of field.md.
    pub fn secrets(&self) -> Vec<Secret> {
        let floor = self.policy.floor as f64;
        let mut secrets = Vec::new();
        for cell in self.cells() {
            let (n, x) = (self.n(cell.0), self.count(cell));
            let (overall, everybody) = (self.count((0, cell.1)), self.n(0));
            if n == 0.0 || self.table.cell(cell.0, cell.1).estimate.is_some() {
                continue;
            }
            let nearly_all = (0..self.width()).any(|c| everybody - self.count((0, c)) < floor);
            let (least, small): (f64, &dyn Fn(f64) -> bool) = if self.truth.sensitive {
                if overall == 0.0 && !nearly_all {
                    continue;
                }
                (0.0, &|x| x < floor)
            } else if n < self.policy.minimum_base as f64 {
                (0.0, &|x| x > 0.0 && x < floor)
            } else {
                (1.0, &|x| x > 0.0 && x < floor)
            };
            // Where everybody around them said the same, that is shown, and tells of them too.
            if !self.truth.sensitive && self.everybody_around(cell) {
                continue;
            }
            if small(x) {
                secrets.push(Secret {
                    cell,
                    low: least,
                    high: (floor - 1.0).min(n - least),
                });
            } else if x > 0.0 && small(n - x) {
                secrets.push(Secret {
                    cell,
                    low: (n - floor + 1.0).max(least),
                    high: n - least,
                });
            }
        }
        secrets
    }

    fn everybody_around(&self, (domain, category): (usize, usize)) -> bool {
        let domains = self.released.domains();
        let at = &domains[domain];
        let around = at.within.iter().chain(&at.parts);
        let mut around: Vec<usize> = around
            .filter_map(|(by, code)| domains.iter().position(|d| d.by == *by && d.code == *code))
            .collect();
        if domain > 0 {
            around.push(0);
        }
        around.into_iter().any(|whole| {
            self.n(whole) >= self.policy.minimum_base as f64 && self.n(whole) == self.count((whole, category))
        })
    }

    /// The secrets that linear programming narrows to within their interval.
    pub fn narrowed(&self) -> Vec<Secret> {
        let mut seen: BTreeMap<Unknown, (f64, f64)> = BTreeMap::new();
        let mut narrowed = Vec::new();
        for secret in self.secrets() {
            let unknown = Unknown::Cell(secret.cell.0, secret.cell.1);
            let is_open = |seen: &BTreeMap<Unknown, (f64, f64)>| {
                let truth = self.count(secret.cell);
                let (low, high) = seen.get(&unknown).copied().unwrap_or((truth, truth));
                low <= secret.low + 1e-4 && high >= secret.high - 1e-4
            };
            for direction in [OptimizationDirection::Minimize, OptimizationDirection::Maximize] {
                if !is_open(&seen) {
                    self.extreme(unknown, direction, &mut seen);
                }
            }
            if !is_open(&seen) {
                let blind = self.blind(secret.cell);
                let (low, high) = seen[&unknown];
                if low > secret.low.max(blind.0) + 1e-4 || high < secret.high.min(blind.1) - 1e-4 {
                    narrowed.push(secret);
                }
            }
        }
        narrowed
    }

    fn extreme(
        &self,
        wanted: Unknown,
        direction: OptimizationDirection,
        seen: &mut BTreeMap<Unknown, (f64, f64)>,
    ) {
        let mut problem = Problem::new(direction);
        let variables: BTreeMap<Unknown, Variable> = self
            .unknowns
            .iter()
            .map(|(&unknown, &limits)| {
                let objective = if unknown == wanted { 1.0 } else { 0.0 };
                (unknown, problem.add_var(objective, limits))
            })
            .collect();
        for (terms, total) in self.sums.iter().filter(|(terms, _)| !terms.is_empty()) {
            let terms: Vec<(Variable, f64)> = terms.iter().map(|(u, sign)| (variables[u], *sign)).collect();
            problem.add_constraint(&terms[..], ComparisonOp::Eq, *total);
        }
        let solution = problem
            .solve()
            .expect("the truth is a solution")
            .into_solution()
            .expect("no limit");
        for (unknown, variable) in variables {
            let value = solution.var_value(variable);
            let bounds = seen.entry(unknown).or_insert((value, value));
            *bounds = (bounds.0.min(value), bounds.1.max(value));
        }
    }

    /// The secrets that follow from the equations alone: those that reduced equations hold by themselves, in exact
    /// fractions.
    pub fn solved(&self) -> Vec<Secret> {
        let names: Vec<Unknown> = self
            .unknowns
            .iter()
            .filter(|(unknown, _)| {
                let rounded = |(d, c)| self.table.cell(d, c).estimate.is_some();
                !matches!(unknown, Unknown::Cell(d, c) if rounded((*d, *c)))
            })
            .map(|(&unknown, _)| unknown)
            .collect();
        let mut reduced: Vec<(usize, Vec<Fraction>)> = Vec::new();
        'sums: for (terms, _) in &self.sums {
            let mut row = vec![Fraction(0, 1); names.len()];
            for (unknown, sign) in terms {
                let Ok(at) = names.binary_search(unknown) else {
                    continue 'sums;
                };
                row[at] = Fraction(*sign as i128, 1);
            }
            for (pivot, other) in &reduced {
                clear(&mut row, *pivot, other);
            }
            let Some(pivot) = row.iter().position(|f| f.0 != 0) else {
                continue;
            };
            let lead = row[pivot];
            for f in &mut row {
                *f = f.over(lead);
            }
            for (_, other) in &mut reduced {
                clear(other, pivot, &row);
            }
            reduced.push((pivot, row));
        }
        let alone = |row: &[Fraction]| row.iter().filter(|f| f.0 != 0).count() == 1;
        let solved: Vec<Unknown> = reduced
            .iter()
            .filter(|(_, row)| alone(row))
            .map(|(pivot, _)| names[*pivot])
            .collect();
        let mut secrets = self.secrets();
        secrets.retain(|secret| solved.contains(&Unknown::Cell(secret.cell.0, secret.cell.1)));
        secrets
    }
}

/// Numerator and denominator, lowest terms, the denominator above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(top: i128, bottom: i128) -> Self {
        let (mut a, mut b) = (top.abs(), bottom.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if bottom < 0 { -1 } else { 1 };
        Self(sign * top / a.max(1), sign * bottom / a.max(1))
    }

    fn over(self, other: Self) -> Self {
        Self::new(self.0 * other.1, self.1 * other.0)
    }

    fn less(self, times: Self, other: Self) -> Self {
        let product = Self::new(times.0 * other.0, times.1 * other.1);
        Self::new(self.0 * product.1 - product.0 * self.1, self.1 * product.1)
    }
}

fn clear(row: &mut [Fraction], pivot: usize, by: &[Fraction]) {
    let factor = row[pivot];
    if factor.0 != 0 {
        for (mine, theirs) in row.iter_mut().zip(by) {
            *mine = mine.less(factor, *theirs);
        }
    }
}
