//! Tails of weighted sums of chi-squares.

use crate::estimate::student::normal_upper;

/// The chance that `Σ λ Z²` exceeds 0 for independent standard normals Z, by the saddlepoint approximation of Lugannani
/// and Rice (Kuonen 1999); `None` where the mean is too near 0 for it.
pub fn above_zero(weights: &[f64]) -> Option<f64> {
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let least = weights.iter().copied().fold(0.0, f64::min);
    if largest <= 0.0 || least >= 0.0 {
        return None;
    }
    let weights: Vec<f64> = weights.iter().map(|weight| weight / largest).collect();
    let least = least / largest;
    let slope = |zeta: f64| weights.iter().map(|w| w / (1.0 - 2.0 * zeta * w)).sum::<f64>();
    // The cumulant function is convex between its poles.
    let (mut low, mut high) = (0.5 / least, 0.5);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if slope(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let zeta = f64::midpoint(low, high);
    if zeta.abs() < 1e-4 {
        return None;
    }
    let cumulant = -weights.iter().map(|w| (1.0 - 2.0 * zeta * w).ln()).sum::<f64>() / 2.0;
    let curvature = 2.0
        * weights
            .iter()
            .map(|w| (w / (1.0 - 2.0 * zeta * w)).powi(2))
            .sum::<f64>();
    let w = zeta.signum() * (-2.0 * cumulant).sqrt();
    let v = zeta * curvature.sqrt();
    Some(normal_upper(w + (v / w).ln() / w))
}
