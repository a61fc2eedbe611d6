//! `baraza responses show`

use super::{Of, doubt, find, plain, rule};
use crate::amend::{Difference, differences, flags, places};
use crate::cli::{Format, answer};
use crate::store::{History, Named};
use anyhow::Context;
use clap::Args;
use serde_json::{Map, Value as Json, json};
use std::process::ExitCode;

/// Show one response: its answers as they are now, and all that became of it
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  baraza responses show 3f2a1b4c

Shows the individual answers of one person, for those who may see them: send this to nobody else.")]
pub struct Show {
    /// The instance_id, or its first 6 characters or more
    instance_id: String,
    #[command(flatten)]
    of: Of,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn run(show: &Show) -> anyhow::Result<ExitCode> {
    let (store, survey) = show.of.open()?;
    let named = find(&store, survey, &show.instance_id)?;
    let history = store.history(&named)?.context("the response was just there")?;
    let text = match show.format {
        Format::Json => format!("{:#}\n", as_json(&named, &history)),
        Format::Text => format!(
            "{}{}{}{}",
            head(&named, &history),
            answers(&history),
            versions(&history),
            said(&history)
        ),
    };
    answer(&text)?;
    if show.format == Format::Text {
        eprintln!("individual answers: they can put people in danger where others see them");
    }
    Ok(ExitCode::SUCCESS)
}

fn head(named: &Named, history: &History) -> String {
    let received = &history.received;
    let from = received.enumerator.as_deref().unwrap_or("nobody signed in");
    let synthetic = if received.synthetic { "  (synthetic)" } else { "" };
    format!(
        "{} of '{}'{synthetic}\n  state     {}\n  version   {}\n  received  {} from {}, form {} in {}\n  outcome   {}\n",
        named.instance_id,
        named.slug,
        received.state.word(),
        history.version(),
        received.received_at,
        plain(from),
        plain(&received.version),
        plain(&received.language),
        history.outcome(),
    )
}

fn answers(history: &History) -> String {
    let all = places(history.answers());
    let width = all
        .iter()
        .map(|(place, _)| place.chars().count())
        .max()
        .unwrap_or_default();
    let answers = all
        .iter()
        .map(|(place, json)| format!("  {:width$}  {}\n", plain(place), written(Some(json))));
    let mut text = format!("\nanswers\n{}", answers.collect::<String>());
    let flags = flags(history.flags());
    if !flags.is_empty() {
        let lines = flags
            .iter()
            .map(|flag| format!("  {} ({})\n", doubt(flag), rule(flag)));
        text += &format!("\nflags\n{}", lines.collect::<String>());
    }
    text
}

fn versions(history: &History) -> String {
    let mut text = format!("\nversions\n  0  {}  as received\n", history.received.received_at);
    let mut before = &history.received.answers;
    let mut outcome = &history.received.outcome;
    for correction in &history.corrections {
        text += &format!(
            "  {}  {}  {}: {}\n",
            correction.number,
            correction.at,
            plain(&correction.by),
            plain(&correction.why)
        );
        text += &changes(before, &correction.answers);
        if *outcome != correction.outcome {
            text += &format!("       outcome: {outcome} -> {}\n", correction.outcome);
        }
        (before, outcome) = (&correction.answers, &correction.outcome);
    }
    for (at, conflict) in history.conflicts.iter().enumerate() {
        let from = conflict
            .enumerator
            .as_deref()
            .map(|name| format!(" from {}", plain(name)));
        let (from, differs) = (
            from.unwrap_or_default(),
            changes(history.answers(), &conflict.answers),
        );
        let counts = if differs.is_empty() {
            "the answers that count"
        } else {
            "it does not count, 'correct --take-conflict' takes it"
        };
        text += &format!(
            "\nsecond content {}, {}{from}: {counts}\n{differs}",
            at + 1,
            conflict.received_at
        );
    }
    text
}

fn changes(before: &Map<String, Json>, after: &Map<String, Json>) -> String {
    let line = |found: &Difference| {
        let (before, after) = (written(found.before.as_ref()), written(found.after.as_ref()));
        format!("       {}: {before} -> {after}\n", plain(&found.place))
    };
    differences(before, after).iter().map(line).collect()
}

fn said(history: &History) -> String {
    if history.reviews.is_empty() {
        return String::new();
    }
    let line = |review: &crate::store::Review| {
        let state = review.state.map_or("comment", crate::store::State::word);
        let by = plain(&review.by);
        format!("  {}  {by}  {state}  {}", review.at, plain(&review.comment))
            .trim_end()
            .to_owned()
            + "\n"
    };
    let lines: String = history.reviews.iter().map(line).collect();
    format!("\nreviews and comments\n{lines}")
}

/// An answer as --set takes it.
pub fn written(json: Option<&Json>) -> String {
    match json {
        None => "(none)".into(),
        Some(Json::String(text)) => plain(text),
        Some(Json::Array(codes)) => {
            let codes = codes.iter().map(|code| written(Some(code)));
            codes.collect::<Vec<_>>().join(" ")
        }
        Some(Json::Object(fields)) if fields.is_empty() => "(empty)".into(),
        Some(other) => match other.get("pass").and_then(Json::as_str) {
            Some(pass) => plain(pass),
            None => plain(&other.to_string()),
        },
    }
}

fn as_json(named: &Named, history: &History) -> Json {
    let received = &history.received;
    let mut before = &received.answers;
    let mut corrections = Vec::new();
    for correction in &history.corrections {
        let changed: Vec<Json> = differences(before, &correction.answers)
            .iter()
            .map(|found| json!({ "question": found.place, "before": found.before, "after": found.after }))
            .collect();
        corrections.push(json!({
            "version": correction.number, "at": correction.at, "by": correction.by, "why": correction.why,
            "outcome": correction.outcome, "flags": flags(&correction.flags), "changed": changed,
            "answers": correction.answers,
        }));
        before = &correction.answers;
    }
    let conflicts: Vec<Json> = history
        .conflicts
        .iter()
        .map(|c| {
            json!({ "received_at": c.received_at, "form_version": c.version, "enumerator": c.enumerator,
                    "flags": flags(&c.flags), "answers": c.answers })
        })
        .collect();
    let reviews: Vec<Json> = history
        .reviews
        .iter()
        .map(|r| json!({ "state": r.state.map(crate::store::State::word), "comment": r.comment, "at": r.at, "by": r.by }))
        .collect();
    json!({
        "instance_id": named.instance_id,
        "survey": named.slug,
        "state": received.state.word(),
        "version": history.version(),
        "form_version": received.version,
        "received_at": received.received_at,
        "started": received.started,
        "finished": received.finished,
        "language": received.language,
        "enumerator": received.enumerator,
        "synthetic": received.synthetic,
        "outcome": history.outcome(),
        "answers": history.answers(),
        "flags": flags(history.flags()),
        "received": { "outcome": received.outcome, "answers": received.answers, "flags": flags(&received.flags) },
        "corrections": corrections,
        "conflicts": conflicts,
        "reviews": reviews,
    })
}
