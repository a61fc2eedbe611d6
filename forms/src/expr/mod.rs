//! The expression language of XLSForm (ODK's XPath): text in, a typed tree out, and its one meaning.
//!
//! [`parse`] reads a cell once, at import. The tree travels to the phone as JSON and both sides walk it:
//! [`eval`] here, `server/web/expr.js` there.

mod ast;
mod calls;
mod chance;
mod dates;
mod digest;
mod eval;
mod functions;
mod geo;
mod lex;
mod messages;
mod parse;
mod path;
mod print;
mod rows;
mod value;

pub use ast::{Expr, Op, Pick};
pub(crate) use chance::in_order_of;
pub(crate) use eval::shown;
pub use eval::{Context, eval};
pub use functions::Function;
pub use parse::{Names, Parsed, Problem, parse};
pub use print::{ListNames, Printer};
pub use value::{Item, Value, days_of, number_of_text, text_of_number};

#[cfg(test)]
mod tests;
