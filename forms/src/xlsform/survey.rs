//! The survey sheet: rows into nodes. Expressions wait until all names are known.

use super::choices::Lists;
use super::diagnostic::{Diagnostics, Place};
use super::headers::Table;
use super::languages;
use super::types::{RowType, row_type};
use super::workbook::Row;
use crate::expr::Expr;
use crate::form::{Kind, Language, Node, NodeId, Role};
use std::collections::BTreeMap;

/// A cell that holds an expression, still to be parsed.
pub struct Pending {
    /// Whose it is.
    pub node: NodeId,
    /// Standard name of the column.
    pub column: &'static str,
    /// As written.
    pub source: String,
    /// Where.
    pub place: Place,
}

/// Nodes as far as they can be known row by row.
#[derive(Default)]
pub struct Survey {
    /// The root first.
    pub nodes: Vec<Node>,
    /// Where each node stands.
    pub places: Vec<Place>,
    /// Expressions to parse.
    pub pending: Vec<Pending>,
}

const EXPRESSIONS: &[&str] = &[
    "relevant",
    "required",
    "constraint",
    "calculation",
    "choice_filter",
    "repeat_count",
    "read_only",
];

/// A response's JSON nests twice for each repeat, and its readers stop at 128.
const DEEPEST_GROUPS: usize = 40;

struct Reader<'t, 'a, 'l> {
    table: &'t Table<'a>,
    lists: &'t Lists<'l>,
    languages: &'t [Language],
    out: &'t mut Diagnostics,
    survey: Survey,
    open: Vec<(NodeId, usize)>,
    skipping: usize,
}

/// Reads all rows.
pub fn read(table: &Table<'_>, lists: &Lists<'_>, languages: &[Language], out: &mut Diagnostics) -> Survey {
    let root = Node {
        name: "data".into(),
        ..Node::default()
    };
    let survey = Survey {
        nodes: vec![root],
        places: vec![Place::sheet(table.sheet)],
        pending: Vec::new(),
    };
    let mut reader = Reader {
        table,
        lists,
        languages,
        out,
        survey,
        open: vec![(0, 0)],
        skipping: 0,
    };
    for row in table.rows {
        reader.row(row);
    }
    while let Some((node, number)) = reader.open.pop().filter(|(node, _)| *node != 0) {
        let section = if reader.survey.nodes[node].kind == Kind::Repeat {
            "repeat"
        } else {
            "group"
        };
        let name = reader.survey.nodes[node].name.clone();
        reader.out.error(
            Place::row(table.sheet, number),
            format!("the {section} '{name}' has no end: add a row 'end_{section}'"),
        );
    }
    let mut survey = reader.survey;
    super::keys::give(&mut survey, out);
    survey
}

