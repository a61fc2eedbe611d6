//! What `baraza analyse` does beyond tables of questions: declared variables, comparisons, rounds.

use super::analyse_out::put;
use crate::source::{Period, ROUND, add_default_variables, no_variables};
use anyhow::Context;
use baraza_analysis::{
    Analysis, Changes, Compare, Correction, Missing, Note, Options, Policy, Released, Responses, Variables,
    analyse, changes, protect, write_changes, write_differences, write_fieldwork, write_orders, write_tests,
};
use baraza_forms::Form;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Further {
    /// Age bands, merged groups and further variables and tables, declared in a CSV; without it the file 'variables.csv'
    /// in the form's folder counts, and what came with the default questionnaire
    #[arg(long, value_name = "FILE")]
    variables: Option<PathBuf>,
    /// Compare with this domain, for instance gender=man; may be repeated. Otherwise two domains are compared with each
    /// other, and more than two each with all
    #[arg(long, value_name = "BY=CODE", value_parser = reference)]
    reference: Vec<(String, String)>,
    /// How p-values are adjusted for the number of tests before a difference is marked
    #[arg(long, value_enum, default_value_t = Adjusted::Holm)]
    correction: Adjusted,
    /// Make no tests
    #[arg(long)]
    no_tests: bool,
    /// Compare rounds of collection: a question that tells them apart, or round (those of 'baraza rounds'), version, month, quarter or year. The tables
    /// are those of the last round
    #[arg(long, value_name = "QUESTION|PERIOD")]
    rounds: Option<String>,
    /// Compare with an earlier round: another database (.db) of the survey, or a CSV of the same form
    #[arg(long, value_name = "FILE", conflicts_with = "rounds")]
    against: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Adjusted {
    /// Not one false mark in 95 of 100 reports
    Holm,
    /// At most one false among twenty marks
    Bh,
}

fn reference(text: &str) -> Result<(String, String), String> {
    let (by, code) = text
        .split_once('=')
        .ok_or("write it as BY=CODE, for instance gender=man")?;
    Ok((by.to_owned(), code.to_owned()))
}

/// A round that is over, with its tables.
pub struct Earlier {
    pub name: String,
    pub responses: Responses,
}

impl Further {
    /// The period that rounds are, where they are none of a question.
    pub fn period(&self, form: &Form) -> Option<Period> {
        let word = self
            .rounds
            .as_deref()
            .filter(|word| form.by_key(word).is_none())?;
        Period::read(word)
    }

    /// The variables that hold for a form: those of the project first.
    pub fn variables(
        &self,
        form: &Form,
        path: Option<&Path>,
        missing: Missing,
    ) -> anyhow::Result<(Variables, Vec<Note>)> {
        let beside = path
            .map(|path| path.join("variables.csv"))
            .filter(|path| path.is_file());
        let own = self.variables.as_deref().or(beside.as_deref());
        let (mut variables, mut notes) = match own {
            Some(path) => {
                let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
                Variables::read(form, file, missing).with_context(|| path.display().to_string())?
            }
            None => (no_variables(form)?, Vec::new()),
        };
        if beside.is_none() {
            notes.extend(add_default_variables(form, &mut variables)?);
        }
        Ok((variables, notes))
    }

    /// What is compared.
    pub fn compare(&self, policy: &Policy) -> Option<Compare> {
        (!self.no_tests).then(|| Compare {
            references: self.reference.clone(),
            smallest: policy.minimum_base,
            correction: self.adjustment(),
        })
    }

    fn adjustment(&self) -> Correction {
        match self.correction {
            Adjusted::Holm => Correction::Holm,
            Adjusted::Bh => Correction::BenjaminiHochberg,
        }
    }

    /// The other round's file, where there is one.
    pub fn against(&self) -> Option<&Path> {
        self.against.as_deref()
    }

    /// The last round, and those before it.
    pub fn split(
        &self,
        responses: Responses,
        period: Option<Period>,
    ) -> anyhow::Result<(String, Responses, Vec<Earlier>)> {
        let Some(word) = &self.rounds else {
            return Ok(("now".to_owned(), responses, Vec::new()));
        };
        let key = if period.is_some() { ROUND } else { word };
        let mut rounds = responses.rounds(key)?;
        let Some((name, last)) = rounds.pop() else {
            anyhow::bail!("no response says which round it is of: the answers to '{word}' are blank");
        };
        let earlier = rounds
            .into_iter()
            .map(|(name, responses)| Earlier { name, responses });
        Ok((name, last, earlier.collect()))
    }

    /// Compares the rounds and writes their changes; says what changed, and what could not be compared.
    pub fn write_changes(
        &self,
        folder: &Path,
        (name, analysis, released): (&str, &Analysis, &Released),
        earlier: Vec<Earlier>,
        (options, policy): (&Options, &Policy),
        path: Option<&Path>,
    ) -> anyhow::Result<Vec<String>> {
        if earlier.is_empty() {
            return Ok(Vec::new());
        }
        let mut made = Vec::new();
        for round in earlier {
            // An earlier form may lack what this one has; what both have is compared.
            let (variables, _) = self.variables(round.responses.form(), path, Missing::IsLeftOut)?;
            let responses = variables.derive(&round.responses)?;
            let options = Options {
                variables,
                compare: None,
                ..options.clone()
            };
            let analysis = analyse(&responses, &options, &mut |_, _| {})
                .with_context(|| format!("the round '{}'", round.name))?;
            made.push((round.name, analysis));
        }
        let mut rounds: Vec<(&str, &Analysis)> = made
            .iter()
            .map(|(name, analysis)| (name.as_str(), analysis))
            .collect();
        rounds.push((name, analysis));
        let found = changes(&rounds, policy.minimum_base, self.adjustment());
        let lines = told(&found);
        let before = made.into_iter().map(|(_, analysis)| protect(analysis, policy));
        let before: Vec<Released> = before.collect::<Result<_, _>>()?;
        let mut all: Vec<&Released> = before.iter().collect();
        all.push(released);
        put(folder, "changes.csv", |file| write_changes(&all, found, file))?;
        Ok(lines)
    }
}

/// Writes what is drawn from the tables: a file each, where there is anything in it.
pub fn write_findings(folder: &Path, released: &Released) -> anyhow::Result<Vec<&'static str>> {
    let found = released.findings();
    let mut names = Vec::new();
    if found.fieldwork.is_some() {
        put(folder, "fieldwork.csv", |file| write_fieldwork(released, file))?;
        names.push("fieldwork.csv");
    }
    if !found.tests.is_empty() {
        put(folder, "tests.csv", |file| write_tests(released, file))?;
        put(folder, "differences.csv", |file| {
            write_differences(released, file)
        })?;
        names.extend(["tests.csv", "differences.csv"]);
    }
    if !found.orders.is_empty() {
        put(folder, "orders.csv", |file| write_orders(released, file))?;
        names.push("orders.csv");
    }
    Ok(names)
}

/// What the coordinator should know of the changes; counts alone, since cells may be withheld.
fn told(found: &Changes) -> Vec<String> {
    let alerts = found.changes.iter().filter(|change| change.alert).count();
    let mut lines = vec![format!(
        "{} changes between {} rounds, {alerts} of them more than chance",
        found.changes.len(),
        found.rounds.len()
    )];
    lines.extend(found.not_compared.iter().map(ToString::to_string));
    lines
}
