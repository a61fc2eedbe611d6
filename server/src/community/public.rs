//! What everybody may open: the page of a community as it was released, on a screen or on paper, and its recordings.

use super::page::{Looked, Record, Standing, day, page, title, words};
use super::paper::{Paper, paper};
use super::{Content, Place};
use crate::assets;
use crate::desk::{base, code};
use crate::http::pages::{self, likely_of, named_language};
use crate::http::{App, Failure, kept};
use crate::plain::encoded;
use crate::store::{FrozenPage, Listed};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;

/// No search engine is to lead to what is for one place.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

#[derive(Template)]
#[template(path = "community-gone.html")]
struct Gone<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    title: super::Said,
    heading: String,
    text: String,
    contact_title: String,
    contact: Option<super::Said>,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    Path((survey, word)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let place = Place::of(&word).word();
        let Some((frozen, before)) = app.store.last_frozen(&survey, &place)? else {
            return pages::missing();
        };
        let query = query.unwrap_or_default();
        let language = language(&frozen.content, &query, &headers);
        let response = if frozen.withdrawn_at.is_some() {
            gone(&frozen, language)?
        } else {
            released(
                &app,
                (&survey, &place),
                &frozen,
                before,
                (language, &query),
                &headers,
            )?
        };
        Ok(with_headers(response))
    })
    .await?
}

/// The language that is named, or the one that the browser likes best.
pub fn language(content: &Content, query: &str, headers: &HeaderMap) -> usize {
    likely_of(&content.languages, named_language(query).as_deref(), headers)
}

/// The sheet that a query asks for, if any.
pub fn asked_paper(query: &str) -> Option<Paper> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, word) = pairs.find(|(name, _)| name == "paper")?;
    Paper::of(&word)
}

fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ROBOTS, HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

fn released(
    app: &App,
    (survey, place): (&str, &str),
    frozen: &FrozenPage,
    before: Option<String>,
    (language, query): (usize, &str),
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let mut record = Record {
        meetings: app.store.meetings(frozen.community)?,
        agreements: app.store.agreements(frozen.community)?,
    };
    record.meetings.retain(|kept| kept.content.public);
    record.agreements.retain(|kept| kept.content.public);
    let here = format!("/c/{}/{}", encoded(survey), encoded(place));
    let looked = Looked {
        content: &frozen.content,
        record: &record,
        standing: &Standing::Released {
            number: frozen.number,
            at: frozen.made_at.clone(),
            before,
        },
        language,
        here: &here,
    };
    let html = match asked_paper(query) {
        None => page(&looked)?,
        Some(sheet) => {
            let address = format!("{}{here}", base(app, headers));
            let picture = code::svg(&address).unwrap_or_default();
            paper(&looked, sheet, &address, &picture)?
        }
    };
    Ok(pages::page(html))
}

/// What is left of a page that was taken back: that it was, and whom to ask.
fn gone(frozen: &FrozenPage, language: usize) -> Result<Response, Failure> {
    let content = &frozen.content;
    let spoken = &content.languages[language];
    let (t, _) = words(&spoken.tag);
    let at = frozen.withdrawn_at.as_deref().unwrap_or_default();
    let gone = Gone {
        assets: assets::prefix(),
        lang: &spoken.tag,
        dir: crate::http::direction(spoken.rtl),
        title: title(content, &spoken.tag, t).0,
        heading: t.t("community_gone_title"),
        text: t.with("community_gone", &[("day", &day(at))]),
        contact_title: t.t("community_contact"),
        contact: content.said(&content.contact, &spoken.tag),
    };
    let mut response = pages::page(gone.render()?);
    *response.status_mut() = StatusCode::GONE;
    Ok(response)
}

/// A recording of the page that is shown; of none that was taken back or replaced.
pub async fn sound(
    State(app): State<Arc<App>>,
    Path((survey, word, digest)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let place = Place::of(&word).word();
        let last = app.store.last_frozen(&survey, &place)?;
        let shown = last.filter(|(frozen, _)| frozen.withdrawn_at.is_none());
        let sound = shown.and_then(|(frozen, _)| frozen.content.sound(&digest).cloned());
        let Some(sound) = sound else {
            let message = "there is no such recording here, or not any more";
            return Err(Failure::told(StatusCode::NOT_FOUND, message));
        };
        let file = Listed {
            digest: sound.digest,
            kind: sound.kind,
        };
        Ok(with_headers(kept(&app, &file, "no-cache", &headers)?))
    })
    .await?
}
