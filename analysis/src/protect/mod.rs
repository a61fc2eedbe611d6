//! The one door: what may leave of an analysis.
//!
//! Cells are withheld for being small (`primary`), and further ones so that a small cell can't be had from the sums
//! of what is shown (`settle`): the shares of a domain sum to 1, the domains of a disaggregation to overall, lower
//! levels of a hierarchy to the higher one, crossed domains to each of their sides. Bases count as known to readers
//! in every question, since they are published; so the tables of two questions tie each other's counts only where
//! the analysis says so, and each group of tables that are tied is settled alone.
//!
//! A domain withheld for its base follows from overall less the others. There overall is rounded, rather than the
//! figures of others withheld (`round`). How many there are in a domain is not hidden: it is what they said.
//!
//! Those in no domain of a disaggregation, who did not answer the question that divides, are never shown either,
//! and are no group that anybody could be recognised in: what overall less all domains tells of them is left.
//!
//! What is small, by unweighted respondents, and what readers may know of it:
//!
//! | cell | withheld | has to be held possible |
//! | --- | --- | --- |
//! | 1 to floor - 1 respondents | always | 1 to floor - 1 |
//! | all but 1 to floor - 1 | always | the same of the rest |
//! | none, or all | where the question is sensitive, unless nobody at all said it | 0 to floor - 1 |
//! | base under the minimum | always | 0 to floor - 1 for each small cell |
//! | a mean of few | base under the floor, or fewer than 5 carry the sum | half of the floor to either side |
//!
//! The interval is the one that the rule of withholding itself tells, so that sums tell nothing beyond it; and where
//! bases and empty cells, which nothing hides, tell more of it already, sums tell nothing beyond these.

mod differences;
mod domains;
mod earlier;
mod primary;
mod programs;
mod release;
mod round;
mod settle;
mod sums;
#[cfg(test)]
mod tests;

pub use earlier::Earlier;

use crate::compare::Comparison;
use crate::error::{Error, Note};
use crate::estimate::Estimate;
use crate::findings::Findings;
use crate::table::{Analysis, Statistic, Table, View};
use crate::variables::{Category, Domain};
use earlier::Before;
use release::{Decision, Fate};

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
    /// Shown, but rounded: exact, it would give away a small group. The count behind it is less than the floor away,
    /// and the interval is wider by that.
    Rounded,
    /// Withheld: too few in the base.
    WithheldBase,
    /// Withheld: too few in the cell or in the rest of the base, or so that such a cell can't be computed. One word
    /// for both, since the difference would tell how many.
    WithheldCell,
    /// Withheld: together with an earlier release it would tell of too few.
    WithheldEarlier,
}

impl Status {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Marked => "marked",
            Self::Rounded => "rounded",
            Self::WithheldBase => "withheld_base",
            Self::WithheldCell => "withheld_cell",
            Self::WithheldEarlier => "withheld_earlier",
        }
    }

    /// For a person.
    pub fn note(self) -> &'static str {
        match self {
            Self::Published => "",
            Self::Marked => "small base: read with caution",
            Self::Rounded => "rounded, to protect a small group",
            Self::WithheldBase => "withheld: too few respondents",
            Self::WithheldCell => "withheld: too few answers, here or in a cell that would follow",
            Self::WithheldEarlier => "withheld: too few answers since an earlier release",
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
    findings: Findings,
    warnings: Vec<Note>,
    audit: Audit,
}

/// What protection did to a release, in cells; means and shares alike.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audit {
    /// All cells, those without respondents included.
    pub cells: usize,
    /// Withheld for what they are.
    pub primary: usize,
    /// Withheld so that others can't be computed.
    pub complementary: usize,
    /// Shown rounded.
    pub rounded: usize,
    /// Counts that must not be told to within their interval: withheld cells, and rests of sums.
    pub protected: usize,
    /// Of these, such as follow from what everybody knows whatever is withheld; there is a warning for each.
    pub open: usize,
    /// Linear programmes solved.
    pub programmes: usize,
}

