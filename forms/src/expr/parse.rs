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
    /// `/data/group/name`, without the leading root's name.
    fn absolute(&self, steps: &[String]) -> Result<NodeId, String>;
    /// `../name`: `ups` times up from where the expression stands, then down.
    fn relative(&self, ups: usize, steps: &[String]) -> Result<NodeId, String>;
    /// The repeat that holds a node, or the node itself where it is one.
    fn repeat_of(&self, node: NodeId) -> Option<NodeId>;
    /// `instance('name')`
    fn list(&self, name: &str) -> Result<ListId, String>;
    /// Whether a list (that of the question where `None`) has a column. `None`: no row is at hand.
    fn has_column(&self, list: Option<ListId>, column: &str) -> Option<bool>;
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
    let tokens = lex(source)?;
    let mut parser = Parser {
        tokens,
        next: 0,
        names,
        row: Row::Question,
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

/// Whose columns a bare name means.
#[derive(Clone, Copy)]
enum Row {
    /// Those of the list the question chooses from, in a choice filter.
    Question,
    /// Those of a list named by `instance()`.
    List(ListId),
}

struct Parser<'a> {
    tokens: Vec<Token>,
    next: usize,
    names: &'a dyn Names,
    row: Row,
    warnings: Vec<String>,
    depth: usize,
    brackets: usize,
}

type Tree = Result<Expr, Problem>;

