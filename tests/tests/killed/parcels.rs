//! What is sent: each by a number, from which its content follows, so that a number is all that has to be kept of it.

use baraza_forms::hex;
use baraza_tests::load;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;

/// Makes the instance IDs.
const RUN: u32 = 7;
/// Files in pieces come in so many.
const PIECES: usize = 3;

/// The second survey: with photos.
pub const PICTURES: &str = "\
| survey   |          |         |          |
|          | type     | name    | label    |
|          | text     | place   | Place    |
|          | image    | photo   | A photo  |
| settings |          |         |
|          | form_id  | version |
|          | pictures | 1       |
";

/// What goes in one request, or in one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parcel {
    /// A response on its own.
    Response(u64),
    /// One that is known to be there: its acknowledgement was lost, says the phone.
    Known(u64),
    /// Responses in one request.
    Batch {
        /// The first one's number.
        first: u64,
        /// How many.
        count: u64,
        /// Compressed.
        packed: bool,
    },
    /// A file at once.
    File(u64),
    /// A file in pieces.
    Pieces {
        /// Its number.
        number: u64,
        /// Bytes of it that were acknowledged.
        acknowledged: usize,
    },
}

impl Parcel {
    /// The parcel that begins at a number: mostly responses, with everything else between them.
    pub fn at(number: u64) -> Self {
        match number % 64 {
            10 => Self::File(number),
            11 => Self::Pieces {
                number,
                acknowledged: 0,
            },
            12..=20 => Self::Batch {
                first: number,
                count: 5,
                packed: false,
            },
            21..=23 => Self::Batch {
                first: number,
                count: 20,
                packed: true,
            },
            _ => Self::Response(number),
        }
    }

    /// Where the next one begins.
    pub fn next(&self) -> u64 {
        match self {
            Self::Response(number)
            | Self::Known(number)
            | Self::File(number)
            | Self::Pieces { number, .. } => number + 1,
            Self::Batch { first, count, .. } => first + count,
        }
    }

    /// The numbers of its responses.
    pub fn responses(&self) -> std::ops::Range<u64> {
        match self {
            Self::Response(number) | Self::Known(number) => *number..number + 1,
            Self::Batch { first, count, .. } => *first..first + count,
            Self::File(_) | Self::Pieces { .. } => 0..0,
        }
    }

    /// The number of its file.
    pub fn file(&self) -> Option<u64> {
        match self {
            Self::File(number) | Self::Pieces { number, .. } => Some(*number),
            _ => None,
        }
    }
}

/// Which survey a response is to.
pub fn survey(number: u64) -> &'static str {
    if number.is_multiple_of(8) {
        "pictures"
    } else {
        "household"
    }
}

/// A response's instance ID.
pub fn instance_id(number: u64) -> String {
    load::instance_id(RUN, number).to_string()
}

/// A response as it is sent.
pub fn body(number: u64) -> String {
    if survey(number) == "household" {
        return load::body(RUN, number);
    }
    json!({"form": "pictures", "version": "1", "instance_id": instance_id(number),
        "started": "2026-08-21T10:11:12.000+03:00", "finished": "2026-08-21T10:31:12.000+03:00", "language": "en",
        "answers": {"place": format!("Village {number}"), "photo": file_name(number)}})
    .to_string()
}

/// Its answers, as they are to be found again.
pub fn answers(number: u64) -> Value {
    let body: Value = serde_json::from_str(&body(number)).expect("made above");
    body["answers"].clone()
}

/// Responses in one request.
pub fn lines(first: u64, count: u64, packed: bool) -> Vec<u8> {
    let lines: String = (first..first + count).map(|number| body(number) + "\n").collect();
    if !packed {
        return lines.into_bytes();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(lines.as_bytes()).expect("memory");
    gzip.finish().expect("memory")
}

/// A file's bytes: 2 to 130 KB, so that some wait in memory and some on the disk.
pub fn file(number: u64) -> Vec<u8> {
    let size = 2000 + number.wrapping_mul(7919) % 130_000;
    (0..size)
        .map(|place| (place.wrapping_add(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
        .collect()
}

/// What it is called.
pub fn file_name(number: u64) -> String {
    name_of(&file(number))
}

/// What bytes are called.
pub fn name_of(bytes: &[u8]) -> String {
    format!("{}.jpg", hex(&Sha256::digest(bytes)))
}

/// How long a piece of a file is.
pub fn piece(size: usize) -> usize {
    size.div_ceil(PIECES)
}
