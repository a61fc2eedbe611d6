//! Complementary suppression and the audit, which are one loop: each cell that has to be protected is attacked, and
//! where the attack narrows it too far, further cells are withheld until it does not.

use super::programs::{End, Possible, attack, attainable, shift};
use super::sums::{Figure, Sums};
use std::collections::{BTreeMap, HashMap};

/// A count that must not be told to within an interval: readers have to hold both of its ends possible, or what is
/// beyond them (lower and upper protection level; Hundepool and others 2012, 'Statistical Disclosure Control',
/// section 4.3).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Position of the count.
    pub at: usize,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// Solvers end this close to a bound.
const CLOSE: f64 = 1e-5;

/// Counts a search for cells to withhold looks at first, and then.
const NEAR: [usize; 2] = [700, 2400];

/// Above so many withheld cells none is looked at again for whether it is needed.
const REVIEWED: usize = 60;

/// What the loop did.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Linear programmes solved.
    pub programmes: usize,
    /// Positions of counts withheld for others.
    pub complementary: Vec<usize>,
    /// For each target two of these, or the truth, show that it is safe.
    possible: Vec<Possible>,
    /// The least and the most of each count in these.
    reached: HashMap<usize, (f64, f64)>,
}

impl Settled {
    fn proved_by(possible: Vec<Possible>) -> Self {
        let mut settled = Self::default();
        for possible in possible {
            settled.note(possible);
        }
        settled
    }

    fn note(&mut self, possible: Possible) {
        for &(at, value) in &possible {
            let (low, high) = self.reached.entry(at).or_insert((value, value));
            (*low, *high) = (low.min(value), high.max(value));
        }
        self.possible.push(possible);
    }

    /// Whether counts with which everything shown agrees reach an end of a target's interval.
    fn is_reached(&self, sums: &Sums, target: &Target, end: End) -> bool {
        let truth = sums.counts[target.at].count;
        let (low, high) = self.reached.get(&target.at).copied().unwrap_or((truth, truth));
        match end {
            End::Low => low.min(truth) <= target.low + CLOSE,
            End::High => high.max(truth) >= target.high - CLOSE,
        }
    }

    /// Attacks one end of a target's interval; false where readers know better, or may for all that the `most` counts
    /// nearest by tell.
    pub fn is_safe(&mut self, sums: &Sums, target: &Target, end: End, most: usize) -> bool {
        if self.is_reached(sums, target, end) {
            return true;
        }
        self.programmes += 1;
        if let Some(possible) = attack(sums, target.at, end, most) {
            self.note(possible);
        }
        self.is_reached(sums, target, end)
    }

    /// Withholds what protects a target. Where bases and empty cells alone tell more, the interval ends there.
    fn protect(&mut self, sums: &mut Sums, target: &mut Target, end: End) {
        if NEAR.iter().any(|&most| self.shift(sums, target, end, most)) {
            return;
        }
        self.programmes += 1;
        match (attainable(sums, target.at, end), end) {
            (Some(value), End::Low) => target.low = target.low.max(value),
            (Some(value), End::High) => target.high = target.high.min(value),
            (None, _) => {}
        }
        if self.is_safe(sums, target, end, NEAR[0])
            || NEAR.iter().any(|&most| self.shift(sums, target, end, most))
        {
            return;
        }
        // Nothing less than everything around it.
        let around = sums.around(target.at, usize::MAX, |count| {
            count.is_open() || count.cost.is_some()
        });
        self.withhold(sums, around.into_iter());
        self.is_safe(sums, target, end, usize::MAX);
    }

    /// Withholds the cheapest counts that let a target reach an end of its interval, if there are any such.
    fn shift(&mut self, sums: &mut Sums, target: &Target, end: End, most: usize) -> bool {
        let bound = if end == End::Low { target.low } else { target.high };
        let by = bound - sums.counts[target.at].count;
        self.programmes += 1;
        let Some(possible) = shift(sums, (target.at, by), most, false) else {
            return false;
        };
        self.withhold(sums, possible.iter().map(|&(at, _)| at));
        self.note(possible);
        true
    }

    /// Rounds what protects a target, and notes between which ends; what can't be rounded is withheld. Returns
    /// whether anything had to change.
    pub fn round(
        &mut self,
        sums: &mut Sums,
        target: &Target,
        spans: &mut BTreeMap<usize, (f64, f64)>,
    ) -> bool {
        let before = spans.len() + self.complementary.len();
        for (end, bound) in [(End::High, target.high), (End::Low, target.low)] {
            if self.is_reached(sums, target, end) {
                continue;
            }
            self.programmes += 1;
            let by = bound - sums.counts[target.at].count;
            let Some(possible) = shift(sums, (target.at, by), NEAR[0], true) else {
                continue;
            };
            for &(at, value) in &possible {
                let count = &mut sums.counts[at];
                if let Some((_, range)) = count.rounding {
                    count.shown = Some(range);
                    let (low, high) = spans.entry(at).or_insert((count.count, count.count));
                    (*low, *high) = (low.min(value), high.max(value));
                }
            }
            self.withhold(sums, possible.iter().map(|&(at, _)| at));
            self.note(possible);
        }
        spans.len() + self.complementary.len() > before
    }

