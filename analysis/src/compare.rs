//! Whether answers differ between domains: a test for each question and disaggregation, and differences between two
//! domains that are marked only where the test says so.
//!
//! One test in twenty finds a difference where there is none, and a report makes hundreds. So p-values are adjusted
//! over all tests of the report, by Holm (1979), which keeps the chance of a single false mark below 5 %, and by
//! Benjamini and Hochberg (1995), which keeps the share of false marks below 5 %. Differences between two domains are
//! looked at second: they are marked where the test of their question and disaggregation holds after the adjustment
//! and their own p-value holds after Holm's over the differences of the same question and disaggregation.

use crate::hypothesis::{
    ChiSquare, benjamini_hochberg, difference, holm, means_differ, rao_scott, rao_scott_one,
};
use crate::levels::named;
use crate::table::{Sample, Statistic, Table};
use crate::tally::Measure;
use crate::totals::Totals;
use crate::variables::Domain;
use baraza_forms::Form;
use baraza_forms::form::Special;

/// Below it an adjusted p-value counts.
pub const LEVEL: f64 = 0.05;

/// How p-values are adjusted for the number of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Correction {
    /// Not one false mark in 95 of 100 reports.
    #[default]
    Holm,
    /// At most one false among twenty marks, on average.
    BenjaminiHochberg,
}

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Domains that the others of their disaggregation are compared with, by `by` and code. Without one, two domains
    /// are compared with each other, and more than two each with all respondents.
    pub references: Vec<(String, String)>,
    /// Domains with fewer respondents are left out.
    pub smallest: u64,
    /// The adjustment by which differences are marked.
    pub correction: Correction,
}

/// Whether the answers to a question differ between the domains of a disaggregation.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// Position of the table.
    pub table: usize,
    /// The disaggregation.
    pub by: String,
    /// Where several answers are possible: position of the category, chosen or not.
    pub category: Option<usize>,
    /// Positions of the domains that took part.
    pub domains: Vec<usize>,
    /// F with the degrees of freedom of its numerator and denominator (Rao and Scott 1984; for means Wald's); `None`
    /// where it would say more than the cells that are shown.
    pub statistic: Option<(f64, f64, f64)>,
    /// The p-value by itself.
    pub p: f64,
    /// Adjusted over all tests of the report (Holm 1979).
    pub holm: f64,
    /// Adjusted over all tests of the report (Benjamini and Hochberg 1995).
    pub bh: f64,
}

impl TestResult {
    /// Whether the answers differ more than by chance.
    pub fn is_significant(&self, correction: Correction) -> bool {
        match correction {
            Correction::Holm => self.holm < LEVEL,
            Correction::BenjaminiHochberg => self.bh < LEVEL,
        }
    }
}

/// The difference between two domains in one category, or in the mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Position of the table.
    pub table: usize,
    /// Position of the category; 0 for a mean.
    pub category: usize,
    /// Positions of the domains; the second is 0, overall, where one is compared with all.
    pub domains: (usize, usize),
    /// The estimate of the first less that of the second.
    pub difference: f64,
    /// Its standard error within the design, what the two share taken into account.
    pub se: f64,
    /// 95 % interval, low and high.
    pub ci: (f64, f64),
    /// The p-value by itself.
    pub p: f64,
    /// Adjusted over the differences of the same question and disaggregation (Holm 1979).
    pub holm: f64,
    /// Whether it may be called a difference.
    pub marked: bool,
}

/// Tests and differences as they are found, before anything is adjusted.
#[derive(Debug, Default)]
pub(crate) struct Found {
    tests: Vec<TestResult>,
    /// Each with the position of the test it depends on.
    differences: Vec<(Comparison, usize)>,
}

impl Found {
    /// Looks at a table, whose measure is at hand.
    pub fn look(
        &mut self,
        sample: &Sample<'_>,
        options: &Options,
        (at, table): (usize, &Table),
        measure: &Measure,
    ) {
        let divisions = divisions(sample, options, table);
        if divisions.is_empty() {
            return;
        }
        let totals = Totals::of(sample.design, sample.columns(), measure, table.width());
        for division in divisions {
            if table.exclusive || table.statistic == Statistic::Mean {
                let test = if table.exclusive {
                    rao_scott(&totals, &division)
                } else {
                    means_differ(&totals, &division)
                };
                let pairs = pairs(&sample.domains.domains, &division, options);
                let categories: Vec<usize> = (0..table.width()).collect();
                self.take(test, (sample, at, None), &division, |found, test| {
                    found.differences(&totals, (at, test), &pairs, &categories);
                });
                continue;
            }
            for category in 0..table.width() {
                let test = rao_scott_one(&totals, &division, category);
                let pairs = pairs(&sample.domains.domains, &division, options);
                self.take(test, (sample, at, Some(category)), &division, |found, test| {
                    found.differences(&totals, (at, test), &pairs, &[category]);
                });
            }
        }
    }

