//! Whether there is room for a file: on the disk, which responses need more, and in what the survey's files may fill.

use super::App;
use super::error::Failure;
use crate::machine;
use crate::ready::ReadyVersion;
use axum::http::StatusCode;

/// Seconds until a phone may ask again: somebody has to make room first.
const LATER: u32 = 600;
/// Twice: it is in the write-ahead log before it is in the database.
const COPIES: u64 = 2;

/// A file that may come.
#[derive(Debug, Clone)]
pub struct Coming {
    /// Row id of its survey.
    pub survey: i64,
    /// SHA-256 of its bytes, a point, an ending.
    pub name: String,
    /// The most bytes that it may have, by the server's limit or the survey's.
    pub most: u64,
    /// What all files of the survey may come to, in bytes.
    pub whole: Option<u64>,
}

impl Coming {
    /// A file of a survey whose newest version this is.
    pub fn to(app: &App, newest: &ReadyVersion, name: String) -> Self {
        let settings = &newest.ready.form.settings;
        let bytes = |megabytes: u32| u64::from(megabytes) << 20;
        Self {
            survey: newest.survey,
            name,
            most: settings
                .file_limit_mb
                .map_or(app.most_media, |most| bytes(most).min(app.most_media)),
            whole: settings.files_limit_mb.map(bytes),
        }
    }

    /// The file is larger than any that is taken.
    pub fn too_large(&self) -> Failure {
        let message = format!("a file has at most {} MB here", self.most >> 20);
        Failure::told(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// Before a file of so many bytes is read: whether it may come. What is here already needs no room.
    pub fn fits(&self, app: &App, size: u64) -> Result<(), Failure> {
        if size > self.most {
            return Err(self.too_large());
        }
        let Some(filled) = app.store.filled(self.survey, &self.name)? else {
            return Ok(());
        };
        if let Some(whole) = self.whole
            && filled.saturating_add(size.max(1)) > whole
        {
            return Err(Failure::NoRoom(
                format!(
                    "the files of this survey have come to the {} MB that they may have: the answers are taken without \
                     this file, which stays on the phone",
                    whole >> 20
                ),
                None,
            ));
        }
        if is_short(app, size) {
            tracing::warn!("a file was refused: the disk is nearly full");
            return Err(Failure::NoRoom(
                "the server's disk is nearly full: the answers are taken without this file, which stays on the phone".into(),
                Some(LATER),
            ));
        }
        Ok(())
    }
}

/// Whether the disk has no room for so many bytes more beside what responses need.
pub fn is_short(app: &App, size: u64) -> bool {
    machine::free(app.store.path()).is_some_and(|free| {
        let reserve = app.reserve.unwrap_or_else(|| free.reserve());
        free.bytes < reserve.saturating_add(size.saturating_mul(COPIES))
    })
}
