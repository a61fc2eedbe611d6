//! Responses: put once, read in order.

use super::audit::{CONFLICTS, Content, Hash, OUTCOME, RECEIVED, Received};
use super::job::Entry;
use super::keys::{self, Key, Keys};
use super::reviews::{CURRENT, STATE, State};
use super::{Store, StoreFault, media};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// A response that has been checked and is to be stored.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Row id of its survey.
    pub survey: i64,
    /// UUID made on the phone.
    pub instance_id: String,
    /// Version of the form as the phone named it.
    pub version: String,
    /// Moment of its arrival, ISO 8601 UTC.
    pub received_at: String,
    /// Moment at which the form was opened.
    pub started: String,
    /// Moment at which it was finished.
    pub finished: String,
    /// Tag of the language.
    pub language: String,
    /// `complete`, `refused`, `ineligible`
    pub outcome: &'static str,
    /// Answers by key, JSON.
    pub answers: String,
    /// Flags, JSON.
    pub flags: String,
    /// SHA-256 of what the phone sent.
    pub digest: Vec<u8>,
    /// Made by `baraza demo`.
    pub synthetic: bool,
    /// Row id of the enumerator it is attributed to.
    pub enumerator: Option<i64>,
    /// Names of the files that what is stored names.
    pub files: Vec<String>,
    /// Names of the files that were sent with what is not stored; they go, unless another response names them.
    pub dropped_files: Vec<String>,
}

/// What became of a response, or of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// On disk.
    Stored,
    /// The same was there.
    AlreadyStored,
    /// Another response has its instance ID; both are kept.
    Conflict,
    /// A piece; so many bytes of its file are there now.
    Partial(u64),
    /// Not taken: a piece begins elsewhere than at these bytes, which are there.
    Elsewhere(u64),
    /// A file's pieces are all there and are not what its name says; they are dropped.
    Damaged,
}

/// A response as it is read again, with its answers as they count now, or as they were received.
#[derive(Debug, Clone)]
pub struct Stored {
    /// UUID made on the phone.
    pub instance_id: String,
    /// Version of the form.
    pub version: String,
    /// Moment of its arrival.
    pub received_at: String,
    /// Moment at which the form was opened.
    pub started: String,
    /// Moment at which it was finished.
    pub finished: String,
    /// Tag of the language.
    pub language: String,
    /// How the interview ended.
    pub outcome: String,
    /// Answers by key.
    pub answers: Map<String, Json>,
    /// Flags as JSON.
    pub flags: String,
    /// Made by `baraza demo`.
    pub synthetic: bool,
    /// Name of the enumerator it is attributed to.
    pub enumerator: Option<String>,
    /// What people think of it.
    pub state: State,
    /// How many corrections it has.
    pub corrections: u64,
}

/// The columns of [`stored`], from [`CURRENT`]; what was received stands beside what counts.
pub(super) const STORED: &str = "r.instance_id, r.version, r.received_at, r.started, r.finished, r.language,
    r.synthetic, (SELECT name FROM enumerator e WHERE e.id = r.enumerator_id), coalesce(c.number, 0),
    r.outcome, r.answers, r.flags, c.outcome, c.answers, c.flags";

/// Reads [`STORED`] and, after it, [`STATE`].
pub(super) fn stored(row: &Row<'_>, as_received: bool) -> anyhow::Result<Stored> {
    let corrections: i64 = row.get(8)?;
    let from = if as_received || corrections == 0 { 9 } else { 12 };
    Ok(Stored {
        instance_id: row.get(0)?,
        version: row.get(1)?,
        received_at: row.get(2)?,
        started: row.get(3)?,
        finished: row.get(4)?,
        language: row.get(5)?,
        synthetic: row.get(6)?,
        enumerator: row.get(7)?,
        corrections: corrections as u64,
        outcome: row.get(from)?,
        answers: serde_json::from_str(text(row, from + 1)?)?,
        flags: row.get(from + 2)?,
        state: State::at(row, 15)?,
    })
}

/// A text where SQLite has it: answers need not be copied to be read.
fn text<'r>(row: &'r Row<'_>, column: usize) -> anyhow::Result<&'r str> {
    Ok(row.get_ref(column)?.as_str()?)
}

/// What is stored together, as far as it is known before it is: what it adds to the audit log and to the instance IDs.
#[derive(Debug)]
pub(super) struct Group<'k> {
    keys: &'k Keys,
    added: BTreeMap<Key, i64>,
    responses: Received,
    conflicts: Received,
}

impl<'k> Group<'k> {
    /// Begins within a transaction that is to write.
    pub fn begin(t: &Transaction<'_>, keys: &'k mut Keys) -> rusqlite::Result<Self> {
        keys.catch_up(t)?;
        keys.mend(t)?;
        Ok(Self {
            keys,
            added: BTreeMap::new(),
            responses: Received::default(),
            conflicts: Received::default(),
        })
    }

    /// Writes what it adds; the instance IDs are for [`Keys::add`], after the commit.
    pub fn end(self, t: &Transaction<'_>) -> rusqlite::Result<BTreeMap<Key, i64>> {
        self.responses.note(t, RECEIVED)?;
        self.conflicts.note(t, CONFLICTS)?;
        self.keys.settle(t, &self.added)?;
        Ok(self.added)
    }

