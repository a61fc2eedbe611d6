//! What can go wrong, and what is worth telling when nothing did.

use std::fmt;

/// Why an analysis can't be made. Each message tells what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The CSV is broken as a whole.
    #[error("the CSV can't be read: {0}; save it again as 'CSV UTF-8'")]
    Csv(#[from] csv::Error),
    /// A file can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The CSV holds another encoding.
    #[error("the CSV is written in UTF-16; save it again as 'CSV UTF-8'")]
    Encoding,
    /// The CSV is of another form.
    #[error(
        "no column of the CSV belongs to a question of the form '{form}'; its columns are: {columns}. \
         Is it the right form, and is the first row the header?"
    )]
    NoColumn {
        /// Id of the form.
        form: String,
        /// The first columns of the CSV.
        columns: String,
    },
    /// A disaggregation was asked for that the form does not have.
    #[error("no question has the key or role '{asked}'; tables can be broken down by: {known}")]
    UnknownBy {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// Answers to the question don't divide the respondents into groups.
    #[error("tables can't be broken down by '{key}': {why}")]
    NotADivision {
        /// Key of the question.
        key: String,
        /// Why not, and what can be done.
        why: &'static str,
    },
    /// A column of weights without a number in it.
    #[error(
        "no weight of '{key}' is a number: tables would be unweighted; write numbers with a point, or take the role from the form"
    )]
    Weights {
        /// Key of the question.
        key: String,
    },
    /// Thresholds that protect nobody.
    #[error("{0}")]
    Policy(String),
    /// Two tallies of different tables, designs or domains.
    #[error("tallies add up only where design, domains and categories are the same")]
    Shape,
    /// The columns of a design differ in length.
    #[error("weights, strata and clusters need one value a respondent each")]
    Length,
    /// The file for a first page is not one.
    #[error("the file that says what the first page shows: {0}")]
    FirstPage(String),
    /// A workbook can't be written.
    #[error("the workbook can't be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// JSON can't be written.
    #[error("the JSON can't be written: {0}")]
    Json(#[from] serde_json::Error),
    /// A file can't be written.
    #[error("what was made can't be written: {0}")]
    Write(#[from] std::io::Error),
    /// The frame refused; an error of this crate.
    #[error("the answers can't be held as a table: {0}")]
    Frame(#[from] polars::error::PolarsError),
}

/// Something the analyst should know, found on the way. Notes name columns, rows and counts and are not protected:
/// they belong to the one who holds the answers, and never to what is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The column or question; blank where it is about the whole.
    pub about: String,
    /// For a person.
    pub message: String,
}

impl Note {
    /// A note on a column or question.
    pub fn new(about: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.about.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.about, self.message)
        }
    }
}
