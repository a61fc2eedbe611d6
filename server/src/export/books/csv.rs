//! CSV, a file a table.

use super::Book;
use baraza_analysis::{Shape, neutral};
use std::io::Write;

/// Gives where a table goes.
type Open<'o, W> = Box<dyn Fn(Option<&str>) -> anyhow::Result<W> + 'o>;

/// Files of CSV.
pub struct CsvBook<'o, W: Write> {
    open: Open<'o, W>,
    writers: Vec<csv::Writer<W>>,
}

impl<'o, W: Write> CsvBook<'o, W> {
    /// `open` gives where each table goes.
    pub fn new(open: impl Fn(Option<&str>) -> anyhow::Result<W> + 'o) -> Self {
        Self {
            open: Box::new(open),
            writers: Vec::new(),
        }
    }

    /// What the tables were written to.
    pub fn finish(self) -> anyhow::Result<Vec<W>> {
        let inner = |writer: csv::Writer<W>| {
            writer
                .into_inner()
                .map_err(|error| anyhow::anyhow!("{}", error.error()))
        };
        self.writers.into_iter().map(inner).collect()
    }
}

impl<W: Write> Book for CsvBook<'_, W> {
    fn begin(&mut self, repeat: Option<&str>, headers: &[(String, Shape)]) -> anyhow::Result<()> {
        let mut writer = csv::Writer::from_writer((self.open)(repeat)?);
        writer.write_record(headers.iter().map(|(name, _)| neutral(name)))?;
        self.writers.push(writer);
        Ok(())
    }

    fn add(&mut self, table: usize, cells: &[String]) -> anyhow::Result<()> {
        Ok(self.writers[table].write_record(cells.iter().map(|cell| neutral(cell)))?)
    }
}
