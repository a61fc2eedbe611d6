//! All SQL. One writer thread owns the writing connection; each reader opens its own.
//!
//! Callers see plain types, so that another database can move in without their noticing.

mod account_links;
mod accounts;
mod audit;
mod communities;
mod community_releases;
pub mod copies;
mod corrections;
mod desk_sessions;
mod drafts;
mod enumerators;
mod history;
mod identity;
mod job;
mod keys;
mod label_files;
mod measures;
mod media;
mod meetings;
mod parts;
mod quotas;
mod readers;
mod releases;
mod responses;
mod reviews;
mod rounds;
mod running;
mod sound;
mod surveys;
mod tokens;
mod unnamed;
pub mod verify;
mod watching;
mod writer;

pub use account_links::{Chosen, LinkHolder};
pub use accounts::{Access, Account, AddedAccount, Changed, Role};
pub use audit::{Note, SERVER};
pub use communities::Community;
pub use community_releases::{FrozenPage, NewFrozen, digest as page_digest};
pub use corrections::Amendment;
pub use desk_sessions::{Credentials, DeskSession};
pub use drafts::{Draft, Finding, NewDraft};
pub use enumerators::{Added, Enumerator, Holder, Secret};
pub use history::{History, Named, Summary};
pub use label_files::{LabelFile, Listed};
pub use measures::Measures;
pub use media::{IncomingFile, MediaReader};
pub use meetings::{Kept, Moved};
pub use parts::IncomingPiece;
pub use quotas::{Quota, Seen};
pub use releases::{NewRelease, Release, ReleaseFile};
pub use responses::{Incoming, Receipt, Stored};
pub use reviews::{Review, State, Verdict};
pub use rounds::Started;
pub use sound::Checked;
pub use surveys::{Found, Newcomer, Published, Survey, Version};
pub use tokens::Token;
pub use unnamed::Files;
pub use watching::{Reached, Watched};
pub use writer::StoreFault;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Marks a database file as Baraza's (`PRAGMA application_id`): "Bara" in ASCII.
const APPLICATION_ID: i32 = 0x4261_7261;
/// SQLite up to 3.51.2 can corrupt a database when it resets its write-ahead log.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Pages in the write-ahead log before they are copied to the database: 8 MB. A group waits for that, the longer the more
/// there is; nearly all pages are written once, so that a longer log would save little.
const LOG_PAGES: i32 = 2000;

/// How long a connection waits for another process that has the database locked.
const PATIENCE: Duration = Duration::from_secs(5);

const STEPS: &[M<'_>] = &[
    M::up(include_str!("../../migrations/0001-start.sql")),
    M::up(include_str!("../../migrations/0002-files-and-versions.sql")),
    M::up(include_str!("../../migrations/0003-enumerators-and-quotas.sql")),
    M::up(include_str!("../../migrations/0004-files-in-pieces.sql")),
    M::up(include_str!("../../migrations/0005-audit-and-review.sql")),
    M::up(include_str!("../../migrations/0006-files-come-to.sql")),
    M::up(include_str!("../../migrations/0007-keys.sql")),
    M::up(include_str!("../../migrations/0008-accounts.sql")),
    M::up(include_str!("../../migrations/0009-results.sql")),
    M::up(include_str!("../../migrations/0010-drafts.sql")),
    M::up(include_str!("../../migrations/0012-running.sql")),
    M::up(include_str!("../../migrations/0013-community.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nothing there.
    #[error("there is no database {0}: 'baraza serve' makes one, or name another with --db")]
    Missing(PathBuf),
    /// Not SQLite.
    #[error("{0} is not a database: name another file with --db (it was left as it is)")]
    NotADatabase(PathBuf),
    /// SQLite, but not ours.
    #[error("{0} is a database of another program: name another file with --db (it was left as it is)")]
    Foreign(PathBuf),
    /// Written by a newer Baraza.
    #[error("{0} was written by a newer version of Baraza: update this one (the file was left as it is)")]
    Newer(PathBuf),
    /// No backup at all.
    #[error("{0} is not a backup of Baraza (nothing was changed)")]
    NotABackup(PathBuf),
    /// Ours, but what is in it can't be read.
    #[error(
        "{0} is damaged: 'baraza verify' says where; put a backup in its place with 'baraza restore FILE --replace'"
    )]
    Damaged(PathBuf),
    /// It can't be written.
    #[error(
        "{0} can't be written: make it and its folder writable for who runs this, or name another file with --db (it was \
         left as it is)"
    )]
    ReadOnly(PathBuf),
    /// Its folder is missing, or closed to us.
    #[error("{0} can't be opened: is its folder there, and may who runs this read and write in it?")]
    Closed(PathBuf),
    /// Another process has it.
    #[error("another program has {0} open to write, and does not let go: close it, then try again")]
    Locked(PathBuf),
    /// No room.
    #[error("the disk of {0} is full: make room, then try again")]
    Full(PathBuf),
    /// Too old a library.
    #[error("SQLite {0} can corrupt its write-ahead log: build Baraza with 3.51.3 or later")]
    OldSqlite(&'static str),
    /// Anything else.
    #[error("can't open the database {path}: {cause}")]
    Other {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: rusqlite::Error,
    },
}

impl OpenError {
    fn of(path: &Path, cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::NotADatabase(path.to_owned()),
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged(path.to_owned()),
            Some(rusqlite::ErrorCode::ReadOnly) => Self::ReadOnly(path.to_owned()),
            Some(rusqlite::ErrorCode::CannotOpen) => Self::Closed(path.to_owned()),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                Self::Locked(path.to_owned())
            }
            Some(rusqlite::ErrorCode::DiskFull) => Self::Full(path.to_owned()),
            _ => Self::Other {
                path: path.to_owned(),
                cause,
            },
        }
    }
}

