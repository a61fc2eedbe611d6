//! `baraza analyse`

use super::analyse_further::{Earlier, Further, write_findings};
use super::analyse_out::{Formats, Source, make_folder, write_csv};
use super::import::form_from;
use super::sampling::SamplingFlags;
use super::source::{from_csv, from_store};
use super::whole_file::WholeFile;
use super::{Database, progress, the_language, the_survey};
use crate::store::Store;
use anyhow::Context;
use baraza_analysis::{
    Analysis, BasePolicy, Earlier as EarlierRelease, Missing, Note, Options, Policy, Released, Responses,
    SurveyTally, analyse, protect_beside,
};
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
  baraza analyse --parquet survey.parquet --form household.xlsx --by gender*age --out tables
  baraza analyse --base substantive --probability-sample --out tables
  baraza analyse --variables bands.csv --by life --reference gender=man
  baraza analyse --margins census.csv --trim 0.3:3 --probability-sample
  baraza analyse --rounds quarter
  baraza analyse --against 2025.db
  baraza analyse --earlier march/tidy.csv --earlier april/tidy.csv --out may
  baraza analyse --write-tally north.tally                              at the northern office
  baraza analyse --tally north.tally --tally south.tally --out tables   at either, with both files
  baraza analyse --format html,xlsx --language ar --arabic-digits
  baraza analyse --format csv,parquet,json --hxl
  baraza analyse --format html --first-page first.csv

Writes tables/tidy.csv, one estimate a row, tables/QUESTION.csv for each question, and tables/report.html, which needs
no other file, no network and no script; --format has more. Shares in tables go from 0 to 1. What the report shows
first is a row each in the file of --first-page, for instance 'safe_dark,safe_dark,very_unsafe': the heading, the
question, and answers to show by gender, age and group. Weights, strata, clusters, gender, age and group are the
questions that have these roles in the form (column baraza::role).

Cells of fewer than --floor respondents, and bases of fewer than --minimum-base, are withheld, and with them what would
give them away; the column 'status' says which. Where a small group would follow from overall less the others, overall is
rounded. Tables that are released again while answers come in give away the few who came in between: name the tidy.csv of
each earlier release of the same round with --earlier. Without --probability-sample every interval says 'indicative': people
met on a walk are not a random sample.

--variables names a CSV that declares age bands, merged groups and further variables and tables. A variable is a row,
and below it a row for each of its categories with a blank 'variable':

  variable,make,from,code,values,label::English (en),role,instead
  life,ranges,age,,,Stage of life,age,
  ,,,young,18-29,Young,,
  ,,,old,30+,Older,,
  feels_safe,merge,safe_dark,,,Safe after dark,,yes
  ,,,safe,very_safe fairly_safe,Safe,,
  ,,,,never_alone,,,
  disabled,any,seeing hearing walking remembering self_care communicating,,,Disability,disability,
  ,,,yes,lot_of_difficulty cannot_do,Yes,,
  ,,,no,*,No,,
  dimensions,roll_up,threats,,dimension,Dimensions,,
  safe_dark,base,,,substantive,,,
  district,within,region,,,,,
  fear,cross,victim_expected incident,,,Fear by experience,,
  pairs,together,threats,,,Named together,,
  whom,matrix,threat_women threat_men,,,Threats to whom,,
  trust,each,providers trust_{},,,Trust,,
  ,,,absent,,Not present,,
  ,,,trusted,a_lot somewhat,trusted,,

A blank code leaves answers out, * is all other answers of substance, and 'instead' = yes makes no table of the question
itself. A declared variable can be used like a question: with --by, by its role, and in what is declared after it.

tests.csv says for each question and disaggregation whether answers differ (Rao-Scott), differences.csv between whom;
p-values are adjusted for the number of tests, and a difference is marked only where it holds after that. orders.csv says
whether ranked choices can be told apart. --rounds and --against write changes.csv: the estimates of both rounds, and an
alert where the change exceeds chance. Rounds are compared only where question, categories and areas are the same.

--write-tally and --tally make of two databases the tables that one would give. Both need the same form in the same
version, the same --by, --base and --language, and clusters of their own. Codes that a list does not have are one
category, '_other'. A tally holds no answers but sums of small groups and the names of clusters: guard it like answers.

