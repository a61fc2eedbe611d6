//! Who watches over the server: what it says of itself, to whom, and what its log never says. And how it stops.

use anyhow::{Context, Result, ensure};
use baraza_tests::field::{self, Client, VISITS};
use baraza_tests::load::{self, Load, Until};
use baraza_tests::{Server, free_port};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn household() -> Result<TempDir> {
    let folder = tempdir()?;
    std::fs::write(folder.path().join("f.md"), load::FORM)?;
    Ok(folder)
}

fn load_of(port: u16, until: Until) -> Load<'static> {
    Load {
        port,
        path: load::PATH,
        connections: 8,
        run: 7,
        first: 0,
        until,
    }
}

fn text(server: &Server, path: &str, headers: &[(&str, &str)]) -> Result<(u16, String)> {
    let mut answer = server.get(path, headers)?;
    Ok((answer.status().as_u16(), answer.body_mut().read_to_string()?))
}

/// The value of a line of metrics.
fn value(metrics: &str, series: &str) -> Result<f64> {
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    Ok(line.with_context(|| format!("{series} in {metrics}"))?.parse()?)
}

#[test]
fn metrics_count_by_route_and_grow_with_nothing_that_people_send() -> Result<()> {
    let folder = household()?;
    let server = Server::start(folder.path(), &["--form", "f.md"])?;
    let sent = load::run(load_of(server.port(), Until::Sent(40)))?;
    ensure!(sent.acknowledged.len() == 40, "{sent:?}");
    let again = load::run(load_of(server.port(), Until::Sent(10)))?;
    ensure!(again.acknowledged.len() == 10, "{again:?}");
    let before = text(&server, "/metrics", &[])?.1;
    for n in 0..150 {
        for path in ["nowhere", "s", "api/surveys", "a/hash"] {
            text(&server, &format!("/{path}/canary{n}?canary={n}"), &[])?;
        }
    }
    let (mut stream, mut said) = (TcpStream::connect(("127.0.0.1", server.port()))?, String::new());
    stream.write_all(b"CANARY / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    stream.read_to_string(&mut said)?;
    ensure!(said.starts_with("HTTP/1.1 405"), "{said}");

    let (status, metrics) = text(&server, "/metrics", &[])?;
    ensure!(
        status == 200 && !metrics.to_lowercase().contains("canary"),
        "{metrics}"
    );
    ensure!(!metrics.contains("household"), "no survey is named: {metrics}");
    let responses = "route=\"/api/surveys/{survey}/responses\"";
    let counted = |method: &str, route: &str, class: &str| {
        value(
            &metrics,
            &format!("baraza_http_requests_total{{method=\"{method}\",{route},status=\"{class}\"}}"),
        )
    };
    ensure!(counted("POST", responses, "2xx")? == 50.0);
    ensure!(counted("GET", "route=\"/s/{survey}\"", "4xx")? == 150.0);
    ensure!(counted("GET", "route=\"/a/{hash}/{*file}\"", "4xx")? == 150.0);
    ensure!(counted("GET", "route=\"none\"", "4xx")? == 300.0);
    ensure!(counted("other", "route=\"/\"", "4xx")? == 1.0);
    ensure!(value(&metrics, "baraza_store_stored_total")? == 40.0);
    ensure!(value(&metrics, "baraza_store_already_stored_total")? == 10.0);
    ensure!(value(&metrics, "baraza_store_waiting")? == 0.0);
    let groups = value(&metrics, "baraza_store_commit_seconds_count")?;
    ensure!((1.0..=50.0).contains(&groups), "{groups} groups");
    let times = "baraza_http_request_seconds";
    ensure!(value(&metrics, &format!("{times}_count{{{responses}}}"))? == 50.0);
    ensure!(value(&metrics, &format!("{times}_bucket{{{responses},le=\"+Inf\"}}"))? == 50.0);
    ensure!(value(&metrics, &format!("{times}_sum{{{responses}}}"))? > 0.0);
    for present in ["database_bytes", "disk_free_bytes", "resident_memory_bytes"] {
        ensure!(value(&metrics, &format!("baraza_{present}"))? > 0.0, "{present}");
    }
    ensure!(value(&metrics, "baraza_database_damaged")? == 0.0);
    let grown = metrics.lines().count() - before.lines().count();
    ensure!(grown < 90, "{grown} lines more after 600 addresses: {metrics}");
    Ok(())
}

#[test]
fn metrics_are_for_this_machine_and_for_whoever_has_the_token() -> Result<()> {
    let folder = household()?;
    let open = [("BARAZA_METRICS_TOKEN", "a long token")];
    let server = Server::start_in(folder.path(), free_port(), &["--form", "f.md"], &open)?;
    let nowhere = text(&server, "/nowhere", &[])?;
    let forwarded = ("x-forwarded-for", "203.0.113.9");
    let bearer = |token: &str| format!("Bearer {token}");
    ensure!(text(&server, "/metrics", &[])?.0 == 200);
    for proxy in [
        forwarded,
        ("forwarded", "for=203.0.113.9"),
        ("via", "1.1 p"),
        ("x-real-ip", "x"),
    ] {
        ensure!(text(&server, "/metrics", &[proxy])? == nowhere, "{proxy:?}");
    }
    for wrong in ["", "a long toke", "a long token2", "A long token"] {
        let brought = bearer(wrong);
        let asked = text(&server, "/metrics", &[forwarded, ("authorization", &brought)])?;
        ensure!(asked == nowhere, "{wrong}: {asked:?}");
    }
    let brought = bearer("a long token");
    ensure!(text(&server, "/metrics", &[forwarded, ("authorization", &brought)])?.0 == 200);
    server.stop()?;

    // A token that is set to nothing opens nothing.
    let empty = [("BARAZA_METRICS_TOKEN", "")];
    let server = Server::start_in(folder.path(), free_port(), &[], &empty)?;
    let brought = bearer("");
    ensure!(text(&server, "/metrics", &[forwarded, ("authorization", &brought)])? == nowhere);
    Ok(())
}

#[test]
fn health_is_one_object_that_says_how_it_goes() -> Result<()> {
    let folder = household()?;
    std::fs::create_dir(folder.path().join("stick"))?;
    let backups = [
        "--form",
        "f.md",
        "--backup-folder",
        "stick",
        "--backup-every",
        "1h",
    ];
    let server = Server::start(folder.path(), &backups)?;
    let health = || -> Result<Value> { Ok(server.get("/healthz", &[])?.body_mut().read_json()?) };
    let patience = Instant::now() + Duration::from_secs(20);
    while health()?["last_backup"]["at"].is_null() {
        ensure!(Instant::now() < patience, "no backup: {}", health()?);
        std::thread::sleep(Duration::from_millis(50));
    }
    let said = health()?;
    ensure!(said["status"] == "ok" && said["problems"] == json!([]), "{said}");
    ensure!(
        said["integrity"] == "closed well" && said["trouble"].is_null(),
        "{said}"
    );
    let file = said["last_backup"]["file"].as_str().unwrap_or_default();
    ensure!(file.starts_with("baraza-") && !file.contains('/'), "{said}");
    ensure!(
        !said.to_string().contains("household"),
        "no survey is named: {said}"
    );
    let metrics = text(&server, "/metrics", &[])?.1;
    ensure!(value(&metrics, "baraza_backup_last_timestamp_seconds")? > 1.7e9);
    ensure!(value(&metrics, "baraza_backup_failed")? == 0.0);
    Ok(())
}

const ANSWER: &str = "canary-answer-Wanjiku";
const LINK: &str = "canary-link-Nakuru";
const HEADER: &str = "canary-header-Kisumu";
/// Where the phone connects from.
const PEER: &str = "127.7.7.7";

/// Sends bytes from an address of its own; gives all that comes back.
fn from_peer(server: &Server, request: &str) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.bind(format!("{PEER}:0").parse()?)?;
        let mut stream = socket
            .connect(format!("127.0.0.1:{}", server.port()).parse()?)
            .await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await?;
        Ok(answer)
    })
}

