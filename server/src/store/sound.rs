//! Whether the database is whole: looked at after a stop that was none, and by the writer as it goes.

use super::audit::{Note, SERVER, append};
use super::{Store, StoreFault, copies};
use rusqlite::{Connection, ErrorCode, InterruptHandle, OptionalExtension};
use serde_json::json;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What is known of the database file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Checked {
    /// It was closed well when it was opened, so there was nothing to look for.
    #[default]
    NotNeeded,
    /// It is being looked through.
    Running,
    /// It was looked through, and is whole.
    Fine,
    /// It is damaged, and nothing more is written to it; what was found.
    Damaged(String),
}

/// The state of a store's file; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Soundness(Arc<Mutex<Checked>>);

impl Soundness {
    /// What is known now.
    pub fn state(&self) -> Checked {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// An error where nothing may be written any more.
    pub fn allows(&self) -> Result<(), StoreFault> {
        match self.state() {
            Checked::Damaged(what) => Err(StoreFault::Damaged(what)),
            _ => Ok(()),
        }
    }

    /// Takes note where an error of SQLite means that the file is damaged.
    pub fn hears(&self, error: &rusqlite::Error) {
        if is_damage(error) {
            self.set(Checked::Damaged(error.to_string()));
        }
    }

    /// Damage stays: only another file mends it.
    fn set(&self, now: Checked) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, Checked::Damaged(_)) {
            return;
        }
        if let Checked::Damaged(what) = &now {
            tracing::error!(
                "the database is damaged, and nothing more is written to it: {what}. 'baraza verify' says where; stop \
                 the server and put a backup in its place with 'baraza restore FILE --replace'"
            );
        }
        *state = now;
    }
}

/// Whether an error of SQLite means that the file is damaged, not that the disk is full or somebody else has it.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

/// Whether the last to have a database open did not close it: its write-ahead log is still there. (Or somebody has it
/// open now: looked through once too often.)
pub(super) fn was_left_open(path: &Path) -> bool {
    std::fs::metadata(copies::beside(path, "-wal")).is_ok_and(|log| log.len() > 0)
}

/// A stop that was none, and later that the file was looked through: an unclean one without a later look is owed one.
const UNCLEAN: &str = "unclean_stop";
const LOOKED: &str = "integrity_checked";

/// A look through the file in a thread of its own; it ends early when it is dropped.
pub struct Looking {
    thread: Option<JoinHandle<()>>,
    interrupt: Option<InterruptHandle>,
}

impl Store {
    /// What is known of the database file.
    pub fn checked(&self) -> Checked {
        self.sound.state()
    }

    /// Looks through the file where the last stop was none, while everything else goes on. A look that is cut short
    /// is taken up at the next start.
    pub fn look_after_unclean_stop(&self) -> Looking {
        let connection = match copies::open_to_read(&self.path) {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!("can't look through the database: {error}");
                return Looking {
                    thread: None,
                    interrupt: None,
                };
            }
        };
        let interrupt = Some(connection.get_interrupt_handle());
        let store = self.clone();
        let thread = Some(std::thread::spawn(move || store.look(&connection)));
        Looking { thread, interrupt }
    }

    fn look(&self, connection: &Connection) {
        if self.left_open {
            self.sound.set(Checked::Running);
            self.tell(UNCLEAN, json!({}));
        } else if !owed(connection).unwrap_or(true) {
            return;
        }
        self.sound.set(Checked::Running);
        match quick_check(connection) {
            Ok(found) if found.is_empty() => {
                self.tell(LOOKED, json!({ "result": "ok" }));
                self.sound.set(Checked::Fine);
            }
            // Not noted in its own log: nothing more is written to it.
            Ok(found) => self.sound.set(Checked::Damaged(found)),
            Err(error) if is_damage(&error) => self.sound.hears(&error),
            Err(error) => tracing::warn!("the database was not looked through to its end: {error}"),
        }
    }

    fn tell(&self, action: &'static str, detail: serde_json::Value) {
        let note = Note {
            by: SERVER.into(),
            action,
            survey: String::new(),
            detail,
        };
        if let Err(error) = self.writer.transaction(|t| append(t, &note)) {
            tracing::warn!("can't note '{action}' in the audit log: {error}");
        }
    }
}

fn owed(connection: &Connection) -> rusqlite::Result<bool> {
    let last: Option<String> = connection
        .query_row(
            "SELECT action FROM audit WHERE action IN (?1, ?2) ORDER BY id DESC LIMIT 1",
            [UNCLEAN, LOOKED],
            |row| row.get(0),
        )
        .optional()?;
    Ok(last.as_deref() == Some(UNCLEAN))
}

/// What SQLite finds wrong; empty where nothing is.
fn quick_check(connection: &Connection) -> rusqlite::Result<String> {
    let mut statement = connection.prepare("PRAGMA quick_check(3)")?;
    let found: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(if found == ["ok"] {
        String::new()
    } else {
        found.join("; ")
    })
}

impl Drop for Looking {
    fn drop(&mut self) {
        if let Some(interrupt) = &self.interrupt {
            interrupt.interrupt();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
