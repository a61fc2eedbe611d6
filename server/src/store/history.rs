//! One response with all that became of it, and the look-up by its instance ID.

use super::corrections::{self, Correction};
use super::responses::{STORED, stored};
use super::reviews::{self, CURRENT, Review, STATE, State};
use super::{Store, Stored};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value as Json};
use std::sync::PoisonError;

/// A response that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Row id.
    pub row: i64,
    /// Row id of its survey.
    pub survey: i64,
    /// Slug of its survey.
    pub slug: String,
    /// UUID made on the phone.
    pub instance_id: String,
}

/// A second content that came with the instance ID of a response.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// Version of the form.
    pub version: String,
    /// Moment of its arrival.
    pub received_at: String,
    /// Answers by key.
    pub answers: Map<String, Json>,
    /// Flags as JSON.
    pub flags: String,
    /// Name of the enumerator it is attributed to.
    pub enumerator: Option<String>,
}

/// All that became of a response.
#[derive(Debug, Clone)]
pub struct History {
    /// What was received.
    pub received: Stored,
    /// What people changed, in order.
    pub corrections: Vec<Correction>,
    /// What else came under its instance ID, in order.
    pub conflicts: Vec<Conflict>,
    /// What people said of it, in order.
    pub reviews: Vec<Review>,
}

impl History {
    /// The number of the last correction; 0 is what was received.
    pub fn version(&self) -> i64 {
        self.corrections.last().map_or(0, |last| last.number)
    }

    /// The answers that count.
    pub fn answers(&self) -> &Map<String, Json> {
        self.corrections
            .last()
            .map_or(&self.received.answers, |last| &last.answers)
    }

    /// The flags of these answers, JSON.
    pub fn flags(&self) -> &str {
        self.corrections
            .last()
            .map_or(&self.received.flags, |last| &last.flags)
    }

    /// How the interview ended, as far as is known now.
    pub fn outcome(&self) -> &str {
        self.corrections
            .last()
            .map_or(&self.received.outcome, |last| &last.outcome)
    }
}

/// A response without its answers.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Row id.
    pub row: i64,
    /// UUID made on the phone.
    pub instance_id: String,
    /// Moment of its arrival.
    pub received_at: String,
    /// Version of the form.
    pub version: String,
    /// How the interview ended.
    pub outcome: String,
    /// Flags as JSON.
    pub flags: String,
    /// Name of the enumerator it is attributed to.
    pub enumerator: Option<String>,
    /// Its state.
    pub state: State,
    /// How many corrections it has.
    pub corrections: u64,
    /// How many second contents there are for its instance ID.
    pub conflicts: u64,
    /// How many comments it has, with those that came with a state.
    pub comments: u64,
}

/// The columns of [`summary`], from [`CURRENT`]; [`STATE`] comes after them.
pub(super) const SUMMARY: &str = "r.instance_id, r.received_at, r.version, coalesce(c.outcome, r.outcome),
    coalesce(c.flags, r.flags), (SELECT name FROM enumerator e WHERE e.id = r.enumerator_id), coalesce(c.number, 0),
    (SELECT count(*) FROM response_conflict k WHERE k.response_id = r.id),
    (SELECT count(*) FROM review v WHERE v.response_id = r.id AND v.comment <> ''), r.id";

/// Reads [`SUMMARY`] and, after it, [`STATE`].
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<Summary> {
    Ok(Summary {
        instance_id: row.get(0)?,
        received_at: row.get(1)?,
        version: row.get(2)?,
        outcome: row.get(3)?,
        flags: row.get(4)?,
        enumerator: row.get(5)?,
        corrections: row.get::<_, i64>(6)? as u64,
        conflicts: row.get::<_, i64>(7)? as u64,
        comments: row.get::<_, i64>(8)? as u64,
        row: row.get(9)?,
        state: State::at(row, 10)?,
    })
}

impl Store {
    /// The responses whose instance ID begins so, of one survey or of all; no more than `most`.
    pub fn named(&self, survey: Option<i64>, beginning: &str, most: u32) -> rusqlite::Result<Vec<Named>> {
        let reader = self.reader()?;
        let rows = {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.catch_up(&reader)?;
            serde_json::json!(keys.beginning(&reader, beginning)?).to_string()
        };
        // What is written may have its hyphens elsewhere than a UUID has them.
        let mut statement = reader.prepare_cached(
            "SELECT r.id, r.survey_id, s.slug, r.instance_id FROM json_each(?1) j CROSS JOIN response r ON r.id = j.value
             JOIN survey s ON s.id = r.survey_id
             WHERE r.instance_id >= ?2 AND r.instance_id < ?2 || 'g' AND (?3 IS NULL OR s.id = ?3)
             ORDER BY s.slug, r.instance_id LIMIT ?4",
        )?;
        let rows = statement.query_map(params![rows, beginning, survey, most], |row| {
            Ok(Named {
                row: row.get(0)?,
                survey: row.get(1)?,
                slug: row.get(2)?,
                instance_id: row.get(3)?,
            })
        })?;
        rows.collect()
    }

    /// All that became of a response, as of one moment.
    pub fn history(&self, response: &Named) -> anyhow::Result<Option<History>> {
        let reader = self.reader()?;
        let reader = reader.unchecked_transaction()?;
        let query = format!("SELECT {STORED}, {STATE} FROM {CURRENT} WHERE r.id = ?1");
        let received = reader
            .query_row(&query, [response.row], |row| Ok(stored(row, true)))
            .optional()?;
        let Some(received) = received else {
            return Ok(None);
        };
        Ok(Some(History {
            received: received?,
            corrections: corrections::of(&reader, response.row)?,
            conflicts: conflicts(&reader, response.row)?,
            reviews: reviews::of(&reader, response.row)?,
        }))
    }

    /// Calls `each` with every response of a survey that came at a moment or after it, in the order of arrival.
    pub fn each_summary(
        &self,
        survey: i64,
        since: &str,
        mut each: impl FnMut(Summary) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!(
            "SELECT {SUMMARY}, {STATE} FROM {CURRENT} WHERE +r.survey_id = ?1 AND r.received_at >= ?2 ORDER BY r.id"
        ))?;
        let mut rows = statement.query(params![survey, since])?;
        while let Some(row) = rows.next()? {
            each(summary(row)?)?;
        }
        Ok(())
    }
}

fn conflicts(reader: &Connection, response: i64) -> anyhow::Result<Vec<Conflict>> {
    let mut statement = reader.prepare(
        "SELECT version, received_at, answers, flags, (SELECT name FROM enumerator e WHERE e.id = enumerator_id)
         FROM response_conflict WHERE response_id = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([response])?;
    let mut conflicts = Vec::new();
    while let Some(row) = rows.next()? {
        let answers: String = row.get(2)?;
        conflicts.push(Conflict {
            version: row.get(0)?,
            received_at: row.get(1)?,
            answers: serde_json::from_str(&answers)?,
            flags: row.get(3)?,
            enumerator: row.get(4)?,
        });
    }
    Ok(conflicts)
}
