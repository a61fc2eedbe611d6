//! Forms from files, as several commands need them.

use super::REFUSED;
use baraza_forms::Form;
use baraza_forms::xlsform::{Diagnostic, Severity, import_path};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Imports a form and says on the error output what is wrong in it; `Err` holds the exit code.
pub fn form_from(path: &Path) -> anyhow::Result<Result<Form, ExitCode>> {
    let imported = import_path(path)?;
    eprint!("{}", listed(&imported.diagnostics, false));
    Ok(imported.form.ok_or_else(|| {
        eprintln!("{}: refused, {}", path.display(), counts(&imported.diagnostics));
        ExitCode::from(REFUSED)
    }))
}

/// Findings of one kind in one sheet that are listed before the rest is only counted.
const MOST_OF_A_KIND: usize = 5;

/// One finding a line, in groups by severity and sheet; many of one kind are cut short unless `all` are wanted.
pub fn listed(findings: &[Diagnostic], all: bool) -> String {
    let mut lines = String::new();
    let same_group =
        |a: &Diagnostic, b: &Diagnostic| a.severity == b.severity && a.place.sheet == b.place.sheet;
    for group in findings.chunk_by(same_group) {
        if !lines.is_empty() {
            lines.push('\n');
        }
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in group {
            let count = seen.entry(finding.rule).or_default();
            *count += 1;
            if all || *count <= MOST_OF_A_KIND {
                lines += &format!("{finding}\n");
            }
        }
        for (rule, count) in seen.iter().filter(|(_, count)| !all && **count > MOST_OF_A_KIND) {
            let sheet = if group[0].place.sheet.is_empty() {
                "workbook"
            } else {
                &group[0].place.sheet
            };
            lines += &format!(
                "  … {sheet}: {} more {} of the kind '{rule}' ('baraza check --all' lists them)\n",
                count - MOST_OF_A_KIND,
                if group[0].severity == Severity::Error {
                    "errors"
                } else {
                    "warnings"
                }
            );
        }
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::listed;
    use baraza_forms::xlsform::import_markdown;

    #[test]
    fn many_findings_of_a_kind_are_counted_unless_all_are_wanted() {
        let rows: String = (0..40).map(|n| format!("| | text | q{n} | |\n")).collect();
        let form = format!("| survey | | | |\n| | type | name | label |\n{rows}| | txet | z | Z |\n");
        let found = import_markdown(&form).diagnostics;
        let short = listed(&found, false);
        assert_eq!(
            short
                .lines()
                .filter(|line| line.starts_with("warning: survey, row"))
                .count(),
            5,
            "{short}"
        );
        assert!(
            short.contains("35 more warnings of the kind 'no-label'"),
            "{short}"
        );
        assert!(
            short.starts_with("error: survey, row 43"),
            "errors first, whatever their row: {short}"
        );
        assert_eq!(
            listed(&found, true)
                .lines()
                .filter(|line| line.starts_with("warning"))
                .count(),
            40
        );
    }
}
