//! What is wrong in a questionnaire, where, and how to mend it.

use super::workbook::column_letters;
use serde::Serialize;
use std::fmt;

/// Whether a form can be used in spite of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The form is refused.
    Error,
    /// The form is used; what the text says was mended or is to be known.
    Warning,
}

/// Where in the workbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The sheet's name; blank for the workbook as a whole.
    pub sheet: String,
    /// From 1.
    pub row: Option<usize>,
    /// Column letters and header, `C (relevant)`.
    pub column: Option<String>,
}

impl Place {
    /// A sheet as a whole.
    pub fn sheet(sheet: &str) -> Self {
        Self {
            sheet: sheet.to_owned(),
            row: None,
            column: None,
        }
    }

    /// A row.
    pub fn row(sheet: &str, row: usize) -> Self {
        Self {
            sheet: sheet.to_owned(),
            row: Some(row),
            column: None,
        }
    }

    /// A cell; the column counts from 0.
    pub fn cell(sheet: &str, row: usize, column: usize, header: &str) -> Self {
        let column = Some(format!("{} ({})", column_letters(column), header.trim()));
        Self {
            sheet: sheet.to_owned(),
            row: Some(row),
            column,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}",
            if self.sheet.is_empty() {
                "workbook"
            } else {
                &self.sheet
            }
        )?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        Ok(())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Diagnostic {
    /// Whether the form is refused for it.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What kind of finding, such as `unknown-type`: stays the same when the words change, so that programs can
    /// tell findings apart.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}: {}: {}", self.place, self.message)
    }
}

/// Collects findings while a workbook is read.
#[derive(Debug, Default)]
pub struct Diagnostics {
    /// In the order they were found.
    pub found: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Something the form is refused for.
    pub fn error(&mut self, place: Place, rule: &'static str, message: impl Into<String>) {
        self.found.push(Diagnostic {
            severity: Severity::Error,
            place,
            rule,
            message: message.into(),
        });
    }

    /// Something to be known.
    pub fn warn(&mut self, place: Place, rule: &'static str, message: impl Into<String>) {
        self.found.push(Diagnostic {
            severity: Severity::Warning,
            place,
            rule,
            message: message.into(),
        });
    }

    /// Whether the form is refused.
    pub fn refused(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }
}
