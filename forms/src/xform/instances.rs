//! The primary instance, and one for each list.

use super::Xform;
use super::texts::choice_id;
use crate::expr::{Expr, text_of_number};
use crate::form::{Kind, List, NodeId};
use std::io::{Result, Write};

/// How many repeats within each other begin with an instance: writing a template and an instance of each doubles
/// the size with every level.
const DEEPEST_INSTANCES: usize = 4;

/// How the repeats of a section are written.
#[derive(Clone, Copy)]
enum Repeats {
    /// A template, and the instance that there is at the beginning: outside of all repeats, and within a template.
    Both,
    /// Within an instance.
    Instance,
}

impl<W: Write> Xform<'_, W> {
    /// All instances.
    pub fn instances(&mut self) -> Result<()> {
        self.xml.open("instance", &[])?;
        let attributes = [
            ("id", self.form.id.as_str()),
            ("version", self.form.version.as_str()),
        ];
        self.xml.open(&self.form.nodes[0].name, &attributes)?;
        self.content(0, Repeats::Both)?;
        let meta = self.names.meta;
        self.xml.open(&format!("{meta}meta"), &[])?;
        if self.form.nodes.iter().any(|node| node.kind == Kind::Audit) {
            self.xml.empty(&format!("{meta}audit"), &[])?;
        }
        self.xml.empty(&format!("{meta}instanceID"), &[])?;
        for _ in 0..3 {
            self.xml.close()?;
        }
        for at in 0..self.form.lists.len() {
            self.list(at, &self.form.lists[at])?;
        }
        Ok(())
    }

    fn content(&mut self, section: NodeId, repeats: Repeats) -> Result<()> {
        for id in self.children[section].clone() {
            let node = &self.form.nodes[id];
            match node.kind {
                Kind::Audit => {}
                Kind::Group => self.section(id, &[], repeats)?,
                Kind::Repeat => {
                    if let Some(count) = self.names.counts.get(&id) {
                        self.xml.empty(count, &[])?;
                    }
                    let deep = self.form.repeats_around(id).len() >= DEEPEST_INSTANCES;
                    if matches!(repeats, Repeats::Both) {
                        self.section(id, &[("jr:template", "")], Repeats::Both)?;
                    }
                    if !deep || matches!(repeats, Repeats::Instance) {
                        self.section(id, &[], Repeats::Instance)?;
                    }
                }
                _ => self
                    .xml
                    .element(&node.name, &[], &static_default(node.default.as_ref()))?,
            }
        }
        Ok(())
    }

    fn section(&mut self, id: NodeId, attributes: &[(&str, &str)], repeats: Repeats) -> Result<()> {
        self.xml.open(&self.form.nodes[id].name, attributes)?;
        self.content(id, repeats)?;
        self.xml.close()
    }

    fn list(&mut self, at: usize, list: &List) -> Result<()> {
        let names = self.names.lists[at].clone();
        if names.external {
            let source = format!("jr://file-csv/{}.csv", list.name);
            return self.xml.empty("instance", &[("id", &names.id), ("src", &source)]);
        }
        self.xml.open("instance", &[("id", &names.id)])?;
        self.xml.open("root", &[])?;
        for (row, choice) in list.choices.iter().enumerate() {
            self.xml.open("item", &[])?;
            self.xml.element("itextId", &[], &choice_id(&names.id, row))?;
            self.xml.element("name", &[], &choice.name)?;
            // A blank cell is no element, as pyxform has it: nothing equals what is not there.
            for (column, cell) in names
                .columns
                .iter()
                .zip(&choice.cells)
                .filter(|(_, cell)| !cell.is_empty())
            {
                self.xml.element(column, &[], cell)?;
            }
            self.xml.close()?;
        }
        self.xml.close()?;
        self.xml.close()
    }
}

/// What stands in the instance; anything that has to be evaluated is set at the beginning instead.
fn static_default(default: Option<&Expr>) -> String {
    match default {
        Some(Expr::Text(text)) => text.clone(),
        Some(Expr::Number(n)) => text_of_number(*n),
        _ => String::new(),
    }
}

/// Whether a default has to be evaluated.
pub fn is_dynamic(default: Option<&Expr>) -> bool {
    !matches!(default, None | Some(Expr::Text(_) | Expr::Number(_)))
}
