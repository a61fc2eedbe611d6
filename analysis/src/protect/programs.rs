//! Linear programmes over the sums of published tables.

use super::sums::{Count, Sums};
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

/// The attack: counts with which everything shown agrees, and among them those with the least or the most of one
/// withheld count (Fischetti and Salazar-González 2000, 'Models and algorithms for optimizing cell suppression in
/// tabular data with linear constraints', the attacker's subproblems). `None` where the solver gives up.
pub fn attack(sums: &Sums, target: usize, end: End) -> Option<Possible> {
    extreme(sums, target, end, Count::is_open, Count::known)
}

/// The least or the most that a count could be if everything that may be withheld were: what bases and empty cells
/// tell, which nothing can hide.
pub fn attainable(sums: &Sums, target: usize, end: End) -> Option<f64> {
    let may_open = |count: &Count| count.is_open() || count.cost.is_some();
    let widest = |count: &Count| {
        if count.cost.is_some() {
            count.limits
        } else {
            count.known()
        }
    };
    let found = extreme(sums, target, end, may_open, widest)?;
    found
        .iter()
        .find(|(at, _)| *at == target)
        .map(|(_, value)| *value)
}

fn extreme(
    sums: &Sums,
    target: usize,
    end: End,
    is_open: impl Fn(&Count) -> bool,
    within: impl Fn(&Count) -> (f64, f64),
) -> Option<Possible> {
    let open = sums.around(target, usize::MAX, is_open);
    let mut problem = Problem::new(match end {
        End::Low => OptimizationDirection::Minimize,
        End::High => OptimizationDirection::Maximize,
    });
    let variables: HashMap<usize, Variable> = open
        .iter()
        .map(|&at| {
            let wanted = if at == target { 1.0 } else { 0.0 };
            (at, problem.add_var(wanted, within(&sums.counts[at])))
        })
        .collect();
    for &equation in &equations_of(sums, &open) {
        let equation = &sums.equations[equation];
        let mut total = equation.total;
        let mut terms = Vec::new();
        for &(at, coefficient) in &equation.terms {
            match variables.get(&at) {
                Some(&variable) => terms.push((variable, coefficient)),
                None => total -= coefficient * sums.counts[at].count,
            }
        }
        problem.add_constraint(&terms[..], ComparisonOp::Eq, total);
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let values = open
        .iter()
        .map(|&at| (at, solution.var_value(variables[&at])))
        .collect();
    Some(values)
}

/// The cheapest way to let one count be `by` more (or less) than it is, and what is shown agree once further counts
/// are withheld: minimal Σ cost × |change| under the sums (Kelly, Golden and Assad 1992, 'Cell suppression:
/// disclosure protection for sensitive tabular data'). Withheld counts change for nothing. `None` where no way leads
/// there among the `most` counts nearest by.
/// With `rounding` further counts are rounded where they can be, rather than withheld.
pub fn shift(sums: &Sums, (target, by): (usize, f64), most: usize, rounding: bool) -> Option<Possible> {
    let near = sums.around(target, most, |_| true);
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut variables: HashMap<usize, (Variable, Variable)> = HashMap::new();
    for &at in &near {
        let count = &sums.counts[at];
        let (cost, (low, high)) = match (count.cost, count.rounding) {
            _ if count.is_open() => (1e-3, count.known()),
            (_, Some(priced)) if rounding => priced,
            (Some(cost), _) => (cost, count.limits),
            (None, _) => continue,
        };
        let (more, less) = ((high - count.count).max(0.0), (count.count - low).max(0.0));
        // A cell that need not change by all of it costs as much, so that changes go through few cells.
        let price = |room: f64| cost / room.min(by.abs()).max(1.0);
        let room = |room: f64, is_way: bool| match (at == target, is_way) {
            (true, true) => (by.abs(), by.abs()),
            (true, false) => (0.0, 0.0),
            _ => (0.0, room),
        };
        let more = problem.add_var(price(more), room(more, by > 0.0));
        let less = problem.add_var(price(less), room(less, by < 0.0));
        variables.insert(at, (more, less));
    }
    for &equation in &equations_of(sums, &near) {
        let mut terms = Vec::new();
        for (at, coefficient) in &sums.equations[equation].terms {
            if let Some(&(more, less)) = variables.get(at) {
                terms.extend([(more, *coefficient), (less, -coefficient)]);
            }
        }
        if !terms.is_empty() {
            problem.add_constraint(&terms[..], ComparisonOp::Eq, 0.0);
        }
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let changed = near.iter().filter_map(|&at| {
        let &(more, less) = variables.get(&at)?;
        let change = solution.var_value(more) - solution.var_value(less);
        (change.abs() > 1e-6).then_some((at, sums.counts[at].count + change))
    });
    Some(changed.collect())
}

fn equations_of(sums: &Sums, counts: &[usize]) -> Vec<usize> {
    let mut equations: Vec<usize> = counts.iter().flat_map(|&at| &sums.uses[at]).copied().collect();
    equations.sort_unstable();
    equations.dedup();
    equations
}