/// A request of a phone with all that must not be logged.
fn request(method: &str, path: &str, kind: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         user-agent: {HEADER}\r\nx-forwarded-for: 203.0.113.77\r\nx-request-id: {HEADER}\r\ncookie: baraza_field={HEADER}\r\n\
         authorization: Bearer {HEADER}\r\n\r\n{body}",
        body.len()
    )
}

/// Everything that a phone may send, right and wrong; gives the requests' ids.
fn said_by_a_phone(server: &Server, secret: &str) -> Result<Vec<String>> {
    let form = "application/x-www-form-urlencoded";
    let response = |instance: &str| {
        json!({"form": "visits", "version": "1", "instance_id": instance, "started": "2026-11-20T10:00:00Z",
            "finished": ANSWER, "language": ANSWER, "answers": {"agreed": "yes", "sex": "woman", "years": 20, "more": ANSWER}})
        .to_string()
    };
    let right = response("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01").replacen(ANSWER, "2026-11-20T10:05:00Z", 1);
    let open = right.replace("\"visits\"", "\"market\"").replace("a01", "a02");
    let sent = [
        request(
            "POST",
            "/api/session",
            "application/json",
            &json!({ "token": secret }).to_string(),
        ),
        request(
            "POST",
            "/api/session",
            "application/json",
            &json!({ "token": HEADER }).to_string(),
        ),
        request(
            "POST",
            "/api/surveys/visits/responses",
            "application/json",
            &right,
        ),
        request("POST", "/api/surveys/market/responses", "application/json", &open),
        request(
            "POST",
            "/api/surveys/market/responses",
            "application/json",
            &response("x"),
        ),
        request(
            "POST",
            "/api/surveys/market/responses",
            "application/json",
            &format!("{{\"form\": {ANSWER}"),
        ),
        request(
            "POST",
            "/api/surveys/market/responses",
            "application/json",
            &format!("{{\"answers\": \"{ANSWER}\"}}"),
        ),
        request(
            "POST",
            "/api/responses",
            "application/x-ndjson",
            &format!("{open}\n{ANSWER}\n{right}\n"),
        ),
        request(
            "GET",
            &format!("/s/market?lang=en&d[more]={LINK}"),
            "text/plain",
            "",
        ),
        request(
            "GET",
            &format!("/s/market/plain?lang=en&d[more]={LINK}"),
            "text/plain",
            "",
        ),
        request(
            "POST",
            "/s/market/plain",
            form,
            &format!("state={ANSWER}&more={ANSWER}"),
        ),
        request(
            "GET",
            &format!("/s/{LINK}%0d%0a2026-11-29T00:00:00Z%20ERROR%20forged"),
            "text/plain",
            "",
        ),
        request(
            "PUT",
            &format!("/api/surveys/market/media/{LINK}%0d%0aERROR.jpg"),
            "image/jpeg",
            ANSWER,
        ),
        request(
            "GET",
            &format!("/api/surveys/market/form?version={LINK}"),
            "text/plain",
            "",
        ),
        request(&format!("X{}", ANSWER.replace('-', "")), "/", "text/plain", ""),
    ];
    let mut ids = Vec::new();
    for request in &sent {
        let answer = from_peer(server, request)?;
        let (head, _) = answer.split_once("\r\n\r\n").with_context(|| request.clone())?;
        let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: "));
        let id = id.with_context(|| format!("an id: {head}"))?.to_owned();
        ensure!(
            id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{id}"
        );
        ids.push(id);
    }
    // One that hangs up in the middle.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port()))?;
    write!(
        stream,
        "POST /api/surveys/market/responses HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{ANSWER}"
    )?;
    drop(stream);
    Ok(ids)
}

