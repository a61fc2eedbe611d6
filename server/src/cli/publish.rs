//! `baraza publish`

use super::Database;
use super::import::form_from;
use crate::store::{Published, Store};
use baraza_forms::Form;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Publish a form as a survey, or as a new version of one; a running server takes it up at once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza publish household.xlsx
  baraza publish forms/library/community-security --db north.db

Exit codes: 0 published or there already, 1 could not be done (such as a version that another form has), 2 the form
is refused.")]
pub struct Publish {
    /// An .xlsx, .xls, .ods or .md file, or a folder of CSV sheets
    form: PathBuf,
    #[command(flatten)]
    database: Database,
}

pub fn run(publish: &Publish) -> anyhow::Result<ExitCode> {
    let form = match form_from(&publish.form)? {
        Ok(form) => form,
        Err(code) => return Ok(code),
    };
    let (id, version) = (&form.id, &form.version);
    match put_up(&publish.database.open()?, &form)? {
        Published::Survey => println!("published the survey '{id}', version '{version}': /s/{id}"),
        Published::Version => println!("published version '{version}' of the survey '{id}': /s/{id}"),
        _ => println!("version '{version}' of the survey '{id}' is there already, unchanged"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Publishes a form, or says why it can't be.
pub fn put_up(store: &Store, form: &Form) -> anyhow::Result<Published> {
    match store.publish(form)? {
        Published::VersionTaken => Err(anyhow::anyhow!(
            "the survey '{}' has another form with version '{}': give this one a new version in the settings sheet",
            form.id,
            form.version
        )),
        published => Ok(published),
    }
}
