//! The responses to be analysed: one column a question.

mod cells;
mod columns;
mod csv;
mod headers;
mod split;
#[cfg(test)]
mod tests;

use crate::error::{Error, Note};
use baraza_forms::{Answer, Form, NodeId, Role};
pub use cells::raw;
use columns::{Cell, Columns};
pub use headers::{OWN_COLUMNS, OWN_PREFIX};
use polars::prelude::{DataFrame, DataType, Float64Chunked, IntoColumn, StringChunked, StringChunkedBuilder};
use serde_json::{Map, Value as Json};
use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::io::Read;

/// How the interviews ended, in responses; unweighted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fieldwork {
    /// Agreed and answered; those rejected when looked at are not among them.
    pub complete: usize,
    /// Asked for consent and refused.
    pub refused: usize,
    /// Agreed and is too young.
    pub ineligible: usize,
    /// Rejected by people when looked at.
    pub rejected: usize,
}

impl Fieldwork {
    /// The share of those who took part among all who may and were asked, from 0 to 1; `None` where nobody was. Who
    /// was never met is in no response, so this is a rate of cooperation (AAPOR 2023, COOP1) and not of contact.
    pub fn cooperation(&self) -> Option<f64> {
        let took_part = self.complete + self.rejected;
        let asked = took_part + self.refused;
        (asked > 0).then(|| took_part as f64 / asked as f64)
    }
}

/// Responses and their form.
///
/// The frame has one column a question outside of any repeat, named by its key: texts for codes, words and dates
/// (select-multiple and rank as codes joined by a space), 64-bit floats for numbers. Null is unanswered or not
/// relevant. Passes on open questions stand in a text column of their own, see [`Responses::pass_column`].
#[derive(Debug, Clone)]
pub struct Responses {
    form: Form,
    frame: DataFrame,
    /// Whether any response was invented; tables then say so.
    pub synthetic: bool,
    /// Responses left out because the person refused or is too young.
    pub left_out: usize,
    /// How many of these refused; the others are too young.
    pub refused: usize,
    /// Responses left out because people rejected them.
    pub rejected: usize,
    /// Some of the responses that were collected, so that who refused is not known.
    is_part: bool,
    /// Cells that held no number where one belongs, by key.
    unread: BTreeMap<String, usize>,
}

impl Responses {
    /// Responses from their JSON (`answers` as a phone sends them); only finished ones belong here. What stands in
    /// a repeat, what the form does not know, and answers that do not fit their question's type are left blank.
    ///
    /// # Errors
    /// [`Error::Frame`] where two questions have the same key.
    pub fn from_answers<M: Borrow<Map<String, Json>>>(
        form: &Form,
        rows: impl IntoIterator<Item = M>,
    ) -> Result<Self, Error> {
        let mut columns = Columns::new(form);
        let questions: Vec<NodeId> = columns.questions().collect();
        for row in rows {
            let row: &Map<String, Json> = row.borrow();
            columns.push(questions.iter().map(|&id| {
                let node = &form.nodes[id];
                match row
                    .get(&node.key)
                    .and_then(|json| Answer::from_json(node.kind, json))
                {
                    None => Cell::Blank,
                    Some(Answer::Number(number)) => Cell::Number(number),
                    Some(Answer::Passed(pass)) => Cell::Pass(pass),
                    Some(answer) => Cell::Text(Cow::Owned(answer.text())),
                }
            }));
        }
        Ok(Self {
            form: form.clone(),
            frame: columns.finish()?,
            synthetic: false,
            left_out: 0,
            refused: 0,
            rejected: 0,
            is_part: false,
            unread: BTreeMap::new(),
        })
    }

    /// Responses from a CSV: Baraza's own export, or one of ODK Central or Kobo, with codes or labels. What is not
    /// understood is noted and left blank. What Baraza's column `review` says is rejected is left out.
    ///
    /// # Errors
    /// [`Error::Csv`] and [`Error::Encoding`] where the file can't be read, [`Error::NoColumn`] where it is of
    /// another form.
    pub fn from_csv(form: &Form, reader: impl Read) -> Result<(Self, Vec<Note>), Error> {
        csv::read(form, reader, false)
    }

