//! The one door: what may leave of an analysis.
//!
//! Cells are withheld for being small (primary suppression), and further ones so that a small cell can't be had by
//! subtraction within a question's table: from the shares of a domain, which sum to 1, and from the domains of a
//! disaggregation, which sum to overall, each alone and all of them together.
//!
//! What is not covered yet: a whole domain withheld for its base may follow from overall and the other domains. To
//! withhold a second domain would take the figures of all men, say, for a handful of others; so the analyst is
//! warned instead ([`Released::warnings`]) and decides. Tables of several questions, hierarchies and earlier
//! releases are not yet looked at together.

#[cfg(test)]
mod audit;
mod rules;
mod sums;
#[cfg(test)]
mod tests;

use crate::error::{Error, Note};
use crate::estimate::Estimate;
use crate::table::{Analysis, Statistic, Table};
use crate::variables::{Category, Domain};
use std::collections::BTreeMap;

/// Thresholds in unweighted respondents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// A smaller base is withheld (DHS: 25).
    pub minimum_base: u64,
    /// A smaller base is marked (DHS: 50).
    pub marked_base: u64,
    /// A cell, or the rest of its base, that is smaller and not empty is withheld.
    pub floor: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            minimum_base: 25,
            marked_base: 50,
            floor: 10,
        }
    }
}

/// The least floor that protects anybody.
const LEAST_FLOOR: u64 = 5;

impl Policy {
    fn check(&self) -> Result<(), Error> {
        if self.floor < LEAST_FLOOR {
            return Err(Error::Policy(format!(
                "a floor of {} respondents a cell protects nobody: {LEAST_FLOOR} is the least, 10 the usual",
                self.floor
            )));
        }
        if self.minimum_base < self.floor {
            return Err(Error::Policy(format!(
                "the minimum base of {} is below the floor of {}: a base is at least as large as its cells",
                self.minimum_base, self.floor
            )));
        }
        Ok(())
    }
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Shown.
    Published,
    /// Shown; the base is small, so read it with caution.
    Marked,
    /// Withheld: too few in the base.
    WithheldBase,
    /// Withheld: too few in the cell, or in the rest of the base.
    WithheldCell,
    /// Withheld so that another can't be computed.
    WithheldComplement,
}

impl Status {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Marked => "marked",
            Self::WithheldBase => "withheld_base",
            Self::WithheldCell => "withheld_cell",
            Self::WithheldComplement => "withheld_complement",
        }
    }

    /// For a person.
    pub fn note(self) -> &'static str {
        match self {
            Self::Published => "",
            Self::Marked => "small base: read with caution",
            Self::WithheldBase => "withheld: too few respondents",
            Self::WithheldCell => "withheld: too few answers",
            Self::WithheldComplement => "withheld to protect another cell",
        }
    }
}

/// Tables that may leave. Only [`protect`] makes one.
#[derive(Debug, Clone)]
pub struct Released {
    survey: String,
    version: String,
    synthetic: bool,
    weighted: bool,
    probability_sample: bool,
    policy: Policy,
    domains: Vec<Domain>,
    tables: Vec<ReleasedTable>,
    warnings: Vec<Note>,
}

/// One question's table that may leave.
#[derive(Debug, Clone)]
pub struct ReleasedTable {
    question: String,
    label: String,
    statistic: Statistic,
    categories: Vec<Category>,
    base: String,
    cells: Vec<ReleasedCell>,
}

/// An estimate, where it may be shown.
#[derive(Debug, Clone, Copy)]
pub struct ReleasedCell {
    /// What became of it.
    pub status: Status,
    /// The estimate where it is shown.
    pub estimate: Option<Estimate>,
}

/// Decides cell by cell what may leave.
///
/// # Errors
/// [`Error::Policy`] where the thresholds protect nobody.
pub fn protect(analysis: Analysis, policy: &Policy) -> Result<Released, Error> {
    policy.check()?;
    let domains = analysis.domains;
    let warnings = warnings(&analysis.tables, &domains, policy);
    let tables = analysis
        .tables
        .into_iter()
        .map(|table| release(table, &domains, policy))
        .collect();
    Ok(Released {
        survey: analysis.survey,
        version: analysis.version,
        synthetic: analysis.synthetic,
        weighted: analysis.weighted,
        probability_sample: analysis.probability_sample,
        policy: *policy,
        domains,
        tables,
        warnings,
    })
}

/// One for each domain, whatever the number of questions.
fn warnings(tables: &[Table], domains: &[Domain], policy: &Policy) -> Vec<Note> {
    let mut small: BTreeMap<(String, String), usize> = BTreeMap::new();
    for table in tables {
        for (by, codes) in rules::exposed(table, domains, policy) {
            for code in codes {
                *small.entry((by.clone(), code)).or_default() += 1;
            }
        }
    }
    let note = |((by, code), questions): ((String, String), usize)| {
        let message = format!(
            "'{code}' is withheld for its small base, but follows from overall less the other domains in {questions} \
             question(s): before you publish, leave out overall or this disaggregation, or merge '{code}' with another"
        );
        Note::new(format!("by {by}"), message)
    };
    small.into_iter().map(note).collect()
}

fn release(table: Table, domains: &[Domain], policy: &Policy) -> ReleasedTable {
    let statuses = rules::statuses(&table, domains, policy);
    let shown = |status| matches!(status, Status::Published | Status::Marked);
    let cells = statuses
        .into_iter()
        .zip(&table.estimates)
        .map(|(status, estimate)| ReleasedCell {
            status,
            estimate: estimate.filter(|_| shown(status)),
        })
        .collect();
    ReleasedTable {
        question: table.question,
        label: table.label,
        statistic: table.statistic,
        categories: table.categories,
        base: table.base,
        cells,
    }
}

impl Released {
    /// Id of the form.
    pub fn survey(&self) -> &str {
        &self.survey
    }

    /// Version of the form.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether any response was invented.
    pub fn synthetic(&self) -> bool {
        self.synthetic
    }

    /// Whether weights were given.
    pub fn weighted(&self) -> bool {
        self.weighted
    }

    /// Whether the sample is a probability sample; otherwise intervals are indicative.
    pub fn probability_sample(&self) -> bool {
        self.probability_sample
    }

    /// The thresholds that decided what is shown; they may be told.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What protection could not settle and the analyst has to; not for publication.
    pub fn warnings(&self) -> &[Note] {
        &self.warnings
    }

    /// Domains of every table.
    pub fn domains(&self) -> &[Domain] {
        &self.domains
    }

    /// One a question.
    pub fn tables(&self) -> &[ReleasedTable] {
        &self.tables
    }
}

impl ReleasedTable {
    /// Key of the question.
    pub fn question(&self) -> &str {
        &self.question
    }

    /// Its label.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Shares or a mean.
    pub fn statistic(&self) -> Statistic {
        self.statistic
    }

    /// Empty for a mean.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Who is in the denominator.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The cell of a domain and a category (0 for a mean).
    pub fn cell(&self, domain: usize, category: usize) -> ReleasedCell {
        self.cells[domain * self.categories.len().max(1) + category]
    }
}
