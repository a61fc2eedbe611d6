//! The columns of a Parquet file.

use super::column::{Coded, Coder, coded_floats, coded_numbers};
use crate::error::Error;
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_arrow::types::NativeType;
use polars_parquet::read::schema::parquet_to_arrow_schema;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, column_iter_to_arrays, read_metadata,
};
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A file whose columns can be read one by one, from several threads.
pub struct ParquetFile {
    path: PathBuf,
    metadata: FileMetadata,
    fields: Vec<Field>,
}

/// A column as the file has it.
pub enum Raw {
    /// Texts, categories, true and false as `yes` and `no`, and whole numbers as texts.
    Texts(Coded),
    /// Numbers with a fraction, or too large to be codes; NaN is blank.
    Numbers(Vec<f64>),
}

impl Raw {
    /// As codes, whatever the type.
    pub fn coded(self) -> Coded {
        match self {
            Self::Texts(coded) => coded,
            Self::Numbers(numbers) => coded_floats(&numbers),
        }
    }
}

impl ParquetFile {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = |source| Error::File {
            path: path.display().to_string(),
            source,
        };
        let mut opened = File::open(path).map_err(file)?;
        if opened.metadata().map_err(file)?.len() == 0 {
            return Err(Error::Empty);
        }
        let metadata = read_metadata(&mut opened).map_err(|error| broken(path, &error))?;
        let fields = parquet_to_arrow_schema(metadata.schema().fields());
        Ok(Self {
            path: path.to_owned(),
            fields: fields.iter_values().cloned().collect(),
            metadata,
        })
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.metadata.num_rows
    }

    /// The columns' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> &str {
        self.fields[column].name.as_str()
    }

    /// Whether a column is of a type that can hold answers.
    pub fn is_readable(&self, column: usize) -> bool {
        use ArrowDataType as Type;
        matches!(
            self.fields[column].dtype,
            Type::Int8
                | Type::Int16
                | Type::Int32
                | Type::Int64
                | Type::UInt8
                | Type::UInt16
                | Type::UInt32
                | Type::Float32
                | Type::Float64
                | Type::Boolean
                | Type::Utf8View
        )
    }

    /// The values of a column that is readable.
    pub fn column(&self, column: usize) -> Result<Raw, Error> {
        let arrays = self.arrays(column)?;
        let dtype = &self.fields[column].dtype;
        Ok(match dtype {
            ArrowDataType::Int8 => whole::<i8>(&arrays),
            ArrowDataType::Int16 => whole::<i16>(&arrays),
            ArrowDataType::Int32 => whole::<i32>(&arrays),
            ArrowDataType::Int64 => whole::<i64>(&arrays),
            ArrowDataType::UInt8 => whole::<u8>(&arrays),
            ArrowDataType::UInt16 => whole::<u16>(&arrays),
            ArrowDataType::UInt32 => whole::<u32>(&arrays),
            ArrowDataType::Float32 => {
                Raw::Numbers(values::<f32>(&arrays).map(|v| finite(v.map(f64::from))).collect())
            }
            ArrowDataType::Float64 => Raw::Numbers(values::<f64>(&arrays).map(finite).collect()),
            ArrowDataType::Boolean => Raw::Texts(booleans(&arrays)),
            _ => Raw::Texts(texts(&arrays)),
        })
    }

    /// One array for each row group or so.
    fn arrays(&self, column: usize) -> Result<Vec<Box<dyn Array>>, Error> {
        let field = &self.fields[column];
        let mut file = File::open(&self.path).map_err(|source| Error::File {
            path: self.path.display().to_string(),
            source,
        })?;
        let mut arrays = Vec::new();
        for group in &self.metadata.row_groups {
            let chunks: Vec<&ColumnChunkMetadata> = group
                .columns_under_root_iter(field.name.as_str())
                .into_iter()
                .flatten()
                .collect();
            let mut pages = Vec::new();
            for chunk in &chunks {
                let bytes =
                    read_range(&mut file, chunk.byte_range()).map_err(|error| broken(&self.path, &error))?;
                let reader = PageReader::new(Cursor::new(bytes.into()), chunk, Vec::new(), usize::MAX);
                pages.push(BasicDecompressor::new(reader, Vec::new()));
            }
            let types = chunks
                .iter()
                .map(|chunk| &chunk.descriptor().descriptor.primitive_type)
                .collect();
            let (read, _) = column_iter_to_arrays(pages, types, field.clone(), None)
                .map_err(|error| broken(&self.path, &error))?;
            arrays.extend(read);
        }
        let read: usize = arrays.iter().map(|array| array.len()).sum();
        if read == self.rows() {
            Ok(arrays)
        } else {
            let why = format!("column '{}' has {read} of {} rows", field.name, self.rows());
            Err(broken(&self.path, &why))
        }
    }
}

