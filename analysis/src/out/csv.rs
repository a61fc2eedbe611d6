//! Tables as CSV: one estimate a row, or one file a question.
//!
//! Shares go from 0 to 1. Numbers have a point and as many digits as read back the same double; what is withheld
//! or unknown is blank.

use super::tidy::{COLUMNS, Cell, rows};
use crate::error::Error;
use crate::protect::{Released, ReleasedTable};
use std::io::Write;

/// All tables, one estimate a row.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_tidy(released: &Released, writer: impl Write) -> Result<(), Error> {
    tidy(released, writer, false)
}

/// The same, with a second header row of tags by the Humanitarian Exchange Language (HXL 1.1, hxlstandard.org).
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_tidy_hxl(released: &Released, writer: impl Write) -> Result<(), Error> {
    tidy(released, writer, true)
}

fn tidy(released: &Released, writer: impl Write, hxl: bool) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(COLUMNS.map(|column| column.name))?;
    if hxl {
        csv.write_record(COLUMNS.map(|column| column.hxl))?;
    }
    for row in rows(released) {
        csv.write_record(COLUMNS.map(|column| text((column.cell)(&row))))?;
    }
    csv.flush().map_err(csv::Error::from)?;
    Ok(())
}

fn text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => neutral(text),
        Cell::Flag(flag) => if flag { "yes" } else { "no" }.to_owned(),
        Cell::Number(number) => number.map_or_else(String::new, |n| n.to_string()),
        Cell::Count(count) => count.map_or_else(String::new, |n| n.to_string()),
    }
}

/// One question: a row for each category, four columns for each domain.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_wide(released: &Released, table: &ReleasedTable, writer: impl Write) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(writer);
    let mut header = vec!["category".to_owned(), "category_label".to_owned()];
    for domain in released.domains() {
        let name = if domain.code.is_empty() {
            domain.by.clone()
        } else {
            format!("{} {}", domain.by, domain.code)
        };
        header.extend(["estimate", "ci_low", "ci_high", "n"].map(|what| format!("{name} {what}")));
    }
    header.extend(["base", "synthetic"].map(String::from));
    csv.write_record(&header)?;
    for at in 0..table.categories().len().max(1) {
        let category = table.categories().get(at);
        let mut row = vec![
            neutral(category.map_or("", |c| &c.code)),
            neutral(category.map_or("", |c| &c.label)),
        ];
        for domain in 0..released.domains().len() {
            let estimate = table.cell(domain, at).estimate;
            let number = |value: Option<f64>| value.map_or_else(String::new, |v| v.to_string());
            row.push(number(estimate.map(|e| e.value)));
            row.push(number(estimate.and_then(|e| e.ci).map(|ci| ci.0)));
            row.push(number(estimate.and_then(|e| e.ci).map(|ci| ci.1)));
            row.push(estimate.map_or_else(String::new, |e| e.n.to_string()));
        }
        row.push(table.base().to_owned());
        row.push(if released.synthetic() { "yes" } else { "no" }.to_owned());
        csv.write_record(&row)?;
    }
    csv.flush().map_err(csv::Error::from)?;
    Ok(())
}

/// Names that a file system, or another file of the same folder, has for itself.
const TAKEN: [&str; 28] = [
    "tidy",
    "tests",
    "differences",
    "orders",
    "changes",
    "fieldwork",
    "con",
    "prn",
    "aux",
    "nul",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
];

/// A file name for a question's table: its key, with what no file system likes replaced. `group/name` becomes
/// `group--name`, which is no key of its own.
pub fn wide_name(table: &ReleasedTable) -> String {
    let fits = |c: char| {
        if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') {
            c
        } else {
            '-'
        }
    };
    let name: String = table.question().replace('/', "--").chars().map(fits).collect();
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let taken = if TAKEN.contains(&stem.as_str()) {
        "question-"
    } else {
        ""
    };
    format!("{taken}{name}.csv")
}

/// A text that no spreadsheet takes for a formula: an apostrophe stands before what begins like one and is no number.
/// [`Responses::from_csv`](crate::Responses::from_csv) takes it off again.
pub fn neutral(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
