//! Rows that may leave: answers of single persons, with what could tell who they are coarsened or left out, and a
//! report of the risk that remains.
//!
//! Key variables are what a neighbour knows of somebody: gender, age band, group, area, displacement, disability, and
//! what the project names besides. Every combination of their values is shared by at least k rows (k-anonymity;
//! Samarati and Sweeney 1998, 'Protecting privacy when disclosing information'); keys are blanked where it would not
//! be, and the few rows for which that does not help are left out. A blank counts as a value of its own, so that the
//! rows that share it can be counted by anyone.

mod columns;
mod report;
mod risk;
mod suppress;
#[cfg(test)]
mod tests;

pub use report::Report;

use crate::error::Error;
use crate::responses::Responses;
use columns::{Column, Use};
use std::io::Write;

/// What is asked of a release of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Rows that share a combination of keys, at the least: 3 or 5.
    pub k: usize,
    /// Key variables besides those with a role, by the key of a question with one answer from a few.
    pub keys: Vec<String>,
    /// Leave areas in, and sensitive answers out. One of the two always is left out: what names an armed actor never
    /// stands beside a place (field.md, 'Doing no harm').
    pub keep_area: bool,
    /// People of whom the sample was drawn; `None` where nobody knows, and where weights add up to it.
    pub population: Option<f64>,
    /// The largest global risk: the share of rows that somebody who knows the keys of everyone would be expected to
    /// tell whose they are. The Humanitarian Data Exchange asks for less than 0.03.
    pub most_risk: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            k: 5,
            keys: Vec::new(),
            keep_area: false,
            population: None,
            most_risk: 0.03,
        }
    }
}

/// Rows that may leave, and what is to be told of them. Only [`anonymise`] makes one.
#[derive(Debug, Clone)]
pub struct Microdata {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    report: Report,
}

/// Makes rows that may leave.
///
/// # Errors
/// [`Error::UnknownBy`] and [`Error::NotADivision`] where a key can't be one, [`Error::Microdata`] where there is
/// nothing to protect by, where k can't be reached, or where the risk stays too large: then nothing may leave.
pub fn anonymise(responses: &Responses, options: &Options) -> Result<Microdata, Error> {
    if !(2..=100).contains(&options.k) {
        return Err(Error::Microdata(format!(
            "k is 3 or 5 as a rule, and from 2 to 100; {} was asked for",
            options.k
        )));
    }
    let mut columns = columns::columns(responses, options)?;
    let keys: Vec<usize> = (0..columns.len())
        .filter(|&at| columns[at].what == Use::Key)
        .collect();
    if keys.is_empty() {
        return Err(Error::Microdata(
            "no question has the role gender, age, group, area, displacement or disability: name those by which \
             people could be recognised with --key, or give the roles in the form"
                .to_owned(),
        ));
    }
    let weights = columns::weights(responses, options, responses.len())?;
    let first = classes(&columns, &keys, responses.len());
    let violating = (risk::violating(&first, options.k), risk::violating(&first, 2));
    let before = (risk::global(&first, &weights), violating);
    let suppressed = suppress::suppress(&mut columns, &keys, options.k, responses.len());
    let kept: Vec<usize> = (0..responses.len()).filter(|&row| suppressed.kept[row]).collect();
    if kept.len() < options.k || kept.len() * 10 < responses.len() * 9 {
        return Err(Error::Microdata(format!(
            "only {} of {} responses share their keys with {} others, however many keys are blanked: take fewer \
             keys, or merge their categories",
            kept.len(),
            responses.len(),
            options.k - 1
        )));
    }
    let report = Report::new((&columns, &keys), &kept, &weights, &suppressed, before, options.k);
    if report.risk > options.most_risk {
        return Err(Error::Microdata(format!(
            "{:.1} % of the rows could be expected to be recognised, and {:.1} % is the most: say of how many people \
             the sample was drawn (--population), take fewer keys or a larger k, or allow more (--most-risk)",
            100.0 * report.risk,
            100.0 * options.most_risk
        )));
    }
    Ok(Microdata::of(&columns, &kept, report))
}

/// Number of the combination of keys of each row.
fn classes(columns: &[Column], keys: &[usize], rows: usize) -> Vec<usize> {
    let mut numbers = std::collections::HashMap::new();
    (0..rows)
        .map(|row| {
            let values: Vec<&str> = keys
                .iter()
                .map(|&key| columns[key].values[row].as_str())
                .collect();
            let next = numbers.len();
            *numbers.entry(values).or_insert(next)
        })
        .collect()
}

impl Microdata {
    /// Rows in an order that tells nothing of when and where they came.
    fn of(columns: &[Column], kept: &[usize], report: Report) -> Self {
        let leaving: Vec<&Column> = columns.iter().filter(|column| column.what.leaves()).collect();
        let row = |&row: &usize| leaving.iter().map(|column| column.values[row].clone()).collect();
        let mut rows: Vec<Vec<String>> = kept.iter().map(row).collect();
        rows.sort_unstable();
        Self {
            header: leaving.iter().map(|column| column.name.clone()).collect(),
            rows,
            report,
        }
    }

    /// What is left of the risk, and what was done about it.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Names of the columns: keys of questions.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// One row a response, by column; blank is not asked, not answered, or blanked.
    pub fn rows(&self) -> &[Vec<String>] {
        &self.rows
    }

    /// Writes the rows as CSV.
    ///
    /// # Errors
    /// [`Error::Csv`] where the writer fails.
    pub fn write(&self, writer: impl Write) -> Result<(), Error> {
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(self.header.iter().map(|name| crate::neutral(name)))?;
        for row in &self.rows {
            csv.write_record(row.iter().map(|cell| crate::neutral(cell)))?;
        }
        csv.flush().map_err(csv::Error::from)?;
        Ok(())
    }
}
