//! Running a survey: it is paused, goes on, is closed, and has rounds; and nothing that people answered gets lost by it.

#[path = "../desk/person.rs"]
mod person;

mod in_the_browser;
mod paused;
mod rounds;

use anyhow::{Result, ensure};
use baraza_tests::{Server, baraza, told};
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;

/// A survey in two areas and two languages.
const FORM: &str = "\
| survey   |                |        |                     |                     |              |          |
|          | type           | name   | label::English (en) | label::العربية (ar) | baraza::role | required |
|          | select_one a   | area   | Where are you?      | أين أنت؟            | area         | yes      |
|          | select_one g   | sex    | Gender              | الجنس               | gender       |          |
|          | text           | more   | Anything else?      | شيء آخر؟            |              |          |
| choices  |                |        |                     |                     |
|          | list_name      | name   | label::English (en) | label::العربية (ar) |
|          | a              | north  | In the north        | في الشمال           |
|          | a              | south  | In the south        | في الجنوب           |
|          | g              | woman  | Woman               | امرأة               |
|          | g              | man    | Man                 | رجل                 |
| settings |                |        |                     |                     |
|          | form_id        | version | form_title::English (en) | form_title::العربية (ar) |
|          | market         | 1      | At the market       | في السوق            |
";

/// Runs a command and wants it done.
fn done(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = baraza(folder, arguments);
    ensure!(output.status.success(), "{arguments:?}: {}", told(&output));
    Ok(told(&output))
}

/// The moment so many minutes from now, as a phone writes it.
fn minutes(from_now: i64) -> Result<String> {
    let database = rusqlite::Connection::open_in_memory()?;
    let wanted = format!("{from_now} minutes");
    Ok(database.query_row(
        "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1)",
        [wanted],
        |row| row.get(0),
    )?)
}

/// Sends a response that was begun at a moment, and gives the rules of its flags.
fn send(server: &Server, folder: &Path, started: &str, answers: &Value) -> Result<Vec<String>> {
    let instance = Uuid::new_v4().to_string();
    let body = json!({
        "form": "market", "version": "1", "instance_id": instance, "started": started, "finished": started,
        "language": "en", "answers": answers,
    });
    let (status, said) = server.post("market", "application/json", body.to_string().as_bytes())?;
    ensure!(
        (status, &said["status"]) == (200, &json!("stored")),
        "{status} {said}"
    );
    let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
    let flags: String = database.query_row(
        "SELECT flags FROM response WHERE instance_id = ?1",
        [instance],
        |row| row.get(0),
    )?;
    let flags: Vec<Value> = serde_json::from_str(&flags)?;
    Ok(flags
        .iter()
        .filter_map(|flag| flag["rule"].as_str().map(String::from))
        .collect())
}
