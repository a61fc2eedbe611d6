//! An instance ID is recognised wherever it is kept: in memory, in the index, in an older database, and whoever wrote it.

use anyhow::{Context, Result, ensure};
use baraza_tests::load::{self, FORM, Load, PATH, Until};
use baraza_tests::{Server, baraza, free_port, told};
use rusqlite::Connection;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// Instance IDs in memory before they go into their index: few, so that some are here and some there.
const FRESH: (&str, &str) = ("BARAZA_TEST_FRESH_IDS", "40");

/// The database as it was before the index of instance IDs.
const FORMER: [&str; 6] = [
    include_str!("../../server/migrations/0001-start.sql"),
    include_str!("../../server/migrations/0002-files-and-versions.sql"),
    include_str!("../../server/migrations/0003-enumerators-and-quotas.sql"),
    include_str!("../../server/migrations/0004-files-in-pieces.sql"),
    include_str!("../../server/migrations/0005-audit-and-review.sql"),
    include_str!("../../server/migrations/0006-files-come-to.sql"),
];

fn serve(folder: &Path) -> Result<Server> {
    std::fs::write(folder.join("f.md"), FORM)?;
    Server::start_in(folder, free_port(), &["--form", "f.md"], &[FRESH])
}

/// Sends the responses from one number to another; each has to be acknowledged.
fn send(port: u16, from: u64, to: u64) -> Result<()> {
    let sent = load::run(Load {
        port,
        path: PATH,
        connections: 4,
        run: 1,
        first: from,
        until: Until::Sent(to - from),
    })?;
    ensure!(
        sent.others.is_empty() && sent.broken == 0 && sent.acknowledged.len() as u64 >= to - from,
        "{sent:?}"
    );
    Ok(())
}

fn opened(folder: &Path) -> Result<Connection> {
    Ok(Connection::open(folder.join("baraza.db"))?)
}

fn count(folder: &Path, what: &str) -> Result<u64> {
    let query = format!("SELECT count(*) FROM {what}");
    let count: i64 = opened(folder)?.query_row(&query, [], |row| row.get(0))?;
    Ok(count as u64)
}

/// Each is there once, and nothing else.
fn are_there_once(folder: &Path, responses: u64) -> Result<()> {
    let (rows, ids) = (
        count(folder, "response")?,
        count(folder, "(SELECT DISTINCT instance_id FROM response)")?,
    );
    ensure!(
        rows == responses && ids == responses && count(folder, "response_conflict")? == 0,
        "{rows} rows, {ids} instance IDs"
    );
    let verified = baraza(folder, &["verify"]);
    ensure!(verified.status.success(), "{}", told(&verified));
    Ok(())
}

/// Found by hand by the beginning of its ID, and by no other.
fn is_found(folder: &Path, number: u64) -> Result<()> {
    let id = load::instance_id(1, number).to_string();
    for written in [&id[..8], &id[..11], &id] {
        let shown = baraza(folder, &["responses", "show", written]);
        ensure!(
            shown.status.success() && told(&shown).contains(&id),
            "{written}: {}",
            told(&shown)
        );
    }
    // A hyphen less is another beginning.
    let other = baraza(folder, &["responses", "show", &id.replace('-', "")[..12]]);
    ensure!(!other.status.success(), "{}", told(&other));
    Ok(())
}

#[test]
fn what_is_sent_again_is_recognised_in_memory_and_in_the_index() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    let server = serve(at)?;
    send(server.port(), 0, 130)?;
    send(server.port(), 0, 130)?;
    let settled = count(at, "response_key")?;
    ensure!((1..130).contains(&settled), "{settled} are in the index");
    are_there_once(at, 130)?;
    // It was killed: what it knew is known again.
    drop(server);
    let server = serve(at)?;
    send(server.port(), 0, 130)?;
    are_there_once(at, 130)?;
    is_found(at, 0)?;
    is_found(at, 129)?;
    server.stop()
}

#[test]
fn two_processes_on_one_database_store_each_once() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    let servers = [serve(at)?, serve(at)?];
    let [one, other] = [servers[0].port(), servers[1].port()];
    // What one has stored, the other knows.
    send(one, 0, 30)?;
    send(other, 0, 60)?;
    send(one, 0, 100)?;
    send(other, 0, 100)?;
    are_there_once(at, 100)?;
    // Both at once the same.
    let both = [one, other].map(|port| std::thread::spawn(move || send(port, 100, 400)));
    for sending in both {
        sending.join().ok().context("it does not panic")??;
    }
    are_there_once(at, 400)
}

