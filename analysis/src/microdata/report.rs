//! What is to be told of rows that leave.

use super::columns::{Column, Use};
use super::suppress::Suppressed;
use super::{classes, risk};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The risk before and after, and what was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Rows before, and rows that leave.
    pub rows: (usize, usize),
    /// Keys, and how many cells of each were blanked.
    pub keys: Vec<(String, usize)>,
    /// Columns left out, and why.
    pub dropped: Vec<(String, &'static str)>,
    /// Wanted size of the smallest combination.
    pub k: usize,
    /// Rows that shared their combination with too few, and those that were alone.
    pub violating: (usize, usize),
    /// The size of the smallest combination that leaves.
    pub smallest: usize,
    /// Share of the rows expected to be recognised before.
    pub risk_before: f64,
    /// The same of the rows that leave.
    pub risk: f64,
    /// Sensitive questions, with the combinations in which all who answered said the same, and all combinations
    /// (l-diversity; Machanavajjhala and others 2007): who is known to be in such a one is known to have said it.
    pub unanimous: Vec<(String, usize, usize)>,
}

impl Report {
    pub(super) fn new(
        (columns, keys): (&[Column], &[usize]),
        kept: &[usize],
        weights: &[f64],
        suppressed: &Suppressed,
        (risk_before, violating): (f64, (usize, usize)),
        k: usize,
    ) -> Self {
        let all = classes(columns, keys, suppressed.kept.len());
        let of: Vec<usize> = kept.iter().map(|&row| all[row]).collect();
        let kept_weights: Vec<f64> = kept.iter().map(|&row| weights[row]).collect();
        let key = |(at, &key): (usize, &usize)| (columns[key].name.clone(), suppressed.blanked[at]);
        let dropped = columns.iter().filter_map(|column| match column.what {
            Use::Dropped(why) => Some((column.name.clone(), why)),
            _ => None,
        });
        let sensitive = columns.iter().filter(|column| column.what == Use::Sensitive);
        Self {
            rows: (suppressed.kept.len(), kept.len()),
            keys: keys.iter().enumerate().map(key).collect(),
            dropped: dropped.collect(),
            k,
            violating,
            smallest: risk::smallest(&of),
            risk_before,
            risk: risk::global(&of, &kept_weights),
            unanimous: sensitive.map(|column| unanimous(column, kept, &of)).collect(),
        }
    }
}

fn unanimous(column: &Column, kept: &[usize], classes: &[usize]) -> (String, usize, usize) {
    let mut said: HashMap<usize, HashSet<&str>> = HashMap::new();
    for (&row, &class) in kept.iter().zip(classes) {
        said.entry(class).or_default().insert(&column.values[row]);
    }
    let same = said.values().filter(|said| said.len() == 1).count();
    (column.name.clone(), same, said.len())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let keys: Vec<String> = self.keys.iter().map(|(key, n)| format!("{key} ({n})")).collect();
        writeln!(f, "rows: {} of {}", self.rows.1, self.rows.0)?;
        writeln!(f, "keys, and cells blanked: {}", keys.join(", "))?;
        writeln!(
            f,
            "before: {} rows shared their keys with fewer than {} in all, {} of them with nobody",
            self.violating.0, self.k, self.violating.1
        )?;
        writeln!(
            f,
            "smallest combination now: {} rows (k = {})",
            self.smallest, self.k
        )?;
        writeln!(
            f,
            "rows expected to be recognised: {} before, {} now (the Humanitarian Data Exchange asks for under 3 %)",
            percent(self.risk_before),
            percent(self.risk)
        )?;
        for (question, same, all) in &self.unanimous {
            writeln!(
                f,
                "{question}: everybody said the same in {same} of {all} combinations"
            )?;
        }
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, why) in &self.dropped {
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, names)) => names.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
        for (why, names) in reasons {
            writeln!(f, "left out ({why}): {}", names.join(", "))?;
        }
        Ok(())
    }
}
