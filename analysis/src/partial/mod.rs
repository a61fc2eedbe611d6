//! Tallies of a whole survey in a file: what two offices put together without putting their answers together.
//!
//! Tallies are exact where no PSU is split between files: sums of A, B, A², AB and B² over PSUs just add up. Strata and
//! domains are matched by name. A file holds sums of small groups and the names of clusters, so it is as confidential
//! as the answers are; only what `protect` makes of the added tallies may leave.
//!
//! Answers that a question's list does not have are one category in a tally: whether one of them is frequent enough to
//! be named could only be told from all files, and its squares can't be taken apart afterwards. The values of a
//! disaggregation without a list are named where they are frequent in the file; where the same value may be hidden
//! among the rare ones of another file, adding is refused.

mod unite;

use crate::design::Design;
use crate::error::{Error, Note};
use crate::estimate::{Interval, of_tally};
use crate::findings::Findings;
use crate::levels;
use crate::responses::Responses;
use crate::table::{Analysis, Options, Sample, Statistic, Table, View, base, is_analysed};
use crate::tally::{Measure, Tally};
use crate::variables::{BasePolicy, Category, Domain, Domains};
use baraza_forms::{Kind, NodeId, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Read, Write};

/// What tells a file of tallies from others.
const FORMAT: &str = "baraza tally";

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The tallies of all questions of a survey, with what is needed to label and to add them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveyTally {
    format: String,
    format_version: u32,
    /// Id of the form.
    survey: String,
    /// Version of the form.
    form_version: String,
    /// Language of the labels, by its tag.
    language: String,
    base: BasePolicy,
    by: Vec<String>,
    synthetic: bool,
    weighted: bool,
    /// Respondents who count; unweighted.
    respondents: u64,
    strata: Vec<Stratum>,
    domains: Vec<Domain>,
    tables: Vec<Question>,
}

/// A stratum, in the order of the tallies' strata.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stratum {
    name: String,
    /// Names of its PSUs, as far as they have any.
    psus: Vec<String>,
}

/// The tally of one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Question {
    key: String,
    label: String,
    statistic: Statistic,
    exclusive: bool,
    sensitive: bool,
    categories: Vec<Category>,
    base: String,
    tally: Tally,
}

