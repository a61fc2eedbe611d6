//! A survey's form, for the phone.

use super::App;
use super::FOREVER;
use super::error::Failure;
use crate::ready::{MARK, ReadyVersion};
use crate::running::for_the_phone;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// `?version=V`: a form that was begun with an older version is finished with it. `?v=DIGEST` makes an address whose
/// content never changes: a form must never meet the texts of another.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    v: Option<String>,
    version: Option<String>,
}

type Asked = Result<Query<Wanted>, QueryRejection>;

/// The version named in the address, or the newest; and whether it can never be another.
fn wanted(app: &App, survey: &str, asked: Asked) -> Result<(Arc<ReadyVersion>, bool), Failure> {
    let Query(asked) = asked.map_err(|_| {
        let message = "the address names one version: ?version=V";
        Failure::told(StatusCode::BAD_REQUEST, message)
    })?;
    match (asked.v, asked.version) {
        (Some(digest), _) if digest.len() >= MARK => {
            let found = app.forms.by_digest(&app.store, survey, &digest)?;
            Ok((found.ok_or_else(|| Failure::no_version(&digest))?, true))
        }
        (Some(digest), _) => Err(Failure::no_version(&digest)),
        (None, Some(version)) => Ok((app.version(survey, &version)?, false)),
        (None, None) => Ok((app.newest(survey)?, false)),
    }
}

/// A version of the form, without its texts.
pub async fn form(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (version, _) = wanted(&app, &survey, asked)?;
    let (mut tag, mut json_text) = (version.tag.clone(), version.form_json.clone());
    let timeline = app.store.timeline(version.survey)?;
    if let Some(stop) = timeline.stop() {
        tag += &format!("-{}", timeline.0.len());
        // It is an object, and gets one more member.
        json_text.pop();
        json_text += &format!(",\"paused\":{}}}", for_the_phone(stop, &version.ready.form));
    }
    // Files of labels can be published later, so that no address of a form holds for ever.
    Ok(json(&headers, &format!("\"{tag}\""), false, json_text))
}

/// The texts of one language, by its position in the form's languages.
pub async fn texts(
    State(app): State<Arc<App>>,
    Path((survey, language)): Path<(String, String)>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (version, forever) = wanted(&app, &survey, asked)?;
    let texts = language
        .parse::<usize>()
        .ok()
        .and_then(|language| version.texts_json.get(language))
        .ok_or_else(|| Failure::told(StatusCode::NOT_FOUND, "the form has no such language"))?;
    Ok(json(
        &headers,
        &format!("\"{}-{language}\"", version.digest),
        forever,
        texts.clone(),
    ))
}

/// JSON that a phone may keep, and asks each time whether it still holds, unless it does so for ever.
fn json(headers: &HeaderMap, tag: &str, forever: bool, body: String) -> Response {
    let caching = [
        (header::ETAG, tag.to_owned()),
        (
            header::CACHE_CONTROL,
            (if forever { FOREVER } else { "no-cache" }).to_owned(),
        ),
    ];
    if is_known(headers, tag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Whether the client has what a tag stands for (RFC 9110, section 13.1.2).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|value| value.to_str().ok()).unwrap_or_default();
    // A layer that compresses weakens the tag; the content is the same.
    known
        .split(',')
        .any(|known| known.trim().trim_start_matches("W/") == tag)
}
