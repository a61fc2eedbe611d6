//! The thread that writes. What waits is committed together: the disk's rhythm, not the request's.

use super::identity::Identity;
use super::job::{Entry, Job};
use super::keys::Keys;
use super::measures::Measures;
use super::media::put_file;
use super::parts::put_piece;
use super::responses::{Group, Receipt, put};
use super::sound::Soundness;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Requests that may wait; beyond it the server says 'later' rather than fill the memory.
const QUEUE: usize = 1024;
/// Bytes in memory that all that waits may have together, in KB.
const ROOM: usize = 16 << 10;
/// Responses and files in one commit.
const GROUP: usize = 512;
/// Bytes in one commit: those who wait behind a long film should not wait for many.
const GROUP_BYTES: u64 = 16 << 20;

/// How long to wait for those that are expected, each time that some came.
const MOMENT: Duration = Duration::from_micros(50);
/// Where at least so many came together.
const SEVERAL: usize = 4;
/// How often at most.
const MOMENTS: u32 = 8;
/// From one attempt to forget what failed to the next.
const AGAIN: Duration = Duration::from_millis(500);

/// Why nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreFault {
    /// The queue is full: later.
    #[error("too much at once")]
    Busy,
    /// The disk or the database refused.
    #[error("the database did not take it: {0}")]
    Database(Arc<rusqlite::Error>),
    /// What is written would be in no file that anybody finds.
    #[error(
        "the database file was moved, removed or replaced: put it back, or stop the server and start it again"
    )]
    Moved,
    /// What is written to a damaged file may be lost, or do more damage.
    #[error("the database is damaged, and nothing more is written to it: {0}")]
    Damaged(String),
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}

impl StoreFault {
    /// Whether another process has the database, which will not be for long.
    pub fn is_lock(&self) -> bool {
        let Self::Database(error) = self else { return false };
        matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
        )
    }
}

impl From<rusqlite::Error> for StoreFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// Hands responses and files to the writing thread.
#[derive(Debug, Clone)]
pub struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Nothing once the store is closed.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    room: Arc<Semaphore>,
    file: Identity,
    /// Nothing once the store is closed.
    open: Arc<Mutex<Option<Open>>>,
    measures: Measures,
    sound: Soundness,
}

/// The connection that writes, and what is known of the instance IDs in its file.
#[derive(Debug)]
struct Open {
    connection: Connection,
    keys: Keys,
}

fn closed() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_MISUSE),
        Some("the store is closed".into()),
    )
}

