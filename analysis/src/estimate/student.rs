//! Quantiles and tails of the distributions that intervals and tests need.

use statrs::function::erf::erfc;
use statrs::function::gamma::{gamma_ur, ln_gamma};
use std::sync::OnceLock;

/// The quantile 0.975 of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// From so many degrees of freedom on, the expansion is exact to a double.
const LARGE: f64 = 1000.0;

/// The quantile 0.975 of Student's t; `None` below one degree of freedom.
///
/// Newton's steps on the distribution function: statrs' own inverse stops at a few digits. The function is concave
/// right of 0, so from the left, or close by, the steps do not overshoot. For many degrees of freedom the
/// expansion of Abramowitz and Stegun 26.7.5 is used.
pub fn t_975(df: f64) -> Option<f64> {
    if df < 1.0 {
        return None;
    }
    if df >= LARGE {
        return Some(expansion(df));
    }
    let known = KNOWN.get(df as usize).filter(|_| df.fract() == 0.0);
    Some(known.map_or_else(|| by_steps(df), |known| *known.get_or_init(|| by_steps(df))))
}

/// Quantiles by their degrees of freedom: tables of many domains need few of them many times.
static KNOWN: [OnceLock<f64>; LARGE as usize] = [const { OnceLock::new() }; LARGE as usize];

fn by_steps(df: f64) -> f64 {
    let constant =
        ln_gamma(f64::midpoint(df, 1.0)) - ln_gamma(df / 2.0) - 0.5 * (df * std::f64::consts::PI).ln();
    let density = |t: f64| (constant - f64::midpoint(df, 1.0) * (t * t / df).ln_1p()).exp();
    // From 30 on the expansion is right to several digits already.
    let mut t = if df < 30.0 { NORMAL } else { expansion(df) };
    let mut last = f64::INFINITY;
    for _ in 0..100 {
        let step = (t_two_sided(t, df) / 2.0 - 0.025) / density(t);
        // What no longer becomes smaller is rounding.
        if step.abs() >= last && last < 1e-9 * t {
            break;
        }
        t += step;
        last = step.abs();
        if last <= 1e-15 * t {
            break;
        }
    }
    t
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

/// The chance of a value of Student's t as far from 0, either way.
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    beta_regularised(df / (df + t * t), df / 2.0, 0.5)
}

/// The chance of a larger value of Fisher's F.
pub fn f_upper(f: f64, df1: f64, df2: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    beta_regularised(df2 / (df2 + df1 * f), df2 / 2.0, df1 / 2.0)
}

/// The chance of a larger value of chi-square.
pub fn chi_square_upper(x: f64, df: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else {
        gamma_ur(df / 2.0, x / 2.0)
    }
}

/// The chance of a larger value of the normal distribution.
pub fn normal_upper(x: f64) -> f64 {
    erfc(x / std::f64::consts::SQRT_2) / 2.0
}

/// The quantile of the beta distribution, by halving.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if a <= 0.0 {
        return 0.0;
    }
    if b <= 0.0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if beta_regularised(middle, a, b) < p {
            low = middle;
        } else {
            high = middle;
        }
        if high - low <= f64::EPSILON * high {
            break;
        }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function by its continued fraction (DLMF 8.17.22), evaluated by Lentz's method.
pub fn beta_regularised(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_regularised(1.0 - x, b, a);
    }
    let front = (a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp() / a;
    front * continued_fraction(x, a, b)
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    let nonzero = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = lower;
    for step in (1..10_000).map(f64::from) {
        let even = step * (b - step) * x / ((a + 2.0 * step - 1.0) * (a + 2.0 * step));
        let odd = -(a + step) * (a + b + step) * x / ((a + 2.0 * step) * (a + 2.0 * step + 1.0));
        let before = fraction;
        for term in [even, odd] {
            lower = 1.0 / nonzero(1.0 + term * lower);
            upper = nonzero(1.0 + term / upper);
            fraction *= upper * lower;
        }
        if (fraction / before - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::{
        beta_quantile, beta_regularised, chi_square_upper, expansion, f_upper, normal_upper, t_975,
        t_two_sided,
    };

    fn close(a: f64, b: f64) {
        assert!((a / b - 1.0).abs() < 1e-12, "{a} is not {b}");
    }

    #[test]
    fn quantiles_have_their_closed_forms() {
        assert_eq!(t_975(0.0), None);
        // One degree: tan(π (p - 1/2)); two: (2p - 1) sqrt(2 / (4p (1 - p))).
        close(
            t_975(1.0).expect("a quantile"),
            (std::f64::consts::PI * 0.475).tan(),
        );
        close(
            t_975(2.0).expect("a quantile"),
            0.95 * (2.0 / (4.0 * 0.975 * 0.025_f64)).sqrt(),
        );
        // a = 1: 1 - (1 - x)^b
        close(beta_quantile(0.3, 1.0, 4.0), 1.0 - 0.7f64.powf(0.25));
    }

    #[test]
    fn the_expansion_meets_the_steps() {
        close(t_975(999.0).expect("a quantile"), expansion(999.0));
        assert!(t_975(1_000_000.0).expect("a quantile") > super::NORMAL);
    }

    #[test]
    fn tails_have_their_closed_forms() {
        close(beta_regularised(0.2, 1.0, 3.0), 1.0 - 0.8f64.powi(3));
        close(chi_square_upper(7.0, 2.0), (-3.5f64).exp());
        // F with two numerator degrees: (1 + 2f/d)^(-d/2)
        close(f_upper(30.0, 2.0, 40.0), 2.5f64.powi(-20));
        close(
            t_two_sided(3.0, 1.0),
            1.0 - 2.0 / std::f64::consts::PI * 3.0f64.atan(),
        );
        close(normal_upper(0.0), 0.5);
    }
}