impl SurveyTally {
    /// Tallies every select-one, select-multiple and number question outside of repeats.
    ///
    /// `progress` is called with the questions done and their number.
    ///
    /// # Errors
    /// What is asked for does not fit the form.
    pub fn of(
        responses: &Responses,
        options: &Options,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(Self, Vec<Note>), Error> {
        let mut notes = Vec::new();
        let responses = &responses.listed_only(&mut notes);
        let form = responses.form();
        let design = options.sampling.design(responses, &mut notes)?;
        let levels = &options.variables.levels;
        let by = levels::with_levels(&options.by, levels);
        let mut domains = Domains::of(responses, &design, options.language, &by)?;
        levels::fill(&mut domains, responses, levels)?;
        let sample = Sample::new(responses, (&design, &domains), options);
        // The order of ranks is no sum of respondents in categories.
        let is_tallied = |&id: &NodeId| is_analysed(&sample, id) && form.nodes[id].kind != Kind::Rank;
        let questions: Vec<NodeId> = (1..form.nodes.len()).filter(is_tallied).collect();
        let mut tables = Vec::new();
        for (done, &id) in questions.iter().enumerate() {
            progress(done, questions.len());
            let (measure, categories) = sample.measure(id, &mut notes)?;
            let is_number = matches!(measure, Measure::Number(_));
            let key = &form.nodes[id].key;
            tables.push(Question {
                key: key.clone(),
                label: sample.label(id),
                statistic: if is_number {
                    Statistic::Mean
                } else {
                    Statistic::Proportion
                },
                exclusive: matches!(measure, Measure::One(_)),
                sensitive: form.nodes[id].sensitive,
                base: base(&measure, options.base_of(key)),
                tally: sample
                    .tally(&measure, categories.len().max(1))
                    .ok_or_else(not_simple)?,
                categories,
            });
        }
        progress(questions.len(), questions.len());
        let tally = Self {
            format: FORMAT.to_owned(),
            format_version: VERSION,
            survey: form.id.clone(),
            form_version: form.version.clone(),
            language: form.languages[options.language].tag.clone(),
            base: options.base,
            by,
            synthetic: responses.synthetic,
            weighted: design.weighted(),
            respondents: design.len() as u64,
            strata: strata(responses, &design)?,
            domains: domains.domains.clone(),
            tables,
        };
        Ok((tally, notes))
    }

    /// Reads a tally that [`SurveyTally::write`] wrote.
    ///
    /// # Errors
    /// [`Error::Tallies`] where it is none, is cut off, or is of another version.
    pub fn read(mut reader: impl Read) -> Result<Self, Error> {
        let mut text = String::new();
        reader
            .read_to_string(&mut text)
            .map_err(|error| Error::Tallies(format!("the tally can't be read: {error}")))?;
        let tally: Self = serde_json::from_str(&text).map_err(|error| {
            let why = format!(
                "this is no tally of 'baraza analyse --write-tally', or it is cut off ({error}): write or copy it again"
            );
            Error::Tallies(why)
        })?;
        if tally.format != FORMAT || tally.format_version != VERSION {
            let why = format!(
                "the tally is of version {}, and this Baraza reads version {VERSION}: use the same Baraza at both ends",
                tally.format_version
            );
            return Err(Error::Tallies(why));
        }
        tally.check()?;
        Ok(tally)
    }

    /// Writes the tally as JSON. It is as confidential as the answers.
    ///
    /// # Errors
    /// [`Error::Tallies`] where the writer fails.
    pub fn write(&self, writer: impl Write) -> Result<(), Error> {
        serde_json::to_writer(writer, self)
            .map_err(|error| Error::Tallies(format!("the tally can't be written: {error}")))
    }

    /// Adds the tally of other PSUs of the same survey.
    ///
    /// # Errors
    /// [`Error::Tallies`] where the two are of different forms or options, where a cluster is in both, and where a value
    /// that one names may be among the rare values of the other.
    pub fn add(&mut self, other: &Self) -> Result<(), Error> {
        unite::fits(self, other)?;
        *self = unite::united(self, other)?;
        Ok(())
    }

    /// Respondents who count.
    pub fn respondents(&self) -> u64 {
        self.respondents
    }

    /// The tables of the survey, not yet fit to leave.
    pub fn analysis(self, probability_sample: bool, interval: Interval) -> Analysis {
        let mut notes = Vec::new();
        let estimable = |table: &Question| table.tally.strata.iter().any(|stratum| stratum.psus > 1);
        if self.respondents > 0 && !self.tables.iter().any(estimable) {
            let message =
                "the design has no degree of freedom (one cluster a stratum), so there is no standard error";
            notes.push(Note::new("", message));
        }
        Analysis {
            survey: self.survey,
            version: self.form_version,
            synthetic: self.synthetic,
            weighted: self.weighted,
            probability_sample,
            domains: self.domains,
            tables: self
                .tables
                .into_iter()
                .map(|question| question.table(interval))
                .collect(),
            relations: Vec::new(),
            findings: Findings::default(),
            areas: Vec::new(),
            notes,
        }
    }

    /// A file that was changed by hand must not end in a panic.
    fn check(&self) -> Result<(), Error> {
        let fits = |question: &Question| {
            let tally = &question.tally;
            let cells = tally.domains * tally.categories;
            let stratum = |s: &crate::tally::StratumSums| {
                [&s.a, &s.aa, &s.ab].iter().all(|sums| sums.len() == cells)
                    && [&s.b, &s.bb].iter().all(|sums| sums.len() == tally.domains)
                    && s.present.len() == tally.domains
            };
            tally.domains == self.domains.len()
                && tally.categories == question.categories.len().max(1)
                && tally.strata.len() == self.strata.len()
                && tally.strata.iter().all(stratum)
                && tally.base.len() == tally.domains
                && tally.weight_squares.len() == tally.domains
                && tally.count.len() == cells
                && tally.squares.len() == cells
        };
        match self.tables.iter().find(|question| !fits(question)) {
            None => Ok(()),
            Some(question) => Err(Error::Tallies(format!(
                "the tally is damaged: the sums of '{}' do not fit its domains and categories; write it again",
                question.key
            ))),
        }
    }
}

impl Question {
    fn table(self, interval: Interval) -> Table {
        let is_number = self.statistic == Statistic::Mean;
        Table {
            estimates: of_tally(&self.tally, is_number, interval),
            source: self.key.clone(),
            view: View::Answers,
            own_bases: false,
            question: self.key,
            label: self.label,
            statistic: self.statistic,
            exclusive: self.exclusive,
            sensitive: self.sensitive,
            categories: self.categories,
            base: self.base,
        }
    }
}

fn not_simple() -> Error {
    let why = "this design needs more than a tally holds (second stages, calibrated weights, or lonely strata treated \
               otherwise than by default): tables have to be made from the responses";
    Error::Tallies(why.to_owned())
}

/// The strata of a design with their PSUs, by the names that the responses have for them.
fn strata(responses: &Responses, design: &Design) -> Result<Vec<Stratum>, Error> {
    let names = |role: Role| responses.key_of(role).map(|key| responses.coded(key)).transpose();
    let (stratum_names, psu_names) = (names(Role::Stratum)?, names(Role::Psu)?);
    let mut strata: BTreeMap<usize, Stratum> = BTreeMap::new();
    for psu in 0..design.psus() {
        let row = design.order()[design.rows_of(psu).start] as usize;
        let stratum = strata.entry(design.stratum_of(psu)).or_insert_with(|| Stratum {
            name: stratum_names
                .as_ref()
                .and_then(|names| names.get(row))
                .unwrap_or_default()
                .to_owned(),
            psus: Vec::new(),
        });
        let name = psu_names.as_ref().and_then(|names| names.get(row));
        stratum.psus.extend(name.map(str::to_owned));
    }
    Ok(strata.into_values().collect())
}