#[test]
fn the_log_finds_a_request_by_its_id_and_knows_nothing_of_people() -> Result<()> {
    let folder = tempdir()?;
    let at = folder.path();
    for form in [VISITS.to_owned(), field::open_form()] {
        field::publish(at, &form)?;
    }
    let (_, link) = field::link(at, "add", "Amina", &[])?;
    for format in ["text", "json"] {
        let all = [("BARAZA_LOG", "trace")];
        let server = Server::start_in(at, free_port(), &["--log-format", format], &all)?;
        let secret = field::token(&link);
        let ids = said_by_a_phone(&server, secret)?;
        let client = Client::signed_in(&server, &link)?;
        client.send(at, "visits", None)?;
        let cookie = client.cookie.split_once('=').context("a cookie")?.1;
        let log = server.log()?;
        server.stop()?;
        for canary in [
            ANSWER,
            LINK,
            HEADER,
            secret,
            cookie,
            PEER,
            "203.0.113",
            "forged",
            &ANSWER.replace('-', ""),
        ] {
            ensure!(!log.contains(canary), "{canary} in the log ({format}):\n{log}");
        }
        let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("stopped")).collect();
        for id in &ids {
            let found: Vec<_> = lines.iter().filter(|line| line.contains(id.as_str())).collect();
            ensure!(!found.is_empty(), "{id} is not in the log ({format}):\n{log}");
            ensure!(found.iter().any(|line| line.contains("status")), "{found:?}");
        }
        ensure!(log.contains("/api/surveys/{survey}/responses"), "{log}");
        for line in lines {
            ensure!(
                line.contains("20") && !line.starts_with(' '),
                "a line of its own: {line:?}"
            );
            if format == "json" {
                let entry: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
                ensure!(
                    entry["timestamp"].is_string() && entry["level"].is_string(),
                    "{line}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn our_own_fault_is_in_the_log_under_the_requests_id() -> Result<()> {
    let folder = household()?;
    let at = folder.path();
    let server = Server::start(at, &["--form", "f.md"])?;
    Connection::open(at.join("baraza.db"))?.execute("UPDATE survey_version SET form = '{\"id\": 7}'", [])?;
    // Nobody has asked for the form so far, so that it is read now.
    let answer = server.get("/s/household", &[])?;
    ensure!(answer.status() == 503, "{}", answer.status());
    let id = answer
        .headers()
        .get("x-request-id")
        .context("an id")?
        .to_str()?
        .to_owned();
    let log = server.log()?;
    ensure!(
        log.lines()
            .any(|line| line.contains("ERROR") && line.contains(&id)),
        "{id}: {log}"
    );
    Ok(())
}

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
