//! The audit log: what was done and by whom, each entry hashed together with the one before, so that whoever changes
//! one has to change all that follow. Responses are in it as well: each group that is committed has an entry with a
//! hash over what was stored of them.

use super::{Incoming, Store, now};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// Who acts where no person does.
pub const SERVER: &str = "server";

/// An entry to be added.
#[derive(Debug, Clone)]
pub struct Note {
    /// Who did it.
    pub by: String,
    /// What was done: a word.
    pub action: &'static str,
    /// Slug of the survey; blank where it concerns none or all.
    pub survey: String,
    /// More about it; never answers.
    pub detail: Json,
}

/// An entry as it is read again.
#[derive(Debug)]
pub struct Noted {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// What was done.
    pub action: String,
    /// Slug of the survey, if any.
    pub survey: String,
    /// More about it.
    pub detail: Json,
    /// Hexadecimal.
    pub hash: String,
}

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of an entry, from the one before it (zeros for the first) and its columns.
pub fn link(previous: &Hash, columns: [&str; 5], id: i64) -> Hash {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(id.to_be_bytes());
    for column in columns {
        hash.update((column.len() as u64).to_be_bytes());
        hash.update(column);
    }
    hash.finalize().into()
}

/// Adds an entry; it counts when the transaction does.
pub(super) fn append(t: &Transaction<'_>, note: &Note) -> rusqlite::Result<()> {
    let last: Option<(i64, Hash)> = t
        .prepare_cached("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (last, previous) = last.unwrap_or_default();
    let (id, at, detail) = (last + 1, now(), note.detail.to_string());
    let hash = link(&previous, [&at, &note.by, note.action, &note.survey, &detail], id);
    t.prepare_cached(
        "INSERT INTO audit (id, at, by, action, survey, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![id, at, note.by, note.action, note.survey, detail, hash])?;
    Ok(())
}

/// What is stored of a response, as far as its hash goes.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    /// Row id of its survey.
    pub survey: i64,
    /// UUID made on the phone.
    pub instance_id: &'a str,
    /// Version of the form, moments of arrival, begin and end, language, outcome, answers and flags.
    pub texts: [&'a str; 8],
    /// SHA-256 of what the phone sent.
    pub digest: &'a [u8],
    /// Made by `baraza demo`.
    pub synthetic: bool,
    /// Row id of the enumerator.
    pub enumerator: Option<i64>,
}

impl Content<'_> {
    /// SHA-256 of it all.
    pub fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update(self.survey.to_be_bytes());
        hash.update(self.enumerator.unwrap_or(-1).to_be_bytes());
        hash.update([u8::from(self.synthetic)]);
        hash.update(self.digest);
        for text in std::iter::once(&self.instance_id).chain(&self.texts) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

/// The place of the outcome among [`Content::texts`].
pub(super) const OUTCOME: usize = 5;

impl Incoming {
    /// What is hashed of it, should it be stored.
    pub(super) fn content(&self) -> Content<'_> {
        Content {
            survey: self.survey,
            instance_id: &self.instance_id,
            texts: [
                &self.version,
                &self.received_at,
                &self.started,
                &self.finished,
                &self.language,
                self.outcome,
                &self.answers,
                &self.flags,
            ],
            digest: &self.digest,
            synthetic: self.synthetic,
            enumerator: self.enumerator,
        }
    }
}

/// Gathers the responses of a group for one entry.
#[derive(Debug, Default)]
pub(super) struct Received {
    rows: Option<(i64, i64)>,
    count: u64,
    hash: Sha256,
}

impl Received {
    /// Adds a row that was just inserted; row ids grow.
    pub fn add(&mut self, row: i64, content: &Hash) {
        self.rows = Some((self.rows.map_or(row, |(first, _)| first), row));
        self.count += 1;
        self.hash.update(content);
    }

    /// Writes the entry, where there is something to tell. `action` says of which table the rows are.
    pub fn note(self, t: &Transaction<'_>, action: &'static str) -> rusqlite::Result<()> {
        let Some((first, last)) = self.rows else {
            return Ok(());
        };
        let sha256 = baraza_forms::hex(&self.hash.finalize());
        append(
            t,
            &Note {
                by: SERVER.into(),
                action,
                survey: String::new(),
                detail: json!({ "first": first, "last": last, "count": self.count, "sha256": sha256 }),
            },
        )
    }
}

/// Rows of `response`.
pub(super) const RECEIVED: &str = "received";
/// Rows of `response_conflict`.
pub(super) const CONFLICTS: &str = "conflicts";
/// The log's first entry: what was there before it.
pub(super) const BEGUN: &str = "begun";

/// Makes the first entry of a database that has none.
pub(super) fn begin(t: &Transaction<'_>) -> rusqlite::Result<()> {
    let (entries, response, conflict): (i64, i64, i64) = t.query_row(
        "SELECT (SELECT count(*) FROM audit), (SELECT coalesce(max(id), 0) FROM response),
         (SELECT coalesce(max(id), 0) FROM response_conflict)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if entries > 0 {
        return Ok(());
    }
    append(
        t,
        &Note {
            by: SERVER.into(),
            action: BEGUN,
            survey: String::new(),
            detail: json!({ "last_response": response, "last_conflict": conflict }),
        },
    )
}

impl Store {
    /// Adds an entry to the audit log.
    pub fn note(&self, note: &Note) -> rusqlite::Result<()> {
        self.writer.transaction(|t| append(t, note))
    }

    /// Calls `each` with the entries from a moment on; those of received responses only where `all` are wanted.
    pub fn each_audit(
        &self,
        since: &str,
        all: bool,
        mut each: impl FnMut(Noted) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT id, at, by, action, survey, detail, hash FROM audit
             WHERE at >= ?1 AND (?2 OR action NOT IN (?3, ?4)) ORDER BY id",
        )?;
        let mut rows = statement.query(params![since, all, RECEIVED, CONFLICTS])?;
        while let Some(row) = rows.next()? {
            let (detail, hash): (String, Vec<u8>) = (row.get(5)?, row.get(6)?);
            each(Noted {
                id: row.get(0)?,
                at: row.get(1)?,
                by: row.get(2)?,
                action: row.get(3)?,
                survey: row.get(4)?,
                detail: serde_json::from_str(&detail).unwrap_or_default(),
                hash: baraza_forms::hex(&hash),
            })?;
        }
        Ok(())
    }
}
