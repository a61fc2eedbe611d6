//! Whole copies of a database while others write to it, and files that are only looked at.

use super::{OpenError, recognise};
use rusqlite::{Connection, OpenFlags};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Kilobytes of pages that are kept in memory while a file is read through once.
const PAGES: i64 = 2048;

/// The folder that a file is in.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// The path of what SQLite keeps beside a database: `-wal`, `-shm`.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// Opens a database of ours, of this version or an older one, and changes nothing.
pub fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing(path.to_owned()));
    }
    match opened(path, false) {
        // On a medium that can't be written to, what SQLite keeps beside a database has no place, and none is needed.
        Err(OpenError::Closed(_)) if !super::sound::was_left_open(path) => opened(path, true),
        result => result,
    }
}

fn opened(path: &Path, is_unchanging: bool) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fault = |cause| OpenError::of(path, cause);
    let connection = if is_unchanging {
        let uri = format!("file:{}?immutable=1", escaped(path));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
    } else {
        Connection::open_with_flags(path, flags)
    }
    .map_err(fault)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(fault)?;
    connection
        .pragma_update(None, "cache_size", -PAGES)
        .map_err(fault)?;
    // An empty file may become a database, but is none yet.
    if recognise(&connection, path)? == 0 {
        return Err(OpenError::NotADatabase(path.to_owned()));
    }
    Ok(connection)
}

/// What has a meaning in an address.
fn escaped(path: &Path) -> String {
    path.to_string_lossy()
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23")
}

/// Writes a copy of a database, as of one moment, to a place where nothing is yet, and puts it on disk.
///
/// `VACUUM INTO` rather than SQLite's backup API: it reads in one transaction, so a busy writer neither waits for it
/// nor makes it begin again, as the pages of the backup API do; what was deleted is not in the copy; and what can't be
/// read is an error, while the backup API copies damaged pages along.
pub fn copy(from: &Connection, to: &Path) -> Result<(), OpenError> {
    let fault = |cause| OpenError::of(to, cause);
    from.execute("VACUUM INTO ?1", [to.to_string_lossy()])
        .map_err(fault)?;
    // SQLite does not do it for a copy.
    std::fs::File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| fault(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))
}
