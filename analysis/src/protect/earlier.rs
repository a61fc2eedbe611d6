//! Differences to tables that were released before.
//!
//! Of a survey that goes on, whoever has an earlier table subtracts it from the new one, and is left with the few
//! who came in between. So a cell that was shown before is withheld now where its base, its count or the rest of its
//! base differs by fewer than the floor, and differs at all. (Two rounds of a survey with other respondents are no
//! two releases of the same table.)

use crate::error::Error;
use crate::responses::raw;
use crate::table::{Statistic, Table};
use crate::variables::Domain;
use std::collections::HashMap;
use std::io::Read;

/// Question, category, disaggregation and domain.
type Name = (String, String, String, String);

/// What a release showed: its tidy CSV.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    shown: HashMap<Name, Shown>,
}

/// A cell as it was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    n: u64,
    /// Respondents in it; unknown where shares were weighted, and of means.
    count: Option<u64>,
}

impl Earlier {
    /// Reads a tidy CSV as [`write_tidy`](crate::write_tidy) made it.
    ///
    /// # Errors
    /// [`Error::Csv`] where the file can't be read, [`Error::Earlier`] where it is no such table.
    pub fn from_csv(reader: impl Read) -> Result<Self, Error> {
        let mut csv = csv::Reader::from_reader(reader);
        let header = csv.headers()?.clone();
        let column = |name: &'static str| {
            let at = header.iter().position(|column| column == name);
            at.ok_or_else(|| Error::Earlier(format!("it has no column '{name}'")))
        };
        let names = [
            column("question")?,
            column("category")?,
            column("by")?,
            column("domain")?,
        ];
        let (estimate, n, statistic) = (column("estimate")?, column("n")?, column("statistic")?);
        let (weighted, status) = (column("weighted")?, column("status")?);
        let mut shown = HashMap::new();
        for (row, record) in csv.records().enumerate() {
            let record = record?;
            let cell = |at: usize| record.get(at).unwrap_or_default();
            if cell(n).is_empty() {
                continue;
            }
            let wrong = |what: &str| Error::Earlier(format!("row {}: '{what}' is no number", row + 2));
            let base: u64 = cell(n).parse().map_err(|_| wrong(cell(n)))?;
            let value: f64 = cell(estimate).parse().map_err(|_| wrong(cell(estimate)))?;
            let exact =
                cell(statistic) == "proportion" && cell(weighted) == "no" && cell(status) != "rounded";
            let [question, category, by, domain] = names.map(|at| raw(cell(at)).to_owned());
            let count = exact.then(|| (value * base as f64).round() as u64);
            shown.insert((question, category, by, domain), Shown { n: base, count });
        }
        Ok(Self { shown })
    }
}

/// Earlier releases beside the tables of this one.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// In any order.
    pub earlier: &'a [Earlier],
    /// Of this release.
    pub domains: &'a [Domain],
    /// Whether this release is weighted.
    pub weighted: bool,
}

impl Before<'_> {
    /// The interval that the count of a cell must not be told to within, where a difference to an earlier release
    /// would tell of few.
    pub fn interval(&self, table: &Table, cell: usize, floor: u64) -> Option<(f64, f64)> {
        if self.earlier.is_empty() {
            return None;
        }
        let now = table.estimates[cell]?;
        let domain = &self.domains[cell / table.width()];
        let category = table.categories.get(cell % table.width());
        let name = (
            table.question.clone(),
            category.map(|category| category.code.clone()).unwrap_or_default(),
            domain.by.clone(),
            domain.code.clone(),
        );
        let few = |now: u64, then: u64| (1..floor).contains(&now.abs_diff(then));
        let room = (floor - 1) as f64;
        let (n, count) = (now.n as f64, now.count as f64);
        let clamped = |low: f64, high: f64| Some((low.clamp(0.0, count), high.clamp(count, n)));
        for shown in self.earlier.iter().filter_map(|earlier| earlier.shown.get(&name)) {
            let then = shown.count.filter(|_| !self.weighted).map(|count| count as f64);
            match then {
                _ if table.statistic == Statistic::Mean => {
                    if few(now.n, shown.n) {
                        return Some(((n - room).max(0.0) / 2.0, (n + room).min(2.0 * n) / 2.0));
                    }
                }
                // Whoever came in between is in the cell, or is not: both have to be possible.
                Some(then) if few(now.count, then as u64) => {
                    return if count > then {
                        clamped(then, then + room)
                    } else {
                        clamped(then - room, then)
                    };
                }
                Some(then) if few(now.n - now.count, shown.n.saturating_sub(then as u64)) => {
                    let rest = n - count - (shown.n as f64 - then);
                    return if rest > 0.0 {
                        clamped(count + rest - room, count + rest)
                    } else {
                        clamped(count + rest, count + rest + room)
                    };
                }
                _ if few(now.n, shown.n) => return clamped(count - room / 2.0, count + room / 2.0),
                _ => {}
            }
        }
        None
    }
}
