//! `baraza quotas`

use super::by::By;
use super::of::Of;
use super::{Format, REFUSED, answer, counted};
use crate::quotas::{Counts, label, read};
use anyhow::Context;
use baraza_forms::xlsform::Sheet;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Say how many people of each kind are to be interviewed, and see how many were
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza quotas set quotas.csv
  baraza quotas show --survey household

The first row of the file names what a quota goes by, roles of the form or keys of its questions, and 'target':

  gender,age,area,target
  woman,18-35,north,20
  man,46+,,15

A cell holds a code of the question's list, or a band of numbers: 18-35, 46+. A blank cell stands for everybody. The
quotas of a file take the place of those there were; a file with its first row alone removes them. Complete responses
count, whichever quotas they fit. Enumerators see the quotas on their phones, and may go beyond them.")]
pub struct Quotas {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take the quotas of a survey from a CSV file
    Set(Set),
    /// Show the quotas of a survey and what was received
    Show(Show),
}

#[derive(Debug, Args)]
struct Set {
    /// The CSV file
    file: PathBuf,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    of: Of,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn run(arguments: &Quotas) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Set(set) => put(set),
        What::Show(show) => list(show),
    }
}

fn put(set: &Set) -> anyhow::Result<ExitCode> {
    let file = set.file.display();
    let bytes = std::fs::read(&set.file).with_context(|| format!("can't read {file}"))?;
    let stem = set
        .file
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("quotas");
    let sheet = Sheet::from_csv(stem, &bytes)?;
    let (store, survey, form) = set.of.open_form()?;
    let quotas = match read(&form, &sheet) {
        Ok(quotas) => quotas,
        Err(wrong) => {
            for line in wrong {
                eprintln!("error: {file}, {line}");
            }
            eprintln!(
                "{file}: refused; the quotas of '{}' are as they were",
                survey.slug
            );
            return Ok(ExitCode::from(REFUSED));
        }
    };
    store.set_quotas(&survey, &quotas, &set.by.name())?;
    let people: u64 = quotas.iter().map(|(_, target)| u64::from(*target)).sum();
    answer(&format!(
        "'{}' has {}, {} in all\n",
        survey.slug,
        counted(quotas.len() as u64, "quota"),
        counted(people, "interview")
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn list(show: &Show) -> anyhow::Result<ExitCode> {
    let (store, survey, form) = show.of.open_form()?;
    let received = Counts::default().received(&store, survey.id)?;
    let rows = received
        .iter()
        .map(|(quota, received)| (label(&form, 0, &quota.wanted), quota.target, *received));
    if show.format == Format::Json {
        let quotas: Vec<Json> = rows
            .map(
                |(label, target, received)| json!({ "label": label, "target": target, "received": received }),
            )
            .collect();
        let all = json!({ "survey": survey.slug, "quotas": quotas });
        answer(&format!("{all:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<_> = rows
        .map(|(label, target, received)| {
            (
                if label.is_empty() {
                    "everybody".into()
                } else {
                    label
                },
                target,
                received,
            )
        })
        .collect();
    if rows.is_empty() {
        answer(&format!(
            "'{}' has no quotas: 'baraza quotas set FILE.csv' sets them\n",
            survey.slug
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let width = rows
        .iter()
        .map(|(label, ..)| label.chars().count())
        .max()
        .unwrap_or_default();
    let lines = rows.iter().map(|(label, target, received)| {
        let left = u64::from(*target).saturating_sub(*received);
        let left = if left == 0 {
            "reached".to_owned()
        } else {
            format!("{left} to go")
        };
        format!("{label:width$}  {received:>5} of {target:>5}  {left}\n")
    });
    answer(&lines.collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}
