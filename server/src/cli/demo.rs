//! `baraza demo`

use super::publish::{ToPublish, put_up};
use super::{Database, progress};
use crate::demo::Population;
use crate::ready::Cache;
use crate::running::Timeline;
use crate::store::{SERVER, now};
use crate::sync;
use anyhow::Context;
use clap::Args;
use std::process::ExitCode;

/// Fill a database with synthetic respondents of the default survey
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza demo --db demo.db
  baraza demo --db demo.db --respondents 20000 --seed 7
  baraza serve --db demo.db             then look at it
  baraza analyse --db demo.db --out tables

The respondents live in clusters, have weights, and answer alike where they live alike; some refuse, some are too
young. Every response is marked as synthetic, and pages, exports and tables say so.")]
pub struct Demo {
    #[command(flatten)]
    database: Database,
    /// How many respondents
    #[arg(long, value_name = "N", default_value_t = 3000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    respondents: u32,
    /// The same seed gives the same respondents
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Responses in one transaction.
const BATCH: u32 = 500;

pub fn run(demo: &Demo) -> anyhow::Result<ExitCode> {
    let store = demo.database.open()?;
    let form = ToPublish::default_survey()?;
    let slug = form.id().to_owned();
    let known = store.surveys()?.into_iter().find(|survey| survey.slug == slug);
    if known.is_some_and(|survey| survey.responses > 0 && !survey.synthetic) {
        anyhow::bail!(
            "the database holds real responses to '{slug}': name another file with --db, so that synthetic ones do not mix with them"
        );
    }
    if let Err(code) = put_up(&store, &form, &[], SERVER)? {
        return Ok(code);
    }
    let version = Cache::default()
        .newest(&store, &slug)?
        .context("the survey was just published")?;
    let mut population = Population::new(&version.ready, demo.seed);
    let bar = progress::bar("inventing", u64::from(demo.respondents));
    let mut made = 0;
    while made < demo.respondents {
        let batch = BATCH.min(demo.respondents - made);
        let responses: Vec<_> = (0..batch)
            .map(|_| {
                let response = population.respondent();
                let mut incoming = sync::prepare(&response, &version, &Timeline::default(), &now(), None);
                incoming.synthetic = true;
                incoming
            })
            .collect();
        store.put_all(&responses)?;
        made += batch;
        bar.inc(u64::from(batch));
    }
    bar.finish_and_clear();
    println!(
        "{made} synthetic respondents of '{slug}' are in {db}\n\
         next: baraza serve --db {db}    or    baraza analyse --db {db} --out tables",
        db = demo.database.db.display()
    );
    Ok(ExitCode::SUCCESS)
}
