//! Trees printed as XPath and read again are the same trees.

use baraza_forms::expr::{Expr, Function, ListNames, Names, Op, Pick, Printer, parse};
use baraza_forms::xlsform::import_markdown;
use baraza_forms::{Form, Kind, NodeId};

const FORM: &str = "
| survey |                 |         |         |                        |
|        | type            | name    | label   | choice_filter          |
|        | integer         | a       | A       |                        |
|        | begin_group     | grp     | G       |                        |
|        | text            | b       | B       |                        |
|        | end_group       |         |         |                        |
|        | select_one town | home    | Home    | region = 'north'       |
|        | begin_repeat    | person  | Person  |                        |
|        | integer         | age     | Age     |                        |
|        | begin_group     | more    | More    |                        |
|        | select_one town | born    | Born    | region != ${b}         |
|        | end_group       |         |         |                        |
|        | begin_repeat    | journey | Journey |                        |
|        | integer         | days    | Days    |                        |
|        | text            | purpose | Purpose |                        |
|        | end_repeat      |         |         |                        |
|        | end_repeat      |         |         |                        |
|        | begin_repeat    | animal  | Animal  |                        |
|        | integer         | legs    | Legs    |                        |
|        | end_repeat      |         |         |                        |
| choices |                |         |         |                        |
|        | list_name       | name    | label   | region                 |
|        | town            | x       | X       | north                  |
|        | town            | y       | Y       | south                  |
";

fn form() -> Form {
    import_markdown(FORM).form.expect("a form without errors")
}

/// Names of a form, seen from a node.
struct Seen<'a> {
    form: &'a Form,
    here: NodeId,
    /// Whether a row of the node's list is at hand, as in a choice filter.
    row: bool,
}

impl Names for Seen<'_> {
    fn question(&self, name: &str) -> Result<NodeId, String> {
        self.form
            .nodes
            .iter()
            .position(|node| node.name == name)
            .ok_or_else(|| format!("there is no question '{name}'"))
    }

    fn here(&self) -> NodeId {
        self.here
    }

    fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.form.nodes[node].parent
    }

    fn children(&self, node: NodeId) -> Vec<NodeId> {
        (0..self.form.nodes.len())
            .filter(|&id| self.parent(id) == Some(node))
            .collect()
    }

    fn name(&self, node: NodeId) -> &str {
        &self.form.nodes[node].name
    }

    fn is_repeat(&self, node: NodeId) -> bool {
        self.form.nodes[node].kind == Kind::Repeat
    }

    fn repeat_of(&self, node: NodeId) -> Option<NodeId> {
        through(self.form, node).last().copied()
    }

    fn list(&self, name: &str) -> Result<usize, String> {
        self.form
            .lists
            .iter()
            .position(|list| list.name == name)
            .ok_or_else(|| format!("there is no list '{name}'"))
    }

    fn has_column(&self, list: Option<usize>, column: &str) -> Option<bool> {
        let list = list.or_else(|| self.form.nodes[self.here].list.filter(|_| self.row))?;
        let known = self.form.lists[list].columns.iter().any(|known| known == column);
        Some(known || matches!(column, "name" | "label"))
    }
}

fn through(form: &Form, node: NodeId) -> Vec<NodeId> {
    let mut repeats = form.repeats_around(node);
    repeats.extend((form.nodes[node].kind == Kind::Repeat).then_some(node));
    repeats
}

fn printer<'a>(form: &'a Form, here: NodeId, lists: &'a [ListNames]) -> Printer<'a> {
    Printer { form, here, lists }
}

fn list_names(form: &Form) -> Vec<ListNames> {
    let names = form.lists.iter().map(|list| ListNames {
        id: list.name.clone(),
        columns: list.columns.clone(),
        external: false,
    });
    names.collect()
}

/// Where a part of a generated tree stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Home,
    Row,
    Candidate(NodeId),
}

struct Chance(u64);

impl Chance {
    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

/// Makes trees as the reader makes them.
struct Maker<'a> {
    form: &'a Form,
    here: NodeId,
    chance: Chance,
}

