//! Single responses as a file, for those who may see them and say what for. It is sent while it is written.

use super::streamed::{Piece, streamed};
use super::{Act, Who};
use crate::export::{Book, Columns, CsvBook, Files, Format, ParquetBook, Style, Tables, XlsxBook};
use crate::http::{App, Failure};
use crate::store::Note;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Files that are written at once: each has a thread and a connection for as long as its reader takes.
const AT_ONCE: usize = 2;
/// The shortest and the longest purpose, in characters.
const PURPOSE: std::ops::RangeInclusive<usize> = 3..=300;
/// Bytes that are sent together.
const PIECE: usize = 64 << 10;
/// Pieces that wait for a slow connection.
const WAITING: usize = 4;
/// The longest that nothing is taken before the export breaks off: it holds a view of the database, whose log grows by
/// all that is stored meanwhile.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 3 } else { 60 });

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
        let taken = Handle::current().block_on(tokio::time::timeout(LONGEST, to.send(Ok(piece))));
        match taken {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// What somebody takes out.
#[derive(Debug)]
pub struct Wanted {
    purpose: String,
    format: Format,
    /// The table of a repeat; the survey's own where none is named. A workbook has all of them.
    repeat: Option<String>,
    style: Style,
    /// Whether it says who interviewed.
    names_enumerators: bool,
}

/// Why nothing is given.
#[derive(Debug, Clone, Copy)]
pub enum Wrong {
    /// Nobody said what for.
    Purpose,
    /// No format of ours.
    Format,
    /// No table of the survey.
    Repeat,
    /// No language of the form.
    Labels,
    /// More columns than a workbook takes.
    Wide,
}

impl Wrong {
    /// The desk's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Purpose => "wrong_purpose",
            Self::Format => "wrong_format",
            Self::Repeat => "wrong_repeat",
            Self::Labels => "wrong_labels",
            Self::Wide => "wrong_wide",
        }
    }

    /// For a program's maker.
    pub fn message(self) -> &'static str {
        match self {
            Self::Purpose => {
                "say what the responses are for: purpose=…, from 3 to 300 characters; the audit log keeps it"
            }
            Self::Format => "format is csv, xlsx or parquet",
            Self::Repeat => "the form has no such repeat",
            Self::Labels => "labels is the tag or the name of a language of the form",
            Self::Wide => "there are more columns than a workbook takes: ask for csv or parquet",
        }
    }
}

impl Wanted {
    /// Of the fields of a form, or of an address.
    pub fn read<'a>(
        app: &App,
        survey: &str,
        get: impl Fn(&str) -> &'a str,
    ) -> Result<Result<Self, Wrong>, Failure> {
        let version = app.newest(survey)?;
        let versions = app.store.versions(version.survey)?;
        let forms: Vec<_> = versions.iter().map(|version| &version.form).collect();
        let columns = Columns::of(&forms);
        let purpose = get("purpose").split_whitespace().collect::<Vec<_>>().join(" ");
        if !PURPOSE.contains(&purpose.chars().count()) {
            return Ok(Err(Wrong::Purpose));
        }
        let format = match get("format") {
            "" => Some(Format::Csv),
            named => Format::of(named),
        };
        let Some(format) = format else {
            return Ok(Err(Wrong::Format));
        };
        let repeat = Some(get("repeat")).filter(|repeat| !repeat.is_empty() && format != Format::Xlsx);
        if repeat.is_some_and(|repeat| !columns.repeats().iter().any(|known| known == repeat)) {
            return Ok(Err(Wrong::Repeat));
        }
        let form = &version.ready.form;
        let position = |named: &str| named.parse().ok().filter(|at| *at < form.languages.len());
        let style = match get("labels") {
            "" => Some(Style::Codes),
            named => position(named)
                .or_else(|| form.language(named))
                .map(Style::Labels),
        };
        let Some(style) = style else {
            return Ok(Err(Wrong::Labels));
        };
        if !format.takes(columns.widest()) {
            return Ok(Err(Wrong::Wide));
        }
        Ok(Ok(Self {
            purpose,
            format,
            repeat: repeat.map(String::from),
            style,
            names_enumerators: false,
        }))
    }
}

