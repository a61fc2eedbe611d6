//! Parquet, a file a table.

use super::Book;
use baraza_analysis::{ParquetRows, Shape};
use std::io::Write;

/// Gives where a table goes; nothing where nobody wants it.
type Open<'o, W> = Box<dyn Fn(Option<&str>) -> anyhow::Result<Option<W>> + 'o>;

/// Files of Parquet.
pub struct ParquetBook<'o, W: Write> {
    open: Open<'o, W>,
    tables: Vec<Option<ParquetRows<W>>>,
}

impl<'o, W: Write> ParquetBook<'o, W> {
    /// `open` gives where each table goes.
    pub fn new(open: impl Fn(Option<&str>) -> anyhow::Result<Option<W>> + 'o) -> Self {
        Self {
            open: Box::new(open),
            tables: Vec::new(),
        }
    }

    /// What the tables were written to.
    pub fn finish(self) -> anyhow::Result<Vec<W>> {
        let tables = self.tables.into_iter().flatten();
        tables.map(|table| Ok(table.finish()?)).collect()
    }
}

impl<W: Write> Book for ParquetBook<'_, W> {
    fn begin(&mut self, repeat: Option<&str>, headers: &[(String, Shape)]) -> anyhow::Result<()> {
        let to = (self.open)(repeat)?;
        self.tables
            .push(to.map(|to| ParquetRows::new(to, headers)).transpose()?);
        Ok(())
    }

    fn add(&mut self, table: usize, cells: &[String]) -> anyhow::Result<()> {
        if let Some(table) = &mut self.tables[table] {
            table.add(cells)?;
        }
        Ok(())
    }
}
