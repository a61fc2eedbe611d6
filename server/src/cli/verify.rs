//! `baraza verify`

use super::{Database, Format, answer, counted, progress};
use crate::backup::Opened;
use crate::store::copies::folder_of;
use crate::store::verify::{Damage, Part, Report, verify};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look through the database, or a backup, and say whether anything is damaged or was changed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza verify                                      the database, also while the server runs
  baraza verify /media/stick/today.db                a backup
  baraza verify today.db.age --identity baraza.key   an encrypted one
  baraza verify --head 9f86d081884c7d65              whether a head that was noted is still in the log

Looked at are the file (pages, indices, rows that name rows), the audit log (each entry is hashed together with the one
before), all responses (the log has a hash of each group of them), and photos, sounds, files and forms (kept with
the hash of their bytes). Responses from before there was a log are counted, but nothing vouches for them.

Who can write to the file can also change an answer and make the whole log anew. Only a head that was noted elsewhere
finds that: note the number and hash that are printed on paper, and give the hash, or 16 characters of its beginning,
to --head later.

Exit codes: 0 all is well, 1 could not be done, 3 something is damaged or was changed.")]
pub struct Verify {
    /// A backup; the database where none is named
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// The key's file, for an encrypted backup; what is decrypted lies beside the database until it is looked through
    #[arg(long, value_name = "KEYFILE")]
    identity: Option<PathBuf>,
    /// A hash that was noted earlier, or its beginning: is it still in the log?
    #[arg(long, value_name = "HASH", value_parser = noted)]
    head: Option<String>,
    /// For a person or for a program
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Something is damaged.
const DAMAGED: u8 = 3;
/// Characters of a hash that nobody finds another log for.
const ENOUGH: usize = 16;

fn noted(text: &str) -> Result<String, String> {
    let text = text.to_ascii_lowercase();
    let is_hash = text.chars().all(|c| c.is_ascii_hexdigit()) && (ENOUGH..=64).contains(&text.len());
    if is_hash {
        Ok(text)
    } else {
        Err(format!("a hash has {ENOUGH} to 64 characters of 0-9 and a-f"))
    }
}

pub fn run(arguments: &Verify) -> anyhow::Result<ExitCode> {
    let db = &arguments.database.db;
    let file = arguments.file.as_ref().unwrap_or(db);
    let mut bars = Bars::default();
    let report = {
        let opened = match Opened::of(file, arguments.identity.as_deref(), folder_of(db)) {
            // The words for a database that is missing.
            _ if !file.exists() => Opened::plain(file),
            opened => opened?,
        };
        verify(&opened.path, arguments.head.as_deref(), &mut |part, done, of| {
            bars.show(part, done, of);
        })?
    };
    bars.clear();
    let is_missing = arguments.head.is_some() && report.noted.is_none();
    let text = match arguments.format {
        Format::Json => {
            let is_fine = report.is_fine() && !is_missing;
            let said = json!({ "file": file, "fine": is_fine, "head_found": arguments.head.as_ref().map(|_| !is_missing), "report": report });
            format!("{said:#}\n")
        }
        Format::Text => told(&file.display().to_string(), &report, is_missing),
    };
    answer(&text)?;
    Ok(if report.is_fine() && !is_missing {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DAMAGED)
    })
}

fn told(file: &str, report: &Report, is_missing: bool) -> String {
    let verdict = if report.is_fine() && !is_missing {
        "all is well"
    } else {
        "something is damaged or was changed"
    };
    let mut said = format!("{file}: {verdict}\n");
    for (part, name) in [(Part::File, "file"), (Part::Log, "log"), (Part::Files, "files")] {
        let found: Vec<_> = report
            .damage
            .iter()
            .filter(|damage| damage.part == part)
            .collect();
        if found.is_empty() {
            said += &format!("  {name:6} {}\n", fine(part, report));
        }
        for damage in found {
            said += &format!("  {name:6} DAMAGED: {}\n", line(damage));
        }
    }
    if report.more_damage > 0 {
        said += &format!("  and {} more\n", report.more_damage);
    }
    if is_missing {
        said += "  head   MISSING: the head that was noted is not in the log: the log was made anew, or its end cut off\n";
    }
    if let Some(noted) = &report.noted {
        said += &format!("  noted  entry {} of {} is in the log\n", noted.entry, noted.at);
    }
    if let Some(head) = &report.head {
        said += &format!(
            "  head   {head}\n         of {}; note it on paper, for --head later\n",
            head.at
        );
    }
    if !report.is_fine() || is_missing {
        said += "\nWhat to do: keep this file as it is. Look for the newest backup that is well ('baraza verify FILE'), stop the\n\
                 server, and put the backup in its place with 'baraza restore FILE --replace'. Where answers or the log were\n\
                 changed and the file is whole, somebody has written to it: find out who can.\n";
    }
    said
}

fn fine(part: Part, report: &Report) -> String {
    match part {
        Part::File => "whole".into(),
        Part::Files => format!("{} whole, forms with them", counted(report.files, "file")),
        Part::Log => {
            let mut said = match &report.head {
                Some(head) => format!(
                    "unbroken up to entry {}; {} as it says",
                    head.entry,
                    counted(report.vouched + report.vouched_conflicts, "response")
                ),
                None => "none yet".into(),
            };
            if report.before_the_log > 0 {
                said += &format!("; nothing vouches for {} from before it", report.before_the_log);
            }
            said
        }
    }
}

fn line(damage: &Damage) -> String {
    let mut said = String::new();
    if !damage.table.is_empty() {
        said += damage.table;
        said += match damage.rows {
            Some((first, last)) if first == last => format!(" {first}"),
            Some((first, last)) => format!(" {first} to {last}"),
            None => String::new(),
        }
        .as_str();
        said += ": ";
    }
    said += &damage.what;
    if !damage.instances.is_empty() {
        said += &format!(" (instance {}", damage.instances.join(", "));
        let more = damage
            .rows
            .is_some_and(|(first, last)| (last - first) as usize >= damage.instances.len());
        said += if more { " …)" } else { ")" };
    }
    said
}

/// A bar for each part, one after the other.
#[derive(Debug, Default)]
pub struct Bars(Option<(Part, ProgressBar)>);

impl Bars {
    /// Shows how far a part is.
    pub fn show(&mut self, part: Part, done: u64, of: u64) {
        if self.0.as_ref().is_none_or(|(shown, _)| *shown != part) {
            self.clear();
            let what = match part {
                Part::File => "looking through the file",
                Part::Log => "comparing responses with the log",
                Part::Files => "reading photos, sounds and files",
            };
            self.0 = Some((part, progress::bar(what, of)));
        }
        if let Some((_, bar)) = &self.0 {
            bar.set_length(of);
            bar.set_position(done);
        }
    }

    /// Takes the bar away.
    pub fn clear(&mut self) {
        if let Some((_, bar)) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}
