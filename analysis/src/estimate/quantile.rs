//! Quantiles.

use super::student::t_975;
use super::{Estimate, Interval};
use crate::design::Design;
use crate::tally::{DomainColumns, Measure, NONE};
use crate::totals::Totals;

/// Which value a quantile is, between two (Hyndman and Fan 1996; the names are theirs and those of R's `svyquantile`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuantileRule {
    /// The least value with at least so much of the weight at or below it (`hf1`, `math`).
    #[default]
    Lowest,
    /// The same, and the mean of two values where the weight falls just between (`hf2`, `school`).
    Middle,
    /// Between the values, in proportion to the weight (`hf4`).
    Proportional,
    /// From the lowest value to the highest (`hf7`, the default of R's `quantile`).
    Range,
}

/// The quantile p (from 0 to 1) of numbers in each domain, with the interval of Woodruff (1952): that of the share at or
/// below the quantile, taken back to the numbers. The standard error is the interval's width by twice Student's t.
/// `values` are in the design's order; NaN is outside the base.
pub fn quantiles(
    design: &Design,
    domains: DomainColumns<'_>,
    values: &[f64],
    p: f64,
    (rule, interval): (QuantileRule, Interval),
) -> Vec<Option<Estimate>> {
    let mut ordered: Vec<Vec<(f64, u32, f64)>> = vec![Vec::new(); domains.count];
    let rows = values.iter().zip(design.order()).zip(design.weights());
    for (row, ((&value, &response), &weight)) in rows.enumerate() {
        if !value.is_nan() {
            for column in domains.columns.iter().filter(|column| column[row] != NONE) {
                ordered[column[row] as usize].push((value, response, weight));
            }
        }
    }
    let ordered: Vec<Option<Ordered>> = ordered.into_iter().map(Ordered::of).collect();
    let quantile = |domain: usize| ordered[domain].as_ref().map(|o: &Ordered| o.quantile(p, rule));
    (0..domains.count)
        .map(|domain| {
            let (ordered, value) = (ordered[domain].as_ref()?, quantile(domain)?);
            let below = below(design, domains, domain, (values, value));
            Some(estimate(ordered, value, rule, below, interval))
        })
        .collect()
}

/// The share of a domain at or below a value; its interval is not needed yet.
fn below(
    design: &Design,
    domains: DomainColumns<'_>,
    domain: usize,
    (values, limit): (&[f64], f64),
) -> Option<Estimate> {
    let inside = |row: usize| domains.columns.iter().any(|column| column[row] == domain as u32);
    let code = |(row, value): (usize, &f64)| {
        if value.is_nan() || !inside(row) {
            NONE
        } else {
            u32::from(*value <= limit)
        }
    };
    let codes: Vec<u32> = values.iter().enumerate().map(code).collect();
    let all = [vec![0; codes.len()]];
    let one = DomainColumns {
        columns: &all,
        count: 1,
    };
    let totals = Totals::of(design, one, &Measure::One(codes), 2);
    super::estimates_of(&totals, Interval::Mean)[1]
}

fn estimate(
    ordered: &Ordered,
    value: f64,
    rule: QuantileRule,
    below: Option<Estimate>,
    interval: Interval,
) -> Estimate {
    let n = ordered.values.len() as u64;
    let df = below.map_or(0, |below| below.df);
    let shares = below.and_then(|below| {
        let (low, high) = interval.of(below.value, below.se.filter(|&se| se > 0.0)?, df, n)?;
        (low >= 0.0 && high <= 1.0).then_some((low, high))
    });
    let ci = shares.map(|(low, high)| (ordered.quantile(low, rule), ordered.quantile(high, rule)));
    Estimate {
        value,
        se: ci
            .zip(t_975(df as f64))
            .map(|((low, high), t)| (high - low) / (2.0 * t)),
        ci,
        df,
        n,
        count: n,
        weight: ordered.weight(),
        deff: None,
    }
}

/// Values in ascending order, and the weight up to and with each.
struct Ordered {
    values: Vec<f64>,
    upto: Vec<f64>,
}

/// Weights that differ by less than this part are the same: sums of the same weights differ by rounding.
const SAME: f64 = 1e-12;

impl Ordered {
    /// Of a value, its response and the weight. Equal values stay in the order of the responses, as in R: between them
    /// and the next, rules that interpolate see the last one's weight.
    fn of(mut given: Vec<(f64, u32, f64)>) -> Option<Self> {
        given.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut sum = 0.0;
        let upto = given.iter().map(|(_, _, weight)| {
            sum += weight;
            sum
        });
        let upto: Vec<f64> = upto.collect();
        let values = given.into_iter().map(|(value, _, _)| value).collect::<Vec<f64>>();
        (!values.is_empty()).then_some(Self { values, upto })
    }

    fn weight(&self) -> f64 {
        self.upto[self.upto.len() - 1]
    }

    fn quantile(&self, p: f64, rule: QuantileRule) -> f64 {
        let (n, all) = (self.values.len(), self.weight());
        if rule == QuantileRule::Range {
            return self.between(p);
        }
        // How many values have their weight wholly at or below p.
        let under = self.upto.partition_point(|&upto| upto <= p * all + SAME * all);
        let (low, high) = (under.saturating_sub(1), under.min(n - 1));
        // Below the first value's weight there is nothing to fall between.
        let exactly = under > 0 && (self.upto[low] - p * all).abs() <= SAME * all;
        match rule {
            QuantileRule::Proportional if under > 0 && high > low => {
                let share = (p * all - self.upto[low]) / (self.upto[high] - self.upto[low]);
                self.values[low] + (self.values[high] - self.values[low]) * share.max(0.0)
            }
            QuantileRule::Middle if exactly => f64::midpoint(self.values[low], self.values[high]),
            QuantileRule::Lowest if exactly => self.values[low],
            _ => self.values[high],
        }
    }

    /// Linear between the values, of which the lowest stands at 0 and the highest at 1.
    fn between(&self, p: f64) -> f64 {
        let n = self.values.len();
        if n == 1 {
            return self.values[0];
        }
        let span = self.upto[n - 2];
        let place = |at: usize| if at == 0 { 0.0 } else { self.upto[at - 1] / span };
        let above = (0..n).find(|&at| place(at) >= p).unwrap_or(n - 1);
        if above == 0 {
            return self.values[0];
        }
        let share = (p - place(above - 1)) / (place(above) - place(above - 1));
        self.values[above - 1] + (self.values[above] - self.values[above - 1]) * share.min(1.0)
    }
}