/// What SQLite itself says where it notices.
fn moved() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY_DBMOVED),
        Some(StoreFault::Moved.to_string()),
    )
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    /// Starts the thread; it ends when the last handle is dropped, after all that waits is written.
    pub fn start(connection: Connection, file: Identity, measures: Measures, sound: Soundness) -> Self {
        let keys = Keys::default();
        let open = Arc::new(Mutex::new(Some(Open { connection, keys })));
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let (shared, counting, hearing) = (Arc::clone(&open), measures.clone(), sound.clone());
        let same = file.clone();
        let thread = std::thread::spawn(move || run(&shared, &same, waiting, &counting, &hearing));
        Self(Arc::new(Shared {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            room: Arc::new(Semaphore::new(ROOM)),
            file,
            open,
            measures,
            sound,
        }))
    }

    /// Stores one response or file; returns after it is on disk.
    pub async fn put(&self, entry: Entry) -> Result<Receipt, StoreFault> {
        let receipts = self.put_together(vec![entry]).await?;
        receipts.first().copied().ok_or(StoreFault::Closed)
    }

    /// Stores what came together in one commit; returns a receipt for each after it is on disk.
    pub async fn put_together(&self, entries: Vec<Entry>) -> Result<Vec<Receipt>, StoreFault> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        self.0.sound.allows()?;
        let answer = self.enqueue(entries).inspect_err(|fault| {
            if matches!(fault, StoreFault::Busy) {
                self.0.measures.turned_away();
            }
        })?;
        answer.await.unwrap_or(Err(StoreFault::Closed))
    }

    fn enqueue(
        &self,
        entries: Vec<Entry>,
    ) -> Result<oneshot::Receiver<Result<Vec<Receipt>, StoreFault>>, StoreFault> {
        let kilobytes = entries.iter().map(Entry::in_memory).sum::<usize>() / 1024 + 1;
        let room = Arc::clone(&self.0.room)
            .try_acquire_many_owned(u32::try_from(kilobytes).unwrap_or(u32::MAX))
            .map_err(|_| StoreFault::Busy)?;
        let (reply, answer) = oneshot::channel();
        let jobs = lock(&self.0.jobs).clone().ok_or(StoreFault::Closed)?;
        let job = Job {
            entries,
            reply,
            _room: room,
        };
        jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreFault::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreFault::Closed,
        })?;
        self.0.measures.waits();
        Ok(answer)
    }

    /// Runs a rare piece of writing in a transaction of its own.
    pub fn transaction<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.transaction_with_keys(|t, _| work(t))
    }

    /// The same, for work that puts responses.
    pub(super) fn transaction_with_keys<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>, &mut Keys) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut open = lock(&self.0.open);
        if let Err(fault) = self.0.sound.allows() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
                Some(fault.to_string()),
            ));
        }
        // What SQLite itself says of a connection that is closed.
        let Open { connection, keys } = open.as_mut().ok_or_else(closed)?;
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let result = match work(&transaction, keys) {
            Ok(_) if !self.0.file.holds() => Err(moved()),
            Ok(result) => transaction
                .commit()
                .map(|()| result)
                .inspect_err(|error| _ = super::sound::is_damage(error) || forget(connection)),
            Err(error) => Err(error),
        };
        result.inspect_err(|error| self.0.sound.hears(error))
    }

    /// Writes a page that changes nothing; nothing where a group is just being written, which will tell.
    pub fn try_out(&self) -> Option<Result<(), StoreFault>> {
        let mut open = self.0.open.try_lock().ok()?;
        let open = open.as_mut()?;
        Some(try_out(&mut open.connection, &self.0.file).inspect(|()| self.0.measures.mended()))
    }

    /// Writes what waits and takes no more; returns when the file is closed.
    pub fn close(&self) {
        self.0.close();
    }
}

impl Shared {
    fn close(&self) {
        drop(lock(&self.jobs).take());
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
        drop(lock(&self.open).take());
    }
}

/// A process that ends without closing its file leaves the next one to wonder what happened.
impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(
    shared: &Mutex<Option<Open>>,
    file: &Identity,
    mut waiting: mpsc::Receiver<Job>,
    measures: &Measures,
    sound: &Soundness,
) {
    let (mut last, mut owed) = (0, false);
    while let Some(first) = next(shared, &mut waiting, &mut owed) {
        let mut jobs = group(first, &mut waiting, measures, last);
        last = jobs.len();
        let begun = Instant::now();
        let mut open = lock(shared);
        let Some(open) = open.as_mut() else {
            return;
        };
        match write(open, file, &mut jobs) {
            Ok(receipts) => {
                // What was written stands in its place.
                owed = false;
                let entries = jobs.iter().map(|job| job.entries.len()).sum();
                measures.committed(entries, begun.elapsed());
                for (job, receipts) in jobs.into_iter().zip(receipts) {
                    for (entry, receipt) in job.entries.iter().zip(&receipts) {
                        measures.count(entry, *receipt);
                    }
                    // Nobody may be waiting any more; it is stored all the same, and a retry will learn so.
                    let _ = job.reply.send(Ok(receipts));
                }
            }
            Err(fault) => {
                measures.failed(fault.to_string());
                if let StoreFault::Database(error) = &fault {
                    sound.hears(error);
                }
                // Where nothing was written, what was owed before that still is.
                if may_stand(&fault) {
                    owed = !forget(&mut open.connection);
                }
                if owed {
                    tracing::warn!(
                        "what failed may be stored all the same, should the server end before the disk is well"
                    );
                }
                for job in jobs {
                    let _ = job.reply.send(Err(fault.clone()));
                }
            }
        }
    }
}

