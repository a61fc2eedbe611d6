//! Tokens into a tree, with every name resolved on the way.

use super::lex::{Token, What, lex};
use super::messages::{unknown_function, wrong_count};
use super::{Expr, Function, Op};
use crate::form::{ListId, NodeId};

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Position in characters, from 1.
    pub at: usize,
    /// For a person.
    pub message: String,
}

impl Problem {
    pub(super) fn at(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

/// How names are looked up while an expression is read.
pub trait Names {
    /// `${name}`
    fn question(&self, name: &str) -> Result<NodeId, String>;
    /// Where the expression stands.
    fn here(&self) -> NodeId;
    /// What a filter of choices from a repeat looks at: the question whose answers they are.
    fn candidate(&self) -> Option<NodeId> {
        None
    }
    /// The section around a node; `None` for the root.
    fn parent(&self, node: NodeId) -> Option<NodeId>;
    /// What lies directly in a section.
    fn children(&self, node: NodeId) -> Vec<NodeId>;
    /// A node's name.
    fn name(&self, node: NodeId) -> &str;
    /// Whether it is a repeat.
    fn is_repeat(&self, node: NodeId) -> bool;
    /// The repeat that holds a node, or the node itself where it is one.
    fn repeat_of(&self, node: NodeId) -> Option<NodeId>;
    /// `instance('name')`
    fn list(&self, name: &str) -> Result<ListId, String>;
    /// Whether a list (that of the question where `None`) has a column. `None`: no row is at hand.
    fn has_column(&self, list: Option<ListId>, column: &str) -> Option<bool>;

    /// The repeats around a node, itself left out.
    fn around(&self, node: NodeId) -> Vec<NodeId> {
        let mut around = Vec::new();
        let mut at = self.parent(node);
        while let Some(section) = at {
            around.extend(self.is_repeat(section).then_some(section));
            at = self.parent(section);
        }
        around
    }

    /// Every section of the form, the root first.
    fn root_and_sections(&self) -> Vec<NodeId> {
        let mut sections = vec![0];
        let mut at = 0;
        while at < sections.len() {
            let children = self.children(sections[at]);
            sections.extend(
                children
                    .into_iter()
                    .filter(|&child| !self.children(child).is_empty()),
            );
            at += 1;
        }
        sections
    }
}

/// A tree, and what deserves a warning in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The tree.
    pub expr: Expr,
    /// For a person.
    pub warnings: Vec<String>,
}

/// The deepest tree that is read; beyond it an expression is refused rather than the stack exhausted.
const DEEPEST: usize = 400;
/// The deepest nesting of brackets and calls, which cost the reader more of the stack than a chain of operators.
const DEEPEST_BRACKETS: usize = 100;
/// The longest expression that is read, in characters.
const LONGEST: usize = 32_768;

/// Reads an expression.
///
/// # Errors
/// A [`Problem`] with its position: what was expected, what was found, and where it can be said, the mend.
pub fn parse(source: &str, names: &dyn Names) -> Result<Parsed, Problem> {
    if source.len() > LONGEST {
        return Err(Problem::at(
            1,
            format!("the expression has more than {LONGEST} characters"),
        ));
    }
    match read(source, names) {
        // Word processors close a text with another quotation mark than opens it.
        Err(problem) if source.contains(['‘', '’', '“', '”', '„']) => {
            let straight = source.replace(['‘', '’'], "'").replace(['“', '”', '„'], "\"");
            let Ok(mut parsed) = read(&straight, names) else {
                return Err(problem);
            };
            parsed
                .warnings
                .push("curly quotation marks are read as straight ones".into());
            Ok(parsed)
        }
        outcome => outcome,
    }
}

fn read(source: &str, names: &dyn Names) -> Result<Parsed, Problem> {
    let tokens = lex(source)?;
    let mut parser = Parser {
        tokens,
        next: 0,
        names,
        row: names.candidate().map_or(Row::Question, Row::Node),
        candidate: names.candidate(),
        warnings: Vec::new(),
        depth: 0,
        brackets: 0,
    };
    let expr = parser.binary(0)?;
    match parser.peek() {
        None => Ok(Parsed {
            expr,
            warnings: parser.warnings,
        }),
        Some(What::Name(name)) if matches!(name.to_lowercase().as_str(), "and" | "or" | "div" | "mod") => {
            Err(parser.problem(format!("write '{}' in small letters", name.to_lowercase())))
        }
        Some(found) => {
            let shown = found.shown();
            Err(parser.problem(format!("expected an operator or the end, found {shown}")))
        }
    }
}

/// What a bare name means.
#[derive(Clone, Copy)]
pub(super) enum Row {
    /// A column of the list the question chooses from, in a choice filter.
    Question,
    /// A column of a list named by `instance()`.
    List(ListId),
    /// A question in the repeat that `[…]` looks at.
    Node(NodeId),
}

pub(super) struct Parser<'a> {
    tokens: Vec<Token>,
    pub(super) next: usize,
    pub(super) names: &'a dyn Names,
    pub(super) row: Row,
    /// What the innermost `[…]` of a path looks at.
    pub(super) candidate: Option<NodeId>,
    pub(super) warnings: Vec<String>,
    depth: usize,
    brackets: usize,
}

