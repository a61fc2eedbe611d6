//! The pass over the rows.

use super::classes::{Classes, Unit};
use super::{Measure, StratumSums, Tally};
use std::ops::Range;

/// Σwy² with the number of respondents, by slot; in the slot of the base Σw².
type Squares = Vec<[f64; 2]>;

/// Sums within a unit, by node × slot. Slots are the categories, and one more: for one answer, those outside of the
/// base (who need no branch in the pass); otherwise the base.
///
/// The number of slots is `SLOTS`, known when this is compiled so that loops over few categories are unrolled; 0 stands
/// for any other number.
struct Tile<const SLOTS: usize> {
    any: usize,
    base: Base,
    /// Σwy; in the slot of the base Σw.
    totals: Vec<f64>,
    /// Of a run of single PSUs only: the squares by node.
    squares: Squares,
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
    #[inline]
    fn of(self, row: &[f64]) -> f64 {
        match self {
            Self::All => row[..row.len() - 1].iter().fold(0.0, |sum, one| sum + one),
            Self::Slot => row[row.len() - 1],
        }
    }

    fn squares_of(self, row: &[[f64; 2]]) -> [f64; 2] {
        match self {
            Self::All => row[..row.len() - 1]
                .iter()
                .fold([0.0; 2], |sum, one| plus(sum, *one)),
            Self::Slot => row[row.len() - 1],
        }
    }
}