impl Maker<'_> {
    fn expr(&mut self, place: Place, depth: usize) -> Expr {
        if depth == 0 {
            return self.leaf(place);
        }
        let inner = depth - 1;
        match self.chance.below(10) {
            0 => Expr::Negate(Box::new(self.expr(place, inner))),
            1..=3 => {
                let op = self.chance.pick(Op::ALL);
                Expr::Binary(
                    op,
                    Box::new(self.expr(place, inner)),
                    Box::new(self.expr(place, inner)),
                )
            }
            4 | 5 => self.call(place, inner),
            6 if place == Place::Home => Expr::Rows {
                list: 0,
                filters: (0..self.chance.below(3))
                    .map(|_| self.expr(Place::Row, inner))
                    .collect(),
                column: self.chance.pick(&["name", "label", "region"]).to_owned(),
            },
            6..=8 if place != Place::Row => self.path(place, inner),
            _ => self.leaf(place),
        }
    }

    fn leaf(&mut self, place: Place) -> Expr {
        match self.chance.below(6) {
            0 => Expr::Number(
                self.chance
                    .pick(&[0.0, 1.0, 42.0, 0.5, 1e-7, 123_456_789_012_345.0]),
            ),
            1 => Expr::Text(
                self.chance
                    .pick(&[
                        "",
                        "yes",
                        "it's",
                        "say \"no\"",
                        "a < b & c",
                        "ab‘c’",
                        "line\nbreak",
                    ])
                    .to_owned(),
            ),
            2 => Expr::Own,
            3 if place == Place::Row => Expr::Column(self.chance.pick(&["name", "region"]).to_owned()),
            _ => {
                let node = 1 + self.chance.below(self.form.nodes.len() - 1);
                match (place, self.chance.below(2)) {
                    (Place::Candidate(_), 0) => Expr::Current(Box::new(Expr::Answer(node))),
                    _ => Expr::Answer(node),
                }
            }
        }
    }

    fn call(&mut self, place: Place, depth: usize) -> Expr {
        let one = |maker: &mut Self| maker.expr(place, depth);
        match self.chance.below(6) {
            0 => Expr::Call(Function::If, vec![one(self), one(self), one(self)]),
            1 => Expr::Call(Function::Not, vec![one(self)]),
            2 => Expr::Call(Function::True, vec![]),
            3 => Expr::Call(Function::Concat, vec![one(self), one(self)]),
            4 => match self.form.repeats_around(self.here).last() {
                Some(&repeat) if matches!(place, Place::Home) => {
                    Expr::Call(Function::Position, vec![Expr::Answer(repeat)])
                }
                _ => Expr::Call(Function::Position, vec![]),
            },
            _ => {
                let repeats = self.repeats();
                let repeat = self.chance.pick(&repeats);
                let inside: Vec<NodeId> = (1..self.form.nodes.len())
                    .filter(|&id| self.form.repeats_around(id).contains(&repeat))
                    .collect();
                let node = self.chance.pick(&inside);
                let index = one(self);
                Expr::Call(
                    Function::IndexedRepeat,
                    vec![Expr::Answer(node), Expr::Answer(repeat), index],
                )
            }
        }
    }

    fn repeats(&self) -> Vec<NodeId> {
        (0..self.form.nodes.len())
            .filter(|&id| self.form.nodes[id].kind == Kind::Repeat)
            .collect()
    }

    /// Either filters on some of the steps of an absolute path, or all instances of the own repeats.
    fn path(&mut self, place: Place, depth: usize) -> Expr {
        let node = 1 + self.chance.below(self.form.nodes.len() - 1);
        let home = match place {
            Place::Candidate(at) => through(self.form, at),
            _ => through(self.form, self.here),
        };
        let mut steps = through(self.form, node);
        if steps.last() != Some(&node) {
            steps.push(node);
        }
        let own: Vec<NodeId> = steps.iter().copied().filter(|step| home.contains(step)).collect();
        let whole = !own.is_empty() && self.chance.below(2) == 0;
        // A relative path climbs out of all own repeats; an absolute one that shares a repeat begins below it.
        let from = if whole { 0 } else { own.len().min(steps.len() - 1) };
        let mut picks = Vec::new();
        for (at, &step) in steps.iter().enumerate().skip(from) {
            let filtered = !whole && at == steps.len() - 1 || self.chance.below(2) == 0;
            let filters = if filtered {
                vec![self.expr(Place::Candidate(step), depth.min(2))]
            } else {
                vec![]
            };
            if filtered || whole && own.contains(&step) {
                picks.push(Pick { at: step, filters });
            }
        }
        plain(Expr::Path { node, picks })
    }
}

/// All instances of a repeat are what its name means as well.
fn plain(expr: Expr) -> Expr {
    match expr {
        Expr::Path { node, picks }
            if picks
                .iter()
                .all(|pick| pick.at == node && pick.filters.is_empty()) =>
        {
            Expr::Answer(node)
        }
        Expr::Path { node, picks } => Expr::Path {
            node,
            picks: picks
                .into_iter()
                .map(|pick| Pick {
                    at: pick.at,
                    filters: pick.filters.into_iter().map(plain).collect(),
                })
                .collect(),
        },
        Expr::Current(inner) => Expr::Current(Box::new(plain(*inner))),
        Expr::Negate(inner) => Expr::Negate(Box::new(plain(*inner))),
        Expr::Binary(op, left, right) => Expr::Binary(op, Box::new(plain(*left)), Box::new(plain(*right))),
        Expr::Call(function, parts) => Expr::Call(function, parts.into_iter().map(plain).collect()),
        Expr::Rows {
            list,
            filters,
            column,
        } => Expr::Rows {
            list,
            filters: filters.into_iter().map(plain).collect(),
            column,
        },
        leaf => leaf,
    }
}

