//! `baraza diff`

use super::{Database, Format, answer, counted, the_survey};
use crate::beside::files_of;
use anyhow::{Context, bail};
use baraza_forms::Form;
use baraza_forms::diff::{Change, What, diff, file_changes};
use baraza_forms::xlsform::{Severity, import_path};
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Say what changed between two forms, or two versions of a survey
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza diff old.xlsx new.xlsx
  baraza diff household.xlsx                     against the newest version that is published
  baraza diff --survey household 3 4             two published versions
  baraza diff old.xlsx new.xlsx --format json

A line begins with + for what was added, - for what was removed, > for what moved, ~ for what changed, and with * after
it where columns of collected answers change.

Exit codes, as of diff: 0 the same, 1 different, 2 trouble, such as a file that can't be read.")]
pub struct Diff {
    /// Two form files, the older first; or one, to be compared with what is published; with --survey, two versions
    #[arg(required = true, num_args = 1..=2, value_name = "FORM|VERSION")]
    forms: Vec<String>,
    /// The survey; where one file is given, the one that it names if this is left out
    #[arg(long, value_name = "ID")]
    survey: Option<String>,
    #[command(flatten)]
    database: Database,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const DIFFERENT: u8 = 1;
const TROUBLE: u8 = 2;

pub fn run(arguments: &Diff) -> ExitCode {
    match compared(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERENT),
        Err(error) => {
            eprintln!("baraza: {error:#}");
            ExitCode::from(TROUBLE)
        }
    }
}

/// Whether both are the same.
fn compared(arguments: &Diff) -> anyhow::Result<bool> {
    let (Side { form: old, files }, new) = two(arguments)?;
    let mut changes = diff(&old, &new.form);
    changes.extend(file_changes(&files, &new.files));
    let new = new.form;
    let said = match arguments.format {
        Format::Json => {
            let all = json!({
                "old": {"form": old.id, "version": old.version},
                "new": {"form": new.id, "version": new.version},
                "same": changes.is_empty(),
                "changes": changes,
            });
            format!("{all:#}\n")
        }
        Format::Text => {
            let lines: String = changes.iter().map(|change| line(change) + "\n").collect();
            format!(
                "from '{}' version '{}' to '{}' version '{}'\n{lines}{}\n",
                old.id,
                old.version,
                new.id,
                new.version,
                summary(&changes)
            )
        }
    };
    answer(&said)?;
    Ok(changes.is_empty())
}

/// A form with the digests of the files that go with its labels.
struct Side {
    form: Form,
    files: BTreeMap<String, String>,
}

fn two(arguments: &Diff) -> anyhow::Result<(Side, Side)> {
    match (&arguments.forms[..], &arguments.survey) {
        ([old, new], Some(survey)) => {
            let version = |name: &str| published(arguments, survey, Some(name));
            Ok((version(old)?, version(new)?))
        }
        ([old, new], None) => Ok((read(old)?, read(new)?)),
        ([new], survey) => {
            let new = read(new)?;
            let old = published(arguments, survey.as_deref().unwrap_or(&new.form.id), None)?;
            Ok((old, new))
        }
        _ => bail!("name two forms, or one to compare with what is published"),
    }
}

/// A form from a file; what is no error is not told here, since 'baraza check' does.
fn read(path: &str) -> anyhow::Result<Side> {
    let imported = import_path(Path::new(path))?;
    let form = imported.form.ok_or_else(|| {
        let errors = imported
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error);
        let errors: Vec<String> = errors.map(ToString::to_string).collect();
        anyhow::anyhow!("{path} can't be used:\n{}", errors.join("\n"))
    })?;
    let beside = files_of(&form, Path::new(path)).files;
    let files = beside.into_iter().map(|file| (file.name, file.digest)).collect();
    Ok(Side { form, files })
}

/// A version of a survey, or the newest.
fn published(arguments: &Diff, survey: &str, version: Option<&str>) -> anyhow::Result<Side> {
    let store = arguments.database.open_existing()?;
    let survey = the_survey(&store, Some(survey))?;
    let versions = store.versions(survey.id)?;
    let known: Vec<String> = versions.iter().map(|v| format!("'{}'", v.form.version)).collect();
    let found = match version {
        None => versions.into_iter().next(),
        Some(name) => versions.into_iter().find(|v| v.form.version == name),
    };
    let side = found.map(|version| Side {
        form: version.form,
        files: version.files,
    });
    side.with_context(|| {
        format!(
            "the survey '{}' has no version '{}'; it has: {}",
            survey.slug,
            version.unwrap_or_default(),
            known.join(", ")
        )
    })
}

fn line(change: &Change) -> String {
    let sign = match change.what {
        What::Added => '+',
        What::Removed => '-',
        What::Moved => '>',
        What::Changed => '~',
    };
    let columns = if change.collected { '*' } else { ' ' };
    let users = if change.questions.is_empty() {
        String::new()
    } else {
        format!(" (in {})", change.questions.join(", "))
    };
    // One line a change, whatever a label holds.
    let words: Vec<String> = format!("{change}{users}")
        .lines()
        .map(|line| line.trim().to_owned())
        .collect();
    format!("{sign}{columns} {}", words.join(" ⏎ "))
}

fn summary(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no difference".to_owned();
    }
    let collected = changes.iter().filter(|change| change.collected).count();
    format!(
        "{}, {collected} of them in columns of collected answers",
        counted(changes.len() as u64, "change")
    )
}
