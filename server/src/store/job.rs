//! What is handed to the writer.

use super::audit::Hash;
use super::responses::Receipt;
use super::{Incoming, IncomingFile, IncomingPiece, StoreFault};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// What is written.
#[derive(Debug)]
pub enum Entry {
    /// A response, with the hash of its content: made before, so that the writer need not.
    Response(Box<Incoming>, Hash),
    /// A file that responses name.
    File(IncomingFile),
    /// A piece of such a file.
    Piece(IncomingPiece),
}

/// What came together is written together.
pub struct Job {
    /// In the order in which they came.
    pub entries: Vec<Entry>,
    /// Where the receipts go.
    pub reply: oneshot::Sender<Result<Vec<Receipt>, StoreFault>>,
    /// Its share of what may wait.
    pub _room: OwnedSemaphorePermit,
}

impl Job {
    /// Bytes that it writes besides responses, which are small.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(Entry::bytes).sum()
    }
}

impl Entry {
    /// A response to be written.
    pub fn response(incoming: Incoming) -> Self {
        let content = incoming.content().hash();
        Self::Response(Box::new(incoming), content)
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Response(..) => 0,
            Self::File(file) => file.size,
            // The last one takes as long as its whole file.
            Self::Piece(piece) if piece.is_last() => piece.size,
            Self::Piece(piece) => piece.bytes.len() as u64,
        }
    }

    /// Bytes that it has in memory while it waits. A file has few: it lies on the disk while it waits.
    pub fn in_memory(&self) -> usize {
        match self {
            Self::Response(response, _) => response.answers.len() + response.flags.len(),
            Self::File(file) => (file.size as usize).min(super::media::IN_MEMORY),
            Self::Piece(piece) => piece.bytes.len(),
        }
    }
}
