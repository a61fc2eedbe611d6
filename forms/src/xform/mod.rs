//! A [`Form`] as ODK XForm XML, for ODK Collect, Enketo and what else reads it.
//!
//! Follows the ODK XForms specification, version 1.0.0. What has no counterpart there is left out: passing a
//! question, roles, rounded places; special choices are plain choices.

mod body;
mod instances;
mod model;
mod names;
mod texts;
mod xml;

use crate::expr::{Expr, Printer};
use crate::form::{Form, Kind, NodeId};
use names::Names;
use std::io::{Result, Write};
use xml::Xml;

const NAMESPACES: [(&str, &str); 7] = [
    ("xmlns", "http://www.w3.org/2002/xforms"),
    ("xmlns:h", "http://www.w3.org/1999/xhtml"),
    ("xmlns:ev", "http://www.w3.org/2001/xml-events"),
    ("xmlns:jr", "http://openrosa.org/javarosa"),
    ("xmlns:odk", "http://www.opendatakit.org/xforms"),
    ("xmlns:orx", "http://openrosa.org/xforms"),
    ("xmlns:xsd", "http://www.w3.org/2001/XMLSchema"),
];

/// Writes a form as XForm XML.
///
/// # Errors
/// Those of the writer.
pub fn write(form: &Form, out: impl Write) -> Result<()> {
    let mut xform = Xform {
        form,
        names: Names::of(form),
        children: children(form),
        xml: Xml::new(out)?,
    };
    xform.document()
}

/// A form on its way into XML.
struct Xform<'a, W: Write> {
    form: &'a Form,
    names: Names,
    children: Vec<Vec<NodeId>>,
    xml: Xml<W>,
}

impl<W: Write> Xform<'_, W> {
    fn document(&mut self) -> Result<()> {
        self.xml.open("h:html", &NAMESPACES)?;
        self.xml.open("h:head", &[])?;
        self.xml
            .element("h:title", &[], &self.form.text(0, self.form.title))?;
        self.model()?;
        self.xml.close()?;
        self.body()?;
        self.xml.close()
    }

    fn printer(&self, here: NodeId) -> Printer<'_> {
        Printer {
            form: self.form,
            here,
            lists: &self.names.lists,
        }
    }

    /// An expression of a node.
    fn print(&self, here: NodeId, expr: &Expr) -> String {
        self.printer(here).print(expr)
    }

    /// The path of a node.
    fn path(&self, node: NodeId) -> String {
        self.printer(node).absolute(node)
    }

    /// Whether a label is written: for sections where they have one, for questions always.
    fn has_label(&self, id: NodeId) -> bool {
        let node = &self.form.nodes[id];
        let given = node.label.is_some() || node.media != crate::form::Media::default();
        self.is_shown(id) && (given || !node.kind.is_section())
    }

    /// Whether the body has something for it.
    fn is_shown(&self, id: NodeId) -> bool {
        let kind = self.form.nodes[id].kind;
        kind.is_section() || kind.is_asked() || kind == Kind::Note
    }

    /// The questions whose change makes a calculation run; none where it follows what it reads.
    fn triggers(&self, id: NodeId) -> Vec<NodeId> {
        let node = &self.form.nodes[id];
        let shown = |&trigger: &NodeId| self.is_shown(trigger) && !self.form.nodes[trigger].kind.is_section();
        node.trigger.iter().copied().filter(shown).collect()
    }
}

fn children(form: &Form) -> Vec<Vec<NodeId>> {
    let mut children = vec![Vec::new(); form.nodes.len()];
    for (id, node) in form.nodes.iter().enumerate() {
        if let Some(parent) = node.parent {
            children[parent].push(id);
        }
    }
    children
}

#[cfg(test)]
mod tests;
