//! What the phone and the browser load: made small by `build/`, embedded into the binary, compressed once.

use baraza_forms::hex;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web/"]
struct Web;

/// A file as it is sent.
pub struct Asset {
    /// Its content type.
    pub kind: &'static str,
    plain: Vec<u8>,
    gzip: OnceLock<Vec<u8>>,
    brotli: OnceLock<Vec<u8>>,
}

fn all() -> &'static BTreeMap<String, Asset> {
    static ALL: OnceLock<BTreeMap<String, Asset>> = OnceLock::new();
    ALL.get_or_init(|| {
        let file = |name: &str| {
            Web::get(name)
                .map(|file| file.data.into_owned())
                .unwrap_or_default()
        };
        Web::iter()
            .map(|name| (name.to_string(), asset(&name, file(&name))))
            .collect()
    })
}

fn asset(name: &str, plain: Vec<u8>) -> Asset {
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    Asset {
        kind,
        plain,
        gzip: OnceLock::new(),
        brotli: OnceLock::new(),
    }
}

/// The prefix of all asset addresses; it changes with any byte of them, so that phones may keep them for ever.
pub fn prefix() -> &'static str {
    static PREFIX: OnceLock<String> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let mut hash = Sha256::new();
        // Another text here makes another version of the same files, for trying out updates.
        hash.update(std::env::var("BARAZA_ASSETS_MARK").unwrap_or_default());
        for (name, asset) in all() {
            hash.update(name.as_bytes());
            hash.update(&asset.plain);
        }
        let digest = hash.finalize();
        format!("/a/{}", hex(&digest[..8]))
    })
}

/// The service worker's script, which names the prefix.
pub fn service_worker() -> String {
    let script = get("sw.js").map(|asset| String::from_utf8_lossy(&asset.plain));
    script.unwrap_or_default().replace("{{assets}}", prefix())
}

/// A file by its name.
pub fn get(name: &str) -> Option<&'static Asset> {
    all().get(name)
}

/// The names of all files.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().keys().map(String::as_str)
}

impl Asset {
    /// The bytes as they are.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// The bytes in the smallest form that a client accepts, and the name of that form. Each form is made once.
    pub fn encoded(&'static self, accepted: &str) -> (Option<&'static str>, &'static [u8]) {
        let accepts = |form: &str| {
            accepted
                .split(',')
                .any(|a| a.trim().split(';').next() == Some(form))
        };
        if accepts("br") {
            (Some("br"), self.brotli.get_or_init(|| brotli(&self.plain)))
        } else if accepts("gzip") {
            (Some("gzip"), self.gzip.get_or_init(|| gzip(&self.plain)))
        } else {
            (None, &self.plain)
        }
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // Writing into memory does not fail.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default()
}

fn brotli(plain: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 11, 18);
    let _ = encoder.write_all(plain);
    drop(encoder);
    out
}
