//! Tables of estimates, not yet fit to leave.

use crate::design::Design;
use crate::error::{Error, Note};
use crate::estimate::{Estimate, means, proportions};
use crate::responses::Responses;
use crate::tally::{Classes, Measure, Tally};
use crate::threads::in_parallel_with;
use crate::variables::{BasePolicy, Category, Domain, Domains, measure};
use baraza_forms::{Kind, NodeId, Role};
use serde::{Deserialize, Serialize};

/// What is asked of an analysis.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Language of labels, by its position in the form's languages.
    pub language: usize,
    /// Whether don't know and prefer not to say are in the base.
    pub base: BasePolicy,
    /// Disaggregations besides gender, age and group: roles, or keys of select-one questions.
    pub by: Vec<String>,
    /// The sample was drawn with known probabilities; otherwise every interval says 'indicative'.
    pub probability_sample: bool,
}

/// Shares of categories, or a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// A share from 0 to 1.
    Proportion,
    /// In the question's unit.
    Mean,
}

/// Estimates of one question over all domains.
#[derive(Debug, Clone)]
pub struct Table {
    /// Key of the question.
    pub question: String,
    /// Its label.
    pub label: String,
    /// Shares or a mean.
    pub statistic: Statistic,
    /// Whether each respondent is in one category, so that shares of a domain sum to 1.
    pub exclusive: bool,
    /// Whether an answer can harm who gave it: the form says so.
    pub sensitive: bool,
    /// Empty for a mean.
    pub categories: Vec<Category>,
    /// Who is in the denominator, for a person.
    pub base: String,
    /// By domain × category, the category running fastest; `None` without a base.
    pub estimates: Vec<Option<Estimate>>,
}

impl Table {
    /// Cells a domain has.
    pub fn width(&self) -> usize {
        self.categories.len().max(1)
    }
}

/// All tables of a survey. Holds small cells: only what `protect` makes of it may leave.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// Id of the form.
    pub survey: String,
    /// Version of the form.
    pub version: String,
    /// Any response was invented.
    pub synthetic: bool,
    /// Weights were given.
    pub weighted: bool,
    /// The sample is a probability sample.
    pub probability_sample: bool,
    /// Domains of every table, in the order of its rows.
    pub domains: Vec<Domain>,
    /// One a question, in the form's order.
    pub tables: Vec<Table>,
    /// What the analyst should know.
    pub notes: Vec<Note>,
}

/// Makes the tables of every select-one, select-multiple and number question outside of repeats.
///
/// `progress` is called with the questions done and their number.
///
/// # Errors
/// What is asked for does not fit the form, or a column can't be read.
pub fn analyse(
    responses: &Responses,
    options: &Options,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Analysis, Error> {
    let form = responses.form();
    let mut notes = Vec::new();
    let design = Design::of(responses, &mut notes)?;
    let domains = Domains::of(responses, &design, options.language, &options.by)?;
    let classes = domains.classes(&design);
    let questions: Vec<NodeId> = (1..form.nodes.len())
        .filter(|&id| is_analysed(responses, id))
        .collect();
    progress(0, questions.len());
    let made = in_parallel_with(
        questions.len(),
        |at| {
            let mut notes = Vec::new();
            let table = table(responses, (&design, &classes), questions[at], options, &mut notes);
            table.map(|table| (table, notes))
        },
        |done| progress(done, questions.len()),
    );
    let mut tables = Vec::new();
    for made in made {
        let (table, more) = made?;
        tables.push(table);
        notes.extend(more);
    }
    if design.is_empty() {
        let message = "no response counts, so that every table is empty: all are left out, rejected, or have a weight \
                       of 0 or less";
        notes.push(Note::new("", message));
    }
    if design.degrees_of_freedom() == 0 && !design.is_empty() {
        notes.push(Note::new(
            "",
            "the design has no degree of freedom (one cluster a stratum), so there is no standard error",
        ));
    }
    Ok(Analysis {
        survey: form.id.clone(),
        version: form.version.clone(),
        synthetic: responses.synthetic,
        weighted: design.weighted(),
        probability_sample: options.probability_sample,
        domains: domains.domains,
        tables,
        notes,
    })
}

/// Consent is the same for all who count, and the design is no result.
pub(crate) fn is_analysed(responses: &Responses, id: NodeId) -> bool {
    let node = &responses.form().nodes[id];
    let is_design = matches!(
        node.role,
        Some(Role::Consent | Role::Weight | Role::Stratum | Role::Psu)
    );
    let kind = matches!(node.kind, Kind::SelectOne | Kind::SelectMultiple) || node.kind.is_number();
    kind && !is_design && responses.form().repeats_around(id).is_empty()
}

fn table(
    responses: &Responses,
    (design, classes): (&Design, &Classes<'_>),
    id: NodeId,
    options: &Options,
    notes: &mut Vec<Note>,
) -> Result<Table, Error> {
    let form = responses.form();
    let (measure, categories) = measure(responses, design, (id, options.language), options.base, notes)?;
    let tally = Tally::over(classes, &measure, categories.len().max(1));
    let is_number = matches!(measure, Measure::Number(_));
    Ok(Table {
        question: form.nodes[id].key.clone(),
        label: form.label(options.language, id),
        statistic: if is_number {
            Statistic::Mean
        } else {
            Statistic::Proportion
        },
        exclusive: matches!(measure, Measure::One(_)),
        sensitive: form.nodes[id].sensitive,
        estimates: if is_number {
            means(&tally)
        } else {
            proportions(&tally)
        },
        categories,
        base: base(&measure, options.base),
    })
}

/// Who is in the denominator, for a person.
pub(crate) fn base(measure: &Measure, policy: BasePolicy) -> String {
    let passes = match policy {
        BasePolicy::Answering => "don't know and prefer not to say included",
        BasePolicy::Substantive => "don't know and prefer not to say left out",
    };
    match measure {
        Measure::Number(_) => "gave a number; don't know and prefer not to say left out".to_owned(),
        Measure::One(_) => format!("asked and answered; {passes}"),
        Measure::Several { .. } => {
            format!(
                "asked and answered; {passes}; several answers possible, so shares can exceed 100 % together"
            )
        }
    }
}
