//! The tree of an expression, and its JSON.

use super::functions::Function;
use crate::form::{ListId, NodeId};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// An expression. Each variant says what a person types for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Json", try_from = "Json")]
pub enum Expr {
    /// `18`, `.5`
    Number(f64),
    /// `'yes'` or `"yes"`
    Text(String),
    /// `${age}`, `../age`, `/data/profile/age`
    Answer(NodeId),
    /// `${member}[2]/age`, `/data/member[age > 17]/name`, `../../member/age`: answers in picked instances
    Path {
        /// Whose answers.
        node: NodeId,
        /// What is picked on the way, from the outside in. A repeat around the node that is not among them counts
        /// as with [`Expr::Answer`]: the own instance where there is one, else all.
        picks: Vec<Pick>,
    },
    /// `current()/../age` within `[…]`: seen from where the whole expression stands
    Current(Box<Expr>),
    /// `.`
    Own,
    /// `name`, `region`: a column of the choice at hand
    Column(String),
    /// `instance('towns')/root/item[region = 'north']/label`, and `pulldata('towns', 'label', 'name', 'x')`
    Rows {
        /// Which list.
        list: ListId,
        /// Each `[…]`, in turn.
        filters: Vec<Expr>,
        /// The column read from the rows that are left.
        column: String,
    },
    /// `-x`
    Negate(Box<Expr>),
    /// `a + b`
    Binary(Op, Box<Expr>, Box<Expr>),
    /// `selected(${x}, 'yes')`
    Call(Function, Vec<Expr>),
}

/// What a path picks at one of its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// A repeat, or the node at the path's end.
    pub at: NodeId,
    /// Each `[…]`, in turn, seen from the instance at hand; a number is a place among those left. None: all.
    pub filters: Vec<Expr>,
}

macro_rules! operators {
    ($($variant:ident $text:literal $strength:literal)*) => {
        /// Operators between two expressions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Op { $(#[doc = concat!("`", $text, "`")] $variant),* }

        impl Op {
            /// Every operator.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it is written.
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// From how it is written.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }

            /// How strongly it binds; a higher number binds first.
            pub(super) fn strength(self) -> u8 {
                match self { $(Self::$variant => $strength),* }
            }
        }
    };
}

operators! {
    Or "or" 1
    And "and" 2
    Equal "=" 3
    NotEqual "!=" 3
    Less "<" 4
    LessOrEqual "<=" 4
    Greater ">" 4
    GreaterOrEqual ">=" 4
    Add "+" 5
    Subtract "-" 5
    Multiply "*" 6
    Divide "div" 6
    Remainder "mod" 6
    Union "|" 7
}

impl Expr {
    /// Calls `visit` on this expression and on everything within it.
    pub fn walk(&self, visit: &mut dyn FnMut(&Expr)) {
        visit(self);
        match self {
            Self::Number(_) | Self::Text(_) | Self::Answer(_) | Self::Own | Self::Column(_) => {}
            Self::Negate(inner) | Self::Current(inner) => inner.walk(visit),
            Self::Path { picks, .. } => {
                for filter in picks.iter().flat_map(|pick| &pick.filters) {
                    filter.walk(visit);
                }
            }
            Self::Binary(_, left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::Rows { filters: parts, .. } | Self::Call(_, parts) => {
                for part in parts {
                    part.walk(visit);
                }
            }
        }
    }

    /// The nodes whose answers it reads.
    pub fn reads(&self) -> Vec<NodeId> {
        let mut nodes = Vec::new();
        self.walk(&mut |part| {
            if let Self::Answer(node) | Self::Path { node, .. } = part {
                nodes.push(*node);
            }
        });
        nodes
    }

    /// Whether it can give another value when evaluated again on the same answers.
    pub fn is_volatile(&self) -> bool {
        let mut found = false;
        self.walk(&mut |part| {
            if let Self::Call(function, _) = part {
                found |= function.is_volatile();
            }
        });
        found
    }
}

impl From<Expr> for Json {
    fn from(expr: Expr) -> Self {
        match expr {
            Expr::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => json!(n as i64),
            Expr::Number(n) => json!(n),
            Expr::Text(text) => Json::String(text),
            Expr::Answer(node) => json!(["$", node]),
            Expr::Path { node, picks } => {
                let picks = picks
                    .into_iter()
                    .map(|pick| json!([pick.at, array(pick.filters)]));
                json!(["p", node, Json::Array(picks.collect())])
            }
            Expr::Current(inner) => json!(["current", Json::from(*inner)]),
            Expr::Own => json!(["."]),
            Expr::Column(name) => json!(["c", name]),
            Expr::Rows {
                list,
                filters,
                column,
            } => json!(["i", list, array(filters), column]),
            Expr::Negate(inner) => json!(["neg", Json::from(*inner)]),
            Expr::Binary(op, left, right) => json!([op.text(), Json::from(*left), Json::from(*right)]),
            Expr::Call(function, arguments) => {
                let mut parts = vec![json!(function.name())];
                parts.extend(arguments.into_iter().map(Json::from));
                Json::Array(parts)
            }
        }
    }
}

fn array(parts: Vec<Expr>) -> Json {
    Json::Array(parts.into_iter().map(Json::from).collect())
}

impl TryFrom<Json> for Expr {
    type Error = String;

