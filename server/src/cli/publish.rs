//! `baraza publish`

use super::by::By;
use super::import::form_from;
use super::{Database, REFUSED, counted};
use crate::beside::files_of;
use crate::library::default_form;
use crate::publishing::{self, Outcome, Weighed, Wish, told};
use crate::store::{LabelFile, Published, Store};
use anyhow::bail;
use baraza_forms::Form;
use baraza_forms::diff::Change;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Publish a form as a survey, or as a new version of one; a running server takes it up at once
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza publish household.xlsx
  baraza publish forms/library/community-security --db north.db
  baraza publish household.xlsx --accept age      after 'age' has become a question for words

Pictures, sounds and films that the form names are taken from beside it, from the folder 'media' there, or from
'household-media' beside household.xlsx.

A change after which a column of collected answers would mean two things is refused: rename the question, or name it
with --accept if the answers mean the same. What differs: baraza diff household.xlsx.

Exit codes: 0 published or there already, 1 could not be done (such as a version that another form has), 2 the form
or the change is refused.")]
pub struct Publish {
    /// An .xlsx, .xls, .ods or .md file, or a folder of CSV sheets
    form: PathBuf,
    #[command(flatten)]
    database: Database,
    /// A question whose answers may mean something else than in earlier versions; may be repeated
    #[arg(long, value_name = "KEY")]
    accept: Vec<String>,
    #[command(flatten)]
    by: By,
}

/// A form with the files that go with its labels.
pub struct ToPublish {
    form: Form,
    files: Vec<LabelFile>,
}

impl ToPublish {
    /// Reads a form and what lies beside it, and says on the error output what is wrong; `Err` holds the exit code.
    pub fn read(path: &Path) -> anyhow::Result<Result<Self, ExitCode>> {
        let form = match form_from(path)? {
            Ok(form) => form,
            Err(code) => return Ok(Err(code)),
        };
        let beside = files_of(&form, path);
        for warning in &beside.warnings {
            eprintln!("warning: {warning}");
        }
        let files = beside.files;
        Ok(Ok(Self { form, files }))
    }

    /// The default questionnaire, whose labels have no files.
    pub fn default_survey() -> anyhow::Result<Self> {
        let form = default_form()?;
        Ok(Self {
            form,
            files: Vec::new(),
        })
    }

    /// Names the survey.
    pub fn id(&self) -> &str {
        &self.form.id
    }
}

pub fn run(publish: &Publish) -> anyhow::Result<ExitCode> {
    let new = match ToPublish::read(&publish.form)? {
        Ok(new) => new,
        Err(code) => return Ok(code),
    };
    let (id, version) = (&new.form.id, &new.form.version);
    let by = publish.by.name();
    match put_up(&publish.database.open()?, &new, &publish.accept, &by)? {
        Err(code) => return Ok(code),
        Ok(Published::Survey) => println!("published the survey '{id}', version '{version}': /s/{id}"),
        Ok(Published::Version) => println!("published version '{version}' of the survey '{id}': /s/{id}"),
        Ok(Published::Already(added)) if added > 0 => println!(
            "version '{version}' of the survey '{id}' is there already; added {} that it lacked",
            counted(added as u64, "file")
        ),
        Ok(_) => println!("version '{version}' of the survey '{id}' is there already, unchanged"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Publishes a form, or says why it can't be; `Err` holds the exit code of a change that is refused.
pub fn put_up(
    store: &Store,
    new: &ToPublish,
    accept: &[String],
    by: &str,
) -> anyhow::Result<Result<Published, ExitCode>> {
    let form = &new.form;
    let wish = Wish {
        form,
        files: &new.files,
        accept,
        by,
    };
    let (weighed, outcome) = publishing::publish(store, wish)?;
    say(&weighed);
    match outcome {
        Outcome::Taken(changes) => bail!(taken(form, &changes)),
        Outcome::Refused => {
            eprintln!("refused: columns of collected answers would mean two things; nothing was published");
            Ok(Err(ExitCode::from(REFUSED)))
        }
        Outcome::Done(Published::FileTaken(name)) => bail!(
            "the survey '{}' has version '{}' with another file '{name}': give this form a new version in the settings \
             sheet",
            form.id,
            form.version
        ),
        Outcome::Done(published) => Ok(Ok(published)),
    }
}

/// Changes that a message shows.
const SHOWN: usize = 8;

fn taken(form: &Form, changes: &[Change]) -> String {
    let mut message = format!(
        "the survey '{}' has another form with version '{}': give this one a new version in the settings sheet",
        form.id, form.version
    );
    if !changes.is_empty() {
        message += "; what changed:";
    }
    for change in changes.iter().take(SHOWN) {
        message += &format!("\n  {change}");
    }
    if changes.len() > SHOWN {
        message += &format!("\n  and {} more", changes.len() - SHOWN);
    }
    message
}

/// Says what has to be known of a change.
fn say(weighed: &Weighed) {
    for name in &weighed.idle {
        eprintln!("warning: nothing has to be accepted for '{name}'");
    }
    for (_, line) in told(&weighed.noted) {
        eprintln!("warning: {line}; phones that have the earlier version may still send it");
    }
    for (questions, line) in told(&weighed.refused) {
        let accepts: Vec<String> = questions
            .iter()
            .map(|question| format!("--accept {question}"))
            .collect();
        eprintln!(
            "error: {line}; rename the question, or publish with {} if the answers mean the same",
            accepts.join(" ")
        );
    }
}
