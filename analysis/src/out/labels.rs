//! The words of a release in another language than the one it was made in.
//!
//! A release is protected once, whatever the languages are that it is read in. What is read is looked up here by codes;
//! what is not found is read as the release has it.

use crate::protect::ReleasedTable;
use crate::table::Analysis;
use crate::variables::{Category, Domain};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Labels by what they are of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// By the table's key.
    tables: BTreeMap<String, TableLabels>,
    /// By what divides, then by code.
    domains: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct TableLabels {
    label: String,
    categories: BTreeMap<String, String>,
}

impl Labels {
    /// Those of an analysis in the language wanted. It may be one of no responses at all: what only answers have, such
    /// as pairs of them, is then read as the release has it.
    pub fn of(analysis: &Analysis) -> Self {
        let mut labels = Self::default();
        for table in &analysis.tables {
            let categories = table.categories.iter();
            let named = TableLabels {
                label: table.label.clone(),
                categories: categories
                    .map(|category| (category.code.clone(), category.label.clone()))
                    .collect(),
            };
            labels.tables.insert(table.question.clone(), named);
        }
        for domain in &analysis.domains {
            let codes = labels.domains.entry(domain.by.clone()).or_default();
            codes.insert(domain.code.clone(), domain.label.clone());
        }
        labels
    }

    /// Of a table, by its key.
    fn table<'a>(&'a self, question: &str, otherwise: &'a str) -> &'a str {
        self.tables
            .get(question)
            .map_or(otherwise, |table| table.label.as_str())
    }

    /// Of a category, by the table's key and its code.
    fn category<'a>(&'a self, question: &str, code: &str, otherwise: &'a str) -> &'a str {
        let table = self.tables.get(question);
        let label = table.and_then(|table| table.categories.get(code));
        label.map_or(otherwise, String::as_str)
    }

    /// Of a domain; a crossed one is read as its parts are.
    fn domain(&self, domain: &Domain) -> String {
        let find = |by: &str, code: &str| self.domains.get(by).and_then(|codes| codes.get(code));
        if let Some(label) = find(&domain.by, &domain.code) {
            return label.clone();
        }
        let parts = domain.parts.iter().map(|(by, code)| find(by, code).cloned());
        match parts.collect::<Option<Vec<String>>>() {
            Some(parts) if !parts.is_empty() => parts.join(" × "),
            _ => domain.label.clone(),
        }
    }
}

impl super::About<'_> {
    /// The label of a table in the language of what is written.
    pub fn table_label<'a>(&'a self, table: &'a ReleasedTable) -> &'a str {
        let own = table.label();
        self.labels
            .map_or(own, |labels| labels.table(table.question(), own))
    }

    /// The label of a category.
    pub fn category_label<'a>(&'a self, table: &ReleasedTable, category: &'a Category) -> &'a str {
        let own = category.label.as_str();
        self.labels.map_or(own, |labels| {
            labels.category(table.question(), &category.code, own)
        })
    }

    /// The label of a domain.
    pub fn domain_label(&self, domain: &Domain) -> String {
        self.labels
            .map_or_else(|| domain.label.clone(), |labels| labels.domain(domain))
    }
}