    fn take(
        &mut self,
        test: Option<ChiSquare>,
        (sample, table, category): (&Sample<'_>, usize, Option<usize>),
        division: &[usize],
        then: impl FnOnce(&mut Self, usize),
    ) {
        let Some(test) = test else { return };
        self.tests.push(TestResult {
            table,
            by: sample.domains.domains[division[0]].by.clone(),
            category,
            domains: division.to_vec(),
            statistic: Some((test.statistic, test.df1, test.df2)),
            p: test.p,
            holm: test.p,
            bh: test.p,
        });
        then(self, self.tests.len() - 1);
    }

    fn differences(
        &mut self,
        totals: &Totals<'_>,
        (table, test): (usize, usize),
        pairs: &[(usize, usize)],
        categories: &[usize],
    ) {
        for &(a, b) in pairs {
            for &category in categories {
                let Some(found) = difference(totals, (a, category), (b, category)) else {
                    continue;
                };
                let comparison = Comparison {
                    table,
                    category,
                    domains: (a, b),
                    difference: found.value,
                    se: found.se,
                    ci: found.ci,
                    p: found.p,
                    holm: found.p,
                    marked: false,
                };
                self.differences.push((comparison, test));
            }
        }
    }

    /// Takes what was found in tables that stand behind `first` others.
    pub fn join(&mut self, other: Self, first: usize) {
        let tests_before = self.tests.len();
        let moved = |test: TestResult| TestResult {
            table: first + test.table,
            ..test
        };
        self.tests.extend(other.tests.into_iter().map(moved));
        let differences = other.differences.into_iter().map(|(comparison, test)| {
            let table = first + comparison.table;
            (Comparison { table, ..comparison }, tests_before + test)
        });
        self.differences.extend(differences);
    }

    /// Adjusts all for their number, and marks.
    pub fn finish(mut self, correction: Correction) -> (Vec<TestResult>, Vec<Comparison>) {
        let p: Vec<f64> = self.tests.iter().map(|test| test.p).collect();
        let adjusted = holm(&p).into_iter().zip(benjamini_hochberg(&p));
        for (test, (holm, bh)) in self.tests.iter_mut().zip(adjusted) {
            (test.holm, test.bh) = (holm, bh);
        }
        let mut comparisons = Vec::with_capacity(self.differences.len());
        // Differences of one test were found one after the other.
        for family in self.differences.chunk_by(|a, b| a.1 == b.1) {
            let p: Vec<f64> = family.iter().map(|(comparison, _)| comparison.p).collect();
            let differs = self.tests[family[0].1].is_significant(correction);
            for ((comparison, _), holm) in family.iter().zip(holm(&p)) {
                comparisons.push(Comparison {
                    holm,
                    marked: differs && holm < LEVEL,
                    ..comparison.clone()
                });
            }
        }
        (self.tests, comparisons)
    }
}

/// The disaggregations of a table with two domains or more that are large enough to be compared. Crossed ones are
/// left out: what they divide by is tested one by one. So are tables whose categories have bases of their own, and
/// those of questions that the disaggregation is made from.
fn divisions(sample: &Sample<'_>, options: &Options, table: &Table) -> Vec<Vec<usize>> {
    let domains = &sample.domains.domains;
    let form = sample.responses.form();
    let mut divisions: Vec<Vec<usize>> = Vec::new();
    for (at, domain) in domains.iter().enumerate().skip(1) {
        let n = table.estimates[at * table.width()].map_or(0, |estimate| estimate.n);
        let variables = &sample.options.variables;
        let itself = named(form, &domain.by)
            .is_some_and(|id| variables.are_related(&form.nodes[id].key, &table.source));
        if n < options.smallest.max(1) || table.own_bases || itself {
            continue;
        }
        if !domain.parts.is_empty() || is_pass(form, domain) {
            continue;
        }
        match divisions.last_mut() {
            Some(last) if domains[last[0]].by == domain.by => last.push(at),
            _ => divisions.push(vec![at]),
        }
    }
    divisions.retain(|division| division.len() > 1);
    divisions
}

/// Whether a domain is of those who did not say where they belong.
fn is_pass(form: &Form, domain: &Domain) -> bool {
    let list = named(form, &domain.by).and_then(|id| form.list_of(id));
    let choice = list.and_then(|list| list.choices.iter().find(|choice| choice.name == domain.code));
    choice.is_some_and(|choice| matches!(choice.special, Some(Special::DontKnow | Special::PreferNotToSay)))
}

/// Who is compared with whom.
fn pairs(domains: &[Domain], division: &[usize], options: &Options) -> Vec<(usize, usize)> {
    let is_reference = |&&at: &&usize| {
        let domain = &domains[at];
        let mut references = options.references.iter();
        references.any(|(by, code)| *by == domain.by && *code == domain.code)
    };
    if let Some(&reference) = division.iter().find(is_reference) {
        let others = division.iter().filter(|&&at| at != reference);
        return others.map(|&at| (at, reference)).collect();
    }
    match division {
        [a, b] => vec![(*a, *b)],
        _ => division.iter().map(|&at| (at, 0)).collect(),
    }
}
