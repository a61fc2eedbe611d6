//! What the database of an image holds, read by SQLite alone.

use super::{Image, write_image};
use anyhow::{Context, Result, ensure};
use baraza_forms::hex;
use rusqlite::Connection;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tempfile::tempdir;

/// Responses and files in a database.
#[derive(Debug, Default)]
pub struct Contents {
    /// Answers by instance ID.
    pub responses: BTreeMap<String, Value>,
    /// Bytes that are there of each file; those of a whole one are as its name says.
    pub files: BTreeMap<String, usize>,
}

impl Contents {
    /// Opens the database as the next start would, and reads it; an error where anything is damaged, or there twice.
    /// Empty where there is none yet.
    pub fn of(image: &Image) -> Result<Self> {
        let mut contents = Self::default();
        if !image.contains_key("baraza.db") {
            return Ok(contents);
        }
        let folder = tempdir()?;
        write_image(image, folder.path())?;
        let database = Connection::open(folder.path().join("baraza.db"))?;
        let check: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        ensure!(check == "ok", "integrity_check: {check}");
        let has = "SELECT count(*) FROM sqlite_schema WHERE name IN ('response', 'audit')";
        // It was being made.
        if database.query_row(has, [], |row| row.get::<_, i64>(0))? < 2 {
            return Ok(contents);
        }
        contents.read_responses(&database)?;
        contents.read_files(&database)?;
        Ok(contents)
    }

    fn read_responses(&mut self, database: &Connection) -> Result<()> {
        // Not by the index: a row that only the table has counts, too.
        let mut rows = database.prepare("SELECT +instance_id, answers FROM response NOT INDEXED")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (id, answers): (String, String) = (row.get(0)?, row.get(1)?);
            let answers = serde_json::from_str(&answers)?;
            ensure!(
                self.responses.insert(id.clone(), answers).is_none(),
                "{id} is there twice"
            );
        }
        let conflicts = "SELECT count(*) FROM response_conflict";
        let conflicts: i64 = database.query_row(conflicts, [], |row| row.get(0))?;
        ensure!(conflicts == 0, "{conflicts} second contents that nobody sent");
        Ok(())
    }

    fn read_files(&mut self, database: &Connection) -> Result<()> {
        let mut rows = database.prepare("SELECT name, bytes FROM media NOT INDEXED")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (name, bytes): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let digest = hex(&Sha256::digest(&bytes));
            ensure!(name.starts_with(&digest), "{name} has other bytes");
            ensure!(
                self.files.insert(name.clone(), bytes.len()).is_none(),
                "{name} is there twice"
            );
        }
        let pieces = "SELECT name, received, (SELECT coalesce(sum(length(bytes)), 0) FROM media_piece WHERE part_id = p.id)
                      FROM media_part p";
        let mut rows = database.prepare(pieces)?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (name, received, bytes): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            ensure!(received == bytes, "{name} says {received} and has {bytes}");
            let size = usize::try_from(bytes).context("a size")?;
            ensure!(
                self.files.insert(name.clone(), size).is_none(),
                "{name} is there twice"
            );
        }
        Ok(())
    }
}
