//! The pass over the rows.

use super::classes::{Classes, Unit};
use super::{Measure, StratumSums, Tally};
use std::ops::Range;

/// Sums within a unit, by node × slot. Slots are the categories, and one more: for one answer, those outside of the
/// base (who need no branch in the pass); otherwise the base.
struct Tile {
    slots: usize,
    /// Σwy; in the slot of the base Σw.
    totals: Vec<f64>,
    /// Σwy² with the number of respondents, for the nodes of classes; in the slot of the base Σw².
    squares: Vec<[f64; 2]>,
}

/// What a slot of a class holds in all units.
type Squares = Vec<[f64; 2]>;

/// Tallies some units.
pub(super) fn tally(
    classes: &Classes<'_>,
    units: Range<usize>,
    measure: &Measure,
    categories: usize,
) -> Tally {
    let mut tally = Tally::empty(classes.design, classes.domains, categories);
    let slots = categories + 1;
    let mut squares: Squares = vec![[0.0; 2]; classes.domains_of.len() * slots];
    let mut tile = Tile {
        slots,
        totals: Vec::new(),
        squares: Vec::new(),
    };
    for unit in &classes.units[units] {
        let into = &mut tally.strata[unit.stratum];
        match measure {
            Measure::Number(values) if unit.singles => {
                single_numbers(classes, unit, values, (into, &mut squares));
                continue;
            }
            _ => tile.fill(classes, unit, measure),
        }
        tile.add_up(unit);
        let kind = if matches!(measure, Measure::One(_)) {
            Base::All
        } else {
            Base::Slot
        };
        if unit.singles {
            tile.flush_singles(unit, into, kind);
        } else {
            tile.flush(unit, into, kind);
        }
        tile.keep_squares(unit, &mut squares);
    }
    counts(classes, measure, &squares, &mut tally);
    tally
}

/// Where the base of a node stands.
#[derive(Clone, Copy)]
enum Base {
    /// It is what is in any category.
    All,
    /// In the last slot.
    Slot,
}

impl Base {
    fn of(self, row: &[f64]) -> f64 {
        match self {
            Self::All => row[..row.len() - 1].iter().sum(),
            Self::Slot => row[row.len() - 1],
        }
    }
}

impl Tile {
    fn fill(&mut self, classes: &Classes<'_>, unit: &Unit, measure: &Measure) {
        let slots = self.slots;
        self.totals.clear();
        self.totals.resize(unit.nodes * slots, 0.0);
        self.squares.clear();
        // In a run of single PSUs the squares of domains are needed as well.
        let squared = if unit.singles {
            unit.nodes
        } else {
            unit.classes.len()
        };
        self.squares.resize(squared * slots, [0.0; 2]);
        let (totals, squares) = (&mut self.totals[..], &mut self.squares[..]);
        let weights = &classes.design.weights()[unit.rows.clone()];
        let nodes = classes.nodes_of(unit);
        let mut add = |node: u32, slot: usize, wy: f64, wyy: f64| {
            let at = node as usize * slots + slot;
            totals[at] += wy;
            let [square, count] = squares[at];
            squares[at] = [square + wyy, count + 1.0];
        };
        match measure {
            Measure::One(codes) => {
                let outside = slots as u32 - 1;
                let codes = &codes[unit.rows.clone()];
                for ((&code, &node), &weight) in codes.iter().zip(nodes).zip(weights) {
                    add(node, code.min(outside) as usize, weight, weight * weight);
                }
            }
            Measure::Several {
                answered,
                starts,
                codes,
            } => {
                for (row, (&node, &weight)) in unit.rows.clone().zip(nodes.iter().zip(weights)) {
                    if !answered[row] {
                        continue;
                    }
                    add(node, slots - 1, weight, weight * weight);
                    for &code in &codes[starts[row] as usize..starts[row + 1] as usize] {
                        add(node, code as usize, weight, weight * weight);
                    }
                }
            }
            Measure::Number(values) => {
                let values = &values[unit.rows.clone()];
                for ((&value, &node), &weight) in values.iter().zip(nodes).zip(weights) {
                    if !value.is_nan() {
                        add(node, 0, weight * value, weight * value * value);
                        add(node, 1, weight, weight * weight);
                    }
                }
            }
        }
    }

    /// The nodes of domains from those of classes.
    fn add_up(&mut self, unit: &Unit) {
        let slots = self.slots;
        let row = |node: u32| node as usize * slots..(node as usize + 1) * slots;
        for &(from, to) in &unit.adds {
            // Sources come first, so that each is before what is made of it.
            let (sources, made) = self.totals.split_at_mut(row(to).start);
            for (made, source) in made[..slots].iter_mut().zip(&sources[row(from)]) {
                *made += source;
            }
            if unit.singles {
                let (sources, made) = self.squares.split_at_mut(row(to).start);
                for (made, source) in made[..slots].iter_mut().zip(&sources[row(from)]) {
                    *made = [made[0] + source[0], made[1] + source[1]];
                }
            }
        }
    }

