//! A form of the desk that a file comes with.

use super::fields::{Fields, MOST};
use crate::http::{Failure, drain};
use axum::body::Body;
use axum::body::HttpBody;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::Limited;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest file, in bytes.
pub const MOST_FILE: usize = 8 << 20;
/// With the other fields, and the marks between the parts.
const MOST_ALL: usize = MOST_FILE + MOST + (16 << 10);
/// How many may arrive and be looked at at once; each is in memory as a whole.
const AT_ONCE: usize = 4;
/// After how many seconds to come again, where there are more.
const LATER: u32 = 10;

/// Places for files that arrive.
#[derive(Debug)]
pub struct Uploads(Arc<Semaphore>);

impl Default for Uploads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The file; blank where none was chosen.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// As it is called where it comes from.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Held until the handler is done with it.
    _place: Option<Arc<OwnedSemaphorePermit>>,
}

/// Whether a request has parts, as one with a file does.
pub fn is_one(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"))
}

/// Reads the parts. The first has to be `csrf`, and the right one: nothing is kept of what comes from elsewhere.
pub async fn read(uploads: &Uploads, request: Request, csrf: &str) -> Result<(Fields, Upload), Failure> {
    let Ok(place) = Arc::clone(&uploads.0).try_acquire_owned() else {
        drain(request.into_body()).await;
        return Err(Failure::Later(LATER));
    };
    let (parts, body) = request.into_parts();
    if body.size_hint().lower() > MOST_ALL as u64 {
        drain(body).await;
        return Err(Failure::too_large(MOST_FILE));
    }
    let bounded = Body::new(Limited::new(body, MOST_ALL));
    let request = Request::from_parts(parts, bounded);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| not_whole())?;
    match fields(&mut parts, csrf).await {
        Ok((fields, file)) => {
            let place = Some(Arc::new(place));
            Ok((
                fields,
                Upload {
                    _place: place,
                    ..file
                },
            ))
        }
        Err(failure) => {
            // Whoever is cut off while they send hears no reason; what is skipped is not kept.
            while let Ok(Some(_)) = parts.next_field().await {}
            Err(failure)
        }
    }
}

async fn fields(parts: &mut Multipart, csrf: &str) -> Result<(Fields, Upload), Failure> {
    let first = parts.next_field().await.map_err(|_| not_whole())?;
    let first = first.filter(|part| part.name() == Some("csrf") && part.file_name().is_none());
    let proof = match first {
        Some(part) => words(part, MOST).await?,
        None => String::new(),
    };
    if csrf.is_empty() || proof != csrf {
        let message = "the page is from before the last sign-in";
        return Err(Failure::told(StatusCode::FORBIDDEN, message));
    }
    let (mut pairs, mut size, mut file) = (Vec::new(), 0, Upload::default());
    while let Some(part) = parts.next_field().await.map_err(|_| not_whole())? {
        if let Some(name) = part.file_name().map(String::from) {
            let bytes = bytes(part, MOST_FILE).await?;
            if file.bytes.is_empty() {
                (file.name, file.bytes) = (name, bytes);
            }
            continue;
        }
        let name = part.name().unwrap_or_default().to_owned();
        let text = words(part, MOST - size).await?;
        size += text.len();
        pairs.push((name, text));
    }
    Ok((Fields::of(pairs), file))
}

async fn words(part: Field<'_>, most: usize) -> Result<String, Failure> {
    String::from_utf8(bytes(part, most).await?).map_err(|_| not_whole())
}

async fn bytes(mut part: Field<'_>, most: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while let Some(data) = part.chunk().await.map_err(|_| not_whole())? {
        if bytes.len() + data.len() > most {
            return Err(Failure::too_large(most));
        }
        bytes.extend(&data);
    }
    Ok(bytes)
}

fn not_whole() -> Failure {
    Failure::told(StatusCode::BAD_REQUEST, "the form did not arrive whole")
}

/// A form without a file has a blank one.
impl<S: Sync> FromRequestParts<S> for Upload {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.remove::<Self>().unwrap_or_default())
    }
}
