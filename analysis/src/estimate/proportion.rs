//! Shares of categories.

use super::Estimate;
use super::ratio::{degrees_of_freedom, ratio};
use super::student::t_975;
use crate::tally::Tally;

/// The weighted share of each category in each domain, from 0 to 1, the category running fastest; `None` without a
/// base.
///
/// The interval is symmetric on the logit scale, with Student's t at the domain's degrees of freedom
/// (`svyciprop(method = "xlogit")` in R's `survey`; its `"logit"` is the same up to the tolerance of an iteration).
/// Where the standard error is 0 (a share of 0 or 1) that interval would be a point and promise certainty. There it
/// is Wilson's (1927), with the effective sample size `(Σw)²/Σw²` (Kish 1965) and Student's t. That size knows the
/// weights but not the clusters, whose effect can't be seen where nobody differs.
pub fn proportions(tally: &Tally) -> Vec<Option<Estimate>> {
    (0..tally.domains)
        .flat_map(|domain| domain_proportions(tally, domain))
        .collect()
}

fn domain_proportions(tally: &Tally, domain: usize) -> impl Iterator<Item = Option<Estimate>> {
    let df = degrees_of_freedom(tally, domain);
    let t = t_975(df);
    let base: f64 = tally.strata.iter().map(|s| s.b[domain]).sum();
    let effective = base * base / tally.weight_squares[domain];
    (0..tally.categories).map(move |category| {
        let ratio = ratio(tally, domain, category)?;
        let se = ratio.variance.map(f64::sqrt);
        let ci = se.zip(t).map(|(se, t)| {
            if se > 0.0 && ratio.value > 0.0 && ratio.value < 1.0 {
                logit(ratio.value, se, t)
            } else {
                wilson(ratio.value, effective, t)
            }
        });
        let count = tally.count[domain * tally.categories + category];
        Some(Estimate {
            value: ratio.value,
            se,
            ci,
            df,
            n: tally.base[domain],
            count,
            deff: ratio.deff,
        })
    })
}

/// `expit(logit p ± t se / (p (1 - p)))`
fn logit(p: f64, se: f64, t: f64) -> (f64, f64) {
    let centre = (p / (1.0 - p)).ln();
    let half = t * se / (p * (1.0 - p));
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    (expit(centre - half), expit(centre + half))
}

/// Shares whose score test is not rejected.
fn wilson(p: f64, n: f64, t: f64) -> (f64, f64) {
    let t2 = t * t / n;
    let centre = (p + t2 / 2.0) / (1.0 + t2);
    let half = t / (1.0 + t2) * (p * (1.0 - p) / n + t2 / (4.0 * n)).sqrt();
    // Rounding may leave the bound beside 0 or 1, where it belongs.
    let low = if p == 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if p == 1.0 { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}
