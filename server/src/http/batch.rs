//! Many responses in one request, a line each, answered one by one.

use super::body::receive;
use super::error::{Failure, announced, drain};
use super::responses::{CONFLICT, is_sent_as, missing, refuse_foreign};
use super::{App, session};
use crate::intake::{Intake, Refusal};
use crate::sender::Sender;
use crate::store::{Incoming, Receipt};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use std::io::{ErrorKind, Read, Seek, Write};
use std::sync::Arc;

/// The most responses in one request.
const MOST_LINES: usize = 100;
/// The most bytes of a request, as they are sent and when unpacked.
const MOST: u64 = 8 << 20;
/// Requests that may arrive at once; what has come of them waits on the disk.
pub const AT_ONCE: usize = 64;
/// Requests that may be unpacked and checked at once; these are in memory.
pub const AT_WORK: usize = 4;

/// Takes responses, also of several surveys. What is said to be stored is on disk.
pub async fn post(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Failure> {
    // A task of its own: whoever hangs up while their request is worked at must not make room for the next one.
    let task = tokio::spawn(async move {
        match take(&app, &headers, &mut body).await {
            Err(failure) => {
                drain(body).await;
                Err(failure)
            }
            taken => taken,
        }
    });
    task.await?
}

async fn take(app: &Arc<App>, headers: &HeaderMap, body: &mut Body) -> Result<Response, Failure> {
    let packed = is_packed(app, headers)?;
    let Some(place) = app.batches.take().await else {
        return Err(Failure::Later(10));
    };
    let mut sent = app.store.arriving();
    let received = receive(body, MOST, Some(&place), |data| sent.write_all(data)).await;
    received.map_err(|broken| broken.told("the responses", too_large))?;
    let _turn = app.at_work.acquire().await?;
    let sender = session::who(app, headers)?;
    let shared = Arc::clone(app);
    let lines = tokio::task::spawn_blocking(move || {
        sent.rewind().map_err(|error| unreadable(&error))?;
        let unpacked = if packed {
            unpack(MultiGzDecoder::new(sent))?
        } else {
            unpack(sent)?
        };
        understand(&shared, &unpacked, &sender)
    });
    Ok(store(app, lines.await??).await)
}

/// What can be refused before a byte of the body is read; else whether it is compressed.
fn is_packed(app: &App, headers: &HeaderMap) -> Result<bool, Failure> {
    refuse_foreign(app, headers)?;
    let unsupported = |message| Err(Failure::told(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    if !is_sent_as(headers, "application/x-ndjson") {
        return unsupported("responses are sent as application/x-ndjson, one a line");
    }
    let packed = match headers.get(header::CONTENT_ENCODING) {
        None => false,
        Some(coding) if coding.as_bytes().eq_ignore_ascii_case(b"gzip") => true,
        Some(_) => return unsupported("responses are sent with gzip or without compression"),
    };
    if announced(headers) > MOST {
        return Err(too_large());
    }
    Ok(packed)
}

fn too_large() -> Failure {
    let message = format!(
        "one request has at most {MOST_LINES} responses and {} MB, also when unpacked: send fewer at once",
        MOST >> 20
    );
    Failure::told(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// What is told where a body that has arrived can't be read.
pub fn unreadable(error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => Failure::told(
            StatusCode::BAD_REQUEST,
            "the compressed responses are damaged or cut short",
        ),
        _ => {
            tracing::error!(
                request = super::error::request(),
                "can't read responses that have arrived: {error}"
            );
            Failure::Later(60)
        }
    }
}

/// Stops at the limit, however much more there is.
fn unpack(from: impl Read) -> Result<Vec<u8>, Failure> {
    let mut unpacked = Vec::new();
    let read = from.take(MOST + 1).read_to_end(&mut unpacked);
    if read.map_err(|error| unreadable(&error))? as u64 > MOST {
        return Err(too_large());
    }
    Ok(unpacked)
}

/// What each line is; a broken one spoils no other.
fn understand(app: &App, sent: &[u8], sender: &Sender) -> Result<Vec<Result<Incoming, Refusal>>, Failure> {
    let sent = sent.strip_suffix(b"\n").unwrap_or(sent);
    if sent.is_empty() {
        return Err(Failure::told(
            StatusCode::BAD_REQUEST,
            "the request holds no response",
        ));
    }
    let lines: Vec<&[u8]> = sent.split(|byte| *byte == b'\n').collect();
    if lines.len() > MOST_LINES {
        return Err(too_large());
    }
    let mut intake = Intake::new(&app.store, &app.forms, sender);
    Ok(lines.into_iter().map(|line| intake.take(line, None)).collect())
}

/// Writes what was understood in one commit, and answers for each line in its order.
async fn store(app: &App, lines: Vec<Result<Incoming, Refusal>>) -> Response {
    let mut incoming = Vec::new();
    let lines: Vec<Result<Named, Refusal>> = lines
        .into_iter()
        .map(|line| {
            let response = line?;
            let named = Named {
                id: response.instance_id.clone(),
                survey: response.survey,
                files: response.files.clone(),
            };
            incoming.push(response);
            Ok(named)
        })
        .collect();
    let (receipts, pause) = match app.store.put_together(incoming).await {
        Ok(receipts) => (receipts, 60),
        Err(fault) => (Vec::new(), Failure::not_stored(&fault).seconds()),
    };
    let mut receipts = receipts.into_iter();
    let answers: Vec<Value> = lines
        .iter()
        .map(|line| match line {
            Ok(named) => receipts
                .next()
                .map_or_else(|| later(Some(&named.id)), |r| received(app, named, r)),
            Err(refusal) => refused(refusal),
        })
        .collect();
    let is_later = answers.iter().any(|answer| answer["status"] == "later");
    let mut response = Json(json!({ "responses": answers })).into_response();
    if is_later {
        response.headers_mut().insert(header::RETRY_AFTER, pause.into());
    }
    response
}

/// What is asked for after a response is stored.
struct Named {
    id: String,
    survey: i64,
    files: Vec<String>,
}

fn received(app: &App, named: &Named, receipt: Receipt) -> Value {
    let id = &named.id;
    let mut said = match receipt {
        Receipt::AlreadyStored => json!({ "instance_id": id, "status": "already_stored" }),
        Receipt::Conflict => json!({ "instance_id": id, "status": "conflict", "message": CONFLICT }),
        _ => json!({ "instance_id": id, "status": "stored" }),
    };
    let missing = missing(app, named.survey, &named.files);
    if !missing.is_empty() {
        said["missing"] = json!(missing);
    }
    said
}

fn refused(Refusal { instance_id, why }: &Refusal) -> Value {
    let Some(code) = why.code() else {
        tracing::error!(request = super::error::request(), "{why:?}");
        return later(instance_id.as_deref());
    };
    json!({ "instance_id": instance_id, "status": "error", "code": code, "message": why.to_string() })
}

/// Nothing was written of it; the phone keeps it and comes again.
fn later(id: Option<&str>) -> Value {
    json!({ "instance_id": id, "status": "later", "message": "the server is busy: try again soon" })
}
