//! The formats of tables of responses.

mod csv;
mod parquet;
mod xlsx;

pub use csv::CsvBook;
pub use parquet::ParquetBook;
pub use xlsx::{MOST_COLUMNS, XlsxBook};

use baraza_analysis::Shape;
use clap::ValueEnum;

/// What tables are written to. The survey's own comes first, then each repeat's.
pub trait Book {
    /// Begins a table: `None` is the survey's own.
    fn begin(&mut self, repeat: Option<&str>, headers: &[(String, Shape)]) -> anyhow::Result<()>;

    /// Adds a row to a table, by its place among those that were begun.
    fn add(&mut self, table: usize, cells: &[String]) -> anyhow::Result<()>;
}

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text with commas, a file for each repeat
    Csv,
    /// A workbook, a sheet for each repeat
    Xlsx,
    /// Columns with types, a file for each repeat
    Parquet,
}

impl Format {
    /// How its files end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// By the ending.
    pub fn of(ending: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx, Self::Parquet]
            .into_iter()
            .find(|format| format.ending() == ending)
    }

    /// Its content type.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// Whether it takes tables of so many columns.
    pub fn takes(self, columns: usize) -> bool {
        self != Self::Xlsx || columns <= MOST_COLUMNS
    }
}
