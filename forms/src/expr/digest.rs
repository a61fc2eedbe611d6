//! `digest()` and `base64-decode()`.

use crate::hex::hex;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::Digest;

/// Padding may be missing, as people cut it off.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The hash of a text's UTF-8 bytes; blank where algorithm or encoding is unknown.
/// Names as in XForms 1.1, section 7.8.1.
pub(super) fn digest(text: &str, algorithm: &str, encoding: &str) -> String {
    let bytes = match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => md5::Md5::digest(text).to_vec(),
        "SHA-1" => sha1::Sha1::digest(text).to_vec(),
        "SHA-256" => sha2::Sha256::digest(text).to_vec(),
        "SHA-384" => sha2::Sha384::digest(text).to_vec(),
        "SHA-512" => sha2::Sha512::digest(text).to_vec(),
        _ => return String::new(),
    };
    match encoding.to_ascii_lowercase().as_str() {
        "base64" => BASE64.encode(bytes),
        "hex" => hex(&bytes),
        _ => String::new(),
    }
}

/// The text that base64 stands for; blank where it is none.
pub(super) fn base64_decode(text: &str) -> String {
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = BASE64.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The first eight bytes of a text's SHA-256 as a number with sign, from which JavaRosa makes seeds of words.
pub(super) fn number_of_hash(text: &str) -> i64 {
    let hash = sha2::Sha256::digest(text);
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}
