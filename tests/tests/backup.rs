//! Backups and the way back, as a coordinator needs them: the server is busy, the disk fails, a backup is put in its
//! place, and everything that was acknowledged before it is there once. And what `baraza verify` finds.
//!
//! `BARAZA_DRILL` asks for another number of responses before each backup.

use anyhow::{Context, Result, ensure};
use baraza_tests::load::{self, Load, Outcome, Until};
use baraza_tests::{Server, baraza, free_port, told};
use rusqlite::Connection;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

const DAMAGED: i32 = 3;

fn folder() -> Result<TempDir> {
    let folder = tempdir()?;
    std::fs::write(folder.path().join("f.md"), load::FORM)?;
    Ok(folder)
}

fn serve(folder: &Path, more: &[&str]) -> Result<Server> {
    Server::start(folder, &[&["--form", "f.md"], more].concat())
}

fn send(server: &Server, first: u64, until: Until) -> Result<Outcome> {
    send_to(server.port(), first, until)
}

fn send_to(port: u16, first: u64, until: Until) -> Result<Outcome> {
    load::run(Load {
        port,
        path: load::PATH,
        connections: 8,
        run: 1,
        first,
        until,
    })
}

/// A database at rest with so many responses.
fn with_responses(responses: u64) -> Result<TempDir> {
    let folder = folder()?;
    let server = serve(folder.path(), &[])?;
    let sent = send(&server, 0, Until::Sent(responses))?;
    ensure!(sent.acknowledged.len() as u64 == responses, "{sent:?}");
    server.stop()?;
    Ok(folder)
}

fn does(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = baraza(folder, arguments);
    ensure!(output.status.success(), "{arguments:?}: {}", told(&output));
    Ok(told(&output))
}

fn refuses(folder: &Path, arguments: &[&str], why: &str) -> Result<()> {
    let output = baraza(folder, arguments);
    let said = told(&output);
    ensure!(
        output.status.code() == Some(1) && said.contains(why),
        "{arguments:?}: {said}"
    );
    Ok(())
}

fn finds(output: &Output, what: &[&str]) -> Result<()> {
    let said = told(output);
    ensure!(output.status.code() == Some(DAMAGED), "{said}");
    for what in what {
        ensure!(said.contains(what), "'{what}' is not in: {said}");
    }
    Ok(())
}

/// How often each instance ID is in the database.
fn stored(db: &Path) -> Result<BTreeMap<String, u64>> {
    let connection = Connection::open(db)?;
    let mut statement = connection.prepare("SELECT instance_id FROM response")?;
    let mut found = BTreeMap::new();
    for id in statement.query_map([], |row| row.get::<_, String>(0))? {
        *found.entry(id?).or_default() += 1;
    }
    Ok(found)
}

fn ensure_once(db: &Path, numbers: &[u64]) -> Result<()> {
    let found = stored(db)?;
    let not_once = numbers
        .iter()
        .filter(|n| found.get(&load::instance_id(1, **n).to_string()) != Some(&1))
        .count();
    ensure!(
        !numbers.is_empty() && not_once == 0,
        "{not_once} of {} are not there once",
        numbers.len()
    );
    Ok(())
}

