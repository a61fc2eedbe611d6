//! Files that responses name: put once, read when they are exported.

use super::copies::folder_of;
use super::job::Entry;
use super::parts::drop_part;
use super::readers::Reader;
use super::{Incoming, Receipt, Store, StoreFault};
use rusqlite::blob::ZeroBlob;
use rusqlite::{OptionalExtension, Transaction, params};
use std::io::{Seek, SeekFrom, Write};
use tempfile::SpooledTempFile;

/// Bytes of an arriving file that stay in memory; more of them wait on the disk.
pub(super) const IN_MEMORY: usize = 64 << 10;

/// A file that has arrived whole, and whose bytes give its name.
#[derive(Debug)]
pub struct IncomingFile {
    /// Row id of its survey.
    pub survey: i64,
    /// SHA-256 of the bytes, a point, an ending.
    pub name: String,
    /// Its bytes' number.
    pub size: u64,
    /// Moment of its arrival, ISO 8601 UTC.
    pub received_at: String,
    /// The bytes.
    pub bytes: SpooledTempFile,
}

/// Copies the bytes in small pieces, so that a film fills no memory.
pub(super) fn put_file(t: &Transaction<'_>, file: &mut IncomingFile) -> rusqlite::Result<Receipt> {
    let size = i64::try_from(file.size).map_err(|_| rusqlite::Error::BlobSizeError)?;
    drop_part(t, file.survey, &file.name)?;
    let inserted = t
        .prepare_cached(
            "INSERT INTO media (survey_id, name, size, received_at, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (survey_id, name) DO NOTHING",
        )?
        .execute(params![
            file.survey,
            file.name,
            size,
            file.received_at,
            ZeroBlob(size as i32)
        ])?;
    if inserted == 0 {
        return Ok(Receipt::AlreadyStored);
    }
    let mut blob = t.blob_open("main", "media", "bytes", t.last_insert_rowid(), false)?;
    let copied = file
        .bytes
        .seek(SeekFrom::Start(0))
        .and_then(|_| std::io::copy(&mut file.bytes, &mut blob));
    match copied {
        Ok(copied) if copied == file.size => Ok(Receipt::Stored),
        Ok(_) => Err(rusqlite::Error::BlobSizeError),
        Err(error) => Err(rusqlite::Error::ToSqlConversionFailure(Box::new(error))),
    }
}

/// Notes which files a response, by its row id, names, and removes those that came with what is not stored of it.
pub(super) fn note_uses(t: &Transaction<'_>, response: &Incoming, row: i64) -> rusqlite::Result<()> {
    if response.files.is_empty() && response.dropped_files.is_empty() {
        return Ok(());
    }
    let mut note = t.prepare_cached(
        "INSERT INTO media_use (survey_id, name, response_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for name in &response.files {
        note.execute(params![response.survey, name, row])?;
    }
    let mut remove = t.prepare_cached(
        "DELETE FROM media WHERE survey_id = ?1 AND name = ?2
         AND NOT EXISTS (SELECT 1 FROM media_use u WHERE u.survey_id = ?1 AND u.name = ?2)",
    )?;
    for name in &response.dropped_files {
        remove.execute(params![response.survey, name])?;
        drop_part(t, response.survey, name)?;
    }
    Ok(())
}

impl Store {
    /// A place for the bytes of a file while it arrives: beside the database, and without a name, so that nothing
    /// is left of it whatever happens.
    pub fn arriving(&self) -> SpooledTempFile {
        tempfile::spooled_tempfile_in(IN_MEMORY, folder_of(&self.path))
    }

    /// Stores a file; returns after it is on disk.
    pub async fn put_file(&self, file: IncomingFile) -> Result<Receipt, StoreFault> {
        self.writer.put(Entry::File(file)).await
    }

    /// Stores a file from a thread that may wait.
    pub fn put_file_now(&self, mut file: IncomingFile) -> rusqlite::Result<Receipt> {
        self.writer.transaction(|t| put_file(t, &mut file))
    }

    /// Row id of a survey, and whether any of its versions asks for files.
    pub fn takes_files(&self, slug: &str) -> rusqlite::Result<Option<(i64, bool)>> {
        let query = "SELECT s.id, coalesce(max(v.takes_files), 0) FROM survey s
                     LEFT JOIN survey_version v ON v.survey_id = s.id WHERE s.slug = ?1 GROUP BY s.id";
        self.reader()?
            .query_row(query, [slug], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    /// Reads the files of a survey's responses.
    pub fn media(&self, survey: i64) -> rusqlite::Result<MediaReader> {
        Ok(MediaReader {
            connection: self.reader()?,
            survey,
        })
    }
}

/// The files of a survey's responses.
#[derive(Debug)]
pub struct MediaReader {
    connection: Reader,
    survey: i64,
}

impl MediaReader {
    /// Whether a file has come.
    pub fn has(&self, name: &str) -> rusqlite::Result<bool> {
        Ok(self.row(name)?.is_some())
    }

    /// Writes the bytes of a file; false where it has not come.
    pub fn copy(&self, name: &str, to: &mut impl Write) -> anyhow::Result<bool> {
        let Some(row) = self.row(name)? else {
            return Ok(false);
        };
        let mut blob = self.connection.blob_open("main", "media", "bytes", row, true)?;
        std::io::copy(&mut blob, to)?;
        Ok(true)
    }

    fn row(&self, name: &str) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT id FROM media WHERE survey_id = ?1 AND name = ?2")?
            .query_row(params![self.survey, name], |row| row.get(0))
            .optional()
    }
}
