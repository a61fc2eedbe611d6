//! How large the tables of an old Excel workbook (.xls) are, before its reader makes whole tables of them.
//!
//! The file is a small file system (Microsoft, [MS-CFB]) whose stream `Workbook` is a row of records ([MS-XLS]); only
//! the places of cells are looked at. What can't be followed is left for the reader to complain of.

use super::workbook::{ReadError, column_letters};

const MAGIC: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
/// The sector that stands for the end of a chain, and all marks above it.
const END: u32 = 0xffff_fffa;

/// Refuses a workbook with a sheet that is more than `most` cells as a table.
///
/// # Errors
/// It is too large.
pub fn measure(bytes: &[u8], most: usize) -> Result<(), ReadError> {
    if !bytes.starts_with(&MAGIC) {
        return Ok(());
    }
    let Some((row, column)) = stream(bytes).and_then(|stream| widest(&stream, most)) else {
        return Ok(());
    };
    Err(ReadError::TooLarge(format!(
        "a sheet reaches to cell {}{}: a questionnaire has at most {most} cells, blank ones in between counted",
        column_letters(column),
        row + 1
    )))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    let pair = bytes.get(at..at + 2)?;
    Some(usize::from(u16::from_le_bytes([pair[0], pair[1]])))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..at + 4)
        .and_then(|four| four.try_into().ok())
        .map(u32::from_le_bytes)
}

/// A chain of pieces of a file, put together. No chain is longer than its table.
fn chain(pieces: &[u8], size: usize, table: &[u32], first: u32) -> Option<Vec<u8>> {
    let (mut all, mut at) = (Vec::new(), first);
    for _ in 0..=table.len() {
        if at >= END {
            return Some(all);
        }
        let from = (at as usize).checked_mul(size)?;
        all.extend_from_slice(pieces.get(from..pieces.len().min(from + size))?);
        at = *table.get(at as usize)?;
    }
    None
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    (0..bytes.len() / 4)
        .filter_map(|at| u32_at(bytes, at * 4))
        .collect()
}

/// The workbook's stream.
fn stream(bytes: &[u8]) -> Option<Vec<u8>> {
    let size = 1usize
        .checked_shl(u32::try_from(u16_at(bytes, 30)?).ok()?)
        .filter(|size| (64..=1 << 20).contains(size))?;
    let sectors = bytes.get(size..)?;
    let table = sector_table(bytes, sectors, size)?;
    let entries = chain(sectors, size, &table, u32_at(bytes, 48)?)?;
    let entry = |wanted: &[&str]| {
        entries.chunks_exact(128).find(|entry| {
            let length = u16_at(entry, 64).unwrap_or(0).saturating_sub(2).min(64);
            let units = (0..length / 2)
                .filter_map(|at| u16_at(entry, at * 2))
                .map(|unit| unit as u16);
            let name: String = char::decode_utf16(units).map(|c| c.unwrap_or(' ')).collect();
            wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name))
        })
    };
    let book = entry(&["Workbook", "Book"])?;
    let (first, length) = (u32_at(book, 116)?, u32_at(book, 120)?);
    if length >= u32_at(bytes, 56)? {
        return chain(sectors, size, &table, first);
    }
    // Short streams are pieces of a stream of their own.
    let small = chain(sectors, size, &table, u32_at(entry(&["Root Entry", "R"])?, 116)?)?;
    let small_table = numbers(&chain(sectors, size, &table, u32_at(bytes, 60)?)?);
    chain(&small, 64, &small_table, first)
}

/// Which sector comes after which. The first 109 parts of the table are named in the header, more in a chain.
fn sector_table(bytes: &[u8], sectors: &[u8], size: usize) -> Option<Vec<u32>> {
    let mut parts = numbers(bytes.get(76..512)?);
    let mut more = u32_at(bytes, 68)?;
    for _ in 0..=sectors.len() / size {
        if more >= END {
            break;
        }
        let from = (more as usize).checked_mul(size)?;
        let mut named = numbers(sectors.get(from..from + size)?);
        more = named.pop()?;
        parts.extend(named);
    }
    let parts = parts.into_iter().filter(|&part| part < END);
    let table = parts.filter_map(|part| sectors.get(part as usize * size..(part as usize + 1) * size));
    Some(table.flat_map(numbers).collect())
}

/// The farthest cell of a sheet that is too large as a table.
fn widest(stream: &[u8], most: usize) -> Option<(usize, usize)> {
    const BEGIN: usize = 0x0809;
    const CELLS: [usize; 7] = [0x0006, 0x00d6, 0x00fd, 0x0203, 0x0204, 0x0205, 0x027e];
    const SEVERAL: usize = 0x00bd;
    let (mut at, mut row, mut column) = (0, 0, 0);
    while let (Some(kind), Some(length)) = (u16_at(stream, at), u16_at(stream, at + 2)) {
        let data = stream.get(at + 4..at + 4 + length)?;
        if kind == BEGIN {
            (row, column) = (0, 0);
        } else if CELLS.contains(&kind) || kind == SEVERAL {
            let last = if kind == SEVERAL {
                length.checked_sub(2)?
            } else {
                2
            };
            row = row.max(u16_at(data, 0)?);
            column = column.max(u16_at(data, last)?);
            if (row + 1) * (column + 1) > most {
                return Some((row, column));
            }
        }
        at += 4 + length;
    }
    None
}
