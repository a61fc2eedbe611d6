//! Tells a page that something arrived, by server-sent events; the page then asks for its figures anew.
//!
//! Each listener looks once a second for what the store has, so that what other processes write is told as well, and all
//! that came in that second is told at once. It ends with the session, with the right to see the survey, when the server
//! stops, and after a while in any case: the browser then asks again, and comes through the gate.

use super::streamed::{Piece, streamed};
use super::{Act, Who};
use crate::http::{App, Failure};
use crate::secret;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use baraza_forms::hex;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Pages that are told at once: each is a connection that stays open.
const AT_ONCE: usize = 64;
/// How often it is looked.
const LOOK: Duration = Duration::from_secs(1);
/// A listener that is told nothing else hears that it is still listened to: proxies end what is silent.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long before the browser has to ask again.
const LONGEST: Duration = Duration::from_mins(5);
/// What waits for a slow connection.
const WAITING: usize = 4;

/// Places for those who listen, and what makes marks unreadable.
#[derive(Debug, Clone)]
pub struct Listeners {
    places: Arc<Semaphore>,
    key: String,
}

impl Default for Listeners {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            key: secret::make(),
        }
    }
}

/// What a survey had when somebody looked, as it stands in addresses and events. Hashed: the numbers of rows go on over
/// all surveys, and would tell how much comes to others.
pub fn mark(app: &App, survey: i64) -> rusqlite::Result<String> {
    let mark = app.store.mark(survey)?;
    let hash = Sha256::digest(format!("{} {mark:?}", app.desk.listeners.key));
    Ok(hex(&hash[..8]))
}

/// The events. `?since=MARK`, or the last event that a browser had before the connection broke, says what it knows.
pub async fn listen(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Ok(place) = Arc::clone(&app.desk.listeners.places).try_acquire_owned() else {
        return Err(Failure::Later(30));
    };
    let query = query.unwrap_or_default();
    let since = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "since").then(|| value.into_owned()));
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let known = last.map(String::from).or(since).unwrap_or_default();
    let row = app.newest(&survey)?.survey;
    let (to, pieces) = mpsc::channel(WAITING);
    let listener = Listener {
        app,
        survey,
        row,
        headers,
        known,
        to,
        _place: place,
    };
    tokio::spawn(listener.follow());
    let mut response = streamed(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    // A proxy that collects answers would tell nothing until the end.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Listener {
    app: Arc<App>,
    survey: String,
    row: i64,
    /// By which it is found out who listens.
    headers: HeaderMap,
    /// The last mark that was told.
    known: String,
    to: mpsc::Sender<Piece>,
    _place: OwnedSemaphorePermit,
}

impl Listener {
    async fn follow(mut self) {
        let (begun, mut told) = (Instant::now(), Instant::now());
        let stopping = self.app.stopping.clone();
        // At once, so that a browser knows that it listens.
        if !self.tells("retry: 3000\n: here\n\n") {
            return;
        }
        while begun.elapsed() < LONGEST {
            let mark = match self.look().await {
                Ok(Some(mark)) => mark,
                Ok(None) => {
                    self.tells("event: ended\ndata: \n\n");
                    return;
                }
                // The browser comes again by itself.
                Err(_) => return,
            };
            if mark != self.known && self.tells(&format!("event: changed\nid: {mark}\ndata: \n\n")) {
                self.known = mark;
                told = Instant::now();
            } else if told.elapsed() > HEARTBEAT {
                self.tells(": here\n\n");
                told = Instant::now();
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = self.to.closed() => return,
                () = stopping.told() => return,
            }
        }
    }

    /// What the survey has now, for who may still see it.
    async fn look(&self) -> anyhow::Result<Option<String>> {
        let (app, row) = (Arc::clone(&self.app), self.row);
        let (survey, headers) = (self.survey.clone(), self.headers.clone());
        let looked = tokio::task::spawn_blocking(move || -> Result<Option<String>, Failure> {
            let who = Who::of(&app, &headers)?;
            let may = who.is_some_and(|(who, _)| who.may(Act::Raw, Some(&survey)));
            Ok(if may { Some(mark(&app, row)?) } else { None })
        });
        looked
            .await?
            .map_err(|_| anyhow::anyhow!("the store can't be read"))
    }

    /// Whether it was taken; what a slow connection does not take is told at the next look.
    fn tells(&self, text: &str) -> bool {
        self.to
            .try_send(Ok(Bytes::copy_from_slice(text.as_bytes())))
            .is_ok()
    }
}
