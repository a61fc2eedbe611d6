//! Connections that only read. They are kept between uses, since opening one costs more than most of what is read.

use super::identity::Identity;
use rusqlite::{Connection, OpenFlags};
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Connections that are kept; more may be in use.
const KEPT: usize = 4;
/// Kilobytes of pages that each keeps in memory.
const PAGES: i64 = 1024;

/// The reading connections of a database file.
#[derive(Debug, Clone)]
pub struct Readers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    /// The file that the kept ones have open.
    file: Identity,
    /// Nothing once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
}

impl Readers {
    /// For a file that is there.
    pub fn of(path: PathBuf, file: Identity) -> Self {
        Self(Arc::new(Shared {
            path,
            file,
            idle: Mutex::new(Some(Vec::new())),
        }))
    }

    /// A connection; the file is opened anew where it was moved or replaced.
    pub fn take(&self) -> rusqlite::Result<Reader> {
        let keep = self.0.file.holds();
        let kept = if keep {
            self.idle().as_mut().and_then(Vec::pop)
        } else {
            None
        };
        let connection = match kept {
            Some(connection) => connection,
            None => self.open()?,
        };
        Ok(Reader {
            connection: Some(connection),
            home: keep.then(|| self.clone()),
        })
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            &self.0.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(super::PATIENCE)?;
        connection.pragma_update(None, "cache_size", -PAGES)?;
        Ok(connection)
    }

    /// Closes what is idle; what is in use is closed after it.
    pub fn close(&self) {
        drop(self.idle().take());
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Option<Vec<Connection>>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use; it goes back when it is dropped.
#[derive(Debug)]
pub struct Reader {
    /// Nothing only while it is dropped.
    connection: Option<Connection>,
    home: Option<Readers>,
}

impl Deref for Reader {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
            .as_ref()
            .unwrap_or_else(|| unreachable!("it is there until it is dropped"))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let (Some(connection), Some(home)) = (self.connection.take(), &self.home) else {
            return;
        };
        // Whatever went wrong while it was used may go wrong again.
        if !connection.is_autocommit() || connection.is_busy() {
            return;
        }
        if let Some(idle) = home.idle().as_mut()
            && idle.len() < KEPT
        {
            idle.push(connection);
        }
    }
}
