//! The responses of a survey as the analysis takes them, and what goes with the default questionnaire, whoever makes
//! the tables: the command line or the pages of results.

use crate::running::Rounds;
use crate::store::{State, Store, Stored};
use crate::sync::began_at;
use anyhow::Context;
use baraza_analysis::{FirstPage, Missing, Note, Responses, Variables};
use baraza_forms::{Form, Kind, Node};
use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

/// The questionnaire that ships.
pub const DEFAULT: &str = "community-security";
/// Variables that came with it.
const VARIABLES: &str = include_str!("../../forms/library/community-security/variables.csv");
/// What its report shows first.
const FIRST_PAGE: &str = include_str!("../../forms/library/community-security/report.csv");

/// Key of the question that holds the period of a response, where rounds are periods.
pub const ROUND: &str = "_round";
/// Responses that wait between the database and the columns that they go into.
const WAITING: usize = 1024;

/// Responses, and what is to be told of them.
pub struct Read {
    pub responses: Responses,
    pub notes: Vec<Note>,
    /// How many of them are of each period, where rounds are periods.
    pub periods: BTreeMap<String, u64>,
}

/// Periods that tell rounds apart without a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Version,
    Month,
    Quarter,
    Year,
    /// The survey's own rounds.
    Round,
}

impl Period {
    /// By its word.
    pub fn read(word: &str) -> Option<Self> {
        Some(match word {
            "version" => Self::Version,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            "round" => Self::Round,
            _ => return None,
        })
    }

    /// The period of a response, so that later ones sort after earlier ones; nothing where it is of none.
    pub fn of(self, response: &Stored, rounds: &Rounds) -> Option<String> {
        if self == Self::Round {
            let at = rounds.at(began_at(
                &response.started,
                &response.finished,
                &response.received_at,
            ))?;
            return Some(format!("{:02} {}", at + 1, rounds.all()[at].name));
        }
        Some(self.of_response(response))
    }

    fn of_response(self, response: &Stored) -> String {
        let part = |length: usize| response.started.get(..length).unwrap_or("unknown").to_owned();
        match self {
            Self::Version | Self::Round => response.version.clone(),
            Self::Month => part(7),
            Self::Year => part(4),
            Self::Quarter => {
                let month: Option<u32> = response.started.get(5..7).and_then(|month| month.parse().ok());
                month.map_or_else(|| part(4), |month| format!("{}-Q{}", part(4), month.div_ceil(3)))
            }
        }
    }
}

/// The newest version of a survey's form and its digest.
pub fn newest_form(store: &Store, survey: i64) -> anyhow::Result<(Form, String)> {
    let newest = store.versions(survey)?.into_iter().next();
    let newest = newest.context("the survey has no version")?;
    Ok((newest.form, newest.digest))
}

/// The form with a hidden question for the period of each response.
pub fn with_rounds(form: &Form) -> Form {
    let mut form = form.clone();
    form.nodes.push(Node {
        name: ROUND.to_owned(),
        key: ROUND.to_owned(),
        parent: Some(0),
        kind: Kind::Hidden,
        ..Node::default()
    });
    form
}

/// Finished responses of all versions, read as a form understands them; with a period, that of each among its answers,
/// for which the form has to be one [`with_rounds`]. `tick` is called for each response.
pub fn read(
    store: &Store,
    (survey, form): (i64, &Form),
    with_rejected: bool,
    period: Option<Period>,
    tick: impl Fn() + Send,
) -> anyhow::Result<Read> {
    let (send, receive) = sync_channel(WAITING);
    // Answers go into their columns while the next are read, so that they are never in memory all at once.
    let (responses, reading) = std::thread::scope(|scope| {
        let reading = scope.spawn(move || -> anyhow::Result<Reading> {
            let mut reading = Reading {
                rounds: store.rounds(survey)?,
                ..Reading::default()
            };
            store.each_response(survey, |response| {
                tick();
                if let Some(answers) = reading.take(response, with_rejected, period) {
                    send.send(answers)?;
                }
                Ok(())
            })?;
            Ok(reading)
        });
        (Responses::from_answers(form, receive.iter()), reading.join())
    });
    let reading = reading.map_err(|_| anyhow::anyhow!("the responses could not be read"))??;
    let mut responses = responses?;
    responses.synthetic = reading.synthetic;
    responses.left_out = reading.left_out;
    responses.refused = reading.refused;
    responses.rejected = reading.rejected;
    let notes = responses.left_out_notes();
    Ok(Read {
        responses,
        notes,
        periods: reading.periods,
    })
}

/// What is counted while responses are read.
#[derive(Default)]
struct Reading {
    synthetic: bool,
    left_out: usize,
    refused: usize,
    rejected: usize,
    periods: BTreeMap<String, u64>,
    rounds: Rounds,
}

impl Reading {
    /// The answers of a response, where it counts.
    fn take(
        &mut self,
        mut response: Stored,
        with_rejected: bool,
        period: Option<Period>,
    ) -> Option<serde_json::Map<String, serde_json::Value>> {
        self.synthetic |= response.synthetic;
        if response.state == State::Rejected && !with_rejected {
            self.rejected += 1;
            return None;
        }
        if response.outcome != "complete" {
            self.left_out += 1;
            self.refused += usize::from(response.outcome == "refused");
            return None;
        }
        if let Some(name) = period.and_then(|period| period.of(&response, &self.rounds)) {
            *self.periods.entry(name.clone()).or_default() += 1;
            response.answers.insert(ROUND.to_owned(), name.into());
        }
        Some(response.answers)
    }
}

/// Adds the variables that came with the default questionnaire, where the form is one.
pub fn add_default_variables(form: &Form, variables: &mut Variables) -> anyhow::Result<Vec<Note>> {
    if form.id != DEFAULT {
        return Ok(Vec::new());
    }
    Ok(variables.add(VARIABLES.as_bytes(), Missing::IsLeftOut)?)
}

/// No variables beyond the form's.
pub fn no_variables(form: &Form) -> anyhow::Result<Variables> {
    let (variables, _) = Variables::read(form, "variable,make\n".as_bytes(), Missing::IsAnError)?;
    Ok(variables)
}

/// What the report shows first: the list that came with the default questionnaire; otherwise questions come in their
/// order.
pub fn first_page(form: &Form) -> anyhow::Result<FirstPage> {
    Ok(if form.id == DEFAULT {
        FirstPage::from_csv(FIRST_PAGE.as_bytes())?
    } else {
        FirstPage::default()
    })
}