/// Names of files, without those that a shell hides.
fn listed(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn leftovers(folder: &Path) -> Result<Vec<String>> {
    Ok(listed(folder)?
        .into_iter()
        .filter(|name| name.starts_with('.'))
        .collect())
}

fn in_time(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let patience = Instant::now() + Duration::from_mins(1);
    while Instant::now() < patience {
        if is_so()? {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    anyhow::bail!("{what} did not come to be")
}

#[test]
fn after_a_disk_is_lost_all_that_came_before_the_backup_is_there_once() -> Result<()> {
    let before: u64 = std::env::var("BARAZA_DRILL")
        .ok()
        .map_or(Ok(2000), |n| n.parse())?;
    for is_encrypted in [false, true] {
        let folder = folder()?;
        let at = folder.path();
        let stick = tempdir()?;
        let backup = stick.path().join("today");
        let backup = backup.to_str().context("a path")?;
        let recipient = does(at, &["backup-key", "baraza.key"])?;
        let recipient = recipient.lines().next().context("a recipient")?;
        let (mut make, mut restore) = (vec!["backup", backup], vec!["restore", backup]);
        if is_encrypted {
            make.extend(["--to", recipient]);
            restore.extend(["--identity", "baraza.key"]);
        }

        let server = serve(at, &[])?;
        let early = send(&server, 0, Until::Sent(before))?;
        ensure!(early.acknowledged.len() as u64 == before);
        let port = server.port();
        let busy = std::thread::spawn(move || send_to(port, before, Until::Gone));
        std::thread::sleep(Duration::from_millis(200));
        does(at, &make)?;
        ensure!(listed(stick.path())? == ["today"] && leftovers(at)?.is_empty());
        refuses(at, &[&restore[..], &["--replace"]].concat(), "in use")?;
        std::thread::sleep(Duration::from_millis(200));
        server.kill()?;
        let late = busy.join().expect("the load ends")?;
        ensure!(
            !late.acknowledged.is_empty(),
            "nothing came while the backup was made"
        );
        for name in ["baraza.db", "baraza.db-wal", "baraza.db-shm"] {
            let _ = std::fs::remove_file(at.join(name));
        }

        does(at, &restore)?;
        let server = Server::start(at, &[])?;
        ensure_once(&at.join("baraza.db"), &early.acknowledged)?;
        let all = [early.acknowledged, late.acknowledged].concat();
        let next = all.iter().max().context("some")? + 1;
        let again = send(&server, 0, Until::Sent(next))?;
        ensure!(again.acknowledged.len() as u64 == next, "{:?}", again.others);
        server.stop()?;
        ensure_once(&at.join("baraza.db"), &all)?;
        ensure!(stored(&at.join("baraza.db"))?.len() as u64 == next);
        does(at, &["verify"])?;
        ensure!(does(at, &["audit"])?.contains("restored"));
    }
    Ok(())
}

#[test]
fn a_backup_is_whole_and_keeps_whose_it_is() -> Result<()> {
    let folder = with_responses(200)?;
    let at = folder.path();
    does(at, &["backup", "b.db", "--by", "Amina"])?;
    let copy = Connection::open(at.join("b.db"))?;
    for pragma in ["application_id", "user_version"] {
        let of =
            |connection: &Connection| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        ensure!(of(&copy)? == of(&Connection::open(at.join("baraza.db"))?)? && of(&copy)? != 0);
    }
    drop(copy);
    ensure!(stored(&at.join("b.db"))? == stored(&at.join("baraza.db"))?);
    let log = does(at, &["audit"])?;
    ensure!(log.contains("Amina") && log.contains("b.db"), "{log}");
    let bytes = std::fs::read(at.join("b.db"))?;
    refuses(at, &["backup", "b.db"], "--replace")?;
    refuses(at, &["backup", "baraza.db", "--replace"], "the database itself")?;
    refuses(at, &["backup", "none/b.db"], "there is no folder")?;
    ensure!(std::fs::read(at.join("b.db"))? == bytes);
    does(at, &["backup", "b.db", "--replace"])?;
    ensure!(
        std::fs::read(at.join("b.db"))? != bytes,
        "the entry of the first backup is in the second"
    );
    ensure!(leftovers(at)?.is_empty());
    Ok(())
}

#[test]
fn what_can_not_be_restored_changes_nothing() -> Result<()> {
    let folder = with_responses(300)?;
    let at = folder.path();
    let recipient = does(at, &["backup-key", "a.key"])?;
    does(at, &["backup-key", "other.key"])?;
    does(
        at,
        &[
            "backup",
            "b.age",
            "--to",
            recipient.lines().next().context("a line")?,
        ],
    )?;
    does(at, &["backup", "b.db"])?;
    let cut = |from: &str, to: &str| -> Result<()> {
        let bytes = std::fs::read(at.join(from))?;
        Ok(std::fs::write(at.join(to), &bytes[..bytes.len() / 2])?)
    };
    cut("b.age", "cut.age")?;
    cut("b.db", "cut.db")?;
    std::fs::write(
        at.join("text"),
        "a letter, and no backup of anything at all".repeat(100),
    )?;
    std::fs::write(at.join("empty"), "")?;
    std::fs::copy(at.join("b.db"), at.join("newer.db"))?;
    Connection::open(at.join("newer.db"))?.pragma_update(None, "user_version", 99)?;
    let before = (std::fs::read(at.join("baraza.db"))?, listed(at)?);

    refuses(at, &["restore", "b.db"], "--replace")?;
    let tries = [
        (vec!["b.age", "--identity", "other.key"], "does not open"),
        (vec!["b.age"], "--identity"),
        (vec!["b.age", "--identity", "text"], "not a key"),
        (vec!["cut.age", "--identity", "a.key"], "cut off"),
        (vec!["cut.db"], "damaged"),
        (vec!["text"], "not a backup"),
        (vec!["empty"], "not a backup"),
        (vec!["newer.db"], "newer version"),
        (vec!["none.db"], "can't read"),
    ];
    for (wrong, why) in tries {
        refuses(at, &[&["restore", "--replace"], &wrong[..]].concat(), why)?;
        ensure!(
            before == (std::fs::read(at.join("baraza.db"))?, listed(at)?),
            "{wrong:?} changed something"
        );
    }
    Ok(())
}

#[test]
fn a_former_database_is_kept_with_all_that_was_written_to_it() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    let server = serve(at, &[])?;
    send(&server, 0, Until::Sent(100))?;
    does(at, &["backup", "b.db"])?;
    send(&server, 100, Until::Sent(100))?;
    server.kill()?;
    ensure!(
        std::fs::metadata(at.join("baraza.db-wal"))?.len() > 0,
        "what is tested needs a log"
    );

    does(at, &["restore", "b.db", "--replace"])?;

    ensure!(stored(&at.join("baraza.db"))?.len() == 100);
    let is_former = |name: &String| name.starts_with("baraza.before-restore-") && name.ends_with("Z.db");
    let former = listed(at)?
        .into_iter()
        .find(is_former)
        .context("the former one")?;
    ensure!(stored(&at.join(&former))?.len() == 200);
    does(at, &["verify"])?;
    does(at, &["verify", &former])?;
    Ok(())
}

#[test]
fn what_a_killed_backup_left_is_removed_by_the_next() -> Result<()> {
    let folder = with_responses(10)?;
    let at = folder.path();
    let left = at.join(".baraza-work-abcdef");
    let leave = || -> Result<()> {
        std::fs::create_dir(&left)?;
        std::fs::write(left.join("lock"), "")?;
        Ok(std::fs::write(left.join("plain.db"), "answers")?)
    };
    leave()?;
    does(at, &["backup", "b.db"])?;
    ensure!(!left.exists());
    leave()?;
    Server::start(at, &[])?.stop()?;
    ensure!(!left.exists());
    Ok(())
}

/// Changes the database as somebody does who can write to the file.
fn tampered(at: &Path, how: &str) -> Result<()> {
    let connection = Connection::open(at.join("baraza.db"))?;
    connection.execute_batch("PRAGMA foreign_keys = off")?;
    Ok(connection.execute_batch(how)?)
}

#[test]
fn whoever_changes_rows_is_found_out() -> Result<()> {
    let folder = with_responses(200)?;
    let at = folder.path();
    does(at, &["verify"])?;
    let whole = std::fs::read(at.join("baraza.db"))?;
    let off = "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;";
    let cases = [
        ("UPDATE response SET answers = replace(answers, 'red', 'blue') WHERE id = 57".into(), "response", "changed"),
        ("UPDATE response SET received_at = '2020-01-01T00:00:00.000Z' WHERE id = 57".into(), "response", "changed"),
        ("DELETE FROM response WHERE id = 57".into(), "response", "removed"),
        ("DELETE FROM response WHERE id = 200".into(), "response", "removed"),
        (
            "INSERT INTO response SELECT 900, survey_id, 'x', version, received_at, started, finished, language,
             outcome, answers, flags, digest, synthetic, enumerator_id FROM response WHERE id = 1"
                .into(),
            "response 900",
            "does not know",
        ),
        (format!("{off} UPDATE audit SET by = 'nobody' WHERE id = 2"), "audit 2", "changed"),
        (format!("{off} DELETE FROM audit WHERE id = 2"), "audit 2", "missing"),
        (
            "UPDATE survey_version SET form = replace(form, 'Colour', 'Color')".into(),
            "survey_version 1",
            "not what its name says",
        ),
    ];
    for (how, table, what) in cases {
        std::fs::write(at.join("baraza.db"), &whole)?;
        tampered(at, &how)?;
        let verified = baraza(at, &["verify"]);
        finds(&verified, &[table, what, "DAMAGED"]).with_context(|| how.clone())?;
        let said: Json = serde_json::from_slice(&baraza(at, &["verify", "--format", "json"]).stdout)?;
        ensure!(said["fine"] == false && said["report"]["damage"][0]["rows"].is_array());
        // What is not whole is neither copied nor put in the place of anything.
        refuses(at, &["backup", "b.db"], "damaged")?;
    }
    Ok(())
}

#[test]
fn a_log_made_anew_is_found_by_a_head_that_was_noted() -> Result<()> {
    let folder = with_responses(50)?;
    let at = folder.path();
    let head = |at: &Path| -> Result<String> {
        let said: Json = serde_json::from_slice(&baraza(at, &["verify", "--format", "json"]).stdout)?;
        Ok(said["report"]["head"]["hash"]
            .as_str()
            .context("a head")?
            .to_owned())
    };
    let noted = head(at)?;
    let server = Server::start(at, &[])?;
    send(&server, 50, Until::Sent(50))?;
    server.stop()?;
    ensure!(does(at, &["verify", "--head", &noted[..16]])?.contains("is in the log"));

    // Nothing of the first log, and a new one that begins with what is there.
    tampered(
        at,
        "DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted;
         UPDATE response SET answers = replace(answers, 'red', 'blue'); DELETE FROM audit",
    )?;
    Server::start(at, &[])?.stop()?;

    does(at, &["verify"])?;
    finds(&baraza(at, &["verify", "--head", &noted]), &["MISSING"])?;
    Ok(())
}

#[test]
fn a_flipped_page_and_a_file_cut_off_are_told() -> Result<()> {
    let folder = with_responses(400)?;
    let at = folder.path();
    let whole = std::fs::read(at.join("baraza.db"))?;
    ensure!(whole.len() > 100 * 4096);
    let mut found = 0;
    for page in (1..100).step_by(9) {
        std::fs::write(at.join("baraza.db"), &whole)?;
        flip(&at.join("baraza.db"), page * 4096)?;
        let verified = baraza(at, &["verify"]);
        if !verified.status.success() {
            finds(&verified, &["DAMAGED", "restore"])?;
            found += 1;
        }
    }
    // Some pages hold nothing that is in use.
    ensure!(found >= 8, "{found}");
    std::fs::write(at.join("baraza.db"), &whole[..whole.len() / 2])?;
    finds(&baraza(at, &["verify"]), &["DAMAGED"])
}

/// Overwrites a page but for its first bytes.
fn flip(path: &Path, place: usize) -> Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    file.seek(SeekFrom::Start(place as u64))?;
    Ok(file.write_all(&[0xa5; 4096])?)
}

#[test]
fn by_the_clock_new_backups_come_and_old_ones_go() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    let stick = at.join("stick");
    let options = [
        "--backup-folder",
        "stick",
        "--backup-every",
        "1s",
        "--backup-keep",
        "2",
    ];
    let server = serve(at, &options)?;
    let health = || -> Result<Json> { Ok(server.get("/healthz", &[])?.body_mut().read_json()?) };
    let of_ours = |folder: &Path| -> Result<Vec<String>> {
        let is_one = |name: &String| name.starts_with("baraza-") && name.ends_with("Z.db");
        Ok(listed(folder)?.into_iter().filter(is_one).collect())
    };
    in_time("a failure that is told", || {
        let said = health()?;
        Ok(said["status"] == "degraded" && said["last_backup"]["failed"] == true)
    })?;
    ensure!(
        send(&server, 0, Until::Sent(50))?.acknowledged.len() == 50,
        "the server goes on"
    );
    ensure!(!stick.exists(), "a folder that is missing is not made");

    std::fs::create_dir(&stick)?;
    std::fs::write(stick.join("baraza-notes.db"), "not ours")?;
    in_time("a first backup", || Ok(!of_ours(&stick)?.is_empty()))?;
    let first = of_ours(&stick)?[0].clone();
    in_time("its end", || Ok(!of_ours(&stick)?.contains(&first)))?;
    ensure!(of_ours(&stick)?.len() <= 3 && stick.join("baraza-notes.db").exists());
    in_time("good news", || {
        let said = health()?;
        let at = said["last_backup"]["at"].as_str().unwrap_or_default();
        Ok(at.starts_with("20") && said["last_backup"]["failed"] == false && said["status"] == "ok")
    })?;
    server.stop()?;
    ensure!(leftovers(&stick)?.is_empty());
    let last = PathBuf::from("stick").join(of_ours(&stick)?.last().context("one")?);
    does(at, &["verify", last.to_str().context("a path")?])?;
    Ok(())
}

