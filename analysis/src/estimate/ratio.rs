//! A ratio of totals and its linearised variance.

use super::Parts;
use crate::tally::{StratumSums, Tally};

/// Below this part of the terms it is the difference of, a sum of squares is rounding.
const ROUNDING: f64 = 1e-14;

/// The ratio of one cell (domain × category); `None` without a base.
///
/// With `R = A/B` and the scores `z = (A_i - R B_i) / B` of the PSUs i, the variance is
/// `Σ_h f_h n_h/(n_h - 1) (Σ z² - (Σ z)²/n_h)` over the strata h, `f_h = 1 - n_h/N_h` where the population is known
/// (Särndal, Swensson and Wretman 1992, section 5.5; Binder 1983). A stratum with one PSU contributes `f_h z²`, its
/// deviation from the grand mean, which is 0 for scores: `survey.lonely.psu = "adjust"` in R. It overstates rather
/// than understates.
pub fn parts(tally: &Tally, domain: usize, category: usize) -> Option<Parts> {
    let cell = domain * tally.categories + category;
    let base: f64 = tally.strata.iter().map(|s| s.b[domain]).sum();
    if base <= 0.0 {
        return None;
    }
    let total: f64 = tally.strata.iter().map(|s| s.a[cell]).sum();
    let value = total / base;
    let estimable = tally.strata.iter().any(|s| s.psus > 1);
    let variance = estimable.then(|| {
        tally
            .strata
            .iter()
            .map(|s| stratum_variance(s, cell, domain, value))
            .sum::<f64>()
            / (base * base)
    });
    let simple = simple_variance(tally.base[domain], base, total, tally.squares[cell]);
    let deff = variance.filter(|&v| v > 0.0).zip(simple);
    Some(Parts {
        value,
        variance,
        df: degrees_of_freedom(tally, domain),
        n: tally.base[domain],
        count: tally.count[cell],
        weight: base,
        weight_squares: tally.weight_squares[domain],
        deff: deff.map(|(variance, simple)| variance / simple),
    })
}

/// The variance of a weighted mean in a simple random sample of n drawn with replacement, with the population's
/// variance estimated under the weights; from Σw, Σwy and Σwy².
pub fn simple_variance(n: u64, weight: f64, total: f64, squares: f64) -> Option<f64> {
    let n = n as f64;
    let deviations = squares - total / weight * total;
    (n > 1.0 && deviations > ROUNDING * squares).then(|| deviations / weight / (n - 1.0))
}

fn stratum_variance(sums: &StratumSums, cell: usize, domain: usize, ratio: f64) -> f64 {
    let n = f64::from(sums.psus);
    if sums.psus == 0 {
        return 0.0;
    }
    let (aa, cross, bb) = (
        sums.aa[cell],
        ratio * sums.ab[cell],
        ratio * ratio * sums.bb[domain],
    );
    let squares = aa - 2.0 * cross + bb;
    let factor = sums
        .population
        .map_or(1.0, |population| (1.0 - n / population).max(0.0));
    let (deviations, scale) = if sums.psus == 1 {
        (squares, 1.0)
    } else {
        let total = sums.a[cell] - ratio * sums.b[domain];
        (squares - total * total / n, n / (n - 1.0))
    };
    if deviations <= ROUNDING * (aa + 2.0 * cross.abs() + bb) {
        0.0
    } else {
        factor * scale * deviations
    }
}

/// Degrees of freedom in a domain: PSUs with anyone in its base, less the strata of these.
fn degrees_of_freedom(tally: &Tally, domain: usize) -> usize {
    let present = tally.strata.iter().map(|s| s.present[domain] as usize);
    present.map(|psus| psus.saturating_sub(1)).sum()
}
