//! Small numbers as places: sorting rows, and numbering pairs, without comparing or hashing.

use crate::tally::NONE;
use std::collections::HashMap;

/// Rows by stratum, PSU and row. Numbers that are small are counted and put in their place, which is many times faster
/// than to compare them.
///
/// `strata` and `psus` hold a number for each row, or nothing: one stratum, and each row a PSU of its own.
pub(crate) fn sorted(order: Vec<u32>, strata: &[u32], psus: &[u32]) -> Vec<u32> {
    let by = |order: Vec<u32>, column: &[u32]| {
        if column.is_empty() {
            Some(order)
        } else {
            placed(&order, column)
        }
    };
    let at = |column: &[u32], row: u32, blank: u32| column.get(row as usize).copied().unwrap_or(blank);
    // Rows come in order, and each step keeps the order of those that are equal.
    by(order.clone(), psus)
        .and_then(|placed| by(placed, strata))
        .unwrap_or_else(|| {
            let mut order = order;
            order.sort_unstable_by_key(|&row| (at(strata, row, 0), at(psus, row, row), row));
            order
        })
}

/// Rows by their number in a column, those with the same number in the order they had; `None` where numbers are too
/// large to count.
fn placed(order: &[u32], column: &[u32]) -> Option<Vec<u32>> {
    let most = order.iter().map(|&row| column[row as usize]).max().unwrap_or(0) as usize;
    if most > order.len() * 4 + 1024 {
        return None;
    }
    let mut places = vec![0u32; most + 2];
    for &row in order {
        places[column[row as usize] as usize + 1] += 1;
    }
    for number in 1..places.len() {
        places[number] += places[number - 1];
    }
    let mut placed = vec![0; order.len()];
    for &row in order {
        let place = &mut places[column[row as usize] as usize];
        placed[*place as usize] = row;
        *place += 1;
    }
    Some(placed)
}

/// Numbers of pairs: by place where they are few, otherwise by a map.
pub(crate) enum Pairs {
    Places(Vec<u32>, usize),
    Map(HashMap<(u32, usize), u32>),
}

impl Pairs {
    pub fn new(firsts: usize, seconds: usize) -> Self {
        if firsts.saturating_mul(seconds) <= 1 << 22 {
            Self::Places(vec![NONE; firsts * seconds], seconds)
        } else {
            Self::Map(HashMap::new())
        }
    }

    /// The number of a pair; what `new` gives where it has none yet.
    pub fn number(&mut self, first: u32, second: usize, new: impl FnOnce() -> u32) -> u32 {
        match self {
            Self::Places(places, seconds) => {
                let place = &mut places[first as usize * *seconds + second];
                if *place == NONE {
                    *place = new();
                }
                *place
            }
            Self::Map(map) => *map.entry((first, second)).or_insert_with(new),
        }
    }
}
