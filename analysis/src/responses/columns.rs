//! Columns while they grow.

use super::column::{Coder, Column};
use crate::responses::Responses;
use baraza_forms::{Form, Kind, NodeId, Pass};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

/// One answer on its way into a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Pass(Pass),
    Blank,
}

/// Whether the analysis may read answers of a kind: files, what tells one phone from others, and how somebody went
/// through the form are about persons, and no table needs them.
pub fn is_read(kind: Kind) -> bool {
    kind.has_value() && !kind.is_file() && !matches!(kind, Kind::DeviceId | Kind::Audit)
}

/// Questions that have a column, in document order.
pub fn held(form: &Form) -> impl Iterator<Item = NodeId> {
    let held = |id: &NodeId| is_read(form.nodes[*id].kind) && form.repeats_around(*id).is_empty();
    (1..form.nodes.len()).filter(held)
}

/// One column a question outside of any repeat, in document order.
pub struct Columns {
    columns: Vec<Question>,
}

struct Question {
    node: NodeId,
    key: String,
    /// The code of a pass on a choice question, by [`Pass::DontKnow`] and [`Pass::PreferNotToSay`].
    pass_codes: [String; 2],
    values: Values,
    /// Passes of an open question.
    passes: Option<Coder>,
}

enum Values {
    Text { column: Coder, choice: bool },
    Number(Vec<f64>),
}

impl Columns {
    pub fn new(form: &Form) -> Self {
        let keys: HashSet<&str> = form.nodes.iter().map(|node| node.key.as_str()).collect();
        let columns = held(form).map(|id| Question::new(form, id, &keys)).collect();
        Self { columns }
    }

    /// The question of each column.
    pub fn questions(&self) -> impl Iterator<Item = NodeId> {
        self.columns.iter().map(|column| column.node)
    }

    /// Adds a response: one cell for each of [`Columns::questions`].
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }

    /// The columns by the keys of their questions.
    pub fn finish(self) -> BTreeMap<String, Column> {
        self.columns.into_iter().flat_map(Question::finish).collect()
    }
}

impl Question {
    fn new(form: &Form, id: NodeId, keys: &HashSet<&str>) -> Self {
        let node = &form.nodes[id];
        let values = if node.kind.is_number() {
            Values::Number(Vec::new())
        } else {
            Values::Text {
                column: Coder::default(),
                choice: node.kind.is_choice(),
            }
        };
        let passes = has_passes(form, id, keys).then(Coder::default);
        let pass_codes = [Pass::DontKnow, Pass::PreferNotToSay].map(|pass| pass_code(form, id, pass));
        Self {
            node: id,
            key: node.key.clone(),
            pass_codes,
            values,
            passes,
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        if let Some(passes) = &mut self.passes {
            passes.push(if let Cell::Pass(pass) = &cell {
                Some(pass.code())
            } else {
                None
            });
        }
        match &mut self.values {
            Values::Number(column) => column.push(if let Cell::Number(number) = cell {
                number
            } else {
                f64::NAN
            }),
            Values::Text { column, choice } => match cell {
                Cell::Text(text) if !text.is_empty() => column.push(Some(&text)),
                Cell::Number(number) => column.push(Some(&number.to_string())),
                Cell::Pass(pass) if *choice => column.push(Some(&self.pass_codes[pass as usize])),
                _ => column.push(None),
            },
        }
    }

    fn finish(self) -> impl Iterator<Item = (String, Column)> {
        let passes = Responses::pass_column(&self.key);
        let values = match self.values {
            Values::Text { column, .. } => Column::Texts(column.finish()),
            Values::Number(column) => Column::Numbers(column),
        };
        let passes = self.passes.map(|column| (passes, Column::Texts(column.finish())));
        std::iter::once((self.key, values)).chain(passes)
    }
}

/// Whether the passes on an open question have a column of their own. A question that has its name already keeps it,
/// and the passes are blank answers.
pub fn has_passes(form: &Form, id: NodeId, keys: &HashSet<&str>) -> bool {
    let node = &form.nodes[id];
    node.pass && !node.kind.is_choice() && !keys.contains(Responses::pass_column(&node.key).as_str())
}

/// The choice of a list that stands for a pass, or the pass's own code.
pub fn pass_code(form: &Form, id: NodeId, pass: Pass) -> String {
    let choices = form.list_of(id).map_or(&[][..], |list| &list.choices);
    let special = crate::variables::special_of(pass);
    let known = choices.iter().find(|choice| choice.special == Some(special));
    known.map_or_else(|| pass.code().to_owned(), |choice| choice.name.clone())
}
