//! Which instance IDs are there.
//!
//! IDs come in no order. An index that takes each with its response has a page to write for each, at another place of a
//! file that grows. So the newest are kept in memory, and many at once are put into the index, in its order: the table
//! `response_key` has all up to the row id in `response_keyed`, and what comes after it is read from the responses
//! themselves. Nothing has to be believed of the memory of a process that ended: it is made anew.

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// So many are kept in memory before they are put into the index. The more, the fewer pages each of them costs; but as
/// many are read at a start, and those who wait while they are written wait for all of them.
const FRESH: usize = 32_768;

/// The instance ID as it is in the index, and the row id of the survey.
pub(super) type Key = (Box<[u8]>, i64);

/// Tests that want to be there when they are put into the index ask for fewer.
fn most() -> usize {
    let told = super::told("BARAZA_TEST_FRESH_IDS").and_then(|told| told.parse().ok());
    told.unwrap_or(FRESH)
}

/// The key of a response: the bytes of the UUID. What is none is its own key; migration 0007 does the same.
pub(super) fn key(survey: i64, instance_id: &str) -> Key {
    let uuid = (instance_id.len() == 36).then(|| uuid::Uuid::try_parse(instance_id).ok());
    let bytes = match uuid.flatten() {
        Some(uuid) => uuid.as_bytes().as_slice().into(),
        None => instance_id.as_bytes().into(),
    };
    (bytes, survey)
}

/// The keys of all UUIDs that begin so; none where no UUID does.
fn beginning(written: &str) -> Option<RangeInclusive<Key>> {
    let digits = written.replace('-', "");
    let end = |fill: char, survey| {
        let whole: String = digits.chars().chain(std::iter::repeat(fill)).take(32).collect();
        let uuid = uuid::Uuid::try_parse(&whole).ok()?;
        Some((uuid.as_bytes().as_slice().into(), survey))
    };
    (digits.len() <= 32).then_some(())?;
    Some(end('0', i64::MIN)?..=end('f', i64::MAX)?)
}

/// What is not in the index yet.
#[derive(Debug, Default)]
pub(super) struct Keys {
    fresh: BTreeMap<Key, i64>,
    /// Row id of the last response that was read or written.
    seen: i64,
    /// Row id up to which all are in the index.
    last: i64,
}

impl Keys {
    /// Reads what is there and was not written by this process since the last time: all of it at first. Within the
    /// transaction that is to write, so that nobody else can come between.
    pub fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let (newest, last): (i64, i64) = connection
            .prepare_cached(
                "SELECT (SELECT coalesce(max(id), 0) FROM response), (SELECT last FROM response_keyed)",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if newest < self.seen {
            // Somebody took responses away by hand.
            *self = Self::default();
        }
        if last != self.last {
            self.fresh.retain(|_, row| *row > last);
            self.last = last;
        }
        if newest > self.seen {
            let mut statement =
                connection.prepare_cached("SELECT id, survey_id, instance_id FROM response WHERE id > ?1")?;
            let mut rows = statement.query([self.seen.max(last)])?;
            while let Some(row) = rows.next()? {
                let key = key(row.get(1)?, row.get_ref(2)?.as_str()?);
                self.fresh.insert(key, row.get(0)?);
            }
            self.seen = newest;
        }
        Ok(())
    }

    /// Where the last responses were taken away by hand, the next ones get their row ids: the index does not have these,
    /// and must not say so.
    pub fn mend(&self, t: &Transaction<'_>) -> rusqlite::Result<()> {
        if self.last > self.seen {
            t.execute("UPDATE response_keyed SET last = ?1", [self.seen])?;
        }
        Ok(())
    }

    /// Row id of the response that has a key; whoever asks has caught up.
    pub fn find(&self, connection: &Connection, key: &Key) -> rusqlite::Result<Option<i64>> {
        if let Some(row) = self.fresh.get(key) {
            return Ok(Some(*row));
        }
        connection
            .prepare_cached("SELECT response_id FROM response_key WHERE instance = ?1 AND survey_id = ?2")?
            .query_row(params![key.0, key.1], |row| row.get(0))
            .optional()
    }

    /// Row ids of the responses whose instance ID begins so, in any order; whoever asks has caught up.
    pub fn beginning(&self, connection: &Connection, written: &str) -> rusqlite::Result<Vec<i64>> {
        let Some(range) = beginning(written) else {
            return Ok(Vec::new());
        };
        let mut statement = connection
            .prepare_cached("SELECT response_id FROM response_key WHERE instance BETWEEN ?1 AND ?2")?;
        let settled = statement.query_map(params![range.start().0, range.end().0], |row| row.get(0))?;
        let fresh = self.fresh.range(range).map(|(_, row)| Ok(*row));
        settled.chain(fresh).collect()
    }

    /// Puts into the index what is in memory and what a transaction adds, where it is enough. The memory stays as it is
    /// until the next transaction sees that this one was committed.
    pub fn settle(&self, t: &Transaction<'_>, added: &BTreeMap<Key, i64>) -> rusqlite::Result<()> {
        if self.fresh.len() + added.len() < most() {
            return Ok(());
        }
        // A key is there already only where its response was taken away by hand.
        let mut put = t.prepare_cached(
            "INSERT OR REPLACE INTO response_key (instance, survey_id, response_id) VALUES (?1, ?2, ?3)",
        )?;
        let mut all: BTreeMap<&Key, i64> = self.fresh.iter().map(|(key, row)| (key, *row)).collect();
        all.extend(added.iter().map(|(key, row)| (key, *row)));
        for (key, row) in all {
            put.execute(params![key.0, key.1, row])?;
        }
        t.execute(
            "UPDATE response_keyed SET last = (SELECT coalesce(max(id), 0) FROM response)",
            [],
        )?;
        Ok(())
    }

    /// Takes what a transaction has added, once it is committed.
    pub fn add(&mut self, added: BTreeMap<Key, i64>) {
        self.seen = added.values().copied().fold(self.seen, i64::max);
        self.fresh.extend(added);
    }
}

#[cfg(test)]
mod tests {
    use super::{beginning, key};

    const ID: &str = "7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01";

    #[test]
    fn a_uuid_lies_among_those_that_begin_as_it_does_and_no_others() {
        let it = key(3, ID);
        assert_eq!(it.0.len(), 16);
        for written in [ID, "7d9f1d", "7d9f1d3e-8a5", "7d9f1d3e8"] {
            assert!(beginning(written).unwrap().contains(&it), "{written}");
        }
        for written in ["7d9f1e", "8d9f1d3e-8a5", "7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a02"] {
            assert!(!beginning(written).unwrap().contains(&it), "{written}");
        }
        assert!(beginning("no UUID").is_none() && beginning(&"0".repeat(33)).is_none());
    }

    #[test]
    fn what_is_no_uuid_is_its_own_key() {
        assert_eq!(&*key(1, "by hand").0, b"by hand");
        // As long as a UUID, and without hyphens none that a phone makes: the migration sees it so, too.
        assert_eq!(key(1, &ID.replace('-', "")).0.len(), 32);
    }
}
