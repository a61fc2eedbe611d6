//! The quantile of Student's t that 95 % intervals need.

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use std::sync::OnceLock;

/// The quantile 0.975 of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// From so many degrees of freedom on, the expansion is exact to a double.
const LARGE: usize = 1000;

/// The quantile 0.975 of Student's t; `None` for 0 degrees of freedom.
///
/// Newton's steps on the distribution function: statrs' own inverse stops at a few digits. The function is concave
/// right of 0, so from the normal quantile on the left the steps never overshoot. For many degrees of freedom the
/// expansion of Abramowitz and Stegun 26.7.5 is used.
pub fn t_975(df: usize) -> Option<f64> {
    if df == 0 {
        return None;
    }
    if df >= LARGE {
        return Some(expansion(df as f64));
    }
    *KNOWN[df].get_or_init(|| by_steps(df))
}

/// Quantiles by their degrees of freedom: tables of many domains need few of them many times.
static KNOWN: [OnceLock<Option<f64>>; LARGE] = [const { OnceLock::new() }; LARGE];

fn by_steps(df: usize) -> Option<f64> {
    let student = StudentsT::new(0.0, 1.0, df as f64).ok()?;
    let mut t = NORMAL;
    for _ in 0..100 {
        let step = (0.975 - student.cdf(t)) / student.pdf(t);
        t += step;
        if step.abs() <= 1e-15 * t {
            break;
        }
    }
    Some(t)
}

fn expansion(df: f64) -> f64 {
    let x = NORMAL;
    let x2 = x * x;
    let g1 = x * (x2 + 1.0) / 4.0;
    let g2 = x * ((5.0 * x2 + 16.0) * x2 + 3.0) / 96.0;
    let g3 = x * (((3.0 * x2 + 19.0) * x2 + 17.0) * x2 - 15.0) / 384.0;
    let g4 = x * ((((79.0 * x2 + 776.0) * x2 + 1482.0) * x2 - 1920.0) * x2 - 945.0) / 92160.0;
    x + (g1 + (g2 + (g3 + g4 / df) / df) / df) / df
}

#[cfg(test)]
mod tests {
    use super::{expansion, t_975};

    fn close(a: f64, b: f64) {
        assert!((a / b - 1.0).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn quantiles_have_their_closed_forms() {
        assert_eq!(t_975(0), None);
        // One degree: tan(π (p - 1/2)); two: (2p - 1) sqrt(2 / (4p (1 - p))).
        close(
            t_975(1).expect("a quantile"),
            (std::f64::consts::PI * 0.475).tan(),
        );
        close(
            t_975(2).expect("a quantile"),
            0.95 * (2.0 / (4.0 * 0.975 * 0.025_f64)).sqrt(),
        );
    }

    #[test]
    fn the_expansion_meets_the_steps() {
        close(t_975(999).expect("a quantile"), expansion(999.0));
        assert!(t_975(1_000_000).expect("a quantile") > super::NORMAL);
    }
}