/// One question's table that may leave.
#[derive(Debug, Clone)]
pub struct ReleasedTable {
    question: String,
    label: String,
    source: String,
    view: View,
    own_bases: bool,
    sensitive: bool,
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

impl ReleasedCell {
    /// Whether the estimate is shown as it is, so that what is drawn from it may be shown as well.
    pub fn is_exact(&self) -> bool {
        self.estimate.is_some() && matches!(self.status, Status::Published | Status::Marked)
    }
}

/// Decides cell by cell what may leave.
///
/// # Errors
/// [`Error::Policy`] where the thresholds protect nobody.
pub fn protect(analysis: Analysis, policy: &Policy) -> Result<Released, Error> {
    protect_beside(analysis, policy, &[], &mut |_, _| {})
}

/// Decides cell by cell what may leave beside what was released before.
///
/// `progress` is called with the groups of tied tables that are done, and their number.
///
/// # Errors
/// [`Error::Policy`] where the thresholds protect nobody.
pub fn protect_beside(
    analysis: Analysis,
    policy: &Policy,
    earlier: &[Earlier],
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Released, Error> {
    policy.check()?;
    let before = Before {
        earlier,
        domains: &analysis.domains,
        weighted: analysis.weighted,
    };
    let decision = release::decide(
        &analysis,
        &analysis.relations,
        (policy, &before),
        release::Extent::Whole,
        progress,
    );
    Ok(released(analysis, decision, policy))
}

fn released(analysis: Analysis, decision: Decision, policy: &Policy) -> Released {
    let tables = analysis.tables.into_iter().zip(decision.fates);
    let tables: Vec<ReleasedTable> = tables
        .map(|(table, fates)| released_table(table, &fates, policy))
        .collect();
    let is_exact =
        |table: usize, domain: usize, category: usize| tables[table].cell(domain, category).is_exact();
    let from_shown = |found: &Comparison| {
        differences::from_shown(found, &tables[found.table], policy, decision.audit.cells)
    };
    let width = |table: usize| tables[table].categories.len().max(1);
    let findings = analysis.findings.kept(&is_exact, &width, &from_shown);
    Released {
        survey: analysis.survey,
        version: analysis.version,
        synthetic: analysis.synthetic,
        weighted: analysis.weighted,
        probability_sample: analysis.probability_sample,
        policy: *policy,
        domains: analysis.domains,
        tables,
        findings,
        warnings: decision.warnings,
        audit: decision.audit,
    }
}

fn released_table(table: Table, fates: &[Fate], policy: &Policy) -> ReleasedTable {
    let cell = |(fate, estimate): (&Fate, &Option<Estimate>)| {
        let estimate = match fate.status {
            Status::Published | Status::Marked => *estimate,
            Status::Rounded => estimate.and_then(|estimate| match table.statistic {
                Statistic::Proportion => Some(round::share(&estimate, fate.rounded, policy.floor)),
                Statistic::Mean => round::mean(&estimate, policy.floor),
            }),
            Status::WithheldBase | Status::WithheldCell | Status::WithheldEarlier => None,
        };
        ReleasedCell {
            status: fate.status,
            estimate,
        }
    };
    ReleasedTable {
        cells: fates.iter().zip(&table.estimates).map(cell).collect(),
        question: table.question,
        label: table.label,
        source: table.source,
        view: table.view,
        own_bases: table.own_bases,
        sensitive: table.sensitive,
        statistic: table.statistic,
        categories: table.categories,
        base: table.base,
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

    /// What protection did that changes figures, and what it could not settle; for the analyst, not for publication.
    pub fn warnings(&self) -> &[Note] {
        &self.warnings
    }

    /// What protection did.
    pub fn audit(&self) -> Audit {
        self.audit
    }

    /// What is drawn from the cells that are shown.
    pub fn findings(&self) -> &Findings {
        &self.findings
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

    /// Key of the question that the table is made from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it shows of the question.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Whether each category has a base of its own, so that n differs within a domain.
    pub fn own_bases(&self) -> bool {
        self.own_bases
    }

    /// Whether it is made of answers that can harm who gives them.
    pub fn sensitive(&self) -> bool {
        self.sensitive
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
