//! The risk of being recognised.

use std::collections::BTreeMap;

/// The risk of a row that shares its keys with `f - 1` others in the sample, where these stand for `people` in the
/// population: the mean of 1/F over what F, the number of people with these keys, may be (Benedetti and Franconi
/// 1998, 'Statistical and technological solutions for controlled data dissemination'; in closed form by Capobianchi,
/// Polettini and Lucarelli 2001: `p^f/f · ₂F₁(f, f; f + 1; 1 - p)` with `p = f / people`, which by Euler's
/// transformation is `p/f · ₂F₁(1, 1; f + 1; 1 - p)`). Where the sample is the population that is 1/f.
pub fn individual(f: usize, people: f64) -> f64 {
    let f = f as f64;
    let p = (f / people).min(1.0);
    let (mut term, mut sum, mut at) = (1.0, 1.0, 0.0);
    while term > sum * 1e-12 && at < 1e6 {
        at += 1.0;
        term *= at / (f + at) * (1.0 - p);
        sum += term;
    }
    p / f * sum
}

/// Rows and people in each class.
fn sizes(classes: &[usize], weights: &[f64]) -> BTreeMap<usize, (usize, f64)> {
    let mut sizes: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
    for (&class, &weight) in classes.iter().zip(weights) {
        let size = sizes.entry(class).or_default();
        *size = (size.0 + 1, size.1 + weight);
    }
    sizes
}

/// The share of rows that are expected to be recognised; 0 of none.
pub fn global(classes: &[usize], weights: &[f64]) -> f64 {
    let expected: f64 = sizes(classes, weights)
        .values()
        .map(|&(f, people)| f as f64 * individual(f, people))
        .sum();
    expected / (classes.len() as f64).max(1.0)
}

/// Rows that share their class with fewer than k in all.
pub fn violating(classes: &[usize], k: usize) -> usize {
    let weights = vec![1.0; classes.len()];
    let sizes = sizes(classes, &weights);
    sizes.values().map(|&(f, _)| f).filter(|&f| f < k).sum()
}

/// The size of the smallest class; 0 where there is none.
pub fn smallest(classes: &[usize]) -> usize {
    let sizes = sizes(classes, &vec![1.0; classes.len()]);
    sizes.values().map(|&(f, _)| f).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_risk_is_that_of_the_known_closed_forms() {
        for people in [1.5_f64, 4.0, 30.0, 900.0, 20_000.0] {
            let p = 1.0 / people;
            let q = 1.0 - p;
            let one = p / q * (1.0 / p).ln();
            assert!((individual(1, people) - one).abs() < 1e-8, "{people}");
        }
        for people in [3.0_f64, 30.0, 900.0] {
            let p = 2.0 / people;
            let q = 1.0 - p;
            let two = p / q - (p / q).powi(2) * (1.0 / p).ln();
            assert!((individual(2, people) - two).abs() < 1e-8, "{people}");
        }
        assert!(
            (individual(5, 5.0) - 0.2).abs() < 1e-12,
            "everybody is in the sample"
        );
        assert!(individual(5, 500.0) < 0.003 && individual(5, 500.0) > 0.002);
    }

    #[test]
    fn two_alone_and_a_pair() {
        let classes = [0, 1, 2, 2];
        assert_eq!(violating(&classes, 2), 2);
        assert_eq!(smallest(&classes), 1);
        assert!((global(&classes, &[1.0; 4]) - 3.0 / 4.0).abs() < 1e-12);
    }
}
