//! Where an analysis takes its responses from.

use super::analyse_further::Further;
use super::import::form_from;
use super::{Database, progress, the_survey};
use crate::source::{Read, newest_form, read, with_rounds};
use crate::store::{Store, Survey};
use anyhow::Context;
use baraza_analysis::Responses;
use baraza_forms::Form;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The database, or a file with its form.
#[derive(Debug, Args)]
pub struct Source {
    #[command(flatten)]
    database: Database,
    /// The survey, where there are several
    #[arg(long, value_name = "ID", conflicts_with = "csv")]
    survey: Option<String>,
    /// Read responses from this CSV rather than the database
    #[arg(long, value_name = "FILE", requires = "form")]
    csv: Option<PathBuf>,
    /// The form of the file: an .xlsx, .xls, .ods or .md file, or a folder of CSV sheets
    #[arg(long, value_name = "FORM", requires = "csv")]
    form: Option<PathBuf>,
    /// Count rejected responses as well ('baraza responses review'); they are left out otherwise
    #[arg(long)]
    with_rejected: bool,
}

impl Source {
    /// Reads the responses; `Err` holds the exit code where the form is refused.
    pub fn read(&self) -> anyhow::Result<Result<Read, ExitCode>> {
        let (Some(csv), Some(form)) = (&self.csv, &self.form) else {
            return from_database(self).map(Ok);
        };
        match form_from(form)? {
            Ok(form) => from_csv(csv, &form, self.with_rejected).map(Ok),
            Err(code) => Ok(Err(code)),
        }
    }
}

/// Responses in a CSV of a form.
pub fn from_csv(path: &Path, form: &Form, with_rejected: bool) -> anyhow::Result<Read> {
    let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    let read = if with_rejected {
        Responses::from_csv_with_rejected(form, file)
    } else {
        Responses::from_csv(form, file)
    };
    let (responses, notes) = read.with_context(|| path.display().to_string())?;
    Ok(Read {
        responses,
        notes,
        periods: BTreeMap::new(),
    })
}

fn from_database(arguments: &Source) -> anyhow::Result<Read> {
    let store = arguments.database.open_existing()?;
    let survey = the_survey(&store, arguments.survey.as_deref())?;
    Ok(from_store(&store, &survey, arguments.with_rejected, None)?.1)
}

/// Finished responses of all versions, read as the newest version understands them; with `rounds`, the period of each
/// among its answers, where rounds are periods.
pub fn from_store(
    store: &Store,
    survey: &Survey,
    with_rejected: bool,
    rounds: Option<&Further>,
) -> anyhow::Result<(Form, Read)> {
    let (mut form, _) = newest_form(store, survey.id)?;
    let period = rounds.and_then(|further| further.period(&form));
    if period.is_some() {
        form = with_rounds(&form);
    }
    let bar = progress::bar("reading", survey.responses);
    let read = read(store, (survey.id, &form), with_rejected, period, || bar.inc(1))?;
    bar.finish_and_clear();
    Ok((form, read))
}