A CSV can be Baraza's own export, or one of ODK Central or Kobo, with codes or labels; a Parquet file may have whole
numbers, texts, categories and yes/no under the same names. Answers count as they were
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
    /// Read responses from this Parquet file rather than the database
    #[arg(long, value_name = "FILE", requires = "form", conflicts_with_all = ["csv", "survey"])]
    parquet: Option<PathBuf>,
    /// The form of the CSV or Parquet file: an .xlsx, .xls, .ods or .md file, or a folder of CSV sheets
    #[arg(long, value_name = "FORM")]
    form: Option<PathBuf>,
    /// Write no tables but the sums of the survey, to be added to those of other offices by --tally
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    write_tally: Option<PathBuf>,
    /// Add the sums that --write-tally wrote rather than read responses; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "write_tally", "db", "survey", "csv", "parquet", "form", "language", "by", "base", "with_rejected",
    ])]
    tally: Vec<PathBuf>,
    /// The folder to write to; made where it is missing
    #[arg(long, value_name = "FOLDER", default_value = "tables")]
    out: PathBuf,
    /// Language of labels, by its tag or name
    #[arg(long)]
    language: Option<String>,
    /// A further disaggregation: a role (area, displacement, disability, …), the key of a question, or several crossed,
    /// as gender*age*group; may be repeated
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
    sampling: SamplingFlags,
    #[command(flatten)]
    further: Further,
    #[command(flatten)]
    formats: Formats,
    /// The smallest base that is shown
    #[arg(long, value_name = "N", default_value_t = 25)]
    minimum_base: u64,
    /// The smallest cell that is shown; 5 at the least
    #[arg(long, value_name = "N", default_value_t = 10)]
    floor: u64,
    /// The tidy.csv of an earlier release of this round; what differs from it by too few is withheld; may be repeated
    #[arg(long, value_name = "FILE")]
    earlier: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Base {
    /// All who answered, don't know and prefer not to say included
    Answering,
    /// Only answers of substance
    Substantive,
}

