//! The results of a survey in the browser: a question by a disaggregation, with its chart, its intervals and what
//! differs, to be saved in several formats, and the whole report.
//!
//! `make` makes a release and its files of all responses, `prepared` keeps the last one and decides when the next is
//! due, `publication` reads the files, `cut` takes one table out of them, `shown` puts it into words, `page` and `files`
//! give it out. Nothing but `make` sees an answer, and nothing but its files reaches a page.

mod cut;
mod files;
mod make;
mod page;
mod prepared;
mod publication;
mod shown;
mod wait;

pub use prepared::{Prepared, Results};
pub use publication::{Cell, LanguageWords, Publication};

use crate::desk::{Visit, chosen_language};
use crate::http::App;
use crate::http::error::Failure;
use crate::http::pages::{self, likely_language, named_language};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use baraza_analysis::{Digits, Policy, Words};
use baraza_forms::Form;
use cut::{Cut, NotThere};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a request waits for results that are being made before it is told to come again.
const PATIENCE: Duration = Duration::from_secs(15);

/// What an address asks for.
struct Query {
    question: Option<String>,
    by: Option<String>,
    lang: Option<String>,
}

impl Query {
    fn of(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default();
        let find = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(name, value)| name == wanted && !value.is_empty())
                .map(|(_, value)| value.into_owned())
        };
        Self {
            question: find("question"),
            by: find("by"),
            lang: named_language(query),
        }
    }
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(version) = app.forms.newest(&app.store, &survey)? else {
        return pages::missing();
    };
    let query = Query::of(query.as_deref());
    let form = &version.ready.form;
    let publication = match results(&app, version.survey).await? {
        Results::Ready(publication) => publication,
        Results::Failed => return Err(failed()),
        other => return nothing_yet(&visit, form, &survey, &query, &other),
    };
    let language = language(&publication, form, &query, &headers);
    let (html, missing) = page::page(&page::Asked {
        survey: &survey,
        publication: &publication,
        language,
        question: query.question.as_deref(),
        by: query.by.as_deref(),
    })?;
    let status = if missing.is_some() {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    let mut page = pages::page(html);
    let headers = page.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    Ok((status, page).into_response())
}

/// A file: of one table (`table.csv`), or of the whole release (`tidy.csv`, `report`).
pub async fn file(
    State(app): State<Arc<App>>,
    Path((survey, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = app.newest(&survey)?;
    let query = Query::of(query.as_deref());
    let publication = ready(&app, version.survey).await?;
    let language = language(&publication, &version.ready.form, &query, &headers);
    // Unpacking and writing take a while.
    let takes_gzip = takes_gzip(&headers);
    tokio::task::spawn_blocking(move || match name.strip_prefix("table.") {
        Some(ending) => one_table(&app, &publication, (&query, language), ending),
        None => whole(&app, &publication, (language, takes_gzip), &name),
    })
    .await?
}

/// The figures of a table as JSON, or what there is to be asked for.
pub async fn api(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = app.newest(&survey)?;
    let query = Query::of(query.as_deref());
    let publication = ready(&app, version.survey).await?;
    let language = match &query.lang {
        Some(_) => language(&publication, &version.ready.form, &query, &headers),
        None => 0,
    };
    if query.question.is_none() {
        let by: Vec<&str> = publication.offered().map(|by| by.name).collect();
        let words = publication.words[language].tables.iter();
        let tables = publication.tables.tables.iter().zip(words);
        let questions = tables
            .map(|(table, words)| json!({ "question": table.question, "label": words.label }))
            .collect::<Vec<_>>();
        let made = &publication.tables.made;
        return Ok(said(&json!({ "made": made, "questions": questions, "by": by })));
    }
    let cut = cut(&publication, &query, language)?;
    Ok(said(&cut.json()))
}

/// JSON that nobody on the way keeps.
fn said(json: &serde_json::Value) -> Response {
    ([(header::CACHE_CONTROL, "private, no-cache")], Json(json)).into_response()
}

/// What is asked for, in the release; in words where it is not.
fn cut<'a>(publication: &'a Publication, query: &Query, language: usize) -> Result<Cut<'a>, Failure> {
    Cut::of(
        publication,
        query.question.as_deref(),
        query.by.as_deref(),
        language,
    )
    .map_err(|missing| {
        let message = match missing {
            NotThere::Question => {
                "there is no such question in these results: the address without a question \
                                   lists all of them"
                    .to_owned()
            }
            NotThere::By => {
                let by: Vec<&str> = publication.offered().map(|by| by.name).collect();
                format!("results are not divided in this way: by can be {}", by.join(", "))
            }
        };
        Failure::told(StatusCode::NOT_FOUND, message)
    })
}

