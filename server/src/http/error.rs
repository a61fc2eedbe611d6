//! Errors as a phone and a person read them. Causes go to the log, never to the client.

use super::MOST_BODY;
use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// What a handler may fail with.
#[derive(Debug)]
pub enum Failure {
    /// A status with words for a person.
    Told(StatusCode, String),
    /// Too much at once: come again in so many seconds.
    Later(u32),
    /// Our own fault; the cause is logged.
    Ours(anyhow::Error),
}

impl Failure {
    /// There is no such survey.
    pub fn no_survey() -> Self {
        Self::Told(
            StatusCode::NOT_FOUND,
            "there is no such survey here: check the address".into(),
        )
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
            Self::Later(seconds) => {
                let mut response = told(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the server is busy: try again soon",
                );
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                response
            }
            Self::Ours(cause) => {
                tracing::error!("{cause:#}");
                if cause.chain().any(<dyn std::error::Error>::is::<rusqlite::Error>) {
                    // A disk or a file can be mended, so clients are to come again.
                    return Self::Later(60).into_response();
                }
                told(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "something went wrong on the server: it is in its log",
                )
            }
        }
    }
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

/// What says of itself that it is too large is not waited for.
pub async fn refuse_large(request: Request, next: Next) -> Response {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if length
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|length| length > MOST_BODY as u64)
    {
        return told(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("a response has at most {} KB", MOST_BODY >> 10),
        );
    }
    next.run(request).await
}

/// A panic in a handler ends one request alone.
pub fn panicked(_cause: Box<dyn std::any::Any + Send>) -> Response {
    told(
        StatusCode::INTERNAL_SERVER_ERROR,
        "something went wrong on the server: it is in its log",
    )
}
