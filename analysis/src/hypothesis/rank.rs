//! Rank tests.

use crate::design::Design;

/// The weighted mid-rank of each number, from 0 to 1, in the design's order; NaN has none. Their means over two domains
/// differ as the numbers' distributions do: [`difference`](super::difference) of the scores as numbers is the rank test
/// of Lumley and Scott (2013), R's `svyranktest`. Who is in neither domain has to be NaN before.
pub fn rank_scores(design: &Design, values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| !values[row].is_nan()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let all: f64 = order.iter().map(|&row| design.weights()[row]).sum();
    let mut scores = vec![f64::NAN; values.len()];
    let mut upto = 0.0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let mut sum = 0.0;
        for &row in tied {
            let weight = design.weights()[row];
            upto += weight;
            sum += upto - weight / 2.0;
        }
        for &row in tied {
            scores[row] = sum / tied.len() as f64 / all;
        }
    }
    scores
}
