//! `baraza check`

use super::REFUSED;
use super::import::{counts, listed};
use baraza_forms::Form;
use baraza_forms::lint::lint;
use baraza_forms::xlsform::{import_path, sort};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Say what is wrong in a form, all at once: which sheet, row and column, and the mend
///
/// Errors are what the form is refused for. Warnings are what was mended on the way in, and what would hurt those who
/// ask, those who answer, or the analysis.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza check household.xlsx
  baraza check forms/library/community-security     a folder with a CSV for each sheet
  baraza check household.ods --all                  every finding, however many are alike
  baraza check household.ods --format json          each finding with a 'rule' that stays when its words change

Exit codes: 0 the form can be used (warnings or none), 1 the file can't be read, 2 the form is refused.")]
pub struct Check {
    /// An .xlsx, .xls, .ods or .md file, or a folder with survey.csv, choices.csv, settings.csv
    form: PathBuf,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// List every finding, even where many are of one kind
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(check: &Check) -> anyhow::Result<ExitCode> {
    let imported = import_path(&check.form)?;
    let mut findings = imported.diagnostics;
    if let Some(form) = &imported.form {
        findings.extend(lint(form, &imported.places));
        sort(&mut findings);
    }
    match check.format {
        Format::Json => {
            let report = serde_json::json!({
                "form": imported.form.as_ref().map(|f| &f.id),
                "version": imported.form.as_ref().map(|f| &f.version),
                "usable": imported.form.is_some(),
                "findings": findings,
            });
            println!("{report:#}");
        }
        Format::Text => {
            eprint!("{}", listed(&findings, check.all));
            let verdict = imported
                .form
                .as_ref()
                .map_or_else(|| "refused".to_owned(), describe);
            println!("{}: {verdict}; {}", check.form.display(), counts(&findings));
        }
    }
    Ok(if imported.form.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REFUSED)
    })
}

fn describe(form: &Form) -> String {
    let questions = form.nodes.iter().filter(|node| node.kind.is_asked()).count();
    let languages: Vec<&str> = form
        .languages
        .iter()
        .map(|l| if l.name.is_empty() { "one unnamed" } else { &l.name })
        .collect();
    format!(
        "usable, form '{}' version '{}', {questions} questions, languages: {}",
        form.id,
        form.version,
        languages.join(", ")
    )
}
