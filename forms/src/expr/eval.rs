//! What an expression means. `server/web/expr.js` says the same on the phone; shared cases and random ones hold the
//! two together.

use super::calls::call;
use super::value::text_of_number;
use super::{Expr, Item, Op, Pick, Value};
use crate::fill::{Filling, ScopeId};
use crate::form::{Kind, ListId, NodeId};

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The answers.
    pub filling: &'a Filling<'a>,
    /// The instance of a repeat, or the root.
    pub scope: ScopeId,
    /// Whose own value `.` is.
    pub node: NodeId,
    /// The row at hand, in choice filters and predicates.
    pub row: Option<(ListId, usize)>,
    /// Within `[…]`: where the whole expression stands, and the place of what is looked at among how many.
    pub within: Option<Within>,
}

/// What `[…]` adds to a [`Context`].
#[derive(Debug, Clone, Copy)]
pub struct Within {
    /// Scope and node that `current()` leads back to.
    home: (ScopeId, NodeId),
    /// From 1.
    pub(super) position: usize,
    pub(super) last: usize,
}

impl<'a> Context<'a> {
    /// Where a node's expression is evaluated.
    pub fn new(filling: &'a Filling<'a>, node: NodeId, scope: ScopeId) -> Self {
        Self {
            filling,
            scope,
            node,
            row: None,
            within: None,
        }
    }

    /// The same, looking at a row of a list.
    #[must_use]
    pub fn at_row(self, list: ListId, row: usize, position: usize, last: usize) -> Self {
        Self {
            row: Some((list, row)),
            within: Some(self.inner(position, last)),
            ..self
        }
    }

    /// Looking at a node in an instance.
    pub(crate) fn at_node(self, node: NodeId, scope: ScopeId, position: usize, last: usize) -> Self {
        Self {
            scope,
            node,
            row: None,
            within: Some(self.inner(position, last)),
            ..self
        }
    }

    fn inner(self, position: usize, last: usize) -> Within {
        Within {
            home: self.within.map_or((self.scope, self.node), |within| within.home),
            position,
            last,
        }
    }

    pub(crate) fn home(self) -> Self {
        let (scope, node) = self.within.map_or((self.scope, self.node), |within| within.home);
        Self::new(self.filling, node, scope)
    }

    /// Whether `[…]` keeps what is looked at: a number is a place.
    fn keeps(self, filter: &Expr) -> bool {
        match eval(filter, self).scalar() {
            Value::Number(n) => self.within.is_some_and(|within| n == within.position as f64),
            other => other.boolean(),
        }
    }
}

/// Evaluates an expression; never fails, as in XPath: what has no meaning is NaN, blank or false.
pub fn eval(expr: &Expr, context: Context<'_>) -> Value {
    match expr {
        Expr::Number(n) => Value::Number(*n),
        Expr::Text(text) => Value::Text(text.clone()),
        Expr::Answer(node) => Value::Nodes(context.filling.items(*node, context.scope)),
        Expr::Path { node, picks } => path(*node, picks, context),
        Expr::Current(inner) => eval(inner, context.home()),
        Expr::Own => own(context),
        Expr::Column(column) => Value::Text(context.row.map_or_else(String::new, |(list, row)| {
            context.filling.cell(list, row, column, context)
        })),
        Expr::Rows {
            list,
            filters,
            column,
        } => rows(*list, filters, column, context),
        Expr::Negate(inner) => Value::Number(-eval(inner, context).number()),
        Expr::Binary(op, left, right) => binary(*op, left, right, context),
        Expr::Call(function, arguments) => call(*function, arguments, context),
    }
}

pub(super) fn own(context: Context<'_>) -> Value {
    Value::Nodes(context.filling.items(context.node, context.scope)).scalar()
}

