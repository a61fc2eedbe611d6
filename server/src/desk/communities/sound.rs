//! Recordings: what the page says, read aloud by somebody who speaks the language.

use super::Here;
use crate::beside;
use crate::community::{Draft, Sound, Sounds as All, own_name};
use crate::desk::upload::Upload;
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::store::LabelFile;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::hex;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The largest recording, in bytes: some minutes of speech.
const MOST: usize = 3 << 20;

/// The part of a page that lists recordings and takes others.
#[derive(Template)]
#[template(path = "desk/community/sounds.html")]
pub struct Sounds<'a> {
    visit: &'a Visit,
    here: String,
    /// The figure that they are of; blank where they are of the page's beginning.
    finding: String,
    all: Vec<Heard<'a>>,
    megabytes: String,
}

struct Heard<'a> {
    tag: &'a str,
    name: &'a str,
    /// Where it is heard; blank where there is none.
    src: String,
}

impl<'a> Sounds<'a> {
    /// Of a figure, or of the page's beginning.
    pub fn of(here: &'a Here, finding: Option<u64>, sounds: &All) -> Self {
        let path = here.path();
        let all = here.form().languages.iter().map(|language| Heard {
            tag: &language.tag,
            name: own_name(language),
            src: sounds
                .get(&language.tag)
                .map(|sound| format!("{path}/preview/sound/{}", sound.digest))
                .unwrap_or_default(),
        });
        Self {
            visit: &here.visit,
            all: all.collect(),
            here: path,
            finding: finding.map(|id| id.to_string()).unwrap_or_default(),
            megabytes: (MOST >> 20).to_string(),
        }
    }
}

/// `do`: `add` a recording in the place of another, or `remove` one.
pub async fn bring(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word)): Path<(String, String)>,
    fields: Fields,
    file: Upload,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let finding: Option<u64> = fields.get("finding").parse().ok();
        let draft = here.draft();
        let again = |error: &str| {
            let error = here.visit.with(error, "n", &(MOST >> 20).to_string());
            match finding {
                None => super::texts::page(&here, &draft, &error),
                Some(id) => match draft.get(id) {
                    Some(pick) => super::finding::page(&here, pick, &error),
                    None => Ok(here.back()),
                },
            }
        };
        let tag = fields.get("language").to_owned();
        if here.form().language(&tag).is_none() {
            return again("sound_language");
        }
        let change = |recording: Option<&LabelFile>, what: &str, change: &dyn Fn(&mut All)| {
            let changed = |draft: &mut Draft| {
                if let Some(sounds) = draft.sounds_of(finding) {
                    change(sounds);
                }
            };
            here.app
                .store
                .change_community(here.names(), (&who.name, what), recording, changed)
        };
        if fields.get("do") == "remove" {
            change(None, "sound_removed", &|sounds| {
                sounds.remove(&tag);
            })?;
        } else {
            let recording = match recording(&file) {
                Ok(recording) => recording,
                Err(error) => return again(error),
            };
            let sound = Sound {
                digest: recording.digest.clone(),
                kind: recording.kind.clone(),
            };
            change(Some(&recording), "sound", &|sounds| {
                sounds.insert(tag.clone(), sound.clone());
            })?;
        }
        let page = match finding {
            Some(id) => format!("{}/findings/{id}?done=saved", here.path()),
            None => format!("{}/texts?done=saved", here.path()),
        };
        Ok(Redirect::to(&page).into_response())
    })
    .await?
}

/// A recording that browsers play, without the place that a phone writes into it; or the text that says what is wrong.
fn recording(file: &Upload) -> Result<LabelFile, &'static str> {
    if file.bytes.is_empty() {
        return Err("sound_missing");
    }
    if file.bytes.len() > MOST {
        return Err("sound_large");
    }
    let kind = match beside::kind(&file.bytes, &file.name) {
        Some(kind @ ("audio/mpeg" | "audio/ogg" | "audio/mp4" | "audio/webm")) => kind,
        // One container holds films and sounds, and browsers call their recordings so.
        Some("video/webm") => "audio/webm",
        _ => return Err("sound_kind"),
    };
    let mut bytes = file.bytes.clone();
    if kind == "audio/mp4" {
        without_place(&mut bytes);
    }
    Ok(LabelFile {
        name: file.name.clone(),
        digest: hex(&Sha256::digest(&bytes)),
        kind: kind.to_owned(),
        bytes,
    })
}

/// Overwrites where a recording was made: the atoms `©xyz` (QuickTime) and `loci` (3GPP TS 26.244) become free space of
/// the same size, so that nothing else in the file moves.
fn without_place(bytes: &mut [u8]) {
    const NAMES: [&[u8]; 2] = [b"\xa9xyz", b"loci"];
    let mut at = 4;
    while at + 4 <= bytes.len() {
        if NAMES.contains(&&bytes[at..at + 4]) {
            let size =
                u32::from_be_bytes([bytes[at - 4], bytes[at - 3], bytes[at - 2], bytes[at - 1]]) as usize;
            // Sound that happens to look like one is no atom of a place: these are small.
            if (8..=256).contains(&size) && at - 4 + size <= bytes.len() {
                bytes[at..at + 4].copy_from_slice(b"free");
                bytes[at + 4..at - 4 + size].fill(0);
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::without_place;

    #[test]
    fn a_recording_loses_the_place_where_it_was_made() {
        let mut bytes =
            b"\0\0\0\x14ftypM4A \0\0\0\0M4A \0\0\0\x1e\xa9xyz\0\x12\x15\xc7+12.3456-001.2345/rest of it"
                .to_vec();
        let length = bytes.len();
        without_place(&mut bytes);
        assert_eq!(bytes.len(), length);
        assert!(!bytes.windows(4).any(|part| part == b"12.3" || part == b"\xa9xyz"));
        assert!(bytes.ends_with(b"rest of it") && bytes.starts_with(b"\0\0\0\x14ftypM4A "));
        let sound = b"\0\0\0\x14ftypM4A \xff\xff\xff\xffloci sound".to_vec();
        let mut same = sound.clone();
        without_place(&mut same);
        assert_eq!(same, sound, "no atom");
    }
}
