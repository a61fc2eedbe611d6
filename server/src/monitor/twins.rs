//! Responses that are nearly the same as another.
//!
//! Not all pairs are compared. The questions are dealt into a few hands; two responses that differ in fewer answers than
//! there are hands have at least one hand in common, so that only those are compared whose hands have the same digest.
//! Where very many share one, each is compared with those beside it alone, its own enumerator's first: whoever copies
//! a hundred times is found all the same.

use super::limits::{TWIN_ANSWERS, TWIN_BITS, TWIN_DIFFERENT, TWIN_SHARE};
use super::row::Row;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

/// One more than may differ.
const HANDS: usize = TWIN_DIFFERENT + 1;
/// With how many of those that have the same hand one is compared.
const BESIDE: usize = 30;
/// Responses by which it is judged how common an answer is.
const SAMPLE: usize = 2_000;

/// The response that another is most like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// Position of the other.
    pub other: usize,
    /// Answers that are the same.
    pub same: u16,
    /// Answers that either has.
    pub of: u16,
}

/// Those that are doubted, by position.
pub fn twins(rows: &[Row]) -> HashMap<usize, Twin> {
    let common = Commonness::of(rows);
    let mut found: HashMap<usize, Twin> = HashMap::new();
    let mut dealt: Vec<(u64, i64, u32)> = Vec::new();
    for hand in 0..HANDS {
        dealt.clear();
        let held = rows.iter().enumerate().filter(|(_, row)| row.counts());
        dealt.extend(
            held.filter_map(|(at, row)| Some((digest(row, hand)?, row.enumerator.unwrap_or(0), at as u32))),
        );
        dealt.sort_unstable();
        for same in dealt.chunk_by(|a, b| a.0 == b.0) {
            for (at, &(_, _, one)) in same.iter().enumerate() {
                for &(_, _, other) in same.iter().skip(at + 1).take(BESIDE) {
                    let (one, other) = (one as usize, other as usize);
                    if let Some((same, of)) = alike(&rows[one], &rows[other], &common) {
                        note(&mut found, one, Twin { other, same, of });
                        note(&mut found, other, Twin { other: one, same, of });
                    }
                }
            }
        }
    }
    found
}

/// Keeps the one that is most alike; of several, the first.
fn note(found: &mut HashMap<usize, Twin>, at: usize, twin: Twin) {
    let kept = found.entry(at).or_insert(twin);
    let differ = |twin: &Twin| (twin.of - twin.same, twin.other);
    if differ(&twin) < differ(kept) {
        *kept = twin;
    }
}

fn digest(row: &Row, hand: usize) -> Option<u64> {
    let mut hasher = DefaultHasher::new();
    let mut is_empty = true;
    for (at, answer) in row.answers.iter().enumerate().skip(hand).step_by(HANDS) {
        if *answer != 0 {
            hasher.write_usize(at);
            hasher.write_u16(*answer);
            is_empty = false;
        }
    }
    (!is_empty).then(|| hasher.finish())
}

/// How many answers two have in common and how many either has, where chance does not explain it.
pub fn alike(one: &Row, other: &Row, common: &Commonness) -> Option<(u16, u16)> {
    let (mut same, mut of, mut bits) = (0, 0, 0.0);
    for at in 0..one.answers.len().max(other.answers.len()) {
        let answer = |row: &Row| row.answers.get(at).copied().unwrap_or(0);
        let (a, b) = (answer(one), answer(other));
        if a == 0 && b == 0 {
            continue;
        }
        of += 1;
        if a == b {
            same += 1;
            bits += common.bits(at, a);
        } else if of - same > TWIN_DIFFERENT {
            return None;
        }
    }
    let is_much = of >= TWIN_ANSWERS && same as f64 >= TWIN_SHARE * of as f64;
    (is_much && bits >= common.wanted).then_some((same as u16, of as u16))
}

/// How common answers are: that two people agree in what nearly all say is no doubt.
#[derive(Debug)]
pub struct Commonness {
    counts: HashMap<(u32, u16), u32>,
    of: f64,
    /// Bits that an agreement has to have.
    wanted: f64,
}

impl Commonness {
    pub fn of(rows: &[Row]) -> Self {
        let step = rows.len().div_ceil(SAMPLE).max(1);
        let mut counts = HashMap::new();
        let (mut sampled, mut all) = (0, 0_usize);
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.counts()) {
            all += 1;
            if at % step != 0 {
                continue;
            }
            sampled += 1;
            for (at, answer) in row.answers.iter().enumerate().filter(|(_, answer)| **answer != 0) {
                *counts.entry((at as u32, *answer)).or_insert(0) += 1;
            }
        }
        Self {
            counts,
            of: f64::from(sampled).max(1.0),
            wanted: (all.max(1) as f64).log2() + TWIN_BITS,
        }
    }

    fn bits(&self, at: usize, answer: u16) -> f64 {
        let count = self.counts.get(&(at as u32, answer)).copied().unwrap_or(1);
        -(f64::from(count) / self.of).min(1.0).log2()
    }
}
