//! Rows of responses in their order, held against what the log says of them.

use super::log::Claim;
use super::{Damage, EXAMPLES, Part, Report};
use crate::store::audit::{Content, Hash};
use rusqlite::{Connection, Row, Rows, Statement};
use sha2::{Digest, Sha256};

/// A table whose rows the log vouches for.
pub struct Vouched<'a> {
    table: &'static str,
    statement: Statement<'a>,
}

impl<'a> Vouched<'a> {
    /// First contents.
    pub fn of_responses(connection: &'a Connection) -> rusqlite::Result<Self> {
        // Before enumerators there was no log.
        let query =
            "SELECT id, survey_id, instance_id, version, received_at, started, finished, language, outcome,
                     answers, flags, digest, synthetic, enumerator_id FROM response ORDER BY id";
        Ok(Self {
            table: "response",
            statement: connection.prepare(query)?,
        })
    }

    /// Second contents, which have neither an outcome nor a mark of their own.
    pub fn of_conflicts(connection: &'a Connection) -> rusqlite::Result<Self> {
        let query =
            "SELECT c.id, coalesce(r.survey_id, 0), coalesce(r.instance_id, ''), c.version, c.received_at,
                     c.started, c.finished, c.language, '', c.answers, c.flags, c.digest, 0, c.enumerator_id
                     FROM response_conflict c LEFT JOIN response r ON r.id = c.response_id ORDER BY c.id";
        Ok(Self {
            table: "response_conflict",
            statement: connection.prepare(query)?,
        })
    }

    /// From the first row on.
    pub fn begin(&mut self) -> rusqlite::Result<Walk<'_>> {
        let mut walk = Walk {
            table: self.table,
            rows: self.statement.query([])?,
            next: None,
            last: 0,
            seen: 0,
            vouched: 0,
            skipped: 0,
        };
        walk.step()?;
        Ok(walk)
    }
}

/// A row, as far as it is held against the log.
struct Hashed {
    id: i64,
    instance: String,
    content: Hash,
}

/// Where one is in a table.
pub struct Walk<'s> {
    table: &'static str,
    rows: Rows<'s>,
    next: Option<Hashed>,
    /// Last row id that an entry has told of.
    last: i64,
    /// Rows that were read.
    pub seen: u64,
    /// Rows that are as the log says.
    pub vouched: u64,
    /// Rows from before the log.
    pub skipped: u64,
}

impl Walk<'_> {
    /// Takes the next row, and reads the one after it.
    fn step(&mut self) -> rusqlite::Result<Option<Hashed>> {
        let next = match self.rows.next()? {
            Some(row) => Some(hashed(row)?),
            None => None,
        };
        self.seen += u64::from(next.is_some());
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn next_up_to(&mut self, last: i64) -> rusqlite::Result<Option<Hashed>> {
        match &self.next {
            Some(row) if row.id <= last => self.step(),
            _ => Ok(None),
        }
    }

    /// Passes by what was there before the log.
    pub fn skip_to(&mut self, last: i64) -> rusqlite::Result<()> {
        while self.next_up_to(last)?.is_some() {
            self.skipped += 1;
        }
        self.last = last;
        Ok(())
    }

    /// Compares the rows that an entry tells of.
    pub fn hold_against(&mut self, claim: &Claim, entry: i64, report: &mut Report) -> rusqlite::Result<()> {
        self.unknown_up_to(claim.first - 1, report)?;
        let (mut hash, mut count, mut instances) = (Sha256::new(), 0, Vec::new());
        while let Some(row) = self.next_up_to(claim.last)? {
            hash.update(row.content);
            count += 1;
            if instances.len() < EXAMPLES {
                instances.push(row.instance);
            }
        }
        self.last = self.last.max(claim.last);
        let is_changed = baraza_forms::hex(&hash.finalize()) != claim.sha256;
        if count == claim.count && !is_changed {
            self.vouched += count;
            return Ok(());
        }
        let what = if count == claim.count {
            format!(
                "what is stored is not what entry {entry} of the audit log vouches for: it was changed since"
            )
        } else {
            format!(
                "entry {entry} of the audit log tells of {} rows, and {count} are there: some were removed or added",
                claim.count
            )
        };
        report.add(self.damage((claim.first, claim.last), instances, what));
        Ok(())
    }

    /// What is left after the last entry.
    pub fn end(&mut self, report: &mut Report) -> rusqlite::Result<()> {
        self.unknown_up_to(i64::MAX, report)
    }

    fn unknown_up_to(&mut self, last: i64, report: &mut Report) -> rusqlite::Result<()> {
        let (mut range, mut instances): (Option<(i64, i64)>, _) = (None, Vec::new());
        while let Some(row) = self.next_up_to(last)? {
            range = Some((range.map_or(row.id, |(first, _)| first), row.id));
            if instances.len() < EXAMPLES {
                instances.push(row.instance);
            }
        }
        if let Some(range) = range {
            let what = "the audit log does not know these rows: they were not stored by Baraza".into();
            report.add(self.damage(range, instances, what));
        }
        Ok(())
    }

    fn damage(&self, rows: (i64, i64), instances: Vec<String>, what: String) -> Damage {
        Damage {
            part: Part::Log,
            table: self.table,
            rows: Some(rows),
            instances,
            what,
        }
    }
}

fn hashed(row: &Row<'_>) -> rusqlite::Result<Hashed> {
    let text = |column: usize| Ok::<_, rusqlite::Error>(row.get_ref(column)?.as_str()?);
    let instance_id = text(2)?;
    let content = Content {
        survey: row.get(1)?,
        instance_id,
        texts: [
            text(3)?,
            text(4)?,
            text(5)?,
            text(6)?,
            text(7)?,
            text(8)?,
            text(9)?,
            text(10)?,
        ],
        digest: row.get_ref(11)?.as_blob()?,
        synthetic: row.get(12)?,
        enumerator: row.get(13)?,
    };
    Ok(Hashed {
        id: row.get(0)?,
        instance: instance_id.to_owned(),
        content: content.hash(),
    })
}
