//! Small numbers as places: sorting rows, and numbering combinations, without comparing or hashing.

use crate::tally::NONE;
use crate::threads::in_chunks;
use std::collections::HashMap;

/// Rows by stratum, PSU and row. Numbers that are small are counted and put in their place, which is many times faster
/// than to compare them.
///
/// `strata` and `psus` hold a number for each row, or nothing: one stratum, and each row a PSU of its own.
pub(crate) fn sorted(mut order: Vec<u32>, strata: &[u32], psus: &[u32]) -> Vec<u32> {
    let columns: Vec<&[u32]> = [strata, psus]
        .into_iter()
        .filter(|column| !column.is_empty())
        .collect();
    if let Some(mixed) = Mixed::new(&columns, order.len() * 4 + 1024) {
        // Rows come in order, and those of one place keep it.
        return if columns.is_empty() {
            order
        } else {
            placed(&order, &mixed)
        };
    }
    let at = |column: &[u32], row: u32, blank: u32| column.get(row as usize).copied().unwrap_or(blank);
    order.sort_unstable_by_key(|&row| (at(strata, row, 0), at(psus, row, row), row));
    order
}

/// Rows by their key, those with the same key in the order they had.
fn placed(order: &[u32], mixed: &Mixed<'_>) -> Vec<u32> {
    let keys = mixed.keys();
    let mut places = vec![0u32; mixed.count + 1];
    for &row in order {
        places[keys[row as usize] as usize + 1] += 1;
    }
    for key in 1..places.len() {
        places[key] += places[key - 1];
    }
    let mut placed = vec![0; order.len()];
    for &row in order {
        let place = &mut places[keys[row as usize] as usize];
        placed[*place as usize] = row;
        *place += 1;
    }
    placed
}

/// Columns of numbers as digits of one key, the last running fastest.
pub(crate) struct Mixed<'a> {
    columns: Vec<Digit<'a>>,
    /// How many keys there may be.
    pub count: usize,
}

struct Digit<'a> {
    column: &'a [u32],
    least: u32,
    /// Distinct digits; the digit 0 is [`NONE`].
    span: u32,
}

impl<'a> Mixed<'a> {
    /// `None` where there may be more than `most` keys.
    pub fn new(columns: &[&'a [u32]], most: usize) -> Option<Self> {
        let mut mixed = Self {
            columns: Vec::new(),
            count: 1,
        };
        for &column in columns {
            let (mut least, mut largest) = (NONE, 0);
            for &number in column {
                least = least.min(number);
                largest = largest.max(if number == NONE { 0 } else { number });
            }
            let span = largest.saturating_sub(least) as usize + 2;
            mixed.count = mixed.count.checked_mul(span).filter(|&count| count <= most)?;
            mixed.columns.push(Digit {
                column,
                least,
                span: span as u32,
            });
        }
        Some(mixed)
    }

    /// The key of each row.
    pub fn keys(&self) -> Vec<u32> {
        let rows = self.columns.first().map_or(0, |digit| digit.column.len());
        in_chunks(rows, |range, keys| {
            for digit in &self.columns {
                for (key, &number) in keys.iter_mut().zip(&digit.column[range.clone()]) {
                    let place = if number == NONE {
                        0
                    } else {
                        number - digit.least + 1
                    };
                    *key = *key * digit.span + place;
                }
            }
        })
    }

    /// The numbers that make a key, by column.
    pub fn numbers(&self, mut key: u32) -> Vec<u32> {
        let mut numbers: Vec<u32> = Vec::new();
        for digit in self.columns.iter().rev() {
            let place = key % digit.span;
            key /= digit.span;
            numbers.push(if place == 0 { NONE } else { digit.least + place - 1 });
        }
        numbers.reverse();
        numbers
    }
}

/// Combinations of numbers: a key below `count` for each row, and the numbers of a key.
pub(crate) struct Combinations {
    pub keys: Vec<u32>,
    pub count: usize,
    /// By key; empty for a key that no row has.
    pub numbers: Vec<Vec<u32>>,
}

/// The combinations of columns of one length.
pub(crate) fn combinations(columns: &[&[u32]]) -> Combinations {
    /// More keys than this would not stay close to the processor.
    const MOST: usize = 1 << 20;
    let Some(mixed) = Mixed::new(columns, MOST) else {
        return numbered(columns);
    };
    let keys = mixed.keys();
    let mut present = vec![false; mixed.count];
    for &key in &keys {
        present[key as usize] = true;
    }
    let numbers = |(key, present): (u32, bool)| if present { mixed.numbers(key) } else { Vec::new() };
    Combinations {
        numbers: (0..).zip(present).map(numbers).collect(),
        keys,
        count: mixed.count,
    }
}

/// The same where there are too many: combinations are numbered as they come, column by column.
fn numbered(columns: &[&[u32]]) -> Combinations {
    let mut keys = vec![0u32; columns.first().map_or(0, |column| column.len())];
    let mut numbers: Vec<Vec<u32>> = vec![Vec::new()];
    for column in columns {
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        let mut next: Vec<Vec<u32>> = Vec::new();
        for (key, &number) in keys.iter_mut().zip(*column) {
            let before = *key;
            *key = *known.entry((before, number)).or_insert_with(|| {
                next.push(numbers[before as usize].iter().copied().chain([number]).collect());
                next.len() as u32 - 1
            });
        }
        numbers = next;
    }
    Combinations {
        keys,
        count: numbers.len(),
        numbers,
    }
}