fn states(at: &Path) -> Result<String> {
    does(at, &["audit"])
}

#[test]
fn after_a_stop_that_was_none_the_file_is_looked_through_while_phones_are_answered() -> Result<()> {
    let folder = with_responses(100)?;
    let at = folder.path();
    ensure!(!states(at)?.contains("unclean_stop"));
    let server = Server::start(at, &[])?;
    send(&server, 100, Until::Sent(100))?;
    server.kill()?;

    let server = Server::start(at, &[])?;
    ensure!(send(&server, 200, Until::Sent(100))?.acknowledged.len() == 100);
    in_time("a look", || Ok(states(at)?.contains("integrity_checked")))?;
    ensure!(states(at)?.contains("unclean_stop"));
    server.stop()?;
    does(at, &["verify"])?;

    // A page of the table is broken, and the next stop is none.
    let server = Server::start(at, &[])?;
    send(&server, 300, Until::Sent(5))?;
    server.kill()?;
    let page: u64 = {
        let connection = Connection::open(at.join("baraza.db"))?;
        let page: i64 = connection.query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'media_use'",
            [],
            |row| row.get(0),
        )?;
        page as u64 - 1
    };
    // Closing that connection took the log into the file; the next start is to find one.
    flip(&at.join("baraza.db"), page as usize * 4096)?;
    std::fs::write(at.join("baraza.db-wal"), "cut off")?;
    let port = free_port();
    let server = Server::start_on(at, port, &[]);
    let health = || -> Result<(u16, Json)> {
        let answer = ureq::get(format!("http://127.0.0.1:{port}/healthz"))
            .config()
            .http_status_as_error(false)
            .build()
            .call();
        let mut answer = answer?;
        Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
    };
    in_time("the damage", || {
        let (status, said) = health()?;
        Ok(status == 503 && said["status"] == "damaged")
    })?;
    let (refused, rest) = {
        let sent = send_to(port, 400, Until::Sent(8))?;
        (
            sent.others.get(&503).copied().unwrap_or_default(),
            sent.acknowledged.len(),
        )
    };
    ensure!(
        refused == 8 && rest == 0,
        "nothing is stored any more: {refused} {rest}"
    );
    drop(server);
    Ok(())
}
