//! Change between rounds: the same estimates side by side, and an alert where a change exceeds chance.
//!
//! Each round is an analysis of its own, and rounds count as independent samples. Where the same clusters are visited
//! again, answers of the two rounds are alike within a cluster; the interval of the change is then wider than it need
//! be, and an alert is missed rather than raised for nothing.

use crate::compare::{Correction, LEVEL};
use crate::error::Note;
use crate::hypothesis::{benjamini_hochberg, difference_between, holm};
use crate::table::{Analysis, Table, View};
use crate::variables::{Domain, OTHER};
use std::collections::BTreeSet;

/// A round and its tables.
pub type Round<'a> = (&'a str, &'a Analysis);

/// From one round to the next.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Names of the rounds, the first first.
    pub rounds: Vec<String>,
    /// One for each cell that both rounds of a pair have.
    pub changes: Vec<Change>,
    /// What is not compared, and why.
    pub not_compared: Vec<Note>,
}

/// The change of one estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Positions of the rounds; each is compared with the next.
    pub rounds: (usize, usize),
    /// Positions of the table in the two rounds.
    pub tables: (usize, usize),
    /// Positions of the category in the two rounds; 0 for a mean.
    pub categories: (usize, usize),
    /// Positions of the domain in the two rounds.
    pub domains: (usize, usize),
    /// The later estimate less the earlier one.
    pub difference: f64,
    /// Its standard error.
    pub se: f64,
    /// 95 % interval, low and high.
    pub ci: (f64, f64),
    /// The p-value by itself.
    pub p: f64,
    /// Adjusted over all changes (Holm 1979).
    pub holm: f64,
    /// Adjusted over all changes (Benjamini and Hochberg 1995).
    pub bh: f64,
    /// Whether it exceeds chance after the adjustment asked for.
    pub alert: bool,
}

/// Compares each round with the next, where question, wording and categories are the same, and where the same areas
/// were visited. Cells with a base below `smallest` are left out.
pub fn changes(rounds: &[Round<'_>], smallest: u64, correction: Correction) -> Changes {
    let mut found = Changes {
        rounds: rounds.iter().map(|(name, _)| (*name).to_owned()).collect(),
        ..Changes::default()
    };
    for (at, pair) in rounds.windows(2).enumerate() {
        let between = Between {
            at,
            rounds: (pair[0], pair[1]),
            smallest: smallest.max(1),
        };
        between.compare(&mut found);
    }
    let p: Vec<f64> = found.changes.iter().map(|change| change.p).collect();
    let adjusted = holm(&p).into_iter().zip(benjamini_hochberg(&p));
    for (change, (holm, bh)) in found.changes.iter_mut().zip(adjusted) {
        (change.holm, change.bh) = (holm, bh);
        change.alert = match correction {
            Correction::Holm => holm < LEVEL,
            Correction::BenjaminiHochberg => bh < LEVEL,
        };
    }
    found
}

struct Between<'a> {
    at: usize,
    rounds: (Round<'a>, Round<'a>),
    smallest: u64,
}

