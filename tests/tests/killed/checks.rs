//! What is in the database beside what was sent and what was acknowledged.

use crate::parcels::{Parcel, answers, file_name, instance_id, name_of, survey};
use anyhow::{Context, Result, ensure};
use baraza_tests::{baraza, csv_rows, told};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;

/// What is wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Acknowledged, and not there with what it said.
    pub lost: Vec<String>,
    /// There more than once.
    pub twice: Vec<String>,
    /// There in part, or though nobody sent it.
    pub wrong: Vec<String>,
}

impl Faults {
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    pub fn add(&mut self, more: Self) {
        self.lost.extend(more.lost);
        self.twice.extend(more.twice);
        self.wrong.extend(more.wrong);
    }
}

/// Reads beside the server, as an export does.
fn open(folder: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join("baraza.db"), flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(connection)
}

/// What is there of one thing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Whole,
    Other,
    Nothing,
}

/// Where the responses are, read row by row: the rig's own look-up, since the server's is what is being tried.
#[derive(Default)]
pub struct Places {
    rows: HashMap<String, i64>,
    last: i64,
}

impl Places {
    /// Reads what came since the last time.
    fn read(&mut self, database: &Connection) -> Result<()> {
        let mut statement =
            database.prepare("SELECT id, instance_id FROM response WHERE id > ?1 ORDER BY id")?;
        let mut rows = statement.query([self.last])?;
        while let Some(row) = rows.next()? {
            self.last = row.get(0)?;
            self.rows.insert(row.get(1)?, self.last);
        }
        Ok(())
    }
}

fn response(database: &Connection, places: &Places, number: u64) -> Result<Found> {
    let id = instance_id(number);
    let found: Option<String> = database
        .prepare_cached(
            "SELECT answers FROM response WHERE id = ?1 AND instance_id = ?2
             AND survey_id = (SELECT id FROM survey WHERE slug = ?3)",
        )?
        .query_row(params![places.rows.get(&id), id, survey(number)], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(match found {
        None => Found::Nothing,
        Some(text) if serde_json::from_str::<Value>(&text)? == answers(number) => Found::Whole,
        Some(_) => Found::Other,
    })
}

fn file(database: &Connection, number: u64) -> Result<Found> {
    let name = file_name(number);
    let found: Option<Vec<u8>> = database
        .prepare_cached("SELECT bytes FROM media WHERE name = ?1")?
        .query_row([&name], |row| row.get(0))
        .optional()?;
    Ok(match found {
        None => Found::Nothing,
        Some(bytes) if name_of(&bytes) == name => Found::Whole,
        Some(_) => Found::Other,
    })
}

fn of_parcel(database: &Connection, places: &Places, parcel: &Parcel) -> Result<Vec<Found>> {
    let responses = parcel
        .responses()
        .map(|number| response(database, places, number));
    responses
        .chain(parcel.file().map(|number| file(database, number)))
        .collect()
}

/// Looks after a restart, before anything is sent again, for what was sent since the last look: what was acknowledged
/// is there, and of what was not each parcel is there as a whole or not at all.
pub fn look(folder: &Path, places: &mut Places, done: &[Parcel], open_parcels: &[Parcel]) -> Result<Faults> {
    let database = open(folder)?;
    places.read(&database)?;
    let mut faults = Faults::default();
    for parcel in done {
        let found = of_parcel(&database, places, parcel)?;
        if found.iter().any(|found| *found != Found::Whole) {
            faults.lost.push(format!("{parcel:?}"));
        }
    }
    for parcel in open_parcels {
        let found = of_parcel(&database, places, parcel)?;
        let all = |wanted: Found| found.iter().all(|found| *found == wanted);
        if !all(Found::Whole) && !all(Found::Nothing) {
            faults.wrong.push(format!("{parcel:?} is there in part"));
        }
    }
    Ok(faults)
}

/// Looks through everything: all that was ever acknowledged is there once, and nothing else. Gives how many rows there
/// are.
pub fn look_through(folder: &Path, done: &[Parcel]) -> Result<(Faults, u64)> {
    let database = open(folder)?;
    let mut faults = Faults::default();
    let numbers = || done.iter().flat_map(Parcel::responses);
    let mut left: HashMap<String, (u64, u32)> = numbers()
        .map(|number| (instance_id(number), (number, 0)))
        .collect();
    let mut statement = database.prepare(
        "SELECT instance_id, answers, (SELECT slug FROM survey s WHERE s.id = survey_id) FROM response ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        count += 1;
        let (id, text, slug): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let Some((number, seen)) = left.get_mut(&id) else {
            faults
                .wrong
                .push(format!("{id} is there, and was never acknowledged"));
            continue;
        };
        *seen += 1;
        if *seen > 1 {
            faults.twice.push(id);
        } else if serde_json::from_str::<Value>(&text)? != answers(*number) || slug != survey(*number) {
            faults.lost.push(format!("{id} says something else"));
        }
    }
    let missing = left.values().filter(|(_, seen)| *seen == 0);
    faults
        .lost
        .extend(missing.map(|(number, _)| format!("response {number}")));
    for number in done.iter().filter_map(Parcel::file) {
        if file(&database, number)? != Found::Whole {
            faults.lost.push(format!("file {number}"));
        }
    }
    let conflicts: i64 =
        database.query_row("SELECT count(*) FROM response_conflict", [], |row| row.get(0))?;
    if conflicts > 0 {
        faults.wrong.push(format!("{conflicts} conflicts"));
    }
    Ok((faults, count))
}

/// What SQLite and Baraza themselves say of the file, and what an export has.
pub fn is_sound(folder: &Path, rows: u64) -> Result<()> {
    let said: String = open(folder)?.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(said == "ok", "integrity_check: {said}");
    let verified = baraza(folder, &["verify"]);
    ensure!(verified.status.code() == Some(0), "{}", told(&verified));
    let mut ids: Vec<String> = Vec::new();
    for survey in ["household", "pictures"] {
        let out = format!("{survey}.csv");
        let exported = baraza(folder, &["export", "--survey", survey, "--out", &out]);
        ensure!(exported.status.success(), "{}", told(&exported));
        for mut row in csv_rows(&folder.join(&out))? {
            ids.push(row.remove("instance_id").context("an instance ID")?);
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ensure!(ids.len() as u64 == rows, "{} of {rows} in the exports", ids.len());
    Ok(())
}
