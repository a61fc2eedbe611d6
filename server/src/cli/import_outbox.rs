//! `baraza import-outbox`

mod importer;

use super::{Database, FAILED, progress};
use crate::ready::Cache;
use crate::sender::Sender;
use anyhow::Context;
use clap::Args;
use importer::Importer;
use std::path::PathBuf;
use std::process::ExitCode;

/// Take in the responses and files that phones could not send, from the files that they saved
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza import-outbox outbox.zip
  baraza import-outbox --db north.db phones/*.zip
  baraza import-outbox responses.ndjson          the lines alone, without photos

A phone that finds no network saves its outbox as a ZIP: responses.ndjson and the files that these
name. Importing twice, or importing what was sent in the meantime, stores nothing twice. The server
may go on running. What can be taken is taken, and what can't is told with its file and line; keep
the file in that case.

Exit codes: 0 all is in, 1 something is not, 2 wrong use.")]
pub struct ImportOutbox {
    /// The files that phones saved
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// The largest photo, sound or other file that is taken, in MB
    #[arg(long, value_name = "MB", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=500))]
    media_limit_mb: u64,
}

pub fn run(import: &ImportOutbox) -> anyhow::Result<ExitCode> {
    let store = import.database.open_existing()?;
    let forms = Cache::default();
    let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
    let bar = progress::bar("importing", import.files.iter().map(size).sum());
    // Who may run this may write into the database as well.
    let sender = Sender::Coordinator(store.enumerators()?);
    let mut importer = Importer::new(&store, &forms, &sender, import.media_limit_mb << 20, bar);
    let outcome = import.files.iter().try_for_each(|path| importer.file(path));
    let tally = importer.finish();
    println!("{}", tally.summary());
    outcome.context("stopped; what is counted above is stored, and importing again goes on from there")?;
    if tally.problems == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("not all is in: keep what was not taken, and import it again once the cause is mended");
    Ok(ExitCode::from(FAILED))
}
