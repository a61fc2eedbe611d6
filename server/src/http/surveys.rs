//! A survey's form, for the phone.

use super::App;
use super::error::Failure;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The newest version of the form, without its texts.
pub async fn form(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = app.newest(&survey)?;
    Ok(json(
        &headers,
        &format!("\"{}\"", version.digest),
        version.form_json.clone(),
    ))
}

/// The texts of one language, by its position in the form's languages.
pub async fn texts(
    State(app): State<Arc<App>>,
    Path((survey, language)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let version = app.newest(&survey)?;
    let texts = language
        .parse::<usize>()
        .ok()
        .and_then(|language| version.texts_json.get(language))
        .ok_or_else(|| Failure::Told(StatusCode::NOT_FOUND, "the form has no such language".into()))?;
    Ok(json(
        &headers,
        &format!("\"{}-{language}\"", version.digest),
        texts.clone(),
    ))
}

/// JSON that a phone may keep, and asks each time whether it still holds.
fn json(headers: &HeaderMap, tag: &str, body: String) -> Response {
    // A layer that compresses weakens the tag; the content is the same.
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let caching = [
        (header::ETAG, tag.to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
    ];
    if known.trim_start_matches("W/") == tag {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
