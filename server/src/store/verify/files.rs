//! Files and forms that are called by their content: one after the other, in pieces, each as of a moment of its own, so that
//! nothing is held up while films are read.

use super::{Damage, Part, Progress, Report, has};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};
use std::io::Read;

/// Bytes that are read at once.
const PIECE: usize = 16 << 10;

/// A table of files.
struct Table {
    name: &'static str,
    /// What the hash is of.
    column: &'static str,
    /// Row id, what the file is called, and its size, of the first after a row id.
    next: &'static str,
    count: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        name: "media",
        column: "bytes",
        next: "SELECT id, name, size FROM media WHERE id > ?1 ORDER BY id LIMIT 1",
        count: "SELECT count(*) FROM media",
    },
    Table {
        name: "label_file",
        column: "bytes",
        next: "SELECT rowid, digest, length(bytes) FROM label_file WHERE rowid > ?1 ORDER BY rowid LIMIT 1",
        count: "SELECT count(*) FROM label_file",
    },
    Table {
        name: "survey_version",
        column: "form",
        next: "SELECT id, digest, length(CAST(form AS BLOB)) FROM survey_version WHERE id > ?1 ORDER BY id LIMIT 1",
        count: "SELECT count(*) FROM survey_version",
    },
    Table {
        name: "community_release",
        column: "content",
        next: "SELECT id, digest, length(CAST(content AS BLOB)) FROM community_release WHERE id > ?1 ORDER BY id LIMIT 1",
        count: "SELECT count(*) FROM community_release",
    },
];

/// Looks through all files.
pub fn files(connection: &Connection, progress: Progress<'_>) -> rusqlite::Result<Report> {
    let mut report = Report::default();
    for table in TABLES {
        // A database from before files has none.
        if has(connection, table.name)? {
            table.look(connection, &mut report, progress)?;
        }
    }
    Ok(report)
}

impl Table {
    fn look(
        &self,
        connection: &Connection,
        report: &mut Report,
        progress: Progress<'_>,
    ) -> rusqlite::Result<()> {
        let total: i64 = connection.query_row(self.count, [], |row| row.get(0))?;
        let (mut last, mut seen) = (i64::MIN, 0);
        loop {
            let moment = connection.unchecked_transaction()?;
            let next: Option<(i64, String, i64)> = moment
                .prepare_cached(self.next)?
                .query_row([last], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((id, name, size)) = next else {
                return Ok(());
            };
            let what = match self.hash(&moment, id) {
                Ok((hash, length)) if name.split('.').next() == Some(&hash) && length == size as u64 => None,
                Ok(_) => Some(format!("what is stored as {name} is not what its name says")),
                Err(error) => Some(format!("what is stored as {name} can't be read ({error})")),
            };
            report.files += u64::from(what.is_none());
            if let Some(what) = what {
                report.add(Damage {
                    part: Part::Files,
                    table: self.name,
                    rows: Some((id, id)),
                    instances: Vec::new(),
                    what,
                });
            }
            (last, seen) = (id, seen + 1);
            progress(Part::Files, seen, total as u64);
        }
    }

    fn hash(&self, connection: &Connection, id: i64) -> std::io::Result<(String, u64)> {
        let blob = connection.blob_open("main", self.name, self.column, id, true);
        let mut blob = blob.map_err(std::io::Error::other)?;
        let (mut hash, mut length, mut piece) = (Sha256::new(), 0, [0; PIECE]);
        loop {
            match blob.read(&mut piece)? {
                0 => return Ok((baraza_forms::hex(&hash.finalize()), length)),
                read => {
                    hash.update(&piece[..read]);
                    length += read as u64;
                }
            }
        }
    }
}
