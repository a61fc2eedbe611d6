//! `baraza publish`

use super::import::{default_form, form_from};
use super::{Database, REFUSED, counted};
use crate::ambiguous::{self, Finding};
use crate::beside::files_of;
use crate::store::{LabelFile, Newcomer, Published, Store, Survey, Version};
use anyhow::bail;
use baraza_forms::Form;
use baraza_forms::diff::{Ambiguity, Change, Why, diff};
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
    match put_up(&publish.database.open()?, &new, &publish.accept)? {
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
) -> anyhow::Result<Result<Published, ExitCode>> {
    let form = &new.form;
    let survey = store.surveys()?.into_iter().find(|survey| survey.slug == form.id);
    let versions = match &survey {
        Some(survey) => store.versions(survey.id)?,
        None => Vec::new(),
    };
    let same_name = versions.iter().find(|known| known.form.version == form.version);
    let published = if let Some(known) = same_name {
        let changes = diff(&known.form, form);
        if !changes.is_empty() {
            bail!(taken(form, &changes));
        }
        // The same to everybody, though another release of Baraza may write it otherwise.
        store.add_files(&form.id, &form.version, &new.files)?
    } else {
        let accepted = match accepted(store, survey.as_ref(), &versions, (form, accept))? {
            Ok(accepted) => accepted,
            Err(code) => return Ok(Err(code)),
        };
        store.publish(Newcomer {
            form,
            files: &new.files,
            accepted: &accepted,
        })?
    };
    match published {
        Published::VersionTaken => bail!(taken(form, &[])),
        Published::FileTaken(name) => bail!(
            "the survey '{}' has version '{}' with another file '{name}': give this form a new version in the settings \
             sheet",
            form.id,
            form.version
        ),
        published => Ok(Ok(published)),
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

/// The questions whose change of meaning is accepted; `Err` where one is not.
fn accepted(
    store: &Store,
    survey: Option<&Survey>,
    versions: &[Version],
    (form, accept): (&Form, &[String]),
) -> anyhow::Result<Result<Vec<String>, ExitCode>> {
    let found = match survey {
        Some(survey) => ambiguous::findings(store, survey.id, versions, form)?,
        None => Vec::new(),
    };
    for name in accept {
        if !found
            .iter()
            .any(|f| f.ambiguity.is_named(std::slice::from_ref(name)))
        {
            eprintln!("warning: nothing has to be accepted for '{name}'");
        }
    }
    let (named, open): (Vec<Finding>, Vec<Finding>) = found
        .into_iter()
        .partition(|finding| finding.ambiguity.is_named(accept));
    let (refused, noted): (Vec<Finding>, Vec<Finding>) = open.into_iter().partition(Finding::is_refused);
    for alike in groups(&noted) {
        eprintln!(
            "warning: {}; phones that have the earlier version may still send it",
            told(&alike)
        );
    }
    for alike in groups(&refused) {
        let accepts: Vec<String> = alike
            .iter()
            .map(|f| format!("--accept {}", f.ambiguity.question))
            .collect();
        eprintln!(
            "error: {}; rename the question, or publish with {} if the answers mean the same",
            told(&alike),
            accepts.join(" ")
        );
    }
    if !refused.is_empty() {
        eprintln!("refused: columns of collected answers would mean two things; nothing was published");
        return Ok(Err(ExitCode::from(REFUSED)));
    }
    let mut taken: Vec<String> = named
        .into_iter()
        .map(|finding| finding.ambiguity.question)
        .collect();
    taken.dedup();
    Ok(Ok(taken))
}

/// Findings that only differ in their question: many may use one list.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        let alike = |group: &&mut Vec<&Finding>| {
            let (one, other) = (&group[0].ambiguity, &finding.ambiguity);
            one.why == other.why && one.versions == other.versions
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn told(alike: &[&Finding]) -> String {
    let Ambiguity { why, versions, .. } = &alike[0].ambiguity;
    let quoted = |name: &String| format!("'{name}'");
    let questions: Vec<String> = alike.iter().map(|f| quoted(&f.ambiguity.question)).collect();
    let versions: Vec<String> = versions.iter().map(quoted).collect();
    let responses = counted(alike.iter().map(|f| f.responses).sum(), "response");
    let with = if matches!(why, Why::Code { .. }) {
        " with the code"
    } else {
        ""
    };
    format!(
        "question {}: {why} (earlier: version {}, {responses}{with})",
        questions.join(", "),
        versions.join(", ")
    )
}