pub(super) type Tree = Result<Expr, Problem>;

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&What> {
        self.tokens.get(self.next).map(|t| &t.what)
    }

    pub(super) fn peek_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Some(What::Mark(m)) if *m == mark)
    }

    pub(super) fn take(&mut self) -> Option<What> {
        let what = self.peek().cloned();
        self.next += usize::from(what.is_some());
        what
    }

    pub(super) fn accept(&mut self, mark: &str) -> bool {
        let found = self.peek_mark(mark);
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, mark: &str) -> Result<(), Problem> {
        if self.accept(mark) {
            return Ok(());
        }
        let found = self.peek().map_or_else(|| "the end".to_owned(), What::shown);
        Err(self.problem(format!("expected '{mark}', found {found}")))
    }

    /// A problem at the next token, or past the last one.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        let at = self
            .tokens
            .get(self.next)
            .or(self.tokens.last())
            .map_or(1, |t| t.at);
        Problem::at(at, message)
    }

    fn deeper(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.problem(format!("more than {DEEPEST} expressions within each other")));
        }
        Ok(())
    }

    /// Precedence climbing; all operators associate to the left.
    pub(super) fn binary(&mut self, strength: u8) -> Tree {
        let outer = self.depth;
        self.deeper()?;
        self.brackets += 1;
        if self.brackets > DEEPEST_BRACKETS {
            return Err(self.problem(format!("more than {DEEPEST_BRACKETS} brackets within each other")));
        }
        let mut left = self.unary()?;
        while let Some(What::Op(op)) = self.peek() {
            let op = *op;
            if op.strength() <= strength {
                break;
            }
            self.next += 1;
            self.deeper()?;
            let right = self.binary(op.strength())?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        self.depth = outer;
        self.brackets -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Tree {
        if matches!(self.peek(), Some(What::Op(Op::Subtract))) {
            self.next += 1;
            return Ok(Expr::Negate(Box::new(self.binary(Op::Multiply.strength())?)));
        }
        self.operand()
    }

    fn operand(&mut self) -> Tree {
        let found = self.take();
        match found {
            None => Err(self.problem("expected a value, found the end")),
            Some(What::Number(n)) => Ok(Expr::Number(n)),
            Some(What::Text(text)) => Ok(Expr::Text(text)),
            Some(What::Question(name)) => self.question(&name),
            Some(What::Mark("(")) => {
                let inner = self.binary(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(What::Mark("/")) => self.absolute(false),
            Some(What::Mark("//")) => self.absolute(true),
            Some(What::Mark(".")) => self.downwards(),
            Some(What::Mark("..")) => self.upwards(),
            // The header of a translated column, as people copy it into a filter.
            Some(What::Name(name)) if name.starts_with("label::") && self.row_at_hand() => self.bare("label"),
            Some(What::Name(name)) if name.contains("::") => self.axis(),
            Some(What::Name(name)) if self.peek_mark("(") => self.call(&name),
            Some(What::Name(name)) => self.bare(&name),
            Some(other) => {
                self.next -= 1;
                Err(self.problem(format!("expected a value, found {}", other.shown())))
            }
        }
    }

    pub(super) fn resolve<T>(&self, found: Result<T, String>) -> Result<T, Problem> {
        found.map_err(|message| {
            let at = self.tokens.get(self.next.saturating_sub(1)).map_or(1, |t| t.at);
            Problem::at(at, message)
        })
    }

    fn call(&mut self, name: &str) -> Tree {
        let start = self.next - 1;
        match name {
            "instance" => return self.instance(),
            "current" => {
                self.expect("(")?;
                self.expect(")")?;
                return self.current();
            }
            _ => {}
        }
        let arguments = self.arguments()?;
        let at = self.tokens[start].at;
        let fault = |message: String| Problem::at(at, message);
        match name {
            "pulldata" => self.pulldata(arguments).map_err(fault),
            // Labels of choices are looked up by the row, not by the id that pyxform gives them.
            "jr:itext" if arguments.len() == 1 => Ok(arguments.into_iter().next().unwrap_or(Expr::Own)),
            _ => {
                let function = Function::from_name(name).ok_or_else(|| fault(unknown_function(name)))?;
                let (least, most) = function.arity();
                if arguments.len() < least || arguments.len() > most {
                    return Err(fault(wrong_count(name, least, most, arguments.len())));
                }
                self.special_arguments(function, arguments).map_err(fault)
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Problem> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        if self.accept(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.binary(0)?);
            if !self.accept(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }

    /// Functions whose arguments are places rather than values.
    fn special_arguments(&mut self, function: Function, mut arguments: Vec<Expr>) -> Result<Expr, String> {
        match function {
            Function::Position if arguments.is_empty() => {}
            Function::Position => {
                let home = matches!(arguments[0], Expr::Current(_));
                let Some(node) = place(&arguments[0]) else {
                    return Err("position() takes a path such as '..'".into());
                };
                let Some(repeat) = self.names.repeat_of(node) else {
                    self.warnings.push(
                        "position(..) counts in a repeat, and this is in none, so it is always 1".into(),
                    );
                    return Ok(Expr::Number(1.0));
                };
                let call = Expr::Call(function, vec![Expr::Answer(repeat)]);
                return Ok(if home { Expr::Current(Box::new(call)) } else { call });
            }
            Function::IndexedRepeat => {
                let pairs = arguments.len() % 2 == 1;
                let mut places = true;
                for (_, argument) in arguments
                    .iter_mut()
                    .enumerate()
                    .filter(|(at, _)| *at == 0 || at % 2 == 1)
                {
                    match place(argument) {
                        Some(node) => *argument = Expr::Answer(node),
                        None => places = false,
                    }
                }
                if !pairs || !places {
                    return Err(
                        "indexed-repeat() takes a question, then a repeat and a number, once for each repeat"
                            .into(),
                    );
                }
            }
            Function::WeightedChecklist if arguments.len() % 2 == 1 => {
                return Err("weighted-checklist() takes a least, a most, and then pairs of a condition and its weight".into());
            }
            Function::ChoiceName => {
                // The question stands in quotes: jr:choice-name(${x}, '${x}').
                if let Expr::Text(text) = &arguments[1] {
                    let inner = parse(text, self.names).map_err(|p| p.message)?;
                    arguments[1] = inner.expr;
                }
                if let Some(node) = place(&arguments[1]) {
                    arguments[1] = Expr::Answer(node);
                } else if arguments[1] != Expr::Own {
                    return Err(
                        "jr:choice-name() takes a value and the question it belongs to, as '${name}'".into(),
                    );
                }
            }
            _ => {}
        }
        Ok(Expr::Call(function, arguments))
    }
}

/// The node that an argument names, where it names one rather than a value.
fn place(expr: &Expr) -> Option<NodeId> {
    match expr {
        Expr::Answer(node) => Some(*node),
        Expr::Path { node, picks } if picks.iter().all(|pick| pick.filters.is_empty()) => Some(*node),
        Expr::Current(inner) => place(inner),
        _ => None,
    }
}
