//! The fields of a page's form, and the files that come with them.

use super::App;
use super::error::{Failure, drain};
use super::room::Coming;
use crate::plain::{NO_ROOM, Submit, without_place};
use crate::ready::ReadyVersion;
use crate::store::{IncomingFile, now};
use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use baraza_forms::hex;
use http_body_util::{BodyExt, Limited};
use sha2::{Digest, Sha256};
use std::io::{Seek, Write};
use std::time::Duration;
use tempfile::SpooledTempFile;
use tokio::time::{Instant, timeout, timeout_at};

/// The most bytes of a page's fields: the answers so far, and those of the page.
const MOST: usize = 2 << 20;
/// The most fields of a page: thousands of choices may be ticked, and no more.
const MOST_FIELDS: usize = 20_000;
/// How long a page may take to arrive, and files beyond that by their size.
const PATIENCE: Duration = Duration::from_mins(2);
/// Bytes of a file that have to arrive in each second, on average.
const SLOWEST: u64 = 1000;

/// The fields, files replaced by their names; and the status of a page whose file was not taken, 200 otherwise.
pub async fn fields(
    app: &App,
    newest: &ReadyVersion,
    headers: &HeaderMap,
    request: Request<Body>,
) -> Result<(Submit, StatusCode), Failure> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    match kind.and_then(|kind| kind.split(';').next()).map(str::trim) {
        Some("multipart/form-data") => parts(app, newest, request).await,
        Some("application/x-www-form-urlencoded") => {
            Ok((urlencoded(request.into_body()).await?, StatusCode::OK))
        }
        _ => {
            drain(request.into_body()).await;
            let message = "a page is sent as a form";
            Err(Failure::told(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
        }
    }
}

fn too_large() -> Failure {
    Failure::told(StatusCode::PAYLOAD_TOO_LARGE, "the answers are too many")
}

fn not_whole() -> Failure {
    Failure::told(StatusCode::BAD_REQUEST, "the page did not arrive whole")
}

async fn urlencoded(mut body: Body) -> Result<Submit, Failure> {
    let read = timeout(PATIENCE, Limited::new(&mut body, MOST).collect()).await;
    let bytes = match read {
        Err(_) => return Err(not_whole()),
        Ok(Err(error)) => {
            let is_large = error.is::<http_body_util::LengthLimitError>();
            drain(body).await;
            return Err(if is_large { too_large() } else { not_whole() });
        }
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    let fields = form_urlencoded::parse(&bytes).into_owned().take(MOST_FIELDS);
    Ok(Submit(fields.collect()))
}

async fn parts(
    app: &App,
    newest: &ReadyVersion,
    request: Request<Body>,
) -> Result<(Submit, StatusCode), Failure> {
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| not_whole())?;
    let begun = Instant::now();
    let (mut fields, mut size, mut status) = (Vec::new(), 0, StatusCode::OK);
    while let Some(part) = timeout_at(begun + PATIENCE, parts.next_field())
        .await
        .map_err(|_| not_whole())?
        .map_err(|_| not_whole())?
    {
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            match file(app, newest, part).await? {
                Arrived::Stored(stored) => fields.push((name, stored)),
                Arrived::Nothing => {}
                Arrived::TooLarge(most) => {
                    status = StatusCode::PAYLOAD_TOO_LARGE;
                    fields.push((format!("{name}-large"), (most >> 20).to_string()));
                }
                Arrived::NoRoom => {
                    status = StatusCode::INSUFFICIENT_STORAGE;
                    fields.push((format!("{name}-large"), NO_ROOM.to_owned()));
                }
            }
            continue;
        }
        let text = words(part, MOST - size).await?;
        size += text.len();
        fields.push((name, text));
        if fields.len() > MOST_FIELDS {
            return Err(too_large());
        }
    }
    Ok((Submit(fields), status))
}

async fn words(mut part: Field<'_>, most: usize) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while let Some(data) = timeout_at(deadline, part.chunk())
        .await
        .map_err(|_| not_whole())?
        .map_err(|_| not_whole())?
    {
        if bytes.len() + data.len() > most {
            return Err(too_large());
        }
        bytes.extend(&data);
    }
    String::from_utf8(bytes).map_err(|_| not_whole())
}

