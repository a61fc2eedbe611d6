//! What somebody may send on purpose, and what has to come of it: a status that says what is wrong, nothing half
//! stored, memory that stays flat, and everybody else served. Never a 5xx but the honest 503.
//!
//! What is no response at all is in `bad_input.rs`; batches and pieces are in `intake/`, files in `media.rs`.

mod flood;
mod ids;
mod lengths;
mod slow;
mod values;

use anyhow::{Result, ensure};
use baraza_tests::wire::{Answer, Wire, request};
use baraza_tests::{Server, baraza, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::{TempDir, tempdir};
use uuid::Uuid;

const MB: usize = 1 << 20;
const JSON: (&str, &str) = ("content-type", "application/json");
const LINES: (&str, &str) = ("content-type", "application/x-ndjson");

fn form(id: &str) -> String {
    format!(
        "| survey   |         |       |         |            |
         |          | type    | name  | label   | constraint |
         |          | integer | age   | Age     | . < 120    |
         |          | decimal | share | Share   |            |
         |          | date    | day   | Day     |            |
         |          | text    | words | Words   |            |
         |          | image   | photo | A photo |            |
         | settings |         |       |         |            |
         |          | form_id | version |     |            |
         |          | {id}    | 1     |         |            |"
    )
}

/// Two surveys, `home` and `farm`.
fn serve(more: &[&str]) -> Result<(TempDir, Server)> {
    let folder = tempdir()?;
    for id in ["home", "farm"] {
        std::fs::write(folder.path().join(format!("{id}.md")), form(id))?;
        let published = baraza(folder.path(), &["publish", &format!("{id}.md")]);
        ensure!(published.status.success(), "{}", told(&published));
    }
    let server = Server::start(folder.path(), more)?;
    Ok((folder, server))
}

fn response(survey: &str, id: &str, answers: &Value) -> Value {
    json!({"form": survey, "version": "1", "instance_id": id, "started": "2026-08-21T10:00:00Z",
        "finished": "2026-08-21T10:05:00Z", "language": "en", "answers": answers})
}

fn fresh() -> String {
    Uuid::new_v4().to_string()
}

/// A request with one response.
fn post(survey: &str, body: &[u8]) -> Vec<u8> {
    request("POST", &format!("/api/surveys/{survey}/responses"), &[JSON], body)
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

/// Sends all requests at once, each on a connection of its own.
async fn all_at_once(port: u16, requests: Vec<Vec<u8>>) -> Result<Vec<Answer>> {
    let senders: Vec<_> = requests
        .into_iter()
        .map(|request| {
            tokio::task::spawn_local(async move {
                let mut wire = Wire::open(port).await?;
                wire.ask(&request).await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for sender in senders {
        answers.push(sender.await??);
    }
    Ok(answers)
}

fn count(folder: &Path, query: &str) -> Result<i64> {
    Ok(Connection::open(folder.join("baraza.db"))?.query_row(query, [], |row| row.get(0))?)
}

fn responses(folder: &Path) -> Result<usize> {
    Ok(count(folder, "SELECT count(*) FROM response")?.try_into()?)
}

/// No request ended in a panic.
fn is_calm(folder: &Path) -> Result<()> {
    let log = std::fs::read_to_string(folder.join("serve.log"))?;
    ensure!(!log.contains("panicked"), "{log}");
    Ok(())
}