    /// One PSU: A and B are its totals.
    fn flush(&self, unit: &Unit, into: &mut StratumSums, base: Base) {
        let categories = self.slots - 1;
        into.psus += 1;
        for &(domain, node) in &unit.sums {
            let row = &self.totals[node as usize * self.slots..][..self.slots];
            let b = base.of(row);
            if b == 0.0 {
                continue;
            }
            let domain = domain as usize;
            into.present[domain] += 1;
            into.b[domain] += b;
            into.bb[domain] += b * b;
            let cells = domain * categories..(domain + 1) * categories;
            let sums = into.a[cells.clone()]
                .iter_mut()
                .zip(&mut into.aa[cells.clone()])
                .zip(&mut into.ab[cells]);
            for (((sum, square), cross), a) in sums.zip(row) {
                *sum += a;
                *square += a * a;
                *cross += a * b;
            }
        }
    }

    /// PSUs of one respondent each: A is w or 0, and B is w, so that ΣA² = ΣAB = Σw² over the category.
    fn flush_singles(&self, unit: &Unit, into: &mut StratumSums, base: Base) {
        let categories = self.slots - 1;
        into.psus += unit.rows.len() as u32;
        for &(domain, node) in &unit.sums {
            let row = &self.totals[node as usize * self.slots..][..self.slots];
            let squares = &self.squares[node as usize * self.slots..][..self.slots];
            let [bb, count] = match base {
                Base::All => squares[..categories]
                    .iter()
                    .fold([0.0; 2], |sum, s| [sum[0] + s[0], sum[1] + s[1]]),
                Base::Slot => squares[categories],
            };
            let domain = domain as usize;
            into.present[domain] += count as u32;
            into.b[domain] += base.of(row);
            into.bb[domain] += bb;
            for (category, (a, square)) in row[..categories].iter().zip(squares).enumerate() {
                let cell = domain * categories + category;
                into.a[cell] += a;
                into.aa[cell] += square[0];
                into.ab[cell] += square[0];
            }
        }
    }

    fn keep_squares(&self, unit: &Unit, into: &mut Squares) {
        for (node, &class) in unit.classes.iter().enumerate() {
            let from = &self.squares[node * self.slots..][..self.slots];
            let to = &mut into[class as usize * self.slots..][..self.slots];
            for (to, from) in to.iter_mut().zip(from) {
                *to = [to[0] + from[0], to[1] + from[1]];
            }
        }
    }
}

/// Numbers of respondents who are a PSU each: A = wy and B = w.
fn single_numbers(
    classes: &Classes<'_>,
    unit: &Unit,
    values: &[f64],
    (into, squares): (&mut StratumSums, &mut Squares),
) {
    into.psus += unit.rows.len() as u32;
    let weights = classes.design.weights();
    for (row, &node) in unit.rows.clone().zip(classes.nodes_of(unit)) {
        let (y, w) = (values[row], weights[row]);
        if y.is_nan() {
            continue;
        }
        let class = unit.classes[node as usize] as usize;
        let of_class = &mut squares[class * 2..][..2];
        of_class[0] = [of_class[0][0] + w * y * y, of_class[0][1] + 1.0];
        of_class[1] = [of_class[1][0] + w * w, of_class[1][1] + 1.0];
        for domain in classes.domains_of[class].iter().map(|&domain| domain as usize) {
            into.present[domain] += 1;
            into.a[domain] += w * y;
            into.aa[domain] += w * y * w * y;
            into.ab[domain] += w * y * w;
            into.b[domain] += w;
            into.bb[domain] += w * w;
        }
    }
}

/// Unweighted counts and sums of squares, which need no PSU.
fn counts(classes: &Classes<'_>, measure: &Measure, squares: &Squares, tally: &mut Tally) {
    let categories = tally.categories;
    let slots = categories + 1;
    for (class, domains) in classes.domains_of.iter().enumerate() {
        let row = &squares[class * slots..][..slots];
        let [weights, base] = match measure {
            Measure::One(_) => row[..categories]
                .iter()
                .fold([0.0; 2], |sum, s| [sum[0] + s[0], sum[1] + s[1]]),
            _ => row[categories],
        };
        for domain in domains.iter().map(|&domain| domain as usize) {
            tally.base[domain] += base as u64;
            tally.weight_squares[domain] += weights;
            for (category, [square, count]) in row[..categories].iter().enumerate() {
                let cell = domain * categories + category;
                tally.count[cell] += *count as u64;
                if matches!(measure, Measure::Number(_)) {
                    tally.squares[cell] += square;
                }
            }
        }
    }
    if !matches!(measure, Measure::Number(_)) {
        // y is 0 or 1, so that Σwy² = Σwy.
        for stratum in &tally.strata {
            super::add(&mut tally.squares, &stratum.a);
        }
    }
}
