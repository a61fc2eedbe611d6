//! The sampling design: weights, strata, and clusters as first-stage units.

use crate::error::{Error, Note};
use crate::places;
use crate::responses::{Responses, numbered};
use baraza_forms::Role;
use std::ops::Range;

/// Respondents by stratum and cluster. What is computed from a design reads its columns in the design's order, so
/// that one pass meets each primary sampling unit (PSU) as one run of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Rows of the responses, by stratum, PSU and row; excluded rows are absent.
    order: Vec<u32>,
    /// Weights in that order, each above 0.
    weights: Vec<f64>,
    /// Where each PSU begins in that order, and at last where the last one ends.
    starts: Vec<u32>,
    /// The stratum of each PSU, ascending from 0 without gaps.
    stratum_of: Vec<u32>,
    /// PSUs in the population by stratum; empty where the first stage counts as drawn with replacement.
    populations: Vec<f64>,
    /// Whether any weight was given.
    weighted: bool,
}

/// Columns a [`Design`] is made from, each with one value a respondent.
#[derive(Debug, Clone, Default)]
pub struct DesignColumns {
    /// Weights of any scale; a respondent of weight 0 or less is excluded.
    pub weights: Vec<f64>,
    /// Stratum numbers of any values; blank is one stratum.
    pub strata: Vec<u32>,
    /// Cluster numbers, unique within a stratum; blank makes each respondent its own.
    pub psus: Vec<u32>,
    /// PSUs in the population of the respondent's stratum; blank is drawing with replacement.
    pub populations: Vec<f64>,
}

impl Design {
    /// A design from plain columns.
    ///
    /// # Errors
    /// [`Error::Length`] where a column that isn't blank differs in length from the weights.
    pub fn new(columns: &DesignColumns) -> Result<Self, Error> {
        let n = columns.weights.len();
        let fits = |len: usize| len == 0 || len == n;
        if !(fits(columns.strata.len()) && fits(columns.psus.len()) && fits(columns.populations.len())) {
            return Err(Error::Length);
        }
        let at = |column: &[u32], row: u32, blank: u32| column.get(row as usize).copied().unwrap_or(blank);
        let place = |row: u32| (at(&columns.strata, row, 0), at(&columns.psus, row, row));
        let order: Vec<u32> = (0..n as u32)
            .filter(|&row| columns.weights[row as usize] > 0.0)
            .collect();
        let order = places::sorted(order, &columns.strata, &columns.psus);
        let mut design = Self {
            weights: order.iter().map(|&row| columns.weights[row as usize]).collect(),
            starts: Vec::new(),
            stratum_of: Vec::new(),
            populations: Vec::new(),
            weighted: true,
            order,
        };
        let mut before = None;
        let mut stratum = 0;
        for (at, &row) in design.order.iter().enumerate() {
            let here = place(row);
            if before == Some(here) {
                continue;
            }
            stratum += u32::from(before.is_some_and(|(stratum, _)| stratum != here.0));
            if design.populations.len() <= stratum as usize
                && let Some(&population) = columns.populations.get(row as usize)
            {
                design.populations.push(population);
            }
            design.starts.push(at as u32);
            design.stratum_of.push(stratum);
            before = Some(here);
        }
        design.starts.push(design.order.len() as u32);
        Ok(design)
    }

    /// The design of responses, by the roles weight, stratum and PSU of the form. What is blank or invalid is filled
    /// in and noted: a missing weight counts as the mean of the others, a missing stratum is a stratum of its own, and a respondent
    /// without cluster is its own. A column that is blank throughout counts as absent.
    ///
    /// # Errors
    /// [`Error::Frame`] where a column can't be read.
    pub fn of(responses: &Responses, notes: &mut Vec<Note>) -> Result<Self, Error> {
        let n = responses.len();
        let weights = weights(responses, notes)?;
        let mut columns = DesignColumns {
            weights: weights.clone().unwrap_or_else(|| vec![1.0; n]),
            ..DesignColumns::default()
        };
        if let Some((key, strata)) = numbered(responses, Role::Stratum)? {
            let blank = strata.iter().filter(|s| s.is_none()).count();
            if blank > 0 {
                notes.push(Note::new(
                    key,
                    format!("{blank} responses without a stratum count as one stratum"),
                ));
            }
            columns.strata = strata.into_iter().map(|s| s.unwrap_or(u32::MAX)).collect();
        }
        if let Some((key, psus)) = numbered(responses, Role::Psu)? {
            let blank = psus.iter().filter(|p| p.is_none()).count();
            if blank > 0 {
                notes.push(Note::new(
                    key,
                    format!("{blank} responses without a cluster count as one each"),
                ));
            }
            columns.psus = psus
                .into_iter()
                .zip(0..)
                .map(|(p, row)| p.unwrap_or(u32::MAX - row))
                .collect();
        }
        let mut design = Self::new(&columns)?;
        design.weighted = weights.is_some();
        Ok(design)
    }

    /// Number of respondents who count.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody counts.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Whether weights were given.
    pub fn weighted(&self) -> bool {
        self.weighted
    }

    /// Number of PSUs.
    pub fn psus(&self) -> usize {
        self.stratum_of.len()
    }

    /// Number of strata.
    pub fn strata(&self) -> usize {
        self.stratum_of.last().map_or(0, |&last| last as usize + 1)
    }

    /// Degrees of freedom: PSUs less strata (Korn and Graubard 1999, section 5.2).
    pub fn degrees_of_freedom(&self) -> usize {
        self.psus() - self.strata()
    }

    /// A column of the responses (one value a response) in the design's order, without the excluded.
    pub fn arranged<T: Copy>(&self, column: &[T]) -> Vec<T> {
        self.order.iter().map(|&row| column[row as usize]).collect()
    }

    pub(crate) fn order(&self) -> &[u32] {
        &self.order
    }

    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(crate) fn rows_of(&self, psu: usize) -> Range<usize> {
        self.starts[psu] as usize..self.starts[psu + 1] as usize
    }

    pub(crate) fn stratum_of(&self, psu: usize) -> usize {
        self.stratum_of[psu] as usize
    }

    pub(crate) fn population_of(&self, stratum: usize) -> Option<f64> {
        self.populations.get(stratum).copied()
    }
}

/// Weights by response; `None` where the form has no question of that role or all are blank.
fn weights(responses: &Responses, notes: &mut Vec<Note>) -> Result<Option<Vec<f64>>, Error> {
    let Some(key) = responses.key_of(Role::Weight) else {
        return Ok(None);
    };
    let given = responses.floats(key)?;
    let (mut sum, mut valid) = (0.0, 0usize);
    for weight in given.iter().filter(|weight| !weight.is_nan()) {
        sum += weight;
        valid += 1;
    }
    if valid == 0 {
        // Tables that look weighted and are not would mislead; an empty column is no column.
        let filled = responses.texts(key)?.iter().flatten().count() + responses.unread(key);
        return if filled == 0 {
            Ok(None)
        } else {
            Err(Error::Weights { key: key.to_owned() })
        };
    }
    let mean = sum / valid as f64;
    let blank = given.len() - valid;
    if blank > 0 {
        notes.push(Note::new(
            key,
            format!("{blank} responses without a valid weight count with the mean of the others, {mean}"),
        ));
    }
    let excluded = given.iter().filter(|weight| **weight <= 0.0).count();
    if excluded > 0 {
        notes.push(Note::new(
            key,
            format!("{excluded} responses with a weight of 0 or less are left out"),
        ));
    }
    let filled = |weight: &f64| if weight.is_nan() { mean } else { *weight };
    Ok(Some(given.iter().map(filled).collect()))
}
