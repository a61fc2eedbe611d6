//! `baraza responses review` and `comment`

use super::list::state;
use super::person::Person;
use super::{Of, counted, find, read, short};
use crate::cli::answer;
use crate::store::{Named, Store, Verdict};
use anyhow::{bail, ensure};
use clap::Args;
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

/// Say of responses that they are received, flagged, approved or rejected
#[derive(Debug, Args)]
#[command(
    override_usage = "baraza responses review [OPTIONS] INSTANCE_ID… STATE\n       baraza responses review [OPTIONS] --from FILE STATE",
    after_help = "\
Examples:
  baraza responses review 3f2a1b4c approved
  baraza responses review 3f2a1b4c 9d0e77aa rejected --by Bola --comment \"filled in at home, says the supervisor\"
  baraza responses review 3f2a1b4c approved --if-version 2      only if nobody corrected it since
  baraza responses list --enumerator Amina --format csv | baraza responses review --from - approved

All of them are set, or none where one is not found."
)]
pub struct Review {
    /// The responses, by instance_id or its first 6 characters or more, and at last the state
    #[arg(required = true, value_name = "INSTANCE_ID… STATE")]
    words: Vec<String>,
    /// Take instance_ids from this file, one a line or the first column of a CSV; - is the standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Why, or what else is to be known
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Only if the response is at this version: 0 as received, 1 after the first correction
    #[arg(long, value_name = "N")]
    if_version: Option<i64>,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    of: Of,
}

/// Say something of a response, leaving its state
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  baraza responses comment 3f2a1b4c \"the household was asked twice\" --by Bola")]
pub struct Comment {
    /// The instance_id, or its first 6 characters or more
    instance_id: String,
    /// What is said
    text: String,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    of: Of,
}

pub fn run(review: &Review) -> anyhow::Result<ExitCode> {
    let Some((last, ids)) = review.words.split_last() else {
        bail!("which state? received, flagged, approved or rejected");
    };
    let state = state(last).map_err(|message| anyhow::anyhow!("{message}; the state comes last"))?;
    let by = review.person.name()?;
    let (store, survey) = review.of.open()?;
    let mut wanted: Vec<(String, String)> = ids.iter().map(|id| (id.clone(), String::new())).collect();
    if let Some(path) = &review.from {
        wanted.extend(ids_of(&read(path)?, &path.display().to_string()));
    }
    let responses = all(&store, survey, &wanted)?;
    ensure!(
        !responses.is_empty(),
        "no response is named: give an instance_id before the state"
    );
    ensure!(
        review.if_version.is_none() || responses.len() == 1,
        "--if-version is for one response"
    );
    let verdict = Verdict {
        state: Some(state),
        comment: review.comment.as_deref().unwrap_or_default().trim().to_owned(),
        by,
        corrections: review.if_version,
    };
    store.review(&responses, &verdict)??;
    let which = match &responses[..] {
        [one] => short(&one.instance_id).to_owned(),
        all => counted(all.len() as u64, "response"),
    };
    answer(&format!("{which}: {}\n", state.word()))?;
    Ok(ExitCode::SUCCESS)
}

pub fn comment(comment: &Comment) -> anyhow::Result<ExitCode> {
    let text = comment.text.trim().to_owned();
    ensure!(!text.is_empty(), "the comment says nothing");
    let by = comment.person.name()?;
    let (store, survey) = comment.of.open()?;
    let response = find(&store, survey, &comment.instance_id)?;
    let verdict = Verdict {
        state: None,
        comment: text,
        by,
        corrections: None,
    };
    let id = short(&response.instance_id).to_owned();
    store.review(&[response], &verdict)??;
    answer(&format!("{id}: noted\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Each named response once; an error tells of all that are not found.
fn all(store: &Store, survey: Option<i64>, wanted: &[(String, String)]) -> anyhow::Result<Vec<Named>> {
    let (mut found, mut seen, mut wrong) = (Vec::new(), HashSet::new(), Vec::new());
    for (id, place) in wanted {
        match find(store, survey, id) {
            Ok(named) if seen.insert(named.row) => found.push(named),
            Ok(_) => {}
            Err(error) => wrong.push(format!("{place}{error}")),
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(20);
        wrong.truncate(20);
        if more > 0 {
            wrong.push(format!("… and {more} more"));
        }
        bail!("{}\nnothing was written", wrong.join("\n"));
    }
    Ok(found)
}

/// The first cell of each line with its place; a header and blank lines are passed over.
fn ids_of(text: &str, file: &str) -> Vec<(String, String)> {
    let cells = text.lines().enumerate().map(|(at, line)| {
        let cell = line.split([',', ';', '\t']).next().unwrap_or_default();
        (
            cell.trim().trim_matches('"').to_owned(),
            format!("{file}, line {}: ", at + 1),
        )
    });
    cells
        .filter(|(cell, _)| !cell.is_empty() && cell != "instance_id")
        .collect()
}
