//! The audit log's chain, and beside it the rows that its entries vouch for: all three tables in their order, as of one
//! moment.

use super::rows::Vouched;
use super::{Damage, Head, Part, Progress, Report, shown};
use crate::store::audit::{BEGUN, CONFLICTS, Hash, RECEIVED, link};
use rusqlite::Connection;
use serde::Deserialize;

/// What an entry says of rows.
#[derive(Debug, Deserialize)]
pub struct Claim {
    /// First row id.
    pub first: i64,
    /// Last row id.
    pub last: i64,
    /// How many rows.
    pub count: u64,
    /// Over the hashes of all of them, hexadecimal.
    pub sha256: String,
}

/// What the first entry says.
#[derive(Debug, Default, Deserialize)]
struct Begun {
    last_response: i64,
    last_conflict: i64,
}

/// Rows of responses between two moves of the bar.
const STEP: u64 = 1000;

/// Looks through the log and what it vouches for.
pub fn log(connection: &Connection, noted: Option<&str>, progress: Progress<'_>) -> rusqlite::Result<Report> {
    let moment = connection.unchecked_transaction()?;
    let mut report = Report::default();
    let total: i64 = moment.query_row("SELECT count(*) FROM response", [], |row| row.get(0))?;
    let mut responses = Vouched::of_responses(&moment)?;
    let mut conflicts = Vouched::of_conflicts(&moment)?;
    let mut responses = responses.begin()?;
    let mut conflicts = conflicts.begin()?;
    let mut statement =
        moment.prepare("SELECT id, at, by, action, survey, detail, hash FROM audit ORDER BY id")?;
    let mut entries = statement.query([])?;
    let (mut last, mut previous, mut told): (i64, Hash, u64) = (0, Hash::default(), 0);
    while let Some(row) = entries.next()? {
        let id: i64 = row.get(0)?;
        let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
        let (at, by, action, survey, detail) = (text(1)?, text(2)?, text(3)?, text(4)?, text(5)?);
        let hash = row.get_ref(6)?.as_blob()?.try_into().unwrap_or_default();
        if id != last + 1 {
            report.add(of_the_log(
                (last + 1, id - 1),
                "entries of the audit log are missing".into(),
            ));
        } else if link(&previous, [at, by, action, survey, detail], id) != hash {
            let what =
                format!("the entry of {at} ('{action}') of the audit log, or the one before, was changed");
            report.add(of_the_log((id, id), what));
        }
        (last, previous) = (id, hash);
        let head = || Head {
            entry: id,
            at: at.to_owned(),
            hash: shown(&hash),
        };
        if noted.is_some_and(|noted| shown(&hash).starts_with(noted)) {
            report.noted = Some(head());
        }
        report.head = Some(head());
        match action {
            BEGUN if id == 1 => {
                let begun: Begun = serde_json::from_str(detail).unwrap_or_default();
                responses.skip_to(begun.last_response)?;
                conflicts.skip_to(begun.last_conflict)?;
            }
            RECEIVED | CONFLICTS => match serde_json::from_str::<Claim>(detail) {
                Ok(claim) if action == RECEIVED => responses.hold_against(&claim, id, &mut report)?,
                Ok(claim) => conflicts.hold_against(&claim, id, &mut report)?,
                Err(_) => report.add(of_the_log(
                    (id, id),
                    "an entry does not say which rows it is about".into(),
                )),
            },
            _ => {}
        }
        if responses.seen / STEP > told {
            told = responses.seen / STEP;
            progress(Part::Log, responses.seen, total as u64);
        }
    }
    responses.end(&mut report)?;
    conflicts.end(&mut report)?;
    report.vouched = responses.vouched;
    report.vouched_conflicts = conflicts.vouched;
    report.before_the_log = responses.skipped + conflicts.skipped;
    report.last_received = moment.query_row(
        "SELECT (SELECT received_at FROM response ORDER BY id DESC LIMIT 1)",
        [],
        |row| row.get(0),
    )?;
    Ok(report)
}

fn of_the_log(rows: (i64, i64), what: String) -> Damage {
    Damage {
        part: Part::Log,
        table: "audit",
        rows: Some(rows),
        instances: Vec::new(),
        what,
    }
}
