//! What the phone and the browser load, embedded into the binary and made small once.

use baraza_forms::hex;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "web/"]
#[exclude = "*.html"]
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

fn asset(name: &str, data: Vec<u8>) -> Asset {
    let (kind, plain) = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => ("text/javascript", without_comments(&data)),
        Some("css") => ("text/css", without_comments(&data)),
        Some("json") => ("application/json", data),
        Some("svg") => ("image/svg+xml", data),
        _ => ("application/octet-stream", data),
    };
    Asset {
        kind,
        plain,
        gzip: OnceLock::new(),
        brotli: OnceLock::new(),
    }
}

/// Phones don't read comments: lines that are nothing else, and the spaces before the others, stay here.
/// A test holds the sources to what this can tell apart: no text goes over several lines.
fn without_comments(source: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    let mut in_comment = false;
    for line in String::from_utf8_lossy(source).lines().map(str::trim) {
        if in_comment || line.starts_with("/*") {
            in_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with("//") {
            out += line;
            out.push('\n');
        }
    }
    out.into_bytes()
}

/// The prefix of all asset addresses; it changes with any byte of them, so that phones may keep them for ever.
pub fn prefix() -> &'static str {
    static PREFIX: OnceLock<String> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let mut hash = Sha256::new();
        for (name, asset) in all() {
            hash.update(name.as_bytes());
            hash.update(&asset.plain);
        }
        let digest = hash.finalize();
        format!("/a/{}", hex(&digest[..8]))
    })
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

#[cfg(test)]
mod tests {
    use super::{Web, without_comments};

    #[test]
    fn comments_stay_here_and_code_goes() {
        let source = b"/** A\n * b */\n// c\nconst a = 1; // kept\n  if (a) b();\n";
        assert_eq!(without_comments(source), b"const a = 1; // kept\nif (a) b();\n");
    }

    /// The stripper sees lines, not JavaScript: a text over several lines could hold what looks like a comment.
    #[test]
    fn no_text_in_the_sources_goes_over_several_lines() {
        for name in Web::iter().filter(|name| name.ends_with(".js")) {
            let source = Web::get(&name).expect("a file of our own").data;
            for (number, line) in String::from_utf8_lossy(&source).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let ticks = code.matches('`').count();
                let is_comment = line.trim_start().starts_with(['*', '/']);
                assert!(
                    is_comment || ticks % 2 == 0,
                    "{name}:{}: a template over several lines",
                    number + 1
                );
            }
        }
    }
}
