//! Errors as a phone and a person read them. Causes go to the log, never to the client.

use super::MOST_BODY;
use crate::store::StoreFault;
use axum::Json;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde_json::json;
use std::time::Duration;

/// What a handler may fail with.
#[derive(Debug)]
pub enum Failure {
    /// A status with words for a person.
    Told(StatusCode, String),
    /// A status with a word for the phone and words for a person.
    Coded(StatusCode, &'static str, &'static str),
    /// Too much at once: come again in so many seconds.
    Later(u32),
    /// No room for a file, in words for a person; perhaps after so many seconds.
    NoRoom(String, Option<u32>),
    /// Our own fault; the cause is logged.
    Ours(anyhow::Error),
}

impl Failure {
    /// A status with words for a person.
    pub fn told(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Told(status, message.into())
    }

    /// There is no such survey.
    pub fn no_survey() -> Self {
        Self::Told(
            StatusCode::NOT_FOUND,
            "there is no such survey here: check the address".into(),
        )
    }

    /// The survey has no such version.
    pub fn no_version(version: &str) -> Self {
        let shown: String = version.chars().take(60).collect();
        Self::Told(
            StatusCode::NOT_FOUND,
            format!("this survey has no version '{shown}' here"),
        )
    }

    /// The body is larger than any response.
    pub fn too_large(most: usize) -> Self {
        let message = format!("a response has at most {} KB", most >> 10);
        Self::Told(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// After how many seconds to come again; 0 where that would not help.
    pub fn seconds(&self) -> u32 {
        match self {
            Self::Later(seconds) => *seconds,
            _ => 0,
        }
    }

    /// Nothing was written; the phone keeps it and comes again, since a full disk can be mended.
    pub fn not_stored(fault: &StoreFault) -> Self {
        if matches!(fault, StoreFault::Busy) {
            return Self::Later(5);
        }
        tracing::error!(request = request(), "{fault}");
        Self::Later(if fault.is_lock() { 10 } else { 60 })
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Told(status, message) => told(status, &message),
            Self::Coded(status, code, message) => {
                let said = json!({ "status": "error", "code": code, "message": message });
                (status, Json(said)).into_response()
            }
            Self::Later(seconds) => {
                let mut response = told(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the server is busy: try again soon",
                );
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                response
            }
            Self::NoRoom(message, seconds) => {
                let said = json!({ "status": "error", "code": "no_room", "message": message });
                let mut response = (StatusCode::INSUFFICIENT_STORAGE, Json(said)).into_response();
                if let Some(seconds) = seconds {
                    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                }
                response
            }
            Self::Ours(cause) => {
                tracing::error!(request = request(), "{cause:#}");
                if cause.chain().any(<dyn std::error::Error>::is::<rusqlite::Error>) {
                    // A disk or a file can be mended, so clients are to come again.
                    return Self::Later(60).into_response();
                }
                ours()
            }
        }
    }
}

/// What the log calls the request that is being answered.
pub fn request() -> Option<String> {
    super::watch::current().map(|id| id.to_string())
}

/// Our own fault, and where a coordinator finds out more about it.
fn ours() -> Response {
    let place = request().map_or_else(String::new, |id| format!(", at request {id}"));
    told(
        StatusCode::INTERNAL_SERVER_ERROR,
        &format!("something went wrong on the server: it is in its log{place}"),
    )
}

fn told(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "status": "error", "message": message }))).into_response()
}

/// No such address.
pub async fn not_found() -> Response {
    told(StatusCode::NOT_FOUND, "there is nothing at this address")
}

/// The address is right, the method is not.
pub async fn wrong_method() -> Response {
    told(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not take this method",
    )
}

/// A body so much larger than allowed is not even read to its end.
const READ_AND_DROPPED: u64 = 16 << 20;
/// How long the rest of a body that is refused may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The length that a request says its body has; 0 where it says none.
pub fn announced(headers: &HeaderMap) -> u64 {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or_default()
}

/// Reads the rest of a body that is refused, up to a size: a client that is cut off while it sends sees a broken
/// connection, never the reason, and tries for ever.
pub async fn drain(mut body: Body) {
    if body.size_hint().lower() > READ_AND_DROPPED {
        return;
    }
    let rest = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, |data| data.len() as u64);
            if read > READ_AND_DROPPED {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(PATIENCE, rest).await;
}

/// What says of itself that it is too large is refused before it is kept.
pub async fn refuse_large(request: Request, next: Next) -> Response {
    let length = announced(request.headers());
    if length <= MOST_BODY as u64 {
        return next.run(request).await;
    }
    drain(request.into_body()).await;
    Failure::too_large(MOST_BODY).into_response()
}

/// A panic in a handler ends one request alone.
pub fn panicked(_cause: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!(request = request(), "the request was given up after a panic");
    ours()
}

#[cfg(test)]
mod tests {
    use super::panicked;
    use crate::http::watch::{REQUEST, RequestId};
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn our_own_fault_is_told_with_what_finds_it_in_the_log() {
        let id = RequestId::next();
        let answer = REQUEST.sync_scope(id, || panicked(Box::new("an answer")));
        assert_eq!(answer.status(), 500);
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        assert!(
            text.contains(&id.to_string()) && !text.contains("an answer"),
            "{text}"
        );
    }
}
