//! Files that responses name, from phones. They are taken and never given back.

use super::body::Broken;
use super::error::{Failure, announced, drain};
use super::origin::is_foreign;
use super::places::Place;
use super::responses::acknowledged;
use super::room::Coming;
use super::{App, session};
use crate::store::{IncomingFile, now};
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use baraza_forms::{hex, is_file_name};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::Arc;
use tempfile::SpooledTempFile;

/// Files that may arrive at once; each has a file open.
pub const AT_ONCE: usize = 64;

/// Takes one file, whose name is the SHA-256 of its bytes and an ending. 200 means: on disk.
pub async fn put(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let coming = refused(&app, path, &uri, &headers)
        .and_then(|coming| coming.fits(&app, announced(&headers)).map(|()| coming));
    match coming {
        Ok(coming) => take(&app, coming, body).await,
        Err(failure) => {
            drain(body).await;
            Err(failure)
        }
    }
}

/// What can be refused before a byte of the file is read; else what comes.
pub fn refused(
    app: &App,
    path: Result<Path<(String, String)>, PathRejection>,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Coming, Failure> {
    if is_foreign(headers, app.url.as_deref()) {
        let message = "files are sent from the survey's own page";
        return Err(Failure::told(StatusCode::FORBIDDEN, message));
    }
    // The name as it was sent: what needs an escape is none.
    let after_survey = uri.path().splitn(5, '/').nth(4);
    let name = after_survey.and_then(|rest| rest.strip_prefix("media/"));
    let (Ok(Path((survey, _))), Some(name)) = (path, name.filter(|name| is_file_name(name))) else {
        let message = "a file is named by the SHA-256 of its bytes in small hexadecimal letters, a point, and an ending \
                       of 1 to 5 small letters or digits";
        return Err(Failure::told(StatusCode::BAD_REQUEST, message));
    };
    let newest = app.newest(&survey)?;
    if let Some(refused) = session::who(app, headers)?.refused_by(&newest) {
        return Err(refused.with(StatusCode::FORBIDDEN));
    }
    let (_, takes_files) = app.store.takes_files(&survey)?.ok_or_else(Failure::no_survey)?;
    if !takes_files {
        let message = "no version of this survey asks for files";
        return Err(Failure::told(StatusCode::BAD_REQUEST, message));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        let message = "a file is sent without compression";
        return Err(Failure::told(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    Ok(Coming::to(app, &newest, name.to_owned()))
}

async fn take(app: &App, coming: Coming, mut body: Body) -> Result<Response, Failure> {
    // Held until the file is on disk, which bounds the files that wait for the writer as well.
    let Some(place) = app.arriving.take().await else {
        drain(body).await;
        return Err(Failure::Later(10));
    };
    let arrived = match receive(app, &coming, &mut body, &place).await {
        Ok(arrived) => arrived,
        Err(failure) => {
            drop(place);
            drain(body).await;
            return Err(failure);
        }
    };
    let Coming { survey, name, .. } = coming;
    if !name.starts_with(&format!("{}.", arrived.digest)) {
        let message = "the bytes are not those that the name says: they were damaged on the way, or misnamed";
        return Err(Failure::told(StatusCode::BAD_REQUEST, message));
    }
    let file = IncomingFile {
        survey,
        name,
        size: arrived.size,
        received_at: now(),
        bytes: arrived.bytes,
    };
    match app.store.put_file(file).await {
        Ok(receipt) => Ok(acknowledged(receipt)),
        Err(fault) => Err(Failure::not_stored(&fault)),
    }
}

struct Arrived {
    digest: String,
    size: u64,
    bytes: SpooledTempFile,
}

/// Reads a body piece by piece; a large one goes to the disk as it comes.
async fn receive(app: &App, coming: &Coming, body: &mut Body, place: &Place) -> Result<Arrived, Failure> {
    let (mut hash, mut size, mut bytes) = (Sha256::new(), 0, app.store.arriving());
    let received = super::body::receive(body, coming.most, Some(place), |data| {
        hash.update(data);
        size += data.len() as u64;
        bytes.write_all(data)
    });
    let told = |broken: Broken| broken.told("the file", || coming.too_large());
    received.await.map_err(told)?;
    // Its length may not have been announced.
    coming.fits(app, size)?;
    let digest = hash.finalize();
    Ok(Arrived {
        digest: hex(&digest),
        size,
        bytes,
    })
}
