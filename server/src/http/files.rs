//! Files that go with labels: pictures, sounds and films that a form shows and plays.

use super::App;
use super::FOREVER;
use super::error::Failure;
use super::surveys::is_known;
use crate::store::Listed;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// `?v=DIGEST` makes an address whose content never changes; `?version=V` names a version of the form.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    v: Option<String>,
    version: Option<String>,
}

/// A file of a label.
pub async fn get(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    asked: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Ok(Path((survey, name))) = path else {
        return Err(nothing());
    };
    let Query(asked) = asked.unwrap_or_default();
    let caching = if asked.v.is_some() { FOREVER } else { "no-cache" };
    let file = find(&app, &survey, &name, asked)?.ok_or_else(nothing)?;
    kept(&app, &file, caching, &headers)
}

/// A file that is kept by its content, as a page of ours shows or plays it.
pub fn kept(
    app: &App,
    file: &Listed,
    caching: &'static str,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let tag = format!("\"{}\"", file.digest);
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        whole_or_part(app.files.bytes(app, &file.digest)?, headers, &file.kind)
    };
    let more = response.headers_mut();
    more.insert(header::ETAG, HeaderValue::from_str(&tag)?);
    more.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    // Only our own pages show it.
    more.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    Ok(response)
}

fn nothing() -> Failure {
    let message = "the survey has no such file: it was not beside the form when that was published";
    Failure::told(StatusCode::NOT_FOUND, message)
}

fn find(app: &App, survey: &str, name: &str, asked: Wanted) -> Result<Option<Listed>, Failure> {
    let digest = match (asked.v, asked.version) {
        (Some(digest), _) if digest.len() < 8 => return Ok(None),
        // Whatever version the page has: its files are still there.
        (Some(digest), _) => digest,
        (None, Some(version)) => match app.version(survey, &version)?.files.get(name) {
            Some(digest) => digest.clone(),
            None => return Ok(None),
        },
        (None, None) => match app.newest(survey)?.files.get(name) {
            Some(digest) => digest.clone(),
            None => return Ok(None),
        },
    };
    Ok(app.store.label_file(survey, name, &digest)?)
}

/// Some browsers play a sound or a film only from a server that gives it in pieces (RFC 9110, section 14).
fn whole_or_part(bytes: Bytes, headers: &HeaderMap, kind: &str) -> Response {
    let length = bytes.len();
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let mut response = match asked.and_then(|asked| range(asked, length)) {
        None => Body::from(bytes).into_response(),
        Some(Err(())) => {
            let all = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, all).into_response();
        }
        Some(Ok(part)) => {
            let range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            let part = Body::from(bytes.slice(part));
            (
                StatusCode::PARTIAL_CONTENT,
                [(header::CONTENT_RANGE, range)],
                part,
            )
                .into_response()
        }
    };
    let more = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        more.insert(header::CONTENT_TYPE, kind);
    }
    more.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

/// The one range asked for; `None` where it is not understood and the whole is given, `Err` where it lies outside.
fn range(asked: &str, length: usize) -> Option<Result<Range<usize>, ()>> {
    let (first, last) = asked.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| match text {
        "" => Some(None),
        digits => digits.parse::<usize>().ok().map(Some),
    };
    let part = match (number(first)?, number(last)?) {
        (None, None) => return None,
        (None, Some(tail)) => length.saturating_sub(tail)..length,
        (Some(first), last) => first..last.map_or(length, |last| last.saturating_add(1).min(length)),
    };
    Some(if part.start < part.end { Ok(part) } else { Err(()) })
}

/// The bytes of files asked for lately, so that many phones at once share one copy.
#[derive(Debug, Default)]
pub struct Recent(Mutex<Vec<(String, Bytes)>>);

/// Bytes of files that are kept.
const KEPT: usize = 32 << 20;

impl Recent {
    fn bytes(&self, app: &App, digest: &str) -> rusqlite::Result<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| known == digest) {
            let used = kept.remove(at);
            let bytes = used.1.clone();
            kept.push(used);
            return Ok(bytes);
        }
        let bytes = Bytes::from(app.store.label_bytes(digest)?);
        kept.push((digest.to_owned(), bytes.clone()));
        while kept.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > KEPT {
            kept.remove(0);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn a_range_is_a_part_the_whole_or_a_mistake() {
        assert_eq!(range("bytes=0-", 10), Some(Ok(0..10)));
        assert_eq!(range("bytes=2-4", 10), Some(Ok(2..5)));
        assert_eq!(range("bytes=-3", 10), Some(Ok(7..10)));
        assert_eq!(range("bytes=-30", 10), Some(Ok(0..10)));
        assert_eq!(range("bytes=8-99", 10), Some(Ok(8..10)));
        assert_eq!(range("bytes=10-", 10), Some(Err(())));
        assert_eq!(range("bytes=-0", 10), Some(Err(())));
        assert_eq!(range(&format!("bytes=0-{}", usize::MAX), 10), Some(Ok(0..10)));
        for whole in ["bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b", ""] {
            assert_eq!(range(whole, 10), None, "{whole}");
        }
    }
}
