//! `baraza tally`

use super::analyse::Breakdown;
use super::progress;
use super::source::{Read, Source};
use super::whole_file::WholeFile;
use anyhow::Context;
use baraza_analysis::SurveyTally;
use clap::Args;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the sums of a survey, to be added to those of other offices by 'baraza analyse --tally'
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza tally --out north.tally                                          at the northern office
  baraza tally --out south.tally                                          at the southern office
  baraza analyse --tally north.tally --tally south.tally --out tables     at either, with both files

The tables are those that one database with all responses would give. All offices need the same form in the same
version, the same --by, --base and --language, and clusters of their own: a cluster that two offices share can't be
added. A missing weight counts as the mean of the others in its office.

Codes that a question's list does not have are one category, '_other', however frequent: add frequent ones to the list.

A tally holds no answers, but sums of small groups and the names of clusters: guard it as you guard the answers. What
may be published is what 'baraza analyse' makes of it.")]
pub struct Tally {
    #[command(flatten)]
    source: Source,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "survey.tally")]
    out: PathBuf,
    #[command(flatten)]
    breakdown: Breakdown,
}

pub fn run(arguments: &Tally) -> anyhow::Result<ExitCode> {
    let Read {
        form,
        responses,
        notes,
    } = match arguments.source.read()? {
        Ok(read) => read,
        Err(code) => return Ok(code),
    };
    let options = arguments.breakdown.options(&form)?;
    let bar = progress::bar("tallying", 0);
    let (tally, more) = SurveyTally::of(&responses, &options, &mut |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    for note in notes.iter().chain(&more) {
        eprintln!("note: {note}");
    }
    let mut file = WholeFile::create(&arguments.out)?;
    tally.write(&mut file)?;
    file.finish()?;
    println!(
        "{} responses tallied: {}. It is as confidential as the answers are",
        tally.respondents(),
        arguments.out.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// The sum of tallies in files.
pub fn added(paths: &[PathBuf]) -> anyhow::Result<SurveyTally> {
    let mut whole: Option<SurveyTally> = None;
    for path in paths {
        let tally = read(path)?;
        match &mut whole {
            None => whole = Some(tally),
            Some(whole) => whole.add(&tally).with_context(|| path.display().to_string())?,
        }
    }
    whole.context("no tally is given")
}

fn read(path: &Path) -> anyhow::Result<SurveyTally> {
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    SurveyTally::read(BufReader::new(file)).with_context(|| path.display().to_string())
}