enum Arrived {
    /// On disk, under this name.
    Stored(String),
    /// No file was chosen.
    Nothing,
    /// It is larger than files may be: so many bytes.
    TooLarge(u64),
    /// There is no room for it; the answers go on without it.
    NoRoom,
}

/// Takes one file as [`super::media`] does, and names it here.
async fn file(app: &App, newest: &ReadyVersion, mut part: Field<'_>) -> Result<Arrived, Failure> {
    let ending = ending(part.file_name(), part.content_type());
    let fault = |error: std::io::Error| {
        tracing::error!(
            request = super::error::request(),
            "can't keep a file while it arrives: {error}"
        );
        Failure::Later(60)
    };
    let (begun, mut size, mut bytes) = (Instant::now(), 0, app.store.arriving());
    // Held until the file is on disk, which bounds the files that wait for the writer as well.
    let Some(place) = app.arriving.take().await else {
        return Err(Failure::Later(10));
    };
    let mut is_too_large = false;
    // Its name is not known before its bytes are.
    let most = Coming::to(app, newest, String::new()).most;
    loop {
        let patience = PATIENCE + Duration::from_secs(size / SLOWEST);
        let chunk = tokio::select! {
            chunk = timeout_at(begun + patience, part.chunk()) => chunk,
            () = place.must_be_left() => return Err(Failure::Later(10)),
        };
        let Some(data) = chunk.map_err(|_| not_whole())?.map_err(|_| not_whole())? else {
            break;
        };
        size += data.len() as u64;
        place.came(data.len() as u64);
        is_too_large |= size > most;
        // The rest of the page comes after it.
        if !is_too_large {
            bytes.write_all(&data).map_err(fault)?;
        }
    }
    place.is_here();
    if is_too_large {
        return Ok(Arrived::TooLarge(most));
    }
    if size == 0 {
        return Ok(Arrived::Nothing);
    }
    let (name, size, bytes) = named(app, bytes, &ending).map_err(fault)?;
    match Coming::to(app, newest, name.clone()).fits(app, size) {
        Err(Failure::NoRoom(..)) => return Ok(Arrived::NoRoom),
        fits => fits?,
    }
    let file = IncomingFile {
        survey: newest.survey,
        name: name.clone(),
        size,
        received_at: now(),
        bytes,
    };
    match app.store.put_file(file).await {
        Ok(_) => Ok(Arrived::Stored(name)),
        Err(fault) => Err(Failure::not_stored(&fault)),
    }
}

/// A file without what cameras write into photos, under the name that its bytes give it.
fn named(
    app: &App,
    mut bytes: SpooledTempFile,
    ending: &str,
) -> std::io::Result<(String, u64, SpooledTempFile)> {
    bytes.rewind()?;
    let mut out = Hashed {
        hash: Sha256::new(),
        size: 0,
        bytes: app.store.arriving(),
    };
    without_place(&mut bytes, &mut out)?;
    Ok((
        format!("{}.{ending}", hex(&out.hash.finalize())),
        out.size,
        out.bytes,
    ))
}

struct Hashed {
    hash: Sha256,
    size: u64,
    bytes: SpooledTempFile,
}

impl Write for Hashed {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let written = self.bytes.write(data)?;
        self.hash.update(&data[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.bytes.flush()
    }
}

/// The ending of a file's name, or what its type says.
fn ending(name: Option<&str>, kind: Option<&str>) -> String {
    let fits = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let named = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending);
    let typed = kind.and_then(|kind| kind.split_once('/')).map(|(_, kind)| kind);
    let ending = named
        .filter(|text| fits(text))
        .or(typed.filter(|text| fits(text)));
    ending.unwrap_or("bin").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn files_keep_their_endings_where_these_are_some() {
        assert_eq!(ending(Some("IMG_1.JPG"), Some("image/jpeg")), "jpg");
        assert_eq!(ending(Some("blob"), Some("audio/ogg")), "ogg");
        assert_eq!(ending(Some("../../etc/passwd"), None), "bin");
        assert_eq!(ending(Some("a.verylong"), Some("application/x-tar")), "bin");
        assert_eq!(ending(Some("a.p/f"), Some("image/png; q=1")), "bin");
    }
}
