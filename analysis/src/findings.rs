//! What is drawn from cells: tests, differences, orders. None of it may say more than the cells that are shown.

use crate::compare::{Comparison, TestResult};
use crate::rank::Order;
use crate::responses::Fieldwork;
use crate::rounds::{Change, Changes};
use crate::table::Section;

/// All that is drawn from the cells of tables. Tables, domains and categories are named by their positions.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Whether answers differ between the domains of a disaggregation.
    pub tests: Vec<TestResult>,
    /// Differences between two domains.
    pub comparisons: Vec<Comparison>,
    /// How sure the order of ranked choices is.
    pub orders: Vec<Order>,
    /// What is read side by side.
    pub sections: Vec<Section>,
    /// How the interviews ended; `None` where that is not known.
    pub fieldwork: Option<Fieldwork>,
}

/// A p-value beside a withheld cell is given in steps of this size, so that nothing can be computed back from it.
const COARSE: f64 = 0.001;

impl Findings {
    /// What may leave. `is_exact` says of table, domain and category whether the cell is shown as it is: neither
    /// withheld nor rounded.
    ///
    /// Differences leave where both cells do as they are; where one is rounded, as `from_shown` reads them off the
    /// figures that are shown, if it can. A test is made of many cells: where one is withheld, its p-values are
    /// rounded up to thousandths and its statistic stays; where nothing of one of its domains is shown, all of it
    /// stays. An order leaves with the choices that are shown, and says nothing of the steps between the others.
    #[must_use]
    pub fn kept(
        self,
        is_exact: &dyn Fn(usize, usize, usize) -> bool,
        width: &dyn Fn(usize) -> usize,
        from_shown: &dyn Fn(&Comparison) -> Option<Comparison>,
    ) -> Self {
        let tests = self.tests.into_iter().filter_map(|test| {
            let categories: Vec<usize> = match test.category {
                Some(category) => vec![category],
                None => (0..width(test.table)).collect(),
            };
            kept_test(test, &categories, is_exact)
        });
        let comparisons = self.comparisons.into_iter().filter_map(|comparison| {
            let exact = |domain: usize| is_exact(comparison.table, domain, comparison.category);
            if exact(comparison.domains.0) && exact(comparison.domains.1) {
                Some(comparison)
            } else {
                from_shown(&comparison)
            }
        });
        let orders = self.orders.iter().filter_map(|order| kept_order(order, is_exact));
        Self {
            tests: tests.collect(),
            comparisons: comparisons.collect(),
            orders: orders.collect(),
            ..self
        }
    }
}

fn kept_test(
    test: TestResult,
    categories: &[usize],
    is_exact: &dyn Fn(usize, usize, usize) -> bool,
) -> Option<TestResult> {
    let shown = |domain: usize| {
        let exact = categories
            .iter()
            .filter(|&&category| is_exact(test.table, domain, category));
        exact.count()
    };
    let counts: Vec<usize> = test.domains.iter().map(|&domain| shown(domain)).collect();
    if counts.iter().all(|&count| count == categories.len()) {
        return Some(test);
    }
    let coarse = |p: f64| ((p / COARSE).ceil() * COARSE).min(1.0);
    counts.iter().all(|&count| count > 0).then(|| TestResult {
        statistic: None,
        p: coarse(test.p),
        holm: coarse(test.holm),
        bh: coarse(test.bh),
        ..test
    })
}

fn kept_order(order: &Order, is_exact: &dyn Fn(usize, usize, usize) -> bool) -> Option<Order> {
    let shown = |category: usize| is_exact(order.table, order.domain, category);
    let kept: Vec<usize> = (0..order.categories.len())
        .filter(|&at| shown(order.categories[at]))
        .collect();
    // A step leaves where both its ends do and nothing was taken from between them.
    let steps = kept.windows(2).map(|pair| {
        let adjacent = pair[1] == pair[0] + 1;
        order.steps[pair[0]].filter(|_| adjacent)
    });
    let steps: Vec<_> = steps.collect();
    (kept.len() > 1).then(|| Order {
        categories: kept.iter().map(|&at| order.categories[at]).collect(),
        steps,
        ..order.clone()
    })
}

impl Changes {
    /// The changes that may leave: of those whose cell is shown as it is in both rounds. `is_exact` says so of round,
    /// table, domain and category.
    #[must_use]
    pub fn kept(self, is_exact: &dyn Fn(usize, (usize, usize, usize)) -> bool) -> Self {
        let is_shown = |change: &Change| {
            let before = (change.tables.0, change.domains.0, change.categories.0);
            let after = (change.tables.1, change.domains.1, change.categories.1);
            is_exact(change.rounds.0, before) && is_exact(change.rounds.1, after)
        };
        Self {
            changes: self.changes.into_iter().filter(is_shown).collect(),
            ..self
        }
    }
}
