//! Trees into text: XPath as ODK's tools read it.
//!
//! Paths are absolute, but relative where the node shares a repeat with where the expression stands, since that is
//! how ODK's engines find the own instance.

use super::{Expr, Function, Pick};
use crate::form::{Form, Kind, ListId, NodeId};

/// How a list is called in the XML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListNames {
    /// What `instance('…')` takes.
    pub id: String,
    /// Names of the elements that hold [`crate::form::List::columns`].
    pub columns: Vec<String>,
    /// A file that came without its rows: labels are plain text in it.
    pub external: bool,
}

/// Prints the expressions of one node.
#[derive(Debug, Clone, Copy)]
pub struct Printer<'a> {
    /// Whose nodes are named.
    pub form: &'a Form,
    /// Whose expression it is.
    pub here: NodeId,
    /// By [`ListId`].
    pub lists: &'a [ListNames],
}

/// Where a part of an expression stands; outside of all `[…]` by default.
#[derive(Clone, Copy, Default)]
struct Place {
    /// In `[…]` after a node.
    candidate: Option<NodeId>,
    /// In `[…]` after the rows of a list.
    list: Option<ListId>,
    /// Seen from where the whole expression stands nevertheless.
    home: bool,
    /// What `.` means where it is not what `[…]` looks at.
    own: Option<NodeId>,
}

impl Place {
    fn candidate(node: NodeId) -> Self {
        Self {
            candidate: Some(node),
            ..Self::default()
        }
    }

    fn row(list: ListId, outer: Self) -> Self {
        Self {
            list: Some(list),
            ..outer
        }
    }

    /// What a relative path starts from, where that is not the expression's own node.
    fn at_hand(self) -> Option<NodeId> {
        self.candidate.filter(|_| self.list.is_none() && !self.home)
    }

    fn is_within(self) -> bool {
        self.candidate.is_some() || self.list.is_some()
    }
}

/// What binds strongest: values, paths, calls.
const LEAF: u8 = u8::MAX;
/// A sign binds a little stronger than `*`, and weaker than `|`.
const SIGN: u8 = 13;

