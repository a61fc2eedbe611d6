//! Keys blanked until every combination is shared.

use super::columns::Column;
use std::collections::HashMap;

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Suppressed {
    /// Cells blanked, by key in the order given.
    pub blanked: Vec<usize>,
    /// Whether a row is left in.
    pub kept: Vec<bool>,
}

/// Blanks keys of rows whose combination fewer than k share: as few keys as do, and of sets of as many those that
/// were named last. Rows of combinations that are shared stay as they are. Rows that not even blanking all keys
/// helps, fewer than k, are left out.
pub fn suppress(columns: &mut [Column], keys: &[usize], k: usize, rows: usize) -> Suppressed {
    let mut suppressed = Suppressed {
        blanked: vec![0; keys.len()],
        kept: vec![true; rows],
    };
    let mut sets: Vec<u32> = (1..1u32 << keys.len()).collect();
    sets.sort_by_key(|&set| (set.count_ones(), std::cmp::Reverse(set)));
    for set in sets {
        let lone = lone(columns, keys, k, rows);
        if lone.is_empty() {
            return suppressed;
        }
        let mut sizes = HashMap::new();
        // Those who share a combination with the key blanked already count as well.
        for row in 0..rows {
            let values = combination(columns, keys, row);
            let blank = |at: usize| values[at].is_empty();
            if (0..keys.len()).all(|at| set >> at & 1 == 0 || blank(at)) || lone.contains(&row) {
                *sizes.entry(without(values, set)).or_insert(0) += 1;
            }
        }
        let helped: Vec<usize> = lone
            .into_iter()
            .filter(|&row| sizes[&without(combination(columns, keys, row), set)] >= k)
            .collect();
        for row in helped {
            for (at, &key) in keys.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1) {
                let cell = &mut columns[key].values[row];
                suppressed.blanked[at] += usize::from(!cell.is_empty());
                cell.clear();
            }
        }
    }
    for row in lone(columns, keys, k, rows) {
        suppressed.kept[row] = false;
    }
    suppressed
}

fn combination(columns: &[Column], keys: &[usize], row: usize) -> Vec<String> {
    keys.iter().map(|&key| columns[key].values[row].clone()).collect()
}

fn without(mut values: Vec<String>, set: u32) -> Vec<String> {
    for (at, value) in values.iter_mut().enumerate() {
        if set >> at & 1 == 1 {
            value.clear();
        }
    }
    values
}

/// Rows whose combination fewer than k share.
fn lone(columns: &[Column], keys: &[usize], k: usize, rows: usize) -> Vec<usize> {
    let classes = super::classes(columns, keys, rows);
    let mut sizes = vec![0; classes.iter().max().map_or(0, |most| most + 1)];
    classes.iter().for_each(|&class| sizes[class] += 1);
    (0..rows).filter(|&row| sizes[classes[row]] < k).collect()
}
