//! Large files in pieces, so that a connection that breaks costs a piece and not the file. The headers are called as
//! in the IETF's draft on resumable uploads.

use super::App;
use super::body::{Broken, receive};
use super::error::{Failure, announced, drain};
use super::media::refused;
use super::responses::{acknowledged, is_sent_as};
use super::room::Coming;
use crate::store::{IncomingPiece, now};
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The largest piece, in bytes.
const MOST: u64 = 1 << 20;
/// Where a piece begins, or how much is there.
const OFFSET: &str = "upload-offset";
/// How long the whole file is.
const LENGTH: &str = "upload-length";
/// Whether the file is whole.
const COMPLETE: &str = "upload-complete";

/// The address of a file, as it was asked for.
type Address = Result<Path<(String, String)>, PathRejection>;

/// Says how much of a file is on disk.
pub async fn head(
    State(app): State<Arc<App>>,
    path: Address,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let coming = refused(&app, path, &uri, &headers)?;
    let (offset, whole) = app.store.arrived(coming.survey, &coming.name)?;
    let said = [
        (OFFSET, offset.to_string()),
        (COMPLETE, if whole { "?1" } else { "?0" }.to_owned()),
        (header::CACHE_CONTROL.as_str(), "no-store".to_owned()),
    ];
    Ok(said.into_response())
}

/// Takes a piece of a file. 200 means: on disk.
pub async fn patch(
    State(app): State<Arc<App>>,
    path: Address,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let coming = refused(&app, path, &uri, &headers).and_then(|coming| described(&app, &headers, coming));
    match coming {
        // A task of its own: a phone that hangs up ends the request, and what came until then is kept all the same.
        Ok(piece) => tokio::spawn(take(app, piece, body)).await?,
        Err(failure) => {
            drain(body).await;
            Err(failure)
        }
    }
}

/// The piece as its headers describe it, without its bytes.
fn described(app: &App, headers: &HeaderMap, coming: Coming) -> Result<IncomingPiece, Failure> {
    if !is_sent_as(headers, "application/partial-upload") {
        let message = "a piece of a file is sent as application/partial-upload";
        return Err(Failure::told(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let (offset, size) = (number(headers, OFFSET)?, number(headers, LENGTH)?);
    coming.fits(app, size)?;
    if announced(headers) > MOST {
        return Err(too_large());
    }
    if offset > size || announced(headers) > size - offset {
        return Err(beyond());
    }
    Ok(IncomingPiece {
        survey: coming.survey,
        name: coming.name,
        size,
        offset,
        received_at: String::new(),
        bytes: Vec::new(),
    })
}

/// A whole number in a header that is there once.
fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, Failure> {
    let mut values = headers.get_all(name).iter();
    let only = values.next().filter(|_| values.next().is_none());
    let digits = only
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
        let message = format!("a piece of a file has one header {name}, a number of bytes");
        Failure::told(StatusCode::BAD_REQUEST, message)
    })
}

fn too_large() -> Failure {
    let message = format!("a piece of a file has at most {} KB", MOST >> 10);
    Failure::told(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// Mostly nobody hears this.
fn cut_off() -> Failure {
    let message = "the piece did not arrive whole: ask how much of the file is here, and go on from there";
    Failure::told(StatusCode::REQUEST_TIMEOUT, message)
}

fn beyond() -> Failure {
    let message = "the piece would end beyond the length that is given for the file";
    Failure::told(StatusCode::BAD_REQUEST, message)
}

async fn take(app: Arc<App>, mut piece: IncomingPiece, mut body: Body) -> Result<Response, Failure> {
    let Some(place) = app.arriving.take().await else {
        drain(body).await;
        return Err(Failure::Later(10));
    };
    let most = MOST.min(piece.size - piece.offset);
    let bytes = &mut piece.bytes;
    let received = receive(&mut body, most, Some(&place), |data| {
        bytes.extend_from_slice(data);
        Ok(())
    });
    let broken = received.await.err();
    if matches!(broken, Some(Broken::TooLarge)) {
        drop(place);
        drain(body).await;
        return Err(if most < MOST { beyond() } else { too_large() });
    }
    if broken.is_some() && piece.bytes.is_empty() {
        return Err(cut_off());
    }
    piece.received_at = now();
    match app.store.put_piece(piece).await {
        Ok(_) if broken.is_some() => Err(cut_off()),
        Ok(receipt) => Ok(acknowledged(receipt)),
        Err(fault) => Err(Failure::not_stored(&fault)),
    }
}
