//! Forms from files, as several commands need them.

use super::REFUSED;
use anyhow::Context;
use baraza_forms::Form;
use baraza_forms::xlsform::{Diagnostic, Severity, import_path};
use std::path::Path;
use std::process::ExitCode;

/// The default questionnaire, embedded.
const DEFAULT: [(&str, &str); 3] = [
    (
        "survey",
        include_str!("../../../forms/library/community-security/survey.csv"),
    ),
    (
        "choices",
        include_str!("../../../forms/library/community-security/choices.csv"),
    ),
    (
        "settings",
        include_str!("../../../forms/library/community-security/settings.csv"),
    ),
];

/// The default questionnaire.
pub fn default_form() -> anyhow::Result<Form> {
    use baraza_forms::xlsform::{Sheet, Workbook, import};
    let sheets = DEFAULT
        .iter()
        .map(|(name, csv)| Sheet::from_csv(name, csv.as_bytes()))
        .collect::<Result<_, _>>()?;
    let imported = import(&Workbook { sheets }, "community-security", &|_| None);
    imported.form.context("the default questionnaire has errors")
}

/// Imports a form and says on the error output what is wrong in it; `Err` holds the exit code.
pub fn form_from(path: &Path) -> anyhow::Result<Result<Form, ExitCode>> {
    let imported = import_path(path)?;
    print_findings(&imported.diagnostics);
    Ok(imported.form.ok_or_else(|| {
        eprintln!("{}: refused, {}", path.display(), counts(&imported.diagnostics));
        ExitCode::from(REFUSED)
    }))
}

/// One finding a line.
pub fn print_findings(findings: &[Diagnostic]) {
    for finding in findings {
        eprintln!("{finding}");
    }
}

/// `2 errors, 1 warning`
pub fn counts(findings: &[Diagnostic]) -> String {
    let count = |severity| findings.iter().filter(|d| d.severity == severity).count();
    let words = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    format!(
        "{}, {}",
        words(count(Severity::Error), "error"),
        words(count(Severity::Warning), "warning")
    )
}
