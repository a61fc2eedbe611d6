//! Intervals of shares.

use super::student::{beta_quantile, t_975};

/// How the 95 % interval of a share is made, from its standard error and Student's t (R's `svyciprop`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interval {
    /// Symmetric on the logit scale (`"xlogit"`; R's `"logit"` is the same up to the tolerance of an iteration).
    #[default]
    Logit,
    /// Clopper and Pearson's with the effective sample size for the design's degrees of freedom (Korn and Graubard
    /// 1998). For small shares.
    Beta,
    /// The score interval (Wilson 1927) with the effective sample size.
    Wilson,
    /// The shares that a likelihood ratio test scaled by the design effect does not reject (Rao and Scott 1984). R
    /// interpolates its bounds from ten points; here the equation is solved.
    Likelihood,
    /// Symmetric on the scale of the arcsine of the root.
    Asin,
    /// Symmetric; it may leave 0 to 1.
    Mean,
}

impl Interval {
    /// The interval of a share p with its standard error, degrees of freedom and number of respondents; `None` without
    /// a degree of freedom, and where the standard error is 0, for all but [`Interval::Mean`].
    pub fn of(self, p: f64, se: f64, df: usize, n: u64) -> Option<(f64, f64)> {
        let t = t_975(df as f64)?;
        if self == Self::Mean {
            return Some((p - t * se, p + t * se));
        }
        // Not a test for a small error: one of 0, or no number.
        if se.is_nan() || se <= 0.0 || p <= 0.0 || p >= 1.0 {
            return None;
        }
        let effective = p * (1.0 - p) / (se * se);
        match self {
            Self::Logit => Some(logit(p, se, t)),
            Self::Wilson => wilson(p, effective, t),
            Self::Likelihood => Some(likelihood(p, effective, t, n as f64)),
            Self::Asin => {
                let (centre, half) = (p.sqrt().asin(), t * se / (2.0 * (p * (1.0 - p)).sqrt()));
                Some(((centre - half).sin().powi(2), (centre + half).sin().powi(2)))
            }
            Self::Beta => {
                let effective = effective * (t_975(n as f64 - 1.0)? / t).powi(2);
                let (yes, no) = (effective * p, effective * (1.0 - p));
                Some((
                    beta_quantile(0.025, yes, no + 1.0),
                    beta_quantile(0.975, yes + 1.0, no),
                ))
            }
            Self::Mean => None,
        }
    }
}

/// `expit(logit p ± t se / (p (1 - p)))`
fn logit(p: f64, se: f64, t: f64) -> (f64, f64) {
    let centre = (p / (1.0 - p)).ln();
    let half = t * se / (p * (1.0 - p));
    let expit = |x: f64| 1.0 / (1.0 + (-x).exp());
    (expit(centre - half), expit(centre + half))
}

/// Shares whose score test is not rejected.
#[allow(clippy::unnecessary_wraps)]
pub fn wilson(p: f64, n: f64, t: f64) -> Option<(f64, f64)> {
    let t2 = t * t / n;
    let centre = (p + t2 / 2.0) / (1.0 + t2);
    let half = t / (1.0 + t2) * (p * (1.0 - p) / n + t2 / (4.0 * n)).sqrt();
    // Rounding may leave the bound beside 0 or 1, where it belongs.
    let low = if p == 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if p == 1.0 { 1.0 } else { (centre + half).min(1.0) };
    Some((low, high))
}

/// Shares q at which the deviance of n observations, by the dispersion n/(n - 1) that R estimates, is t² times the
/// design effect.
fn likelihood(p: f64, effective: f64, t: f64, n: f64) -> (f64, f64) {
    let limit = t * t * (n / effective) * (n / (n - 1.0));
    let excess = |q: f64| 2.0 * n * (p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln()) - limit;
    let bound = |mut outside: f64, mut inside: f64| {
        for _ in 0..200 {
            let middle = f64::midpoint(outside, inside);
            if excess(middle) > 0.0 {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        inside
    };
    (bound(0.0, p), bound(1.0, p))
}

#[cfg(test)]
mod tests {
    use super::Interval;

    #[test]
    fn intervals_hold_the_share_and_none_comes_of_nothing() {
        let methods = [
            Interval::Logit,
            Interval::Beta,
            Interval::Wilson,
            Interval::Likelihood,
            Interval::Asin,
            Interval::Mean,
        ];
        for method in methods {
            let (low, high) = method.of(0.3, 0.04, 40, 200).expect("an interval");
            assert!(
                low < 0.24 && low > 0.2 && high > 0.36 && high < 0.4,
                "{method:?}: {low} {high}"
            );
            assert_eq!(
                method.of(0.3, 0.04, 0, 200),
                None,
                "{method:?} without a degree of freedom"
            );
            let nobody = method.of(0.0, 0.0, 40, 200);
            assert!(
                nobody.is_none() || method == Interval::Mean,
                "{method:?}: {nobody:?}"
            );
        }
    }
}