    /// Row id and digest of the response that has an instance ID.
    fn find(&self, t: &Transaction<'_>, r: &Incoming, key: &Key) -> rusqlite::Result<Option<(i64, Vec<u8>)>> {
        let row = match self.added.get(key) {
            Some(row) => Some(*row),
            None => self.keys.find(t, key)?,
        };
        let Some(row) = row else { return Ok(None) };
        t.prepare_cached(
            "SELECT id, digest FROM response WHERE id = ?1 AND survey_id = ?2 AND instance_id = ?3",
        )?
        .query_row(params![row, r.survey, r.instance_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
    }
}

/// Looks for the instance ID and inserts in one transaction, and one thread writes, so that retries that race give one
/// answer. `content` is the hash of its [`Content`].
pub(super) fn put(
    t: &Transaction<'_>,
    r: &Incoming,
    content: &Hash,
    group: &mut Group<'_>,
) -> rusqlite::Result<Receipt> {
    let key = keys::key(r.survey, &r.instance_id);
    let Some((row, digest)) = group.find(t, r, &key)? else {
        t.prepare_cached(
            "INSERT INTO response (survey_id, instance_id, version, received_at, started, finished, language, outcome,
             answers, flags, digest, synthetic, enumerator_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            r.survey, r.instance_id, r.version, r.received_at, r.started, r.finished, r.language, r.outcome, r.answers,
            r.flags, r.digest, r.synthetic, r.enumerator
        ])?;
        let row = t.last_insert_rowid();
        group.responses.add(row, content);
        group.added.insert(key, row);
        media::note_uses(t, r, row)?;
        return Ok(Receipt::Stored);
    };
    // Also where the same is there: a file that was refused consent may have come again since.
    media::note_uses(t, r, row)?;
    if digest == r.digest {
        return Ok(Receipt::AlreadyStored);
    }
    let kept = t
        .prepare_cached(
            "INSERT INTO response_conflict (response_id, version, received_at, started, finished, language, answers,
             flags, digest, enumerator_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (response_id, digest) DO NOTHING",
        )?
        .execute(params![
            row, r.version, r.received_at, r.started, r.finished, r.language, r.answers, r.flags, r.digest, r.enumerator
        ])?;
    if kept == 1 {
        group
            .conflicts
            .add(t.last_insert_rowid(), &conflict_content(r).hash());
    }
    Ok(Receipt::Conflict)
}

/// What is kept of a second content has neither an outcome nor a mark of its own.
fn conflict_content(r: &Incoming) -> Content<'_> {
    let mut content = r.content();
    content.texts[OUTCOME] = "";
    content.synthetic = false;
    content
}

impl Store {
    /// Stores a response; returns after it is on disk.
    pub async fn put(&self, incoming: Incoming) -> Result<Receipt, StoreFault> {
        self.writer.put(Entry::response(incoming)).await
    }

    /// Stores responses that came together, in one commit: a receipt for each, or none of them is stored.
    pub async fn put_together(&self, incoming: Vec<Incoming>) -> Result<Vec<Receipt>, StoreFault> {
        let entries = incoming.into_iter().map(Entry::response).collect();
        self.writer.put_together(entries).await
    }

    /// When the stored response of an instance ID was finished, and its digest.
    pub fn first_of(&self, survey: i64, instance_id: &str) -> rusqlite::Result<Option<(String, Vec<u8>)>> {
        let reader = self.reader()?;
        let row = {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            keys.catch_up(&reader)?;
            keys.find(&reader, &keys::key(survey, instance_id))?
        };
        reader
            .query_row(
                "SELECT finished, digest FROM response WHERE id = ?1 AND survey_id = ?2 AND instance_id = ?3",
                params![row, survey, instance_id],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
    }

    /// Stores many at once, in one transaction.
    pub fn put_all(&self, responses: &[Incoming]) -> rusqlite::Result<Vec<Receipt>> {
        self.writer.transaction_with_keys(|t, keys| {
            let mut group = Group::begin(t, keys)?;
            let receipts = responses
                .iter()
                .map(|r| put(t, r, &r.content().hash(), &mut group))
                .collect::<Result<_, _>>()?;
            group.end(t)?;
            Ok(receipts)
        })
    }

    /// Calls `each` with every response of a survey in the order of arrival, as of one moment, with the answers that
    /// count.
    pub fn each_response(
        &self,
        survey: i64,
        each: impl FnMut(Stored) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.each(survey, false, each)
    }

    /// The same, with the answers as they were received.
    pub fn each_as_received(
        &self,
        survey: i64,
        each: impl FnMut(Stored) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.each(survey, true, each)
    }

    fn each(
        &self,
        survey: i64,
        as_received: bool,
        mut each: impl FnMut(Stored) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let reader = self.reader()?;
        // The plus keeps SQLite from finding the rows by their survey: it would then sort them all, answers included,
        // before the first is given.
        let mut statement = reader.prepare(&format!(
            "SELECT {STORED}, {STATE} FROM {CURRENT} WHERE +r.survey_id = ?1 ORDER BY r.id"
        ))?;
        let mut rows = statement.query([survey])?;
        while let Some(row) = rows.next()? {
            each(stored(row, as_received)?)?;
        }
        Ok(())
    }

    /// How many responses name each version of a survey's form.
    pub fn responses_by_version(&self, survey: i64) -> rusqlite::Result<BTreeMap<String, u64>> {
        let reader = self.reader()?;
        let mut statement =
            reader.prepare("SELECT version, count(*) FROM response WHERE survey_id = ?1 GROUP BY version")?;
        let rows = statement.query_map([survey], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
        rows.collect()
    }

    /// How many responses a survey has, and how many second contents for an instance ID that are kept beside them.
    pub fn counts(&self, survey: i64) -> rusqlite::Result<(u64, u64)> {
        let query = "SELECT (SELECT count(*) FROM response WHERE survey_id = ?1),
            (SELECT count(*) FROM response_conflict c JOIN response r ON r.id = c.response_id WHERE r.survey_id = ?1)";
        self.reader()?.query_row(query, [survey], |row| {
            let (responses, conflicts): (i64, i64) = (row.get(0)?, row.get(1)?);
            Ok((responses as u64, conflicts as u64))
        })
    }
}
