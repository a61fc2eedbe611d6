//! A workbook, a sheet a table. Rows go to a file of their own as they come, so that a million of them take no memory.

use super::Book;
use anyhow::Context;
use baraza_analysis::Shape;
use rust_xlsxwriter::Workbook;
use std::io::Write;
use std::path::Path;

/// Rows that a sheet takes, its header included.
const MOST_ROWS: u32 = 1 << 20;
/// Columns that a sheet takes.
pub const MOST_COLUMNS: usize = 1 << 14;
/// Characters that a cell takes, as a spreadsheet counts them.
const MOST_TEXT: usize = 32_767;
/// Whole numbers up to here are kept exactly by a spreadsheet.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Characters of a sheet's name.
const MOST_NAME: usize = 31;
/// What the survey's own sheet is called.
const OWN: &str = "responses";

struct Table {
    /// Its name; further sheets of it have a number behind.
    name: String,
    headers: Vec<(String, Shape)>,
    /// Where the sheet that is written now stands in the workbook.
    sheet: usize,
    sheets: u32,
    /// The next row.
    row: u32,
}

/// A workbook.
pub struct XlsxBook {
    workbook: Workbook,
    tables: Vec<Table>,
    /// Names of sheets, in small letters: spreadsheets take no two that differ in capitals alone.
    names: Vec<String>,
    most_rows: u32,
    /// Cells whose words were too long for a spreadsheet.
    pub cut: u64,
}

impl XlsxBook {
    /// `room` is a folder for what waits to be put together.
    pub fn new(room: &Path) -> anyhow::Result<Self> {
        let mut workbook = Workbook::new();
        workbook
            .set_tempdir(room)
            .with_context(|| format!("can't write in {}", room.display()))?;
        Ok(Self {
            workbook,
            tables: Vec::new(),
            names: Vec::new(),
            most_rows: MOST_ROWS,
            cut: 0,
        })
    }

    /// Puts the workbook together.
    pub fn finish(mut self, to: impl Write + Send) -> anyhow::Result<()> {
        Ok(self.workbook.save_to_writer(to)?)
    }

    /// A name that spreadsheets take, and that no other sheet has.
    fn name(&mut self, wanted: &str) -> String {
        let safe = |c: char| {
            if "[]:*?/\\'".contains(c) || c.is_control() {
                '_'
            } else {
                c
            }
        };
        let wanted: String = wanted.chars().map(safe).collect();
        let mut n = 1;
        loop {
            let ending = if n == 1 { String::new() } else { format!(" {n}") };
            let kept = wanted.chars().take(MOST_NAME - ending.len());
            let name = format!("{}{ending}", kept.collect::<String>());
            if !self.names.contains(&name.to_lowercase()) {
                self.names.push(name.to_lowercase());
                return name;
            }
            n += 1;
        }
    }

    /// A sheet with its header; gives its place in the workbook.
    fn sheet(&mut self, name: &str, headers: &[(String, Shape)]) -> anyhow::Result<usize> {
        let name = self.name(name);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, (header, _)) in (0u16..).zip(headers) {
            sheet.write_string(0, column, header)?;
        }
        Ok(self.names.len() - 1)
    }
}

impl Book for XlsxBook {
    fn begin(&mut self, repeat: Option<&str>, headers: &[(String, Shape)]) -> anyhow::Result<()> {
        anyhow::ensure!(
            headers.len() <= MOST_COLUMNS,
            "a workbook takes {MOST_COLUMNS} columns, and there are {}: take CSV or Parquet",
            headers.len()
        );
        let name = repeat.unwrap_or(OWN).to_owned();
        let sheet = self.sheet(&name, headers)?;
        self.tables.push(Table {
            name,
            headers: headers.to_vec(),
            sheet,
            sheets: 1,
            row: 1,
        });
        Ok(())
    }

