//! Variances and covariances of sums of scores under the design.

use super::stages::Stage;
use super::{Design, Lonely};
use crate::matrix::Square;
use std::borrow::Cow;

impl Design {
    /// The covariance matrix of the sums of `width` scores, given one after the other for each unit of the last stage;
    /// `None` where no stratum of the first stage has two units.
    ///
    /// Each stage adds `φ (1 - n/N) n/(n - 1) Σ (z - z̄)(z - z̄)ᵀ` over its strata, with z the sums of a unit's scores and
    /// φ the share n/N of the stages before (Särndal, Swensson and Wretman 1992, section 4.4; R's `svyrecvar`).
    pub(crate) fn covariance(&self, scores: &[f64], width: usize) -> Option<Square> {
        if self.stages[0]
            .strata
            .iter()
            .all(|stratum| stratum.units.len() < 2)
        {
            return None;
        }
        let mut total = Square::zeros(width);
        for stage in &self.stages {
            let sums = if stage.units() == self.units().units() {
                Cow::Borrowed(scores)
            } else {
                Cow::Owned(sums(stage, self.units(), scores, width))
            };
            total.add(&stage_covariance(stage, &sums, width, self.lonely)?, 1.0);
        }
        Some(total)
    }
}

/// Sums of the scores of a later stage's units by the units of an earlier one.
fn sums(stage: &Stage, units: &Stage, scores: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; stage.units() * width];
    let mut at = 0;
    for (unit, scores) in scores.chunks(width).enumerate() {
        while units.rows(unit).start >= stage.rows(at).end {
            at += 1;
        }
        for (sum, score) in sums[at * width..].iter_mut().zip(scores) {
            *sum += score;
        }
    }
    sums
}

fn stage_covariance(stage: &Stage, scores: &[f64], width: usize, lonely: Lonely) -> Option<Square> {
    let mut total = Square::zeros(width);
    let (mut counted, mut left_out) = (0, 0);
    let mut centred = vec![0.0; width];
    for stratum in &stage.strata {
        counted += 1;
        if stratum.is_census() {
            continue;
        }
        let factor = stratum.within * stratum.correction();
        let n = stratum.drawn();
        let of_units = || scores[stratum.units.start * width..stratum.units.end * width].chunks(width);
        if stratum.units.len() == 1 {
            match lonely {
                Lonely::Adjust => of_units().for_each(|z| total.add_outer(z, factor)),
                Lonely::Average => left_out += 1,
                Lonely::Remove | Lonely::Fail => {}
            }
            continue;
        }
        let mut mean = vec![0.0; width];
        for z in of_units() {
            mean.iter_mut().zip(z).for_each(|(mean, z)| *mean += z / n);
        }
        for z in of_units() {
            centred
                .iter_mut()
                .zip(z.iter().zip(&mean))
                .for_each(|(c, (z, mean))| *c = z - mean);
            total.add_outer(&centred, factor * n / (n - 1.0));
        }
    }
    if left_out == 0 {
        return Some(total);
    }
    // All alone: nothing to take an average of.
    let others = counted - left_out;
    (others > 0).then(|| {
        let mut scaled = Square::zeros(width);
        scaled.add(&total, f64::from(counted) / f64::from(others));
        scaled
    })
}
