//! Overall, rounded where it would give away a small group.
//!
//! A domain withheld for its small base follows from overall less the other domains. Withholding a second domain
//! would take all figures of men, say, for a handful of others, and withholding overall would take what most readers
//! come for. Rounded so that a count may be anything less than the floor away, overall still says what it said: a
//! floor of 10 among 400 is 2.5 points, about one standard error, and the interval is widened by it. (Rounding of
//! counts: Hundepool and others 2012, section 5.4.3.) The women's and the men's figures stay exact.

use crate::estimate::Estimate;

/// The multiple of the floor that stands for a count. `others` is what a reader can subtract from it: the multiple
/// is chosen so that the remainder might be anything from 0 to the floor less 1.
pub fn rounded(count: u64, others: u64, n: u64, floor: u64) -> u64 {
    let hidden = count.saturating_sub(others);
    let multiple = if hidden < floor {
        others.div_ceil(floor) * floor
    } else {
        (count + floor / 2) / floor * floor
    };
    multiple.min(n)
}

/// A share as it is shown with another count, the interval widened by what the count may be off.
///
/// Its standard error is that of the rounded share, so that it does not tell the exact one; the design effect is
/// left out for the same reason.
pub fn share(estimate: &Estimate, rounded: u64, floor: u64) -> Estimate {
    let n = estimate.n as f64;
    let value = (estimate.value + (rounded as f64 - estimate.count as f64) / n).clamp(0.0, 1.0);
    let spread = |p: f64| (p * (1.0 - p)).sqrt();
    let se = estimate.se.filter(|_| spread(estimate.value) > 0.0);
    let se = se
        .map(|se| se * spread(value) / spread(estimate.value))
        .filter(|&se| se > 0.0);
    let off = (floor - 1) as f64 / n;
    let ci = widened(estimate, value, se, off).map(|(low, high)| (low.max(0.0), high.min(1.0)));
    Estimate {
        value,
        se,
        ci,
        count: rounded,
        deff: None,
        ..*estimate
    }
}

/// A mean rounded to so many standard deviations of the answers that the mean of fewer than the floor can't be told
/// to within one; `None` where nothing tells the deviation.
pub fn mean(estimate: &Estimate, floor: u64) -> Option<Estimate> {
    let n = estimate.n as f64;
    let (se, deff) = estimate.se.zip(estimate.deff)?;
    let step = round_step(2.0 * floor as f64 * (n * se * se / deff).sqrt() / n)?;
    let value = (estimate.value / step).round() * step;
    let se = two_digits(se);
    Some(Estimate {
        value,
        se: Some(se),
        ci: widened(estimate, value, Some(se), step / 2.0),
        deff: None,
        ..*estimate
    })
}

/// The interval about another value, with the quantile it had, rounded up to a tenth.
fn widened(estimate: &Estimate, value: f64, se: Option<f64>, off: f64) -> Option<(f64, f64)> {
    let (low, high) = estimate.ci?;
    let quantile = match estimate.se.filter(|&se| se > 0.0) {
        Some(se) => ((high - low) / 2.0 / se * 10.0).ceil() / 10.0,
        None => 0.0,
    };
    let half = quantile * se.unwrap_or_default() + off;
    Some((value - half, value + half))
}

/// The next of 1, 2 and 5 times a power of ten.
fn round_step(step: f64) -> Option<f64> {
    if !(step.is_finite() && step > 0.0) {
        return None;
    }
    let power = 10f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|times| times * power >= step);
    Some(times.unwrap_or(10.0) * power)
}

fn two_digits(number: f64) -> f64 {
    let power = 10f64.powf(number.log10().floor() - 1.0);
    (number / power).ceil() * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_rounded_count_may_be_anything_below_the_floor() {
        for floor in [5, 10] {
            for others in 0..200 {
                for hidden in 0..floor {
                    let shown = rounded(others + hidden, others, 1000, floor);
                    assert!(shown.is_multiple_of(floor) && shown.abs_diff(others + hidden) < floor);
                    let (low, high) = ((shown + 1).saturating_sub(floor), shown + floor - 1);
                    assert!(
                        low <= others && high >= others + floor - 1,
                        "{others} + {hidden} as {shown}"
                    );
                }
            }
        }
        assert_eq!(rounded(57, 20, 60, 10), 60);
        assert_eq!(rounded(34, 20, 60, 10), 30);
    }

    #[test]
    fn steps_are_ones_a_person_would_choose() {
        let steps = [0.013, 0.5, 3.0, 70.0].map(round_step);
        let expected = [0.02, 0.5, 5.0, 100.0];
        for (step, expected) in steps.into_iter().zip(expected) {
            assert!((step.expect("a step") - expected).abs() < 1e-12, "{step:?}");
        }
        assert_eq!(round_step(0.0), None);
    }
}
