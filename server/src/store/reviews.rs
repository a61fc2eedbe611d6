//! What people think of responses: states and comments.

use super::audit::{self, Note, SERVER};
use super::history::Named;
use super::{Store, now};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

/// How far a response has come in the eyes of those who look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked at it, and nothing is doubtful.
    Received,
    /// Something is doubtful: the form does not allow it, it has a second content, or somebody said so.
    Flagged,
    /// Somebody has looked at it and takes it as it is.
    Approved,
    /// Not to be counted.
    Rejected,
}

impl State {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Received, Self::Flagged, Self::Approved, Self::Rejected];

    /// The word in the store, in exports and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Flagged => "flagged",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// By its word.
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// A column that holds its word.
    pub(super) fn at(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Self> {
        let word: String = row.get(column)?;
        Self::read(&word).ok_or(rusqlite::Error::InvalidColumnType(
            column,
            "state".into(),
            rusqlite::types::Type::Text,
        ))
    }
}

/// A state that was given, or a comment alone.
#[derive(Debug, Clone)]
pub struct Review {
    /// The state, if one was given. What the server writes takes an earlier one back.
    pub state: Option<State>,
    /// What was said.
    pub comment: String,
    /// When.
    pub at: String,
    /// By whom.
    pub by: String,
}

/// A response as it counts now: `r` is what was received, `c` its last correction, if there is one.
pub(super) const CURRENT: &str = "response r LEFT JOIN correction c ON c.response_id = r.id
    AND c.number = (SELECT max(n.number) FROM correction n WHERE n.response_id = r.id)";

/// The state of a response of [`CURRENT`]: the last that a person gave, unless a correction took it back.
pub(super) const STATE: &str = "coalesce(
    (SELECT CASE WHEN v.by = 'server' THEN NULL ELSE v.state END FROM review v
     WHERE v.response_id = r.id AND v.state IS NOT NULL ORDER BY v.id DESC LIMIT 1),
    CASE WHEN coalesce(c.flags, r.flags) <> '[]'
              OR EXISTS (SELECT 1 FROM response_conflict k WHERE k.response_id = r.id)
         THEN 'flagged' ELSE 'received' END)";

/// A verdict, or a comment alone, on several responses.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The state; none for a comment.
    pub state: Option<State>,
    /// What is said.
    pub comment: String,
    /// Who says it.
    pub by: String,
    /// How many corrections the response has to have: who gives the verdict has seen no more.
    pub corrections: Option<i64>,
}

/// A response has been corrected since somebody looked at it; nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{instance_id} is at version {number} now ({by} corrected it at {at}): nothing was written; look at it with \
     'baraza responses show', and say it again"
)]
pub struct Overtaken {
    /// Which response.
    pub instance_id: String,
    /// How many corrections it has.
    pub number: i64,
    /// Who made the last.
    pub by: String,
    /// When.
    pub at: String,
}

/// Whether a response has as many corrections as was thought; otherwise what happened.
pub(super) fn overtaken(
    t: &Transaction<'_>,
    response: &Named,
    corrections: i64,
) -> rusqlite::Result<Option<Overtaken>> {
    let last: Option<(i64, String, String)> = t
        .prepare_cached(
            "SELECT number, by, at FROM correction WHERE response_id = ?1 ORDER BY number DESC LIMIT 1",
        )?
        .query_row([response.row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (number, by, at) = last.unwrap_or_else(|| (0, "nobody".into(), "no time".into()));
    Ok((number != corrections).then(|| Overtaken {
        instance_id: response.instance_id.clone(),
        number,
        by,
        at,
    }))
}

/// A state is of certain answers: a correction takes back that they were found right, or not yet looked at. A doubt
/// that somebody has stays, and so does a rejection: both are of the interview, not of one answer.
pub(super) fn take_back(t: &Transaction<'_>, response: i64, number: i64) -> rusqlite::Result<()> {
    let last: Option<(String, String)> = t
        .prepare_cached(
            "SELECT state, by FROM review WHERE response_id = ?1 AND state IS NOT NULL ORDER BY id DESC LIMIT 1",
        )?
        .query_row([response], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((state, _)) = last.filter(|(_, by)| by != SERVER) else {
        return Ok(());
    };
    if !matches!(State::read(&state), Some(State::Approved | State::Received)) {
        return Ok(());
    }
    let comment = format!("correction {number}: no longer '{state}', to be looked at again");
    t.prepare_cached(
        "INSERT INTO review (response_id, state, comment, at, by) VALUES (?1, 'received', ?2, ?3, ?4)",
    )?
    .execute(params![response, comment, now(), SERVER])?;
    Ok(())
}

/// All that was said of a response, in order.
pub(super) fn of(reader: &Connection, response: i64) -> rusqlite::Result<Vec<Review>> {
    let mut statement =
        reader.prepare("SELECT state, comment, at, by FROM review WHERE response_id = ?1 ORDER BY id")?;
    let rows = statement.query_map([response], |row| {
        let state: Option<String> = row.get(0)?;
        Ok(Review {
            state: state.and_then(|word| State::read(&word)),
            comment: row.get(1)?,
            at: row.get(2)?,
            by: row.get(3)?,
        })
    })?;
    rows.collect()
}

impl Store {
    /// Gives a verdict on responses, each noted in the audit log: on all of them, or on none where one has been
    /// corrected since.
    pub fn review(&self, responses: &[Named], verdict: &Verdict) -> rusqlite::Result<Result<(), Overtaken>> {
        self.writer.transaction(|t| {
            for response in responses.iter().filter(|_| verdict.corrections.is_some()) {
                if let Some(overtaken) = overtaken(t, response, verdict.corrections.unwrap_or_default())? {
                    return Ok(Err(overtaken));
                }
            }
            for response in responses {
                t.prepare_cached(
                    "INSERT INTO review (response_id, state, comment, at, by) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    response.row,
                    verdict.state.map(State::word),
                    verdict.comment,
                    now(),
                    verdict.by
                ])?;
                let corrections: i64 = t
                    .prepare_cached("SELECT coalesce(max(number), 0) FROM correction WHERE response_id = ?1")?
                    .query_row([response.row], |row| row.get(0))?;
                let (action, detail) = match verdict.state {
                    Some(state) => (
                        "reviewed",
                        json!({ "instance_id": response.instance_id, "number": corrections, "state": state.word() }),
                    ),
                    None => ("commented", json!({ "instance_id": response.instance_id })),
                };
                audit::append(
                    t,
                    &Note {
                        by: verdict.by.clone(),
                        action,
                        survey: response.slug.clone(),
                        detail,
                    },
                )?;
            }
            Ok(Ok(()))
        })
    }
}
