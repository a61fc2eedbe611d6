//! Clients that hang up: in the middle of a request's head or body, or before its answer, with a FIN or a reset. They
//! cost the server nothing that stays, and nobody beside them waits for long.
//!
//! `BARAZA_HANG_UPS` asks for another number of them (10,000), `BARAZA_SEED` for the chance of an earlier run.

mod ways;

use anyhow::{Context, Result, ensure};
use baraza_forms::hex;
use baraza_tests::load::{FORM, PATH, body};
use baraza_tests::rig::Chance;
use baraza_tests::wire::{Answer, Wire, head, request};
use baraza_tests::{Server, baraza, told};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use ways::{Place, Way, instance_id};

/// At once.
const CLIENTS: usize = 32;
/// What a server holds besides connections that are gone: readers, and files of the database.
const MORE_FILES: usize = 24;
/// A connection that leaks takes some KB with it.
const MORE_KB: u64 = 24 * 1024;
/// Requests of a kind that may arrive at once.
const PLACES: usize = 64;

const PICTURES: &str = "\
| survey   |          |         |          |
|          | type     | name    | label    |
|          | image    | photo   | A photo  |
| settings |          |         |
|          | form_id  | version |
|          | pictures | 1       |
";

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok().and_then(|text| text.parse().ok());
    set.unwrap_or(otherwise)
}

fn serve() -> Result<(TempDir, Server)> {
    let folder = tempfile::tempdir()?;
    for (name, form) in [("household.md", FORM), ("pictures.md", PICTURES)] {
        std::fs::write(folder.path().join(name), form)?;
        let published = baraza(folder.path(), &["publish", name]);
        ensure!(published.status.success(), "{}", told(&published));
    }
    let server = Server::start(folder.path(), &[])?;
    Ok((folder, server))
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    tokio::task::LocalSet::new().block_on(&runtime, work)
}

/// Files that the server has open, connections among them.
fn open_files(server: &Server) -> Result<usize> {
    Ok(std::fs::read_dir(format!("/proc/{}/fd", server.pid()))?.count())
}

/// Open files and memory, once nothing is under way any more; it waits until there are at most so many files.
fn at_rest(server: &Server, most: usize) -> Result<(usize, u64)> {
    for _ in 0..400 {
        std::thread::sleep(Duration::from_millis(50));
        if open_files(server)? <= most {
            break;
        }
    }
    Ok((open_files(server)?, server.resident_kb()?))
}

/// Hangs up in all ways in turn, from one number to another.
fn hang_up(port: u16, from: u64, to: u64, seed: u64) -> Result<()> {
    let (next, chance) = (
        Rc::new(RefCell::new(from)),
        Rc::new(RefCell::new(Chance::new(seed))),
    );
    block_on(async {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (next, chance) = (Rc::clone(&next), Rc::clone(&chance));
                tokio::task::spawn_local(async move {
                    loop {
                        let number = *next.borrow();
                        if number >= to {
                            return Ok::<(), anyhow::Error>(());
                        }
                        *next.borrow_mut() += 1;
                        let share = chance.borrow_mut().below(10_001) as f64 / 10_000.0;
                        // Some are gone when the server begins to read, some while it works.
                        let pause = Duration::from_millis(chance.borrow_mut().below(24).saturating_sub(8));
                        Way::of(number).hang_up(port, share, pause).await?;
                    }
                })
            })
            .collect();
        for client in clients {
            client.await??;
        }
        Ok(())
    })
}

/// What a client that behaves met beside the others.
#[derive(Debug, Default)]
struct Beside {
    waits: Vec<Duration>,
    /// Told to come later; only batches, whose places the others may have.
    later: u64,
    stored: u64,
}

