//! What is sent, what the server says to it, and whether it is there.

use anyhow::{Result, ensure};
use baraza_forms::hex;
use baraza_tests::Server;
use baraza_tests::disk::Contents;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Takes responses and files.
pub const FORM: &str = "\
| survey   |         |         |         |
|          | type    | name    | label   |
|          | text    | words   | Words   |
|          | image   | photo   | A photo |
| settings |         |         |
|          | form_id | version |
|          | home    | 1       |
";

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One response.
    Response,
    /// Ten in one request.
    Batch,
    /// A file that waits on the disk while it arrives.
    File,
    /// A file whose first half is there: the second makes it whole.
    Piece,
    /// A file so large that the log is brought into the database after it.
    Film,
}

/// Something that is sent, and can be sent again.
#[derive(Clone, Debug)]
pub struct Item {
    kind: Kind,
    responses: Vec<(String, Value)>,
    bytes: Vec<u8>,
}

/// What the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is stored.
    Stored,
    /// It is to be sent again later.
    Later,
}

/// Bytes of no pattern.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let blocks = (0_u64..).map(|n| Sha256::digest([seed.to_le_bytes(), n.to_le_bytes()].concat()));
    blocks.flat_map(|block| block.to_vec()).take(length).collect()
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config.build().into()
}

impl Item {
    /// Another one with each number.
    pub fn new(kind: Kind, number: u64) -> Self {
        let (responses, bytes) = match kind {
            Kind::Response => (1, 0),
            Kind::Batch => (10, 0),
            Kind::File => (0, 150 << 10),
            Kind::Piece => (0, 60 << 10),
            Kind::Film => (0, 4500 << 10),
        };
        let one = |n: u64| {
            let id = format!("{number:08x}-{n:04x}-4000-8000-00000000{:04x}", kind as u8);
            (
                id,
                json!({ "words": format!("{number} {n} {}", "words ".repeat(80)) }),
            )
        };
        Self {
            kind,
            responses: (0..responses).map(one).collect(),
            bytes: noise(number << 8 | kind as u64, bytes),
        }
    }

    /// What has to be done before, while nothing goes wrong.
    pub fn prepare(&self, server: &Server) -> Result<()> {
        if self.kind == Kind::Piece {
            let half = self.bytes.len() / 2;
            let (status, said) =
                server.patch_media("home", &self.name(), (0, self.bytes.len()), &self.bytes[..half])?;
            ensure!(status == 200, "{said}");
        }
        Ok(())
    }

    /// Sends it; an error where the answer is none that a phone could do something with.
    pub fn send(&self, server: &Server) -> Result<Answer> {
        let url = |path: &str| format!("{}/api{path}", server.url);
        let of_files = url(&format!("/surveys/home/media/{}", self.name()));
        let mut reply = match self.kind {
            Kind::Response => agent()
                .post(url("/surveys/home/responses"))
                .header("content-type", "application/json")
                .send(self.lines()),
            Kind::Batch => agent()
                .post(url("/responses"))
                .header("content-type", "application/x-ndjson")
                .send(self.lines()),
            Kind::File | Kind::Film => agent().put(of_files).send(&self.bytes[..]),
            Kind::Piece => {
                let half = self.bytes.len() / 2;
                agent()
                    .patch(of_files)
                    .header("content-type", "application/partial-upload")
                    .header("upload-offset", half.to_string())
                    .header("upload-length", self.bytes.len().to_string())
                    .send(&self.bytes[half..])
            }
        }?;
        let (status, retries) = (
            reply.status().as_u16(),
            reply.headers().contains_key("retry-after"),
        );
        let said: Value = reply.body_mut().read_json()?;
        let stored = |said: &Value| said["status"] == "stored" || said["status"] == "already_stored";
        let lines = said["responses"].as_array().cloned().unwrap_or_default();
        match status {
            200 if stored(&said) => Ok(Answer::Stored),
            200 if lines.len() == self.responses.len() && lines.iter().all(stored) => Ok(Answer::Stored),
            // In one commit: all of them, or none.
            200 if !lines.is_empty() && lines.iter().all(|line| line["status"] == "later") && retries => {
                Ok(Answer::Later)
            }
            503 if retries => Ok(Answer::Later),
            _ => anyhow::bail!("{status}, Retry-After: {retries}, {said}"),
        }
    }

    /// Whether all of it is there, and whether any of it is; an error where it is another.
    pub fn is_in(&self, contents: &Contents) -> Result<(bool, bool)> {
        let mut there = Vec::new();
        for (id, answers) in &self.responses {
            let found = contents.responses.get(id);
            ensure!(found.is_none_or(|found| found == answers), "{id} is another");
            there.push(found.is_some());
        }
        if !self.bytes.is_empty() {
            let size = contents.files.get(&self.name());
            // Half of it may have come before.
            let before = if self.kind == Kind::Piece {
                self.bytes.len() / 2
            } else {
                0
            };
            there.push(size.is_some_and(|size| *size > before));
            ensure!(
                size.is_none_or(|size| *size == self.bytes.len() || *size == before),
                "{size:?} bytes are there"
            );
        }
        Ok((there.iter().all(|one| *one), there.iter().any(|one| *one)))
    }

    fn name(&self) -> String {
        format!("{}.jpg", hex(&Sha256::digest(&self.bytes)))
    }

    fn lines(&self) -> String {
        let lines = self.responses.iter().map(|(id, answers)| {
            let at = "2026-11-20T10:00:00.000Z";
            json!({"form": "home", "version": "1", "instance_id": id, "started": at, "finished": at, "language": "und",
                "answers": answers})
            .to_string()
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
