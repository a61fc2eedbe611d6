//! Differences where a figure is rounded: judged from what is shown alone, so that they tell nothing more.
//!
//! Most disaggregations have a small group, and what would give it away is rounded in the others: without this no
//! difference between women and men could be told for the sake of a handful of others. Rounding may be all of the
//! difference that it can be; standard errors count as those of independent samples; and p-values are adjusted by
//! Bonferroni over all cells of the release, which are at least as many as the differences. Each of these errs on the
//! side of calling nothing a difference.

use super::{Policy, ReleasedCell, ReleasedTable, Status};
use crate::compare::{Comparison, LEVEL};
use crate::estimate::Estimate;
use crate::hypothesis::difference_between;
use crate::table::Statistic;

/// A difference as the figures that are shown tell it; `None` where one is not shown, or is a mean.
pub fn from_shown(
    found: &Comparison,
    table: &ReleasedTable,
    policy: &Policy,
    cells: usize,
) -> Option<Comparison> {
    if table.statistic != Statistic::Proportion {
        return None;
    }
    let shown = |domain: usize| {
        let cell = table.cell(domain, found.category);
        Some((cell.estimate?, off(cell, policy)))
    };
    let ((a, off_a), (b, off_b)) = (shown(found.domains.0)?, shown(found.domains.1)?);
    let plain = difference_between(&a, &b)?;
    let off = off_a + off_b;
    let left = (plain.value.abs() - off).max(0.0).copysign(plain.value);
    let nearest = difference_between(
        &Estimate {
            value: b.value + left,
            ..a
        },
        &b,
    )?;
    let adjusted = (nearest.p * cells as f64).min(1.0);
    Some(Comparison {
        difference: plain.value,
        se: plain.se,
        ci: (plain.ci.0 - off, plain.ci.1 + off),
        p: nearest.p,
        holm: adjusted,
        marked: adjusted < LEVEL,
        ..found.clone()
    })
}

/// How far the share that is shown may be from the one it stands for.
fn off(cell: ReleasedCell, policy: &Policy) -> f64 {
    match (cell.status, cell.estimate) {
        (Status::Rounded, Some(estimate)) => (policy.floor - 1) as f64 / estimate.n.max(1) as f64,
        _ => 0.0,
    }
}
