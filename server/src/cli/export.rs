//! `baraza export`

use super::whole_file::WholeFile;
use super::{Database, counted, progress, the_language, the_survey};
use crate::export::{Book, Columns, CsvBook, Files, Format, ParquetBook, Style, Tables, XlsxBook};
use crate::store::{State, Store, Stored, Survey};
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write the responses of a survey as CSV, XLSX or Parquet: individual answers, for those who may see them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza export --out responses.csv
  baraza export --survey household --labels fr --out menages.csv
  baraza export --out responses.csv --media photos     with the photos and sounds that responses name
  baraza export --out responses.xlsx                   a workbook with a sheet for each repeat
  baraza export --out responses.parquet                columns with types, for R and Python

A select_multiple has its list of codes and beside it a column question/choice of 0 and 1 for each choice. Columns
of earlier versions stay. Each repeat has a file of its own beside, named responses-REPEAT.csv, tied by instance_id.
With --media each question has a folder there, and the cell names the file in it: photo/INSTANCE_ID.jpg. Without, or
where a file has not come from the phone, the cell holds the phone's name for it.
Answers are as they count now: 'corrections' says how often a response was corrected, 'review' what was thought of it
('baraza responses').
A text that a spreadsheet would take for a formula (= + - @ TAB CR) has an apostrophe before it; in XLSX and Parquet
it needs none. A sheet takes 1,048,576 rows, and more go on in 'responses 2'; a cell takes 32,767 characters, and what is
cut says so. In Parquet what does not fit its column, such as words where a number is asked for now, is in 'unfit'.

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
    /// The format; what the file's name ends in where none is named, otherwise CSV
    #[arg(long, value_enum)]
    format: Option<Format>,
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
    let ending = |out: &PathBuf| Format::of(&out.extension()?.to_str()?.to_lowercase());
    let format = export.format.or_else(|| export.out.as_ref().and_then(ending));
    let format = format.unwrap_or(Format::Csv);
    let out = export
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}.{}", survey.slug, format.ending())));
    let forms: Vec<_> = versions.iter().map(|version| &version.form).collect();
    let columns = Columns::of(&forms);
    let given = Given {
        export,
        store: &store,
        survey: &survey,
        columns: &columns,
        style,
    };
    let create = |repeat: Option<&str>| WholeFile::create(&path_of(&out, repeat));
    let (filled, written) = match format {
        Format::Csv => {
            let (filled, book) = fill(&given, CsvBook::new(create))?;
            (filled, in_place(book.finish()?)?)
        }
        Format::Parquet => {
            let (filled, book) = fill(&given, ParquetBook::new(|repeat| create(repeat).map(Some)))?;
            (filled, in_place(book.finish()?)?)
        }
        Format::Xlsx => {
            let mut file = create(None)?;
            let room = out.parent().filter(|room| !room.as_os_str().is_empty());
            let (filled, book) = fill(&given, XlsxBook::new(room.unwrap_or_else(|| Path::new(".")))?)?;
            if book.cut > 0 {
                eprintln!(
                    "warning: {} too long for a cell of a spreadsheet, and cut there; CSV has all of it",
                    counted(book.cut, "text")
                );
            }
            book.finish(&mut file)
                .with_context(|| format!("can't write {}", out.display()))?;
            (filled, in_place(vec![file])?)
        }
    };
    let Filled {
        responses,
        rejected,
        files,
    } = filled;
    let (_, conflicts) = store.counts(survey.id)?;
    println!("wrote {responses} responses to {written}");
    if rejected > 0 {
        println!("{} left out: rejected", counted(rejected, "response"));
    }
    tell_of(&files, export.media.as_deref());
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

/// What is exported.
struct Given<'a> {
    export: &'a Export,
    store: &'a Store,
    survey: &'a Survey,
    columns: &'a Columns<'a>,
    style: Style,
}

/// How it went.
struct Filled {
    responses: u64,
    rejected: u64,
    files: Files,
}

fn fill<B: Book>(given: &Given<'_>, book: B) -> anyhow::Result<(Filled, B)> {
    let (export, store, survey) = (given.export, given.store, given.survey);
    let bar = progress::bar("exporting", survey.responses);
    let files = Files::new(store.media(survey.id)?, export.media.clone());
    let mut tables = Tables::new(
        given.columns,
        given.style,
        (files, store.rounds(survey.id)?),
        book,
    )?;
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
    let (book, files) = tables.finish();
    let filled = Filled {
        responses,
        rejected,
        files,
    };
    Ok((filled, book))
}

/// Puts files in their places; says which.
fn in_place(files: Vec<WholeFile>) -> anyhow::Result<String> {
    let mut written = Vec::new();
    for file in files {
        written.push(file.path().display().to_string());
        file.finish()?;
    }
    Ok(written.join(", "))
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
    let ending = out
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or("csv");
    repeat.map_or_else(
        || out.to_owned(),
        |repeat| out.with_file_name(format!("{stem}-{}.{ending}", repeat.replace('/', "-"))),
    )
}
