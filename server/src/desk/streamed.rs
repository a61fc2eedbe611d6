//! Answers that are sent while they are made.

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// What is sent together; an error breaks the answer off.
pub type Piece = io::Result<Bytes>;

/// The body of the answer.
struct Arriving(mpsc::Receiver<Piece>);

impl hyper::body::Body for Arriving {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

/// A body of what comes by a channel; it ends when all senders are dropped.
pub fn streamed(pieces: mpsc::Receiver<Piece>) -> Body {
    Body::new(Arriving(pieces))
}
