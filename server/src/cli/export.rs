//! `baraza export`

use super::whole_file::WholeFile;
use super::{Database, counted, progress, the_language, the_survey};
use crate::export::{Columns, Files, Style, Tables};
use crate::store::{State, Stored};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the responses of a survey as CSV: individual answers, for those who may see them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza export --out responses.csv
  baraza export --survey household --labels fr --out menages.csv
  baraza export --out responses.csv --media photos     with the photos and sounds that responses name

A select_multiple has its list of codes and beside it a column question/choice of 0 and 1 for each choice. Columns
of earlier versions stay. Each repeat has a file of its own beside, named responses-REPEAT.csv, tied by instance_id.
With --media each question has a folder there, and the cell names the file in it: photo/INSTANCE_ID.jpg. Without, or
where a file has not come from the phone, the cell holds the phone's name for it.
Answers are as they count now: 'corrections' says how often a response was corrected, 'review' what was thought of it
('baraza responses').
A text that a spreadsheet would take for a formula (= + - @ TAB CR) has an apostrophe before it.

Individual answers can put people in danger: for tables that may be published, use 'baraza analyse'.")]
pub struct Export {
    #[command(flatten)]
    database: Database,
    /// The survey, where there are several
    #[arg(long, value_name = "ID")]
    survey: Option<String>,
    /// The file to write; SURVEY.csv where none is named
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Labels in this language rather than codes, by its tag or name
    #[arg(long, value_name = "LANGUAGE")]
    labels: Option<String>,
    /// Answers as they were received, without corrections
    #[arg(long)]
    as_received: bool,
    /// Leave out rejected responses; otherwise the column 'review' tells them
    #[arg(long)]
    without_rejected: bool,
    /// Write the photos, sounds and other files into this folder; made where it is missing
    #[arg(long, value_name = "FOLDER")]
    media: Option<PathBuf>,
}

pub fn run(export: &Export) -> anyhow::Result<ExitCode> {
    let store = export.database.open_existing()?;
    let survey = the_survey(&store, export.survey.as_deref())?;
    let versions = store.versions(survey.id)?;
    let style = match &export.labels {
        None => Style::Codes,
        Some(name) => Style::Labels(the_language(&versions[0].form, Some(name))?),
    };
    let out = export
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.csv", survey.slug)));
    let forms: Vec<_> = versions.iter().map(|version| &version.form).collect();
    let columns = Columns::of(&forms);
    let bar = progress::bar("exporting", survey.responses);
    let files = Files::new(store.media(survey.id)?, export.media.clone());
    let mut tables = Tables::new(&columns, style, files, |repeat| {
        WholeFile::create(&path_of(&out, repeat))
    })?;
    let (mut responses, mut rejected) = (0, 0);
    let add = |response: Stored| {
        bar.inc(1);
        if export.without_rejected && response.state == State::Rejected {
            rejected += 1;
            return Ok(());
        }
        responses += 1;
        tables.add(&response)
    };
    if export.as_received {
        store.each_as_received(survey.id, add)?;
    } else {
        store.each_response(survey.id, add)?;
    }
    bar.finish_and_clear();
    let mut written = Vec::new();
    let finished = tables.finish()?;
    for file in finished.tables {
        written.push(file.path().display().to_string());
        file.finish()?;
    }
    let (_, conflicts) = store.counts(survey.id)?;
    println!("wrote {responses} responses to {}", written.join(", "));
    if rejected > 0 {
        println!("{} left out: rejected", counted(rejected, "response"));
    }
    tell_of(&finished.files, export.media.as_deref());
    if conflicts > 0 {
        println!(
            "{conflicts} second contents for an instance_id are kept in the database and are not in the file: \
             'baraza responses list --state flagged' finds them"
        );
    }
    if survey.synthetic {
        println!("the survey holds synthetic data: see the column 'synthetic'");
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_of(files: &Files, folder: Option<&Path>) {
    if let Some(folder) = folder {
        println!("wrote {} to {}", counted(files.written, "file"), folder.display());
    }
    if files.missing > 0 {
        eprintln!(
            "warning: {} that responses name did not come from the phones, or not yet; the first is {}",
            counted(files.missing, "file"),
            files.example
        );
    }
}

/// A repeat's file stands beside that of the survey.
fn path_of(out: &Path, repeat: Option<&str>) -> PathBuf {
    let stem = out
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or("responses");
    repeat.map_or_else(
        || out.to_owned(),
        |repeat| out.with_file_name(format!("{stem}-{}.csv", repeat.replace('/', "-"))),
    )
}
