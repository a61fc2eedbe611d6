//! Linear programmes over the sums of published tables.
//!
//! All are written in what a count could be more or less than the truth, rather than in counts: without any change all
//! sums hold, so that the solver has a place to start from. It is many times sooner done than from counts.

use super::sums::{Figure, Sums};
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use std::collections::HashMap;

/// Counts that differ from the truth, by position: what a reader has to hold possible.
pub type Possible = Vec<(usize, f64)>;

/// Which end of what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The least.
    Low,
    /// The most.
    High,
}

/// A change of a count in one direction: what a unit costs, and the least and the most there may be.
#[derive(Debug, Clone, Copy)]
struct Change {
    cost: f64,
    least: f64,
    most: f64,
}

/// How a count may change.
#[derive(Debug, Clone, Copy)]
struct Room {
    more: Change,
    less: Change,
}

impl Room {
    /// Changes that stay within limits, and what each costs.
    fn within(count: &Figure, (low, high): (f64, f64), price: impl Fn(f64) -> f64) -> Self {
        let change = |most: f64| Change {
            cost: price(most),
            least: 0.0,
            most,
        };
        Self {
            more: change((high - count.count).max(0.0)),
            less: change((count.count - low).max(0.0)),
        }
    }

    /// The change towards an end, and the other one.
    fn towards(&mut self, end: End) -> (&mut Change, &mut Change) {
        match end {
            End::Low => (&mut self.less, &mut self.more),
            End::High => (&mut self.more, &mut self.less),
        }
    }
}

/// The attack: counts with which everything shown agrees, and among them those with the least or the most of one
/// withheld count (Fischetti and Salazar-González 2000, 'Models and algorithms for optimizing cell suppression in
/// tabular data with linear constraints', the attacker's subproblems). Only the `most` counts nearest by may change:
/// what they reach is possible, and more may be. `None` where the solver gives up.
pub fn attack(sums: &Sums, target: usize, end: End, most: usize) -> Option<Possible> {
    extreme(sums, (target, end), most, |count| {
        count.is_open().then(|| count.known())
    })
}

/// The least or the most that a count could be if everything that may be withheld were: what bases and empty cells
/// tell, which nothing can hide.
pub fn attainable(sums: &Sums, target: usize, end: End) -> Option<f64> {
    let may_open = |count: &Figure| (count.is_open() || count.cost.is_some()).then(|| count.widest());
    let found = extreme(sums, (target, end), usize::MAX, may_open)?;
    let change = found.iter().find(|(at, _)| *at == target);
    Some(change.map_or(sums.counts[target].count, |(_, value)| *value))
}

/// `within` says between which values a count may be; others are known, and so are all but the `most` nearest.
fn extreme(
    sums: &Sums,
    (target, end): (usize, End),
    most: usize,
    within: impl Fn(&Figure) -> Option<(f64, f64)>,
) -> Option<Possible> {
    let open = sums.around(target, most, |count| within(count).is_some());
    changed(sums, &open, |at, count| {
        let mut room = Room::within(count, within(count)?, |_| 0.0);
        if at == target {
            let (wanted, other) = room.towards(end);
            (wanted.cost, other.most) = (-1.0, 0.0);
        }
        Some(room)
    })
}

/// The cheapest way to let one count be `by` more (or less) than it is, and what is shown agree once further counts
/// are withheld: minimal Σ cost × |change| under the sums (Kelly, Golden and Assad 1992, 'Cell suppression:
/// disclosure protection for sensitive tabular data'). Withheld counts change for nothing. `None` where no way leads
/// there among the `most` counts nearest by.
/// With `rounding` further counts are rounded where they can be, rather than withheld.
pub fn shift(sums: &Sums, (target, by): (usize, f64), most: usize, rounding: bool) -> Option<Possible> {
    let near = sums.around(target, most, |_| true);
    changed(sums, &near, |at, count| {
        let (cost, limits) = match (count.cost, count.rounding) {
            _ if count.is_open() => (1e-3, count.known()),
            (_, Some(priced)) if rounding => priced,
            (Some(cost), _) => (cost, count.limits),
            (None, _) => return None,
        };
        // A cell that need not change by all of it costs as much, so that changes go through few cells.
        let price = |room: f64| cost / room.min(by.abs()).max(1.0);
        let mut room = Room::within(count, limits, price);
        if at == target {
            let end = if by > 0.0 { End::High } else { End::Low };
            let (wanted, other) = room.towards(end);
            (wanted.least, wanted.most, other.most) = (by.abs(), by.abs(), 0.0);
        }
        Some(room)
    })
}

/// The cheapest changes of counts under the equations. Counts without room stay as they are.
fn changed(sums: &Sums, near: &[usize], room: impl Fn(usize, &Figure) -> Option<Room>) -> Option<Possible> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut changes: HashMap<usize, Vec<(Variable, f64)>> = HashMap::new();
    for &at in near {
        let Some(Room { more, less }) = room(at, &sums.counts[at]) else {
            continue;
        };
        let both = [(more, 1.0), (less, -1.0)].into_iter();
        let possible = both.filter(|(change, _)| change.most > 0.0);
        let variables = possible.map(|(change, sign)| {
            let variable = problem.add_var(change.cost, (change.least, change.most));
            (variable, sign)
        });
        changes.insert(at, variables.collect());
    }
    for equation in equations_of(sums, near) {
        let mut terms = Vec::new();
        for (at, coefficient) in &sums.equations[equation].terms {
            let variables = changes.get(at).into_iter().flatten();
            terms.extend(variables.map(|&(variable, sign)| (variable, sign * coefficient)));
        }
        if !terms.is_empty() {
            problem.add_constraint(&terms[..], ComparisonOp::Eq, 0.0);
        }
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let found = near.iter().filter_map(|at| {
        let change: f64 = changes
            .get(at)?
            .iter()
            .map(|&(variable, sign)| sign * solution.var_value(variable))
            .sum();
        (change.abs() > 1e-6).then_some((*at, sums.counts[*at].count + change))
    });
    Some(found.collect())
}

fn equations_of(sums: &Sums, counts: &[usize]) -> Vec<usize> {
    let mut equations: Vec<usize> = counts.iter().flat_map(|&at| &sums.uses[at]).copied().collect();
    equations.sort_unstable();
    equations.dedup();
    equations
}
