//! Responses from phones.

use super::App;
use super::error::Failure;
use super::origin::is_foreign;
use super::session;
use crate::store::{Receipt, now};
use crate::sync;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// Takes one response. 200 means: on disk.
pub async fn post(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    if is_foreign(&headers, app.url.as_deref()) {
        return Err(Failure::told(
            StatusCode::FORBIDDEN,
            "responses are sent from the survey's own page",
        ));
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if kind
        .split(';')
        .next()
        .is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json"))
    {
        return Err(Failure::told(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a response is sent as application/json",
        ));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Failure::told(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a response is sent without compression",
        ));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::too_large(),
        _ => Failure::told(StatusCode::BAD_REQUEST, "the response did not arrive whole"),
    })?;
    let newest = app.newest(&survey)?;
    let response = sync::read(&body, &survey)
        .map_err(|error| Failure::told(StatusCode::BAD_REQUEST, error.to_string()))?;
    let sender = session::who(&app, &headers)?;
    if let Some(refused) = sender.refused_by(&newest) {
        return Err(refused.with(StatusCode::FORBIDDEN));
    }
    let vouched = sender.vouches_for(&response);
    let version = if newest.ready.form.version == response.version {
        newest
    } else {
        let named = app.forms.named(&app.store, &survey, &response.version)?;
        named.unwrap_or(newest)
    };
    let incoming =
        tokio::task::spawn_blocking(move || sync::prepare(&response, &version, &now(), vouched)).await?;
    match app.store.put(incoming).await {
        Ok(receipt) => Ok(acknowledged(receipt)),
        Err(fault) => Err(Failure::not_stored(&fault)),
    }
}

/// What a phone takes for an acknowledgement.
pub fn acknowledged(receipt: Receipt) -> Response {
    match receipt {
        Receipt::Stored => Json(json!({ "status": "stored" })).into_response(),
        Receipt::AlreadyStored => Json(json!({ "status": "already_stored" })).into_response(),
        Receipt::Conflict => {
            let message = "another response with this instance ID is stored; both are kept";
            (
                StatusCode::CONFLICT,
                Json(json!({ "status": "conflict", "message": message })),
            )
                .into_response()
        }
    }
}
