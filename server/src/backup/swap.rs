//! Putting a database in the place of another, when nobody has that one open.

use super::{folder_of, sync_folder};
use crate::store::copies::beside;
use anyhow::{Context, bail};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;

/// An error where a process has the database open, or what is left of one that was deleted.
pub fn nobody_has(db: &Path) -> anyhow::Result<()> {
    if is_locked(db) || is_locked(&beside(db, "-shm")) {
        return Err(in_use(db));
    }
    Ok(())
}

fn in_use(db: &Path) -> anyhow::Error {
    anyhow::anyhow!(
        "{} is in use, perhaps by 'baraza serve': stop that first (nothing was changed)",
        db.display()
    )
}

/// Whether another process holds a lock on any part of a file. Who has a database open with a write-ahead log holds one
/// all the time, however damaged the file is. Only for a process that has it not open itself: it would let go of its
/// own locks.
#[cfg(unix)]
fn is_locked(path: &Path) -> bool {
    let Ok(file) = std::fs::OpenOptions::new().read(true).write(true).open(path) else {
        return false;
    };
    let lock = rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive);
    matches!(lock, Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS))
}

/// Other systems don't let an open file be moved.
#[cfg(not(unix))]
fn is_locked(_: &Path) -> bool {
    false
}

/// Puts a file in the place of a database; what was there is beside it as `former` then, with all that was written to
/// it. At no moment is there a database with the write-ahead log of another.
pub fn swap(new: &Path, db: &Path, former: &Path) -> anyhow::Result<()> {
    nobody_has(db)?;
    let held = if db.exists() { hold(db)? } else { None };
    // Only one that can't be opened, or was deleted, still has a log of its own now.
    let log = beside(db, "-wal");
    if log.exists() {
        std::fs::rename(&log, beside(former, "-wal"))
            .with_context(|| format!("can't move {}", log.display()))?;
    }
    let _ = std::fs::remove_file(beside(db, "-shm"));
    // A second name rather than another: there is a database at its place at any time.
    if db.exists() && std::fs::hard_link(db, former).is_err() {
        std::fs::rename(db, former).with_context(|| format!("can't move {}", db.display()))?;
    }
    sync_folder(folder_of(db))?;
    std::fs::rename(new, db).with_context(|| format!("can't write {}", db.display()))?;
    sync_folder(folder_of(db))?;
    drop(held);
    Ok(())
}

/// Takes what is in the log into the database and keeps everybody else out; nothing where it is too damaged for that.
fn hold(db: &Path) -> anyhow::Result<Option<Connection>> {
    let held = || -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(db, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "locking_mode", "exclusive")?;
        // Without a log of its own, closing it does not touch what may by then be the log of the new one.
        let mode: String = connection.query_row("PRAGMA journal_mode = delete", [], |row| row.get(0))?;
        if mode != "delete" {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                None,
            ));
        }
        connection.execute_batch("BEGIN EXCLUSIVE")?;
        Ok(connection)
    };
    match held() {
        Ok(connection) => Ok(Some(connection)),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Err(in_use(db)),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Ok(None),
            _ => bail!("can't open {}: {error}", db.display()),
        },
    }
}
