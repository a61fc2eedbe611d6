//! Look-ups in lists: `instance('towns')/root/item[region = 'north']/label`, `pulldata(…)`.

use super::lex::What;
use super::parse::{Parser, Problem, Row, Tree};
use super::{Expr, Function, Op};
use crate::form::ListId;

impl Parser<'_> {
    /// `instance('list')/root/item[…]/column`; the name is already read.
    pub(super) fn instance(&mut self) -> Tree {
        self.expect("(")?;
        let Some(What::Text(name)) = self.take() else {
            return Err(self.problem("instance() takes the name of a list in quotes"));
        };
        if name == "__last-saved" {
            return self.last_saved();
        }
        let list = self.resolve(self.names.list(&name))?;
        self.expect(")")?;
        for step in ["root", "item"] {
            self.expect("/")?;
            if !matches!(self.take(), Some(What::Name(found)) if found == step || found == "*") {
                return Err(self.back(&format!("expected '/{step}' after instance('{name}')")));
            }
        }
        let filters = self.row_filters(list)?;
        let column = if self.accept("/") {
            match self.take() {
                Some(What::Name(column)) if column == "itextId" => "label".to_owned(),
                Some(What::Name(column)) => column,
                _ => return Err(self.back("expected a column after '/'")),
            }
        } else {
            "name".to_owned()
        };
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

    fn row_filters(&mut self, list: ListId) -> Result<Vec<Expr>, Problem> {
        let outer = std::mem::replace(&mut self.row, Row::List(list));
        let mut filters = Vec::new();
        while self.accept("[") {
            filters.push(self.binary(0)?);
            self.expect("]")?;
        }
        self.row = outer;
        Ok(filters)
    }

    /// `instance('__last-saved')/data/name`: what was sent can't be read back on the phone.
    fn last_saved(&mut self) -> Tree {
        self.expect(")")?;
        while self.accept("/") {
            self.take();
        }
        self.warnings
            .push("the record before can't be read back on the phone, so this is blank".into());
        Ok(Expr::Text(String::new()))
    }

    /// `pulldata('file', 'column', 'key column', key)` is a look-up in a list.
    pub(super) fn pulldata(&self, arguments: Vec<Expr>) -> Result<Expr, String> {
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
