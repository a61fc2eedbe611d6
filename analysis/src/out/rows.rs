//! Rows as they come into Parquet, some thousands at a time: single answers, for those who may see them. What may be
//! published goes through [`write_parquet`](super::write_parquet).

use crate::error::Error;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{Column, DataFrame, DataType, Field, NamedFrom, ParquetWriter, Schema, Series};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// Rows that are held in memory before they are written.
const TOGETHER: usize = 8192;
/// The column of what its own column can't hold.
const UNFIT: &str = "unfit";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Words, codes, dates.
    Text,
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
}

enum Cells {
    Text(Vec<Option<String>>),
    Whole(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
}

impl Cells {
    fn of(shape: Shape) -> Self {
        match shape {
            Shape::Text => Self::Text(Vec::new()),
            Shape::Whole => Self::Whole(Vec::new()),
            Shape::Number => Self::Number(Vec::new()),
        }
    }

    /// Whether the cell fits; one that does not is null.
    fn push(&mut self, cell: &str) -> bool {
        if cell.is_empty() {
            match self {
                Self::Text(cells) => cells.push(None),
                Self::Whole(cells) => cells.push(None),
                Self::Number(cells) => cells.push(None),
            }
            return true;
        }
        match self {
            Self::Text(cells) => {
                cells.push(Some(cell.to_owned()));
                true
            }
            Self::Whole(cells) => {
                cells.push(cell.parse().ok());
                cells.last().is_some_and(Option::is_some)
            }
            Self::Number(cells) => {
                cells.push(cell.parse().ok().filter(|number: &f64| number.is_finite()));
                cells.last().is_some_and(Option::is_some)
            }
        }
    }

    fn take(&mut self, name: &str) -> Column {
        let name = name.into();
        match self {
            Self::Text(cells) => Series::new(name, std::mem::take(cells)),
            Self::Whole(cells) => Series::new(name, std::mem::take(cells)),
            Self::Number(cells) => Series::new(name, std::mem::take(cells)),
        }
        .into()
    }
}

/// A writer that is had back.
struct Shared<W>(Arc<Mutex<W>>);

impl<W: Write> Write for Shared<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// A table in Parquet while it is written. A blank cell is null. What does not fit its column, such as words that an
/// older version of the form took where the newest asks for a number, is null there and stands in a column 'unfit':
/// `age=about 30`.
pub struct ParquetRows<W: Write> {
    names: Vec<String>,
    columns: Vec<Cells>,
    unfit: Vec<Option<String>>,
    writer: BatchedWriter<Shared<W>>,
    to: Arc<Mutex<W>>,
}

impl<W: Write> ParquetRows<W> {
    /// A table of these columns.
    ///
    /// # Errors
    /// [`Error::Frame`] where the writer fails.
    pub fn new(to: W, headers: &[(String, Shape)]) -> Result<Self, Error> {
        let mut names: Vec<String> = Vec::new();
        for name in headers.iter().map(|(name, _)| name.as_str()).chain([UNFIT]) {
            let mut name = name.to_owned();
            while names.contains(&name) {
                name.push('_');
            }
            names.push(name);
        }
        let kinds = headers.iter().map(|(_, shape)| match shape {
            Shape::Text => DataType::String,
            Shape::Whole => DataType::Int64,
            Shape::Number => DataType::Float64,
        });
        let fields = names.iter().zip(kinds.chain([DataType::String]));
        let schema: Schema = fields
            .map(|(name, kind)| Field::new(name.as_str().into(), kind))
            .collect();
        let to = Arc::new(Mutex::new(to));
        let writer = ParquetWriter::new(Shared(Arc::clone(&to))).batched(&schema)?;
        Ok(Self {
            names,
            columns: headers.iter().map(|(_, shape)| Cells::of(*shape)).collect(),
            unfit: Vec::new(),
            writer,
            to,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`Error::Frame`] where the writer fails.
    pub fn add(&mut self, cells: &[String]) -> Result<(), Error> {
        let mut unfit = Vec::new();
        for ((column, cell), name) in self.columns.iter_mut().zip(cells).zip(&self.names) {
            if !column.push(cell) {
                unfit.push(format!("{name}={cell}"));
            }
        }
        self.unfit.push((!unfit.is_empty()).then(|| unfit.join("; ")));
        if self.unfit.len() >= TOGETHER {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<(), Error> {
        let mut columns: Vec<Column> = self
            .columns
            .iter_mut()
            .zip(&self.names)
            .map(|(cells, name)| cells.take(name))
            .collect();
        let unfit = Series::new(
            self.names[columns.len()].as_str().into(),
            std::mem::take(&mut self.unfit),
        );
        columns.push(unfit.into());
        let frame = DataFrame::new_infer_height(columns)?;
        Ok(self.writer.write_batch(&frame)?)
    }

    /// Ends the table, and gives back what it was written to.
    ///
    /// # Errors
    /// [`Error::Frame`] where the writer fails.
    pub fn finish(mut self) -> Result<W, Error> {
        self.write()?;
        self.writer.finish()?;
        drop(self.writer);
        let to = Arc::into_inner(self.to).unwrap_or_else(|| unreachable!("the other end was just dropped"));
        Ok(to.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::{ParquetRows, Shape, TOGETHER};
    use polars::prelude::{ParquetReader, SerReader};
    use std::io::Cursor;

    #[test]
    fn more_rows_than_are_held_in_memory_come_back_as_they_were() {
        let headers = [
            ("name".to_owned(), Shape::Text),
            ("age".to_owned(), Shape::Whole),
            ("share".to_owned(), Shape::Number),
        ];
        let mut rows = ParquetRows::new(Vec::new(), &headers).expect("a table");
        let all = 2 * TOGETHER + 1;
        for n in 0..all {
            let age = if n == 5 {
                "about 30".to_owned()
            } else {
                n.to_string()
            };
            rows.add(&[format!("p{n}"), age, String::new()]).expect("a row");
        }
        let bytes = rows.finish().expect("an end");
        let frame = ParquetReader::new(Cursor::new(bytes)).finish().expect("a file");
        assert_eq!(frame.shape(), (all, 4));
        let ages = frame.column("age").expect("ages");
        assert_eq!(
            ages.i64().expect("whole numbers").get(all - 1),
            i64::try_from(all - 1).ok()
        );
        assert_eq!(ages.i64().expect("whole numbers").get(5), None);
        let unfit = frame.column("unfit").expect("what did not fit");
        assert_eq!(unfit.str().expect("words").get(5), Some("age=about 30"));
        assert_eq!(frame.column("share").expect("shares").null_count(), all);
    }
}
