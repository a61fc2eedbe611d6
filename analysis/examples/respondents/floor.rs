//! What the work can't be faster than: reading its columns, and one weighted sum of each.

use crate::Failure;
use crate::form::{ITEMS, OPTIONS};
use polars_arrow::array::{Array, PrimitiveArray};
use polars_arrow::datatypes::{ArrowDataType, Field};
use polars_arrow::types::NativeType;
use polars_parquet::read::schema::parquet_to_arrow_schema;
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, PageReader, column_iter_to_arrays, read_metadata,
};
use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Reads and sums; gives the number of rows.
pub fn rows_summed(path: &Path) -> Result<usize, Failure> {
    let metadata = read_metadata(&mut File::open(path)?)?;
    let schema = parquet_to_arrow_schema(metadata.schema().fields());
    let field = |name: &str| {
        schema
            .get(name)
            .cloned()
            .ok_or_else(|| format!("no column {name}"))
    };
    let weights = values(&arrays(path, &metadata, &field("weight")?)?)?;
    let mut names: Vec<String> = ["strata", "cluster", "gender", "band", "group", "threat"]
        .map(String::from)
        .to_vec();
    names.extend((1..=OPTIONS).map(|option| format!("sm_{option}")));
    names.extend((1..=ITEMS).map(|item| format!("lk_{item}")));
    let fields = names
        .iter()
        .map(|name| field(name))
        .collect::<Result<Vec<_>, _>>()?;
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || {
            while let Some(field) = fields.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sum = arrays(path, &metadata, field).and_then(|arrays| sum(&arrays, &weights));
                black_box(sum.map_err(|error| error.to_string())?);
            }
            Ok::<(), String>(())
        };
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a thread panicked".to_owned())?)
    })?;
    Ok(metadata.num_rows)
}

fn arrays(path: &Path, metadata: &FileMetadata, field: &Field) -> Result<Vec<Box<dyn Array>>, Failure> {
    let mut file = File::open(path)?;
    let mut read = Vec::new();
    for group in &metadata.row_groups {
        let chunks: Vec<_> = group
            .columns_under_root_iter(field.name.as_str())
            .into_iter()
            .flatten()
            .collect();
        let mut pages = Vec::new();
        for chunk in &chunks {
            let range = chunk.byte_range();
            let mut bytes = vec![0; (range.end - range.start) as usize];
            file.seek(SeekFrom::Start(range.start))?;
            file.read_exact(&mut bytes)?;
            let reader = PageReader::new(Cursor::new(bytes.into()), chunk, Vec::new(), usize::MAX);
            pages.push(BasicDecompressor::new(reader, Vec::new()));
        }
        let types = chunks
            .iter()
            .map(|chunk| &chunk.descriptor().descriptor.primitive_type)
            .collect();
        read.extend(column_iter_to_arrays(pages, types, field.clone(), None)?.0);
    }
    Ok(read)
}

/// The first values of a column as texts, blank and what stands for no answer (98, 99) being blank.
pub fn texts(path: &Path, name: &str, count: usize) -> Result<Vec<String>, Failure> {
    let metadata = read_metadata(&mut File::open(path)?)?;
    let schema = parquet_to_arrow_schema(metadata.schema().fields());
    let field = schema.get(name).ok_or_else(|| format!("no column {name}"))?;
    let mut texts = Vec::new();
    for array in arrays(path, &metadata, field)? {
        let array = &*array;
        texts.extend(match array.dtype() {
            ArrowDataType::Int8 => first::<i8>(array, count),
            ArrowDataType::Int16 => first::<i16>(array, count),
            ArrowDataType::Int32 => first::<i32>(array, count),
            _ => first::<f64>(array, count),
        });
    }
    texts.truncate(count);
    let is_blank = |text: &String| name.starts_with("lk_") && (text == "98" || text == "99");
    texts
        .iter_mut()
        .filter(|text| is_blank(text))
        .for_each(String::clear);
    Ok(texts)
}

fn first<T: NativeType + ToString>(array: &dyn Array, count: usize) -> Vec<String> {
    let typed = array.as_any().downcast_ref::<PrimitiveArray<T>>();
    let values = typed.into_iter().flat_map(|array| array.iter());
    values
        .take(count)
        .map(|value| value.map_or_else(String::new, ToString::to_string))
        .collect()
}

/// The values of a column of floats.
fn values(arrays: &[Box<dyn Array>]) -> Result<Vec<f64>, Failure> {
    let mut values = Vec::new();
    for array in arrays {
        let array = array
            .as_any()
            .downcast_ref::<PrimitiveArray<f64>>()
            .ok_or("weights are no floats")?;
        values.extend_from_slice(array.values());
    }
    Ok(values)
}

fn sum(arrays: &[Box<dyn Array>], weights: &[f64]) -> Result<f64, Failure> {
    let (mut sum, mut start) = (0.0, 0);
    for array in arrays {
        let weights = &weights[start..start + array.len()];
        sum += match array.dtype() {
            ArrowDataType::Int8 => weighted::<i8>(&**array, weights),
            ArrowDataType::Int16 => weighted::<i16>(&**array, weights),
            ArrowDataType::Int32 => weighted::<i32>(&**array, weights),
            other => return Err(format!("a column of {other:?}").into()),
        };
        start += array.len();
    }
    Ok(sum)
}

fn weighted<T: NativeType + Into<f64>>(array: &dyn Array, weights: &[f64]) -> f64 {
    let Some(array) = array.as_any().downcast_ref::<PrimitiveArray<T>>() else {
        return f64::NAN;
    };
    // What is blank is left as whatever it holds: the floor must not pay for more than it has to.
    array
        .values()
        .iter()
        .zip(weights)
        .map(|(&value, weight)| value.into() * weight)
        .sum()
}
