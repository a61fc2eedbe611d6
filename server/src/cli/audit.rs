//! `baraza audit`

use super::{Database, answer};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::process::ExitCode;

/// List the audit log: what was done, when and by whom
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza audit                                  what people did
  baraza audit --all                            with what the server received
  baraza audit --since 2026-11-01 --format csv > log.csv

There are no answers in it. 'baraza verify' says whether it is as it was written.")]
pub struct Audit {
    #[command(flatten)]
    database: Database,
    /// From this day or moment on: 2026-11-24, 2026-11-24T12:00:00Z (UTC)
    #[arg(long, value_name = "MOMENT", default_value = "")]
    since: String,
    /// With each group of responses that was received
    #[arg(long)]
    all: bool,
    /// For a person, a program or a spreadsheet
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For a person
    Text,
    /// For a program: one object a line
    Json,
    /// For a spreadsheet
    Csv,
}

/// Entries that are written at once.
const TOGETHER: usize = 64 << 10;

pub fn run(arguments: &Audit) -> anyhow::Result<ExitCode> {
    let store = arguments.database.open_existing()?;
    let mut waiting = String::new();
    if arguments.format == Shape::Csv {
        waiting += "id,at,by,action,survey,detail,hash\n";
    }
    store.each_audit(&arguments.since, arguments.all, |entry| {
        waiting += &match arguments.format {
            Shape::Json => format!(
                "{}\n",
                json!({ "id": entry.id, "at": entry.at, "by": entry.by, "action": entry.action, "survey": entry.survey,
                        "detail": entry.detail, "hash": entry.hash })
            ),
            Shape::Csv => csv_line(&[
                &entry.id.to_string(), &entry.at, &entry.by, &entry.action, &entry.survey, &entry.detail.to_string(),
                &entry.hash,
            ])?,
            Shape::Text => format!(
                "{:>7}  {}  {:14}  {:14}  {}{}\n",
                entry.id,
                entry.at,
                entry.by,
                entry.action,
                if entry.survey.is_empty() { String::new() } else { format!("{}  ", entry.survey) },
                plain(&entry.detail)
            ),
        };
        if waiting.len() > TOGETHER {
            answer(&std::mem::take(&mut waiting))?;
        }
        Ok(())
    })?;
    answer(&waiting)?;
    Ok(ExitCode::SUCCESS)
}

/// `name value, name value`, without what nobody reads.
fn plain(detail: &serde_json::Value) -> String {
    let Some(fields) = detail.as_object() else {
        return String::new();
    };
    let shown = fields
        .iter()
        .filter(|(name, value)| *name != "sha256" && !value.is_object() && !value.is_null());
    shown
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name} {text}"),
            None => format!("{name} {value}"),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Names come from people: what a spreadsheet would take for a formula has an apostrophe before it.
fn csv_line(cells: &[&str]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|cell| {
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if is_formula {
            format!("'{cell}")
        } else {
            (*cell).to_owned()
        }
    }))?;
    Ok(String::from_utf8(writer.into_inner()?)?)
}
