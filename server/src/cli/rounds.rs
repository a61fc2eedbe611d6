//! `baraza rounds`

use super::by::By;
use super::of::Of;
use super::{Format, REFUSED, answer, counted};
use crate::desk::rounds;
use crate::running::round_name;
use crate::store::Started;
use clap::{Args, Subcommand};
use serde_json::json;
use std::process::ExitCode;

/// Name the rounds of a survey: periods of collection that are compared with one another
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza rounds start Baseline --from-beginning    all responses so far are of it
  baraza rounds start 'After the rains'            ends the one before
  baraza rounds end
  baraza rounds list
  baraza analyse --rounds round --out tables       what changed from one round to the next

A response is of the round in which it was begun, by the phone's clock; where that can't be right, by its arrival. One
that was begun in none has a blank 'round' in exports.")]
pub struct RoundsOf {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Start a round; the one before ends
    Start(Start),
    /// End the round that is open
    End(End),
    /// List the rounds with their responses
    List(List),
}

#[derive(Debug, Args)]
struct Start {
    /// Its name
    #[arg(value_name = "NAME")]
    round: String,
    /// All responses so far are of it; only the first round can have them
    #[arg(long)]
    from_beginning: bool,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct End {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    of: Of,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn run(arguments: &RoundsOf) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Start(start) => begin(start),
        What::End(end) => {
            let (store, survey) = end.of.open()?;
            match store.end_round((survey.id, &survey.slug), &end.by.name())? {
                Some(name) => answer(&format!("the round '{name}' has ended\n"))?,
                None => answer("no round was open\n")?,
            }
            Ok(ExitCode::SUCCESS)
        }
        What::List(all) => list(all),
    }
}

fn begin(start: &Start) -> anyhow::Result<ExitCode> {
    let (store, survey) = start.of.open()?;
    let of = (survey.id, survey.slug.as_str());
    let wrong = match round_name(&start.round) {
        None => "a round's name has from 1 to 60 characters",
        Some(name) => match store.start_round(of, &name, start.from_beginning, &start.by.name())? {
            Started::Open => {
                answer(&format!("the round '{name}' of '{}' is open\n", survey.slug))?;
                return Ok(ExitCode::SUCCESS);
            }
            Started::NameTaken => "another round of the survey has this name",
            Started::NotTheFirst => {
                "only the first round can have the responses before it: leave out --from-beginning"
            }
        },
    };
    eprintln!("error: {wrong}; nothing was changed");
    Ok(ExitCode::from(REFUSED))
}

fn list(all: &List) -> anyhow::Result<ExitCode> {
    let (store, survey) = all.of.open()?;
    let (rounds, outside) = rounds::counted(&store, survey.id)?;
    if all.format == Format::Json {
        let rounds: Vec<_> = rounds
            .iter()
            .map(|counted| {
                json!({
                    "name": counted.round.name, "began_at": counted.round.began_at,
                    "ended_at": counted.round.ended_at, "responses": counted.responses,
                })
            })
            .collect();
        let told = json!({ "survey": survey.slug, "rounds": rounds, "outside": outside });
        answer(&format!("{told}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut text = String::new();
    for one in &rounds {
        let began = if one.round.began_at.is_empty() {
            "the beginning"
        } else {
            &one.round.began_at
        };
        let ended = one.round.ended_at.as_deref().unwrap_or("now");
        let responses = counted(one.responses, "response");
        text += &format!("{}: from {began} to {ended}, {responses}\n", one.round.name);
    }
    if rounds.is_empty() {
        text += "the survey has no rounds: 'baraza rounds start NAME' begins one\n";
    } else if outside > 0 {
        text += &format!("begun in no round: {}\n", counted(outside, "response"));
    }
    answer(&text)?;
    Ok(ExitCode::SUCCESS)
}