fn broken(path: &Path, why: &impl ToString) -> Error {
    Error::Parquet {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}

fn read_range(file: &mut File, range: std::ops::Range<u64>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = range.end.saturating_sub(range.start);
    file.seek(SeekFrom::Start(range.start))?;
    file.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// NaN for what is blank, and for infinity, which is no answer.
fn finite(value: Option<f64>) -> f64 {
    value.filter(|value| value.is_finite()).unwrap_or(f64::NAN)
}

fn values<T: NativeType>(arrays: &[Box<dyn Array>]) -> impl Iterator<Item = Option<T>> {
    let typed = arrays
        .iter()
        .filter_map(|array| array.as_any().downcast_ref::<PrimitiveArray<T>>());
    typed.flat_map(|array| array.iter().map(Option::<&T>::copied))
}

/// Whole numbers: from 0 to 254 each is its own code.
fn whole<T: NativeType + Into<i64>>(arrays: &[Box<dyn Array>]) -> Raw {
    /// What is larger than this is no code, and may be no exact float either.
    const MOST: i64 = 1 << 53;
    let wide = || values::<T>(arrays).map(|value| value.map(Into::<i64>::into));
    match narrow::<T>(arrays) {
        Some(codes) => Raw::Texts(codes),
        None if wide().flatten().all(|value| value.abs() < MOST) => Raw::Texts(coded_numbers(wide())),
        None => Raw::Numbers(
            wide()
                .map(|value| value.map_or(f64::NAN, |value| value as f64))
                .collect(),
        ),
    }
}

fn narrow<T: NativeType + Into<i64>>(arrays: &[Box<dyn Array>]) -> Option<Coded> {
    let mut codes = Vec::new();
    let mut most = 0;
    for array in arrays {
        let array = array.as_any().downcast_ref::<PrimitiveArray<T>>()?;
        let code = |value: T| u8::try_from(value.into()).unwrap_or(u8::MAX);
        let start = codes.len();
        codes.extend(array.values().iter().map(|&value| code(value)));
        if let Some(validity) = array.validity() {
            for (code, valid) in codes[start..].iter_mut().zip(validity.iter()) {
                most = most.max(if valid { *code } else { 0 });
                *code = if valid { *code } else { u8::MAX };
            }
        } else {
            most = most.max(codes[start..].iter().copied().max().unwrap_or(0));
        }
    }
    let mut coder = Coder::default();
    (most < u8::MAX).then(|| {
        for code in 0..=most {
            coder.code(&code.to_string());
        }
        coder.finish_narrow(codes)
    })
}

fn booleans(arrays: &[Box<dyn Array>]) -> Coded {
    let mut coder = Coder::default();
    let typed = arrays
        .iter()
        .filter_map(|array| array.as_any().downcast_ref::<BooleanArray>());
    for value in typed.flatten() {
        coder.push(value.map(|value| if value { "yes" } else { "no" }));
    }
    coder.finish()
}

fn texts(arrays: &[Box<dyn Array>]) -> Coded {
    let mut coder = Coder::default();
    let typed = arrays
        .iter()
        .filter_map(|array| array.as_any().downcast_ref::<Utf8ViewArray>());
    for value in typed.flatten() {
        coder.push(value);
    }
    coder.finish()
}
