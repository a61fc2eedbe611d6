//! What befalls a server from outside: another program has its database, the disk is full, the file is gone, it can't be
//! written, the clock jumps. Each is told honestly, nothing acknowledged is lost, and where it ends by itself, so does the
//! trouble, without a restart.

mod disk;

use anyhow::{Context, Result, ensure};
use baraza_tests::load::{self, Load, Outcome, Until};
use baraza_tests::{Server, baraza, free_port, told};
use rusqlite::Connection;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

fn folder() -> Result<TempDir> {
    let folder = tempdir()?;
    std::fs::write(folder.path().join("f.md"), load::FORM)?;
    Ok(folder)
}

fn serve(at: &Path, more: &[&str]) -> Result<Server> {
    Server::start(at, &[&["--form", "f.md"], more].concat())
}

fn send(port: u16, first: u64, number: u64) -> Result<Outcome> {
    load::run(Load {
        port,
        path: load::PATH,
        connections: 4,
        run: 3,
        first,
        until: Until::Sent(number),
    })
}

/// Sends one response; gives status and the seconds until the phone is to come again.
fn send_one(server: &Server, number: u64) -> Result<(u16, Option<u32>)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let url = format!("{}{}", server.url, load::PATH);
    let answer = agent
        .post(url)
        .header("content-type", "application/json")
        .send(load::body(3, number))?;
    let later = answer.headers().get("retry-after");
    let later = later.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
    Ok((answer.status().as_u16(), later))
}

fn health(server: &Server) -> Result<(u16, Value)> {
    let mut answer = server.get("/healthz", &[])?;
    Ok((answer.status().as_u16(), answer.body_mut().read_json()?))
}

/// Sends a response whole, and does not wait for what becomes of it.
fn hangs_up(server: &Server, number: u64) -> Result<()> {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", server.port()))?;
    let (path, body) = (load::PATH, load::body(3, number));
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    std::thread::sleep(Duration::from_millis(300));
    Ok(())
}