fn try_out(connection: &mut Connection, file: &Identity) -> Result<(), StoreFault> {
    if !file.holds() {
        return Err(StoreFault::Moved);
    }
    // Somebody who asks for the server's health is not to wait long for another process.
    connection.busy_timeout(Duration::from_millis(100))?;
    let tried = commit_nothing(connection);
    connection.busy_timeout(super::PATIENCE)?;
    Ok(tried?)
}

/// A commit that changes nothing, and is on the disk all the same.
fn commit_nothing(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // It is written even where it stays what it is.
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()
}

/// What comes next. Where what failed could not be forgotten, that is tried again and again meanwhile.
fn next(shared: &Mutex<Option<Open>>, waiting: &mut mpsc::Receiver<Job>, owed: &mut bool) -> Option<Job> {
    while *owed {
        match waiting.try_recv() {
            Err(mpsc::error::TryRecvError::Empty) => std::thread::sleep(AGAIN),
            ended_or_job => return ended_or_job.ok(),
        }
        *owed = lock(shared)
            .as_mut()
            .is_some_and(|open| !forget(&mut open.connection));
    }
    waiting.blocking_recv()
}

/// What waits, up to a size. Where several came together last time, the first of the next is not committed alone: half as
/// many are waited for, a moment at a time and as long as some keep coming. Half, since the others can be understood
/// while these are written.
fn group(first: Job, waiting: &mut mpsc::Receiver<Job>, measures: &Measures, last: usize) -> Vec<Job> {
    measures.taken();
    let (mut entries, mut bytes) = (first.entries.len(), first.bytes());
    let mut jobs = vec![first];
    let mut moments = if last < SEVERAL { 0 } else { MOMENTS };
    loop {
        let before = jobs.len();
        while entries < GROUP && bytes < GROUP_BYTES {
            let Ok(job) = waiting.try_recv() else { break };
            measures.taken();
            entries += job.entries.len();
            bytes += job.bytes();
            jobs.push(job);
        }
        let enough = jobs.len() >= last / 2;
        let came = jobs.len() > before || moments == MOMENTS;
        if enough || !came || moments == 0 {
            return jobs;
        }
        moments -= 1;
        std::thread::sleep(MOMENT);
    }
}

/// Whether what failed may stand in the write-ahead log. While another program has the database, or where the file was
/// moved, nothing was committed; and to a damaged file nothing more is written.
fn may_stand(fault: &StoreFault) -> bool {
    !fault.is_lock() && matches!(fault, StoreFault::Database(error) if !super::sound::is_damage(error))
}

/// After a commit that failed, its frames may stand whole in the write-ahead log, and on the disk: a crash would bring
/// them back, though their senders were told to come again. A commit that changes nothing takes their place, also while
/// somebody reads; then the log is emptied, which makes room on a full disk. False where neither could be done.
fn forget(connection: &mut Connection) -> bool {
    // Whoever waits to be stored has waited long enough. A process that has the database locked writes there itself.
    let _ = connection.busy_timeout(Duration::ZERO);
    let overwritten = commit_nothing(connection);
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    let _ = connection.busy_timeout(super::PATIENCE);
    overwritten.is_ok() || emptied == Ok(false)
}

/// One transaction: either all of the group is on disk, or none of it is.
fn write(open: &mut Open, file: &Identity, jobs: &mut [Job]) -> Result<Vec<Vec<Receipt>>, StoreFault> {
    let Open { connection, keys } = open;
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut group = Group::begin(&transaction, keys)?;
    let receipts = jobs
        .iter_mut()
        .map(|job| {
            let entries = job.entries.iter_mut();
            entries
                .map(|entry| put_entry(&transaction, entry, &mut group))
                .collect::<Result<_, _>>()
        })
        .collect::<Result<_, _>>()?;
    let added = group.end(&transaction)?;
    if !file.holds() {
        return Err(StoreFault::Moved);
    }
    transaction.commit()?;
    keys.add(added);
    Ok(receipts)
}

fn put_entry(
    transaction: &rusqlite::Transaction<'_>,
    entry: &mut Entry,
    group: &mut Group<'_>,
) -> rusqlite::Result<Receipt> {
    match entry {
        Entry::Response(response, content) => put(transaction, response, content, group),
        Entry::File(file) => put_file(transaction, file),
        Entry::Piece(piece) => put_piece(transaction, piece),
    }
}