impl Parser<'_> {
    fn peek(&self) -> Option<&What> {
        self.tokens.get(self.next).map(|t| &t.what)
    }

    fn peek_mark(&self, mark: &str) -> bool {
        matches!(self.peek(), Some(What::Mark(m)) if *m == mark)
    }

    fn take(&mut self) -> Option<What> {
        let what = self.peek().cloned();
        self.next += usize::from(what.is_some());
        what
    }

    fn accept(&mut self, mark: &str) -> bool {
        let found = self.peek_mark(mark);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Result<(), Problem> {
        if self.accept(mark) {
            return Ok(());
        }
        let found = self.peek().map_or_else(|| "the end".to_owned(), What::shown);
        Err(self.problem(format!("expected '{mark}', found {found}")))
    }

    /// A problem at the next token, or past the last one.
    fn problem(&self, message: impl Into<String>) -> Problem {
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
    fn binary(&mut self, strength: u8) -> Tree {
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
        self.path()
    }

    fn path(&mut self) -> Tree {
        let found = self.take();
        match found {
            None => Err(self.problem("expected a value, found the end")),
            Some(What::Number(n)) => Ok(Expr::Number(n)),
            Some(What::Text(text)) => Ok(Expr::Text(text)),
            Some(What::Question(name)) => {
                let node = self.resolve(self.names.question(&name))?;
                self.no_steps_after()?;
                Ok(Expr::Answer(node))
            }
            Some(What::Mark("(")) => {
                let inner = self.binary(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(What::Mark("/")) => {
                let steps = self.steps()?;
                let node = self.resolve(self.names.absolute(steps.get(1..).unwrap_or(&[])))?;
                self.no_steps_after()?;
                Ok(Expr::Answer(node))
            }
            Some(What::Mark(".")) => self.downwards(),
            Some(What::Mark("..")) => self.upwards(1),
            Some(What::Name(name)) if self.peek_mark("(") => self.call(&name),
            Some(What::Name(name)) => self.bare(&name),
            Some(other) => {
                self.next -= 1;
                Err(self.problem(format!("expected a value, found {}", other.shown())))
            }
        }
    }

    fn resolve<T>(&self, found: Result<T, String>) -> Result<T, Problem> {
        found.map_err(|message| {
            let at = self.tokens.get(self.next.saturating_sub(1)).map_or(1, |t| t.at);
            Problem::at(at, message)
        })
    }

    fn no_steps_after(&self) -> Result<(), Problem> {
        if self.peek_mark("[") || self.peek_mark("/") {
            return Err(self.problem(
                "a path that goes on after a question, or picks instances with […], is not understood yet: use indexed-repeat()",
            ));
        }
        Ok(())
    }

    /// `.`, `./name`, `./..`
    fn downwards(&mut self) -> Tree {
        if !self.accept("/") {
            return Ok(Expr::Own);
        }
        if self.accept("..") {
            return self.upwards(1);
        }
        let steps = self.steps()?;
        let node = self.resolve(self.names.relative(0, &steps))?;
        Ok(Expr::Answer(node))
    }

    /// `..`, `../..`, `../name`; the first `..` is already read.
    fn upwards(&mut self, mut ups: usize) -> Tree {
        let mut steps = Vec::new();
        while self.accept("/") {
            if self.accept("..") {
                ups += 1;
            } else if !self.accept(".") {
                steps = self.steps()?;
                break;
            }
        }
        let node = self.resolve(self.names.relative(ups, &steps))?;
        self.no_steps_after()?;
        Ok(Expr::Answer(node))
    }

    /// `a/b/c`
    fn steps(&mut self) -> Result<Vec<String>, Problem> {
        let mut steps = Vec::new();
        loop {
            match self.take() {
                Some(What::Name(name)) => steps.push(name),
                other => {
                    self.next -= usize::from(other.is_some());
                    return Err(self.problem("expected a name in the path"));
                }
            }
            if !self.accept("/") {
                return Ok(steps);
            }
        }
    }

    /// A name without quotes: a column where a row is at hand.
    fn bare(&mut self, name: &str) -> Tree {
        let list = match self.row {
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
            None => {
                self.next -= 1;
                Err(self.problem(format!("'{name}' alone has no meaning: write ${{{name}}} for the question, '{name}' in quotes for the text")))
            }
        }
    }

    fn call(&mut self, name: &str) -> Tree {
        let start = self.next - 1;
        match name {
            "instance" => return self.instance(),
            "current" => {
                self.expect("(")?;
                self.expect(")")?;
                return if self.peek_mark("/") {
                    self.next += 1;
                    self.after_current()
                } else {
                    Ok(Expr::Own)
                };
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
                if name == "position" && arguments.is_empty() {
                    return Err(fault(
                        "position() alone is not understood yet: write position(..)".into(),
                    ));
                }
                if arguments.len() < least || arguments.len() > most {
                    return Err(fault(wrong_count(name, least, most, arguments.len())));
                }
                self.special_arguments(function, arguments).map_err(fault)
            }
        }
    }

    fn after_current(&mut self) -> Tree {
        if self.accept(".") {
            return self.downwards();
        }
        self.expect("..")?;
        self.upwards(1)
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
            Function::Position => match arguments[0] {
                Expr::Answer(node) => {
                    if let Some(repeat) = self.names.repeat_of(node) {
                        arguments[0] = Expr::Answer(repeat);
                    } else {
                        self.warnings.push(
                            "position(..) counts in a repeat, and this is in none, so it is always 1".into(),
                        );
                        return Ok(Expr::Number(1.0));
                    }
                }
                _ => return Err("position() takes a path such as '..'".into()),
            },
            Function::IndexedRepeat => {
                let pairs = arguments.len() % 2 == 1;
                let places = arguments
                    .iter()
                    .enumerate()
                    .all(|(i, a)| i > 0 && i % 2 == 0 || matches!(a, Expr::Answer(_)));
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
                if !matches!(arguments[1], Expr::Answer(_) | Expr::Own) {
                    return Err(
                        "jr:choice-name() takes a value and the question it belongs to, as '${name}'".into(),
                    );
                }
            }
            _ => {}
        }
        Ok(Expr::Call(function, arguments))
    }

    /// `instance('list')/root/item[…]/column`; the name is already read.
    fn instance(&mut self) -> Tree {
        self.expect("(")?;
        let Some(What::Text(name)) = self.take() else {
            return Err(self.problem("instance() takes the name of a list in quotes"));
        };
        let list = self.resolve(self.names.list(&name))?;
        self.expect(")")?;
        for step in ["root", "item"] {
            self.expect("/")?;
            if !matches!(self.take(), Some(What::Name(found)) if found == step || found == "*") {
                self.next -= 1;
                return Err(self.problem(format!("expected '/{step}' after instance('{name}')")));
            }
        }
        let outer = std::mem::replace(&mut self.row, Row::List(list));
        let mut filters = Vec::new();
        while self.accept("[") {
            filters.push(self.binary(0)?);
            self.expect("]")?;
        }
        let column = if self.accept("/") {
            match self.take() {
                Some(What::Name(column)) if column == "itextId" => "label".to_owned(),
                Some(What::Name(column)) => column,
                _ => return Err(self.problem("expected a column after '/'")),
            }
        } else {
            "name".to_owned()
        };
        self.row = outer;
        if self.names.has_column(Some(list), &column) == Some(false) {
            self.warnings.push(format!(
                "the list '{name}' has no column '{column}', so it reads as blank"
            ));
        }
        Ok(Expr::Rows {
            list,
            filters,
            column,
        })
    }

    /// `pulldata('file', 'column', 'key column', key)` is a look-up in a list.
    fn pulldata(&self, arguments: Vec<Expr>) -> Result<Expr, String> {
        let wrong = "pulldata() takes a file, a column, a key column (each in quotes) and a key";
        let [file, column, key_column, key] =
            <[Expr; 4]>::try_from(arguments).map_err(|_| wrong.to_owned())?;
        let (Expr::Text(file), Expr::Text(column), Expr::Text(key_column)) = (file, column, key_column)
        else {
            return Err(wrong.into());
        };
        let list = self.names.list(&file)?;
        let same = Expr::Binary(
            Op::Equal,
            Box::new(Expr::Column(key_column)),
            Box::new(Expr::Call(Function::Text, vec![key])),
        );
        Ok(Expr::Rows {
            list,
            filters: vec![same],
            column,
        })
    }
}
