//! Pictures, sounds and films that go with labels, found beside their form.

use crate::store::LabelFile;
use baraza_forms::xlsform::{beside, folders_beside, is_plain_name};
use baraza_forms::{Form, hex};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug, Default)]
pub struct Beside {
    /// Files that can be published.
    pub files: Vec<LabelFile>,
    /// What is missing, too large or of no use, for a person.
    pub warnings: Vec<String>,
}

/// A file of more bytes takes long on a slow link.
const LARGE: u64 = 2 << 20;
/// A file of more bytes is left out.
const TOO_LARGE: u64 = 10 << 20;

/// The files that a form's labels name.
pub fn files_of(form: &Form, path: &Path) -> Beside {
    let mut found = Beside::default();
    for name in form.media_files() {
        match file(path, &name, &mut found.warnings) {
            Ok(file) => found.files.push(file),
            Err(why) => found
                .warnings
                .push(format!("{why}; the form is published without it")),
        }
    }
    found
}

/// One file, or why it can't be published.
fn file(form: &Path, name: &str, warnings: &mut Vec<String>) -> Result<LabelFile, String> {
    if !is_plain_name(name) {
        return Err(format!("'{name}' is no plain name of a file"));
    }
    let Some(path) = beside(form, name) else {
        let folders = folders_beside(form);
        let near = near(&folders, name).map_or_else(String::new, |near| format!(" (there is '{near}')"));
        let places: Vec<String> = folders
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        return Err(format!(
            "the file '{name}' is missing{near}: looked in {}",
            places.join(", ")
        ));
    };
    let fault = |error: std::io::Error| format!("can't read '{}': {error}", path.display());
    let size = path.metadata().map_err(fault)?.len();
    if size > TOO_LARGE {
        return Err(format!(
            "'{name}' has {} MB, and more than {} MB are too much for a phone: make it smaller",
            size >> 20,
            TOO_LARGE >> 20
        ));
    }
    let bytes = std::fs::read(&path).map_err(fault)?;
    let kind = kind(&bytes, name).ok_or_else(|| {
        if is_svg(&bytes) {
            return format!("'{name}' is an SVG, which can carry programs: save it as PNG or WebP");
        }
        format!("'{name}' is none of PNG, JPEG, GIF, WebP, MP3, M4A, OGG, WAV, MP4, 3GP, WebM")
    })?;
    if size > LARGE {
        warnings.push(format!(
            "'{name}' has {:.1} MB: on a slow link people wait minutes for it",
            size as f64 / f64::from(1 << 20)
        ));
    }
    Ok(LabelFile {
        name: name.to_owned(),
        digest: hex(&Sha256::digest(&bytes)),
        kind: kind.to_owned(),
        bytes,
    })
}

/// A file whose name differs in capitals alone, which some systems take for the same.
fn near(folders: &[PathBuf], name: &str) -> Option<String> {
    let entries = folders
        .iter()
        .filter_map(|folder| folder.read_dir().ok())
        .flatten();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .into_iter()
        .find(|near| near.to_lowercase() == name.to_lowercase())
}

/// The content type, by how the bytes begin; the ending only tells sound from film where one container holds both.
pub fn kind(bytes: &[u8], name: &str) -> Option<&'static str> {
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(magic));
    let is_sound = matches!(ending.as_str(), "m4a" | "m4b" | "weba" | "oga" | "mp3");
    Some(match bytes {
        _ if at(0, b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if at(0, b"\xff\xd8\xff") => "image/jpeg",
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => "image/gif",
        _ if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        _ if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        _ if at(0, b"OggS") && ending == "ogv" => "video/ogg",
        _ if at(0, b"OggS") => "audio/ogg",
        _ if at(0, b"ID3") => "audio/mpeg",
        _ if at(4, b"ftyp") && (is_sound || at(8, b"M4A")) => "audio/mp4",
        _ if at(4, b"ftyp3g") => "video/3gpp",
        _ if at(4, b"ftyp") => "video/mp4",
        _ if at(0, b"\x1a\x45\xdf\xa3") && is_sound => "audio/webm",
        _ if at(0, b"\x1a\x45\xdf\xa3") => "video/webm",
        [0xff, second, ..] if is_mpeg_audio(*second) => "audio/mpeg",
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] => "audio/aac",
        _ => return None,
    })
}

/// The second byte of a frame: bits of 1 to complete eleven, then a version, then layer II or III (ISO 11172-3).
fn is_mpeg_audio(second: u8) -> bool {
    second & 0xe0 == 0xe0 && second & 0x18 != 0x08 && matches!(second & 0x06, 0x02 | 0x04)
}

fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_lowercase();
    head.contains("<svg") || head.contains("<!doctype svg")
}

#[cfg(test)]
mod tests {
    use super::{is_svg, kind};

    #[test]
    fn files_are_what_they_begin_with() {
        for (bytes, name, wanted) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "a.png", Some("image/png")),
            (b"\x89PNG\r\n\x1a\n....", "a.mp3", Some("image/png")),
            (b"\xff\xd8\xff\xe0", "a.jpg", Some("image/jpeg")),
            (b"GIF89a", "a.gif", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", Some("audio/wav")),
            (b"ID3\x04", "a.mp3", Some("audio/mpeg")),
            (b"\xff\xfb\x90\x64", "a.mp3", Some("audio/mpeg")),
            (b"\xff\xf1\x50\x80", "a.aac", Some("audio/aac")),
            (b"OggS\0\x02", "a.ogg", Some("audio/ogg")),
            (b"\0\0\0\x20ftypM4A ", "a.m4a", Some("audio/mp4")),
            (b"\0\0\0\x20ftypisom", "a.m4a", Some("audio/mp4")),
            (b"\0\0\0\x20ftypisom", "a.mp4", Some("video/mp4")),
            (b"\0\0\0\x20ftyp3gp4", "a.3gp", Some("video/3gpp")),
            (b"\x1a\x45\xdf\xa3", "a.webm", Some("video/webm")),
            (b"\xff\xfe<\0", "a.mp3", None),
            (b"<html><script>", "a.png", None),
            (b"<svg xmlns='x'>", "a.svg", None),
            (b"", "a.png", None),
        ] {
            assert_eq!(kind(bytes, name), wanted, "{name} {bytes:?}");
        }
        assert!(is_svg(b"<?xml version='1.0'?>\n<svg/>") && !is_svg(b"<html>"));
    }
}
