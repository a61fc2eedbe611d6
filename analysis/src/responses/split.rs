//! Responses by round.

use super::Responses;
use crate::error::Error;
use crate::levels::named;
use std::collections::BTreeMap;

impl Responses {
    /// The responses of each round, told apart by the answers to a question (a role or a key), with the round's code:
    /// in the order of the question's choices, and of the alphabet where it has none. Who gave no answer is in no round.
    ///
    /// # Errors
    /// [`Error::UnknownBy`] where the form has no such question.
    pub fn rounds(&self, asked: &str) -> Result<Vec<(String, Self)>, Error> {
        let id = named(&self.form, asked).filter(|&id| !self.form.nodes[id].kind.is_section());
        let id = id.ok_or_else(|| crate::variables::unknown(&self.form, asked))?;
        let texts = self.texts(&self.form.nodes[id].key)?;
        let mut rows: BTreeMap<(usize, &str), Vec<bool>> = BTreeMap::new();
        let choices = self.form.list_of(id).map_or(&[][..], |list| &list.choices);
        for (row, text) in texts.iter().enumerate() {
            let Some(code) = text.as_deref() else { continue };
            let place = choices.iter().position(|choice| choice.name == code);
            let place = (place.unwrap_or(choices.len()), code);
            rows.entry(place).or_insert_with(|| vec![false; self.len()])[row] = true;
        }
        let round = |((_, code), keep): ((usize, &str), Vec<bool>)| (code.to_owned(), self.only(&keep));
        Ok(rows.into_iter().map(round).collect())
    }

    /// Some of the responses. How many refused among them nobody knows: a refusal holds no answers.
    fn only(&self, keep: &[bool]) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|(key, column)| (key.clone(), column.only(keep)));
        Self {
            rows: keep.iter().filter(|&&keep| keep).count(),
            columns: columns.collect(),
            is_part: true,
            left_out: 0,
            refused: 0,
            rejected: 0,
            ..self.clone()
        }
    }
}
