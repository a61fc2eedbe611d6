//! Variables and tables that a project declares in one small file, beside the form.
//!
//! The file is a sheet like those of a form: CSV, with the columns `variable`, `make`, `from`, `code`, `values`,
//! `label` or `label::LANGUAGE`, `role`, `sensitive` and `instead`. A variable is a row with its name, and a row for
//! each of its categories below, where `variable` is blank:
//!
//! ```csv
//! variable,make,from,code,values,label::English (en),role
//! life,ranges,age,,,Stage of life,age
//! ,,,young,18-29,Young,
//! ,,,old,30+,Older,
//! ```
//!
//! What `make` can be, each with what it needs:
//!
//! | make | from | values |
//! | --- | --- | --- |
//! | `ranges` | a number | of a category: `18-30`, `66+`, `0`; numbers in no range are outside the base |
//! | `merge` | a select | of a category: codes of the question, or `*` for all others of substance; a blank code leaves them out; codes that are not named stay |
//! | `any` | several select-ones | of a category: codes; the first category of which any question has a code, `*` where one has another answer of substance |
//! | `roll_up` | a select or rank | in the first row: a column of its list of choices |
//! | `complete` | a select-multiple; `variable` is a rank | none: who named one thing alone was not asked to rank, and it is their first |
//! | `base` | none; `variable` is a question | `answering` or `substantive` |
//! | `within` | the higher level; `variable` is the lower | none |
//! | `cross` | two selects | none: answers to the first among those who gave each answer to the second |
//! | `together` | a select-multiple | none: which are named together |
//! | `matrix` | several select-ones with one list | none: shown side by side by who answers |
//! | `each` | a select-multiple, and a pattern such as `trust_{}` | of a category: codes of the questions so named; a category `absent` labels those who did not choose it |
//!
//! A derived variable is a question like others: it has a table, divides where it is asked for, may have a role, and
//! may be what a later one is made from. With `instead` = `yes` the questions it is made from get no table of their
//! own, so that nobody can subtract one from the other.

mod check;
mod derive;
mod extend;
mod make;
mod recode;
mod rows;
mod tables;

pub(crate) use derive::Step;

use crate::error::{Error, Note};
use crate::responses::Responses;
use crate::variables::BasePolicy;
use baraza_forms::Form;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

/// What a file declares, checked against a form.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    /// The form with the derived questions at its end.
    form: Option<Form>,
    pub(crate) steps: Vec<Step>,
    /// Who is in the base, by key of a question, where it differs from what holds for all.
    pub(crate) bases: BTreeMap<String, BasePolicy>,
    /// Keys of questions that get no table of their own.
    pub(crate) untabled: BTreeSet<String>,
    /// Levels of areas, the lower before the higher, as roles or keys.
    pub(crate) levels: Vec<(String, String)>,
    pub(crate) tables: Vec<Declared>,
    /// What was declared, by `make` and name.
    named: BTreeSet<(String, String)>,
}

/// A table, or tables side by side, that no question has by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    pub key: String,
    /// By language.
    pub labels: Vec<String>,
    pub what: What,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Answers to the first question among those who gave each answer to the second.
    Cross(String, String),
    /// Pairs of a select-multiple.
    Together(String),
    /// Questions side by side.
    Matrix(Vec<String>),
    /// For each choice of a select-multiple the share of some codes among those asked about it.
    Each(Each),
}

/// Shares over the questions on each choice of a select-multiple.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Each {
    /// Key of the select-multiple.
    pub choices: String,
    /// Codes of the choices, each with the key of the question on it.
    pub questions: Vec<(String, String)>,
    /// The codes of these questions that count.
    pub codes: Vec<String>,
    /// Variables in which those who did not choose it have a category, by choice.
    pub net: Vec<String>,
}

/// What to do with a declaration whose questions the form does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The file was made for this form.
    IsAnError,
    /// The file came with a questionnaire from which questions may have been taken.
    IsLeftOut,
}

impl Variables {
    /// Reads a file for a form; notes say what was left out.
    ///
    /// # Errors
    /// [`Error::Csv`] where the file can't be read; [`Error::Variables`] with line and variable where something in it
    /// has no meaning for the form.
    pub fn read(form: &Form, reader: impl Read, missing: Missing) -> Result<(Self, Vec<Note>), Error> {
        let mut variables = Self {
            form: Some(form.clone()),
            ..Self::default()
        };
        let notes = variables.add(reader, missing)?;
        Ok((variables, notes))
    }

    /// Reads a further file. Where both name the same variable, what was said first holds, provided that the further
    /// file is one that came with a questionnaire.
    ///
    /// # Errors
    /// As [`Variables::read`].
    pub fn add(&mut self, reader: impl Read, missing: Missing) -> Result<Vec<Note>, Error> {
        let Some(mut form) = self.form.take() else {
            return Ok(Vec::new());
        };
        let result = make::all(self, &mut form, reader, missing);
        self.form = Some(form);
        result
    }

    /// Whether two questions are made from a common one, or are the same: each then says something of the other by
    /// itself.
    pub(crate) fn are_related(&self, one: &str, other: &str) -> bool {
        !self.roots(one).is_disjoint(&self.roots(other))
    }

    /// The questions of the form that a question is made from; itself where it is one of the form.
    fn roots(&self, key: &str) -> BTreeSet<String> {
        let steps = self.steps.iter().filter(|step| step.key() == key);
        let mut roots: BTreeSet<String> = steps
            .flat_map(Step::sources)
            .filter(|source| *source != key)
            .flat_map(|source| self.roots(source))
            .collect();
        if self
            .steps
            .iter()
            .all(|step| step.key() != key || step.is_completion())
        {
            roots.insert(key.to_owned());
        }
        roots
    }

    /// The form with the derived questions; `None` where no file was read.
    pub fn form(&self) -> Option<&Form> {
        self.form.as_ref()
    }

    /// The responses with a column for each derived question, and the form that has them.
    ///
    /// # Errors
    /// [`Error::Frame`] where a column can't be read.
    pub fn derive(&self, responses: &Responses) -> Result<Responses, Error> {
        match &self.form {
            Some(form) => derive::columns(responses, form, &self.steps),
            None => Ok(responses.clone()),
        }
    }
}