/// The store of one database file.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    // Before the writer, as fields are dropped in this order: the last to close tidies the file up, and they can't.
    readers: readers::Readers,
    writer: writer::Writer,
    /// What readers know of the instance IDs; the writer has its own, so that they never wait for each other.
    keys: Arc<Mutex<keys::Keys>>,
    measures: Measures,
    sound: sound::Soundness,
    /// Whether the file was not closed when it was last in use.
    left_open: bool,
}

impl Store {
    /// Opens a database, making it where it is missing, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let left_open = sound::was_left_open(path);
        let connection = connect(path)?;
        let (file, measures) = (identity::Identity::of(path), Measures::default());
        let sound = sound::Soundness::default();
        Ok(Self {
            path: path.to_owned(),
            writer: writer::Writer::start(connection, file.clone(), measures.clone(), sound.clone()),
            readers: readers::Readers::of(path.to_owned(), file),
            keys: Arc::default(),
            measures,
            sound,
            left_open,
        })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its write-ahead log.
    pub fn log_path(&self) -> PathBuf {
        copies::beside(&self.path, "-wal")
    }

    /// Opens a database that has to be there.
    pub fn open_existing(path: &Path) -> Result<Self, OpenError> {
        if path.exists() {
            Self::open(path)
        } else {
            Err(OpenError::Missing(path.to_owned()))
        }
    }

    /// Whether a database has the schema of this version.
    pub fn is_up_to_date(connection: &Connection) -> bool {
        MIGRATIONS
            .pending_migrations(connection)
            .is_ok_and(|pending| pending == 0)
    }

    /// What it counts of itself.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// Why nothing is stored at the moment, as the last group was not. Before saying so, it is tried again: with no
    /// phone that sends, nothing else would find out that the disk has room again.
    pub fn trouble(&self) -> Option<String> {
        let trouble = self.measures.trouble()?;
        match self.writer.try_out() {
            Some(Ok(())) => None,
            Some(Err(fault)) => Some(fault.to_string()),
            None => Some(trouble),
        }
    }

    /// Writes what waits, takes no more, and closes the file, so that the next start finds it at rest.
    pub fn close(&self) {
        self.readers.close();
        self.writer.close();
    }

    /// A connection that only reads.
    fn reader(&self) -> rusqlite::Result<readers::Reader> {
        self.readers.take()
    }
}

fn connect(path: &Path) -> Result<Connection, OpenError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite(rusqlite::version()));
    }
    let fault = |cause: rusqlite::Error| OpenError::of(path, cause);
    let mut connection = Connection::open(path).map_err(fault)?;
    connection.busy_timeout(PATIENCE).map_err(fault)?;
    // Looked at before anything is written: a file that is not ours stays as it is.
    let owner = recognise(&connection, path)?;
    connection
        .pragma_update(None, "journal_mode", "wal")
        .map_err(fault)?;
    connection
        .pragma_update(None, "synchronous", synchronous())
        .map_err(fault)?;
    connection
        .pragma_update(None, "wal_autocheckpoint", log_pages())
        .map_err(fault)?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .map_err(fault)?;
    if owner != APPLICATION_ID {
        // Before the tables: a start that is cut off here must not leave a file that looks like another program's.
        connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(fault)?;
    }
    MIGRATIONS
        .to_latest(&mut connection)
        .map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => fault(err),
            _ => OpenError::Newer(path.to_owned()),
        })?;
    let begun = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .and_then(|t| {
            audit::begin(&t)?;
            t.commit()
        });
    begun.map_err(fault)?;
    Ok(connection)
}

/// A commit is on disk when it returns. Tests that cut the power ask for less, to show that they would notice.
fn synchronous() -> &'static str {
    if told("BARAZA_TEST_SYNCHRONOUS").is_some_and(|told| told == "normal") {
        "normal"
    } else {
        "full"
    }
}

/// Pages in the log before they are copied. Tests that want to be there when it happens ask for fewer.
fn log_pages() -> i32 {
    let told = told("BARAZA_TEST_LOG_PAGES").and_then(|told| told.parse().ok());
    told.unwrap_or(LOG_PAGES)
}

/// What tests say to a debug build, and to no other.
fn told(name: &str) -> Option<String> {
    cfg!(debug_assertions).then(|| std::env::var(name).ok()).flatten()
}

/// Whose a database is (0: nobody's yet); an error where it is not for this program.
fn recognise(connection: &Connection, path: &Path) -> Result<i32, OpenError> {
    let fault = |cause: rusqlite::Error| OpenError::of(path, cause);
    let owner: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(fault)?;
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(fault)?;
    if owner != APPLICATION_ID && (owner != 0 || objects > 0) {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    let is_newer = |pending: i32| pending < 0;
    if MIGRATIONS.pending_migrations(connection).is_ok_and(is_newer) {
        return Err(OpenError::Newer(path.to_owned()));
    }
    Ok(owner)
}

/// The moment now, ISO 8601 in UTC.
pub fn now() -> String {
    days_ago(0)
}

/// The moment so many days ago.
pub fn days_ago(days: u64) -> String {
    ago(Duration::from_secs(days * 24 * 3600))
}

/// The moment so long ago.
pub fn ago(span: Duration) -> String {
    // Further back than anything that was ever received.
    let moment = jiff::Timestamp::now()
        .checked_sub(span)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{moment:.3}")
}
