//! Looks through a database and says what is damaged: the file itself, the audit log, the responses that the log
//! vouches for, and the files that are called by their content.
//!
//! Each part is read as of one moment, so that a server may go on writing, and row by row.

mod files;
mod ids;
mod log;
mod rows;

use super::copies::open_to_read;
use super::sound::is_damage;
use super::{OpenError, audit};
use rusqlite::Connection;
use serde::Serialize;
use std::path::Path;

/// Findings that are told one by one; of more only their number.
const TOLD: usize = 100;
/// Instance ids that are named with a finding.
const EXAMPLES: usize = 5;

/// What is looked at; said while it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The file as SQLite sees it.
    File,
    /// The audit log, and the responses that it vouches for.
    Log,
    /// Photos, sounds and files of responses, files of labels, and forms.
    Files,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// Where it was found.
    pub part: Part,
    /// The table; blank where it is the file itself.
    pub table: &'static str,
    /// First and last row id.
    pub rows: Option<(i64, i64)>,
    /// Instance ids of responses among which the damage is; the first ones.
    pub instances: Vec<String>,
    /// What it is, for a person.
    pub what: String,
}

/// An entry of the audit log by which a log is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Number of the entry.
    pub entry: i64,
    /// Its moment.
    pub at: String,
    /// Its hash, hexadecimal.
    pub hash: String,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Damage; nothing where all is well.
    pub damage: Vec<Damage>,
    /// Damage beyond what is listed.
    pub more_damage: u64,
    /// Last entry of the audit log; none in a database from before it.
    pub head: Option<Head>,
    /// The entry that was asked for by its hash.
    pub noted: Option<Head>,
    /// Responses that the log vouches for.
    pub vouched: u64,
    /// Second contents that the log vouches for.
    pub vouched_conflicts: u64,
    /// Responses and second contents from before the log.
    pub before_the_log: u64,
    /// Moment at which the last response arrived.
    pub last_received: Option<String>,
    /// Files of responses and labels, and forms, whose bytes are what their names say.
    pub files: u64,
}

impl Report {
    /// Whether nothing is damaged.
    pub fn is_fine(&self) -> bool {
        self.damage.is_empty()
    }

    /// All responses, whether the log vouches for them or not.
    pub fn responses(&self) -> u64 {
        self.vouched + self.before_the_log
    }

    fn add(&mut self, damage: Damage) {
        if self.damage.len() < TOLD {
            self.damage.push(damage);
        } else {
            self.more_damage += 1;
        }
    }

    fn add_unreadable(&mut self, part: Part, table: &'static str, error: &rusqlite::Error) {
        self.add(Damage {
            part,
            table,
            rows: None,
            instances: Vec::new(),
            what: format!("it can't be read to its end ({error})"),
        });
    }
}

/// How far it is: a part, and how many of how many are done.
pub type Progress<'a> = &'a mut dyn FnMut(Part, u64, u64);

/// Looks through a database file and changes nothing. `noted` is the beginning of a hash that is to be in the log.
pub fn verify(path: &Path, noted: Option<&str>, progress: Progress<'_>) -> Result<Report, OpenError> {
    let mut report = Report::default();
    let connection = match open_to_read(path) {
        Ok(connection) => connection,
        Err(OpenError::Damaged(_)) => {
            report.add(Damage {
                part: Part::File,
                table: "",
                rows: None,
                instances: Vec::new(),
                what: "its first page does not say what is in it".into(),
            });
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    let fault = |cause| OpenError::of(path, cause);
    progress(Part::File, 0, 0);
    look(&mut report, Part::File, || file(&connection)).map_err(fault)?;
    if has(&connection, "audit").map_err(fault)? {
        look(&mut report, Part::Log, || log::log(&connection, noted, progress)).map_err(fault)?;
    } else {
        report.before_the_log = connection
            .query_row("SELECT count(*) FROM response", [], |row| row.get::<_, i64>(0))
            .map_err(fault)? as u64;
    }
    look(&mut report, Part::File, || ids::ids(&connection)).map_err(fault)?;
    look(&mut report, Part::Files, || files::files(&connection, progress)).map_err(fault)?;
    Ok(report)
}

/// Adds what a part finds; that it can't be read is found, too.
fn look(
    report: &mut Report,
    part: Part,
    work: impl FnOnce() -> rusqlite::Result<Report>,
) -> rusqlite::Result<()> {
    match work() {
        Ok(found) => {
            report.take(found);
            Ok(())
        }
        Err(error) if is_damage(&error) => {
            report.add_unreadable(part, "", &error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

impl Report {
    fn take(&mut self, found: Self) {
        for damage in found.damage {
            self.add(damage);
        }
        self.more_damage += found.more_damage;
        self.head = self.head.take().or(found.head);
        self.noted = self.noted.take().or(found.noted);
        self.last_received = self.last_received.take().or(found.last_received);
        self.vouched += found.vouched;
        self.vouched_conflicts += found.vouched_conflicts;
        self.before_the_log += found.before_the_log;
        self.files += found.files;
    }
}

fn has(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?1",
        [table],
        |row| row.get::<_, i64>(0).map(|n| n > 0),
    )
}

/// Pages, indices and constraints, and rows that name rows.
fn file(connection: &Connection) -> rusqlite::Result<Report> {
    let mut report = Report::default();
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({TOLD})"))?;
    for found in statement.query_map([], |row| row.get::<_, String>(0))? {
        let what = found?;
        if what != "ok" {
            report.add(Damage {
                part: Part::File,
                table: "",
                rows: None,
                instances: Vec::new(),
                what,
            });
        }
    }
    let mut statement =
        connection.prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, id, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        report.add(Damage {
            part: Part::File,
            table: "",
            rows: id.map(|id| (id, id)),
            instances: Vec::new(),
            what: format!("a row of the table {table} names one of {parent} that is not there"),
        });
    }
    Ok(report)
}

/// SHA-256 as people see it.
fn shown(hash: &audit::Hash) -> String {
    baraza_forms::hex(hash)
}
