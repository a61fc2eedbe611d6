//! Corrections: whole new sets of answers beside what was received, which stays as it came.

use super::audit::{self, Hash, Note};
use super::history::Named;
use super::reviews::{Overtaken, overtaken, take_back};
use super::{Store, now};
use rusqlite::{Connection, Transaction, params};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

/// A correction as it is read again.
#[derive(Debug, Clone)]
pub struct Correction {
    /// 1, 2, 3 …; the last one counts.
    pub number: i64,
    /// How the interview ended.
    pub outcome: String,
    /// All answers by key.
    pub answers: Map<String, Json>,
    /// Flags as JSON.
    pub flags: String,
    /// When it was made.
    pub at: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
}

/// A correction to be stored.
#[derive(Debug, Clone)]
pub struct Amendment {
    /// Of which response.
    pub of: Named,
    /// How many corrections there were when it was made up: it holds what those said.
    pub after: i64,
    /// How the interview ended.
    pub outcome: &'static str,
    /// All answers by key, JSON.
    pub answers: String,
    /// Flags, JSON.
    pub flags: String,
    /// Who makes it.
    pub by: String,
    /// Why.
    pub why: String,
    /// The questions whose answers change, for the audit log.
    pub questions: Vec<String>,
    /// Names of the files that the answers name.
    pub files: Vec<String>,
}

/// The hash of a correction in the audit log: of the row ids and of all that it says.
pub fn content(response: i64, number: i64, texts: [&str; 6]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(response.to_be_bytes());
    hash.update(number.to_be_bytes());
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

fn insert(t: &Transaction<'_>, new: &Amendment) -> rusqlite::Result<i64> {
    let (number, at) = (new.after + 1, now());
    t.prepare_cached(
        "INSERT INTO correction (response_id, number, outcome, answers, flags, at, by, why)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        new.of.row,
        number,
        new.outcome,
        new.answers,
        new.flags,
        at,
        new.by,
        new.why
    ])?;
    for name in &new.files {
        t.prepare_cached(
            "INSERT OR IGNORE INTO media_use (survey_id, name, response_id) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![new.of.survey, name, new.of.row])?;
    }
    take_back(t, new.of.row, number)?;
    let texts = [new.outcome, &new.answers, &new.flags, &at, &new.by, &new.why];
    let sha256 = baraza_forms::hex(&content(new.of.row, number, texts));
    audit::append(
        t,
        &Note {
            by: new.by.clone(),
            action: "corrected",
            survey: new.of.slug.clone(),
            detail: json!({
                "instance_id": new.of.instance_id, "number": number, "questions": new.questions, "sha256": sha256
            }),
        },
    )?;
    Ok(number)
}

/// The corrections of a response in their order.
pub(super) fn of(reader: &Connection, response: i64) -> anyhow::Result<Vec<Correction>> {
    let mut statement = reader.prepare(
        "SELECT number, outcome, answers, flags, at, by, why FROM correction WHERE response_id = ?1 ORDER BY number",
    )?;
    let mut rows = statement.query([response])?;
    let mut corrections = Vec::new();
    while let Some(row) = rows.next()? {
        let answers: String = row.get(2)?;
        corrections.push(Correction {
            number: row.get(0)?,
            outcome: row.get(1)?,
            answers: serde_json::from_str(&answers)?,
            flags: row.get(3)?,
            at: row.get(4)?,
            by: row.get(5)?,
            why: row.get(6)?,
        });
    }
    Ok(corrections)
}

impl Store {
    /// Stores corrections, each noted in the audit log: all of them, or none where a response has been corrected by
    /// somebody else meanwhile.
    pub fn correct(&self, new: &[Amendment]) -> rusqlite::Result<Result<(), Overtaken>> {
        self.writer.transaction(|t| {
            for amendment in new {
                if let Some(overtaken) = overtaken(t, &amendment.of, amendment.after)? {
                    return Ok(Err(overtaken));
                }
            }
            for amendment in new {
                insert(t, amendment)?;
            }
            Ok(Ok(()))
        })
    }
}
