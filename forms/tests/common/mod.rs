//! What the tests of the importer share.
#![allow(dead_code)]

use baraza_forms::Form;
use baraza_forms::xlsform::{Diagnostic, Imported, Severity, Workbook, import, import_markdown};

/// The form of a Markdown table that has to import.
#[track_caller]
pub fn form(markdown: &str) -> Form {
    taken(import_markdown(markdown)).0
}

/// The form and its warnings.
#[track_caller]
pub fn taken(imported: Imported) -> (Form, Vec<Diagnostic>) {
    let found = imported.diagnostics;
    (imported.form.unwrap_or_else(|| panic!("{found:#?}")), found)
}

/// The form, which must have been mended under a rule at a place, in words that hold some.
#[track_caller]
pub fn mended(markdown: &str, rule: &str, place: &str, words: &str) -> Form {
    let (form, found) = taken(import_markdown(markdown));
    assert_found(&found, Severity::Warning, (rule, place, words));
    form
}

/// Asserts that the form is refused under a rule at a place, in words that hold some.
#[track_caller]
pub fn refused(markdown: &str, rule: &str, place: &str, words: &str) {
    let imported = import_markdown(markdown);
    assert!(
        imported.form.is_none(),
        "not refused: {:#?}",
        imported.diagnostics
    );
    assert_found(&imported.diagnostics, Severity::Error, (rule, place, words));
}

#[track_caller]
pub fn assert_found(found: &[Diagnostic], severity: Severity, (rule, place, words): (&str, &str, &str)) {
    let is_it = |d: &&Diagnostic| {
        d.severity == severity && d.rule == rule && d.place.to_string() == place && d.message.contains(words)
    };
    assert!(
        found.iter().any(|d| is_it(&d)),
        "no {rule} at '{place}' with '{words}' in {found:#?}"
    );
}

/// A Markdown form with files beside it.
pub fn with_files(markdown: &str, files: &[(&str, &str)]) -> Imported {
    let bytes = |name: &str| {
        files
            .iter()
            .find(|(file, _)| *file == name)
            .map(|(_, text)| text.as_bytes().to_vec())
    };
    import(&Workbook::from_markdown(markdown), "form", &bytes)
}

/// Names of all nodes but the root.
pub fn names(form: &Form) -> Vec<&str> {
    form.nodes.iter().skip(1).map(|node| node.name.as_str()).collect()
}
