//! Overall, rounded where it would give away a small group.
//!
//! A domain withheld for its small base follows from overall less the other domains. Withholding a second domain
//! would take all figures of men, say, for a handful of others, and withholding overall would take what most readers
//! come for. Rounded to a multiple of half the floor, less than the floor away, overall still says what it said: 10
//! of 400 are 2.5 points, about one standard error, and the interval is widened by it. Where the domains of another
//! disaggregation add up to overall, the largest of them is rounded as well; all others stay exact. (Rounding of
//! counts: Hundepool and others 2012, section 5.4.3.) Where two roundings would do, the one is taken that leaves open
//! what has to be; so what is shown is not the nearest multiple.

use crate::estimate::Estimate;

/// The count that is shown for another one, less than the floor from it, so that everything in a span may be true:
/// a multiple of half the floor if one will do, the nearest there is.
pub fn rounded(count: u64, (low, high): (u64, u64), n: u64, floor: u64) -> u64 {
    let nearest = |shown: &u64| shown.abs_diff(count);
    let covers = |shown: &u64| *shown < low + floor && *shown + floor > high;
    let near = || (count + 1).saturating_sub(floor)..=(count + floor - 1).min(n);
    let step = floor.div_ceil(2);
    let multiples = || near().filter(|shown| shown.is_multiple_of(step));
    let covering = multiples().filter(covers).min_by_key(nearest);
    covering
        .or_else(|| near().filter(covers).min_by_key(nearest))
        .or_else(|| multiples().min_by_key(nearest))
        .unwrap_or(count)
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
    fn what_is_shown_leaves_a_span_possible() {
        for floor in [5u64, 10] {
            for (low, width) in (floor..200).flat_map(|low| (0..2 * floor - 1).map(move |width| (low, width)))
            {
                let high = low + width;
                for count in (high + 1).saturating_sub(floor).max(low)..=(low + floor - 1).min(high) {
                    let shown = rounded(count, (low, high), 1000, floor);
                    let is_multiple = shown.is_multiple_of(floor.div_ceil(2));
                    assert!(
                        is_multiple || width >= 2 * floor - floor.div_ceil(2),
                        "{count} as {shown}"
                    );
                    assert!(shown.abs_diff(count) < floor, "{count} as {shown}");
                    assert!(
                        shown < low + floor && shown + floor > high,
                        "{count} in {low} to {high} as {shown}"
                    );
                }
            }
        }
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
