//! Rounds of surveys.

use super::{Note, Store, audit, now};
use crate::running::{Round, Rounds};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

/// What starting a round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// It is open; the one before has ended.
    Open,
    /// Another round of the survey has this name.
    NameTaken,
    /// Only the first round can hold what came before it.
    NotTheFirst,
}

impl Store {
    /// The rounds of a survey, the first first.
    pub fn rounds(&self, survey: i64) -> rusqlite::Result<Rounds> {
        let reader = self.reader()?;
        let mut statement = reader
            .prepare_cached("SELECT name, began_at, ended_at FROM round WHERE survey_id = ?1 ORDER BY id")?;
        let rows = statement.query_map([survey], |row| {
            Ok(Round {
                name: row.get(0)?,
                began_at: row.get(1)?,
                ended_at: row.get(2)?,
            })
        })?;
        Ok(Rounds::of(rows.collect::<rusqlite::Result<_>>()?))
    }

    /// Starts a round, which ends the one before; with `from_beginning` all responses so far are of it.
    pub fn start_round(
        &self,
        (survey, slug): (i64, &str),
        name: &str,
        from_beginning: bool,
        by: &str,
    ) -> rusqlite::Result<Started> {
        self.writer.transaction(|t| {
            let (others, same): (i64, i64) = t.query_row(
                "SELECT count(*), count(*) FILTER (WHERE name = ?2 COLLATE NOCASE) FROM round WHERE survey_id = ?1",
                params![survey, name],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            if same > 0 {
                return Ok(Started::NameTaken);
            }
            if from_beginning && others > 0 {
                return Ok(Started::NotTheFirst);
            }
            let now = now();
            t.execute(
                "UPDATE round SET ended_at = ?2 WHERE survey_id = ?1 AND ended_at IS NULL",
                params![survey, now],
            )?;
            let began = if from_beginning { "" } else { now.as_str() };
            t.execute(
                "INSERT INTO round (survey_id, name, began_at) VALUES (?1, ?2, ?3)",
                params![survey, name, began],
            )?;
            let detail = json!({ "name": name, "from_beginning": from_beginning });
            audit::append(t, &noted(by, "round_started", slug, detail))?;
            Ok(Started::Open)
        })
    }

    /// Ends the round that is open; its name, where there is one.
    pub fn end_round(&self, (survey, slug): (i64, &str), by: &str) -> rusqlite::Result<Option<String>> {
        self.writer.transaction(|t| {
            let name: Option<String> = t
                .query_row(
                    "UPDATE round SET ended_at = ?2 WHERE survey_id = ?1 AND ended_at IS NULL RETURNING name",
                    params![survey, now()],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(name) = &name {
                audit::append(t, &noted(by, "round_ended", slug, json!({ "name": name })))?;
            }
            Ok(name)
        })
    }

    /// Calls `each` with the moments of every response of a survey: begun, finished, received.
    pub fn each_moment(&self, survey: i64, mut each: impl FnMut(&str, &str, &str)) -> anyhow::Result<()> {
        let reader = self.reader()?;
        let mut statement =
            reader.prepare("SELECT started, finished, received_at FROM response WHERE survey_id = ?1")?;
        let mut rows = statement.query([survey])?;
        while let Some(row) = rows.next()? {
            each(
                row.get_ref(0)?.as_str()?,
                row.get_ref(1)?.as_str()?,
                row.get_ref(2)?.as_str()?,
            );
        }
        Ok(())
    }
}

fn noted(by: &str, action: &'static str, slug: &str, detail: serde_json::Value) -> Note {
    Note {
        by: by.to_owned(),
        action,
        survey: slug.to_owned(),
        detail,
    }
}
