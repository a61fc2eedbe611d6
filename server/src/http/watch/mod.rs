//! What goes by: each request is counted by its route, and told in the log where that is wanted. The route is the
//! pattern that matched, never the address: addresses hold the names of surveys and files.

mod line;
mod request;
mod table;

pub use request::{REQUEST, RequestId, current};
pub use table::Table;

use axum::extract::MatchedPath;
use axum::http::{HeaderName, HeaderValue, Request, Response};
use line::{Line, Told};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use table::Open;
use tokio::task::futures::TaskLocalFuture;
use tower_layer::Layer;
use tower_service::Service;

/// By which a person finds the line in the log.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts a watch around services. It is the outermost layer, so that it sees what really leaves.
#[derive(Debug, Clone)]
pub struct Watch(Arc<Table>);

impl Watch {
    /// Counts in a table.
    pub fn with(table: Arc<Table>) -> Self {
        Self(table)
    }
}

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched {
            inner,
            table: Arc::clone(&self.0),
        }
    }
}

/// A service with a watch around it.
#[derive(Debug, Clone)]
pub struct Watched<S> {
    inner: S,
    table: Arc<Table>,
}

impl<S, B, R> Service<Request<B>> for Watched<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<Told<R>>;
    type Error = S::Error;
    type Future = Watching<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let matched = request.extensions().get::<MatchedPath>();
        let open = Open::new(
            self.table.route(matched.map(MatchedPath::as_str)),
            request.method(),
        );
        let id = RequestId::next();
        Watching {
            line: Line::begin(id, request.method()),
            inner: REQUEST.scope(id, self.inner.call(request)),
            open: Some(open),
            id,
        }
    }
}

pin_project! {
    /// A request under way.
    pub struct Watching<F> {
        #[pin]
        inner: TaskLocalFuture<RequestId, F>,
        // Counts as one whose client hung up, where it is dropped before it is done.
        open: Option<Open>,
        line: Option<Box<Line>>,
        id: RequestId,
    }
}

impl<F, R, E> Future for Watching<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Told<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match ready!(this.inner.poll(context)) {
            Ok(response) => response,
            Err(error) => return Poll::Ready(Err(error)),
        };
        let Some(open) = this.open.take() else {
            return Poll::Ready(Ok(response.map(Told::silent)));
        };
        let mut line = this.line.take();
        // Where the log has nothing that it finds, the header is only paid for: the page has many small files.
        let is_in_the_log = line.is_some() || response.status().is_server_error();
        if is_in_the_log && let Ok(id) = HeaderValue::from_bytes(&this.id.letters()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        if let Some(line) = &mut line {
            line.answered(open.pattern(), response.status());
        }
        open.done(response.status());
        Poll::Ready(Ok(response.map(|body| Told::with(body, line))))
    }
}
