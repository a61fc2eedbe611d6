//! `baraza media`

use super::by::By;
use super::{Database, Format, answer, counted};
use crate::backup::every;
use crate::store::Files;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// How long a file is kept whose response has not come.
pub const AFTER: &str = "30d";

/// Say what photos, sounds and other files there are; remove those that no response names
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza media                              files of each survey, and those that no response names
  baraza media --clean-up                   remove the latter, where they came 30 days ago or earlier
  baraza media --clean-up --older-than 90d

A phone sends files before the response that names them, and may be without a network in between: a file that no response
names may be needed yet. 'baraza serve' removes it after 30 days (--drop-unnamed-after). A phone whose response comes
later still is told which of its files are missing, and sends them again. Each clean-up is noted in the audit log. The
room is used for what comes next; the file of the database does not get smaller.

Limits for a survey's files are in its form's settings: baraza::file_limit_mb and baraza::files_limit_mb.")]
pub struct Media {
    #[command(flatten)]
    database: Database,
    /// Remove files that no response names
    #[arg(long)]
    clean_up: bool,
    /// Only those that came so long ago: 30d, 12h
    #[arg(long, value_name = "SPAN", default_value = AFTER, value_parser = every, requires = "clean_up")]
    older_than: Duration,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    by: By,
}

pub fn run(arguments: &Media) -> anyhow::Result<ExitCode> {
    let store = arguments.database.open_existing()?;
    if arguments.clean_up {
        let dropped = store.drop_unnamed(arguments.older_than, &arguments.by.name())?;
        let said = match arguments.format {
            Format::Json => {
                let removed = json!({ "removed": { "files": dropped.files, "bytes": dropped.bytes } });
                format!("{removed:#}\n")
            }
            Format::Text => format!(
                "removed {} that no response names, {}\n",
                counted(dropped.files, "file"),
                megabytes(dropped.bytes)
            ),
        };
        answer(&said)?;
        return Ok(ExitCode::SUCCESS);
    }
    let files = store.files()?;
    match arguments.format {
        Format::Json => {
            let listed: Vec<Value> = files.iter().map(described).collect();
            answer(&format!("{:#}\n", json!({ "surveys": listed })))?;
        }
        Format::Text => answer(&files.iter().map(line).collect::<String>())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn described(files: &Files) -> Value {
    let pair = |(files, bytes): (u64, u64)| json!({ "files": files, "bytes": bytes });
    json!({
        "survey": files.survey,
        "whole": pair(files.whole),
        "unnamed": pair(files.unnamed),
        "unfinished": pair(files.unfinished),
    })
}

fn line(files: &Files) -> String {
    let pair = |(files, bytes): (u64, u64)| format!("{}, {}", counted(files, "file"), megabytes(bytes));
    let mut line = format!("{}  {}", files.survey, pair(files.whole));
    for (what, some) in [
        ("named by no response", files.unnamed),
        ("come in part so far", files.unfinished),
    ] {
        if some.0 > 0 {
            line += &format!("; {what}: {}", pair(some));
        }
    }
    line + "\n"
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / f64::from(1 << 20))
}