#[inline]
fn plus(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

/// Tallies some units.
pub(super) fn tally(
    classes: &Classes<'_>,
    units: Range<usize>,
    measure: &Measure,
    categories: usize,
) -> Tally {
    let with = match categories + 1 {
        2 => tally_with::<2>,
        3 => tally_with::<3>,
        4 => tally_with::<4>,
        5 => tally_with::<5>,
        6 => tally_with::<6>,
        7 => tally_with::<7>,
        8 => tally_with::<8>,
        9 => tally_with::<9>,
        11 => tally_with::<11>,
        13 => tally_with::<13>,
        _ => tally_with::<0>,
    };
    with(classes, units, measure, categories)
}

fn tally_with<const SLOTS: usize>(
    classes: &Classes<'_>,
    units: Range<usize>,
    measure: &Measure,
    categories: usize,
) -> Tally {
    let mut tally = Tally::empty(classes.design, classes.domains, categories);
    let slots = categories + 1;
    // By class: counts and squares need no PSU.
    let mut squares: Squares = vec![[0.0; 2]; classes.domains_of.len() * slots];
    let mut tile = Tile::<SLOTS> {
        any: slots,
        base: if matches!(measure, Measure::One(_)) {
            Base::All
        } else {
            Base::Slot
        },
        totals: Vec::new(),
        squares: Vec::new(),
    };
    for unit in &classes.units[units] {
        let into = &mut tally.strata[unit.stratum];
        match measure {
            Measure::Number(values) if unit.singles => {
                single_numbers(classes, unit, values, (into, &mut squares));
            }
            _ if unit.singles => tile.singles((classes, unit), measure, (into, &mut squares)),
            _ => tile.psu((classes, unit), measure, (into, &mut squares)),
        }
    }
    counts(classes, tile.base, (measure, &squares), &mut tally);
    tally
}

impl<const SLOTS: usize> Tile<SLOTS> {
    fn slots(&self) -> usize {
        if SLOTS > 0 { SLOTS } else { self.any }
    }

    /// One PSU: A and B are its totals.
    #[allow(
        clippy::needless_range_loop,
        reason = "four slices of one length, which the compiler makes one loop of"
    )]
    fn psu(
        &mut self,
        (classes, unit): (&Classes<'_>, &Unit),
        measure: &Measure,
        (into, squares): (&mut StratumSums, &mut Squares),
    ) {
        let slots = self.slots();
        self.totals.clear();
        self.totals.resize(unit.nodes * slots, 0.0);
        let totals = &mut self.totals[..];
        fill((classes, unit), measure, slots, |node, slot, wy, wyy| {
            totals[node as usize * slots + slot] += wy;
            let of_class = &mut squares[unit.classes[node as usize] as usize * slots + slot];
            *of_class = plus(*of_class, [wyy, 1.0]);
        });
        self.add_up(unit);
        let categories = slots - 1;
        into.psus += 1;
        for &(domain, node) in &unit.sums {
            let row = &self.totals[node as usize * slots..][..slots];
            let b = self.base.of(row);
            if b == 0.0 {
                continue;
            }
            let domain = domain as usize;
            into.present[domain] += 1;
            into.b[domain] += b;
            into.bb[domain] += b * b;
            let sums = &mut into.a[domain * categories..][..categories];
            let squares = &mut into.aa[domain * categories..][..categories];
            let crosses = &mut into.ab[domain * categories..][..categories];
            for category in 0..categories {
                let a = row[category];
                sums[category] += a;
                squares[category] += a * a;
                crosses[category] += a * b;
            }
        }
    }

    /// PSUs of one respondent each: A is w or 0, and B is w, so that ΣA² = ΣAB = Σw² over the category.
    fn singles(
        &mut self,
        (classes, unit): (&Classes<'_>, &Unit),
        measure: &Measure,
        (into, of_classes): (&mut StratumSums, &mut Squares),
    ) {
        let slots = self.slots();
        self.totals.clear();
        self.totals.resize(unit.nodes * slots, 0.0);
        self.squares.clear();
        self.squares.resize(unit.nodes * slots, [0.0; 2]);
        let (totals, squares) = (&mut self.totals[..], &mut self.squares[..]);
        fill((classes, unit), measure, slots, |node, slot, wy, wyy| {
            let at = node as usize * slots + slot;
            totals[at] += wy;
            squares[at] = plus(squares[at], [wyy, 1.0]);
        });
        for (node, &class) in unit.classes.iter().enumerate() {
            let to = &mut of_classes[class as usize * slots..][..slots];
            for (to, from) in to.iter_mut().zip(&self.squares[node * slots..]) {
                *to = plus(*to, *from);
            }
        }
        self.add_up(unit);
        let categories = slots - 1;
        into.psus += unit.rows.len() as u32;
        for &(domain, node) in &unit.sums {
            let row = &self.totals[node as usize * slots..][..slots];
            let squares = &self.squares[node as usize * slots..][..slots];
            let [bb, count] = self.base.squares_of(squares);
            let domain = domain as usize;
            into.present[domain] += count as u32;
            into.b[domain] += self.base.of(row);
            into.bb[domain] += bb;
            for (category, (a, [square, _])) in row[..categories].iter().zip(squares).enumerate() {
                let cell = domain * categories + category;
                into.a[cell] += a;
                into.aa[cell] += square;
                into.ab[cell] += square;
            }
        }
    }

    /// The nodes of domains from those of classes. Sources come before what is made of them.
    #[allow(clippy::needless_range_loop, reason = "as above")]
    #[inline]
    fn add_up(&mut self, unit: &Unit) {
        let slots = self.slots();
        for &(from, to) in &unit.adds {
            let (from, to) = (from as usize * slots, to as usize * slots);
            let (sources, made) = self.totals.split_at_mut(to);
            let (source, made) = (&sources[from..][..slots], &mut made[..slots]);
            for slot in 0..slots {
                made[slot] += source[slot];
            }
            if unit.singles {
                let (sources, made) = self.squares.split_at_mut(to);
                for (made, source) in made[..slots].iter_mut().zip(&sources[from..]) {
                    *made = plus(*made, *source);
                }
            }
        }
    }
}

/// Calls for each row of a unit, with its node, the slot, wy and wy².
#[inline]
fn fill(
    (classes, unit): (&Classes<'_>, &Unit),
    measure: &Measure,
    slots: usize,
    mut add: impl FnMut(u32, usize, f64, f64),
) {
    let weights = &classes.design.weights()[unit.rows.clone()];
    let nodes = classes.nodes_of(unit);
    match measure {
        Measure::One(codes) => {
            let outside = slots as u32 - 1;
            let codes = &codes[unit.rows.clone()];
            let (nodes, weights) = (&nodes[..codes.len()], &weights[..codes.len()]);
            for (row, &code) in codes.iter().enumerate() {
                let weight = weights[row];
                add(nodes[row], code.min(outside) as usize, weight, weight * weight);
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
                // y is 1, so that Σwy² = Σwy; the squares of PSUs of one respondent need w²y².
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
        squares[class * 2] = plus(squares[class * 2], [w * y * y, 1.0]);
        squares[class * 2 + 1] = plus(squares[class * 2 + 1], [w * w, 1.0]);
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

/// Unweighted counts and sums of squares by domain, from those of classes.
fn counts(classes: &Classes<'_>, base: Base, (measure, squares): (&Measure, &Squares), tally: &mut Tally) {
    let is_number = matches!(measure, Measure::Number(_));
    let categories = tally.categories;
    let slots = categories + 1;
    for (class, domains) in classes.domains_of.iter().enumerate() {
        let row = &squares[class * slots..][..slots];
        let [weights, respondents] = base.squares_of(row);
        for domain in domains.iter().map(|&domain| domain as usize) {
            tally.base[domain] += respondents as u64;
            tally.weight_squares[domain] += weights;
            for (category, [square, count]) in row[..categories].iter().enumerate() {
                let cell = domain * categories + category;
                tally.count[cell] += *count as u64;
                if is_number {
                    tally.squares[cell] += square;
                }
            }
        }
    }
    if !is_number {
        // y is 0 or 1, so that Σwy² = Σwy.
        for stratum in &tally.strata {
            super::add(&mut tally.squares, &stratum.a);
        }
    }
}
