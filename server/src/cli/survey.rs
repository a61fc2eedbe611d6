//! `baraza survey`

use super::by::By;
use super::of::Of;
use super::{Format, REFUSED, answer};
use crate::running::{Decision, State, checked};
use clap::{Args, Subcommand};
use serde_json::json;
use std::process::ExitCode;

/// Pause a survey, everywhere or in some areas, close it, and let it ask people again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza survey pause --why 'Roads are closed' --until 2027-03-25
  baraza survey pause --area north --area east      only there; codes of the question with the role 'area'
  baraza survey resume
  baraza survey close --survey household
  baraza survey show --format json

The survey's page then says so to who wants to begin, in their language, and enumerators see it in their list. Phones
hear of it at their next contact. What was begun before can be finished, and no response is turned away: one that was
begun after the pause is stored with the flag 'paused'. A later pause takes the place of the one before.")]
pub struct Running {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Begin no new interviews for a while
    Pause(Pause),
    /// Ask people again, everywhere
    Resume(Resume),
    /// Begin no new interviews any more; 'resume' opens it again
    Close(Close),
    /// Say what a survey does
    Show(Show),
}

#[derive(Debug, Args)]
struct Pause {
    /// Code of an area that is paused; may be given again; everywhere where none is named
    #[arg(long, value_name = "CODE")]
    area: Vec<String>,
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct Close {
    #[command(flatten)]
    reason: Reason,
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct Resume {
    #[command(flatten)]
    of: Of,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, Args)]
struct Reason {
    /// Why, in a few words: phones show it to everybody, as it is
    #[arg(long, value_name = "WORDS", default_value = "")]
    why: String,
    /// Until which day, year-month-day: it is shown, and nothing happens by itself on it
    #[arg(long, value_name = "DAY", default_value = "")]
    until: String,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    of: Of,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn run(arguments: &Running) -> anyhow::Result<ExitCode> {
    let with = |state, areas: &[String], reason: &Reason| Decision {
        state,
        areas: areas.to_vec(),
        why: reason.why.clone(),
        until: reason.until.clone(),
    };
    match &arguments.what {
        What::Pause(pause) => decide(
            &pause.of,
            with(State::Paused, &pause.area, &pause.reason),
            &pause.by,
        ),
        What::Close(close) => decide(&close.of, with(State::Closed, &[], &close.reason), &close.by),
        What::Resume(resume) => decide(&resume.of, Decision::default(), &resume.by),
        What::Show(show) => tell(show),
    }
}

fn decide(of: &Of, wish: Decision, by: &By) -> anyhow::Result<ExitCode> {
    let (store, survey, form) = of.open_form()?;
    let in_areas = !wish.areas.is_empty();
    let decision = match checked(&form, wish, in_areas) {
        Ok(decision) => decision,
        Err(wrong) => {
            eprintln!("error: {wrong}; '{}' is as it was", survey.slug);
            return Ok(ExitCode::from(REFUSED));
        }
    };
    store.decide((survey.id, &survey.slug), &decision, &by.name())?;
    answer(&format!("{}\n", in_words(&survey.slug, &decision)))?;
    Ok(ExitCode::SUCCESS)
}

fn in_words(slug: &str, decision: &Decision) -> String {
    let places = if decision.areas.is_empty() {
        String::new()
    } else {
        format!(" in {}", decision.areas.join(", "))
    };
    let until = if decision.until.is_empty() {
        String::new()
    } else {
        format!(" until {}", decision.until)
    };
    let why = if decision.why.is_empty() {
        String::new()
    } else {
        format!(": {}", decision.why)
    };
    format!("'{slug}' is {}{places}{until}{why}", decision.state)
}

fn tell(show: &Show) -> anyhow::Result<ExitCode> {
    let (store, survey, _) = show.of.open_form()?;
    let timeline = store.timeline(survey.id)?;
    let last = timeline.0.last().cloned();
    let decision = last
        .as_ref()
        .map(|change| change.decision.clone())
        .unwrap_or_default();
    match show.format {
        Format::Text => answer(&format!("{}\n", in_words(&survey.slug, &decision)))?,
        Format::Json => {
            let since = last.map(|change| (change.since, change.by)).unzip();
            let told = json!({
                "survey": survey.slug, "state": decision.state.word(), "areas": decision.areas,
                "why": decision.why, "until": decision.until, "since": since.0, "by": since.1,
            });
            answer(&format!("{told}\n"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
