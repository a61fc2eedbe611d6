//! The design of responses, by the roles of the form, with a stated policy for what is blank or contradicts.

use super::{Design, DesignColumns, Lonely, Margins, StageColumns};
use crate::error::{Error, Note};
use crate::responses::{Responses, numbered};
use baraza_forms::Role;

/// What is done with the weights and the strata of one PSU beyond what the form says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    /// Strata of one PSU.
    pub lonely: Lonely,
    /// Margins of the population that the weights are calibrated to.
    pub margins: Option<Margins>,
    /// Bounds of the weights, after that: the least, the largest, and whether none may lie outside in the end (see
    /// [`Design::trimmed`]).
    pub trim: Option<(f64, f64, bool)>,
}

impl Sampling {
    /// The design of responses, calibrated and trimmed.
    ///
    /// # Errors
    /// Those of [`Design::of`], [`Design::with_lonely`] and [`Margins::apply`].
    pub fn design(&self, responses: &Responses, notes: &mut Vec<Note>) -> Result<Design, Error> {
        let mut design = Design::of(responses, notes)?.with_lonely(self.lonely)?;
        let alone: usize = design.stages.iter().map(super::Stage::lonely).sum();
        if alone > 0 {
            let counted = match self.lonely {
                Lonely::Remove | Lonely::Fail => "add nothing to the errors, which understates them",
                Lonely::Adjust => "add their distance from the mean of all strata to the errors",
                Lonely::Average => "add to the errors what the other strata add on average",
            };
            notes.push(Note::new(
                "",
                format!("{alone} strata have one sampling unit; they {counted}"),
            ));
        }
        if let Some(margins) = &self.margins {
            design = margins.apply(&design, responses, notes)?;
        }
        if let Some((lower, upper, strict)) = self.trim {
            let outside = design
                .weights()
                .iter()
                .filter(|w| !(lower..=upper).contains(*w))
                .count();
            design = design.trimmed(lower, upper, strict);
            if outside > 0 {
                notes.push(Note::new(
                    "",
                    format!("{outside} weights are trimmed to {lower} to {upper}"),
                ));
            }
        }
        Ok(design)
    }
}

impl Design {
    /// The design of responses, by the roles weight, stratum, PSU, SSU and the populations of these in the form. What
    /// is blank or invalid is filled in and noted:
    ///
    /// - a missing weight, or one that is no number, counts as the mean of the others; one of 0 or less excludes;
    /// - a missing stratum is a stratum of its own, and a respondent without cluster is its own;
    /// - a population that is blank, or smaller than the sample, makes its stratum count as drawn with replacement;
    /// - without weights these follow from the populations, if every stratum of the first stage has one.
    ///
    /// A column that is blank throughout counts as absent.
    ///
    /// # Errors
    /// [`Error::Weights`] where no weight is a number, [`Error::Frame`] where a column can't be read.
    pub fn of(responses: &Responses, notes: &mut Vec<Note>) -> Result<Self, Error> {
        let n = responses.len();
        let given = weights(responses, notes)?;
        let mut columns = DesignColumns {
            weights: given.clone().unwrap_or_else(|| vec![1.0; n]),
            populations: populations(responses, Role::PsuPopulation)?,
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
        columns.psus = units(responses, Role::Psu, "cluster", notes)?;
        let later = StageColumns {
            units: units(responses, Role::Ssu, "second-stage unit", notes)?,
            populations: populations(responses, Role::SsuPopulation)?,
        };
        if !(later.units.is_empty() && later.populations.is_empty()) {
            columns.later.push(later);
        }
        let (mut design, doubts) = Self::built(&columns)?;
        notes.extend(doubts.into_iter().map(|doubt| Note::new("", doubt.message)));
        design.weighted = given.is_some();
        if given.is_none() && !columns.populations.is_empty() {
            if design.stages[0]
                .strata
                .iter()
                .all(|stratum| stratum.population.is_some())
            {
                design.weights = super::stages::weights(&design.stages, design.len());
                design.weighted = true;
                notes.push(Note::new(
                    "",
                    "weights follow from the populations: population by sample",
                ));
            } else {
                notes.push(Note::new(
                    "",
                    "weights can't follow from the populations, so all responses count alike",
                ));
            }
        }
        Ok(design)
    }
}

/// Numbers of units, blank where the form has none; a response without one is its own.
fn units(responses: &Responses, role: Role, what: &str, notes: &mut Vec<Note>) -> Result<Vec<u32>, Error> {
    let Some((key, units)) = numbered(responses, role)? else {
        return Ok(Vec::new());
    };
    let blank = units.iter().filter(|unit| unit.is_none()).count();
    if blank > 0 {
        notes.push(Note::new(
            key,
            format!("{blank} responses without a {what} count as one each"),
        ));
    }
    Ok(units
        .into_iter()
        .zip(0..)
        .map(|(unit, row)| unit.unwrap_or(u32::MAX - row))
        .collect())
}

/// Populations by response, NaN where there is none; blank where the form has no question of that role.
fn populations(responses: &Responses, role: Role) -> Result<Vec<f64>, Error> {
    let Some(key) = responses.key_of(role) else {
        return Ok(Vec::new());
    };
    let given = responses.numbers(key)?;
    Ok(if given.iter().all(Option::is_none) {
        Vec::new()
    } else {
        given
            .into_iter()
            .map(|number| number.unwrap_or(f64::NAN))
            .collect()
    })
}

/// Weights by response; `None` where the form has no question of that role or all are blank.
fn weights(responses: &Responses, notes: &mut Vec<Note>) -> Result<Option<Vec<f64>>, Error> {
    let Some(key) = responses.key_of(Role::Weight) else {
        return Ok(None);
    };
    let given = responses.floats(key)?;
    let valid = given.iter().filter(|weight| !weight.is_nan()).count();
    if valid == 0 {
        // Tables that look weighted and are not would mislead; an empty column is no column.
        let filled = responses.texts(key)?.iter().flatten().count() + responses.unread(key);
        return if filled == 0 {
            Ok(None)
        } else {
            Err(Error::Weights { key: key.to_owned() })
        };
    }
    let positive = given.iter().filter(|weight| **weight > 0.0);
    let (sum, count) = positive.fold((0.0, 0usize), |(sum, count), weight| (sum + weight, count + 1));
    // Where all who have a weight are left out, so are the others.
    let mean = sum / count.max(1) as f64;
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
