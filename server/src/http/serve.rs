//! Connections: slow ones are ended, open ones are finished before the server stops.

use super::metrics::FromHere;
use super::tls::Tls;
use axum::Router;
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderMap, Request, Uri, header};
use axum::response::{Redirect, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_service::Service;

/// The longest that the head of a request may take to arrive.
const HEAD: Duration = Duration::from_secs(20);
/// Bytes that wait to be read or sent on each connection, and so also the longest head: hyper would take six times as
/// many, from everybody who sends much.
const BUFFER: usize = 64 << 10;
/// The longest that the server waits for open requests when it is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Where a request to the desk comes from, so that guessing there can be slowed down.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Marks the requests whose answer hangs on where they come from. No other is marked: nobody else has to know.
#[derive(Clone)]
struct Marking {
    app: Router,
    peer: IpAddr,
}

impl Service<Request<Incoming>> for Marking {
    type Response = Response;
    type Error = Infallible;
    type Future = <Router as Service<Request<Incoming>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Router as Service<Request<Incoming>>>::poll_ready(&mut self.app, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        if self.peer.is_loopback() && request.uri().path() == super::metrics::PATH {
            request.extensions_mut().insert(FromHere);
        }
        if request.uri().path().starts_with("/desk/") && !request.method().is_safe() {
            request.extensions_mut().insert(Peer(self.peer));
        }
        self.app.call(request)
    }
}

/// Serves until `stop` is done, then finishes what is under way. With `tls` nothing is served in the open.
pub async fn serve(listener: TcpListener, tls: Option<Tls>, app: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    // Who has come to no terms yet is not waited for.
    let (serving, _) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
                Err(error) => {
                    // Out of file handles: wait for some to be closed rather than spin.
                    tracing::warn!("can't accept a connection: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let _ = stream.set_nodelay(true);
        let (service, watcher) = (
            Marking {
                app: app.clone(),
                peer,
            },
            graceful.watcher(),
        );
        match tls.clone() {
            None => drop(tokio::spawn(speak(stream, service, watcher))),
            Some(tls) => {
                let mut stopped = serving.subscribe();
                drop(tokio::spawn(async move {
                    let shaken = tokio::select! {
                        shaken = tls.accept(stream) => shaken,
                        _ = stopped.changed() => None,
                    };
                    if let Some(stream) = shaken {
                        speak(stream, service, watcher).await;
                    }
                }));
            }
        }
    }
    drop((listener, serving));
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still open after {} s", DRAIN.as_secs());
    }
}

/// One connection.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: Marking,
    watcher: Watcher,
) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// Sends whoever comes in the open to the same name and path over https; who names no name, to `otherwise`.
pub async fn redirect(listener: TcpListener, port: u16, otherwise: String, stop: impl Future<Output = ()>) {
    let app = Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
        let named = headers.get(header::HOST);
        let named: Option<Authority> = named.and_then(|host| host.to_str().ok()?.parse().ok());
        let address = match named {
            Some(named) if port == 443 => format!("https://{}", named.host()),
            Some(named) => format!("https://{}:{port}", named.host()),
            None => otherwise.clone(),
        };
        let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let to = format!("{address}{path}");
        async move { Redirect::permanent(&to) }
    });
    serve(listener, None, app, stop).await;
}
