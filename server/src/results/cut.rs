//! One table of a release: a question by a disaggregation.

use super::publication::{Category, Cell, Difference, Division, LanguageWords, Publication, Table, Test};
use serde_json::{Value as Json, json};

/// What is asked for is not in the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotThere {
    /// No table is of this question.
    Question,
    /// Nothing is divided in this way.
    By,
}

/// A table as it is read: its domains are all respondents and, after them, those of the disaggregation.
pub struct Cut<'a> {
    pub publication: &'a Publication,
    /// Position of the table.
    pub at: usize,
    pub by: &'static Division,
    /// Positions of the domains.
    pub domains: Vec<usize>,
    pub words: &'a LanguageWords,
}

impl<'a> Cut<'a> {
    /// By the names in addresses; the first question and all together where nothing is named.
    pub fn of(
        publication: &'a Publication,
        question: Option<&str>,
        by: Option<&str>,
        language: usize,
    ) -> Result<Self, NotThere> {
        let tables = &publication.tables;
        let at = match question {
            None => 0,
            Some(key) => tables
                .tables
                .iter()
                .position(|table| table.question == key)
                .ok_or(NotThere::Question)?,
        };
        tables.tables.get(at).ok_or(NotThere::Question)?;
        let name = by.unwrap_or("overall");
        let by = publication
            .offered()
            .find(|by| by.name == name)
            .ok_or(NotThere::By)?;
        let divided = (1..tables.domains.len()).filter(|&domain| tables.domains[domain].by == by.by);
        Ok(Self {
            publication,
            at,
            by,
            domains: std::iter::once(0).chain(divided).collect(),
            words: publication.words.get(language).ok_or(NotThere::Question)?,
        })
    }

    pub fn table(&self) -> &'a Table {
        &self.publication.tables.tables[self.at]
    }

    /// The question in the reader's language.
    pub fn label(&self) -> &'a str {
        &self.words.tables[self.at].label
    }

    /// Whether it is of means rather than of shares.
    pub fn is_mean(&self) -> bool {
        self.table().statistic == "mean"
    }

    /// Positions of the categories; one for a mean, which has none.
    pub fn categories(&self) -> impl Iterator<Item = usize> + use<'a> {
        0..self.table().categories.len().max(1)
    }

    /// A category with its label; nothing for a mean.
    pub fn category(&self, at: usize) -> Option<(&'a Category, &'a str)> {
        let category = self.table().categories.get(at)?;
        Some((category, self.words.tables[self.at].categories.get(at)?))
    }

    /// Cells stand by domain, the category running fastest.
    pub fn cell(&self, domain: usize, category: usize) -> Option<&'a Cell> {
        let table = self.table();
        table.cells.get(domain * table.categories.len().max(1) + category)
    }

    /// Whether the answers differ between the domains, as far as that was tested.
    pub fn tests(&self) -> impl Iterator<Item = &'a Test> + use<'a, '_> {
        let tests = self.publication.found.tests.iter();
        tests.filter(|test| test.table == self.at && test.by == self.by.by)
    }

    /// How a domain differs from another by more than chance: the difference and the other.
    pub fn differences(&self) -> impl Iterator<Item = &'a Difference> + use<'a, '_> {
        let found = self.publication.found.differences.iter();
        found.filter(|found| found.table == self.at && self.domains[1..].contains(&found.domains.0))
    }

    /// The name of its chart among the files of the release.
    pub fn chart(&self, language: usize) -> String {
        let number = super::publication::BY
            .iter()
            .position(|by| by.name == self.by.name)
            .unwrap_or_default();
        format!("{language}/chart/{}/{number}.svg", self.at)
    }

    /// The table in the shape of the release's JSON, with what was found in it; domains and categories are positions
    /// within what is here.
    pub fn json(&self) -> Json {
        let tables = &self.publication.tables;
        let place = |domain: usize| self.domains.iter().position(|&at| at == domain);
        let domains = self.domains.iter().map(|&at| {
            let domain = &tables.domains[at];
            json!({ "by": domain.by, "code": domain.code, "label": self.words.domains[at] })
        });
        let categories = self.categories().filter_map(|at| {
            let (category, label) = self.category(at)?;
            Some(json!({ "code": category.code, "label": label, "special": category.special }))
        });
        let cells = self.domains.iter().enumerate().flat_map(|(place, &domain)| {
            self.categories().filter_map(move |category| {
                let cell = self.cell(domain, category)?;
                let category = (!self.table().categories.is_empty()).then_some(category);
                Some(json!({
                    "domain": place, "category": category, "status": cell.status, "estimate": cell.estimate,
                    "se": cell.se, "ci": cell.ci(), "n": cell.n, "df": cell.df, "deff": cell.deff,
                }))
            })
        });
        let tests = self
            .tests()
            .map(|test| json!({ "category": test.category, "p": test.p, "differs": test.differs }));
        let differences = self.differences().map(|found| {
            json!({
                "category": found.category, "domain": place(found.domains.0), "against": place(found.domains.1),
                "difference": found.value, "ci": (found.low, found.high), "p": found.p,
            })
        });
        let table = self.table();
        json!({
            "baraza_tables": 1,
            "survey": tables.survey, "version": tables.version, "title": self.words.title,
            "language": self.words.tag, "made": tables.made, "respondents": tables.respondents,
            "synthetic": tables.synthetic, "weighted": tables.weighted, "interval": tables.interval,
            "thresholds": tables.thresholds,
            "domains": domains.collect::<Vec<_>>(),
            "tables": [{
                "question": table.question, "label": self.label(), "statistic": table.statistic, "base": table.base,
                "categories": categories.collect::<Vec<_>>(), "cells": cells.collect::<Vec<_>>(),
                "tests": tests.collect::<Vec<_>>(), "differences": differences.collect::<Vec<_>>(),
            }],
        })
    }
}