fn in_time(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let patience = Instant::now() + Duration::from_secs(30);
    while !is_so()? {
        ensure!(Instant::now() < patience, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Each of the responses is there once, and nothing is wrong with the database.
fn ensure_once(at: &Path, db: &str, numbers: &[u64]) -> Result<()> {
    let connection = Connection::open(at.join(db))?;
    let mut count = connection.prepare("SELECT count(*) FROM response WHERE instance_id = ?1")?;
    for number in numbers {
        let id = load::instance_id(3, *number).to_string();
        let there: i64 = count.query_row([id], |row| row.get(0))?;
        ensure!(
            there == 1,
            "response {number} was acknowledged and is there {there} times"
        );
    }
    drop(count);
    drop(connection);
    let verified = baraza(at, &["verify", db]);
    ensure!(verified.status.success(), "{}", told(&verified));
    Ok(())
}

#[test]
fn while_another_program_has_the_database_phones_come_again_and_then_it_goes_on() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    let told = [("BARAZA_LOG", "info")];
    let server = Server::start_in(at, free_port(), &["--form", "f.md"], &told)?;
    ensure!(send(server.port(), 0, 5)?.acknowledged.len() == 5);
    let other = Connection::open(at.join("baraza.db"))?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let (status, later) = send_one(&server, 5)?;
    ensure!(
        status == 503 && later.is_some_and(|seconds| (1..=60).contains(&seconds)),
        "{status} {later:?}"
    );
    // Reading goes on.
    ensure!(server.get("/s/household", &[])?.status() == 200);
    let (status, said) = health(&server)?;
    ensure!(status == 503 && said["status"] == "degraded", "{said}");
    ensure!(
        said["trouble"].as_str().is_some_and(|why| why.contains("locked")),
        "{said}"
    );
    hangs_up(&server, 5)?;
    other.execute_batch("ROLLBACK")?;
    // No phone sends, and it is known all the same.
    in_time("good health", || Ok(health(&server)?.0 == 200))?;
    let sent = send(server.port(), 5, 20)?;
    ensure!(sent.acknowledged.len() == 20, "{sent:?}");
    let metrics = server.get("/metrics", &[])?.body_mut().read_to_string()?;
    let counted = format!(
        "route=\"{}\",status=\"hung up\"}} 1",
        "/api/surveys/{survey}/responses"
    );
    ensure!(metrics.contains(&counted), "{metrics}");
    ensure!(server.log()?.contains("the client hung up"), "{}", server.log()?);
    server.stop()?;
    ensure_once(at, "baraza.db", &(0..25).collect::<Vec<_>>())
}

#[test]
fn a_start_says_why_it_can_not() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    serve(at, &[])?.stop()?;
    let start = |db: &str| baraza(at, &["serve", "--listen", "127.0.0.1:0", "--db", db]);
    let nowhere = start("nowhere/baraza.db");
    ensure!(
        nowhere.status.code() == Some(1) && told(&nowhere).contains("is its folder there"),
        "{}",
        told(&nowhere)
    );
    let other = Connection::open(at.join("baraza.db"))?;
    other.execute_batch("BEGIN EXCLUSIVE")?;
    let locked = start("baraza.db");
    ensure!(
        locked.status.code() == Some(1) && told(&locked).contains("another program has"),
        "{}",
        told(&locked)
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn what_is_rarely_written_is_not_written_into_a_file_that_nobody_finds_either() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    let server = serve(at, &[])?;
    let (_, link) = baraza_tests::field::link(at, "add", "Amina", &[])?;
    let token = baraza_tests::field::token(&link).to_owned();
    let away = |from: &str, to: &str| -> Result<()> {
        for ending in ["", "-wal", "-shm"] {
            std::fs::rename(
                at.join(format!("{from}{ending}")),
                at.join(format!("{to}{ending}")),
            )?;
        }
        Ok(())
    };
    // A reader that is open has looked the link up before; the session is what would be lost.
    away("baraza.db", "away.db")?;
    let mut client = baraza_tests::field::Client::new(&server);
    let (status, said) = client.sign_in(&token)?;
    ensure!(status == 503, "{status} {said}");
    let (status, said) = health(&server)?;
    ensure!(status == 503, "{said}");
    away("away.db", "baraza.db")?;
    let (status, said) = client.sign_in(&token)?;
    ensure!(status == 200, "{status} {said}");
    in_time("good health", || Ok(health(&server)?.0 == 200))?;
    server.stop()
}

/// Makes a library that puts a program's clock wrong, where there is a C compiler.
fn wrong_clock(at: &Path) -> Option<PathBuf> {
    let library = at.join("clock.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/clock.c");
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(source)
        .status();
    if cfg!(target_os = "linux") && made.is_ok_and(|status| status.success()) {
        return Some(library);
    }
    println!("left out: putting a clock wrong needs Linux and a C compiler");
    None
}

#[test]
fn a_server_whose_clock_jumps_keeps_the_order_and_the_chain_of_its_log() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    let Some(library) = wrong_clock(at) else {
        return Ok(());
    };
    let shift = at.join("shift");
    let off = |days: i64| std::fs::write(&shift, (days * 24 * 3600).to_string());
    off(0)?;
    let text = |path: &Path| path.to_str().map(String::from).context("a path");
    let (library, shifted) = (text(&library)?, text(&shift)?);
    let environment = [
        ("LD_PRELOAD", library.as_str()),
        ("CLOCK_SHIFT", shifted.as_str()),
    ];
    let server = Server::start_in(at, free_port(), &["--form", "f.md"], &environment)?;
    // Back and forth, and a year at a time.
    let jumps = [0, -400, 3, 3650, -3650, 0];
    for (number, days) in (0..).zip(jumps) {
        off(days)?;
        ensure!(send_one(&server, number)?.0 == 200, "{days} days off");
        ensure!(health(&server)?.0 == 200, "{days} days off");
    }
    server.stop()?;
    let sent: Vec<u64> = (0..jumps.len() as u64).collect();
    ensure_once(at, "baraza.db", &sent)?;
    let db = Connection::open(at.join("baraza.db"))?;
    let mut rows = db.prepare("SELECT instance_id, received_at, flags FROM response ORDER BY id")?;
    let rows: Vec<(String, String, String)> = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let expected: Vec<String> = sent
        .iter()
        .map(|number| load::instance_id(3, *number).to_string())
        .collect();
    let ids: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    ensure!(ids == expected, "in the order of arrival");
    let moments: Vec<&String> = rows.iter().map(|row| &row.1).collect();
    ensure!(
        moments[1] < moments[0] && moments[3] > moments[2] && moments[4] < moments[1],
        "the clock did jump: {moments:?}"
    );
    // The export is in the same order, and the audit log's numbers go on.
    let exported = baraza_tests::rows(at)?;
    let exported: Vec<&String> = exported.iter().filter_map(|row| row.get("instance_id")).collect();
    ensure!(
        exported.iter().map(|id| (*id).clone()).collect::<Vec<_>>() == expected,
        "{exported:?}"
    );
    // Whoever was far off is marked: the phone's clock and the server's can't both be right.
    ensure!(
        rows[3].2.contains("clock") && rows[4].2.contains("clock"),
        "{rows:?}"
    );
    Ok(())
}

/// `baraza publish` in the background.
fn publishing(at: &Path) -> Result<Child> {
    Ok(Command::new(baraza_tests::binary())
        .args(["publish", "f.md"])
        .current_dir(at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?)
}

#[test]
fn commands_beside_a_busy_server_take_their_turn() -> Result<()> {
    let folder = folder()?;
    let at = folder.path();
    let server = serve(at, &[])?;
    let port = server.port();
    let sent = std::thread::scope(|scope| -> Result<_> {
        let load = scope.spawn(move || {
            load::run(Load {
                port,
                path: load::PATH,
                connections: 8,
                run: 3,
                first: 0,
                until: Until::Past(Duration::from_secs(4)),
            })
        });
        let mut all = Vec::new();
        for n in 0..6 {
            std::fs::write(
                at.join("f.md"),
                load::FORM.replace("| 1       |", &format!("| v{n}      |")),
            )?;
            all.push(publishing(at)?.wait()?);
        }
        ensure!(all.iter().all(std::process::ExitStatus::success), "{all:?}");
        Ok(load.join().expect("the load"))
    })??;
    ensure!(
        sent.others.is_empty() && sent.broken == 0,
        "{:?} {}",
        sent.others,
        sent.broken
    );
    server.stop()?;
    ensure_once(at, "baraza.db", &sent.acknowledged)
}
