//! Columns while they grow.

use crate::error::Error;
use crate::responses::Responses;
use baraza_forms::{Form, Kind, NodeId, Pass};
use polars::prelude::{
    ChunkedBuilder, Column, DataFrame, Float64Type, IntoColumn, PrimitiveChunkedBuilder, StringChunkedBuilder,
};
use std::borrow::Cow;
use std::collections::HashSet;

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

/// One column a question outside of any repeat, in document order.
pub struct Columns {
    columns: Vec<Question>,
}

struct Question {
    node: NodeId,
    /// The code of a pass on a choice question, by [`Pass::DontKnow`] and [`Pass::PreferNotToSay`].
    pass_codes: [String; 2],
    values: Values,
    /// Passes of an open question.
    passes: Option<StringChunkedBuilder>,
}

enum Values {
    Text {
        column: StringChunkedBuilder,
        choice: bool,
    },
    Number(PrimitiveChunkedBuilder<Float64Type>),
}

impl Columns {
    pub fn new(form: &Form) -> Self {
        let keys: HashSet<&str> = form.nodes.iter().map(|node| node.key.as_str()).collect();
        let held = |id: &NodeId| is_read(form.nodes[*id].kind) && form.repeats_around(*id).is_empty();
        let columns = (1..form.nodes.len())
            .filter(held)
            .map(|id| Question::new(form, id, &keys))
            .collect();
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

    pub fn finish(self) -> Result<DataFrame, Error> {
        let columns: Vec<Column> = self.columns.into_iter().flat_map(Question::finish).collect();
        Ok(DataFrame::new_infer_height(columns)?)
    }
}

impl Question {
    fn new(form: &Form, id: NodeId, keys: &HashSet<&str>) -> Self {
        let node = &form.nodes[id];
        let name = node.key.as_str().into();
        let values = if node.kind.is_number() {
            Values::Number(PrimitiveChunkedBuilder::new(name, 0))
        } else {
            Values::Text {
                column: StringChunkedBuilder::new(name, 0),
                choice: node.kind.is_choice(),
            }
        };
        let pass = Responses::pass_column(&node.key);
        // A question that has the name already keeps it, and the passes are blank answers.
        let open = node.pass && !node.kind.is_choice() && !keys.contains(pass.as_str());
        let passes = open.then(|| StringChunkedBuilder::new(pass.as_str().into(), 0));
        let pass_codes = [Pass::DontKnow, Pass::PreferNotToSay].map(|pass| pass_code(form, id, pass));
        Self {
            node: id,
            pass_codes,
            values,
            passes,
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        if let Some(passes) = &mut self.passes {
            passes.append_option(if let Cell::Pass(pass) = &cell {
                Some(pass.code())
            } else {
                None
            });
        }
        match &mut self.values {
            Values::Number(column) => {
                column.append_option(if let Cell::Number(number) = cell {
                    Some(number)
                } else {
                    None
                });
            }
            Values::Text { column, choice } => match cell {
                Cell::Text(text) if !text.is_empty() => column.append_value(text),
                Cell::Number(number) => column.append_value(number.to_string()),
                Cell::Pass(pass) if *choice => column.append_value(&self.pass_codes[pass as usize]),
                _ => column.append_null(),
            },
        }
    }

    fn finish(self) -> impl Iterator<Item = Column> {
        let values = match self.values {
            Values::Text { column, .. } => column.finish().into_column(),
            Values::Number(column) => column.finish().into_column(),
        };
        std::iter::once(values).chain(self.passes.map(|passes| passes.finish().into_column()))
    }
}

/// The choice of a list that stands for a pass, or the pass's own code.
fn pass_code(form: &Form, id: NodeId, pass: Pass) -> String {
    let choices = form.list_of(id).map_or(&[][..], |list| &list.choices);
    let special = crate::variables::special_of(pass);
    let known = choices.iter().find(|choice| choice.special == Some(special));
    known.map_or_else(|| pass.code().to_owned(), |choice| choice.name.clone())
}
