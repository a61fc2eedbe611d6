//! Which cells of one question's table are withheld.

use super::sums::{Hidden, View};
use super::{Policy, Status};
use crate::table::{self, Statistic, Table};
use crate::variables::Domain;

struct Rules<'a> {
    table: &'a Table,
    domains: &'a [Domain],
    policy: &'a Policy,
    statuses: Vec<Status>,
}

/// The status of each cell, by domain × category.
pub fn statuses(table: &Table, domains: &[Domain], policy: &Policy) -> Vec<Status> {
    let mut rules = Rules {
        table,
        domains,
        policy,
        statuses: Vec::new(),
    };
    rules.statuses = (0..domains.len() * table.width())
        .map(|cell| rules.primary(cell))
        .collect();
    // Each withheld cell may lay bare another one; cells are only ever added, so this ends.
    while rules.rows() | rules.columns() || rules.several_sums() {}
    rules.statuses
}

impl Rules<'_> {
    fn n(&self, domain: usize) -> u64 {
        self.table.estimates[domain * self.table.width()].map_or(0, |estimate| estimate.n)
    }

    fn count(&self, cell: usize) -> u64 {
        self.table.estimates[cell].map_or(0, |estimate| estimate.count)
    }

    fn is_shown(&self, cell: usize) -> bool {
        matches!(self.statuses[cell], Status::Published | Status::Marked)
    }

    fn is_small(&self, count: u64) -> bool {
        (1..self.policy.floor).contains(&count)
    }

    fn primary(&self, cell: usize) -> Status {
        // Categories may have bases of their own.
        let n = self.table.estimates[cell].map_or(0, |estimate| estimate.n);
        let count = self.count(cell);
        let is_share = self.table.statistic == Statistic::Proportion;
        let is_rank = self.table.view == table::View::MeanRank;
        if n < self.policy.minimum_base {
            Status::WithheldBase
        } else if (is_share && (self.is_small(count) || self.is_small(n - count)))
            || (is_rank && self.is_small(count))
        {
            Status::WithheldCell
        } else if n < self.policy.marked_base {
            Status::Marked
        } else {
            Status::Published
        }
    }

    /// Domains of each disaggregation, overall left out.
    fn divisions(&self) -> Vec<Vec<usize>> {
        let mut divisions: Vec<Vec<usize>> = Vec::new();
        for domain in 1..self.domains.len() {
            match divisions.last_mut() {
                Some(last) if self.domains[last[0]].by == self.domains[domain].by => last.push(domain),
                _ => divisions.push(vec![domain]),
            }
        }
        divisions
    }

    /// Shares of a domain sum to 1, so what is withheld must not be one cell, nor few answers together.
    fn rows(&mut self) -> bool {
        if !self.table.exclusive {
            return false;
        }
        let width = self.table.width();
        let mut changed = false;
        for domain in 0..self.domains.len() {
            changed |= self.cover(&(domain * width..(domain + 1) * width).collect::<Vec<_>>(), 0);
        }
        changed
    }

    /// Cells of one category over the domains of a disaggregation sum to that of overall. Whoever is in a domain
    /// withheld for its base, or in none, belongs to the sum as well and is not shown.
    fn columns(&mut self) -> bool {
        let width = self.table.width();
        let mut changed = false;
        for division in self.divisions() {
            for category in 0..width {
                if !self.is_shown(category) || self.table.statistic == Statistic::Mean {
                    continue;
                }
                let cells = division.iter().map(|domain| domain * width + category);
                let cells: Vec<usize> = cells
                    .filter(|&cell| self.statuses[cell] != Status::WithheldBase)
                    .collect();
                let rest = self.count(category) - cells.iter().map(|&cell| self.count(cell)).sum::<u64>();
                changed |= self.cover(&cells, rest);
            }
        }
        changed
    }

    /// Withholds further cells of a sum until those withheld are two at the least, with enough answers together.
    /// `rest` is what belongs to the sum and is in none of its cells.
    fn cover(&mut self, cells: &[usize], rest: u64) -> bool {
        let mut changed = false;
        loop {
            let withheld = cells
                .iter()
                .filter(|&&cell| !self.is_shown(cell))
                .map(|&cell| self.count(cell));
            let hidden: Vec<u64> = withheld.filter(|count| *count > 0).collect();
            let parts = hidden.len() + usize::from(rest > 0);
            let enough = parts > 1 && rest + hidden.iter().sum::<u64>() >= self.policy.floor;
            if hidden.is_empty() || enough {
                return changed;
            }
            if !self.withhold_smallest(cells) {
                return changed;
            }
            changed = true;
        }
    }

    /// Withholds the smallest cell that is shown and not empty; false where there is none.
    fn withhold_smallest(&mut self, cells: &[usize]) -> bool {
        let shown = cells
            .iter()
            .copied()
            .filter(|&cell| self.is_shown(cell) && self.count(cell) > 0);
        let Some(next) = shown.min_by_key(|&cell| self.count(cell)) else {
            return false;
        };
        self.statuses[next] = Status::WithheldComplement;
        true
    }

    /// What no sum gives away may still follow from several of them together, so a cell beside it goes as well.
    fn several_sums(&mut self) -> bool {
        if self.table.statistic == Statistic::Mean {
            return false;
        }
        let width = self.table.width();
        let divisions = self.divisions();
        let bases: Vec<u64> = (0..self.domains.len()).map(|domain| self.n(domain)).collect();
        let shown: Vec<bool> = (0..self.statuses.len()).map(|cell| self.is_shown(cell)).collect();
        let view = View {
            width,
            exclusive: self.table.exclusive,
            divisions: &divisions,
            shown: &shown,
            bases: &bases,
        };
        // Domains withheld for their base are the analyst's to settle.
        let telling = |hidden: &Hidden| match *hidden {
            Hidden::Cell(domain, category) => {
                self.statuses[domain * width + category] == Status::WithheldCell
            }
            Hidden::Rest(..) => false,
        };
        let Some(Hidden::Cell(domain, category)) = view.determined().into_iter().find(telling) else {
            return false;
        };
        let division = divisions.into_iter().find(|members| members.contains(&domain));
        let column = division.unwrap_or_else(|| (0..self.domains.len()).collect());
        let beside: Vec<usize> = column.iter().map(|member| member * width + category).collect();
        let any: Vec<usize> = (0..self.statuses.len()).collect();
        self.withhold_smallest(&beside) || self.withhold_smallest(&any)
    }
}

/// Disaggregations in which a domain withheld for its base follows from overall and the other domains, which are
/// shown: its `by` and the codes of such domains.
pub fn exposed(table: &Table, domains: &[Domain], policy: &Policy) -> Vec<(String, Vec<String>)> {
    let rules = Rules {
        table,
        domains,
        policy,
        statuses: Vec::new(),
    };
    let small = |&domain: &usize| (1..policy.minimum_base).contains(&rules.n(domain));
    let mut exposed = Vec::new();
    for division in rules.divisions() {
        let hidden: Vec<usize> = division.iter().copied().filter(small).collect();
        let rest = rules.n(0) - division.iter().map(|&domain| rules.n(domain)).sum::<u64>();
        let together = rest + hidden.iter().map(|&domain| rules.n(domain)).sum::<u64>();
        if !hidden.is_empty() && hidden.len() < division.len() && together < policy.minimum_base {
            let codes = hidden
                .iter()
                .map(|&domain| domains[domain].code.clone())
                .collect();
            exposed.push((domains[division[0]].by.clone(), codes));
        }
    }
    exposed
}
