//! How the server stops.

use super::{household, load_of};
use anyhow::{Result, ensure};
use baraza_tests::Server;
use baraza_tests::load::{self, Until};
use rusqlite::Connection;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// Numbers of the responses in a database, each with how often it is there.
fn ensure_stored_once(at: &Path, numbers: &[u64]) -> Result<()> {
    let db = Connection::open(at.join("baraza.db"))?;
    let mut count = db.prepare("SELECT count(*) FROM response WHERE instance_id = ?1")?;
    for number in numbers {
        let id = load::instance_id(7, *number).to_string();
        let there: i64 = count.query_row([id], |row| row.get(0))?;
        ensure!(
            there == 1,
            "response {number} was acknowledged and is there {there} times"
        );
    }
    Ok(())
}

/// A response of which the server has half; gives the other half.
fn half_sent(port: u16) -> Result<(TcpStream, String)> {
    let body = load::body(8, 1);
    let (first, rest) = body.split_at(500);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let (path, length) = (load::PATH, body.len());
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{first}"
    )?;
    std::thread::sleep(Duration::from_millis(300));
    Ok((stream, rest.to_owned()))
}

#[test]
fn asked_to_stop_it_finishes_what_is_under_way_and_takes_no_more() -> Result<()> {
    let folder = household()?;
    let at = folder.path();
    let server = Server::start(at, &["--form", "f.md"])?;
    let port = server.port();
    let (mut slow, rest) = half_sent(port)?;
    let (outcome, answer) = std::thread::scope(|scope| -> Result<_> {
        let load = scope.spawn(move || load::run(load_of(port, Until::Gone)));
        std::thread::sleep(Duration::from_millis(800));
        server.ask_to_stop()?;
        let patience = Instant::now() + Duration::from_secs(8);
        while TcpStream::connect(("127.0.0.1", port)).is_ok() {
            ensure!(Instant::now() < patience, "new connections are taken still");
            std::thread::sleep(Duration::from_millis(20));
        }
        // The phone that is half through is waited for.
        slow.write_all(rest.as_bytes())?;
        let mut answer = String::new();
        slow.read_to_string(&mut answer)?;
        Ok((load.join().expect("the load"), answer))
    })?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let status = server.ended()?;
    ensure!(status.code() == Some(0), "{status}");
    ensure!(!at.join("baraza.db-wal").exists(), "the file is not closed");
    let outcome = outcome?;
    ensure!(outcome.acknowledged.len() > 20, "{outcome:?}");
    ensure_stored_once(at, &outcome.acknowledged)?;
    let db = Connection::open(at.join("baraza.db"))?;
    let late: i64 = db.query_row(
        "SELECT count(*) FROM response WHERE instance_id = ?1",
        [load::instance_id(8, 1).to_string()],
        |row| row.get(0),
    )?;
    ensure!(late == 1, "the one that was half through");
    println!(
        "{} acknowledged before and while it stopped, all there once",
        outcome.acknowledged.len()
    );
    Ok(())
}

#[test]
fn asked_twice_it_stops_at_once() -> Result<()> {
    let folder = household()?;
    let server = Server::start(folder.path(), &["--form", "f.md"])?;
    let sent = load::run(load_of(server.port(), Until::Sent(50)))?;
    let (_slow, _) = half_sent(server.port())?;
    let asked = Instant::now();
    server.ask_to_stop()?;
    // Until it listens to a second one.
    std::thread::sleep(Duration::from_millis(500));
    server.ask_to_stop()?;
    let status = server.ended()?;
    ensure!(status.code() == Some(130), "{status}");
    ensure!(
        asked.elapsed() < Duration::from_secs(8),
        "it waited: {:?}",
        asked.elapsed()
    );
    ensure_stored_once(folder.path(), &sent.acknowledged)
}
