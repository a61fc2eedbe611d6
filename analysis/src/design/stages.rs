//! Stages of sampling: which rows are one unit, which units one stratum, and how many there are in the population.

use std::ops::Range;

/// A stage: its units as runs of rows in the design's order, and its strata as runs of units.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Where each unit begins, and at last where the last one ends.
    pub starts: Vec<u32>,
    /// Units that were drawn from one population: at the first stage a stratum, later a unit of the stage before.
    pub strata: Vec<Stratum>,
}

/// Units drawn from one population.
#[derive(Debug, Clone, PartialEq)]
pub struct Stratum {
    /// The units.
    pub units: Range<usize>,
    /// Units in the population; `None` for drawing with replacement.
    pub population: Option<f64>,
    /// The share of what this stratum lies in that was drawn: the product of n/N over the stages before.
    pub within: f64,
}

/// From so small a part of a population that was not drawn, nothing is uncertain.
const CENSUS: f64 = 1e-7;

impl Stratum {
    /// Units in the sample.
    pub fn drawn(&self) -> f64 {
        self.units.len() as f64
    }

    /// The finite population correction `1 - n/N`; 1 for drawing with replacement.
    pub fn correction(&self) -> f64 {
        self.population
            .map_or(1.0, |population| 1.0 - self.drawn() / population)
    }

    /// Whether the whole population was drawn.
    pub fn is_census(&self) -> bool {
        self.correction() < CENSUS
    }
}

impl Stage {
    /// Number of units.
    pub fn units(&self) -> usize {
        self.starts.len() - 1
    }

    /// Rows of a unit in the design's order.
    pub fn rows(&self, unit: usize) -> Range<usize> {
        self.starts[unit] as usize..self.starts[unit + 1] as usize
    }

    /// Strata of one unit, though there are more in the population.
    pub fn lonely(&self) -> usize {
        let alone = |s: &&Stratum| s.units.len() == 1 && !s.is_census();
        self.strata.iter().filter(alone).count()
    }
}

/// Populations that contradict the sample.
pub struct Doubt {
    /// The stage, from 1.
    pub stage: usize,
    /// For a person: how many strata, and what is wrong.
    pub message: String,
}

/// How the units of one stage were drawn.
pub struct Drawn<'a> {
    pub order: &'a [u32],
    /// By respondent, sizes or fractions.
    pub populations: &'a [f64],
    pub stage: usize,
}

impl Drawn<'_> {
    /// The first stage; `place` tells units apart and `stratum` strata.
    pub fn stage<K: PartialEq>(
        &self,
        place: impl Fn(u32) -> K,
        stratum: impl Fn(u32) -> u32,
        doubts: &mut Vec<Doubt>,
    ) -> Stage {
        let starts = runs(self.order, 0..self.order.len(), place);
        let units = starts.len();
        let mut strata = Vec::new();
        let mut from = 0;
        for unit in 0..units {
            let last = unit + 1 == units;
            let of = |unit: usize| stratum(self.order[starts[unit] as usize]);
            if last || of(unit) != of(unit + 1) {
                strata.push((from..unit + 1, 1.0));
                from = unit + 1;
            }
        }
        self.finish(starts, strata, doubts)
    }

    /// A later stage: one stratum for each unit of the stage before.
    pub fn within(&self, before: &Stage, unit: impl Fn(u32) -> u32, doubts: &mut Vec<Doubt>) -> Stage {
        let (mut starts, mut strata) = (Vec::new(), Vec::new());
        for stratum in &before.strata {
            let share = stratum
                .population
                .map_or(0.0, |population| stratum.drawn() / population);
            for parent in stratum.units.clone() {
                let from = starts.len();
                starts.extend(runs(self.order, before.rows(parent), &unit));
                strata.push((from..starts.len(), stratum.within * share));
            }
        }
        self.finish(starts, strata, doubts)
    }

    fn finish(
        &self,
        mut starts: Vec<u32>,
        strata: Vec<(Range<usize>, f64)>,
        doubts: &mut Vec<Doubt>,
    ) -> Stage {
        starts.push(self.order.len() as u32);
        let given = || self.order.iter().filter_map(|&row| self.given(row));
        let are_fractions = given().all(|value| value <= 1.0);
        if !are_fractions && given().any(|value| value < 1.0) {
            doubts.push(self.doubt(strata.len(), "mix numbers of units with fractions below 1"));
            let strata = strata.into_iter().map(|(units, within)| Stratum {
                units,
                population: None,
                within,
            });
            return Stage {
                starts,
                strata: strata.collect(),
            };
        }
        let (mut varying, mut small, mut blank) = (0, 0, 0);
        let mut made = Vec::with_capacity(strata.len());
        for (units, within) in strata {
            let rows = &self.order[starts[units.start] as usize..starts[units.end] as usize];
            let values = || rows.iter().filter_map(|&row| self.given(row));
            let (low, high) = values().fold((f64::INFINITY, 0.0f64), |(low, high), v| {
                (low.min(v), high.max(v))
            });
            let n = units.len() as f64;
            let named = match (high > 0.0, are_fractions) {
                (false, _) => None,
                (true, true) => Some(n / low),
                (true, false) => Some(high),
            };
            varying += usize::from(high > low);
            small += usize::from(named.is_some_and(|population| population < n * (1.0 - 1e-12)));
            blank += usize::from(named.is_none() && !self.populations.is_empty());
            made.push(Stratum {
                units,
                population: named.filter(|&population| population >= n * (1.0 - 1e-12)),
                within,
            });
        }
        if varying > 0 {
            doubts.push(self.doubt(varying, "differ within a stratum; the largest population counts"));
        }
        if small > 0 {
            doubts.push(self.doubt(
                small,
                "are smaller than the sample; these count as drawn with replacement",
            ));
        }
        if blank > 0 && blank < made.len() && given().next().is_some() {
            doubts.push(self.doubt(blank, "are blank; these count as drawn with replacement"));
        }
        Stage { starts, strata: made }
    }

    /// The population that a respondent's row gives; what is no positive number is blank.
    fn given(&self, row: u32) -> Option<f64> {
        let value = self.populations.get(row as usize).copied();
        value.filter(|value| *value > 0.0 && value.is_finite())
    }

    fn doubt(&self, strata: usize, what: &str) -> Doubt {
        Doubt {
            stage: self.stage,
            message: format!(
                "the populations of {strata} strata of stage {} {what}",
                self.stage
            ),
        }
    }
}

/// Where each run of rows with the same key begins.
fn runs<K: PartialEq>(order: &[u32], rows: Range<usize>, key: impl Fn(u32) -> K) -> Vec<u32> {
    let mut starts = Vec::new();
    let mut before = None;
    for at in rows {
        let here = key(order[at]);
        if before.as_ref() != Some(&here) {
            starts.push(at as u32);
            before = Some(here);
        }
    }
    starts
}

/// Weights that follow from populations: the product over the stages of population / sample.
pub fn weights(stages: &[Stage], rows: usize) -> Vec<f64> {
    let mut weights = vec![1.0; rows];
    for stage in stages {
        for stratum in &stage.strata {
            let factor = stratum
                .population
                .map_or(1.0, |population| population / stratum.drawn());
            let (first, last) = (stage.starts[stratum.units.start], stage.starts[stratum.units.end]);
            for weight in &mut weights[first as usize..last as usize] {
                *weight *= factor;
            }
        }
    }
    weights
}
