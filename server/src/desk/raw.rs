//! Single responses as a CSV file, for those who may see them. It is sent while it is written.

use super::Who;
use super::streamed::{Piece, streamed};
use crate::export::{Columns, Files, Style, Tables};
use crate::http::{App, Failure};
use crate::store::Note;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::io::{self, Write};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Files that are written at once: each has a thread and a connection for as long as its reader takes.
const AT_ONCE: usize = 2;
/// Bytes that are sent together.
const PIECE: usize = 64 << 10;

/// Places for those who export.
#[derive(Debug, Clone)]
pub struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Sends what is written to it; of tables that nobody asked for, nothing.
struct Sending {
    to: Option<mpsc::Sender<Piece>>,
    waiting: Vec<u8>,
}

impl Write for Sending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.to.is_some() {
            self.waiting.extend_from_slice(bytes);
            if self.waiting.len() >= PIECE {
                self.flush()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(to) = self.to.as_ref().filter(|_| !self.waiting.is_empty()) else {
            return Ok(());
        };
        let piece = Bytes::from(std::mem::take(&mut self.waiting));
        to.blocking_send(Ok(piece))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// The survey's table, or with `?repeat=NAME` that of a repeat.
pub async fn export(
    State(app): State<Arc<App>>,
    who: Who,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let repeat = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "repeat").then(|| value.into_owned()));
    let Ok(place) = Arc::clone(&app.desk.exports.0).try_acquire_owned() else {
        return Err(Failure::Later(30));
    };
    let (to, arriving) = mpsc::channel(4);
    let name = format!("attachment; filename=\"{}.csv\"", plain(&survey));
    let note = Note {
        by: who.name,
        action: "exported",
        survey: survey.clone(),
        detail: json!({ "repeat": repeat }),
    };
    let noting = Arc::clone(&app);
    tokio::task::spawn_blocking(move || noting.store.note(&note)).await??;
    // It goes on after the head of the answer is sent.
    tokio::task::spawn_blocking(move || finish(&app, &survey, repeat.as_deref(), &to, place));
    let mut response = streamed(arriving).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name)?);
    Ok(response)
}

/// A file's name that every system takes.
fn plain(survey: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    survey.chars().map(plain).collect()
}

/// What breaks off has to look broken: without its end the browser says that the download failed.
fn finish(
    app: &App,
    survey: &str,
    repeat: Option<&str>,
    to: &mpsc::Sender<Piece>,
    _place: OwnedSemaphorePermit,
) {
    let Err(error) = write(app, survey, repeat, to) else {
        return;
    };
    if to.is_closed() {
        return;
    }
    tracing::error!("an export broke off: {error:#}");
    let _ = to.blocking_send(Err(io::Error::other("broken off")));
}

fn write(app: &App, survey: &str, repeat: Option<&str>, to: &mpsc::Sender<Piece>) -> anyhow::Result<()> {
    let row = app
        .newest(survey)
        .map_err(|_| anyhow::anyhow!("there is no survey '{survey}'"))?
        .survey;
    let versions = app.store.versions(row)?;
    let forms: Vec<_> = versions.iter().map(|version| &version.form).collect();
    let columns = Columns::of(&forms);
    let files = Files::new(app.store.media(row)?, None);
    let mut tables = Tables::new(&columns, Style::Codes, files, |of| {
        Ok(Sending {
            to: (of == repeat).then(|| to.clone()),
            waiting: Vec::new(),
        })
    })?;
    app.store.each_response(row, |response| tables.add(&response))?;
    for mut table in tables.finish()?.tables {
        table.flush()?;
    }
    Ok(())
}
