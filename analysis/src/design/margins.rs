//! Margins of the population from a CSV.

use super::{Design, MarginCodes, Raking};
use crate::error::{Error, Note};
use crate::responses::Responses;
use crate::tally::NONE;
use crate::variables::Domains;
use baraza_forms::Role;
use std::collections::HashMap;
use std::io::Read;

/// What is known of the population: how many people there are by one or more variables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Margins {
    /// One a variable, or a crossing of several.
    pub margins: Vec<Margin>,
}

/// People by the categories of one variable, or of several crossed.
#[derive(Debug, Clone, PartialEq)]
pub struct Margin {
    /// Roles or keys of the questions.
    pub variables: Vec<String>,
    /// A code of each variable, and how many people.
    pub categories: Vec<(Vec<String>, f64)>,
}

/// What joins variables, and their categories, in a cell of the CSV.
const CROSS: char = '*';

impl Margins {
    /// Reads a CSV with the columns `variable`, `category` and `total`, one category a row: `gender,woman,51000`.
    /// Margins crossed by several variables join them: `gender*age,woman*18-30,17000`.
    ///
    /// # Errors
    /// [`Error::Csv`] where the file can't be read, and [`Error::Calibration`] naming the line that is wrong.
    pub fn from_csv(reader: impl Read) -> Result<Self, Error> {
        let mut csv = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(reader);
        let header: Vec<String> = csv
            .headers()?
            .iter()
            .map(|cell| cell.trim_start_matches('\u{feff}').to_lowercase())
            .collect();
        let column = |name: &str| {
            let at = header.iter().position(|cell| cell == name);
            at.ok_or_else(|| {
                Error::Calibration(format!(
                    "the margins have no column '{name}'; the first row has to be: variable,category,total"
                ))
            })
        };
        let columns = [column("variable")?, column("category")?, column("total")?];
        let mut margins: Vec<Margin> = Vec::new();
        for (line, record) in (2..).zip(csv.records()) {
            let record = record?;
            let [variable, category, total] = columns.map(|at| record.get(at).unwrap_or_default());
            let parts =
                |cell: &str| -> Vec<String> { cell.split(CROSS).map(|p| p.trim().to_owned()).collect() };
            let (variables, codes) = (parts(variable), parts(category));
            let total: Option<f64> = total.parse().ok().filter(|t: &f64| t.is_finite() && *t > 0.0);
            let (Some(total), true) = (total, variables.len() == codes.len() && !variable.is_empty()) else {
                return Err(Error::Calibration(format!(
                    "line {line} of the margins: write a variable, a category (as many parts as the variable, joined \
                     by *) and a total above 0"
                )));
            };
            match margins.iter_mut().find(|margin| margin.variables == variables) {
                Some(margin) if margin.categories.iter().any(|(known, _)| *known == codes) => {
                    return Err(Error::Calibration(format!(
                        "line {line} of the margins: '{category}' of '{variable}' stands there twice"
                    )));
                }
                Some(margin) => margin.categories.push((codes, total)),
                None => margins.push(Margin {
                    variables,
                    categories: vec![(codes, total)],
                }),
            }
        }
        Ok(Self { margins })
    }

    /// The design raked to these margins (post-stratified, if it is one). Respondents without an answer, or with one
    /// that the margin does not have, keep their share of the weights, and a note says how many.
    ///
    /// # Errors
    /// [`Error::UnknownBy`] and [`Error::NotADivision`] where a variable is none of the form's, [`Error::Calibration`]
    /// where the margins don't fit the sample or each other.
    pub fn apply(
        &self,
        design: &Design,
        responses: &Responses,
        notes: &mut Vec<Note>,
    ) -> Result<Design, Error> {
        if self.margins.is_empty() {
            return Ok(design.clone());
        }
        let codes: Result<Vec<MarginCodes>, Error> = self
            .margins
            .iter()
            .map(|margin| margin.codes(design, responses, notes))
            .collect();
        let (raked, rounds) = design.raked(&codes?, Raking::default())?;
        let names: Vec<String> = self.margins.iter().map(|m| m.variables.join("*")).collect();
        let message = if names.len() == 1 {
            format!("weights are post-stratified by {}", names[0])
        } else {
            format!("weights are raked to {} in {rounds} rounds", names.join(", "))
        };
        notes.push(Note::new("", message));
        Ok(raked)
    }
}

impl Margin {
    fn codes(
        &self,
        design: &Design,
        responses: &Responses,
        notes: &mut Vec<Note>,
    ) -> Result<MarginCodes, Error> {
        let name = self.variables.join("*");
        let columns: Result<Vec<Vec<Option<String>>>, Error> = self
            .variables
            .iter()
            .map(|variable| answers(responses, design, variable))
            .collect();
        let columns = columns?;
        let numbers: HashMap<Vec<&str>, u32> = self
            .categories
            .iter()
            .zip(0..)
            .map(|((codes, _), number)| (codes.iter().map(String::as_str).collect(), number))
            .collect();
        let codes: Vec<u32> = (0..design.len())
            .map(|row| {
                let answer: Option<Vec<&str>> = columns.iter().map(|column| column[row].as_deref()).collect();
                answer
                    .and_then(|answer| numbers.get(&answer).copied())
                    .unwrap_or(NONE)
            })
            .collect();
        let outside = codes.iter().filter(|&&code| code == NONE).count();
        if outside > 0 {
            notes.push(Note::new(
                name.as_str(),
                format!("{outside} responses are in no category of the margin; they keep their share of the weights"),
            ));
        }
        let absent = (0..)
            .zip(&self.categories)
            .find(|(number, _)| !codes.contains(number));
        if let Some((_, (missing, _))) = absent {
            return Err(Error::Calibration(format!(
                "nobody in the sample is '{}' of '{name}', as the margins have it; check the code, or merge the category \
                 with another",
                missing.join("*")
            )));
        }
        Ok(MarginCodes {
            codes,
            totals: self.categories.iter().map(|(_, total)| *total).collect(),
        })
    }
}

/// Codes of a variable in the design's order.
fn answers(responses: &Responses, design: &Design, variable: &str) -> Result<Vec<Option<String>>, Error> {
    let domains = Domains::of(responses, design, 0, &[variable.to_owned()])?;
    // A question with a role goes by the role, whichever of the two it is named by.
    let form = responses.form();
    let role = form.by_key(variable).and_then(|id| form.nodes[id].role);
    let names = [Some(variable), role.map(Role::word)];
    let by = names
        .into_iter()
        .flatten()
        .find(|name| domains.domains.iter().any(|domain| domain.by == *name))
        .unwrap_or(variable);
    let code = |&number: &u32| {
        let domain = domains.domains.get(number as usize)?;
        (domain.by == by).then(|| domain.code.clone())
    };
    Ok((0..design.len())
        .map(|row| domains.columns.iter().find_map(|column| code(&column[row])))
        .collect())
}