#[test]
fn what_is_printed_reads_as_the_same_tree() {
    let form = form();
    let lists = list_names(&form);
    let cases = std::env::var("BARAZA_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20_000);
    for seed in 0..cases {
        let mut chance = Chance(seed);
        let here = 1 + chance.below(form.nodes.len() - 1);
        let row = form.nodes[here].list.is_some() && chance.below(2) == 0;
        let mut maker = Maker {
            form: &form,
            here,
            chance,
        };
        let place = if row { Place::Row } else { Place::Home };
        let expr = maker.expr(place, 4);
        let printer = printer(&form, here, &lists);
        let text = if row {
            printer.row_filter(&expr, 0)
        } else {
            printer.print(&expr)
        };
        let names = Seen {
            form: &form,
            here,
            row,
        };
        let read = parse(&text, &names)
            .unwrap_or_else(|p| panic!("seed {seed}: {} at {} of {text}", p.message, p.at));
        assert_eq!(
            plain(read.expr),
            expr,
            "seed {seed}, from {}: {text}",
            form.nodes[here].name
        );
    }
}

#[track_caller]
fn prints(here: &str, source: &str, expected: &str) {
    let form = form();
    let here = form.nodes.iter().position(|node| node.name == here).expect(here);
    let names = Seen {
        form: &form,
        here,
        row: false,
    };
    let read = parse(source, &names).expect(source);
    let lists = list_names(&form);
    assert_eq!(
        printer(&form, here, &lists).print(&read.expr),
        expected,
        "{source}"
    );
}

#[test]
fn paths_are_as_odk_reads_them() {
    prints("a", "${b}", "/data/grp/b");
    prints("age", "${b}", "/data/grp/b");
    prints("days", "${age} + ${purpose}", "../../age + ../purpose");
    prints("age", "sum(${days})", "sum(../journey/days)");
    prints("a", "sum(${days})", "sum(/data/person/journey/days)");
    prints("age", "sum(../../person/age)", "sum(../../person/age)");
    prints("age", "count(${person})", "count(../../person)");
    prints("days", "position(..)", "position(..)");
    prints("born", "position(../..)", "position(../..)");
    prints(
        "a",
        "/data/person[age > 17][1]/more/born",
        "/data/person[./age > 17][1]/more/born",
    );
    prints(
        "age",
        "count(/data/animal[legs > ${age}])",
        "count(/data/animal[./legs > current()/../age])",
    );
    prints(
        "days",
        "indexed-repeat(${age}, ${person}, position(../..) - 1)",
        "indexed-repeat(/data/person/age, /data/person, position(../..) - 1)",
    );
    prints(
        "a",
        "jr:choice-name(${born}, '${born}')",
        "jr:choice-name(/data/person/more/born, '/data/person/more/born')",
    );
    prints(
        "age",
        "jr:choice-name(${born}, '${born}')",
        "jr:choice-name(../more/born, '../more/born')",
    );
}

#[test]
fn lists_are_looked_up_by_their_ids() {
    prints(
        "age",
        "instance('town')/root/item[name = ${born}]/label",
        "jr:itext(instance('town')/root/item[name = current()/../more/born]/itextId)",
    );
    prints(
        "a",
        "pulldata('town', 'region', 'name', ${home})",
        "instance('town')/root/item[name = string(/data/home)]/region",
    );
}

#[test]
fn brackets_stand_only_where_they_must() {
    prints("a", "(1 + 2) * 3 - (4 - 5)", "(1 + 2) * 3 - (4 - 5)");
    prints("a", "((1 * 2) + 3) and (true())", "1 * 2 + 3 and true()");
    prints("a", "-(1 + 2) * -3", "-(1 + 2) * -3");
    prints("a", "not((1 = 2) or (3 < 4))", "not(1 = 2 or 3 < 4)");
}

#[test]
fn a_text_with_both_quotes_is_put_together() {
    prints("a", "'it is'", "'it is'");
    prints("a", "\"it's\"", "\"it's\"");
    let form = form();
    let text = Expr::Text("it's \"so\"".into());
    assert_eq!(
        printer(&form, 1, &list_names(&form)).print(&text),
        r#"concat('it', "'", 's "so"')"#
    );
}
