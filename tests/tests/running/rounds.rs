//! Rounds: one after the other, and the responses that were begun in each.

use crate::{FORM, done, minutes, send};
use anyhow::{Context, Result};
use baraza_tests::desk::{Visitor, session_of};
use baraza_tests::field::{publish, said};
use baraza_tests::{Server, baraza, csv_rows, told};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

/// Lets time have passed between what was done before and what comes.
fn move_rounds(folder: &Path, name: &str, began: &str, ended: Option<&str>) -> Result<()> {
    let database = Connection::open(folder.join("baraza.db"))?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let moved = database.execute(
        "UPDATE round SET began_at = ?2, ended_at = ?3 WHERE name = ?1",
        rusqlite::params![name, began, ended],
    )?;
    assert_eq!(moved, 1, "{name}");
    Ok(())
}

#[test]
fn a_response_is_of_the_round_in_which_it_was_begun() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    let north = json!({"area": "north", "sex": "woman"});
    send(&server, folder, &minutes(-2000)?, &north)?;
    done(folder, &["rounds", "start", "Baseline", "--from-beginning"])?;
    done(folder, &["rounds", "start", "After the rains"])?;
    let turn = minutes(-60)?;
    move_rounds(folder, "Baseline", "", Some(&turn))?;
    move_rounds(folder, "After the rains", &turn, None)?;
    // It waited on a phone until the next round had begun.
    send(&server, folder, &minutes(-90)?, &north)?;
    send(&server, folder, &minutes(-30)?, &north)?;
    // Of a clock that can't be right the arrival decides.
    send(&server, folder, "2011-01-01T00:00:00Z", &north)?;
    let list = said(folder, &["rounds", "list"])?;
    let counts: Vec<_> = list["rounds"]
        .as_array()
        .context("rounds")?
        .iter()
        .map(|round| (round["name"].as_str(), round["responses"].as_u64()))
        .collect();
    assert_eq!(
        counts,
        [(Some("Baseline"), Some(2)), (Some("After the rains"), Some(2))]
    );
    done(folder, &["export", "--out", "r.csv"])?;
    let rounds: Vec<String> = csv_rows(&folder.join("r.csv"))?
        .into_iter()
        .map(|row| row["round"].clone())
        .collect();
    assert_eq!(
        rounds,
        ["Baseline", "Baseline", "After the rains", "After the rains"]
    );
    for (arguments, words) in [
        (&["rounds", "start", "baseline"][..], "has this name"),
        (
            &["rounds", "start", "Third", "--from-beginning"],
            "only the first round",
        ),
        (&["rounds", "start", " "], "from 1 to 60 characters"),
    ] {
        let output = baraza(folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(told(&output).contains(words), "{}", told(&output));
    }
    assert!(done(folder, &["rounds", "end"])?.contains("'After the rains' has ended"));
    assert!(done(folder, &["rounds", "end"])?.contains("no round was open"));
    done(folder, &["verify"])?;
    Ok(())
}

#[test]
fn analyse_compares_the_rounds() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    done(folder, &["rounds", "start", "Baseline", "--from-beginning"])?;
    done(folder, &["rounds", "start", "After the rains"])?;
    let turn = minutes(-600)?;
    move_rounds(folder, "Baseline", "", Some(&turn))?;
    move_rounds(folder, "After the rains", &turn, None)?;
    for n in 0..120 {
        let women = if n < 60 { 20 } else { 100 };
        let sex = if n % 60 * 2 < women { "woman" } else { "man" };
        let started = minutes(if n < 60 { -900 } else { -300 })?;
        let area = if n % 2 == 0 { "north" } else { "south" };
        send(&server, folder, &started, &json!({"area": area, "sex": sex}))?;
    }
    let told = done(folder, &["analyse", "--rounds", "round", "--out", "t"])?;
    assert!(
        told.contains("60 responses") && told.contains("between 2 rounds"),
        "{told}"
    );
    let changes = std::fs::read_to_string(folder.join("t/changes.csv"))?;
    assert!(
        changes.contains("01 Baseline") && changes.contains("02 After the rains"),
        "{changes}"
    );
    Ok(())
}

#[test]
fn a_coordinator_starts_and_ends_them_at_the_desk() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "test"],
    )?;
    let mut bola = Visitor::with(&server, &session_of(folder, "Bola")?);
    let north = json!({"area": "north"});
    send(&server, folder, &minutes(-5)?, &north)?;
    let (page, rounds) = ("/desk/surveys/market/running", "/desk/surveys/market/rounds");
    assert!(bola.get(page)?.text.contains("All responses so far are of it"));
    let first = [("do", "start"), ("name", "Baseline"), ("from_beginning", "yes")];
    assert_eq!(bola.send(rounds, &first)?.status, 303);
    let shown = bola.get(page)?.text;
    assert!(
        shown.contains("Baseline") && shown.contains("1 response"),
        "{shown}"
    );
    assert!(shown.contains("End the round that is open"), "{shown}");
    let again = bola.send(rounds, &[("do", "start"), ("name", "BASELINE")])?;
    assert_eq!(again.status, 422);
    assert!(
        again.text.contains("has this name already") && again.text.contains("value=\"BASELINE\""),
        "{}",
        again.text
    );
    assert_eq!(bola.send(rounds, &[("do", "end")])?.status, 303);
    assert!(!bola.get(page)?.text.contains("End the round that is open"));
    let log = done(folder, &["audit"])?;
    assert!(
        log.contains("round_started") && log.contains("round_ended"),
        "{log}"
    );
    Ok(())
}
