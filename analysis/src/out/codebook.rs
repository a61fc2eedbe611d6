//! What the variables are: for whoever works with answers or tables.

use crate::error::Error;
use crate::out::neutral;
use crate::out::tidy::special;
use crate::protect::{Released, ReleasedTable};
use crate::variables::Category;
use baraza_forms::expr::{ListNames, Printer};
use baraza_forms::form::Special;
use baraza_forms::{Form, NodeId};
use std::io::Write;

/// A variable of the form.
pub struct Variable<'a> {
    /// Its node.
    pub id: NodeId,
    /// Its key, as in exports and tables.
    pub key: &'a str,
    /// The kind of question, in the form's words.
    pub kind: String,
    /// Its role, or blank.
    pub role: &'static str,
    /// Answers can harm who gave them.
    pub sensitive: bool,
    /// When it is asked, as XLSForm writes it; blank where always.
    pub asked_when: String,
    /// Who is in the denominator of its table; blank where it has none.
    pub base: &'a str,
}

/// The variables in the form's order: whatever has a value.
pub fn variables<'a>(form: &'a Form, released: &'a Released) -> Vec<Variable<'a>> {
    let printing = Printing::new(form);
    let ids = (1..form.nodes.len()).filter(|&id| form.nodes[id].kind.has_value());
    ids.map(|id| {
        let node = &form.nodes[id];
        let table = released
            .tables()
            .iter()
            .find(|table| table.question() == node.key);
        Variable {
            id,
            key: &node.key,
            kind: word(&node.kind),
            role: node.role.map_or("", baraza_forms::Role::word),
            sensitive: node.sensitive,
            asked_when: printing.asked_when(id),
            base: table.map_or("", ReleasedTable::base),
        }
    })
    .collect()
}

fn word(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_value(value).ok();
    json.and_then(|json| json.as_str().map(String::from))
        .unwrap_or_default()
}

/// Expressions as XLSForm has them.
struct Printing<'a> {
    form: &'a Form,
    lists: Vec<ListNames>,
    /// Paths with what a form's maker writes for them, the longest first.
    paths: Vec<(String, String)>,
}

impl<'a> Printing<'a> {
    fn new(form: &'a Form) -> Self {
        let lists: Vec<ListNames> = form
            .lists
            .iter()
            .map(|list| ListNames {
                id: list.name.clone(),
                columns: list.columns.clone(),
                external: false,
            })
            .collect();
        let printer = |here| Printer {
            form,
            here,
            lists: &lists,
        };
        let mut paths: Vec<(String, String)> = (1..form.nodes.len())
            .map(|id| (printer(id).absolute(id), format!("${{{}}}", form.nodes[id].name)))
            .collect();
        paths.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Self { form, lists, paths }
    }

    /// All conditions from the outermost group to the question itself, joined by `and`.
    fn asked_when(&self, id: NodeId) -> String {
        let mut conditions = Vec::new();
        let mut at = Some(id);
        while let Some(here) = at {
            let node = &self.form.nodes[here];
            if let Some(relevant) = &node.relevant {
                let printer = Printer {
                    form: self.form,
                    here,
                    lists: &self.lists,
                };
                conditions.push(self.named(printer.print(relevant)));
            }
            at = node.parent;
        }
        conditions.reverse();
        if let [only] = &conditions[..] {
            return only.clone();
        }
        let bracketed = |condition: String| {
            if condition.contains(" or ") {
                format!("({condition})")
            } else {
                condition
            }
        };
        conditions
            .into_iter()
            .map(bracketed)
            .collect::<Vec<_>>()
            .join(" and ")
    }

    fn named(&self, mut text: String) -> String {
        for (path, name) in &self.paths {
            if text.contains(path.as_str()) {
                text = text.replace(path.as_str(), name);
            }
        }
        text
    }
}

/// A category of a variable's list with its labels in each language.
pub struct Listed {
    /// As stored.
    pub code: String,
    /// Don't know, prefer not to say, none; blank for the others.
    pub special: &'static str,
    /// By language.
    pub labels: Vec<String>,
}

/// The categories that a question offers.
pub fn categories(form: &Form, id: NodeId) -> Vec<Listed> {
    let choices = form.list_of(id).into_iter().flat_map(|list| &list.choices);
    choices
        .map(|choice| Listed {
            code: choice.name.clone(),
            special: special_word(choice.special),
            labels: (0..form.languages.len())
                .map(|language| form.choice_label(language, choice))
                .collect(),
        })
        .collect()
}

fn special_word(of: Option<Special>) -> &'static str {
    special(&Category {
        code: String::new(),
        label: String::new(),
        special: of,
    })
}

/// The codebook as rows of texts, the header first: a row for each variable, and after it one for each category.
pub fn rows(form: &Form, released: &Released) -> Vec<Vec<String>> {
    let head = [
        "variable",
        "kind",
        "role",
        "sensitive",
        "asked_when",
        "base",
        "category",
        "special",
    ];
    let mut header: Vec<String> = head.map(String::from).to_vec();
    header.extend(
        form.languages
            .iter()
            .map(|language| format!("label::{}", language.name)),
    );
    let mut rows = vec![header];
    for variable in variables(form, released) {
        let sensitive = if variable.sensitive { "yes" } else { "" };
        let mut row = [
            variable.key,
            &variable.kind,
            variable.role,
            sensitive,
            &variable.asked_when,
            variable.base,
            "",
            "",
        ]
        .map(String::from)
        .to_vec();
        row.extend((0..form.languages.len()).map(|language| form.label(language, variable.id)));
        rows.push(row);
        for category in categories(form, variable.id) {
            let mut row = vec![variable.key.to_owned()];
            row.resize(6, String::new());
            row.extend([category.code, category.special.to_owned()]);
            row.extend(category.labels);
            rows.push(row);
        }
    }
    rows
}

/// The codebook as CSV: variables and their categories with labels in each language, kinds, roles, who was asked,
/// and the bases of their tables.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_codebook(released: &Released, form: &Form, writer: impl Write) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(writer);
    for row in rows(form, released) {
        csv.write_record(row.iter().map(|text| neutral(text)))?;
    }
    csv.flush().map_err(csv::Error::from)?;
    Ok(())
}
