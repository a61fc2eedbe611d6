//! Paths: `/data/member[age > 17]/name`, `../age`, `${member}[2]/name`, `instance('towns')/root/item[…]/label`.
//!
//! An absolute path, like `${name}`, means the own instance where the expression stands in the same repeat; a path
//! that climbs out of a repeat and comes down into it again means all instances, as ODK's specification has it.

use super::ast::Pick;
use super::lex::What;
use super::parse::{Parser, Problem, Row, Tree};
use super::{Expr, Op};
use crate::form::NodeId;

/// Where a path has led so far.
struct Way {
    /// More than one after `*` or `//name`.
    nodes: Vec<NodeId>,
    picks: Vec<Pick>,
    /// Whether coming down into a repeat means all its instances.
    all: bool,
}

impl Way {
    fn at(nodes: Vec<NodeId>, all: bool) -> Self {
        Self {
            nodes,
            picks: Vec::new(),
            all,
        }
    }
}

impl Parser<'_> {
    /// `${name}` and what follows it.
    pub(super) fn question(&mut self, name: &str) -> Tree {
        if let Some(name) = name.strip_prefix("last-saved#") {
            self.warnings.push(format!(
                "'{name}' of the record before can't be read back on the phone, so it is blank"
            ));
            return Ok(Expr::Text(String::new()));
        }
        let node = self.resolve(self.names.question(name))?;
        let mut way = Way::at(vec![node], true);
        if self.peek_mark("/") && self.names.is_repeat(node) {
            way.picks.push(Pick {
                at: node,
                filters: Vec::new(),
            });
        }
        self.predicates(&mut way)?;
        self.onwards(&mut way)?;
        let inside = self.candidate_alone(node);
        Ok(self.seen(way, !inside))
    }

    /// `/data/…` and `//name`; the first mark is already read.
    pub(super) fn absolute(&mut self, anywhere: bool) -> Tree {
        let mut way = Way::at(vec![0], false);
        if anywhere {
            way.nodes = self.names.root_and_sections();
            self.step(&mut way)?;
        } else if matches!(self.peek(), Some(What::Name(_))) {
            // The root has one name only, and people spell it as they like.
            self.next += 1;
        }
        self.predicates(&mut way)?;
        self.onwards(&mut way)?;
        let inside = way.nodes.iter().all(|&node| self.is_in_candidate(node));
        Ok(self.seen(way, !inside))
    }

    /// `.`, `./name`, `./..`; the point is already read.
    pub(super) fn downwards(&mut self) -> Tree {
        if !self.peek_mark("/") {
            return Ok(Expr::Own);
        }
        if self.row_at_hand() {
            // A row has columns, and nothing above it that has a name.
            self.next += 1;
            return match self.take() {
                Some(What::Name(name)) => self.bare(&name),
                _ => Err(self.back("expected a column after './'")),
            };
        }
        let here = self.here();
        let mut way = Way::at(vec![here], true);
        self.onwards(&mut way)?;
        Ok(self.seen(way, false))
    }

    /// `..`, `../..`, `../name`; the first `..` is already read.
    pub(super) fn upwards(&mut self) -> Tree {
        let here = self.here();
        let mut way = Way::at(vec![here], true);
        self.up(&mut way)?;
        self.onwards(&mut way)?;
        Ok(self.seen(way, false))
    }

    /// `name`, `name/further` in `[…]` after a repeat.
    pub(super) fn inwards(&mut self, from: NodeId, name: &str) -> Tree {
        let mut way = Way::at(vec![from], true);
        self.down(&mut way, name)?;
        self.predicates(&mut way)?;
        self.onwards(&mut way)?;
        Ok(self.seen(way, false))
    }

    /// A path that begins with an axis, `self::age`; its name is already read.
    pub(super) fn axis(&mut self) -> Tree {
        self.next -= 1;
        let mut way = Way::at(vec![self.here()], true);
        self.step(&mut way)?;
        self.predicates(&mut way)?;
        self.onwards(&mut way)?;
        Ok(self.seen(way, false))
    }

    /// `current()` and what follows it; the brackets are already read.
    pub(super) fn current(&mut self) -> Tree {
        let outside = (self.row, self.candidate.take());
        self.row = Row::Question;
        let found = if self.accept("/") {
            if self.accept("..") {
                self.upwards()
            } else if self.accept(".") {
                self.downwards()
            } else {
                Err(self.problem("expected '..' or '.' after 'current()/'"))
            }
        } else {
            Ok(Expr::Own)
        };
        (self.row, self.candidate) = outside;
        let found = found?;
        Ok(if self.candidate.is_some() {
            Expr::Current(Box::new(found))
        } else {
            found
        })
    }

    /// The tree of a path. `home`: its answers are those around the whole expression, not around what `[…]` looks at.
    fn seen(&self, way: Way, home: bool) -> Expr {
        let Way { nodes, picks, .. } = way;
        let one = |node: NodeId| {
            let around = self.names.around(node);
            let picks: Vec<Pick> = picks
                .iter()
                .filter(|pick| pick.at == node || around.contains(&pick.at))
                .cloned()
                .collect();
            if picks.is_empty() {
                Expr::Answer(node)
            } else {
                Expr::Path { node, picks }
            }
        };
        let union = |all, next| Expr::Binary(Op::Union, Box::new(all), Box::new(next));
        let tree = nodes.into_iter().map(one).reduce(union);
        let tree = tree.unwrap_or(Expr::Text(String::new()));
        if home && self.candidate.is_some() {
            Expr::Current(Box::new(tree))
        } else {
            tree
        }
    }

    /// Whether a node lies within the repeat that `[…]` looks at.
    fn is_in_candidate(&self, node: NodeId) -> bool {
        self.candidate
            .and_then(|candidate| self.names.repeat_of(candidate))
            .is_some_and(|repeat| repeat == node || self.names.around(node).contains(&repeat))
    }

    /// The same, where the expression itself does not stand in that repeat: then `${name}` can only mean the
    /// instance looked at.
    fn candidate_alone(&self, node: NodeId) -> bool {
        let repeat = self
            .candidate
            .and_then(|candidate| self.names.repeat_of(candidate));
        self.is_in_candidate(node)
            && repeat.is_some_and(|repeat| !self.names.around(self.names.here()).contains(&repeat))
    }

    fn here(&self) -> NodeId {
        self.candidate.unwrap_or_else(|| self.names.here())
    }

    /// Further steps, each with its predicates.
    fn onwards(&mut self, way: &mut Way) -> Result<(), Problem> {
        loop {
            if self.accept("//") {
                let mut nodes = way.nodes.clone();
                let mut at = 0;
                while at < nodes.len() {
                    nodes.extend(self.names.children(nodes[at]));
                    at += 1;
                }
                way.nodes = nodes;
            } else if !self.accept("/") {
                return Ok(());
            }
            self.step(way)?;
            self.predicates(way)?;
        }
    }

    /// `name`, `*`, `.`, `..`, and the same with their axes: `child::name`, `self::name`, `parent::node()`.
    fn step(&mut self, way: &mut Way) -> Result<(), Problem> {
        if self.accept(".") {
            return Ok(());
        }
        if self.accept("..") {
            return self.up(way);
        }
        let Some(What::Name(name)) = self.take() else {
            return Err(self.back("expected a name in the path"));
        };
        let brackets = self.peek_mark("(");
        match name.split_once("::") {
            None => self.down(way, &name),
            Some(("child", name)) if !brackets => self.down(way, name),
            Some(("parent", "node")) if brackets => {
                self.expect("(")?;
                self.expect(")")?;
                self.up(way)
            }
            Some(("self", "node")) if brackets => {
                self.expect("(")?;
                self.expect(")")
            }
            Some(("self", name)) => {
                let names = self.names;
                way.nodes.retain(|&node| name == "*" || names.name(node) == name);
                Ok(())
            }
            Some(("parent", name)) => {
                self.up(way)?;
                let names = self.names;
                way.nodes.retain(|&node| name == "*" || names.name(node) == name);
                Ok(())
            }
            Some((axis, _)) => Err(self.back(&format!(
                "the axis '{axis}::' is not part of ODK's language, which knows child, parent and self"
            ))),
        }
    }

    fn up(&mut self, way: &mut Way) -> Result<(), Problem> {
        let mut parents: Vec<NodeId> = Vec::new();
        for &node in &way.nodes {
            match self.names.parent(node) {
                Some(parent) if parents.contains(&parent) => {}
                Some(parent) => parents.push(parent),
                None => return Err(self.back("the path leads out of the form: too many '..'")),
            }
        }
        way.nodes = parents;
        Ok(())
    }

    /// Down to the children of a name, `*` being all.
    fn down(&mut self, way: &mut Way, name: &str) -> Result<(), Problem> {
        let mut found = Vec::new();
        for &node in &way.nodes {
            let children = self.names.children(node);
            found.extend(
                children
                    .into_iter()
                    .filter(|&child| name == "*" || self.names.name(child) == name),
            );
        }
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            let within = way.nodes.first().map_or("", |&node| self.names.name(node));
            return Err(self.back(&format!("the path leads to '{name}', which is not in '{within}'")));
        }
        // Coming down again into what one has climbed out of.
        let home = self.names.around(self.here());
        for &node in found.iter().filter(|_| way.all) {
            let own = home.contains(&node) || node == self.here();
            if own && self.names.is_repeat(node) && way.picks.iter().all(|pick| pick.at != node) {
                way.picks.push(Pick {
                    at: node,
                    filters: Vec::new(),
                });
            }
        }
        way.nodes = found;
        Ok(())
    }

    /// Each `[…]` after a step.
    fn predicates(&mut self, way: &mut Way) -> Result<(), Problem> {
        while self.accept("[") {
            let Some(&node) = way.nodes.first() else {
                return Err(self.problem("'[' without anything before it"));
            };
            let outer = (self.row, self.candidate);
            self.row = Row::Node(node);
            self.candidate = Some(node);
            let filter = self.binary(0);
            (self.row, self.candidate) = outer;
            let filter = filter?;
            self.expect("]")?;
            for &at in &way.nodes {
                match way.picks.iter_mut().find(|pick| pick.at == at) {
                    Some(pick) => pick.filters.push(filter.clone()),
                    None => way.picks.push(Pick {
                        at,
                        filters: vec![filter.clone()],
                    }),
                }
            }
        }
        Ok(())
    }

    /// A problem at the token that was just read.
    pub(super) fn back(&mut self, message: &str) -> Problem {
        self.next = self.next.saturating_sub(1);
        self.problem(message)
    }

    /// Whether bare names are columns.
    pub(super) fn row_at_hand(&self) -> bool {
        match self.row {
            Row::List(_) => true,
            Row::Question => self.names.has_column(None, "name").is_some(),
            Row::Node(_) => false,
        }
    }

    /// A name without quotes: a column where a row is at hand, a question where `[…]` looks at instances.
    pub(super) fn bare(&mut self, name: &str) -> Tree {
        let list = match self.row {
            Row::Node(node) => return self.inwards(node, name),
            Row::Question => None,
            Row::List(list) => Some(list),
        };
        match self.names.has_column(list, name) {
            Some(true) => Ok(Expr::Column(name.to_owned())),
            Some(false) => {
                self.warnings
                    .push(format!("the list has no column '{name}', so it reads as blank"));
                Ok(Expr::Column(name.to_owned()))
            }
            None if name.eq_ignore_ascii_case("null") => {
                self.warnings.push("'null' is read as a blank text, ''".into());
                Ok(Expr::Text(String::new()))
            }
            None => {
                Err(self.back(&format!(
                    "'{name}' alone has no meaning: write ${{{name}}} for the question, '{name}' in quotes for the text"
                )))
            }
        }
    }
}
