//! Findings of a form that imports: what would hurt those who ask, those who answer, or the analysis.
//!
//! Each file looks for one kind of thing and knows nothing of the others. All findings are warnings: the form can be
//! used.

mod codes;
mod consent;
mod constraints;
mod exact_places;
mod facts;
mod labels;
mod long_lists;
mod passing;
mod personal;
mod roles;
mod scripts;
mod sections;
mod translations;
mod unreachable;

use crate::expr::Expr;
use crate::form::{Form, ListId, NodeId};
use crate::xlsform::{Diagnostic, Diagnostics, Places, sort};

/// A form with its places in the workbook.
struct Linted<'a> {
    form: &'a Form,
    places: &'a Places,
}

/// All findings, in the order of a reader.
pub fn lint(form: &Form, places: &Places) -> Vec<Diagnostic> {
    let linted = Linted { form, places };
    let mut out = Diagnostics::default();
    for look in [
        codes::look,
        consent::look,
        constraints::look,
        exact_places::look,
        labels::look,
        long_lists::look,
        passing::look,
        personal::look,
        roles::look,
        scripts::look,
        sections::look,
        translations::look,
        unreachable::look,
    ] {
        look(&linted, &mut out);
    }
    sort(&mut out.found);
    out.found
}

impl Linted<'_> {
    /// A node's list, unless its choices come from elsewhere or from a file that is missing.
    fn known_list(&self, node: NodeId) -> Option<ListId> {
        let list = self.form.nodes[node].list?;
        let is_known = !self.places.missing.contains(&list) && !self.form.lists[list].choices.is_empty();
        is_known.then_some(list)
    }

    /// A node's expressions with the columns they stand in.
    fn expressions(&self, node: NodeId) -> impl Iterator<Item = (&'static str, &Expr)> {
        let node = &self.form.nodes[node];
        let all = [
            ("relevant", &node.relevant),
            ("required", &node.required),
            ("constraint", &node.constraint),
            ("calculation", &node.calculation),
            ("default", &node.default),
            ("choice_filter", &node.choice_filter),
            ("repeat_count", &node.repeat_count),
            ("read_only", &node.read_only),
        ];
        all.into_iter()
            .filter_map(|(column, expr)| Some((column, expr.as_ref()?)))
    }

    /// The names of nodes for a message: the first twenty.
    fn names(&self, nodes: &[NodeId]) -> String {
        const MOST: usize = 20;
        let names: Vec<&str> = nodes
            .iter()
            .take(MOST)
            .map(|&id| self.form.nodes[id].name.as_str())
            .collect();
        let more = nodes.len().saturating_sub(MOST);
        format!(
            "{}{}",
            names.join(", "),
            if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            }
        )
    }
}