    fn try_from(json: Json) -> Result<Self, String> {
        let parts = match json {
            Json::Number(n) => {
                return n
                    .as_f64()
                    .map(Self::Number)
                    .ok_or_else(|| "a number too large".into());
            }
            Json::String(text) => return Ok(Self::Text(text)),
            Json::Array(parts) => parts,
            other => return Err(format!("expected an expression, found {other}")),
        };
        let mut parts = parts.into_iter();
        let head = parts
            .next()
            .and_then(|h| h.as_str().map(String::from))
            .ok_or("an expression without head")?;
        let rest: Vec<Json> = parts.collect();
        let id = |at: usize| {
            rest.get(at)
                .and_then(Json::as_u64)
                .map(|n| n as usize)
                .ok_or_else(|| format!("'{head}' without its id"))
        };
        let text = |at: usize| {
            rest.get(at)
                .and_then(Json::as_str)
                .map(String::from)
                .ok_or_else(|| format!("'{head}' without its name"))
        };
        match head.as_str() {
            "$" => Ok(Self::Answer(id(0)?)),
            "p" => Ok(Self::Path {
                node: id(0)?,
                picks: rest
                    .get(1)
                    .and_then(Json::as_array)
                    .cloned()
                    .unwrap_or_default()
                    .into_iter()
                    .map(pick)
                    .collect::<Result<_, _>>()?,
            }),
            "." => Ok(Self::Own),
            "c" => Ok(Self::Column(text(0)?)),
            "i" => {
                let filters = rest.get(1).and_then(Json::as_array).cloned().unwrap_or_default();
                Ok(Self::Rows {
                    list: id(0)?,
                    filters: all(filters)?,
                    column: text(2)?,
                })
            }
            "neg" | "current" => match <[Self; 1]>::try_from(all(rest)?) {
                Ok([inner]) if head == "neg" => Ok(Self::Negate(Box::new(inner))),
                Ok([inner]) => Ok(Self::Current(Box::new(inner))),
                Err(_) => Err(format!("'{head}' takes one expression")),
            },
            _ => {
                let arguments = all(rest)?;
                if let Some(op) = Op::from_text(&head) {
                    let [left, right] = <[Self; 2]>::try_from(arguments)
                        .map_err(|_| format!("'{head}' takes two expressions"))?;
                    return Ok(Self::Binary(op, Box::new(left), Box::new(right)));
                }
                let function = Function::from_name(&head).ok_or_else(|| format!("no function '{head}'"))?;
                Ok(Self::Call(function, arguments))
            }
        }
    }
}

fn pick(json: Json) -> Result<Pick, String> {
    match <(NodeId, Vec<Json>)>::deserialize(json) {
        Ok((at, filters)) => Ok(Pick {
            at,
            filters: all(filters)?,
        }),
        Err(_) => Err("'p' picks nodes, each with its filters".into()),
    }
}

fn all(parts: Vec<Json>) -> Result<Vec<Expr>, String> {
    parts.into_iter().map(Expr::try_from).collect()
}