#[test]
fn an_index_that_leads_nowhere_is_found() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    let server = serve(at)?;
    send(server.port(), 0, 100)?;
    server.stop()?;
    let tampered = "DELETE FROM response_key WHERE response_id = (SELECT min(response_id) FROM response_key)";
    opened(at)?.execute_batch(tampered)?;
    let verified = baraza(at, &["verify"]);
    ensure!(
        verified.status.code() == Some(3) && told(&verified).contains("index of instance IDs"),
        "{}",
        told(&verified)
    );
    Ok(())
}

#[test]
fn responses_that_were_taken_away_by_hand_may_come_again() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    let distinct = |responses| -> Result<()> {
        let (rows, ids) = (
            count(at, "response")?,
            count(at, "(SELECT DISTINCT instance_id FROM response)")?,
        );
        ensure!(
            rows == responses && ids == responses,
            "{rows} rows, {ids} instance IDs"
        );
        Ok(())
    };
    let away = |which: &str| -> Result<()> {
        Ok(opened(at)?.execute_batch(&format!(
            "PRAGMA foreign_keys = off; DELETE FROM response WHERE {which}"
        ))?)
    };
    let server = serve(at)?;
    send(server.port(), 0, 100)?;
    away("id IN (1, 99, 100)")?;
    send(server.port(), 0, 100)?;
    distinct(100)?;
    // The next ones get the row ids of some that the index has.
    let last: i64 = opened(at)?.query_row("SELECT last FROM response_keyed", [], |row| row.get(0))?;
    away(&format!("id > {}", last - 20))?;
    let left = count(at, "response")?;
    send(server.port(), 1000, 1010)?;
    drop(server);
    let server = serve(at)?;
    send(server.port(), 1000, 1010)?;
    distinct(left + 10)?;
    server.stop()
}

/// A database with the same rows, as the version before had it.
fn former(folder: &Path) -> Result<TempDir> {
    let older = tempdir()?;
    let database = opened(older.path())?;
    database.pragma_update(None, "foreign_keys", false)?;
    for step in FORMER {
        database.execute_batch(step)?;
    }
    let now: i64 = opened(folder)?.pragma_query_value(None, "application_id", |row| row.get(0))?;
    database.pragma_update(None, "application_id", now)?;
    database.pragma_update(None, "user_version", i64::try_from(FORMER.len())?)?;
    database.execute("ATTACH ?1 AS now", [folder.join("baraza.db").to_string_lossy()])?;
    let tables: Vec<String> = database
        .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        database.execute(&format!("INSERT INTO main.{table} SELECT * FROM now.{table}"), [])?;
    }
    Ok(older)
}

/// The words of the tables and indices, and whether SQLite finds the file whole.
fn schema(database: &Connection) -> Result<Vec<String>> {
    let whole: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(whole == "ok", "{whole}");
    let words = database
        .prepare("SELECT name || ': ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(words)
}

#[test]
fn an_older_database_gets_the_index_and_knows_what_it_has() -> Result<()> {
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send(server.port(), 0, 60)?;
    server.stop()?;
    let older = former(folder.path())?;
    let at = older.path();
    are_there_once(at, 60)?;
    let database = opened(at)?;
    let before = schema(&database)?;
    ensure!(
        before
            .iter()
            .any(|words| words.starts_with("sqlite_autoindex_response_1"))
    );
    // What is cut off leaves the file as it was.
    database.execute_batch("BEGIN")?;
    database.execute_batch(include_str!("../../server/migrations/0007-keys.sql"))?;
    database.execute_batch("ROLLBACK")?;
    drop(database);
    ensure!(schema(&opened(at)?)? == before);

    let server = serve(at)?;
    send(server.port(), 0, 90)?;
    are_there_once(at, 90)?;
    is_found(at, 5)?;
    server.stop()?;
    // It has come to the same as a new one.
    let after = schema(&opened(at)?)?;
    ensure!(after == schema(&opened(folder.path())?)?, "{after:#?}");
    Ok(())
}
