//! Corrections for the number of tests.

/// P-values corrected so that the chance of any false finding stays below the level (Holm 1979), in the order given.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    let mut largest = 0.0f64;
    stepped(p, ascending(p), |rank, p| {
        largest = largest.max(((m - rank) as f64 * p).min(1.0));
        largest
    })
}

/// P-values corrected so that of the findings at a level no larger share is false on average (Benjamini and Hochberg
/// 1995), in the order given.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let m = p.len();
    let mut smallest = 1.0f64;
    let mut order = ascending(p);
    order.reverse();
    stepped(p, order, |rank, p| {
        smallest = smallest.min(m as f64 / (m - rank) as f64 * p);
        smallest
    })
}

fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    order
}

fn stepped(p: &[f64], order: Vec<usize>, mut step: impl FnMut(usize, f64) -> f64) -> Vec<f64> {
    let mut adjusted = vec![0.0; p.len()];
    for (rank, at) in order.into_iter().enumerate() {
        adjusted[at] = step(rank, p[at]);
    }
    adjusted
}
