//! Where groups and repeats begin and end.

use super::diagnostic::Place;
use super::survey::Reader;
use super::workbook::Row;
use crate::form::{Kind, NodeId};

/// A response's JSON nests twice for each repeat, and its readers stop at 128.
const DEEPEST_GROUPS: usize = 40;

fn word(kind: Kind) -> &'static str {
    if kind == Kind::Repeat { "repeat" } else { "group" }
}

impl Reader<'_, '_, '_> {
    pub(super) fn begin(&mut self, row: &Row, kind: Kind) {
        if self.open.len() == DEEPEST_GROUPS {
            let message =
                format!("more than {DEEPEST_GROUPS} groups within each other: a phone could not send that");
            self.out.error(self.table.place(row, "type"), "too-deep", message);
        }
        let id = self.node(row, kind);
        self.open.push((id, row.number));
    }

    /// Ends the innermost section. The wrong word for it is mended where no section around it has that kind, since
    /// then the row can't mean another one.
    pub(super) fn end(&mut self, row: &Row, kind: Kind) {
        let word_found = word(kind);
        let (open, number) = self.open[self.open.len() - 1];
        let place = self.table.place(row, "type");
        if open == 0 {
            self.out.warn(
                place,
                "end-without-begin",
                format!("ends a {word_found} that was not begun, and is left out: remove the row, or add 'begin_{word_found}' above"),
            );
            return;
        }
        let node = &self.survey.nodes[open];
        if node.kind != kind {
            let was = word(node.kind);
            let message = format!(
                "ends a {word_found}, but '{}' in row {number} is a {was}: write 'end_{was}'",
                node.name
            );
            if self
                .open
                .iter()
                .any(|&(id, _)| id != 0 && self.survey.nodes[id].kind == kind)
            {
                self.out.error(place, "wrong-end", message);
            } else {
                self.out.warn(place, "wrong-end", message);
            }
        }
        self.open.pop();
    }

    /// Sections still open at the end of the sheet end there.
    pub(super) fn end_all(&mut self) {
        while let Some((node, number)) = self.open.pop().filter(|(node, _)| *node != 0) {
            let section = word(self.survey.nodes[node].kind);
            let name = self.survey.nodes[node].name.clone();
            self.out.warn(
                Place::row(self.table.sheet, number),
                "no-end",
                format!("the {section} '{name}' has no end, and ends with the sheet: add a row 'end_{section}' where it ends"),
            );
        }
    }

    /// The name of a section or note that has none: nothing but a repeat's answers are called by it.
    pub(super) fn made_name(&mut self, row: &Row, kind: Kind) -> String {
        let made = format!("row_{}", row.number);
        let told = match kind {
            Kind::Note | Kind::Audit => false,
            Kind::Group => !self.table.has("name"),
            _ => true,
        };
        if told || kind == Kind::Group && self.names_something(row) {
            self.out.warn(
                self.table.place(row, "name"),
                "no-name",
                format!("has no name and is called '{made}': give it one that stays when rows are added"),
            );
        }
        made
    }

    /// Groups without a name are common; one that is shown deserves one.
    fn names_something(&self, row: &Row) -> bool {
        !self.table.translations(row, "label").is_empty() || !self.text(row, "relevant").is_empty()
    }

    /// The repeat around what is read now.
    pub(super) fn parent(&self) -> Option<NodeId> {
        self.open.last().map(|(parent, _)| *parent)
    }
}
