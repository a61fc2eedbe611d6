//! The responses to be analysed: one column a question.

mod cells;
mod column;
mod columns;
mod csv;
mod headers;
mod layout;
mod numbered;
mod parquet;
mod parquet_file;
mod split;
#[cfg(test)]
mod tests;

use crate::error::{Error, Note};
use crate::variables::OTHER;
use baraza_forms::{Answer, Form, NodeId, Role};
pub use cells::raw;
pub(crate) use column::{Coded, Column};
use columns::{Cell, Columns};
pub use headers::{OWN_COLUMNS, OWN_PREFIX};
pub(crate) use numbered::numbered;
use serde_json::{Map, Value as Json};
use std::borrow::{Borrow, Cow};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

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
/// There is one column a question outside of any repeat, named by its key: texts for codes, words and dates
/// (select-multiple and rank as codes joined by a space), 64-bit floats for numbers. Blank is unanswered or not
/// relevant. Passes on open questions stand in a text column of their own, see [`Responses::pass_column`].
#[derive(Debug, Clone)]
pub struct Responses {
    form: Form,
    /// How many.
    rows: usize,
    columns: BTreeMap<String, Column>,
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
    /// None so far: what can't be understood is left blank.
    pub fn from_answers<M: Borrow<Map<String, Json>>>(
        form: &Form,
        rows: impl IntoIterator<Item = M>,
    ) -> Result<Self, Error> {
        let mut columns = Columns::new(form);
        let questions: Vec<NodeId> = columns.questions().collect();
        let mut count = 0;
        for row in rows {
            count += 1;
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
            rows: count,
            columns: columns.finish(),
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

    /// Responses from a Parquet file: integer, floating, boolean, text and categorical columns, with the names that
    /// a CSV's columns may have, and with codes (as texts or as whole numbers) or labels. Notes are those of a CSV.
    ///
    /// # Errors
    /// [`Error::Parquet`] where the file can't be read or is cut off, [`Error::NoColumn`] where it is of another form.
    pub fn from_parquet(form: &Form, path: &Path) -> Result<(Self, Vec<Note>), Error> {
        parquet::read(form, path, false)
    }

    /// The same, with the rejected ones.
    ///
    /// # Errors
    /// As [`Responses::from_parquet`].
    pub fn from_parquet_with_rejected(form: &Form, path: &Path) -> Result<(Self, Vec<Note>), Error> {
        parquet::read(form, path, true)
    }

    /// The form.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// How many responses.
    pub fn len(&self) -> usize {
        self.rows
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
            .find(|key| self.columns.contains_key(*key))
    }

    /// The responses with what no list has as one value, `_other`: see [`crate::SurveyTally`].
    pub(crate) fn listed_only(&self, notes: &mut Vec<Note>) -> Self {
        let mut listed = self.clone();
        for (id, node) in self.form.nodes.iter().enumerate() {
            let Some(Column::Texts(coded)) = listed.columns.get_mut(&node.key) else {
                continue;
            };
            if !node.kind.is_choice() || self.form.list_of(id).is_none() {
                continue;
            }
            let texts: Vec<String> = coded
                .texts()
                .iter()
                .map(|text| cells::listed(&self.form, id, text))
                .collect();
            let own =
                |((new, old), count): ((&String, &Arc<str>), &u64)| if **new == **old { 0 } else { *count };
            let own: u64 = texts.iter().zip(coded.texts()).zip(coded.counts()).map(own).sum();
            if own > 0 {
                let message = format!(
                    "{own} responses have codes that its list does not have: in a tally they are the category '{OTHER}'; \
                     add frequent ones to the list"
                );
                notes.push(Note::new(&node.key, message));
                *coded = coded.renamed(texts.iter().map(|text| Some(text.as_str())));
            }
        }
        listed
    }

    /// The column of a question.
    pub(crate) fn column(&self, key: &str) -> Result<&Column, Error> {
        self.columns
            .get(key)
            .ok_or_else(|| Error::NotHeld { key: key.to_owned() })
    }

    /// A column as codes, whatever its type; a number is written as in a CSV.
    pub(crate) fn coded(&self, key: &str) -> Result<Cow<'_, Coded>, Error> {
        Ok(match self.column(key)? {
            Column::Texts(coded) => Cow::Borrowed(coded),
            Column::Numbers(numbers) => Cow::Owned(column::coded_floats(numbers)),
        })
    }

    /// A column as numbers, whatever its type; NaN is blank or no number.
    pub(crate) fn floats(&self, key: &str) -> Result<Cow<'_, [f64]>, Error> {
        let coded = match self.column(key)? {
            Column::Numbers(numbers) => return Ok(Cow::Borrowed(numbers)),
            Column::Texts(coded) => coded,
        };
        // Here no comma can part thousands: what is computed or filled by a link has none.
        let number = |row| coded.get(row).and_then(|text| cells::number(text, true));
        Ok(Cow::Owned(
            (0..self.rows)
                .map(|row| number(row).unwrap_or(f64::NAN))
                .collect(),
        ))
    }

    /// Puts a form with further questions in the place of the form; their columns follow by `set_texts`.
    pub(crate) fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    /// Adds a column of texts, or puts it in the place of one.
    pub(crate) fn set_texts(&mut self, key: &str, texts: Vec<Option<String>>) {
        let mut column = column::Coder::default();
        for text in texts {
            column.push(text.as_deref());
        }
        self.columns
            .insert(key.to_owned(), Column::Texts(column.finish()));
    }

    /// A column as numbers, whatever its type; blank or no number is `None`.
    pub(crate) fn numbers(&self, key: &str) -> Result<Vec<Option<f64>>, Error> {
        let some = |number: &f64| (!number.is_nan()).then_some(*number);
        Ok(self.floats(key)?.iter().map(some).collect())
    }

    /// A column as texts, whatever its type. For a large column [`Responses::coded`] is much cheaper.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<Option<Cow<'_, str>>>, Error> {
        Ok(match self.column(key)? {
            Column::Texts(coded) => (0..self.rows)
                .map(|row| coded.get(row).map(Cow::Borrowed))
                .collect(),
            Column::Numbers(numbers) => numbers
                .iter()
                .map(|n| (!n.is_nan()).then(|| Cow::Owned(n.to_string())))
                .collect(),
        })
    }
}
