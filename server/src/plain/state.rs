//! What travels from page to page in a hidden field: the server keeps nothing between two pages.
//!
//! Whoever fills the form may read and change it, as they may write to the API whatever they like: it is taken apart
//! strictly, within bounds, and its answers are evaluated again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use uuid::Uuid;

/// The most bytes that a state has once it is unpacked: as many as a response may have.
const MOST: u64 = 1 << 20;

/// Why a state can't be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoState {
    /// Larger than any response may be.
    #[error("the answers are more than a response may hold")]
    TooLarge,
    /// Not made here, or damaged on the way.
    #[error("the page's own data can't be read")]
    Damaged,
}

/// A response being filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The response's own UUID, made when it was begun: sending twice is sending once.
    pub instance: Uuid,
    /// Version of the form that it was begun with.
    pub version: String,
    /// Moment at which it was begun.
    pub started: String,
    /// Moment at which the review was shown, which a second tap on 'send' must not change.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub finished: String,
    /// Position of the language.
    pub language: usize,
    /// Which screen is shown.
    pub at: String,
    /// Its position, should there be no such screen any more.
    pub place: usize,
    /// Answers by key, those that are not relevant now as well.
    pub answers: Map<String, Json>,
    /// What was typed where a number is asked for, and is none; by the field's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub typed: BTreeMap<String, String>,
}

impl State {
    /// As one word for a form's field.
    pub fn pack(&self) -> anyhow::Result<String> {
        let mut small = DeflateEncoder::new(Vec::new(), Compression::best());
        small.write_all(&serde_json::to_vec(self)?)?;
        Ok(URL_SAFE_NO_PAD.encode(small.finish()?))
    }

    /// From that word.
    ///
    /// # Errors
    /// Where it is too large or no state.
    pub fn unpack(packed: &str) -> Result<Self, NoState> {
        let small = URL_SAFE_NO_PAD
            .decode(packed.trim())
            .map_err(|_| NoState::Damaged)?;
        let mut json = Vec::new();
        DeflateDecoder::new(&small[..])
            .take(MOST + 1)
            .read_to_end(&mut json)
            .map_err(|_| NoState::Damaged)?;
        if json.len() as u64 > MOST {
            return Err(NoState::TooLarge);
        }
        serde_json::from_slice(&json).map_err(|_| NoState::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State {
            instance: Uuid::nil(),
            version: "1".into(),
            started: "2026-01-01T00:00:00.000+00:00".into(),
            finished: String::new(),
            language: 0,
            at: "3".into(),
            place: 2,
            answers: serde_json::from_str(r#"{"name": "Åsa \"x\" <b>", "member": [{"age": 3}]}"#)
                .expect("JSON"),
            typed: BTreeMap::from([("q4".into(), "twelve".into())]),
        }
    }

    #[test]
    fn a_state_comes_back_as_it_was() {
        let packed = state().pack().expect("a word");
        assert!(
            packed
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_eq!(State::unpack(&packed), Ok(state()));
        assert_eq!(State::unpack(&format!(" {packed}\r\n")), Ok(state()));
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let packed = state().pack().expect("a word");
        for bad in ["", "%%%", "AAAA", "bm90IGRlZmxhdGVk", &packed[..packed.len() / 2]] {
            assert_eq!(State::unpack(bad), Err(NoState::Damaged), "{bad}");
        }
        let pack = |json: &[u8]| {
            let mut small = DeflateEncoder::new(Vec::new(), Compression::best());
            small.write_all(json).expect("memory");
            URL_SAFE_NO_PAD.encode(small.finish().expect("memory"))
        };
        assert_eq!(State::unpack(&pack(b"{}")), Err(NoState::Damaged));
        assert_eq!(State::unpack(&pack(b"[1, 2]")), Err(NoState::Damaged));
        let more = String::from_utf8(serde_json::to_vec(&state()).expect("JSON")).expect("UTF-8");
        let more = more.replacen('{', r#"{"extra": 1, "#, 1);
        assert_eq!(State::unpack(&pack(more.as_bytes())), Err(NoState::Damaged));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(State::unpack(&pack(deep.as_bytes())), Err(NoState::Damaged));
        // A few bytes that unfold into very many.
        let bomb = pack(&vec![b' '; 16 << 20]);
        assert!(bomb.len() < 1 << 20);
        assert_eq!(State::unpack(&bomb), Err(NoState::TooLarge));
    }
}
