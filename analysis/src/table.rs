//! Tables of estimates, not yet fit to leave.

use crate::compare::{self, Found};
use crate::declared::Variables;
use crate::design::{Design, Sampling};
use crate::error::{Error, Note};
use crate::estimate::{Estimate, Interval, estimates, of_tally};
use crate::findings::Findings;
use crate::rank::{self, Order};
use crate::responses::Responses;
use crate::tally::{Classes, DomainColumns, Measure, Tally};
use crate::threads::in_parallel_with;
use crate::variables::{BasePolicy, Category, Domain, Domains, measure};
use crate::{further, levels, relations};
use baraza_forms::{Kind, NodeId, Role};
use serde::{Deserialize, Serialize};

/// What is asked of an analysis.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Language of labels, by its position in the form's languages.
    pub language: usize,
    /// Whether don't know and prefer not to say are in the base.
    pub base: BasePolicy,
    /// Disaggregations besides gender, age and group: roles, or keys of select-one questions, or several crossed:
    /// `gender*age`.
    pub by: Vec<String>,
    /// The sample was drawn with known probabilities; otherwise every interval says 'indicative'.
    pub probability_sample: bool,
    /// Margins the weights are calibrated to, their trimming, and strata of one PSU.
    pub sampling: Sampling,
    /// How intervals of shares are made.
    pub interval: Interval,
    /// Derived variables, bases by question, levels of areas and further tables. The responses have to be what
    /// [`Variables::derive`] made of them.
    pub variables: Variables,
    /// Which domains are compared with which; `None` compares none.
    pub compare: Option<compare::Options>,
}

impl Options {
    /// Who is in the base of a question.
    pub(crate) fn base_of(&self, key: &str) -> BasePolicy {
        self.variables.bases.get(key).copied().unwrap_or(self.base)
    }
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

/// What a table shows of its question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// The answers, or their mean.
    Answers,
    /// Of a rank: what was put first.
    First,
    /// Of a rank: what is among the first so many.
    Top(usize),
    /// Of a rank: the mean place from 1, of each choice among those who ranked it.
    MeanRank,
    /// The answers of those who gave an answer to another question.
    Among {
        /// Key of the other question.
        question: String,
        /// Code of the answer.
        code: String,
    },
    /// Pairs of answers that were given together.
    Together,
    /// One category for each thing asked about, each among those who were asked about it.
    EachOf,
}

/// Estimates of one question over all domains.
#[derive(Debug, Clone)]
pub struct Table {
    /// Key of the question, and for what else is made of a question its key and a word: `threats_top.first`.
    pub question: String,
    /// Its label.
    pub label: String,
    /// Key of the question that the table is made from.
    pub source: String,
    /// What it shows.
    pub view: View,
    /// Shares or a mean.
    pub statistic: Statistic,
    /// Whether each respondent is in one category, so that shares of a domain sum to 1.
    pub exclusive: bool,
    /// Whether each category has a base of its own, so that n differs within a domain.
    pub own_bases: bool,
    /// Whether an answer can harm who gave it: the form says so.
    pub sensitive: bool,
    /// Empty for a mean, but not for mean ranks.
    pub categories: Vec<Category>,
    /// Who is in the denominator, for a person.
    pub base: String,
    /// By domain × category, the category running fastest; `None` without a base. The `count` of a mean is its n, that
    /// of a mean rank the smallest number of respondents at one of the places.
    pub estimates: Vec<Option<Estimate>>,
}

impl Table {
    /// Cells a domain has.
    pub fn width(&self) -> usize {
        self.categories.len().max(1)
    }
}

/// A category of a table, by positions: the table's in the analysis, and the category's in the table.
pub type Part = (usize, usize);

/// In every domain, who is counted in the parts is counted once, and in the whole as well. How many of the whole are
/// in no part stands in no table; it is what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What contains the parts.
    pub whole: Part,
    /// What is contained.
    pub parts: Vec<Part>,
}

/// Tables that are read side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The name it was declared by.
    pub key: String,
    /// For a person.
    pub label: String,
    /// Why they belong together.
    pub shows: Shows,
    /// Positions of the tables.
    pub tables: Vec<usize>,
}