impl Printer<'_> {
    /// An expression that stands outside of `[…]`.
    pub fn print(&self, expr: &Expr) -> String {
        self.text(expr, Place::default())
    }

    /// A choice filter, as it stands in `[…]` after the rows of a list.
    pub fn row_filter(&self, expr: &Expr, list: ListId) -> String {
        self.text(expr, Place::row(list, Place::default()))
    }

    /// A filter of choices that are the answers to a question, as it stands in `[…]` after their repeat.
    pub fn instance_filter(&self, expr: &Expr, question: NodeId, repeat: NodeId) -> String {
        let place = Place {
            own: Some(question),
            ..Place::candidate(repeat)
        };
        self.text(expr, place)
    }

    /// The path from the root.
    pub fn absolute(&self, node: NodeId) -> String {
        self.steps(node, &[], Place::default(), None)
    }

    /// A path as the expression of [`Printer::here`] names it.
    pub fn path_to(&self, node: NodeId) -> String {
        self.answer(node, Place::default())
    }

    fn text(&self, expr: &Expr, place: Place) -> String {
        match expr {
            Expr::Number(n) => n.to_string(),
            Expr::Text(text) => quoted(text),
            Expr::Answer(node) => self.answer(*node, place),
            Expr::Path { node, picks } => self.path(*node, picks, place),
            Expr::Current(inner) => self.current(inner, place),
            Expr::Own => self.own(place),
            Expr::Column(name) => self.column(name, place),
            Expr::Rows {
                list,
                filters,
                column,
            } => self.rows(*list, filters, column, place),
            Expr::Negate(inner) => format!("-{}", self.operand(inner, SIGN, place)),
            Expr::Binary(op, left, right) => {
                let strength = op.strength() * 2;
                let left = self.operand(left, strength, place);
                let right = self.operand(right, strength + 1, place);
                format!("{left} {} {right}", op.text())
            }
            Expr::Call(function, arguments) => self.call(*function, arguments, place),
        }
    }

    /// In brackets where it binds more weakly than its surroundings ask for.
    fn operand(&self, expr: &Expr, least: u8, place: Place) -> String {
        let text = self.text(expr, place);
        if strength(expr) < least {
            format!("({text})")
        } else {
            text
        }
    }

    fn own(&self, place: Place) -> String {
        match (place.own, place.at_hand()) {
            (Some(question), Some(_)) => self.answer(question, place),
            (None, Some(_)) => ".".into(),
            (_, None) if place.is_within() => "current()/.".into(),
            (_, None) => ".".into(),
        }
    }

    fn answer(&self, node: NodeId, place: Place) -> String {
        let own = self.repeats_at(place).contains(&node);
        let relative = own || self.must_be_relative(node, node, place);
        self.steps(node, &[], place, relative.then_some(node))
    }

    fn path(&self, node: NodeId, picks: &[Pick], place: Place) -> String {
        let Some(first) = picks.first() else {
            return self.answer(node, place);
        };
        // From within a repeat only a relative path can mean all of its instances.
        let around = self.repeats_through(self.start(place).0);
        let all = |pick: &Pick| pick.filters.is_empty() && around.contains(&pick.at);
        let relative = self.must_be_relative(node, first.at, place) || picks.iter().any(all);
        self.steps(node, picks, place, relative.then_some(first.at))
    }

    /// Whether an absolute path would mean something else; `first` is where instances are picked first.
    fn must_be_relative(&self, node: NodeId, first: NodeId, place: Place) -> bool {
        let looked_at = place.candidate.map(|candidate| self.repeats_through(candidate));
        let looked_at = looked_at.and_then(|repeats| repeats.last().copied());
        place.at_hand().is_some()
            || self.shares_repeat(place, first)
            || place.home && looked_at.is_some_and(|repeat| self.repeats_through(node).contains(&repeat))
    }

    /// Seen from where the whole expression stands.
    fn current(&self, inner: &Expr, place: Place) -> String {
        self.text(inner, Place { home: true, ..place })
    }

    fn column(&self, name: &str, place: Place) -> String {
        match place.list {
            Some(list) if name == "label" && !self.lists[list].external => "jr:itext(itextId)".into(),
            Some(list) => self.element(list, name),
            None => name.to_owned(),
        }
    }

    fn rows(&self, list: ListId, filters: &[Expr], column: &str, place: Place) -> String {
        let filters: String = filters
            .iter()
            .map(|filter| format!("[{}]", self.text(filter, Place::row(list, place))))
            .collect();
        let names = &self.lists[list];
        let rows = format!("instance({})/root/item{filters}", quoted(&names.id));
        if column == "label" && !names.external {
            format!("jr:itext({rows}/itextId)")
        } else {
            format!("{rows}/{}", self.element(list, column))
        }
    }

    fn element(&self, list: ListId, column: &str) -> String {
        let at = self.form.lists[list]
            .columns
            .iter()
            .position(|known| known == column);
        at.and_then(|at| self.lists[list].columns.get(at))
            .map_or_else(|| column.to_owned(), Clone::clone)
    }

    fn call(&self, function: Function, arguments: &[Expr], place: Place) -> String {
        let printed = |(at, argument): (usize, &Expr)| match (function, argument) {
            (Function::Position, Expr::Answer(repeat)) => self.own_instance(*repeat, place),
            (Function::IndexedRepeat, Expr::Answer(node)) if at == 0 || at % 2 == 1 => self.absolute(*node),
            (Function::ChoiceName, _) if at == 1 => quoted(&self.text(argument, place)),
            _ => self.text(argument, place),
        };
        let arguments: Vec<String> = arguments.iter().enumerate().map(printed).collect();
        format!("{}({})", function.name(), arguments.join(", "))
    }

    /// `../..`: the instance of a repeat that the expression stands in.
    fn own_instance(&self, repeat: NodeId, place: Place) -> String {
        let (from, prefix) = self.start(place);
        let mut ups = 0;
        let mut at = Some(from);
        while let Some(id) = at {
            if id == repeat {
                return match ups {
                    0 => format!("{prefix}."),
                    _ => format!("{prefix}{}", vec![".."; ups].join("/")),
                };
            }
            ups += 1;
            at = self.form.nodes[id].parent;
        }
        self.absolute(repeat)
    }

    /// Where relative paths begin, and how to get there.
    fn start(&self, place: Place) -> (NodeId, &'static str) {
        match place.at_hand() {
            Some(node) => (node, ""),
            None if place.is_within() => (self.here, "current()/"),
            None => (self.here, ""),
        }
    }

    /// The repeats whose instances are known where a part stands, outermost first.
    fn repeats_at(&self, place: Place) -> Vec<NodeId> {
        // What belongs to a repeat itself is seen from outside; what […] looks at is one of its instances.
        place.at_hand().map_or_else(
            || self.form.repeats_around(self.here),
            |node| self.repeats_through(node),
        )
    }

    /// The repeats around a node, and itself where it is one.
    fn repeats_through(&self, node: NodeId) -> Vec<NodeId> {
        let mut repeats = self.form.repeats_around(node);
        repeats.extend((self.form.nodes[node].kind == Kind::Repeat).then_some(node));
        repeats
    }

    fn shares_repeat(&self, place: Place, node: NodeId) -> bool {
        let around = self.repeats_at(place);
        self.form
            .repeats_around(node)
            .first()
            .is_some_and(|repeat| around.contains(repeat))
    }

    /// The steps to a node with what is picked on the way: from the root or, with an anchor, up from where the
    /// part stands until the anchor is below, and down again.
    fn steps(&self, node: NodeId, picks: &[Pick], place: Place, anchor: Option<NodeId>) -> String {
        let (mut from, prefix) = self.start(place);
        let start = match anchor {
            None => {
                from = 0;
                format!("/{}/", self.form.nodes[0].name)
            }
            Some(anchor) => {
                let above = self.above(anchor);
                let mut ups = 0;
                while !above.contains(&from) {
                    ups += 1;
                    from = self.form.nodes[from].parent.unwrap_or(0);
                }
                match ups {
                    0 => format!("{prefix}./"),
                    _ => format!("{prefix}{}", "../".repeat(ups)),
                }
            }
        };
        let mut down: Vec<NodeId> = self.above(node);
        down.retain(|&id| id != 0 && !self.above(from).contains(&id) && id != from);
        down.push(node);
        let steps: Vec<String> = down.into_iter().map(|id| self.step(id, picks)).collect();
        if node == 0 {
            start.trim_end_matches('/').to_owned()
        } else {
            start + &steps.join("/")
        }
    }

    fn step(&self, node: NodeId, picks: &[Pick]) -> String {
        let filters = picks
            .iter()
            .filter(|pick| pick.at == node)
            .flat_map(|pick| &pick.filters);
        let filters: String = filters
            .map(|filter| format!("[{}]", self.text(filter, Place::candidate(node))))
            .collect();
        match self.form.nodes[node].kind {
            Kind::Audit => format!("meta/audit{filters}"),
            _ => format!("{}{filters}", self.form.nodes[node].name),
        }
    }

    /// The nodes around a node, the root first.
    fn above(&self, node: NodeId) -> Vec<NodeId> {
        let mut above = Vec::new();
        let mut at = self.form.nodes[node].parent;
        while let Some(parent) = at {
            above.push(parent);
            at = self.form.nodes[parent].parent;
        }
        above.reverse();
        above
    }
}

fn strength(expr: &Expr) -> u8 {
    match expr {
        Expr::Binary(op, ..) => op.strength() * 2,
        Expr::Negate(_) => SIGN,
        Expr::Number(n) if *n < 0.0 => SIGN,
        _ => LEAF,
    }
}

/// A text in quotes. XPath 1.0 has no way to write a quote within the same quotes.
fn quoted(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    if !text.contains('"') {
        return format!("\"{text}\"");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}
