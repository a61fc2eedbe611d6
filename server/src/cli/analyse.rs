//! `baraza analyse`

use super::source::{Read, Source};
use super::whole_file::WholeFile;
use super::{progress, tally, the_language};
use anyhow::Context;
use baraza_analysis::{
    Analysis, BasePolicy, Options, Policy, analyse, protect, wide_name, write_tidy, write_wide,
};
use baraza_forms::Form;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Make tables by gender, age band, group and overall that may be published, as CSV
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza analyse --out tables
  baraza analyse --by area --by displacement --language ar --out tables
  baraza analyse --csv kobo.csv --form household.xlsx --out tables
  baraza analyse --parquet survey.parquet --form household.xlsx --by gender*age --out tables
  baraza analyse --base substantive --probability-sample --out tables
  baraza analyse --tally north.tally --tally south.tally --out tables

Writes tables/tidy.csv, one estimate a row, and tables/QUESTION.csv for each question. Shares go from 0 to 1. Weights,
strata, clusters, gender, age and group are the questions that have these roles in the form (column baraza::role).

Cells of fewer than --floor respondents, and bases of fewer than --minimum-base, are withheld, and with them what would
give them away; the column 'status' says which. Without --probability-sample every interval says 'indicative': people
met on a walk are not a random sample.

A CSV can be Baraza's own export, or one of ODK Central or Kobo, with codes or labels; a Parquet file may have
whole numbers, texts or categories under the same names. Tallies come from 'baraza tally' at each office. Answers count as they were
corrected ('baraza responses correct'); rejected responses do not.")]
pub struct Analyse {
    #[command(flatten)]
    source: Source,
    /// Add tallies of 'baraza tally' rather than read responses; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "db", "survey", "csv", "parquet", "form", "language", "by", "base", "with_rejected",
    ])]
    tally: Vec<PathBuf>,
    /// The folder to write to; made where it is missing
    #[arg(long, value_name = "FOLDER", default_value = "tables")]
    out: PathBuf,
    #[command(flatten)]
    breakdown: Breakdown,
    /// The sample was drawn with known probabilities
    #[arg(long)]
    probability_sample: bool,
    /// The smallest base that is shown
    #[arg(long, value_name = "N", default_value_t = 25)]
    minimum_base: u64,
    /// The smallest cell that is shown; 5 at the least
    #[arg(long, value_name = "N", default_value_t = 10)]
    floor: u64,
}

/// What tables are made of the responses.
#[derive(Debug, Args)]
pub struct Breakdown {
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
}

impl Breakdown {
    /// What the analysis is asked for.
    pub fn options(&self, form: &Form) -> anyhow::Result<Options> {
        Ok(Options {
            language: the_language(form, self.language.as_deref())?,
            base: match self.base {
                Base::Answering => BasePolicy::Answering,
                Base::Substantive => BasePolicy::Substantive,
            },
            by: self.by.clone(),
            ..Options::default()
        })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Base {
    /// All who answered, don't know and prefer not to say included
    Answering,
    /// Only answers of substance
    Substantive,
}

pub fn run(arguments: &Analyse) -> anyhow::Result<ExitCode> {
    let (analysis, respondents) = match analysed(arguments)? {
        Ok(analysed) => analysed,
        Err(code) => return Ok(code),
    };
    for note in &analysis.notes {
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
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("can't make {}", arguments.out.display()))?;
    let mut tidy = WholeFile::create(&arguments.out.join("tidy.csv"))?;
    write_tidy(&released, &mut tidy)?;
    tidy.finish()?;
    for table in released.tables() {
        let mut wide = WholeFile::create(&arguments.out.join(wide_name(table)))?;
        write_wide(&released, table, &mut wide)?;
        wide.finish()?;
    }
    println!(
        "{respondents} responses, {} questions, {} domains: {}/tidy.csv and a CSV for each question",
        released.tables().len(),
        released.domains().len(),
        arguments.out.display()
    );
    if released.synthetic() {
        println!("the responses are SYNTHETIC: the tables say so in the column 'synthetic'");
    }
    Ok(ExitCode::SUCCESS)
}

/// The tables, not yet fit to leave, with the number of responses; `Err` holds the exit code.
fn analysed(arguments: &Analyse) -> anyhow::Result<Result<(Analysis, u64), ExitCode>> {
    if !arguments.tally.is_empty() {
        let tally = tally::added(&arguments.tally)?;
        let respondents = tally.respondents();
        return Ok(Ok((tally.analysis(arguments.probability_sample), respondents)));
    }
    let Read {
        form,
        responses,
        notes,
    } = match arguments.source.read()? {
        Ok(read) => read,
        Err(code) => return Ok(Err(code)),
    };
    let options = Options {
        probability_sample: arguments.probability_sample,
        ..arguments.breakdown.options(&form)?
    };
    for note in notes {
        eprintln!("note: {note}");
    }
    let bar = progress::bar("analysing", 0);
    let analysis = analyse(&responses, &options, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    Ok(Ok((analysis, responses.len() as u64)))
}