    /// Forgets counts that are not possible any longer.
    pub fn check(&mut self, sums: &Sums) {
        let possible = std::mem::take(&mut self.possible);
        let sound = Self::proved_by(possible.into_iter().filter(|p| is_possible(sums, p)).collect());
        (self.possible, self.reached) = (sound.possible, sound.reached);
    }

    fn withhold(&mut self, sums: &mut Sums, counts: impl Iterator<Item = usize>) {
        for at in counts {
            let count = &mut sums.counts[at];
            if !count.is_open() && count.cost.is_some() {
                count.shown = None;
                self.complementary.push(at);
            }
        }
    }

    /// Shows again what was withheld for others and is not needed, the dearest first.
    fn review(&mut self, sums: &mut Sums, targets: &[Target]) {
        let mut candidates = self.complementary.clone();
        let price = |at: &usize| sums.counts[*at].cost.unwrap_or_default();
        candidates.sort_by(|a, b| price(b).total_cmp(&price(a)));
        for at in candidates {
            let count = sums.counts[at].count;
            sums.counts[at].shown = Some((count, count));
            let agrees = |possible: &&Possible| {
                let value = possible.iter().find(|(other, _)| *other == at);
                value.is_none_or(|(_, value)| (value - count).abs() < CLOSE)
            };
            let mut without = Self::proved_by(self.possible.iter().filter(agrees).cloned().collect());
            let safe = targets.iter().all(|target| {
                [End::Low, End::High]
                    .into_iter()
                    .all(|end| without.is_safe(sums, target, end, NEAR[0]))
            });
            self.programmes += without.programmes;
            if safe {
                self.complementary.retain(|other| *other != at);
                (self.possible, self.reached) = (without.possible, without.reached);
            } else {
                sums.counts[at].shown = None;
            }
        }
    }

    /// Targets that no proof covers, once what is no proof is forgotten: counts that a reader may hold possible are
    /// within the limits, as shown, and their sums hold.
    pub fn unproved(&mut self, sums: &Sums, targets: &[Target]) -> Vec<usize> {
        self.check(sums);
        let is_covered = |target: &&Target| {
            [End::Low, End::High]
                .into_iter()
                .all(|end| self.is_reached(sums, target, end))
        };
        let bare = targets.iter().filter(|target| !is_covered(target));
        bare.map(|target| target.at).collect()
    }
}

fn is_possible(sums: &Sums, possible: &Possible) -> bool {
    let mut values: Vec<f64> = sums.counts.iter().map(|count| count.count).collect();
    for &(at, value) in possible {
        values[at] = value;
    }
    let within = |(count, value): (&Figure, &f64)| {
        let (low, high) = if count.is_open() {
            count.known()
        } else {
            (count.count, count.count)
        };
        (low - CLOSE..=high + CLOSE).contains(value)
    };
    sums.counts.iter().zip(&values).all(within)
        && sums.equations.iter().all(|equation| {
            let sum: f64 = equation.terms.iter().map(|(at, c)| c * values[*at]).sum();
            (sum - equation.total).abs() <= CLOSE * equation.terms.len() as f64
        })
}

/// Ends the intervals of targets where readers know better whatever is withheld.
pub fn limit(sums: &Sums, targets: &mut [Target]) {
    let told = sums.told_anyway();
    for target in targets {
        let (low, high) = told[target.at];
        (target.low, target.high) = (target.low.max(low), target.high.min(high));
    }
}

/// Withholds further counts until every target is safe.
pub fn settle(sums: &mut Sums, targets: &mut [Target], settled: &mut Settled) {
    let mut order: Vec<&mut Target> = targets.iter_mut().collect();
    // Those hardest to protect first: what protects them is there for the others.
    order.sort_by(|a, b| (b.high - b.low).total_cmp(&(a.high - a.low)));
    for target in order {
        for end in [End::High, End::Low] {
            if !settled.is_safe(sums, target, end, NEAR[0]) {
                settled.protect(sums, target, end);
            }
        }
    }
    if settled.complementary.len() <= REVIEWED && sums.counts.len() <= NEAR[0] {
        settled.review(sums, targets);
    }
}
