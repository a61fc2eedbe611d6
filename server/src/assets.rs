//! What the phone and the browser load, embedded into the binary.

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "*.html"]
struct Web;

/// The prefix of all asset addresses; it changes with any byte of them, so that phones may keep them for ever.
pub fn prefix() -> &'static str {
    static PREFIX: OnceLock<String> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let mut hash = Sha256::new();
        let mut names: Vec<_> = Web::iter().collect();
        names.sort();
        for name in names {
            hash.update(name.as_bytes());
            if let Some(file) = Web::get(&name) {
                hash.update(&file.data);
            }
        }
        let digest = hash.finalize();
        format!("/a/{}", digest[..8].iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
    })
}

/// A file and its content type.
pub fn get(name: &str) -> Option<(Cow<'static, [u8]>, &'static str)> {
    let file = Web::get(name)?;
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    Some((file.data, kind))
}