/// The answers on a path: at each repeat on the way what is picked, or else the own instance, or else all.
fn path(node: NodeId, picks: &[Pick], context: Context<'_>) -> Value {
    let filters = |at: NodeId| {
        picks
            .iter()
            .find(|pick| pick.at == at)
            .map(|pick| pick.filters.as_slice())
    };
    let scopes = context.filling.reach(node, context.scope, &mut |repeat, scope| {
        let instances = context.filling.instances(repeat, scope).to_vec();
        Some(picked(instances, filters(repeat)?, context, repeat))
    });
    let form = context.filling.form();
    match filters(node) {
        // Instances that are counted, or picked and then counted.
        Some(filters) if form.nodes[node].kind == Kind::Repeat => {
            let counted = scopes
                .into_iter()
                .filter(|&scope| context.filling.is_relevant(node, scope));
            let left = counted.map(|scope| {
                let instances = context.filling.instances(node, scope).to_vec();
                picked(instances, filters, context, node).len()
            });
            Value::Nodes(vec![Item::Text(String::new()); left.sum()])
        }
        Some(filters) => {
            // A step picks among the children of each parent, and there is one of the name in each.
            let left = scopes
                .into_iter()
                .flat_map(|scope| picked(vec![scope], filters, context, node));
            Value::Nodes(context.filling.items_in(node, &left.collect::<Vec<_>>()))
        }
        None => Value::Nodes(context.filling.items_in(node, &scopes)),
    }
}

fn picked(mut scopes: Vec<ScopeId>, filters: &[Expr], context: Context<'_>, node: NodeId) -> Vec<ScopeId> {
    for filter in filters {
        let last = scopes.len();
        let mut position = 0;
        scopes.retain(|&scope| {
            position += 1;
            context.at_node(node, scope, position, last).keeps(filter)
        });
    }
    scopes
}

fn rows(list: ListId, filters: &[Expr], column: &str, context: Context<'_>) -> Value {
    let mut left: Vec<usize> = (0..context.filling.form().lists[list].choices.len()).collect();
    for filter in filters {
        let last = left.len();
        let mut position = 0;
        left.retain(|&row| {
            position += 1;
            context.at_row(list, row, position, last).keeps(filter)
        });
    }
    Value::Nodes(
        left.into_iter()
            .map(|row| Item::Text(context.filling.cell(list, row, column, context)))
            .collect(),
    )
}

fn binary(op: Op, left: &Expr, right: &Expr, context: Context<'_>) -> Value {
    let number = |expr: &Expr| eval(expr, context).number();
    match op {
        Op::Or => Value::Boolean(eval(left, context).boolean() || eval(right, context).boolean()),
        Op::And => Value::Boolean(eval(left, context).boolean() && eval(right, context).boolean()),
        Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            Value::Boolean(compare(op, eval(left, context), eval(right, context)))
        }
        Op::Add => Value::Number(number(left) + number(right)),
        Op::Subtract => Value::Number(number(left) - number(right)),
        Op::Multiply => Value::Number(number(left) * number(right)),
        Op::Divide => Value::Number(number(left) / number(right)),
        Op::Remainder => Value::Number(number(left) % number(right)),
        Op::Union => {
            let mut items = eval(left, context).items();
            items.extend(eval(right, context).items());
            Value::Nodes(items)
        }
    }
}

/// Where several values are compared it is enough that one of them does (XPath 1.0, section 3.4).
fn compare(op: Op, left: Value, right: Value) -> bool {
    let several = |value: &Value| matches!(value, Value::Nodes(items) if items.len() > 1);
    let truth = |value: &Value| matches!(value, Value::Boolean(_));
    if !several(&left) && !several(&right) || truth(&left) || truth(&right) {
        return compare_one(op, left.scalar(), right.scalar());
    }
    let each = |value: Value| match value {
        Value::Nodes(items) if !items.is_empty() => items.into_iter().map(Value::from).collect(),
        other => vec![other.scalar()],
    };
    let rights: Vec<Value> = each(right);
    each(left).iter().any(|left| {
        rights
            .iter()
            .any(|right| compare_one(op, left.clone(), right.clone()))
    })
}

fn compare_one(op: Op, left: Value, right: Value) -> bool {
    match op {
        Op::Equal => equal(left, right),
        Op::NotEqual => !equal(left, right),
        Op::Less => left.number() < right.number(),
        Op::LessOrEqual => left.number() <= right.number(),
        Op::Greater => left.number() > right.number(),
        _ => left.number() >= right.number(),
    }
}

fn equal(left: Value, right: Value) -> bool {
    match (left, right) {
        (Value::Boolean(a), b) => a == b.boolean(),
        (a, Value::Boolean(b)) => a.boolean() == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (a, b) => a.number() == b.number(),
    }
}

/// Kept here so that labels and calculations spell numbers alike.
pub(crate) fn shown(value: Value) -> String {
    match value.scalar() {
        Value::Number(n) if n.is_nan() => String::new(),
        Value::Number(n) => text_of_number(n),
        other => other.text(),
    }
}
