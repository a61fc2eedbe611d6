//! Trimming of weights.

use super::Design;

/// Rounds of strict trimming; each leaves a part of what the one before left.
const ROUNDS: usize = 1000;

impl Design {
    /// The design with weights between two bounds; what is cut off is shared out equally among the weights that were
    /// within (R's `trimWeights`). That may push some of them over a bound; `strict` goes on until none is, as far as
    /// there are weights left to take it. Trimming after calibration leaves the totals only about met; variances stay
    /// those of the calibration's residuals.
    #[must_use]
    pub fn trimmed(mut self, lower: f64, upper: f64, strict: bool) -> Self {
        let clipped = |weight: f64| weight.min(upper).max(lower);
        for _ in 0..if strict { ROUNDS } else { 1 } {
            let outside: Vec<bool> = self.weights.iter().map(|&w| w < lower || w > upper).collect();
            let within = outside.iter().filter(|outside| !**outside).count();
            if within == outside.len() {
                return self;
            }
            let cut: f64 = self.weights.iter().map(|&weight| weight - clipped(weight)).sum();
            let share = if within == 0 { 0.0 } else { cut / within as f64 };
            for (weight, outside) in self.weights.iter_mut().zip(outside) {
                *weight = if outside {
                    clipped(*weight)
                } else {
                    *weight + share
                };
            }
        }
        if strict {
            self.weights
                .iter_mut()
                .for_each(|weight| *weight = clipped(*weight));
        }
        self
    }
}
