//! What phones could not send at once: many responses in one request, files in pieces over connections that break,
//! outbox files carried by hand. Whatever comes twice is there once, and whatever can be taken is taken.

mod batch;
mod by_hand;
mod pieces;

use anyhow::Result;
use baraza_forms::hex;
use baraza_tests::{Server, baraza, told};
use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use uuid::Uuid;

const MB: usize = 1 << 20;
const PIECE: usize = 256 << 10;

/// A form that asks for an age and a photo.
fn form(id: &str) -> String {
    format!(
        "| survey   |              |         |          |            |               |
         |          | type         | name    | label    | constraint | baraza::role  |
         |          | select_one y | consent | Consent? |            | consent       |
         |          | integer      | age     | Age      | . < 120    |               |
         |          | image        | photo   | A photo  |            |               |
         | choices  |              |         |          |            |               |
         |          | list_name    | name    | label    |            |               |
         |          | y            | yes     | Yes      |            |               |
         |          | y            | no      | No       |            |               |
         | settings |              |         |          |            |               |
         |          | form_id      | version |          |            |               |
         |          | {id}         | 1       |          |            |               |"
    )
}

/// Two surveys, `home` and `farm`.
fn publish(folder: &Path) -> Result<()> {
    for id in ["home", "farm"] {
        std::fs::write(folder.join(format!("{id}.md")), form(id))?;
        let published = baraza(folder, &["publish", &format!("{id}.md")]);
        anyhow::ensure!(published.status.success(), "{}", told(&published));
    }
    Ok(())
}

fn serve(folder: &Path) -> Result<Server> {
    publish(folder)?;
    Server::start(folder, &[])
}

fn response(survey: &str, id: &str, answers: &Value) -> Value {
    json!({"form": survey, "version": "1", "instance_id": id, "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": answers})
}

fn fresh() -> String {
    Uuid::new_v4().to_string()
}

fn aged(age: u32) -> Value {
    response("home", &fresh(), &json!({"consent": "yes", "age": age}))
}

fn lines(responses: &[Value]) -> Vec<u8> {
    responses
        .iter()
        .map(|response| format!("{response}\n"))
        .collect::<String>()
        .into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

/// Headers of a request.
type Headers<'a> = &'a [(&'a str, &'a str)];

const PACKED: [(&str, &str); 1] = [("content-encoding", "gzip")];

fn name_of(bytes: &[u8]) -> String {
    format!("{}.jpg", hex(&Sha256::digest(bytes)))
}

/// Bytes that no two places share.
fn film(size: usize) -> Vec<u8> {
    (0..size as u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// The statuses of a request's lines, and the codes of those that were turned away.
fn statuses(reply: &Value) -> Vec<String> {
    let lines = reply["responses"].as_array().cloned().unwrap_or_default();
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines
        .iter()
        .map(|line| {
            format!("{} {}", word(line, "status"), word(line, "code"))
                .trim()
                .to_owned()
        })
        .collect()
}

fn count(folder: &Path, query: &str) -> Result<i64> {
    Ok(Connection::open(folder.join("baraza.db"))?.query_row(query, [], |row| row.get(0))?)
}

fn responses(folder: &Path) -> Result<i64> {
    count(folder, "SELECT count(*) FROM response")
}

fn files(folder: &Path) -> Result<i64> {
    count(folder, "SELECT count(*) FROM media")
}

fn raw(server: &Server, request: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://"))?;
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5)))?;
    stream.write_all(request)?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