fn one_table(
    app: &App,
    publication: &Publication,
    (query, language): (&Query, usize),
    ending: &str,
) -> Result<Response, Failure> {
    let cut = cut(publication, query, language)?;
    let words = Words::of(&cut.words.tag, Digits::Western);
    let (kind, bytes) = match ending {
        "svg" => {
            let packed = publication.file(&app.store, &cut.chart(language))?;
            let svg = packed.ok_or(Failure::Later(2))?;
            ("image/svg+xml", publication::unpacked(&svg)?)
        }
        "csv" => (
            files::CSV,
            files::csv(&cut, &app.store)?.ok_or(Failure::Later(2))?,
        ),
        "xlsx" => (files::XLSX, files::xlsx(&cut, words)?),
        _ => {
            let message = "a table can be had as table.csv, table.xlsx or table.svg";
            return Err(Failure::told(StatusCode::NOT_FOUND, message));
        }
    };
    let name = format!(
        "{}-{}.{ending}",
        page::file_name(&cut.table().question),
        cut.by.name
    );
    Ok(saved(kind, &name, bytes))
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let mut forms = accepted.unwrap_or_default().split(',').map(str::trim);
    forms.any(|form| form == "gzip")
}

/// A file of the release, packed as it lies in the database for who takes it so.
fn whole(
    app: &App,
    publication: &Publication,
    (language, takes_gzip): (usize, bool),
    name: &str,
) -> Result<Response, Failure> {
    // The report is a page of its own, to be read at once.
    let wanted = if name == "report" { "report.html" } else { name };
    let Some(whole) = files::WHOLE.iter().find(|whole| whole.name == wanted) else {
        let names: Vec<&str> = files::WHOLE.iter().map(|whole| whole.name).collect();
        let message = format!("there is no such file of results; there are {}", names.join(", "));
        return Err(Failure::told(StatusCode::NOT_FOUND, message));
    };
    let packed = publication.file(&app.store, &whole.file(language))?;
    // Another release has taken its place a moment ago.
    let packed = packed.ok_or(Failure::Later(2))?;
    let bytes = if takes_gzip {
        packed
    } else {
        publication::unpacked(&packed)?
    };
    let mut response = if name == "report" {
        inline(whole.kind, bytes)
    } else {
        let name = format!("{}-{}", page::file_name(&publication.tables.survey), whole.name);
        saved(whole.kind, &name, bytes)
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if takes_gzip {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// What a file of ours may do where it is opened by itself: its own styles, and nothing else.
const ALONE: (HeaderName, &str) = (
    header::CONTENT_SECURITY_POLICY,
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
);

fn inline(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        ALONE,
    ];
    (headers, bytes).into_response()
}

/// A file with the name that it is saved by. An SVG is shown in the page by the same address.
fn saved(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let mut response = inline(kind, bytes);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// What there is, waiting a while for what is being made.
pub async fn results(app: &Arc<App>, survey: i64) -> Result<Results, Failure> {
    let asked = Instant::now();
    loop {
        let again = Arc::clone(app);
        // The first time, a release is read.
        let found = tokio::task::spawn_blocking(move || again.results.of(&again.store, survey)).await??;
        if !matches!(found, Results::Preparing) || asked.elapsed() > PATIENCE {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The release, for who takes nothing else.
async fn ready(app: &Arc<App>, survey: i64) -> Result<Arc<Publication>, Failure> {
    match results(app, survey).await? {
        Results::Ready(publication) => Ok(publication),
        Results::Preparing => Err(Failure::Later(5)),
        Results::Failed => Err(failed()),
        Results::TooFew => Err(Failure::told(
            StatusCode::CONFLICT,
            format!(
                "too few people have answered for any figure to be shown: results come once {} responses count",
                Policy::default().minimum_base
            ),
        )),
    }
}

/// Why there is nothing, for who may look into the log.
fn failed() -> Failure {
    let message = "the results could not be made: the server's log says why; it tries again in a minute";
    Failure::told(StatusCode::INTERNAL_SERVER_ERROR, message)
}

/// The language named, that of the desk, or the one that the browser likes best of those that the release has.
fn language(publication: &Publication, form: &Form, query: &Query, headers: &HeaderMap) -> usize {
    let all = &publication.words;
    let named = query.lang.as_deref().or_else(|| of_the_desk(form, headers));
    let likely = likely_language(form, named, headers);
    let tag = form.languages.get(likely).map(|language| language.tag.as_str());
    // The form may have another language than the release since a newer version.
    all.iter()
        .position(|words| Some(words.tag.as_str()) == tag)
        .unwrap_or(0)
}

/// What the form calls the language that was chosen at the desk, where it has it.
fn of_the_desk<'a>(form: &'a Form, headers: &HeaderMap) -> Option<&'a str> {
    let chosen = chosen_language(headers)?;
    let mut tags = form.languages.iter().map(|language| language.tag.as_str());
    tags.find(|tag| tag.split('-').next() == Some(chosen))
}

/// The page while there is nothing to show. But for the title there is nothing of the form on it.
fn nothing_yet(
    visit: &Visit,
    form: &Form,
    survey: &str,
    query: &Query,
    results: &Results,
) -> Result<Response, Failure> {
    let named = query.lang.as_deref();
    let at = named
        .and_then(|named| form.language(named))
        .or_else(|| form.language(visit.words.own))
        .unwrap_or(0);
    let title = form.text(at, form.title);
    let title = (title.as_str(), form.languages[at].tag.as_str());
    let few = matches!(results, Results::TooFew).then(|| Policy::default().minimum_base);
    let html = wait::page(visit, survey, title, named, few)?;
    let mut response = pages::page(html);
    if few.is_none() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, 10.into());
    }
    Ok(response)
}