pub fn run(arguments: &Analyse) -> anyhow::Result<ExitCode> {
    if !arguments.tally.is_empty() {
        return of_tallies(arguments);
    }
    let (form, responses, notes) = match (&arguments.csv, &arguments.parquet, &arguments.form) {
        (Some(file), _, Some(form)) | (None, Some(file), Some(form)) => match form_from(form)? {
            Ok(form) if arguments.parquet.is_some() => from_parquet(file, form, arguments.with_rejected)?,
            Ok(form) => {
                let read = from_csv(file, &form, arguments.with_rejected)?;
                (form, read.responses, read.notes)
            }
            Err(code) => return Ok(code),
        },
        (None, None, Some(_)) => {
            anyhow::bail!("--form goes with --csv or --parquet: the database has its own form")
        }
        _ => from_database(arguments)?,
    };
    let policy = policy(arguments);
    let further = &arguments.further;
    let (variables, declared) =
        further.variables(responses.form(), arguments.form.as_deref(), Missing::IsAnError)?;
    let options = Options {
        language: the_language(&form, arguments.language.as_deref())?,
        base: match arguments.base {
            Base::Answering => BasePolicy::Answering,
            Base::Substantive => BasePolicy::Substantive,
        },
        by: arguments.by.clone(),
        probability_sample: arguments.probability_sample,
        sampling: arguments.sampling.sampling()?,
        interval: arguments.sampling.interval(),
        compare: further.compare(&policy),
        variables,
    };
    let (round, responses, mut earlier) = further.split(responses, further.period(&form))?;
    if let Some(path) = further.against() {
        earlier.push(other_round(path, &form, arguments)?);
    }
    let responses = options.variables.derive(&responses)?;
    if let Some(path) = &arguments.write_tally {
        return write_tally(path, &responses, &options, &notes);
    }
    let bar = progress::bar("analysing", 0);
    let analysis = analyse(&responses, &options, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    for note in notes.iter().chain(&declared).chain(&analysis.notes) {
        eprintln!("note: {note}");
    }
    let released = protected(analysis.clone(), arguments)?;
    let source = Source {
        form: &form,
        language: options.language,
        respondents: responses.len(),
    };
    let named = arguments.formats.write(&arguments.out, &released, &source)?;
    let more = write_findings(&arguments.out, &released)?;
    let told = further.write_changes(
        &arguments.out,
        (&round, &analysis, &released),
        earlier,
        (&options, &policy),
        arguments.form.as_deref(),
    )?;
    println!(
        "{} responses, {} questions, {} domains: {}",
        responses.len(),
        released.tables().len(),
        released.domains().len(),
        named.join(", ")
    );
    println!("beside them: {}", more.join(", "));
    for line in told {
        println!("{line}");
    }
    if released.synthetic() {
        println!("the responses are SYNTHETIC: the tables say so in the column 'synthetic'");
    }
    Ok(ExitCode::SUCCESS)
}

/// What may leave beside what left before, with warnings on the error output.
fn protected(analysis: Analysis, arguments: &Analyse) -> anyhow::Result<Released> {
    let read = |path: &PathBuf| {
        let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        EarlierRelease::from_csv(file).with_context(|| path.display().to_string())
    };
    let earlier = arguments
        .earlier
        .iter()
        .map(read)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let bar = progress::bar("protecting", 0);
    let released = protect_beside(analysis, &policy(arguments), &earlier, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    for warning in released.warnings() {
        eprintln!("warning: {warning}");
    }
    Ok(released)
}

fn policy(arguments: &Analyse) -> Policy {
    let policy = Policy {
        minimum_base: arguments.minimum_base,
        floor: arguments.floor,
        ..Policy::default()
    };
    Policy {
        marked_base: policy.marked_base.max(policy.minimum_base),
        ..policy
    }
}

/// The sums of the survey in a file, for another office.
fn write_tally(
    path: &Path,
    responses: &Responses,
    options: &Options,
    notes: &[Note],
) -> anyhow::Result<ExitCode> {
    let bar = progress::bar("tallying", 0);
    let (tally, more) = SurveyTally::of(responses, options, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    for note in notes.iter().chain(&more) {
        eprintln!("note: {note}");
    }
    let mut file = WholeFile::create(path)?;
    tally.write(&mut file)?;
    file.finish()?;
    println!(
        "{} responses tallied: {}. It is as confidential as the answers are",
        tally.respondents(),
        path.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// The tables of several offices together.
fn of_tallies(arguments: &Analyse) -> anyhow::Result<ExitCode> {
    let mut whole: Option<SurveyTally> = None;
    for path in &arguments.tally {
        let said = || path.display().to_string();
        let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        let tally = SurveyTally::read(std::io::BufReader::new(file)).with_context(said)?;
        match &mut whole {
            None => whole = Some(tally),
            Some(whole) => whole.add(&tally).with_context(said)?,
        }
    }
    let tally = whole.context("no tally is given")?;
    let respondents = tally.respondents();
    let analysis = tally.analysis(arguments.probability_sample, Options::default().interval);
    for note in &analysis.notes {
        eprintln!("note: {note}");
    }
    let released = protected(analysis, arguments)?;
    make_folder(&arguments.out)?;
    write_csv(&arguments.out, &released, false)?;
    println!(
        "{respondents} responses, {} questions, {} domains: {}/tidy.csv and a CSV for each question",
        released.tables().len(),
        released.domains().len(),
        arguments.out.display()
    );
    Ok(ExitCode::SUCCESS)
}

fn from_parquet(
    path: &Path,
    form: Form,
    with_rejected: bool,
) -> anyhow::Result<(Form, Responses, Vec<Note>)> {
    let (responses, notes) = if with_rejected {
        Responses::from_parquet_with_rejected(&form, path)?
    } else {
        Responses::from_parquet(&form, path)?
    };
    Ok((form, responses, notes))
}

/// An earlier round from a database of its own, or from a CSV of the same form.
fn other_round(path: &Path, form: &Form, arguments: &Analyse) -> anyhow::Result<Earlier> {
    let name = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("earlier")
        .to_owned();
    let is_csv = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let responses = if is_csv {
        from_csv(path, form, arguments.with_rejected)?.responses
    } else {
        let store = Store::open_existing(path)?;
        let survey = the_survey(&store, arguments.survey.as_deref())?;
        from_store(&store, &survey, arguments.with_rejected, None)?
            .1
            .responses
    };
    Ok(Earlier { name, responses })
}

/// Finished responses of all versions, read as the newest version understands them.
fn from_database(arguments: &Analyse) -> anyhow::Result<(Form, Responses, Vec<Note>)> {
    let store = arguments.database.open_existing()?;
    let survey = the_survey(&store, arguments.survey.as_deref())?;
    let (form, read) = from_store(&store, &survey, arguments.with_rejected, Some(&arguments.further))?;
    Ok((form, read.responses, read.notes))
}