/// Why tables belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// One question after several targets, to be read by who answers.
    Matrix,
    /// One question's answers among those who answered another in each way.
    Cross,
    /// The same question on several things, with who has them at all.
    Each,
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
    /// Those of questions, in the form's order, then those declared.
    pub tables: Vec<Table>,
    /// What sums over several tables hold.
    pub relations: Vec<Relation>,
    /// What is drawn from the tables.
    pub findings: Findings,
    /// The areas of the sample, where the form has the role: what rounds have to share.
    pub areas: Vec<String>,
    /// What the analyst should know.
    pub notes: Vec<Note>,
}

/// Responses with their design and domains: what tables are made from.
pub(crate) struct Sample<'a> {
    pub responses: &'a Responses,
    pub design: &'a Design,
    pub domains: &'a Domains,
    pub options: &'a Options,
    /// What all tallies share; `None` where a tally does not hold all that variances need.
    classes: Option<Classes<'a>>,
}

impl<'a> Sample<'a> {
    pub fn new(
        responses: &'a Responses,
        (design, domains): (&'a Design, &'a Domains),
        options: &'a Options,
    ) -> Self {
        Self {
            responses,
            design,
            domains,
            options,
            classes: design.is_simple().then(|| domains.classes(design)),
        }
    }

    /// The tally of a measure; `None` where it would not hold all that variances need.
    pub fn tally(&self, measure: &Measure, categories: usize) -> Option<Tally> {
        let classes = self.classes.as_ref()?;
        Some(Tally::over(classes, measure, categories))
    }

    /// Where respondents are.
    pub fn columns(&self) -> DomainColumns<'_> {
        self.domains.columns()
    }

    /// Shares of categories, or the mean of a number, in all domains; the category runs fastest.
    pub fn estimates(&self, measure: &Measure, categories: usize) -> Vec<Option<Estimate>> {
        let interval = self.options.interval;
        match self.tally(measure, categories) {
            Some(tally) => of_tally(&tally, matches!(measure, Measure::Number(_)), interval),
            None => estimates(self.design, self.columns(), measure, categories, interval),
        }
    }

    /// The measure of a question and its categories.
    pub fn measure(&self, id: NodeId, notes: &mut Vec<Note>) -> Result<(Measure, Vec<Category>), Error> {
        let policy = self.options.base_of(&self.responses.form().nodes[id].key);
        measure(
            self.responses,
            self.design,
            (id, self.options.language),
            policy,
            notes,
        )
    }

    /// The question of a key.
    pub fn question(&self, key: &str) -> Result<NodeId, Error> {
        let found = self.responses.form().by_key(key);
        found.ok_or_else(|| Error::NotDerived { key: key.to_owned() })
    }

    /// Its label.
    pub fn label(&self, id: NodeId) -> String {
        self.responses.form().label(self.options.language, id)
    }
}

/// Tables as they are made.
pub(crate) struct Maker<'a> {
    pub sample: &'a Sample<'a>,
    pub tables: Vec<Table>,
    pub orders: Vec<Order>,
    pub found: Found,
    pub notes: Vec<Note>,
}

impl<'a> Maker<'a> {
    /// Without a table.
    pub fn new(sample: &'a Sample<'a>) -> Self {
        Self {
            sample,
            tables: Vec::new(),
            orders: Vec::new(),
            found: Found::default(),
            notes: Vec::new(),
        }
    }

    /// Puts the tables of another behind one's own, with all that was found in them.
    pub fn join(&mut self, other: Self) {
        let first = self.tables.len();
        self.tables.extend(other.tables);
        let moved = |order: Order| Order {
            table: first + order.table,
            ..order
        };
        self.orders.extend(other.orders.into_iter().map(moved));
        self.found.join(other.found, first);
        self.notes.extend(other.notes);
    }

