//! Meetings at which results were given back, what was agreed, and how far that is.

use super::communities::{community_of, note, written};
use super::surveys::json_at;
use super::{Store, audit, now};
use crate::community::{Agreement, Meeting, State};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

/// Something that is kept of a community.
#[derive(Debug, Clone)]
pub struct Kept<T> {
    /// Row id.
    pub id: i64,
    /// What it is.
    pub content: T,
    /// When it was last changed.
    pub changed_at: String,
    /// By whom.
    pub changed_by: String,
    /// How far it came, the newest last; nothing of meetings.
    pub states: Vec<Moved>,
}

/// An agreement that came to a state.
#[derive(Debug, Clone)]
pub struct Moved {
    /// How far it is.
    pub state: State,
    /// Since when.
    pub at: String,
    /// Who said so.
    pub by: String,
}

impl Kept<Agreement> {
    /// How far it is now.
    pub fn state(&self) -> State {
        self.states.last().map_or(State::Planned, |last| last.state)
    }
}

/// Writes a row where it is another; its row id, or nothing where there is none to be changed.
fn keep<T: Serialize + DeserializeOwned + PartialEq>(
    t: &Transaction<'_>,
    table: &str,
    community: i64,
    id: Option<i64>,
    (content, by): (&T, &str),
) -> rusqlite::Result<Option<(i64, bool)>> {
    let json = written(content)?;
    let Some(id) = id else {
        t.execute(
            &format!(
                "INSERT INTO {table} (community_id, content, made_at, made_by, changed_at, changed_by)
                 VALUES (?1, ?2, ?3, ?4, ?3, ?4)"
            ),
            params![community, json, now(), by],
        )?;
        return Ok(Some((t.last_insert_rowid(), true)));
    };
    let known: Option<T> = t
        .query_row(
            &format!("SELECT content FROM {table} WHERE id = ?1 AND community_id = ?2"),
            [id, community],
            |row| json_at(row, 0),
        )
        .optional()?;
    let Some(known) = known else {
        return Ok(None);
    };
    if known != *content {
        t.execute(
            &format!("UPDATE {table} SET content = ?2, changed_at = ?3, changed_by = ?4 WHERE id = ?1"),
            params![id, json, now(), by],
        )?;
    }
    Ok(Some((id, known != *content)))
}

impl Store {
    /// Records a meeting, or changes the record of one; whether there is such a one.
    pub fn keep_meeting(
        &self,
        (slug, place): (&str, &str),
        id: Option<i64>,
        meeting: &Meeting,
        by: &str,
    ) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let community = community_of(t, slug, place)?.id;
            let Some((row, changed)) = keep(t, "meeting", community, id, (meeting, by))? else {
                return Ok(false);
            };
            if changed {
                let action = if id.is_some() {
                    "meeting_changed"
                } else {
                    "meeting_recorded"
                };
                let detail = json!({ "meeting": row, "public": meeting.public });
                audit::append(t, &note(by, action, slug, detail, place))?;
            }
            Ok(true)
        })
    }

    /// Records what was agreed, or changes the record of it, and how far it is; whether there is such a one.
    pub fn keep_agreement(
        &self,
        (slug, place): (&str, &str),
        id: Option<i64>,
        (agreement, state): (&Agreement, State),
        by: &str,
    ) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let community = community_of(t, slug, place)?.id;
            let Some((row, changed)) = keep(t, "agreement", community, id, (agreement, by))? else {
                return Ok(false);
            };
            let known: Option<String> = t
                .query_row(
                    "SELECT state FROM agreement_state WHERE agreement_id = ?1 ORDER BY id DESC LIMIT 1",
                    [row],
                    |row| row.get(0),
                )
                .optional()?;
            if changed {
                let action = if id.is_some() {
                    "agreement_changed"
                } else {
                    "agreement_recorded"
                };
                let detail = json!({ "agreement": row, "public": agreement.public });
                audit::append(t, &note(by, action, slug, detail, place))?;
            }
            if known.as_deref() != Some(state.word()) {
                t.execute(
                    "INSERT INTO agreement_state (agreement_id, state, at, by) VALUES (?1, ?2, ?3, ?4)",
                    params![row, state.word(), now(), by],
                )?;
                let detail = json!({ "agreement": row, "state": state.word() });
                audit::append(t, &note(by, "agreement_state", slug, detail, place))?;
            }
            Ok(true)
        })
    }

    /// The meetings of a community, the last one first.
    pub fn meetings(&self, community: i64) -> rusqlite::Result<Vec<Kept<Meeting>>> {
        let mut all = self.kept::<Meeting>("meeting", community)?;
        all.sort_by(|a, b| (&b.content.day, b.id).cmp(&(&a.content.day, a.id)));
        Ok(all)
    }

    /// What was agreed in a community, in the order in which it was recorded.
    pub fn agreements(&self, community: i64) -> rusqlite::Result<Vec<Kept<Agreement>>> {
        let mut all = self.kept::<Agreement>("agreement", community)?;
        let reader = self.reader()?;
        let mut statement = reader
            .prepare("SELECT state, at, by FROM agreement_state WHERE agreement_id = ?1 ORDER BY id")?;
        for one in &mut all {
            let states = statement.query_map([one.id], |row| {
                let word: String = row.get(0)?;
                Ok(Moved {
                    state: State::of(&word).unwrap_or(State::Planned),
                    at: row.get(1)?,
                    by: row.get(2)?,
                })
            })?;
            one.states = states.collect::<rusqlite::Result<_>>()?;
        }
        Ok(all)
    }

    fn kept<T: DeserializeOwned>(&self, table: &str, community: i64) -> rusqlite::Result<Vec<Kept<T>>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!(
            "SELECT id, content, changed_at, changed_by FROM {table} WHERE community_id = ?1 ORDER BY id"
        ))?;
        let rows = statement.query_map([community], |row| {
            Ok(Kept {
                id: row.get(0)?,
                content: json_at(row, 1)?,
                changed_at: row.get(2)?,
                changed_by: row.get(3)?,
                states: Vec::new(),
            })
        })?;
        rows.collect()
    }
}
