//! The thread that writes. What waits is committed together: the disk's rhythm, not the request's.

use super::identity::Identity;
use super::media::put_file;
use super::parts::put_piece;
use super::responses::{Receipt, put};
use super::{Incoming, IncomingFile, IncomingPiece};
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Responses and files that may wait; beyond it the server says 'later' rather than fill the memory.
const QUEUE: usize = 1024;
/// Responses and files in one commit.
const GROUP: usize = 256;
/// Bytes of files in one commit: those who wait behind a long film should not wait for many.
const GROUP_BYTES: u64 = 16 << 20;

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
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

/// What is written.
#[derive(Debug)]
pub enum Entry {
    /// A response.
    Response(Incoming),
    /// A file that responses name.
    File(IncomingFile),
    /// A piece of such a file.
    Piece(IncomingPiece),
}

/// What came together is written together.
struct Job {
    entries: Vec<Entry>,
    reply: oneshot::Sender<Result<Vec<Receipt>, StoreFault>>,
}

impl Job {
    fn bytes(&self) -> u64 {
        self.entries.iter().map(Entry::bytes).sum()
    }
}

impl Entry {
    /// Bytes of a file; responses are small.
    fn bytes(&self) -> u64 {
        match self {
            Self::Response(_) => 0,
            Self::File(file) => file.size,
            // The last one takes as long as its whole file.
            Self::Piece(piece) if piece.is_last() => piece.size,
            Self::Piece(piece) => piece.bytes.len() as u64,
        }
    }
}

/// Hands responses and files to the writing thread.
#[derive(Debug, Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
    connection: Arc<Mutex<Connection>>,
}

impl Writer {
    /// Starts the thread; it ends when the last handle is dropped, after all that waits is written.
    pub fn start(connection: Connection, file: Identity) -> Self {
        let connection = Arc::new(Mutex::new(connection));
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let shared = Arc::clone(&connection);
        std::thread::spawn(move || run(&shared, &file, waiting));
        Self { jobs, connection }
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
        let (reply, answer) = oneshot::channel();
        self.jobs
            .try_send(Job { entries, reply })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => StoreFault::Busy,
                mpsc::error::TrySendError::Closed(_) => StoreFault::Closed,
            })?;
        answer.await.unwrap_or(Err(StoreFault::Closed))
    }

    /// Runs a rare piece of writing in a transaction of its own.
    pub fn transaction<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

fn run(connection: &Mutex<Connection>, file: &Identity, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        let (mut entries, mut bytes) = (first.entries.len(), first.bytes());
        let mut jobs = vec![first];
        while entries < GROUP && bytes < GROUP_BYTES {
            match waiting.try_recv() {
                Ok(job) => {
                    entries += job.entries.len();
                    bytes += job.bytes();
                    jobs.push(job);
                }
                Err(_) => break,
            }
        }
        match write(connection, file, &mut jobs) {
            Ok(receipts) => {
                for (job, receipts) in jobs.into_iter().zip(receipts) {
                    // Nobody may be waiting any more; it is stored all the same, and a retry will learn so.
                    let _ = job.reply.send(Ok(receipts));
                }
            }
            Err(fault) => {
                for job in jobs {
                    let _ = job.reply.send(Err(fault.clone()));
                }
            }
        }
    }
}

/// One transaction: either all of the group is on disk, or none of it is.
fn write(
    connection: &Mutex<Connection>,
    file: &Identity,
    jobs: &mut [Job],
) -> Result<Vec<Vec<Receipt>>, StoreFault> {
    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let receipts = jobs
        .iter_mut()
        .map(|job| {
            let entries = job.entries.iter_mut();
            entries
                .map(|entry| put_entry(&transaction, entry))
                .collect::<Result<_, _>>()
        })
        .collect::<Result<_, _>>()?;
    if !file.holds() {
        return Err(StoreFault::Moved);
    }
    transaction.commit()?;
    Ok(receipts)
}

fn put_entry(transaction: &rusqlite::Transaction<'_>, entry: &mut Entry) -> rusqlite::Result<Receipt> {
    match entry {
        Entry::Response(response) => put(transaction, response),
        Entry::File(file) => put_file(transaction, file),
        Entry::Piece(piece) => put_piece(transaction, piece),
    }
}
