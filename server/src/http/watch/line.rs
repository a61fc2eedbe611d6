//! One line in the log for each request, when its answer has gone out.

use super::request::RequestId;
use super::table::named;
use axum::body::HttpBody;
use axum::http::{Method, StatusCode};
use hyper::body::{Bytes, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

/// What is known of a request so far; it is told when this is dropped. Nothing in it comes from the request but its
/// method: answers, names and addresses of people are in bodies, headers and paths.
#[derive(Debug)]
pub struct Line {
    id: RequestId,
    method: &'static str,
    route: String,
    /// Nothing while there is no answer.
    status: Option<StatusCode>,
    begun: Instant,
    bytes: u64,
}

impl Line {
    /// A line where the log wants any.
    pub fn begin(id: RequestId, method: &Method) -> Option<Box<Self>> {
        if !tracing::enabled!(tracing::Level::INFO) {
            return None;
        }
        Some(Box::new(Self {
            id,
            method: named(method),
            route: String::new(),
            status: None,
            begun: Instant::now(),
            bytes: 0,
        }))
    }

    /// The head of the answer is there.
    pub fn answered(&mut self, route: &str, status: StatusCode) {
        route.clone_into(&mut self.route);
        self.status = Some(status);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let milliseconds = self.begun.elapsed().as_secs_f64() * 1000.0;
        let milliseconds = (milliseconds * 1000.0).round() / 1000.0;
        let (id, method) = (self.id, self.method);
        let Some(status) = self.status else {
            tracing::info!(request = %id, method, milliseconds, "the client hung up");
            return;
        };
        tracing::info!(
            request = %id,
            method,
            route = self.route,
            status = status.as_u16(),
            milliseconds,
            bytes = self.bytes,
            "answered"
        );
    }
}

pin_project! {
    /// A body whose end is told.
    pub struct Told<B> {
        #[pin]
        body: B,
        line: Option<Box<Line>>,
    }
}

impl<B> Told<B> {
    /// Nobody wants to know.
    pub fn silent(body: B) -> Self {
        Self { body, line: None }
    }

    /// The line is told when the body has gone out, or never will.
    pub fn with(body: B, line: Option<Box<Line>>) -> Self {
        Self { body, line }
    }
}

impl<B: HttpBody<Data = Bytes>> HttpBody for Told<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        if let (Some(line), Some(Ok(frame))) = (this.line, &frame) {
            line.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
