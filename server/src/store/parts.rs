//! Files that come in pieces, until they are whole.

use super::job::Entry;
use super::{Receipt, Store, StoreFault};
use baraza_forms::hex;
use rusqlite::blob::ZeroBlob;
use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};
use std::io::Write;

/// A piece of a file, to be added at its end.
#[derive(Debug)]
pub struct IncomingPiece {
    /// Row id of its survey.
    pub survey: i64,
    /// What the whole file is called: SHA-256 of its bytes, a point, an ending.
    pub name: String,
    /// Bytes of the whole file.
    pub size: u64,
    /// Where the piece begins.
    pub offset: u64,
    /// Moment of its arrival, ISO 8601 UTC.
    pub received_at: String,
    /// Its bytes; they end within the file.
    pub bytes: Vec<u8>,
}

impl IncomingPiece {
    /// Where the piece ends.
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    /// Whether the file is whole with it.
    pub fn is_last(&self) -> bool {
        self.end() == self.size
    }
}

/// What unfinished files may fill, so that phones which never come back don't fill the disk.
#[derive(Debug, Clone, Copy)]
struct Room {
    survey: i64,
    overall: i64,
}

const ROOM: Room = Room {
    survey: 256 << 20,
    overall: 1 << 30,
};
/// What an unfinished file counts besides its bytes, so that many tiny ones have an end as well.
const EACH: i64 = 16 << 10;

struct Part {
    id: i64,
    size: u64,
    received: u64,
}

/// Adds a piece to its file, and makes a file of the pieces when they are all there.
pub(super) fn put_piece(t: &Transaction<'_>, piece: &IncomingPiece) -> rusqlite::Result<Receipt> {
    if size_of_stored(t, piece.survey, &piece.name)?.is_some() {
        drop_part(t, piece.survey, &piece.name)?;
        return Ok(Receipt::AlreadyStored);
    }
    let mut part = part_of(t, piece.survey, &piece.name)?;
    if part.as_ref().is_some_and(|part| part.size != piece.size) {
        // One of the two lengths is wrong, and nobody can tell which: begin again.
        drop_part(t, piece.survey, &piece.name)?;
        part = None;
    }
    let received = part.as_ref().map_or(0, |part| part.received);
    if piece.offset != received {
        return Ok(Receipt::Elsewhere(received));
    }
    if piece.bytes.is_empty() && !piece.is_last() {
        return Ok(Receipt::Partial(received));
    }
    let part = add(t, piece, part.map(|part| part.id))?;
    if piece.is_last() {
        return finish(t, piece, part);
    }
    make_room(t, piece.survey, part, ROOM)?;
    Ok(Receipt::Partial(piece.end()))
}

/// Writes the piece; gives the row id of its file's part.
fn add(t: &Transaction<'_>, piece: &IncomingPiece, part: Option<i64>) -> rusqlite::Result<i64> {
    let end = piece.end().cast_signed();
    let part = match part {
        Some(part) => {
            t.prepare_cached("UPDATE media_part SET received = ?2, touched_at = ?3 WHERE id = ?1")?
                .execute(params![part, end, piece.received_at])?;
            part
        }
        None => t
            .prepare_cached(
                "INSERT INTO media_part (survey_id, name, size, received, touched_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .insert(params![
                piece.survey,
                piece.name,
                piece.size.cast_signed(),
                end,
                piece.received_at
            ])?,
    };
    if !piece.bytes.is_empty() {
        t.prepare_cached("INSERT INTO media_piece (part_id, start, bytes) VALUES (?1, ?2, ?3)")?
            .execute(params![part, piece.offset.cast_signed(), piece.bytes])?;
    }
    Ok(part)
}