    fn add(&mut self, table: usize, cells: &[String]) -> anyhow::Result<()> {
        if self.tables[table].row >= self.most_rows {
            let (name, headers) = (
                self.tables[table].name.clone(),
                self.tables[table].headers.clone(),
            );
            let sheet = self.sheet(&format!("{name} {}", self.tables[table].sheets + 1), &headers)?;
            let table = &mut self.tables[table];
            (table.sheet, table.row) = (sheet, 1);
            table.sheets += 1;
        }
        let table = &mut self.tables[table];
        let sheet = self.workbook.worksheet_from_index(table.sheet)?;
        for (column, (cell, (_, shape))) in (0u16..).zip(cells.iter().zip(&table.headers)) {
            if cell.is_empty() {
                continue;
            }
            let number: Option<f64> = match shape {
                Shape::Text => None,
                Shape::Whole | Shape::Number => cell.parse().ok(),
            };
            match number.filter(|number| number.is_finite() && number.abs() < EXACT) {
                Some(number) => sheet.write_number(table.row, column, number)?,
                None => match shortened(cell) {
                    None => sheet.write_string(table.row, column, cell)?,
                    Some(short) => {
                        self.cut += 1;
                        sheet.write_string(table.row, column, short)?
                    }
                },
            };
        }
        table.row += 1;
        Ok(())
    }
}

/// What a spreadsheet takes of words that are too long for it, with a mark that says so.
fn shortened(cell: &str) -> Option<String> {
    let units: usize = cell.chars().map(char::len_utf16).sum();
    if units <= MOST_TEXT {
        return None;
    }
    let mark = " […cut: take CSV for all of it]";
    let mut left = MOST_TEXT - mark.chars().map(char::len_utf16).sum::<usize>();
    let mut short = String::new();
    for c in cell.chars() {
        let Some(rest) = left.checked_sub(c.len_utf16()) else {
            break;
        };
        left = rest;
        short.push(c);
    }
    Some(short + mark)
}

#[cfg(test)]
mod tests {
    use super::{Book, MOST_TEXT, Shape, XlsxBook, shortened};
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    #[test]
    fn what_a_sheet_does_not_take_goes_on_in_another() {
        let room = tempfile::tempdir().expect("a folder");
        let mut book = XlsxBook::new(room.path()).expect("a book");
        book.most_rows = 4;
        let headers = [("name".to_owned(), Shape::Text), ("age".to_owned(), Shape::Whole)];
        book.begin(None, &headers).expect("a table");
        book.begin(Some("a/b*member of a household with a long name"), &headers)
            .expect("a table");
        for n in 0..7 {
            book.add(0, &[format!("=p{n}"), n.to_string()]).expect("a row");
        }
        book.add(1, &["x".to_owned(), "about 30".to_owned()])
            .expect("a row");
        let mut bytes = Vec::new();
        book.finish(&mut bytes).expect("a file");
        let mut read: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let names = read.sheet_names();
        assert_eq!(
            names,
            [
                "responses",
                "a_b_member of a household with a",
                "responses 2",
                "responses 3"
            ]
            .map(|name| name.chars().take(31).collect::<String>())
        );
        let mut ages = Vec::new();
        for name in ["responses", "responses 2", "responses 3"] {
            let sheet = read.worksheet_range(name).expect("a sheet");
            assert_eq!(sheet.get_value((0, 1)), Some(&Data::String("age".into())));
            ages.extend(sheet.rows().skip(1).map(|row| row[1].clone()));
        }
        assert_eq!(
            ages,
            (0..7).map(|n| Data::Float(f64::from(n))).collect::<Vec<_>>()
        );
        let members = read.worksheet_range(&names[1]).expect("a sheet");
        assert_eq!(members.get_value((1, 1)), Some(&Data::String("about 30".into())));
    }

    #[test]
    fn words_that_are_too_long_say_so() {
        assert_eq!(shortened(&"x".repeat(MOST_TEXT)), None);
        let short = shortened(&"🌍".repeat(MOST_TEXT)).expect("it is too long");
        assert!(short.ends_with("take CSV for all of it]"));
        assert!(short.encode_utf16().count() <= MOST_TEXT);
    }
}
