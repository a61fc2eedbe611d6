//! `randomize()`: an order that a seed decides, the same in every client of ODK's specification.

use super::digest::number_of_hash;
use super::{Item, Value};
use crate::fill::Env;

const MODULUS: i64 = 2_147_483_647;

/// The generator of Park and Miller (1988), as ODK's specification asks.
struct ParkMiller(i64);

impl ParkMiller {
    fn new(seed: i64) -> Self {
        let seed = seed % MODULUS;
        Self(if seed <= 0 { seed + MODULUS - 1 } else { seed })
    }

    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0 * 16_807 % MODULUS;
        (self.0 - 1) as f64 / (MODULUS - 1) as f64
    }
}

/// What a seed's value counts as: words by their hash.
fn seed_of(value: Value) -> i64 {
    let value = value.scalar();
    let number = value.clone().number();
    if !number.is_nan() {
        // As a cast from double to long in Java: towards zero, the outermost numbers where it does not fit.
        return number as i64;
    }
    match value.text() {
        text if text.is_empty() => 0,
        text => number_of_hash(&text),
    }
}

/// Shuffles by the inside-out variant of Fisher and Yates.
pub(super) fn shuffled<T: Clone>(given: &[T], mut chance: impl FnMut() -> f64) -> Vec<T> {
    let mut out: Vec<T> = Vec::with_capacity(given.len());
    for (i, item) in given.iter().enumerate() {
        let j = ((chance() * (i as f64 + 1.0)).floor() as usize).min(i);
        if j == i {
            out.push(item.clone());
        } else {
            let moved = std::mem::replace(&mut out[j], item.clone());
            out.push(moved);
        }
    }
    out
}

/// The items in the order of a seed, or by chance where there is none.
pub(super) fn randomize(items: &[Item], seed: Option<Value>, env: &Env) -> Vec<Item> {
    match seed {
        Some(seed) => in_order_of(items, seed),
        None => shuffled(items, || env.random()),
    }
}

/// Anything in the order of a seed.
pub(crate) fn in_order_of<T: Clone>(given: &[T], seed: Value) -> Vec<T> {
    let mut generator = ParkMiller::new(seed_of(seed));
    shuffled(given, || generator.next())
}
