//! Where what a form holds stands in its workbook, for findings after the import.

use super::diagnostic::Place;
use super::headers::{Column, Table};
use super::texts::TextPlace;
use crate::form::{ListId, NodeId, TextId};

/// Places by node, text and choice.
#[derive(Debug, Default)]
pub struct Places {
    sheet: String,
    columns: Vec<(usize, Column)>,
    names: Vec<Place>,
    choices: Vec<Vec<Place>>,
    texts: Vec<TextPlace>,
    /// Lists of files that were not there: they hold no choices that anything could be said of.
    pub missing: Vec<ListId>,
}

impl Places {
    pub(super) fn new(table: &Table<'_>, names: Vec<Place>, texts: Vec<TextPlace>) -> Self {
        Self {
            sheet: table.sheet.to_owned(),
            columns: table
                .columns()
                .map(|(index, column)| (index, column.clone()))
                .collect(),
            names,
            texts,
            ..Self::default()
        }
    }

    pub(super) fn with_choices(mut self, choices: Vec<Vec<Place>>, missing: Vec<ListId>) -> Self {
        (self.choices, self.missing) = (choices, missing);
        self
    }

    /// The survey sheet's name.
    pub fn survey(&self) -> Place {
        Place::sheet(&self.sheet)
    }

    /// A node's cell under a column by its standard name; its row where the sheet has no such column.
    pub fn cell(&self, node: NodeId, column: &str) -> Place {
        let Some(row) = self.names.get(node).and_then(|place| place.row) else {
            return self.survey();
        };
        match self.columns.iter().find(|(_, c)| c.name == column) {
            Some((index, column)) => Place::cell(&self.sheet, row, *index, &column.header),
            None => Place::row(&self.sheet, row),
        }
    }

    /// The cell of a node's label in a language by name.
    pub fn label(&self, node: NodeId, language: &str) -> Place {
        let of_language = |c: &Column| c.name == "label" && c.language.as_deref() == Some(language);
        match (
            self.columns.iter().find(|(_, c)| of_language(c)),
            self.names.get(node).and_then(|p| p.row),
        ) {
            (Some((index, column)), Some(row)) => Place::cell(&self.sheet, row, *index, &column.header),
            _ => self.cell(node, "label"),
        }
    }

    /// A choice's row.
    pub fn choice(&self, list: ListId, choice: usize) -> Place {
        let place = self.choices.get(list).and_then(|places| places.get(choice));
        place.cloned().unwrap_or_else(|| Place::sheet("choices"))
    }

    /// Whether a text has words of its own in a language, rather than another language's.
    pub fn is_there(&self, text: TextId, language: usize) -> bool {
        let there = self.texts.get(text).and_then(|t| t.there.get(language));
        there.copied().unwrap_or(true)
    }

    /// Each text: where it stands, and in which languages it is there.
    pub fn texts(&self) -> &[TextPlace] {
        &self.texts
    }
}
