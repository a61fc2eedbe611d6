//! `baraza publish`

use super::import::form_from;
use super::{Database, REFUSED};
use crate::store::Published;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Publish a form as a survey, or as a new version of one; a running server takes it up at once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza publish household.xlsx
  baraza publish forms/library/community-security --db north.db

Exit codes: 0 published or there already, 1 could not be done, 2 the form has errors or needs a new version.")]
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
    let outcome = publish.database.open()?.publish(&form)?;
    match outcome {
        Published::Survey => println!("published the survey '{id}', version '{version}': /s/{id}"),
        Published::Version => println!("published version '{version}' of the survey '{id}': /s/{id}"),
        Published::Already => println!("version '{version}' of the survey '{id}' is there already, unchanged"),
        Published::VersionTaken => {
            eprintln!("baraza: the survey '{id}' has another form with version '{version}': give this one a new version in the settings sheet");
            return Ok(ExitCode::from(REFUSED));
        }
    }
    Ok(ExitCode::SUCCESS)
}
