//! How large the tables of an OpenDocument spreadsheet are, before anything unfolds them.
//!
//! A few bytes say that a cell is repeated a million times, and a reader that makes a table of it fills the memory.

use super::workbook::ReadError;
use quick_xml::events::{BytesStart, Event};
use std::io::{BufReader, Read};

/// Refuses a spreadsheet whose rows and columns, spelled out, are more than `most` cells in a table.
///
/// # Errors
/// It is too large. What is wrong otherwise is left for the reader to tell.
pub fn measure(content: impl Read, most: u64) -> Result<(), ReadError> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(content));
    let mut buffer = Vec::new();
    let mut table = Table::default();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(start)) => table.element(&start, true),
            Ok(Event::Empty(start)) => table.element(&start, false),
            Ok(Event::Eof) | Err(_) => return Ok(()),
            Ok(_) => {}
        }
        if table.filled_rows.saturating_mul(table.width) > most {
            return Err(ReadError::TooLarge(format!(
                "a sheet has {} rows and {} columns with all that is repeated in it: a questionnaire has at most {most} cells",
                table.filled_rows, table.width
            )));
        }
    }
}

#[derive(Default)]
struct Table {
    /// Rows so far, and how many of them up to the last that is not blank.
    rows: u64,
    filled_rows: u64,
    /// The most columns of a row, up to its last cell that is not blank.
    width: u64,
    columns: u64,
    repeated: u64,
}

impl Table {
    fn element(&mut self, element: &BytesStart<'_>, has_content: bool) {
        match element.local_name().as_ref() {
            "table" => *self = Self::default(),
            "table-row" => {
                self.repeated = number(element, "number-rows-repeated");
                self.rows = self.rows.saturating_add(self.repeated);
                self.columns = 0;
            }
            "table-cell" | "covered-table-cell" => {
                self.columns = self
                    .columns
                    .saturating_add(number(element, "number-columns-repeated"));
                if has_content {
                    self.filled_rows = self.rows;
                    self.width = self.width.max(self.columns);
                }
            }
            _ => {}
        }
    }
}

fn number(element: &BytesStart<'_>, name: &str) -> u64 {
    let attributes = element.attributes().flatten();
    let mut named = attributes.filter(|attribute| attribute.key.local_name().as_ref() == name);
    named
        .next()
        .and_then(|attribute| attribute.value.parse().ok())
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::measure;

    fn sheet(rows: &str) -> String {
        format!("<d><table:table table:name='survey'>{rows}</table:table></d>")
    }

    #[test]
    fn what_is_repeated_counts_and_blank_margins_do_not() {
        let cell =
            "<table:table-cell table:number-columns-repeated='900'><text:p>x</text:p></table:table-cell>";
        let bomb = sheet(&format!(
            "<table:table-row table:number-rows-repeated='110000'>{cell}</table:table-row>"
        ));
        let error = measure(bomb.as_bytes(), 5_000_000)
            .expect_err("a bomb")
            .to_string();
        assert!(error.contains("110000 rows and 900 columns"), "{error}");
        let far = sheet(
            "<table:table-row table:number-rows-repeated='1000000'><table:table-cell/></table:table-row><table:table-row><table:table-cell table:number-columns-repeated='16000'/><table:table-cell><p>x</p></table:table-cell></table:table-row>",
        );
        assert!(measure(far.as_bytes(), 5_000_000).is_err());
        let usual = sheet(&format!(
            "<table:table-row>{cell}</table:table-row><table:table-row table:number-rows-repeated='1048000'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>"
        ));
        assert!(measure(usual.as_bytes(), 5_000_000).is_ok());
    }
}
