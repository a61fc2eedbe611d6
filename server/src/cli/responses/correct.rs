//! `baraza responses correct`

use super::person::Person;
use super::{Of, counted, doubt, find, plain, sheet, short};
use crate::amend::{Amended, Change, amend};
use crate::cli::{REFUSED, answer};
use crate::ready::Cache;
use crate::store::{Amendment, History, Named, Store};
use crate::sync::file_names;
use anyhow::{Context, bail, ensure};
use clap::Args;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Correct answers: a new version beside what was received, with who, when and why
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza responses correct 3f2a1b4c --set age=34 --why \"a 4 typed for a 3, says Amina\"
  baraza responses correct 3f2a1b4c --set work=\"farm trade\" --clear other_work --by Bola --why \"phoned her\"
  baraza responses correct 3f2a1b4c --set \"member[2]/age=7\" --clear \"member[3]\" --why \"asked again\"
  baraza responses correct 3f2a1b4c --take-conflict 1 --why \"the phone sent it again after a change\"
  baraza responses correct 3f2a1b4c --take-version 0 --why \"the correction was wrong\"
  baraza responses correct --from corrections.csv --dry-run

Answers are written as exports show them: codes, with spaces between several; numbers with a point; dont_know or
prefer_not_to_say where the question may be passed. What the form computes from them follows. What it does not allow
is taken with a flag and a warning.

The file of --from has the columns instance_id, question, value and why, a row for each answer; a blank value clears.
All of its rows are taken, or none.")]
pub struct Correct {
    /// The instance_id, or its first 6 characters or more
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    instance_id: Option<String>,
    /// An answer in the place of another; may be given again
    #[arg(long, value_name = "KEY=VALUE", conflicts_with = "from")]
    set: Vec<String>,
    /// An answer to take away, or an instance of a repeat; may be given again
    #[arg(long, value_name = "KEY", conflicts_with = "from")]
    clear: Vec<String>,
    /// Begin from this second content, as 'show' numbers them
    #[arg(long, value_name = "N", conflicts_with_all = ["from", "take_version"])]
    take_conflict: Option<usize>,
    /// Begin from this version: 0 is what was received
    #[arg(long, value_name = "N", conflicts_with = "from")]
    take_version: Option<usize>,
    /// Only if the response is at this version: so nobody else's correction is passed over
    #[arg(long, value_name = "N", conflicts_with = "from")]
    if_version: Option<i64>,
    /// Take corrections from this CSV file; - is the standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Why
    #[arg(long, value_name = "TEXT", required_unless_present = "from")]
    why: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    of: Of,
}

/// Times that a correction is made up anew because somebody else was quicker.
const TRIES: usize = 20;
/// Changed questions that are named; the history names them all.
const MOST: usize = 12;

pub fn run(correct: &Correct) -> anyhow::Result<ExitCode> {
    let why = correct
        .why
        .as_deref()
        .map(str::trim)
        .filter(|why| !why.is_empty());
    let by = correct.person.name()?;
    let (store, survey) = correct.of.open()?;
    let mut job = Job {
        store: &store,
        forms: Cache::default(),
        by,
        dry_run: correct.dry_run,
    };
    match (&correct.from, &correct.instance_id) {
        (Some(path), _) => job.file(survey, path, why),
        (None, Some(id)) => {
            let why = why.context("--why is blank: say why, for whoever looks at it later")?;
            job.one(&find(&store, survey, id)?, correct, why)
        }
        (None, None) => bail!("which response? Give its instance_id, or --from FILE"),
    }
}

struct Job<'a> {
    store: &'a Store,
    forms: Cache,
    by: String,
    dry_run: bool,
}

/// A correction that was made up.
struct Made {
    amendment: Amendment,
    amended: Amended,
}

