//! One response from a phone.

use super::batch::unreadable;
use super::body::receive;
use super::error::{Failure, announced, drain};
use super::origin::is_foreign;
use super::{App, MOST_BODY, session};
use crate::intake::{Intake, Why};
use crate::sender::Sender;
use crate::store::{Incoming, Receipt};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::io::{Read, Seek, Write};
use std::sync::Arc;
use tempfile::SpooledData;

/// What is said of a second content for one instance ID.
pub const CONFLICT: &str = "another response with this instance ID is stored; both are kept";

/// Bytes of a response that is understood where its request is read: handing it on would cost more than the work.
const SMALL: usize = 16 << 10;

/// Takes one response. 200 means: on disk.
pub async fn post(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Failure> {
    match arrive(&app, &headers, &mut body).await {
        Ok(sent) => take(&app, survey, &headers, sent).await,
        Err(failure) => {
            drain(body).await;
            Err(failure)
        }
    }
}

/// The whole body. While it arrives it has little room in memory: whoever sends slowly must not fill it.
async fn arrive(app: &App, headers: &HeaderMap, body: &mut Body) -> Result<SpooledData, Failure> {
    refuse_foreign(app, headers)?;
    let unsupported = |message| Err(Failure::told(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    if !is_sent_as(headers, "application/json") {
        return unsupported("a response is sent as application/json");
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return unsupported("a response is sent without compression");
    }
    if announced(headers) > MOST_BODY as u64 {
        return Err(Failure::too_large(MOST_BODY));
    }
    let mut sent = app.store.arriving();
    let received = receive(body, MOST_BODY as u64, None, |data| sent.write_all(data)).await;
    received.map_err(|broken| broken.told("the response", || Failure::too_large(MOST_BODY)))?;
    Ok(sent.into_inner())
}

async fn take(
    app: &Arc<App>,
    survey: String,
    headers: &HeaderMap,
    sent: SpooledData,
) -> Result<Response, Failure> {
    let sender = session::who(app, headers)?;
    let incoming = match sent {
        SpooledData::InMemory(body) if body.get_ref().len() <= SMALL => {
            understand(app, body.get_ref(), &survey, &sender)?
        }
        large => {
            let shared = Arc::clone(app);
            // A task of its own, which keeps its turn to its end even where the client hangs up.
            let task = tokio::spawn(async move {
                let turn = Arc::clone(&shared);
                let _turn = turn.at_work.acquire().await?;
                let work = move || understand(&shared, &whole(large)?, &survey, &sender);
                tokio::task::spawn_blocking(work).await?
            });
            task.await??
        }
    };
    let (survey, files) = (incoming.survey, incoming.files.clone());
    match app.store.put(incoming).await {
        Ok(receipt) => Ok(with_missing(
            acknowledged_as(receipt),
            &missing(app, survey, &files),
        )),
        Err(fault) => Err(Failure::not_stored(&fault)),
    }
}

fn whole(sent: SpooledData) -> Result<Vec<u8>, Failure> {
    match sent {
        SpooledData::InMemory(body) => Ok(body.into_inner()),
        SpooledData::OnDisk(mut file) => {
            let mut body = Vec::new();
            let read = file.rewind().and_then(|()| file.read_to_end(&mut body));
            read.map_err(|error| unreadable(&error))?;
            Ok(body)
        }
    }
}

fn understand(app: &App, body: &[u8], survey: &str, sender: &Sender) -> Result<Incoming, Failure> {
    let taken = Intake::new(&app.store, &app.forms, sender).take(body, Some(survey));
    taken.map_err(|refusal| match refusal.why {
        // Whoever is at the wrong address should hear that first.
        Why::NotUnderstood(why) => match app.newest(survey) {
            Ok(_) => Failure::told(StatusCode::BAD_REQUEST, why.to_string()),
            Err(failure) => failure,
        },
        Why::TooLarge => Failure::too_large(MOST_BODY),
        Why::NoSurvey(_) => Failure::no_survey(),
        Why::Sender(refused) => refused.with(StatusCode::FORBIDDEN),
        Why::Unreadable(cause) => Failure::Ours(cause),
    })
}

/// Another site's page must not send in a visitor's name.
pub fn refuse_foreign(app: &App, headers: &HeaderMap) -> Result<(), Failure> {
    if is_foreign(headers, app.url.as_deref()) {
        let message = "responses are sent from the survey's own page";
        return Err(Failure::told(StatusCode::FORBIDDEN, message));
    }
    Ok(())
}

/// Whether a body says of itself that it is of a kind, whatever parameters follow.
pub fn is_sent_as(headers: &HeaderMap, kind: &str) -> bool {
    let said = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let bare = said.unwrap_or_default().split(';').next().unwrap_or_default();
    bare.trim().eq_ignore_ascii_case(kind)
}

/// The files of a response that was just stored which are not here: removed since they came, or lost with a disk. The
/// phone has them still, and sends them again.
pub fn missing<'n>(app: &App, survey: i64, files: &'n [String]) -> Vec<&'n str> {
    app.store.missing(survey, files).unwrap_or_else(|error| {
        // The response is stored all the same.
        tracing::warn!(
            request = super::error::request(),
            "can't look for a response's files: {error}"
        );
        Vec::new()
    })
}

fn with_missing((status, mut said): (StatusCode, serde_json::Value), missing: &[&str]) -> Response {
    if !missing.is_empty() {
        said["missing"] = json!(missing);
    }
    (status, Json(said)).into_response()
}

/// What a phone takes for an acknowledgement, or for the way to go on.
pub fn acknowledged(receipt: Receipt) -> Response {
    with_missing(acknowledged_as(receipt), &[])
}

fn acknowledged_as(receipt: Receipt) -> (StatusCode, serde_json::Value) {
    match receipt {
        Receipt::Stored => (StatusCode::OK, json!({ "status": "stored" })),
        Receipt::AlreadyStored => (StatusCode::OK, json!({ "status": "already_stored" })),
        Receipt::Partial(offset) => (StatusCode::OK, json!({ "status": "partial", "offset": offset })),
        Receipt::Conflict => (
            StatusCode::CONFLICT,
            json!({ "status": "conflict", "message": CONFLICT }),
        ),
        Receipt::Elsewhere(offset) => {
            let message = format!("{offset} bytes of this file are here: go on from there");
            let said = json!({ "status": "error", "code": "offset", "offset": offset, "message": message });
            (StatusCode::CONFLICT, said)
        }
        Receipt::Damaged => {
            let message = "the pieces are not the file that the name says: they were dropped, begin it again";
            let said = json!({ "status": "error", "code": "damaged", "message": message });
            (StatusCode::BAD_REQUEST, said)
        }
    }
}
