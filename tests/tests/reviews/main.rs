//! Corrections, states and comments: a coordinator at work, and what an analyst, an enumerator and an auditor see of it.

mod correcting;
mod counting;
mod reviewing;
mod together;

use anyhow::{Context, Result, ensure};
use baraza_tests::field::{response, said};
use baraza_tests::{Server, baraza, csv_rows, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

/// Instance IDs that begin differently, and two that begin alike.
const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const C: &str = "cccccccc-0000-4000-8000-000000000003";
const C2: &str = "cccccccc-0000-4000-8000-000000000004";

fn send(server: &Server, id: &str, answers: &Value) -> Result<u16> {
    let body = response("market", id, answers).to_string();
    Ok(server.post("market", "application/json", body.as_bytes())?.0)
}

fn person(sex: &str, years: u32) -> Value {
    json!({"agreed": "yes", "sex": sex, "years": years})
}

/// Runs `baraza responses …` and wants it done.
fn done(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = responses(folder, arguments);
    ensure!(output.status.success(), "{arguments:?}: {}", told(&output));
    Ok(told(&output))
}

fn responses(folder: &Path, arguments: &[&str]) -> Output {
    baraza(folder, &[&["responses"], arguments].concat())
}

/// Runs it and wants it refused with these words, nothing written.
fn refused(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) -> Result<()> {
    let before = written(folder)?;
    let output = responses(folder, arguments);
    ensure!(
        output.status.code() == Some(code),
        "{arguments:?}: {:?} {}",
        output.status,
        told(&output)
    );
    for words in words {
        ensure!(
            told(&output).contains(words),
            "{arguments:?}, wanted {words:?}: {}",
            told(&output)
        );
    }
    ensure!(written(folder)? == before, "{arguments:?} wrote something");
    Ok(())
}

/// How many corrections, reviews and entries of the audit log there are.
fn written(folder: &Path) -> Result<(i64, i64, i64)> {
    let query = "SELECT (SELECT count(*) FROM correction), (SELECT count(*) FROM review), (SELECT count(*) FROM audit)";
    let database = Connection::open(folder.join("baraza.db"))?;
    Ok(database.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

fn show(folder: &Path, id: &str) -> Result<Value> {
    said(folder, &["responses", "show", id])
}

fn audit(folder: &Path) -> Result<Vec<(String, String, String, Value)>> {
    let database = Connection::open(folder.join("baraza.db"))?;
    let mut statement = database.prepare("SELECT by, action, survey, detail FROM audit ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let detail: String = row.get(3)?;
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            serde_json::from_str(&detail).unwrap_or_default(),
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A row of an export by its instance ID.
fn exported(folder: &Path, id: &str, more: &[&str]) -> Result<std::collections::BTreeMap<String, String>> {
    let output = baraza(folder, &[&["export", "--out", "e.csv"], more].concat());
    ensure!(output.status.success(), "{}", told(&output));
    let rows = csv_rows(&folder.join("e.csv"))?;
    rows.into_iter()
        .find(|row| row["instance_id"] == id)
        .context("the row")
}
