//! `baraza responses list`

use super::{Of, counted, plain, rule, short};
use crate::amend::flags;
use crate::cli::the_survey;
use crate::monitor::{Kind, Look, Monitor};
use crate::ready::Cache;
use crate::store::{State, Store, Summary, Survey};
use baraza_analysis::neutral;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::HashMap;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

/// List responses with their states, without answers
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza responses list --state flagged --state received
  baraza responses list --enumerator Amina --since 2026-11-01
  baraza responses list --flag constraint            by the rule
  baraza responses list --flag age --format csv      by the question
  baraza responses list --doubts --flag twin         what is nearly the same as another

With --format json there is one object a line.")]
pub struct List {
    #[command(flatten)]
    of: Of,
    /// In this state: received, flagged, approved or rejected; may be given again
    #[arg(long, value_name = "STATE", value_parser = state)]
    state: Vec<State>,
    /// From this enumerator
    #[arg(long, value_name = "NAME")]
    enumerator: Option<String>,
    /// Received on this day or at this moment (UTC), or later: 2026-11-01, 2026-11-01T12:00:00Z
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// With a flag of this rule, or on this question; with --doubts also with a doubt of this kind
    #[arg(long, value_name = "RULE|KEY|KIND")]
    flag: Option<String>,
    /// Tell also what the desk doubts: fast, straight (the same answer in a row), twin (nearly the same as another),
    /// passed (much not known or not said), night, far (from its area), clock
    #[arg(long)]
    doubts: bool,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
    Text,
    /// For a program
    Json,
    /// For a spreadsheet, and for --from of other commands
    Csv,
}

/// A state by its word.
pub fn state(word: &str) -> Result<State, String> {
    State::read(word).ok_or_else(|| {
        let all = State::ALL.map(State::word).join(", ");
        format!("there is no state '{word}'; there are: {all}")
    })
}

/// As moments of arrival are written: a day begins at midnight UTC.
fn moment(written: &str) -> anyhow::Result<String> {
    if let Ok(moment) = written.parse::<jiff::Timestamp>() {
        return Ok(format!("{moment:.3}"));
    }
    let day: jiff::civil::Date = written.parse().map_err(|_| {
        anyhow::anyhow!("'{written}' is no day and no moment: write 2026-11-01 or 2026-11-01T12:00:00Z")
    })?;
    Ok(day.to_string())
}

/// Kinds of doubts by the row ids of responses; what the form does not allow is told as a flag.
type Doubts = HashMap<i64, Vec<&'static str>>;

fn doubts(store: &Store, survey: &Survey) -> anyhow::Result<Doubts> {
    let is_told = |kind: &Kind| !matches!(kind, Kind::Form | Kind::Conflict | Kind::Said);
    let (monitor, forms) = (Monitor::default(), Cache::default());
    loop {
        let looked = monitor.look((store, &forms), (survey.id, &survey.slug), |seen, made| {
            let doubted = made.doubted.iter().map(|(at, doubts)| {
                let kinds = doubts.iter().map(crate::monitor::Doubt::kind).filter(is_told);
                (seen.rows[*at].id, kinds.map(Kind::word).collect())
            });
            doubted.collect()
        })?;
        // Of very many, a look reads a part.
        if let Look::Seen(doubts) = looked {
            return Ok(doubts);
        }
    }
}

const COLUMNS: [&str; 10] = [
    "instance_id",
    "received_at",
    "enumerator",
    "version",
    "outcome",
    "state",
    "corrections",
    "conflicts",
    "comments",
    "flags",
];

