//! The tidy table as Parquet: floats, integers, booleans and texts; null is withheld or unknown.

use super::tidy::{COLUMNS, Cell, Row, rows};
use crate::error::Error;
use crate::protect::Released;
use polars::prelude::{Column, DataFrame, NamedFrom, ParquetWriter, Series};
use std::io::Write;

/// The columns of the tidy CSV under the same names. A blank text is null.
///
/// # Errors
/// [`Error::Frame`] where the writer fails.
pub fn write_parquet(released: &Released, writer: impl Write) -> Result<(), Error> {
    let rows: Vec<Row<'_>> = rows(released).collect();
    let columns: Vec<Column> = COLUMNS
        .iter()
        .map(|column| series(column.name, rows.iter().map(|row| (column.cell)(row)).collect()).into())
        .collect();
    let mut frame = DataFrame::new_infer_height(columns)?;
    ParquetWriter::new(writer).finish(&mut frame)?;
    Ok(())
}

/// All cells of a column are of one kind, as its function is.
fn series(name: &str, cells: Vec<Cell<'_>>) -> Series {
    let name = name.into();
    match cells.first() {
        Some(Cell::Number(_)) => Series::new(name, cells.into_iter().map(number).collect::<Vec<_>>()),
        Some(Cell::Count(_)) => Series::new(name, cells.into_iter().map(count).collect::<Vec<_>>()),
        Some(Cell::Flag(_)) => Series::new(name, cells.into_iter().map(flag).collect::<Vec<_>>()),
        Some(Cell::Text(_)) | None => Series::new(name, cells.into_iter().map(text).collect::<Vec<_>>()),
    }
}

fn number(cell: Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Number(number) => number,
        _ => None,
    }
}

fn count(cell: Cell<'_>) -> Option<u64> {
    match cell {
        Cell::Count(count) => count,
        _ => None,
    }
}

fn flag(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Flag(flag) => Some(flag),
        _ => None,
    }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text).filter(|text| !text.is_empty()),
        _ => None,
    }
}