impl Reader<'_, '_, '_> {
    fn text<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.table.text(row, column)
    }

    fn row(&mut self, row: &Row) {
        let kind = self.text(row, "type");
        if kind.is_empty() {
            if !self.text(row, "name").is_empty() {
                self.out.error(
                    self.table.place(row, "type"),
                    "a question without a type: fill it in, or clear the row",
                );
            }
            return;
        }
        let disabled = matches!(self.text(row, "disabled").to_lowercase().as_str(), "yes" | "true");
        match row_type(kind) {
            Err(message) => self.out.error(self.table.place(row, "type"), message),
            Ok(RowType::BeginGroup | RowType::BeginRepeat) if disabled || self.skipping > 0 => {
                self.skipping += 1;
            }
            Ok(RowType::EndGroup | RowType::EndRepeat) if self.skipping > 0 => self.skipping -= 1,
            Ok(_) if disabled || self.skipping > 0 => {}
            Ok(RowType::BeginGroup) => self.begin(row, Kind::Group),
            Ok(RowType::BeginRepeat) => self.begin(row, Kind::Repeat),
            Ok(RowType::EndGroup) => self.end(row, Kind::Group),
            Ok(RowType::EndRepeat) => self.end(row, Kind::Repeat),
            Ok(RowType::Plain(kind)) => {
                self.node(row, kind);
            }
            Ok(RowType::Choice {
                kind,
                list,
                file,
                other,
            }) => self.choice(row, kind, &list, file, other),
            Ok(RowType::Ignored(why)) => self
                .out
                .warn(self.table.place(row, "type"), format!("left out: {why}")),
        }
    }

    fn begin(&mut self, row: &Row, kind: Kind) {
        if self.open.len() == DEEPEST_GROUPS {
            let message =
                format!("more than {DEEPEST_GROUPS} groups within each other: a phone could not send that");
            self.out.error(self.table.place(row, "type"), message);
        }
        let id = self.node(row, kind);
        self.open.push((id, row.number));
    }

    fn end(&mut self, row: &Row, kind: Kind) {
        let word = if kind == Kind::Repeat { "repeat" } else { "group" };
        let (open, number) = self.open[self.open.len() - 1];
        if open == 0 {
            self.out.error(
                self.table.place(row, "type"),
                format!("ends a {word} that was not begun: remove the row, or add 'begin_{word}' above"),
            );
            return;
        }
        let found = &self.survey.nodes[open];
        if found.kind != kind {
            let was = if found.kind == Kind::Repeat {
                "repeat"
            } else {
                "group"
            };
            let message = format!(
                "ends a {word}, but '{}' in row {number} is a {was}: write 'end_{was}'",
                found.name
            );
            self.out.error(self.table.place(row, "type"), message);
        }
        self.open.pop();
    }

    fn choice(&mut self, row: &Row, kind: Kind, list: &str, file: bool, other: bool) {
        let parameters = parameters(self.text(row, "parameters"));
        let value = parameters.get("value").map_or("name", String::as_str);
        let label = parameters.get("label").map_or("label", String::as_str);
        let taken = if file {
            Ok(self.lists.take_file(list, value, label))
        } else {
            self.lists.take_listed(list)
        };
        let id = self.node(row, kind);
        let list_id = match taken {
            Ok(list_id) => list_id,
            Err(message) => {
                self.out.error(self.table.place(row, "type"), message);
                return;
            }
        };
        self.survey.nodes[id].list = Some(list_id);
        if kind != Kind::SelectOne {
            for name in self.lists.names_with_spaces(list_id) {
                let message = format!(
                    "the choice '{name}' of its list has a space in its name, which a list of codes can't hold: write '{}'",
                    name.replace(' ', "_")
                );
                self.out.error(self.table.place(row, "type"), message);
            }
        }
        if other {
            self.other(row, id, list_id);
        }
    }

    /// `or_other`: the choice 'other', and a question which.
    fn other(&mut self, row: &Row, id: NodeId, list: usize) {
        let words = |of: fn(&str) -> &'static str| {
            self.languages
                .iter()
                .map(|l| of(&l.tag).to_owned())
                .collect::<Vec<_>>()
        };
        let (other, specify) = (words(languages::other), words(languages::specify));
        self.survey.nodes[id].list = Some(self.lists.with_other(list, other));
        let label = self.lists.with_texts(|texts| Some(texts.own(specify)));
        let node = &self.survey.nodes[id];
        let relevant = Expr::Call(
            crate::expr::Function::Selected,
            vec![Expr::Answer(id), Expr::Text("other".into())],
        );
        let more = Node {
            name: format!("{}_other", node.name),
            parent: node.parent,
            kind: Kind::Text,
            label,
            relevant: Some(relevant),
            ..Node::default()
        };
        self.survey.nodes.push(more);
        self.survey.places.push(Place::row(self.table.sheet, row.number));
    }

    fn node(&mut self, row: &Row, kind: Kind) -> NodeId {
        let id = self.survey.nodes.len();
        let table = self.table;
        let text = |texts: &mut super::texts::Texts, column: &str| {
            texts.add(&table.translations(row, column), &|i| table.place_at(row, i), id)
        };
        let [label, hint, guidance, constraint_message, required_message] = self.lists.with_texts(|texts| {
            [
                "label",
                "hint",
                "guidance_hint",
                "constraint_message",
                "required_message",
            ]
            .map(|c| text(texts, c))
        });
        let node = Node {
            name: self.name(row, kind),
            key: String::new(),
            parent: self.open.last().map(|(parent, _)| *parent),
            kind,
            label,
            hint,
            guidance,
            constraint_message,
            required_message,
            appearance: self
                .text(row, "appearance")
                .split_whitespace()
                .map(String::from)
                .collect(),
            parameters: self.parameters(row, kind),
            role: self.role(row),
            sensitive: self.yes(row, "baraza::sensitive"),
            pass: self.yes(row, "baraza::pass"),
            ..Node::default()
        };
        self.survey.nodes.push(node);
        self.survey.places.push(table.place(row, "name"));
        self.pending(row, id, kind);
        self.lints(row, kind, label.is_some());
        id
    }

    fn lints(&mut self, row: &Row, kind: Kind, labelled: bool) {
        if kind == Kind::Device {
            self.out.warn(
                self.table.place(row, "type"),
                "what identifies a phone or its user is not collected",
            );
        }
        if (kind.is_asked() || kind == Kind::Note) && !labelled && !self.table.has("image") {
            self.out.warn(
                self.table.place(row, "label"),
                "has no label: people see its name",
            );
        }
        if self.text(row, "appearance").contains("search(") {
            self.out.error(
                self.table.place(row, "appearance"),
                "search() is not understood: use select_one_from_file with a choice_filter",
            );
        }
        if !self.text(row, "trigger").is_empty() {
            self.out.warn(
                self.table.place(row, "trigger"),
                "triggers are not understood yet: the calculation follows every answer it reads",
            );
        }
    }

    fn name(&mut self, row: &Row, kind: Kind) -> String {
        let name = self.text(row, "name");
        let is_start = |c: char| c.is_alphabetic() || c == '_';
        let is_more = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() {
            if kind.is_section()
                || matches!(
                    kind,
                    Kind::Note | Kind::Start | Kind::End | Kind::Today | Kind::Device
                )
            {
                let made = format!("row_{}", row.number);
                if kind != Kind::Note && !kind.is_section() {
                    self.out.warn(
                        self.table.place(row, "name"),
                        format!("has no name and is called '{made}'"),
                    );
                }
                return made;
            }
            self.out.error(
                self.table.place(row, "name"),
                "a question without a name: its answers could not be told apart",
            );
        } else if !name.starts_with(is_start) || !name.chars().all(is_more) {
            let mended: String = name.chars().map(|c| if is_more(c) { c } else { '_' }).collect();
            let mended = if mended.starts_with(is_start) {
                mended
            } else {
                format!("_{mended}")
            };
            self.out.error(
                self.table.place(row, "name"),
                format!("'{name}' is no name: write '{mended}' (a letter or _, then letters, digits, _ - .)"),
            );
        }
        name.to_owned()
    }

    fn role(&mut self, row: &Row) -> Option<Role> {
        let word = self.text(row, "baraza::role");
        if word.is_empty() {
            return None;
        }
        let found = Role::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(word))
            .map(|(role, _)| *role);
        let place = self.table.place(row, "baraza::role");
        match found {
            None => {
                let known: Vec<&str> = Role::ALL.iter().map(|(_, word)| *word).collect();
                self.out.error(
                    place,
                    format!("there is no role '{word}': the roles are {}", known.join(", ")),
                );
            }
            Some(role) if self.survey.nodes.iter().any(|node| node.role == Some(role)) => {
                self.out.error(
                    place,
                    format!("a second question has the role '{word}': only one can"),
                );
            }
            Some(_) => {}
        }
        found
    }

    fn yes(&mut self, row: &Row, column: &str) -> bool {
        match self.text(row, column).to_lowercase().as_str() {
            "" | "no" | "false" => false,
            "yes" | "true" => true,
            other => {
                self.out.error(
                    self.table.place(row, column),
                    format!("'{other}' is neither yes nor no"),
                );
                false
            }
        }
    }

    fn parameters(&mut self, row: &Row, kind: Kind) -> BTreeMap<String, String> {
        let mut parameters = parameters(self.text(row, "parameters"));
        if kind == Kind::Range {
            for (name, default) in [("start", "1"), ("end", "10"), ("step", "1")] {
                let value = parameters
                    .entry(name.into())
                    .or_insert_with(|| default.into())
                    .clone();
                if value.parse::<f64>().is_err() {
                    self.out.error(
                        self.table.place(row, "parameters"),
                        format!("{name}={value} is not a number"),
                    );
                }
            }
        }
        parameters
    }

    fn pending(&mut self, row: &Row, id: NodeId, kind: Kind) {
        for &column in EXPRESSIONS {
            if let Some((index, source)) = self.table.cell(row, column) {
                if column == "choice_filter" && !kind.is_choice() {
                    self.out.warn(
                        self.table.place_at(row, index),
                        "a choice_filter on a question without choices is left out",
                    );
                    continue;
                }
                if column == "repeat_count" && kind != Kind::Repeat {
                    self.out.warn(
                        self.table.place_at(row, index),
                        "a repeat_count on what is no repeat is left out",
                    );
                    continue;
                }
                let place = self.table.place_at(row, index);
                self.survey.pending.push(Pending {
                    node: id,
                    column,
                    source: source.to_owned(),
                    place,
                });
            }
        }
        if let Some((index, source)) = self.table.cell(row, "default") {
            let place = self.table.place_at(row, index);
            self.survey.pending.push(Pending {
                node: id,
                column: "default",
                source: source.to_owned(),
                place,
            });
        } else if kind == Kind::Calculate && self.table.cell(row, "calculation").is_none() {
            self.out.error(
                self.table.place(row, "calculation"),
                "a calculate without a calculation: fill it in, or use 'hidden'",
            );
        }
    }
}

/// `start=1 end = 10, step=2`
fn parameters(cell: &str) -> BTreeMap<String, String> {
    let tight = cell.replace(" =", "=").replace("= ", "=");
    let pairs = tight
        .split([' ', ',', ';', '\n', '\t'])
        .filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect()
}