    /// The same, with the rejected ones.
    ///
    /// # Errors
    /// As [`Responses::from_csv`].
    pub fn from_csv_with_rejected(form: &Form, reader: impl Read) -> Result<(Self, Vec<Note>), Error> {
        csv::read(form, reader, true)
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The answers as a frame.
    pub fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// How many responses.
    pub fn len(&self) -> usize {
        self.frame.height()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column of passes of an open question: `{key}_pass`, holding `dont_know` or `prefer_not_to_say`.
    pub fn pass_column(key: &str) -> String {
        format!("{key}_pass")
    }

    /// How the interviews ended; `None` for a part of the responses.
    pub fn fieldwork(&self) -> Option<Fieldwork> {
        (!self.is_part).then(|| Fieldwork {
            complete: self.len(),
            refused: self.refused,
            ineligible: self.left_out.saturating_sub(self.refused),
            rejected: self.rejected,
        })
    }

    /// What to tell of the responses that are left out; nothing where there are none.
    pub fn left_out_notes(&self) -> Vec<Note> {
        let told = |count: usize, why: &str| {
            let are = if count == 1 {
                "response is"
            } else {
                "responses are"
            };
            (count > 0).then(|| Note::new("", format!("{count} {are} left out: {why}")))
        };
        let refused = told(self.left_out, "consent refused, or under the minimum age");
        let rejected = told(self.rejected, "rejected when looked at");
        refused.into_iter().chain(rejected).collect()
    }

    /// How many cells of a question held no number where one belongs.
    pub(crate) fn unread(&self, key: &str) -> usize {
        self.unread.get(key).copied().unwrap_or_default()
    }

    /// Key of the first question with a role that has a column.
    pub(crate) fn key_of(&self, role: Role) -> Option<&str> {
        let nodes = self.form.nodes.iter();
        nodes
            .filter(|node| node.role == Some(role))
            .map(|node| node.key.as_str())
            .find(|key| self.frame.column(key).is_ok())
    }

    /// A text column.
    pub(crate) fn text(&self, key: &str) -> Result<&StringChunked, Error> {
        Ok(self.frame.column(key)?.str()?)
    }

    /// A column of numbers.
    pub(crate) fn number(&self, key: &str) -> Result<&Float64Chunked, Error> {
        Ok(self.frame.column(key)?.f64()?)
    }

    /// Puts a form with further questions in the place of the form; their columns follow by `set_texts`.
    pub(crate) fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    /// Adds a column of texts, or puts it in the place of one.
    pub(crate) fn set_texts(&mut self, key: &str, texts: Vec<Option<String>>) -> Result<(), Error> {
        let mut column = StringChunkedBuilder::new(key.into(), texts.len());
        for text in texts {
            column.append_option(text);
        }
        self.frame.with_column(column.finish().into_column())?;
        Ok(())
    }

    /// A column as numbers, whatever its type; blank or no number is `None`.
    pub(crate) fn numbers(&self, key: &str) -> Result<Vec<Option<f64>>, Error> {
        if *self.frame.column(key)?.dtype() == DataType::Float64 {
            return Ok(self.number(key)?.iter().collect());
        }
        // Here no comma can part thousands: what is computed or filled by a link has none.
        Ok(self
            .text(key)?
            .iter()
            .map(|text| text.and_then(|text| cells::number(text, true)))
            .collect())
    }

    /// A column as texts, whatever its type.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<Option<Cow<'_, str>>>, Error> {
        if *self.frame.column(key)?.dtype() == DataType::Float64 {
            return Ok(self
                .number(key)?
                .iter()
                .map(|n| n.map(|n| Cow::Owned(n.to_string())))
                .collect());
        }
        Ok(self
            .text(key)?
            .iter()
            .map(|text| text.map(Cow::Borrowed))
            .collect())
    }
}
