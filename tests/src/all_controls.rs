//! The form of `tests/forms/all-controls.md` with the files it names, made here.

use crate::server::{Server, baraza, csv_rows};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// A red dot, the smallest picture there is.
const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xfc\xcf\xc0P\x0f\0\x04\x85\x01\x80\x84\xa9\x8c!\0\0\0\0IEND\xaeB`\x82";

/// Four seconds of a hum: 8-bit mono at 8000 samples a second, as RIFF files begin.
fn hum() -> Vec<u8> {
    let samples: Vec<u8> = (0..32_000_u32).map(|n| 96 + (n % 64) as u8).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
}

/// 5,000 villages, some with accents.
fn villages() -> String {
    let mut rows = String::from("name,label\n");
    for n in 0..5000 {
        let first = ["Ngara", "Élevé", "Kisumu", "São", "Mwanza", "Al"][n % 6];
        let second = ["North", "South", "Dodoma", "Tomé", "El Fasher"][n % 5];
        writeln!(rows, "v{n},{first} {second} {n}").expect("texts take everything");
    }
    rows
}

/// The form with its files in a folder, served.
///
/// Gives the folder, the server and the address of the survey in English.
pub fn serve_all_controls() -> Result<(TempDir, Server, String)> {
    let folder = tempdir()?;
    let form = Path::new(env!("CARGO_MANIFEST_DIR")).join("forms/all-controls.md");
    std::fs::copy(form, folder.path().join("all-controls.md"))?;
    std::fs::write(folder.path().join("face.png"), DOT)?;
    std::fs::write(folder.path().join("beep.wav"), hum())?;
    std::fs::write(folder.path().join("villages.csv"), villages())?;
    let server = Server::start(folder.path(), &["--form", "all-controls.md"])?;
    let address = format!("{}/s/all-controls?lang=en", server.url);
    Ok((folder, server, address))
}

/// The only response of a database, as the export tells it.
pub fn exported(folder: &Path) -> Result<BTreeMap<String, String>> {
    let export = baraza(folder, &["export", "--out", "r.csv"]);
    anyhow::ensure!(
        export.status.success(),
        "{}",
        String::from_utf8_lossy(&export.stderr)
    );
    csv_rows(&folder.join("r.csv"))?
        .into_iter()
        .next()
        .context("no response")
}
