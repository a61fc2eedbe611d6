//! Where responses come from, without the place of any: cells of a grid that hold enough of them.
//!
//! A cell that holds too few is not drawn; what it holds goes into the one of twice its size, together with that of its
//! neighbours, until there are enough. So each figure is of at least so many responses, and what is left at the end is
//! told as being there, and not how many.

use std::collections::BTreeMap;

/// Tenths of a degree, 11 km from south to north, are the smallest cells.
const SMALLEST: f64 = 0.1;
/// Each is twice the one before; the largest are 3.2 degrees wide.
const SIZES: u32 = 6;

/// A cell that is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Its south-western corner and its side, in tenths of a degree, so that nothing is rounded.
    pub south: i32,
    pub west: i32,
    pub side: i32,
    /// Responses in it that are in no smaller cell that is drawn.
    pub count: u64,
}

/// All cells, the largest first.
#[derive(Debug, Default, PartialEq)]
pub struct Map {
    pub cells: Vec<Cell>,
    /// Whether some are in no cell.
    pub leaves_out: bool,
}

/// Draws places; no figure is of fewer than `floor`.
pub fn map(places: impl Iterator<Item = (f32, f32)>, floor: u64) -> Map {
    let mut counts: BTreeMap<(i32, i32), u64> = BTreeMap::new();
    for (latitude, longitude) in places {
        let tenth = |degrees: f32| (f64::from(degrees) / SMALLEST).floor() as i32;
        *counts.entry((tenth(latitude), tenth(longitude))).or_insert(0) += 1;
    }
    let mut cells = Vec::new();
    for size in 0..SIZES {
        let mut larger: BTreeMap<(i32, i32), u64> = BTreeMap::new();
        for ((south, west), count) in counts {
            if count >= floor {
                cells.push(Cell {
                    south: south << size,
                    west: west << size,
                    side: 1 << size,
                    count,
                });
            } else {
                *larger.entry((south >> 1, west >> 1)).or_insert(0) += count;
            }
        }
        counts = larger;
    }
    cells.reverse();
    Map {
        cells,
        leaves_out: !counts.is_empty(),
    }
}