    /// Fills a table with the estimates of a measure, compares its domains, and adds it.
    pub fn add(&mut self, table: Table, measure: &Measure) {
        let estimates = self.sample.estimates(measure, table.width());
        let table = Table { estimates, ..table };
        if let Some(compare) = &self.sample.options.compare {
            let at = self.tables.len();
            self.found.look(self.sample, compare, (at, &table), measure);
        }
        self.tables.push(table);
    }
}

/// Makes the tables of every select, rank and number question outside of repeats, and those that are declared.
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
    let design = options.sampling.design(responses, &mut notes)?;
    let by = levels::with_levels(&options.by, &options.variables.levels);
    let mut domains = Domains::of(responses, &design, options.language, &by)?;
    levels::fill(&mut domains, responses, &options.variables.levels)?;
    let sample = Sample::new(responses, (&design, &domains), options);
    let questions: Vec<NodeId> = (1..form.nodes.len())
        .filter(|&id| is_analysed(&sample, id))
        .collect();
    let mut maker = Maker::new(&sample);
    maker.notes = notes;
    progress(0, questions.len());
    let made = in_parallel_with(
        questions.len(),
        |at| question(&sample, questions[at]),
        |done| progress(done, questions.len()),
    );
    for made in made {
        maker.join(made?);
    }
    let sections = further::add(&mut maker)?;
    let correction = options.compare.as_ref().map(|compare| compare.correction);
    let (tests, comparisons) = maker.found.finish(correction.unwrap_or_default());
    let (tables, orders, mut notes) = (maker.tables, maker.orders, maker.notes);
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
        relations: relations::of(&options.variables, &tables),
        areas: levels::areas(responses)?,
        domains: domains.domains,
        tables,
        findings: Findings {
            tests,
            comparisons,
            orders,
            sections,
            fieldwork: responses.fieldwork(),
        },
        notes,
    })
}

/// Consent is the same for all who count, and the design is no result.
pub(crate) fn is_analysed(sample: &Sample<'_>, id: NodeId) -> bool {
    let form = sample.responses.form();
    let node = &form.nodes[id];
    let is_design = matches!(
        node.role,
        Some(
            Role::Consent
                | Role::Weight
                | Role::Stratum
                | Role::Psu
                | Role::PsuPopulation
                | Role::Ssu
                | Role::SsuPopulation
        )
    );
    let kind = node.kind.is_choice() || node.kind.is_number();
    let wanted = !sample.options.variables.untabled.contains(&node.key);
    kind && wanted && !is_design && form.repeats_around(id).is_empty()
}

/// The tables of one question.
fn question<'a>(sample: &'a Sample<'a>, id: NodeId) -> Result<Maker<'a>, Error> {
    let mut maker = Maker::new(sample);
    if sample.responses.form().nodes[id].kind == Kind::Rank {
        rank::add(&mut maker, id)?;
    } else {
        add(&mut maker, id)?;
    }
    Ok(maker)
}

fn add(maker: &mut Maker<'_>, id: NodeId) -> Result<(), Error> {
    let sample = maker.sample;
    let node = &sample.responses.form().nodes[id];
    let (measure, categories) = sample.measure(id, &mut maker.notes)?;
    let is_number = matches!(measure, Measure::Number(_));
    let table = Table {
        question: node.key.clone(),
        label: sample.label(id),
        source: node.key.clone(),
        view: View::Answers,
        statistic: if is_number {
            Statistic::Mean
        } else {
            Statistic::Proportion
        },
        exclusive: matches!(measure, Measure::One(_)),
        own_bases: false,
        sensitive: node.sensitive,
        estimates: Vec::new(),
        categories,
        base: base(&measure, sample.options.base_of(&node.key)),
    };
    maker.add(table, &measure);
    Ok(())
}

/// What a base policy is for a person.
pub(crate) fn passes(policy: BasePolicy) -> &'static str {
    match policy {
        BasePolicy::Answering => "don't know and prefer not to say included",
        BasePolicy::Substantive => "don't know and prefer not to say left out",
    }
}

/// Who is in the denominator.
pub(crate) fn base(measure: &Measure, policy: BasePolicy) -> String {
    let passes = passes(policy);
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
