//! `baraza analyse`

use super::source::{Read, Source};
use super::whole_file::WholeFile;
use super::{progress, the_language};
use anyhow::Context;
use baraza_analysis::{
    BasePolicy, Earlier, Options, Policy, analyse, protect_beside, wide_name, write_tidy, write_wide,
};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make tables by gender, age band, group and overall that may be published, as CSV
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza analyse --out tables
  baraza analyse --by area --by displacement --language ar --out tables
  baraza analyse --csv kobo.csv --form household.xlsx --out tables
  baraza analyse --base substantive --probability-sample --out tables
  baraza analyse --earlier march/tidy.csv --earlier april/tidy.csv --out may

Writes tables/tidy.csv, one estimate a row, and tables/QUESTION.csv for each question. Shares go from 0 to 1. Weights,
strata, clusters, gender, age and group are the questions that have these roles in the form (column baraza::role).

Cells of fewer than --floor respondents, and bases of fewer than --minimum-base, are withheld, and with them what would
give them away; the column 'status' says which. Where a small group would follow from overall less the others, overall is
rounded. What is released again while answers come in gives away the few who came in between: name what was released
before with --earlier. Without --probability-sample every interval says 'indicative': people
met on a walk are not a random sample.

A CSV can be Baraza's own export, or one of ODK Central or Kobo, with codes or labels. Answers count as they were
corrected ('baraza responses correct'); rejected responses do not.")]
pub struct Analyse {
    #[command(flatten)]
    source: Source,
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
    /// The smallest base that is shown
    #[arg(long, value_name = "N", default_value_t = 25)]
    minimum_base: u64,
    /// The smallest cell that is shown; 5 at the least
    #[arg(long, value_name = "N", default_value_t = 10)]
    floor: u64,
    /// The tidy.csv of an earlier release of the same survey; what differs from it by too few is withheld; may be
    /// repeated
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
    let Read {
        form,
        responses,
        notes,
    } = match arguments.source.read()? {
        Ok(read) => read,
        Err(code) => return Ok(code),
    };
    let earlier = arguments
        .earlier
        .iter()
        .map(|path| earlier_release(path))
        .collect::<anyhow::Result<Vec<_>>>()?;
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
    let bar = progress::bar("protecting", 0);
    let released = protect_beside(analysis, &policy, &earlier, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
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
        "{} responses, {} questions, {} domains: {}/tidy.csv and a CSV for each question",
        responses.len(),
        released.tables().len(),
        released.domains().len(),
        arguments.out.display()
    );
    if released.synthetic() {
        println!("the responses are SYNTHETIC: the tables say so in the column 'synthetic'");
    }
    Ok(ExitCode::SUCCESS)
}

fn earlier_release(path: &Path) -> anyhow::Result<Earlier> {
    let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    Earlier::from_csv(file).with_context(|| path.display().to_string())
}