pub fn run(list: &List) -> anyhow::Result<ExitCode> {
    let store = list.of.database.open_existing()?;
    let survey = the_survey(&store, list.of.survey.as_deref())?;
    let since = list.since.as_deref().map(moment).transpose()?.unwrap_or_default();
    let doubts = list.doubts.then(|| doubts(&store, &survey)).transpose()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if list.format == Format::Csv {
        out.write_all(&csv_line(
            COLUMNS.into_iter().chain(list.doubts.then_some("doubts")),
        )?)?;
    }
    let mut count = 0;
    let written = store.each_summary(survey.id, &since, |summary| {
        let kinds = doubts
            .as_ref()
            .map(|doubts| doubts.get(&summary.row).map_or(&[][..], Vec::as_slice));
        if !list.wants(&summary, kinds.unwrap_or_default()) {
            return Ok(());
        }
        match list.format {
            Format::Text => {
                if count == 0 {
                    writeln!(out, "{HEADER}")?;
                }
                writeln!(out, "{}", line(&summary, kinds.unwrap_or_default()))?;
            }
            Format::Json => writeln!(out, "{}", as_json(&summary, kinds))?,
            Format::Csv => {
                let cells = cells(&summary)
                    .into_iter()
                    .chain(kinds.map(|kinds| kinds.join("; ")));
                out.write_all(&csv_line(cells.map(|cell| neutral(&cell)))?)?;
            }
        }
        count += 1;
        Ok(())
    });
    let ended = written.and_then(|()| Ok(out.flush()?));
    // Who reads only the beginning has what they want.
    let cut = |error: &anyhow::Error| {
        let cause = error.downcast_ref::<std::io::Error>();
        cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
    };
    match ended {
        Err(error) if !cut(&error) => return Err(error),
        _ => {}
    }
    if list.format == Format::Text {
        eprintln!("{} of {}", counted(count, "response"), survey.responses);
    }
    Ok(ExitCode::SUCCESS)
}

impl List {
    fn wants(&self, summary: &Summary, doubts: &[&str]) -> bool {
        let named = |flag: &str| {
            flags(&summary.flags)
                .iter()
                .any(|found| rule(found) == flag || found.question == flag)
                || doubts.contains(&flag)
        };
        (self.state.is_empty() || self.state.contains(&summary.state))
            && self
                .enumerator
                .as_ref()
                .is_none_or(|name| summary.enumerator.as_ref().is_some_and(|by| by == name))
            && self.flag.as_deref().is_none_or(named)
    }
}

const HEADER: &str =
    "instance_id    received_at       state     version  from              what is to be seen";

fn line(summary: &Summary, doubts: &[&str]) -> String {
    let mut seen: Vec<String> = flags(&summary.flags)
        .iter()
        .map(|flag| {
            format!("{} {}", rule(flag), plain(&flag.question))
                .trim()
                .to_owned()
        })
        .collect();
    seen.extend(doubts.iter().map(|&kind| kind.to_owned()));
    if summary.outcome != "complete" {
        seen.insert(0, summary.outcome.clone());
    }
    if summary.conflicts > 0 {
        seen.push(counted(summary.conflicts, "second content"));
    }
    if summary.comments > 0 {
        seen.push(counted(summary.comments, "comment"));
    }
    let from = plain(summary.enumerator.as_deref().unwrap_or("-"));
    let received = summary
        .received_at
        .get(..16)
        .unwrap_or_default()
        .replace('T', " ");
    format!(
        "{:13}  {received:16}  {:8}  {:>7}  {from:16}  {}",
        short(&summary.instance_id),
        summary.state.word(),
        summary.corrections,
        seen.join("; ")
    )
    .trim_end()
    .to_owned()
}

fn as_json(summary: &Summary, doubts: Option<&[&str]>) -> serde_json::Value {
    let mut written = json!({
        "instance_id": summary.instance_id,
        "received_at": summary.received_at,
        "enumerator": summary.enumerator,
        "version": summary.version,
        "outcome": summary.outcome,
        "state": summary.state.word(),
        "corrections": summary.corrections,
        "conflicts": summary.conflicts,
        "comments": summary.comments,
        "flags": flags(&summary.flags),
    });
    if let Some(doubts) = doubts {
        written["doubts"] = json!(doubts);
    }
    written
}

fn csv_line<T: AsRef<[u8]>>(cells: impl Iterator<Item = T>) -> anyhow::Result<Vec<u8>> {
    let mut line = csv::Writer::from_writer(Vec::new());
    line.write_record(cells)?;
    Ok(line.into_inner()?)
}

fn cells(summary: &Summary) -> [String; 10] {
    let flags: Vec<String> = flags(&summary.flags)
        .iter()
        .map(|flag| format!("{}: {}", rule(flag), flag.question))
        .collect();
    [
        summary.instance_id.clone(),
        summary.received_at.clone(),
        summary.enumerator.clone().unwrap_or_default(),
        summary.version.clone(),
        summary.outcome.clone(),
        summary.state.word().to_owned(),
        summary.corrections.to_string(),
        summary.conflicts.to_string(),
        summary.comments.to_string(),
        flags.join("; "),
    ]
}