impl Job<'_> {
    fn one(&mut self, response: &Named, correct: &Correct, why: &str) -> anyhow::Result<ExitCode> {
        let changes = changes(correct)?;
        let takes = correct.take_conflict.is_some() || correct.take_version.is_some();
        ensure!(
            takes || !changes.is_empty(),
            "what is to be corrected? Say it with --set KEY=VALUE or --clear KEY"
        );
        for _ in 0..TRIES {
            let history = self.history(response)?;
            let at = history.version();
            if let Some(wanted) = correct.if_version.filter(|wanted| *wanted != at) {
                let last = history.corrections.last();
                let last = last.map_or(String::new(), |c| {
                    format!(" ({} corrected it at {})", plain(&c.by), c.at)
                });
                bail!(
                    "{} is at version {at}{last}, not at {wanted}: look at it with 'baraza responses show', and correct it again",
                    response.instance_id
                );
            }
            let base = base(&history, correct)?;
            let made = match self.make(response, &history, base, &changes, why)? {
                Ok(made) => made,
                Err(wrong) => {
                    for message in wrong {
                        eprintln!("error: {}", plain(&message));
                    }
                    eprintln!("{}: nothing was written", short(&response.instance_id));
                    return Ok(ExitCode::from(REFUSED));
                }
            };
            let Some(made) = made else {
                answer(&format!(
                    "{}: the answers are so already; nothing was written\n",
                    short(&response.instance_id)
                ))?;
                return Ok(ExitCode::SUCCESS);
            };
            let made = [made];
            if self.put(&made)? {
                return self.tell(&made);
            }
        }
        bail!(
            "others correct {} at the same time: try again",
            response.instance_id
        )
    }

    fn file(&mut self, survey: Option<i64>, path: &Path, why: Option<&str>) -> anyhow::Result<ExitCode> {
        let file = path.display();
        let sheet = match sheet::of(path, why)? {
            Ok(sheet) => sheet,
            Err(wrong) => return Ok(refused(path, &wrong)),
        };
        for _ in 0..TRIES {
            let (mut made, mut wrong, mut unchanged) = (Vec::new(), Vec::new(), 0);
            let mut seen = std::collections::HashMap::new();
            for (id, wanted) in &sheet {
                let line = wanted.changes.first().map_or(0, |(line, _)| *line);
                let response = match find(self.store, survey, id) {
                    Ok(response) => response,
                    Err(error) => {
                        wrong.push((line, error.to_string()));
                        continue;
                    }
                };
                if let Some(other) = seen.insert(response.row, line) {
                    wrong.push((
                        line,
                        format!("the same response as in line {other}: write its instance_id in one way"),
                    ));
                    continue;
                }
                let history = self.history(&response)?;
                let changes: Vec<Change> = wanted.changes.iter().map(|(_, change)| change.clone()).collect();
                let answers = history.answers().clone();
                match self.make(&response, &history, &answers, &changes, &wanted.whys.join("; "))? {
                    Ok(Some(one)) => made.push(one),
                    Ok(None) => unchanged += 1,
                    // Tried one by one, each error finds its line.
                    Err(messages) => wrong.extend(self.lines(&response, &history, wanted, messages)?),
                }
            }
            if !wrong.is_empty() {
                wrong.sort();
                let wrong: Vec<String> = wrong
                    .iter()
                    .map(|(line, message)| format!("line {line}: {message}"))
                    .collect();
                return Ok(refused(path, &wrong));
            }
            if self.put(&made)? {
                let code = self.tell(&made)?;
                let would = if self.dry_run { "would be " } else { "" };
                let already = match unchanged {
                    0 => String::new(),
                    n => format!(", {} so already", counted(n, "response")),
                };
                answer(&format!(
                    "{file}: {} {would}corrected{already}\n",
                    counted(made.len() as u64, "response")
                ))?;
                return Ok(code);
            }
        }
        bail!("others correct the same responses at the same time: try again")
    }

    /// The line of each error; an error that none of the lines has alone is that of the first.
    fn lines(
        &self,
        response: &Named,
        history: &History,
        wanted: &sheet::Wanted,
        messages: Vec<String>,
    ) -> anyhow::Result<Vec<(u64, String)>> {
        let mut found = Vec::new();
        let mut left = messages;
        for (line, change) in &wanted.changes {
            let alone = self.make(
                response,
                history,
                history.answers(),
                std::slice::from_ref(change),
                "",
            )?;
            for message in alone.err().into_iter().flatten() {
                left.retain(|other| *other != message);
                found.push((*line, message));
            }
        }
        let first = wanted.changes.first().map_or(0, |(line, _)| *line);
        found.extend(left.into_iter().map(|message| (first, message)));
        Ok(found)
    }

    fn history(&self, response: &Named) -> anyhow::Result<History> {
        self.store
            .history(response)?
            .context("the response was just there")
    }

    fn make(
        &self,
        response: &Named,
        history: &History,
        base: &Map<String, Json>,
        changes: &[Change],
        why: &str,
    ) -> anyhow::Result<Result<Option<Made>, Vec<String>>> {
        let version = self
            .forms
            .of_response(self.store, &response.slug, &history.received.version)?;
        let amended = match amend(&version, history, base, changes) {
            Ok(Some(amended)) => amended,
            Ok(None) => return Ok(Ok(None)),
            Err(wrong) => return Ok(Err(wrong)),
        };
        let amendment = Amendment {
            of: response.clone(),
            after: history.version(),
            outcome: amended.checked.outcome.word(),
            answers: json!(amended.checked.answers).to_string(),
            flags: json!(amended.checked.flags).to_string(),
            by: self.by.clone(),
            why: why.to_owned(),
            questions: amended.questions.clone(),
            files: file_names(&amended.checked.answers),
        };
        Ok(Ok(Some(Made { amendment, amended })))
    }

    /// Writes them; false where somebody else was quicker, and they have to be made up anew.
    fn put(&self, made: &[Made]) -> anyhow::Result<bool> {
        if self.dry_run || made.is_empty() {
            return Ok(true);
        }
        let amendments: Vec<Amendment> = made.iter().map(|made| made.amendment.clone()).collect();
        Ok(self.store.correct(&amendments)?.is_ok())
    }

    fn tell(&self, made: &[Made]) -> anyhow::Result<ExitCode> {
        for Made { amendment, amended } in made {
            let id = short(&amendment.of.instance_id);
            let would = if self.dry_run { "would be" } else { "is" };
            let changed = amended.questions.iter().map(|place| {
                let mark = if amended.computed.contains(place) {
                    " (computed)"
                } else {
                    ""
                };
                format!("{}{mark}", plain(place))
            });
            let more = amended.questions.len().saturating_sub(MOST);
            let mut changed: Vec<String> = changed.take(MOST).collect();
            if more > 0 {
                changed.push(format!("and {more} more"));
            }
            let changed = changed.join(", ");
            answer(&format!(
                "{id} {would} at version {}: {changed}\n",
                amendment.after + 1
            ))?;
            for flag in &amended.doubts {
                eprintln!("warning: {id}: {}", doubt(flag));
            }
            if amendment.outcome != "complete" {
                eprintln!(
                    "warning: {id}: the interview counts as {}; {} other than consent no longer count{}",
                    amendment.outcome,
                    counted(amended.dropped as u64, "answer"),
                    if amended.dropped == 1 { "s" } else { "" }
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn refused(path: &Path, wrong: &[String]) -> ExitCode {
    for message in wrong {
        eprintln!("error: {}, {}", path.display(), plain(message));
    }
    eprintln!("{}: refused; nothing was written", path.display());
    ExitCode::from(REFUSED)
}

/// The answers that the changes are made to.
fn base<'a>(history: &'a History, correct: &Correct) -> anyhow::Result<&'a Map<String, Json>> {
    if let Some(n) = correct.take_conflict {
        let there = history.conflicts.len();
        let conflict = n.checked_sub(1).and_then(|at| history.conflicts.get(at));
        let conflict = conflict.with_context(|| match there {
            0 => "the response has no second content".to_owned(),
            1 => "the response has one second content: --take-conflict 1".to_owned(),
            n => format!("the response has {n} second contents: --take-conflict 1 to {n}"),
        })?;
        if conflict.version != history.received.version {
            eprintln!(
                "warning: it was filled in version '{}' of the form, and is checked by version '{}'",
                plain(&conflict.version),
                plain(&history.received.version)
            );
        }
        return Ok(&conflict.answers);
    }
    match correct.take_version {
        None => Ok(history.answers()),
        Some(0) => Ok(&history.received.answers),
        Some(n) => {
            let last = history.corrections.len();
            let version = history.corrections.get(n - 1);
            let version =
                version.with_context(|| format!("there is no version {n}; there are 0 to {last}"))?;
            Ok(&version.answers)
        }
    }
}

fn changes(correct: &Correct) -> anyhow::Result<Vec<Change>> {
    let set = correct.set.iter().map(|set| {
        let (place, value) = set
            .split_once('=')
            .with_context(|| format!("--set takes KEY=VALUE: '{}' has no '='", plain(set)))?;
        Ok(Change {
            place: place.to_owned(),
            to: Some(value.to_owned()),
        })
    });
    let clear = correct.clear.iter().map(|place| {
        Ok(Change {
            place: place.clone(),
            to: None,
        })
    });
    set.chain(clear).collect()
}
