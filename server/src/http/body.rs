//! Bodies that are read as they come, since they are large or slow.

use super::error::Failure;
use super::places::Place;
use axum::body::Body;
use axum::http::StatusCode;
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long the first bytes may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes that have to arrive in each second after that, on average: what the worst of networks manage.
const SLOWEST: u64 = 1000;

/// Why a body did not arrive.
#[derive(Debug)]
pub enum Broken {
    /// More bytes than are taken.
    TooLarge,
    /// Too few bytes in too long a time.
    TooSlow,
    /// Others had to have its place.
    GaveWay,
    /// The connection ended before the body did.
    CutOff,
    /// What came can't be kept.
    NotKept(std::io::Error),
}

impl Broken {
    /// What the phone is told; `what` did not arrive.
    pub fn told(self, what: &str, too_large: impl FnOnce() -> Failure) -> Failure {
        match self {
            Self::TooLarge => too_large(),
            Self::TooSlow => Failure::told(StatusCode::REQUEST_TIMEOUT, format!("{what} came too slowly")),
            Self::GaveWay => Failure::Later(10),
            Self::CutOff => Failure::told(StatusCode::BAD_REQUEST, format!("{what} did not arrive whole")),
            Self::NotKept(error) => {
                tracing::error!(
                    request = super::error::request(),
                    "can't keep {what} while it arrives: {error}"
                );
                Failure::Later(60)
            }
        }
    }
}

/// Reads a body of at most so many bytes, piece by piece; where it takes a place, for as long as it may stay there.
pub async fn receive(
    body: &mut Body,
    most: u64,
    place: Option<&Place>,
    mut keep: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> Result<(), Broken> {
    let (begun, mut size) = (Instant::now(), 0);
    loop {
        let patience = PATIENCE + Duration::from_secs(size / SLOWEST);
        let frame = tokio::select! {
            frame = timeout_at(begun + patience, body.frame()) => frame,
            () = sent_away(place) => return Err(Broken::GaveWay),
        };
        let frame = match frame {
            Err(_) => return Err(Broken::TooSlow),
            Ok(None) => {
                if let Some(place) = place {
                    place.is_here();
                }
                return Ok(());
            }
            Ok(Some(Err(_))) => return Err(Broken::CutOff),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        size += data.len() as u64;
        if let Some(place) = place {
            place.came(data.len() as u64);
        }
        if size > most {
            return Err(Broken::TooLarge);
        }
        keep(&data).map_err(Broken::NotKept)?;
    }
}

/// Never ends where there is no place to be left.
async fn sent_away(place: Option<&Place>) {
    match place {
        Some(place) => place.must_be_left().await,
        None => std::future::pending().await,
    }
}
