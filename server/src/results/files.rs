//! Downloads: files of the release as they are, and of one table as the lines of the release that are of it.

use super::cut::Cut;
use super::publication::unpacked;
use crate::store::Store;
use anyhow::Context;
use baraza_analysis::Words;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};

/// A file of the whole release.
#[derive(Debug)]
pub struct Whole {
    /// Its name in addresses, and when it is saved.
    pub name: &'static str,
    pub kind: &'static str,
    /// Whether there is one in each language.
    pub is_spoken: bool,
    /// The interface's text for it.
    pub text: &'static str,
}

const fn whole(name: &'static str, kind: &'static str, is_spoken: bool, text: &'static str) -> Whole {
    Whole {
        name,
        kind,
        is_spoken,
        text,
    }
}

/// The type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The type of a CSV.
pub const CSV: &str = "text/csv; charset=utf-8";

/// All of them, in the order in which they are offered.
pub const WHOLE: [Whole; 8] = [
    whole("report.html", "text/html; charset=utf-8", true, "results_report"),
    whole("tables.xlsx", XLSX, true, "results_whole_xlsx"),
    whole("tidy.csv", CSV, false, "results_whole_tidy"),
    whole("wide.zip", "application/zip", false, "results_whole_wide"),
    whole(
        "tidy.parquet",
        "application/vnd.apache.parquet",
        false,
        "results_whole_parquet",
    ),
    whole("tables.json", "application/json", false, "results_whole_json"),
    whole("tests.csv", CSV, false, "results_whole_tests"),
    whole("differences.csv", CSV, false, "results_whole_differences"),
];

impl Whole {
    /// Its name among the files of the release.
    pub fn file(&self, language: usize) -> String {
        if self.is_spoken {
            format!("{language}/{}", self.name)
        } else {
            self.name.to_owned()
        }
    }
}

/// The lines of the release's tidy table that are of a cut, under its header.
pub fn csv(cut: &Cut<'_>, store: &Store) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(packed) = cut.publication.file(store, &format!("tidy/{}.csv", cut.at))? else {
        return Ok(None);
    };
    let tidy = unpacked(&packed)?;
    let mut all = csv::Reader::from_reader(&tidy[..]);
    let header = all.headers()?.clone();
    let by = header.iter().position(|column| column == "by");
    let by = by.context("the tidy table lacks a column")?;
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header)?;
    for row in all.records() {
        let row = row?;
        if row.get(by).is_some_and(|by| by == "overall" || by == cut.by.by) {
            out.write_record(&row)?;
        }
    }
    Ok(Some(out.into_inner()?))
}

/// The table as a workbook: a row for each group and answer.
pub fn xlsx(cut: &Cut<'_>, words: Words) -> anyhow::Result<Vec<u8>> {
    let tables = &cut.publication.tables;
    let mut workbook = Workbook::new();
    // The moment of writing would make two files of the same figures differ.
    let made = ExcelDateTime::parse_from_str(&tables.made)?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(cut.label())
            .set_creation_datetime(&made),
    );
    let (bold, percent, plain) = (
        Format::new().set_bold(),
        Format::new().set_num_format("0.0%"),
        Format::new().set_num_format("#,##0.00"),
    );
    let number = if cut.is_mean() { &plain } else { &percent };
    let sheet = workbook.add_worksheet();
    sheet.set_right_to_left(cut.words.rtl);
    let mut row = 0;
    sheet.write_string_with_format(row, 0, cut.label(), &bold)?;
    for line in super::shown::worth(cut, words) {
        row += 1;
        sheet.write_string(row, 0, line)?;
    }
    row += 2;
    let value = if cut.is_mean() { "mean" } else { "share" };
    for (column, key) in (0..).zip(["group", "answer", value, "low", "high", "n", "note"]) {
        sheet.write_string_with_format(row, column, words.t(key), &bold)?;
    }
    for &domain in &cut.domains {
        for at in cut.categories() {
            let Some(cell) = cut.cell(domain, at) else {
                continue;
            };
            row += 1;
            sheet.write_string(row, 0, super::shown::domain_label(cut, domain, words))?;
            sheet.write_string(row, 1, cut.category(at).map_or("", |(_, label)| label))?;
            let ends = [cell.estimate, cell.ci_low, cell.ci_high];
            for (column, value) in (2..).zip(ends) {
                if let Some(value) = value {
                    sheet.write_number_with_format(row, column, value, number)?;
                }
            }
            if let Some(n) = cell.n {
                sheet.write_number(row, 5, n as f64)?;
            }
            sheet.write_string(row, 6, super::shown::note(cut, &cell.status, words))?;
        }
    }
    for (column, width) in [(0, 24), (1, 36), (6, 48)] {
        sheet.set_column_width(column, width)?;
    }
    Ok(workbook.save_to_buffer()?)
}
