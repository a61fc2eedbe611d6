//! Which survey a command is about.

use super::{Database, the_survey};
use crate::store::{Store, Survey};
use anyhow::Context;
use baraza_forms::Form;
use clap::Args;

/// One survey of a database.
#[derive(Debug, Args)]
pub struct Of {
    #[command(flatten)]
    database: Database,
    /// The survey, where there are several
    #[arg(long, value_name = "ID")]
    survey: Option<String>,
}

impl Of {
    /// The database, and the survey in it.
    pub fn open(&self) -> anyhow::Result<(Store, Survey)> {
        let store = self.database.open_existing()?;
        let survey = the_survey(&store, self.survey.as_deref())?;
        Ok((store, survey))
    }

    /// The same with the newest version of its form.
    pub fn open_form(&self) -> anyhow::Result<(Store, Survey, Form)> {
        let (store, survey) = self.open()?;
        let versions = store.versions(survey.id)?;
        let newest = versions.into_iter().next().context("the survey has no version")?;
        Ok((store, survey, newest.form))
    }
}
