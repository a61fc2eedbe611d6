//! `baraza analyse`

use super::analyse_out::{Formats, Source};
use super::import::form_from;
use super::{Database, progress, the_language, the_survey};
use crate::store::State;
use anyhow::Context;
use baraza_analysis::{BasePolicy, Note, Options, Policy, Responses, analyse, protect};
use baraza_forms::Form;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make tables by gender, age band, group and overall that may be published, and a report with charts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza analyse --out tables
  baraza analyse --by area --by displacement --language ar --out tables
  baraza analyse --csv kobo.csv --form household.xlsx --out tables
  baraza analyse --base substantive --probability-sample --out tables
  baraza analyse --format html,xlsx --language ar --arabic-digits
  baraza analyse --format csv,parquet,json --hxl
  baraza analyse --format html --first-page first.csv

Writes tables/tidy.csv, one estimate a row, tables/QUESTION.csv for each question, and tables/report.html, which needs
no other file, no network and no script; --format has more. Shares in tables go from 0 to 1. What the report shows
first is a row each in the file of --first-page, for instance 'safe_dark,safe_dark,very_unsafe': the heading, the
question, and answers to show by gender, age and group. Weights,
strata, clusters, gender, age and group are the questions that have these roles in the form (column baraza::role).

Cells of fewer than --floor respondents, and bases of fewer than --minimum-base, are withheld, and with them what would
give them away; the column 'status' says which. Without --probability-sample every interval says 'indicative': people
met on a walk are not a random sample.

A CSV can be Baraza's own export, or one of ODK Central or Kobo, with codes or labels. Answers count as they were
corrected ('baraza responses correct'); rejected responses do not.")]
pub struct Analyse {
    #[command(flatten)]
    database: Database,
    /// The survey, where there are several
    #[arg(long, value_name = "ID", conflicts_with = "csv")]
    survey: Option<String>,
    /// Read responses from this CSV rather than the database
    #[arg(long, value_name = "FILE", requires = "form")]
    csv: Option<PathBuf>,
    /// The form of the CSV: an .xlsx, .xls, .ods or .md file, or a folder of CSV sheets
    #[arg(long, value_name = "FORM", requires = "csv")]
    form: Option<PathBuf>,
    /// The folder to write to; made where it is missing
    #[arg(long, value_name = "FOLDER", default_value = "tables")]
    out: PathBuf,
    /// Language of labels, by its tag or name
    #[arg(long)]
    language: Option<String>,
    /// A further disaggregation: a role (area, displacement, disability, …) or the key of a question; may be repeated
    #[arg(long, value_name = "ROLE|KEY")]
    by: Vec<String>,
    /// Who is in the base
    #[arg(long, value_enum, default_value_t = Base::Answering)]
    base: Base,
    /// The sample was drawn with known probabilities
    #[arg(long)]
    probability_sample: bool,
    /// Count rejected responses as well ('baraza responses review'); they are left out otherwise
    #[arg(long)]
    with_rejected: bool,
    #[command(flatten)]
    formats: Formats,
    /// The smallest base that is shown
    #[arg(long, value_name = "N", default_value_t = 25)]
    minimum_base: u64,
    /// The smallest cell that is shown; 5 at the least
    #[arg(long, value_name = "N", default_value_t = 10)]
    floor: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Base {
    /// All who answered, don't know and prefer not to say included
    Answering,
    /// Only answers of substance
    Substantive,
}

pub fn run(arguments: &Analyse) -> anyhow::Result<ExitCode> {
    let (form, responses, notes) = match (&arguments.csv, &arguments.form) {
        (Some(csv), Some(form)) => match form_from(form)? {
            Ok(form) => from_csv(csv, form, arguments.with_rejected)?,
            Err(code) => return Ok(code),
        },
        _ => from_database(arguments)?,
    };
    let options = Options {
        language: the_language(&form, arguments.language.as_deref())?,
        base: match arguments.base {
            Base::Answering => BasePolicy::Answering,
            Base::Substantive => BasePolicy::Substantive,
        },
        by: arguments.by.clone(),
        probability_sample: arguments.probability_sample,
    };
    let bar = progress::bar("analysing", 0);
    let analysis = analyse(&responses, &options, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    for note in notes.iter().chain(&analysis.notes) {
        eprintln!("note: {note}");
    }
    let policy = Policy {
        minimum_base: arguments.minimum_base,
        floor: arguments.floor,
        ..Policy::default()
    };
    let policy = Policy {
        marked_base: policy.marked_base.max(policy.minimum_base),
        ..policy
    };
    let released = protect(analysis, &policy)?;
    for warning in released.warnings() {
        eprintln!("warning: {warning}");
    }
    let source = Source {
        form: &form,
        language: options.language,
        respondents: responses.len(),
    };
    let named = arguments.formats.write(&arguments.out, &released, &source)?;
    println!(
        "{} responses, {} questions, {} domains: {}",
        responses.len(),
        released.tables().len(),
        released.domains().len(),
        named.join(", ")
    );
    if released.synthetic() {
        println!("the responses are SYNTHETIC: the tables say so in the column 'synthetic'");
    }
    Ok(ExitCode::SUCCESS)
}

fn from_csv(path: &Path, form: Form, with_rejected: bool) -> anyhow::Result<(Form, Responses, Vec<Note>)> {
    let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    let read = if with_rejected {
        Responses::from_csv_with_rejected(&form, file)
    } else {
        Responses::from_csv(&form, file)
    };
    let (responses, notes) = read.with_context(|| path.display().to_string())?;
    Ok((form, responses, notes))
}

/// Finished responses of all versions, read as the newest version understands them.
fn from_database(arguments: &Analyse) -> anyhow::Result<(Form, Responses, Vec<Note>)> {
    let store = arguments.database.open_existing()?;
    let survey = the_survey(&store, arguments.survey.as_deref())?;
    let form = store
        .versions(survey.id)?
        .into_iter()
        .next()
        .context("the survey has no version")?
        .form;
    let bar = progress::bar("reading", survey.responses);
    let mut answers = Vec::new();
    let (mut synthetic, mut left_out, mut rejected) = (false, 0, 0);
    store.each_response(survey.id, |response| {
        bar.inc(1);
        synthetic |= response.synthetic;
        if response.state == State::Rejected && !arguments.with_rejected {
            rejected += 1;
        } else if response.outcome == "complete" {
            answers.push(response.answers);
        } else {
            left_out += 1;
        }
        Ok(())
    })?;
    bar.finish_and_clear();
    let mut responses = Responses::from_answers(&form, &answers)?;
    responses.synthetic = synthetic;
    responses.left_out = left_out;
    responses.rejected = rejected;
    let notes = responses.left_out_notes();
    Ok((form, responses, notes))
}