/// The pieces become the file, if they are what its name says; whatever they are, they are gone after that.
fn finish(t: &Transaction<'_>, piece: &IncomingPiece, part: i64) -> rusqlite::Result<Receipt> {
    let mut hash = Sha256::new();
    each_piece(t, part, |bytes| {
        hash.update(bytes);
        Ok(())
    })?;
    let is_right = piece.name.starts_with(&format!("{}.", hex(&hash.finalize())));
    if is_right {
        let file = t
            .prepare_cached(
                "INSERT INTO media (survey_id, name, size, received_at, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .insert(params![
                piece.survey,
                piece.name,
                piece.size.cast_signed(),
                piece.received_at,
                ZeroBlob(piece.size as i32)
            ])?;
        let mut blob = t.blob_open("main", "media", "bytes", file, false)?;
        each_piece(t, part, |bytes| {
            blob.write_all(bytes)
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
        })?;
    }
    drop_part(t, piece.survey, &piece.name)?;
    Ok(if is_right {
        Receipt::Stored
    } else {
        Receipt::Damaged
    })
}

/// One piece after the other, so that a film fills no memory.
fn each_piece(
    t: &Transaction<'_>,
    part: i64,
    mut each: impl FnMut(&[u8]) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement =
        t.prepare_cached("SELECT bytes FROM media_piece WHERE part_id = ?1 ORDER BY start")?;
    let mut rows = statement.query([part])?;
    while let Some(row) = rows.next()? {
        each(row.get_ref(0)?.as_blob()?)?;
    }
    Ok(())
}

/// Drops unfinished files, the oldest first, until all have room; never the one that is just coming.
fn make_room(t: &Transaction<'_>, survey: i64, coming: i64, room: Room) -> rusqlite::Result<()> {
    for (within, most) in [(Some(survey), room.survey), (None, room.overall)] {
        loop {
            let used: i64 = t
                .prepare_cached(
                    "SELECT coalesce(sum(received + ?2), 0) FROM media_part WHERE survey_id = ?1 OR ?1 IS NULL",
                )?
                .query_row(params![within, EACH], |row| row.get(0))?;
            if used <= most {
                break;
            }
            let dropped = t
                .prepare_cached(
                    "DELETE FROM media_part WHERE id = (SELECT id FROM media_part
                     WHERE (survey_id = ?1 OR ?1 IS NULL) AND id <> ?2 ORDER BY touched_at, id LIMIT 1)",
                )?
                .execute(params![within, coming])?;
            if dropped == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Forgets the pieces of a file that is there, or not wanted.
pub(super) fn drop_part(t: &Transaction<'_>, survey: i64, name: &str) -> rusqlite::Result<()> {
    t.prepare_cached("DELETE FROM media_part WHERE survey_id = ?1 AND name = ?2")?
        .execute(params![survey, name])?;
    Ok(())
}

fn part_of(t: &rusqlite::Connection, survey: i64, name: &str) -> rusqlite::Result<Option<Part>> {
    t.prepare_cached("SELECT id, size, received FROM media_part WHERE survey_id = ?1 AND name = ?2")?
        .query_row(params![survey, name], |row| {
            let (size, received): (i64, i64) = (row.get(1)?, row.get(2)?);
            Ok(Part {
                id: row.get(0)?,
                size: size as u64,
                received: received as u64,
            })
        })
        .optional()
}

fn size_of_stored(t: &rusqlite::Connection, survey: i64, name: &str) -> rusqlite::Result<Option<u64>> {
    t.prepare_cached("SELECT size FROM media WHERE survey_id = ?1 AND name = ?2")?
        .query_row(params![survey, name], |row| {
            row.get(0).map(|size: i64| size as u64)
        })
        .optional()
}

impl Store {
    /// Adds a piece to its file; returns after it is on disk.
    pub async fn put_piece(&self, piece: IncomingPiece) -> Result<Receipt, StoreFault> {
        self.writer.put(Entry::Piece(piece)).await
    }

    /// How many bytes of a file are there, and whether it is whole.
    pub fn arrived(&self, survey: i64, name: &str) -> rusqlite::Result<(u64, bool)> {
        let reader = self.reader()?;
        if let Some(size) = size_of_stored(&reader, survey, name)? {
            return Ok((size, true));
        }
        Ok((
            part_of(&reader, survey, name)?.map_or(0, |part| part.received),
            false,
        ))
    }

    /// Drops unfinished files to which nothing has come since a moment.
    pub fn drop_unfinished(&self, since: &str) -> rusqlite::Result<usize> {
        self.writer
            .transaction(|t| t.execute("DELETE FROM media_part WHERE touched_at < ?1", [since]))
    }
}

#[cfg(test)]
mod tests;
