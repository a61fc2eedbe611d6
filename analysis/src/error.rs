//! What can go wrong, and what is worth telling when nothing did.

use std::fmt;

/// Why an analysis can't be made. Each message tells what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The CSV is broken as a whole.
    #[error("the CSV can't be read: {0}; save it again as 'CSV UTF-8'")]
    Csv(#[from] csv::Error),
    /// The Parquet file is broken, or is none.
    #[error(
        "the Parquet file {path} can't be read: {why}. If it was copied or downloaded, it may be cut off: copy it again"
    )]
    Parquet {
        /// Which file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Nothing in it, not even a header.
    #[error(
        "the file is empty: there has to be a header row with the names of the questions, then one row a response"
    )]
    Empty,
    /// A question that the analysis does not hold: a file, a device, a question within a repeat, or none at all.
    #[error("'{key}' has no answers to analyse: it is within a repeat, a file, or no question of the form")]
    NotHeld {
        /// What was asked for.
        key: String,
    },
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
        "no column of the file belongs to a question of the form '{form}'; its columns are: {columns}. \
         Is it the right form, and (in a CSV) is the first row the header?"
    )]
    NoColumn {
        /// Id of the form.
        form: String,
        /// The first columns of the file.
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
    /// A file of variables says what has no meaning for the form.
    #[error("variables, line {line}{}: {message}", quoted(.variable))]
    Variables {
        /// The line of the file, from 1.
        line: u64,
        /// The variable; blank where it is about the file.
        variable: String,
        /// What is wrong, and what can be done.
        message: String,
    },
    /// A declared variable has no column.
    #[error("the responses have no question '{key}' that the variables declare: derive them first")]
    NotDerived {
        /// Its key.
        key: String,
    },
    /// An area lies in two areas of the next higher level.
    #[error(
        "'{code}' of '{lower}' lies in two areas of '{higher}': {both}. Correct the answers, or leave \
         out the row 'within' of the file of variables"
    )]
    Levels {
        /// The lower level.
        lower: String,
        /// The area.
        code: String,
        /// The higher level.
        higher: String,
        /// The areas that respondents gave.
        both: String,
    },
    /// Thresholds that protect nobody.
    #[error("{0}")]
    Policy(String),
    /// Rows that must not leave.
    #[error("nothing is released: {0}")]
    Microdata(String),
    /// A file given as an earlier release is none.
    #[error("the earlier release can't be read: {0}; it is the tidy.csv that 'baraza analyse' wrote")]
    Earlier(String),
    /// Tallies that can't be read, or not added to others.
    #[error("{0}")]
    Tallies(String),
    /// Two tallies of different tables, designs or domains.
    #[error("tallies add up only where design, domains and categories are the same")]
    Shape,
    /// Populations of a design's stages that contradict the sample.
    #[error("{message} (stage {stage})")]
    Population {
        /// The stage, from 1.
        stage: usize,
        /// What is wrong.
        message: String,
    },
    /// Strata of one unit, where they are not to be.
    #[error(
        "{strata} strata have one sampling unit, so their variance can't be known; merge them with others, or choose \
         how they count: remove, adjust or average"
    )]
    Lonely {
        /// How many.
        strata: usize,
    },
    /// Weights can't be made to meet what is known of the population.
    #[error("the weights can't be calibrated: {0}")]
    Calibration(String),
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

/// `, 'variable'`; nothing where the message is about the file.
fn quoted(variable: &str) -> String {
    if variable.is_empty() {
        String::new()
    } else {
        format!(", '{variable}'")
    }
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