/// Notes who takes out what, and what for; then sends it.
pub async fn give(app: Arc<App>, survey: &str, who: &Who, mut wanted: Wanted) -> Result<Response, Failure> {
    wanted.names_enumerators = who.may(Act::Enumerators, Some(survey));
    let Ok(place) = Arc::clone(&app.desk.exports.0).try_acquire_owned() else {
        return Err(Failure::Later(30));
    };
    let (to, arriving) = mpsc::channel(WAITING + 1);
    // There is always room to say that it broke off.
    let Ok(last) = to.clone().reserve_owned().await else {
        return Err(Failure::Later(30));
    };
    let (format, survey, by) = (wanted.format, survey.to_owned(), who.name.clone());
    let token = who.token.clone();
    let named = match &wanted.repeat {
        Some(repeat) => format!("{survey}-{repeat}"),
        None => survey.clone(),
    };
    let disposition = format!("attachment; filename=\"{}.{}\"", plain(&named), format.ending());
    let noting = (Arc::clone(&app), survey.clone());
    let wanted = tokio::task::spawn_blocking(move || -> Result<Wanted, Failure> {
        let (app, survey) = noting;
        let (responses, _) = app.store.counts(app.newest(&survey)?.survey)?;
        app.store.note(&Note {
            by,
            action: "exported",
            survey,
            detail: json!({
                "purpose": wanted.purpose, "format": format.ending(), "repeat": wanted.repeat, "responses": responses, "token": token,
            }),
        })?;
        Ok(wanted)
    })
    .await??;
    // It goes on after the head of the answer is sent.
    tokio::task::spawn_blocking(move || finish(&app, &survey, &wanted, (&to, last), place));
    let mut response = streamed(arriving).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.kind()));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition)?);
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
    wanted: &Wanted,
    (to, last): (&mpsc::Sender<Piece>, OwnedPermit<Piece>),
    _place: OwnedSemaphorePermit,
) {
    let Err(error) = write(app, survey, wanted, to) else {
        return;
    };
    if to.is_closed() {
        return;
    }
    tracing::error!("an export broke off: {error:#}");
    last.send(Err(io::Error::other("broken off")));
}

fn write(app: &App, survey: &str, wanted: &Wanted, to: &mpsc::Sender<Piece>) -> anyhow::Result<()> {
    let sending = |wants: bool| Sending {
        to: wants.then(|| to.clone()),
        waiting: Vec::new(),
    };
    let is_wanted = |of: Option<&str>| of == wanted.repeat.as_deref();
    match wanted.format {
        Format::Csv => {
            let book = CsvBook::new(|of| Ok(sending(is_wanted(of))));
            for mut table in fill(app, survey, (wanted, to), book)?.finish()? {
                table.flush()?;
            }
        }
        Format::Parquet => {
            let book = ParquetBook::new(|of| Ok(is_wanted(of).then(|| sending(true))));
            for mut table in fill(app, survey, (wanted, to), book)?.finish()? {
                table.flush()?;
            }
        }
        Format::Xlsx => {
            // Beside the database, where there is room for answers and nobody else reads.
            let room = app
                .store
                .path()
                .parent()
                .filter(|room| !room.as_os_str().is_empty());
            let book = XlsxBook::new(room.unwrap_or_else(|| std::path::Path::new(".")))?;
            let book = fill(app, survey, (wanted, to), book)?;
            let mut out = sending(true);
            book.finish(&mut out)?;
            out.flush()?;
        }
    }
    Ok(())
}

fn fill<B: Book>(
    app: &App,
    survey: &str,
    (wanted, to): (&Wanted, &mpsc::Sender<Piece>),
    book: B,
) -> anyhow::Result<B> {
    let row = app
        .newest(survey)
        .map_err(|_| anyhow::anyhow!("there is no survey '{survey}'"))?
        .survey;
    let versions = app.store.versions(row)?;
    let forms: Vec<_> = versions.iter().map(|version| &version.form).collect();
    let columns = Columns::of(&forms);
    let files = Files::new(app.store.media(row)?, None);
    let mut tables = Tables::new(&columns, wanted.style, (files, app.store.rounds(row)?), book)?;
    app.store.each_response(row, |mut response| {
        // A workbook is sent when it is whole: until then nothing else tells that nobody waits for it.
        anyhow::ensure!(!to.is_closed(), "nobody waits for it any more");
        response.enumerator = response.enumerator.filter(|_| wanted.names_enumerators);
        tables.add(&response)
    })?;
    Ok(tables.finish().0)
}