/// Sends on one connection, and waits for each answer, until it is told to stop.
fn behave(port: u16, stop: &AtomicBool) -> Result<Beside> {
    block_on(async {
        let (mut wire, mut beside, mut number) = (Wire::open(port).await?, Beside::default(), 0);
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            let sent = Instant::now();
            let response = body(12, number);
            let asked = if number % 8 == 0 {
                let lines = [("content-type", "application/x-ndjson")];
                request("POST", "/api/responses", &lines, response.as_bytes())
            } else {
                let json = [("content-type", "application/json")];
                request("POST", PATH, &json, response.as_bytes())
            };
            let answer = wire.ask(&asked).await?;
            beside.waits.push(sent.elapsed());
            match answer.status {
                200 => beside.stored += 1,
                503 if number % 8 == 0 => beside.later += 1,
                _ => anyhow::bail!("{}", answer.head),
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(beside)
    })
}

/// The time of an answer when nobody else asks: the middle one of many.
fn calm(port: u16) -> Result<Duration> {
    block_on(async {
        let mut wire = Wire::open(port).await?;
        let mut times = Vec::new();
        for _ in 0..200 {
            let sent = Instant::now();
            let answer = wire.ask(&request("GET", "/healthz", &[], b"")).await?;
            ensure!(answer.status == 200, "{}", answer.head);
            times.push(sent.elapsed());
        }
        times.sort_unstable();
        Ok(times[times.len() / 2])
    })
}

#[test]
fn whoever_hangs_up_costs_nothing_that_stays() -> Result<()> {
    let (folder, server) = serve()?;
    let (many, seed) = (
        number("BARAZA_HANG_UPS", 10_000),
        number("BARAZA_SEED", rand_seed()),
    );
    println!("BARAZA_SEED={seed}");
    // What a server takes once, it has taken after these.
    let first = 600;
    hang_up(server.port(), 0, first, seed)?;
    let (files, kb) = at_rest(&server, 40)?;
    let before = calm(server.port())?;
    let stop = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let beside = std::thread::scope(|scope| {
        let behaving = scope.spawn(|| behave(server.port(), &stop));
        let hung_up = hang_up(server.port(), first, first + many, seed + 1);
        stop.store(true, Ordering::Relaxed);
        let beside = behaving.join().expect("a thread");
        hung_up.and(beside)
    })?;
    let took = begun.elapsed();
    let (files_after, kb_after) = at_rest(&server, files + MORE_FILES)?;
    let after = calm(server.port())?;
    let worst = beside.waits.iter().max().copied().unwrap_or_default();
    println!(
        "{many} hang-ups in {:.1} s; beside them {} responses stored, {} told to come later, the slowest answer after \
         {} ms; open files {files} before, {files_after} after; resident {} MB before, {} MB after; an answer takes \
         {} µs before, {} µs after",
        took.as_secs_f64(),
        beside.stored,
        beside.later,
        worst.as_millis(),
        kb / 1024,
        kb_after / 1024,
        before.as_micros(),
        after.as_micros()
    );
    ensure!(files_after <= files + MORE_FILES, "{files_after} files are open");
    ensure!(kb_after <= kb + MORE_KB, "{} MB more", (kb_after - kb) / 1024);
    ensure!(worst < Duration::from_secs(20), "an answer took {worst:?}");
    ensure!(beside.stored > 20, "hardly anything was answered: {beside:?}");
    let left: Vec<_> = std::fs::read_dir(folder.path())?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    ensure!(left.iter().all(|name| !name.starts_with(".tmp")), "{left:?}");
    places_are_free(server.port())?;
    server.stop()?;
    only_what_was_wholly_sent(folder.path(), first + many, beside.stored)
}

/// As many as may arrive at once begin together, and all of them are taken: nobody who hung up has kept a place.
fn places_are_free(port: u16) -> Result<()> {
    let batch = |number| {
        let body = body(13, number).into_bytes();
        let whole = request(
            "POST",
            "/api/responses",
            &[("content-type", "application/x-ndjson")],
            &body,
        );
        (whole, body.len())
    };
    let file = |number: u64| {
        let bytes = format!("a photo, number {number}").into_bytes();
        let path = format!("/api/surveys/pictures/media/{}.jpg", hex(&Sha256::digest(&bytes)));
        (request("PUT", &path, &[], &bytes), bytes.len())
    };
    let large = |number| {
        let note = format!("\"q_note\":\"{}", "and more; ".repeat(3000));
        let body = body(14, number).replace("\"q_note\":\"", &note).into_bytes();
        let json = [("content-type", "application/json")];
        (request("POST", PATH, &json, &body), body.len())
    };
    let places = PLACES as u64;
    all_at_once(&(0..places).map(batch).collect::<Vec<_>>(), port)?;
    all_at_once(&(0..places).map(file).collect::<Vec<_>>(), port)?;
    all_at_once(&(0..32).map(large).collect::<Vec<_>>(), port)
}

/// Each request but for its last byte, and then the last bytes.
fn all_at_once(requests: &[(Vec<u8>, usize)], port: u16) -> Result<()> {
    block_on(async {
        let mut open = Vec::new();
        for (request, body) in requests {
            let mut wire = Wire::open(port).await?;
            wire.send(&request[..request.len() - body]).await?;
            wire.send(&request[request.len() - body..request.len() - 1])
                .await?;
            open.push(wire);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        for (wire, (request, _)) in open.iter_mut().zip(requests) {
            wire.send(&request[request.len() - 1..]).await?;
        }
        for wire in &mut open {
            let Answer { status, head, .. } = wire.answer().await?;
            ensure!(status == 200, "a place is taken: {head}");
        }
        Ok(())
    })
}

/// What was not wholly sent is not stored; what was may be, once.
fn only_what_was_wholly_sent(folder: &Path, to: u64, beside: u64) -> Result<()> {
    let database = Connection::open(folder.join("baraza.db"))?;
    let texts = |sql: &str| -> Result<HashMap<String, u32>> {
        let mut counts = HashMap::new();
        let mut statement = database.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *counts.entry(row.get(0)?).or_default() += 1;
        }
        Ok(counts)
    };
    let stored = texts("SELECT instance_id FROM response")?;
    let files = texts("SELECT name FROM media")?;
    let (mut there, mut whole) = (0, 0);
    for way in (0..to).map(Way::of) {
        let found: Vec<u32> = way
            .responses()
            .map(|number| stored.get(&instance_id(number)).copied().unwrap_or_default())
            .chain(
                way.file()
                    .map(|name| files.get(&name).copied().unwrap_or_default()),
            )
            .collect();
        if way.place != Place::BeforeAnswer {
            ensure!(
                found.iter().all(|count| *count == 0),
                "{way:?} was not wholly sent, and is stored: {found:?}"
            );
            continue;
        }
        whole += 1;
        ensure!(
            found.iter().all(|count| *count == 1) || found.iter().all(|count| *count == 0),
            "{way:?} is stored in part or twice: {found:?}"
        );
        there += u64::from(found[0] == 1);
    }
    println!("{there} of the {whole} that were wholly sent are stored, nothing of the others");
    ensure!(there > 0, "whatever was wholly sent was dropped");
    ensure!(stored.len() as u64 >= beside, "{} responses", stored.len());
    let said: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(said == "ok", "{said}");
    drop(database);
    let verified = baraza(folder, &["verify"]);
    ensure!(verified.status.code() == Some(0), "{}", told(&verified));
    let log = std::fs::read_to_string(folder.join("serve.log")).context("the log")?;
    ensure!(!log.contains("panicked"), "{log}");
    Ok(())
}

fn rand_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(1, |time| time.as_nanos() as u64 / 2)
}

#[test]
fn a_head_alone_takes_no_place() -> Result<()> {
    // Heads that are whole, and never a body: those who hang up give back what they took.
    let (_folder, server) = serve()?;
    let heads = head(
        "POST",
        "/api/responses",
        &[
            ("content-type", "application/x-ndjson"),
            ("content-length", "5000"),
        ],
    );
    block_on(async {
        for _ in 0..3 {
            let mut open = Vec::new();
            for _ in 0..PLACES {
                let mut wire = Wire::open(server.port()).await?;
                wire.send(&heads).await?;
                open.push(wire);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            // All places are taken: the next one is told to come later, and how much later.
            let mut late = Wire::open(server.port()).await?;
            let lines = [("content-type", "application/x-ndjson")];
            let asked = request("POST", "/api/responses", &lines, body(15, 1).as_bytes());
            let answer = late.ask(&asked).await?;
            ensure!(answer.status == 503, "{}", answer.head);
            ensure!(answer.header("retry-after").is_some(), "{}", answer.head);
            drop(open);
            let begun = Instant::now();
            while late.ask(&asked).await?.status != 200 {
                ensure!(begun.elapsed() < Duration::from_secs(20), "the places stay taken");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    })
}