impl Between<'_> {
    fn compare(&self, found: &mut Changes) {
        let ((_, earlier), (_, later)) = self.rounds;
        let domains = self.domains(found);
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (at, table) in later.tables.iter().enumerate() {
            let before = earlier
                .tables
                .iter()
                .position(|other| other.question == table.question);
            let Some(before) = before else {
                self.note(found, &table.question, "the earlier round does not have it");
                continue;
            };
            seen.insert(&table.question);
            match matching(&earlier.tables[before], table) {
                Ok(categories) => self.table(found, (before, at), &categories, &domains),
                Err(why) => self.note(found, &table.question, why),
            }
        }
        for table in earlier
            .tables
            .iter()
            .filter(|table| !seen.contains(table.question.as_str()))
        {
            self.note(found, &table.question, "the later round does not have it");
        }
    }

    fn note(&self, found: &mut Changes, about: &str, why: &str) {
        let ((first, _), (second, _)) = self.rounds;
        let message = format!("no change from '{first}' to '{second}': {why}");
        found.not_compared.push(Note::new(about, message));
    }

    /// Domains that both rounds have. Where they were in different areas, only areas are compared: all else would be
    /// of other places.
    fn domains(&self, found: &mut Changes) -> Vec<(usize, usize)> {
        let ((_, earlier), (_, later)) = self.rounds;
        let position = |domain: &Domain| {
            let mut others = earlier.domains.iter();
            others.position(|other| other.by == domain.by && other.code == domain.code)
        };
        let both = later.domains.iter().enumerate();
        let mut both: Vec<(usize, usize)> = both
            .filter_map(|(at, domain)| Some((position(domain)?, at)))
            .collect();
        if earlier.areas != later.areas {
            let only = |one: &[String], other: &[String]| {
                let only = one.iter().filter(|area| !other.contains(area));
                only.cloned().collect::<Vec<_>>().join(", ")
            };
            let message = format!(
                "the rounds were in different areas (only earlier: {}; only later: {}), so that areas alone are compared: \
                 add --by area, or leave out what was not visited twice",
                only(&earlier.areas, &later.areas),
                only(&later.areas, &earlier.areas)
            );
            self.note(found, "", &message);
            both.retain(|&(_, at)| later.domains[at].by == "area");
        }
        both
    }

    fn table(
        &self,
        found: &mut Changes,
        (before, after): (usize, usize),
        categories: &[(usize, usize)],
        domains: &[(usize, usize)],
    ) {
        let ((_, earlier), (_, later)) = self.rounds;
        let (old, new) = (&earlier.tables[before], &later.tables[after]);
        for &(domain_before, domain) in domains {
            for &(category_before, category) in categories {
                let a = new.estimates[domain * new.width() + category];
                let b = old.estimates[domain_before * old.width() + category_before];
                let Some((a, b)) = a.zip(b).filter(|(a, b)| a.n.min(b.n) >= self.smallest) else {
                    continue;
                };
                let Some(change) = difference_between(&a, &b) else {
                    continue;
                };
                found.changes.push(Change {
                    rounds: (self.at, self.at + 1),
                    tables: (before, after),
                    categories: (category_before, category),
                    domains: (domain_before, domain),
                    difference: change.value,
                    se: change.se,
                    ci: change.ci,
                    p: change.p,
                    holm: change.p,
                    bh: change.p,
                    alert: false,
                });
            }
        }
    }
}

/// Categories of the earlier and the later table that are the same; why there are none.
fn matching(earlier: &Table, later: &Table) -> Result<Vec<(usize, usize)>, &'static str> {
    if earlier.label != later.label {
        return Err("it is worded otherwise");
    }
    if earlier.statistic != later.statistic || earlier.view != later.view {
        return Err("it is asked otherwise");
    }
    if earlier.base != later.base {
        return Err("its base is another");
    }
    if earlier.categories.is_empty() && later.categories.is_empty() {
        return Ok(vec![(0, 0)]);
    }
    let same = |one: &Table, other: &Table| {
        let has = |code: &str| code == OTHER || other.categories.iter().any(|category| category.code == code);
        one.categories.iter().all(|category| has(&category.code))
    };
    // Pairs and other words of respondents come and go; what was offered has to be the same.
    let offered_alike = same(earlier, later) && same(later, earlier);
    if !offered_alike && later.view != View::Together {
        return Err("its categories are others");
    }
    let position = |code: &str| {
        earlier
            .categories
            .iter()
            .position(|category| category.code == code)
    };
    let categories = later.categories.iter().enumerate();
    let both = categories.filter_map(|(at, category)| Some((position(&category.code)?, at)));
    let both: Vec<(usize, usize)> = both.collect();
    let relabelled = both
        .iter()
        .any(|&(before, at)| earlier.categories[before].label != later.categories[at].label);
    if relabelled {
        return Err("a category is worded otherwise");
    }
    Ok(both)
}
