//! What each cell is by itself, before anyone subtracts.

use super::domains::DomainSum;
use super::earlier::Before;
use super::sums::{Count, base, count};
use super::{LEAST_FLOOR, Policy, Status, round};
use crate::table::{Statistic, Table};

/// A cell and what it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// What becomes of it where no other cell needs it.
    pub status: Status,
    /// What a reader may know of it.
    pub count: Count,
    /// The interval that a withheld count must not be told to within; `None` where it needs no protection.
    pub interval: Option<(f64, f64)>,
}

/// Judges every cell of a table, by domain × category.
pub fn judge(table: &Table, sums: &[DomainSum], policy: &Policy, before: &Before) -> Vec<Judged> {
    let judge = Judge { table, sums, policy };
    (0..table.estimates.len())
        .map(|cell| judge.cell(cell, before))
        .collect()
}

struct Judge<'a> {
    table: &'a Table,
    sums: &'a [DomainSum],
    policy: &'a Policy,
}

impl Judge<'_> {
    fn cell(&self, cell: usize, before: &Before) -> Judged {
        let (n, x) = (base(self.table, cell), count(self.table, cell));
        let mean = self.table.statistic == Statistic::Mean;
        let judged = if n < self.policy.minimum_base {
            (Status::WithheldBase, self.interval(cell, true))
        } else if let Some(interval) = self.interval(cell, false) {
            (Status::WithheldCell, Some(interval))
        } else if let Some(interval) = before.interval(self.table, cell, self.policy.floor) {
            (Status::WithheldEarlier, Some(interval))
        } else if n < self.policy.marked_base {
            (Status::Marked, None)
        } else {
            (Status::Published, None)
        };
        let (status, interval) = judged;
        let size = if mean { n as f64 / 2.0 } else { x as f64 };
        // Of an open question no empty cell and no unanimous one is ever withheld, unless its base is: whoever sees
        // a cell withheld knows that it is neither.
        let plain = !mean && !self.table.sensitive && n >= self.policy.minimum_base;
        let edge = plain && status != Status::WithheldEarlier && x > 0 && x < n;
        let margin = f64::from(u8::from(edge));
        let shown = matches!(status, Status::Published | Status::Marked);
        let may_go = mean || (x > 0 && (x < n || !plain));
        Judged {
            status,
            count: Count {
                count: size,
                limits: (margin, n as f64 - margin),
                shown: shown.then_some((size, size)),
                cost: may_go.then(|| self.cost(cell, size)),
                rounding: shown.then(|| self.rounding(cell, size)).flatten(),
            },
            interval,
        }
    }

    /// Overall is what most readers come for; beside that, small cells are the least loss.
    fn cost(&self, cell: usize, size: f64) -> f64 {
        let all = base(self.table, cell % self.table.width()).max(1);
        let important = if cell < self.table.width() { 1.5 } else { 1.0 };
        important + 0.1 * size / all as f64
    }

    /// A count may be rounded by less than the floor where its base is large enough to be shown without a mark; and
    /// readers know that what is shown is neither under the floor nor all but that. The larger the base, the less is
    /// lost.
    fn rounding(&self, cell: usize, size: f64) -> Option<(f64, (f64, f64))> {
        let (n, floor) = (base(self.table, cell), self.policy.floor as f64);
        let off = floor - 1.0;
        let (low, high) = match self.table.statistic {
            Statistic::Proportion => (floor, n as f64 - floor),
            Statistic::Mean => {
                round::mean(&self.table.estimates[cell]?, self.policy.floor)?;
                (0.0, n as f64)
            }
        };
        let may = n >= self.policy.marked_base && (low..=high).contains(&size);
        may.then(|| {
            (
                0.1 + floor / n as f64,
                ((size - off).max(low), (size + off).min(high)),
            )
        })
    }

    fn interval(&self, cell: usize, base_withheld: bool) -> Option<(f64, f64)> {
        if self.table.statistic == Statistic::Mean {
            return self.mean_interval(cell, base_withheld);
        }
        let (n, x, floor) = (base(self.table, cell), count(self.table, cell), self.policy.floor);
        if !self.table.sensitive && self.follows(cell) {
            return None;
        }
        let overall_empty = self.is_empty_overall(cell);
        // Withheld without regard to what is in it, so that it may as well be empty.
        let blind = base_withheld || self.table.sensitive;
        let least = u64::from(!blind);
        let counts = |x: u64| {
            (if self.table.sensitive && !overall_empty {
                0
            } else {
                1
            }..floor)
                .contains(&x)
        };
        let interval = if n > 0 && counts(x) {
            Some((least, (floor - 1).min(n - least)))
        } else if x > 0 && counts(n - x) {
            Some(((n + 1).saturating_sub(floor).max(least), n - least))
        } else {
            None
        };
        interval.map(|(low, high)| (low as f64, high as f64))
    }

    /// Whether all of a domain around it are in the category: that is shown, and tells it of every part.
    fn follows(&self, cell: usize) -> bool {
        let (domain, category) = (cell / self.table.width(), cell % self.table.width());
        let around = self.sums.iter().filter(|sum| sum.parts.contains(&domain));
        around
            .map(|sum| sum.whole * self.table.width() + category)
            .any(|whole| {
                let n = base(self.table, whole);
                n >= self.policy.minimum_base && n == count(self.table, whole) || self.follows(whole)
            })
    }

    /// Nobody at all gave an answer that anybody could have given: that tells of no group. Where nearly all gave the
    /// same one, it would tell of them.
    fn is_empty_overall(&self, cell: usize) -> bool {
        let width = self.table.width();
        let unanimous = |cell: usize| base(self.table, cell) - count(self.table, cell) < self.policy.floor;
        count(self.table, cell % width) == 0 && !(0..width).any(unanimous)
    }

    /// A mean must not tell of few: those in a base under the floor, those few who carry nearly all of the sum, or
    /// all who gave the same answer to a sensitive question.
    fn mean_interval(&self, cell: usize, base_withheld: bool) -> Option<(f64, f64)> {
        let (n, x, floor) = (base(self.table, cell), count(self.table, cell), self.policy.floor);
        let few = if base_withheld {
            (1..floor).contains(&n)
        } else {
            (1..floor).contains(&x) || self.is_dominated(cell) || self.is_unanimous(cell)
        };
        let half = n as f64 / 2.0;
        let room = ((floor - 1) as f64 / 2.0).min(half);
        few.then_some((half - room, half + room))
    }

    fn is_unanimous(&self, cell: usize) -> bool {
        self.table.sensitive && self.table.estimates[cell].is_some_and(|estimate| estimate.se == Some(0.0))
    }

    /// With c the coefficient of variation, `n / (1 + c²)` is the number of equal contributions that would be as
    /// concentrated as these are (the inverse of Herfindahl's index). Under [`LEAST_FLOOR`] the sum is that of few,
    /// as in the dominance rule (Hundepool and others 2012, section 4.2). Meant for numbers not below 0.
    fn is_dominated(&self, cell: usize) -> bool {
        let Some(estimate) = self.table.estimates[cell] else {
            return false;
        };
        let n = estimate.n as f64;
        let Some((se, deff)) = estimate.se.zip(estimate.deff) else {
            return false;
        };
        let variation = n * se * se / deff / (estimate.value * estimate.value);
        n / (1.0 + variation) < LEAST_FLOOR as f64
    }
}
