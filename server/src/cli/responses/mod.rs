//! `baraza responses`

mod correct;
mod list;
mod person;
mod review;
mod sheet;
mod show;

pub use person::Person;

use super::{Database, counted, the_survey};
use crate::store::{Named, Store};
use anyhow::{Context, bail, ensure};
use baraza_forms::Flag;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Look at responses, correct them with who, when and why, and say which are approved or rejected
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza responses list --state flagged
  baraza responses show 3f2a1b4c
  baraza responses correct 3f2a1b4c --set age=34 --by Bola --why \"a 4 typed for a 3, says Amina\"
  baraza responses correct --from corrections.csv --dry-run
  baraza responses review 3f2a1b4c 9d0e77aa approved --comment \"phoned the team\"
  baraza responses list --state flagged --format csv | baraza responses review --from - rejected
  baraza responses comment 3f2a1b4c \"the household was asked twice\"

What was received stays as it came: a correction is a new version beside it, and the last one counts in exports, tables
and quotas. Version 0 is what was received. Rejected responses count in no table and no quota, and stay in exports.

A response is 'received', or 'flagged' where its answers or a second content of its instance_id raise doubts, until
somebody says otherwise. A correction takes 'approved' back, as it was said of other answers.

An INSTANCE_ID may be cut to its first 6 characters or more, as long as one response alone begins so. Who does it is
named by --by, by the variable BARAZA_BY, or else by the name of the user of this machine; the audit log keeps it.")]
pub struct Responses {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    Show(show::Show),
    Correct(correct::Correct),
    Review(review::Review),
    Comment(review::Comment),
}

pub fn run(arguments: &Responses) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::List(list) => list::run(list),
        What::Show(show) => show::run(show),
        What::Correct(correct) => correct::run(correct),
        What::Review(review) => review::run(review),
        What::Comment(comment) => review::comment(comment),
    }
}

/// Where responses are looked for.
#[derive(Debug, Args)]
struct Of {
    #[command(flatten)]
    database: Database,
    /// The survey, where there are several
    #[arg(long, value_name = "ID")]
    survey: Option<String>,
}

impl Of {
    /// The store, and the survey's row id where one is named.
    fn open(&self) -> anyhow::Result<(Store, Option<i64>)> {
        let store = self.database.open_existing()?;
        let survey = self
            .survey
            .as_deref()
            .map(|named| the_survey(&store, Some(named)));
        let survey = survey.transpose()?.map(|survey| survey.id);
        Ok((store, survey))
    }
}

/// Characters of an instance ID that a list shows: enough to tell one from a million others.
const SHOWN: usize = 13;
/// Characters by which a response may be named.
const FEWEST: usize = 6;

/// The one response whose instance ID begins so.
fn find(store: &Store, survey: Option<i64>, written: &str) -> anyhow::Result<Named> {
    let written = written.trim();
    let id = written.strip_prefix("uuid:").unwrap_or(written).to_lowercase();
    ensure!(
        id.chars().all(|c| c.is_ascii_hexdigit() || c == '-') && id.len() <= 36,
        "'{}' is no instance_id: 'baraza responses list' shows them",
        plain(written)
    );
    ensure!(
        id.len() >= FEWEST,
        "'{written}' is too short: give at least {FEWEST} characters of the instance_id"
    );
    let mut found = store.named(survey, &id, 6)?;
    match found.len() {
        0 => bail!("there is no response whose instance_id begins with '{written}'"),
        1 => Ok(found.remove(0)),
        n => {
            let all: Vec<String> = found
                .iter()
                .take(5)
                .map(|named| format!("{} of '{}'", named.instance_id, named.slug))
                .collect();
            let more = if n > 5 { ", …" } else { "" };
            bail!(
                "several responses begin with '{written}': {}{more}; write more of it, or name the survey with --survey",
                all.join(", ")
            )
        }
    }
}

/// The first characters of an instance ID.
fn short(instance_id: &str) -> &str {
    instance_id.get(..SHOWN).unwrap_or(instance_id)
}

/// A text of a stranger for a terminal: nothing in it moves the cursor or turns the line around.
fn plain(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = |c: char| match c {
        c if c.is_control() || turns(c) => c.escape_default().collect::<String>(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// `constraint`, as exports write it.
fn rule(flag: &Flag) -> String {
    let word = serde_json::to_value(flag.rule).ok();
    word.and_then(|word| word.as_str().map(String::from))
        .unwrap_or_default()
}

/// `age: the question's constraint does not hold`
fn doubt(flag: &Flag) -> String {
    if flag.question.is_empty() {
        return plain(&flag.message);
    }
    format!("{}: {}", plain(&flag.question), plain(&flag.message))
}

/// The whole of a small file, or of the standard input for `-`.
fn read(path: &std::path::Path) -> anyhow::Result<String> {
    if path.as_os_str() == "-" {
        return std::io::read_to_string(std::io::stdin()).context("can't read the standard input");
    }
    let bytes = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is not UTF-8: save it again as 'CSV UTF-8'", path.display()))?;
    Ok(text.strip_prefix('\u{feff}').map(String::from).unwrap_or(text))
}
