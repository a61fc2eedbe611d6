//! The survey sheet: rows into nodes. Expressions wait until all names are known.

use super::choices::Lists;
use super::diagnostic::{Diagnostics, Place};
use super::headers::Table;
use super::settings::Asked;
use super::types::{RowType, row_type};
use super::workbook::Row;
use crate::form::{Kind, Language, Node, NodeId};
use std::collections::HashMap;

/// A cell that holds an expression, still to be parsed.
pub struct Pending {
    /// Whose it is.
    pub node: NodeId,
    /// Standard name of the column; `seed` for that parameter.
    pub column: &'static str,
    /// As written.
    pub source: String,
    /// Where.
    pub place: Place,
}

/// A cell that names questions, still to be looked up.
pub struct Named {
    /// Whose it is.
    pub node: NodeId,
    /// As written: `${a}, ${b}`.
    pub source: String,
    /// Where.
    pub place: Place,
}

/// Nodes as far as they can be known row by row.
#[derive(Default)]
pub struct Survey {
    /// The root first.
    pub nodes: Vec<Node>,
    /// Where the name of each node stands.
    pub places: Vec<Place>,
    /// Expressions to parse.
    pub pending: Vec<Pending>,
    /// Questions whose answers are the choices of others.
    pub choices_from: Vec<Named>,
    /// Cells of the trigger column.
    pub triggers: Vec<Named>,
    /// Nodes whose list ends with a choice 'other' of ours.
    pub with_other: Vec<NodeId>,
    /// Names as they were written, of nodes whose name had to be mended.
    pub spelled: HashMap<String, Vec<NodeId>>,
}

/// Reads rows one after the other.
pub(super) struct Reader<'t, 'a, 'l> {
    pub table: &'t Table<'a>,
    pub lists: &'t Lists<'l>,
    pub languages: &'t [Language],
    pub asked: &'t Asked,
    pub out: &'t mut Diagnostics,
    pub survey: Survey,
    /// Sections that were begun and not ended, with their rows.
    pub open: Vec<(NodeId, usize)>,
    skipping: usize,
}

/// Reads all rows.
pub fn read(
    table: &Table<'_>,
    lists: &Lists<'_>,
    languages: &[Language],
    asked: &Asked,
    out: &mut Diagnostics,
) -> Survey {
    let root = Node {
        name: "data".into(),
        ..Node::default()
    };
    let survey = Survey {
        nodes: vec![root],
        places: vec![Place::sheet(table.sheet)],
        ..Survey::default()
    };
    let mut reader = Reader {
        table,
        lists,
        languages,
        asked,
        out,
        survey,
        open: vec![(0, 0)],
        skipping: 0,
    };
    for row in table.rows.iter() {
        reader.row(row);
    }
    reader.end_all();
    let mut survey = reader.survey;
    super::keys::give(table, &mut survey, out);
    survey
}

impl Reader<'_, '_, '_> {
    /// A cell by its column's standard name.
    pub fn text<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.table.text(row, column)
    }

    fn row(&mut self, row: &Row) {
        let kind = self.text(row, "type");
        if kind.is_empty() {
            if !self.text(row, "name").is_empty() {
                self.out.error(
                    self.table.place(row, "type"),
                    "no-type",
                    "a question without a type: fill it in, or clear the row",
                );
            }
            return;
        }
        let disabled = super::cells::yes_or_no(self.text(row, "disabled")) == Some(true);
        match row_type(kind) {
            Err(message) if !disabled && self.skipping == 0 => {
                self.out
                    .error(self.table.place(row, "type"), "unknown-type", message);
            }
            Err(_) => {}
            Ok(RowType::BeginGroup | RowType::BeginRepeat) if disabled || self.skipping > 0 => {
                self.skipping += 1;
            }
            Ok(RowType::EndGroup | RowType::EndRepeat) if self.skipping > 0 => self.skipping -= 1,
            Ok(_) if disabled || self.skipping > 0 => {}
            Ok(found) => self.found(row, found),
        }
    }

    fn found(&mut self, row: &Row, found: RowType) {
        match found {
            RowType::BeginGroup => self.begin(row, Kind::Group),
            RowType::BeginRepeat => self.begin(row, Kind::Repeat),
            RowType::EndGroup => self.end(row, Kind::Group),
            RowType::EndRepeat => self.end(row, Kind::Repeat),
            RowType::Plain(Kind::DeviceId) => self.device_id(row),
            RowType::Plain(Kind::Audit) => self.audit(row),
            RowType::Plain(kind) => {
                self.node(row, kind);
            }
            RowType::Never(why) => {
                self.out
                    .warn(self.table.place(row, "type"), "never-collected", why);
                self.node(row, Kind::Device);
            }
            RowType::Choice {
                kind,
                list,
                file,
                other,
            } => self.choice(row, kind, &list, file, other),
            // Tables go into the form where they are named, so that one that nothing reads costs the phone nothing.
            RowType::Attached => {}
            RowType::Ignored(why) => self.out.warn(
                self.table.place(row, "type"),
                "row-left-out",
                format!("left out: {why}"),
            ),
        }
    }

    fn device_id(&mut self, row: &Row) {
        let kind = if self.asked.settings.device_id {
            Kind::DeviceId
        } else {
            let why = "what identifies a phone is not collected; where it has to be, write 'yes' under baraza::device_id in the settings sheet";
            self.out
                .warn(self.table.place(row, "type"), "never-collected", why);
            Kind::Device
        };
        self.node(row, kind);
    }

    fn audit(&mut self, row: &Row) {
        let place = self.table.place(row, "type");
        if self.survey.nodes.iter().any(|node| node.kind == Kind::Audit) {
            self.out
                .warn(place, "row-left-out", "a second 'audit' is left out");
            return;
        }
        self.out.warn(
            place,
            "time-recorded",
            "how long each question is in sight is recorded: tell those who interview",
        );
        let parameters = super::node::parameters(self.text(row, "parameters"));
        if !parameters.is_empty() {
            let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
            self.out.warn(
                self.table.place(row, "parameters"),
                "never-collected",
                format!(
                    "places, changes and the like are not recorded, so these have no effect: {}",
                    names.join(", ")
                ),
            );
        }
        let id = self.node(row, Kind::Audit);
        "audit".clone_into(&mut self.survey.nodes[id].name);
        self.survey.nodes[id].parameters.clear();
    }
}
