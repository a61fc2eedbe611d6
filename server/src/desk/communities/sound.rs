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
    let mut bytes = match kind {
        "audio/mpeg" => without_tags(&file.bytes).to_vec(),
        _ => file.bytes.clone(),
    };
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

/// Overwrites what a file says of itself, where phones write names and places: the boxes `udta` and `meta` (ISO/IEC
/// 14496-12) become free space of the same size, so that nothing else in the file moves.
fn without_place(bytes: &mut [u8]) {
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 8) {
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        // To the end of the file; or, with 1, a size of 64 bits, which only the sound itself may need.
        let end = match size {
            0 => bytes.len(),
            1 => match bytes.get(at + 8..at + 16).map(<[u8; 8]>::try_from) {
                Some(Ok(size)) => at.saturating_add(u64::from_be_bytes(size) as usize),
                _ => return,
            },
            size => at + size,
        };
        if end < at + 8 || end > bytes.len() {
            return;
        }
        match &bytes[at + 4..at + 8] {
            b"udta" | b"meta" => {
                bytes[at + 4..at + 8].copy_from_slice(b"free");
                bytes[at + 8..end].fill(0);
            }
            b"moov" | b"trak" | b"mdia" | b"moof" | b"traf" => without_place(&mut bytes[at + 8..end]),
            _ => {}
        }
        at = end;
    }
}

/// An MP3 without the tags before and after it (ID3v2.4, section 3.1; ID3v1), which hold titles, comments and pictures.
fn without_tags(bytes: &[u8]) -> &[u8] {
    let mut sound = bytes;
    while let [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] = sound {
        let size = [a, b, c, d]
            .iter()
            .fold(0, |size, byte| size << 7 | usize::from(**byte & 127));
        let footer = if flags & 0x10 == 0 { 0 } else { 10 };
        match sound.get(10 + size + footer..) {
            Some(rest) if !rest.is_empty() => sound = rest,
            _ => break,
        }
    }
    match sound.len().checked_sub(128) {
        Some(at) if at > 0 && sound[at..].starts_with(b"TAG") => &sound[..at],
        _ => sound,
    }
}

#[cfg(test)]
mod tests {
    use super::{without_place, without_tags};

    fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).expect("small");
        [&size.to_be_bytes()[..], &name, content].concat()
    }

    #[test]
    fn a_recording_loses_the_place_where_it_was_made() {
        let place = boxed(*b"\xa9xyz", b"\0\x12\x15\xc7+12.3456-001.2345/");
        let named = boxed(
            *b"meta",
            b"\0\0\0\0 com.apple.quicktime.location.ISO6709 +12.3456-001.2345/",
        );
        let sound = boxed(*b"mdat", b"udta and meta are sounds here");
        let track = boxed(*b"trak", &[boxed(*b"tkhd", b"head"), named].concat());
        let moov = boxed(
            *b"moov",
            &[boxed(*b"mvhd", b"head"), track, boxed(*b"udta", &place)].concat(),
        );
        let mut bytes = [boxed(*b"ftyp", b"M4A \0\0\0\0M4A "), moov, sound.clone()].concat();
        let length = bytes.len();
        without_place(&mut bytes);
        assert_eq!(bytes.len(), length);
        assert!(!bytes.windows(4).any(|part| part == b"12.3"));
        assert!(bytes.ends_with(&sound) && bytes.windows(4).any(|part| part == b"tkhd"));
        // What is broken off is left as it is, and does not break anything.
        for end in 0..length {
            without_place(&mut bytes.clone()[..end]);
        }
    }

    #[test]
    fn a_recording_loses_its_tags() {
        let sound = b"\xff\xfb\x90\x64 the sound itself".to_vec();
        let before = [&b"ID3\x04\0\0\0\0\0\x05"[..], b"Where"].concat();
        let after = [&b"TAG"[..], &[b' '; 125]].concat();
        assert_eq!(
            without_tags(&[before.clone(), sound.clone(), after].concat()),
            sound
        );
        assert_eq!(without_tags(&sound), sound);
        assert_eq!(without_tags(&before), before, "there is no sound in it");
    }
}
