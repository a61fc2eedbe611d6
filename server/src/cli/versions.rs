//! `baraza versions`

use super::{Database, Format, answer, counted, the_survey};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// List the versions of a survey's form, the newest first, with the responses to each
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza versions
  baraza versions --survey household --format json
  baraza diff --survey household 3 4         what changed between two of them

Phones that have an older version go on with it, and their responses are checked against it. The newest is the one
that phones load.")]
pub struct Versions {
    #[command(flatten)]
    database: Database,
    /// The survey, where there are several
    #[arg(long, value_name = "ID")]
    survey: Option<String>,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Characters of a digest that a person compares.
const SHOWN: usize = 12;

pub fn run(arguments: &Versions) -> anyhow::Result<ExitCode> {
    let store = arguments.database.open_existing()?;
    let survey = the_survey(&store, arguments.survey.as_deref())?;
    let versions = store.versions(survey.id)?;
    let mut responses = store.responses_by_version(survey.id)?;
    let mut counts = Vec::new();
    for version in &versions {
        counts.push(responses.remove(&version.form.version).unwrap_or_default());
    }
    if arguments.format == Format::Json {
        let listed: Vec<_> = versions
            .iter()
            .zip(&counts)
            .map(|(version, responses)| {
                json!({
                    "version": version.form.version,
                    "published_at": version.published_at,
                    "digest": version.digest,
                    "responses": responses,
                    "files": version.files,
                    "accepted": version.accepted,
                })
            })
            .collect();
        let all =
            json!({"survey": survey.slug, "versions": listed, "responses_of_unknown_versions": responses});
        answer(&format!("{all:#}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let widest = versions.iter().map(|v| v.form.version.chars().count()).max();
    let width = widest.unwrap_or_default();
    let mut lines = String::new();
    for (version, count) in versions.iter().zip(counts) {
        let mut more = String::new();
        if !version.files.is_empty() {
            more += &format!(", {}", counted(version.files.len() as u64, "file"));
        }
        if !version.accepted.is_empty() {
            more += &format!(", accepted: {}", version.accepted.join(", "));
        }
        lines += &format!(
            "{:width$}  {}  {}  {}{more}\n",
            version.form.version,
            version.published_at,
            &version.digest[..SHOWN],
            counted(count, "response"),
        );
    }
    for (version, count) in responses {
        lines += &format!(
            "{version:width$}  not published here  {}\n",
            counted(count, "response")
        );
    }
    answer(&lines)?;
    Ok(ExitCode::SUCCESS)
}
