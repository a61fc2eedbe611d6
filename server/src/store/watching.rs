//! What the desk watches while people are in the field: what has come or changed since it last looked.

use super::reviews::{CURRENT, STATE, State};
use super::{Store, Summary};
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value as Json};

/// How far somebody has looked, by row ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// The last response of the survey.
    pub response: i64,
    /// The last correction, review and second content of all surveys.
    changes: [i64; 3],
}

/// A response with what counts of it now.
#[derive(Debug)]
pub struct Watched {
    /// Row id.
    pub id: i64,
    /// Version of the form.
    pub version: String,
    /// Moment of its arrival.
    pub received_at: String,
    /// Moment at which the form was opened.
    pub started: String,
    /// Moment at which it was finished.
    pub finished: String,
    /// Row id of the enumerator.
    pub enumerator: Option<i64>,
    /// How the interview ended.
    pub outcome: String,
    /// Answers by key.
    pub answers: Map<String, Json>,
    /// Flags as JSON.
    pub flags: String,
    /// What people think of it.
    pub state: State,
    /// Second contents for its instance ID.
    pub conflicts: i64,
}

const WATCHED: &str = "r.id, r.version, r.received_at, r.started, r.finished, r.enumerator_id,
    coalesce(c.outcome, r.outcome), coalesce(c.answers, r.answers), coalesce(c.flags, r.flags),
    (SELECT count(*) FROM response_conflict k WHERE k.response_id = r.id)";

fn watched(row: &Row<'_>) -> anyhow::Result<Watched> {
    Ok(Watched {
        id: row.get(0)?,
        version: row.get(1)?,
        received_at: row.get(2)?,
        started: row.get(3)?,
        finished: row.get(4)?,
        enumerator: row.get(5)?,
        outcome: row.get(6)?,
        answers: serde_json::from_str(row.get_ref(7)?.as_str()?)?,
        flags: row.get(8)?,
        conflicts: row.get(9)?,
        state: State::at(row, 10)?,
    })
}

const CHANGES: &str =
    "SELECT (SELECT coalesce(max(id), 0) FROM correction), (SELECT coalesce(max(id), 0) FROM review),
    (SELECT coalesce(max(id), 0) FROM response_conflict)";

fn changes(reader: &Connection) -> rusqlite::Result<[i64; 3]> {
    reader
        .prepare_cached(CHANGES)?
        .query_row([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
}

impl Store {
    /// Calls `each` with the responses that were corrected, reviewed or sent again since, then with those that are new,
    /// no more than `most` of these. How far that was, and whether it was all.
    pub fn watch_on(
        &self,
        survey: i64,
        reached: Reached,
        most: u32,
        mut each: impl FnMut(Watched) -> anyhow::Result<()>,
    ) -> anyhow::Result<(Reached, bool)> {
        let reader = self.reader()?;
        // All of one moment: what changes after it is found the next time.
        let reader = reader.unchecked_transaction()?;
        let mut now = Reached {
            changes: changes(&reader)?,
            ..reached
        };
        if now.changes != reached.changes {
            let [correction, review, conflict] = reached.changes;
            let mut statement = reader.prepare(&format!(
                "SELECT {WATCHED}, {STATE} FROM {CURRENT} WHERE +r.survey_id = ?1 AND r.id <= ?2 AND r.id IN
                 (SELECT response_id FROM correction WHERE id > ?3 UNION SELECT response_id FROM review WHERE id > ?4
                  UNION SELECT response_id FROM response_conflict WHERE id > ?5)"
            ))?;
            let mut rows =
                statement.query(params![survey, reached.response, correction, review, conflict])?;
            while let Some(row) = rows.next()? {
                each(watched(row)?)?;
            }
        }
        // Entries of this index come in the order of row ids, so that those of other surveys are not passed by.
        let mut statement = reader.prepare(&format!(
            "SELECT {WATCHED}, {STATE} FROM {} WHERE r.survey_id = ?1 AND r.id > ?2 ORDER BY r.id LIMIT ?3",
            CURRENT.replacen("response r", "response r INDEXED BY response_of_survey", 1)
        ))?;
        let mut rows = statement.query(params![survey, reached.response, most])?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let watched = watched(row)?;
            now.response = watched.id;
            each(watched)?;
            read += 1;
        }
        Ok((now, read < most))
    }

    /// Changes whenever something of a survey does that is watched: a response came or was changed, or a target was set.
    pub fn mark(&self, survey: i64) -> rusqlite::Result<[i64; 5]> {
        let reader = self.reader()?;
        let [correction, review, conflict] = changes(&reader)?;
        let (response, quota) = reader
            .prepare_cached(
                "SELECT coalesce((SELECT max(id) FROM response WHERE survey_id = ?1), 0),
                 coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'quota'), 0)",
            )?
            .query_row([survey], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok([response, correction, review, conflict, quota])
    }

    /// Responses by their row ids, without answers, in this order.
    pub fn summaries(&self, rows: &[i64]) -> rusqlite::Result<Vec<Summary>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare_cached(&format!(
            "SELECT {}, {STATE} FROM json_each(?1) j CROSS JOIN {CURRENT} WHERE r.id = j.value ORDER BY j.key",
            super::history::SUMMARY
        ))?;
        let rows = statement.query_map([serde_json::json!(rows).to_string()], super::history::summary)?;
        rows.collect()
    }
}
