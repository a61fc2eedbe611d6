//! The ways to hang up: in which request, where in it, and how.

use anyhow::Result;
use baraza_forms::hex;
use baraza_tests::load;
use baraza_tests::wire::{Wire, chunked, head, request};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::time::Duration;

/// Makes the instance IDs.
const RUN: u32 = 11;
/// Responses in a batch.
const BATCH: u64 = 3;
/// Bytes of a file: more than stay in memory while it arrives.
const FILE: usize = 90_000;

/// The request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Response,
    LargeResponse,
    Batch,
    PackedBatch,
    ChunkedBatch,
    File,
    Piece,
}

const KINDS: [Kind; 7] = [
    Kind::Response,
    Kind::LargeResponse,
    Kind::Batch,
    Kind::PackedBatch,
    Kind::ChunkedBatch,
    Kind::File,
    Kind::Piece,
];

/// Where in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    MidHead,
    MidBody,
    /// All of it was sent, and the answer is not waited for.
    BeforeAnswer,
}

const PLACES: [Place; 3] = [Place::MidHead, Place::MidBody, Place::BeforeAnswer];

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// FIN both ways.
    Closed,
    /// FIN one way: the client still listens for a while.
    HalfClosed,
    /// RST.
    Reset,
}

const ENDINGS: [Ending; 3] = [Ending::Closed, Ending::HalfClosed, Ending::Reset];

/// One client that hangs up.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub number: u64,
    pub kind: Kind,
    pub place: Place,
    pub ending: Ending,
}

impl Way {
    /// All ways come in turn.
    pub fn of(number: u64) -> Self {
        let pick = number as usize;
        Self {
            number,
            kind: KINDS[pick % KINDS.len()],
            place: PLACES[pick / KINDS.len() % PLACES.len()],
            ending: ENDINGS[pick / KINDS.len() / PLACES.len() % ENDINGS.len()],
        }
    }

    /// Numbers of the responses in the request.
    pub fn responses(&self) -> std::ops::Range<u64> {
        let first = self.number * BATCH;
        match self.kind {
            Kind::Response | Kind::LargeResponse => first..first + 1,
            Kind::Batch | Kind::PackedBatch | Kind::ChunkedBatch => first..first + BATCH,
            Kind::File | Kind::Piece => 0..0,
        }
    }

    /// The name of the file in it.
    pub fn file(&self) -> Option<String> {
        matches!(self.kind, Kind::File | Kind::Piece).then(|| name_of(&file(self.number)))
    }

    /// Head and body as they go over the wire.
    pub fn request(&self) -> (Vec<u8>, Vec<u8>) {
        let ndjson = ("content-type", "application/x-ndjson");
        let lines = || -> String { self.responses().map(|n| load::body(RUN, n) + "\n").collect() };
        let (method, path, headers, body) = match self.kind {
            Kind::Response => {
                let body = load::body(RUN, self.number * BATCH).into_bytes();
                ("POST", load::PATH.to_owned(), vec![JSON], body)
            }
            Kind::LargeResponse => {
                let note = format!("\"q_note\":\"{}", "and more; ".repeat(3000));
                let body = load::body(RUN, self.number * BATCH).replace("\"q_note\":\"", &note);
                ("POST", load::PATH.to_owned(), vec![JSON], body.into_bytes())
            }
            Kind::Batch => ("POST", BATCHES.to_owned(), vec![ndjson], lines().into_bytes()),
            Kind::PackedBatch => {
                let headers = vec![ndjson, ("content-encoding", "gzip")];
                ("POST", BATCHES.to_owned(), headers, gzip(lines().as_bytes()))
            }
            Kind::ChunkedBatch => {
                let headers = [ndjson, ("transfer-encoding", "chunked")];
                let body = chunked(lines().as_bytes(), 500);
                return (head("POST", BATCHES, &headers), body);
            }
            Kind::File => {
                let bytes = file(self.number);
                ("PUT", address(&bytes), Vec::new(), bytes)
            }
            Kind::Piece => {
                let bytes = file(self.number);
                let headers = vec![
                    ("content-type", "application/partial-upload"),
                    ("upload-offset", "0"),
                    ("upload-length", "90000"),
                ];
                ("PATCH", address(&bytes), headers, bytes)
            }
        };
        let whole = request(method, &path, &headers, &body);
        let (head, body) = whole.split_at(whole.len() - body.len());
        (head.to_vec(), body.to_vec())
    }

    /// Sends what is to be sent of it, and hangs up after a pause.
    pub async fn hang_up(&self, port: u16, share: f64, pause: Duration) -> Result<()> {
        let (head, body) = self.request();
        // Never the last byte: what was not wholly sent must not be stored.
        let part = |bytes: &[u8]| ((bytes.len() - 1) as f64 * share) as usize;
        let mut wire = Wire::open(port).await?;
        let sent = match self.place {
            Place::MidHead => head[..part(&head)].to_vec(),
            Place::MidBody => [&head[..], &body[..part(&body)]].concat(),
            Place::BeforeAnswer => [head, body].concat(),
        };
        // The server may have had enough already.
        let _ = wire.send(&sent).await;
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        match self.ending {
            Ending::Closed => {}
            Ending::HalfClosed => {
                let _ = wire.half_close().await;
                wire.is_ended_within(Duration::from_secs(1)).await;
            }
            Ending::Reset => wire.reset()?,
        }
        Ok(())
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");
const BATCHES: &str = "/api/responses";

/// Instance ID of a response by its number.
pub fn instance_id(number: u64) -> String {
    load::instance_id(RUN, number).to_string()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

fn file(number: u64) -> Vec<u8> {
    let mut bytes = vec![(number % 251) as u8; FILE];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}

fn name_of(bytes: &[u8]) -> String {
    format!("{}.jpg", hex(&Sha256::digest(bytes)))
}

fn address(bytes: &[u8]) -> String {
    format!("/api/surveys/pictures/media/{}", name_of(bytes))
}
