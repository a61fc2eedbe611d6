//! What the log says of a request, and what it never says.

use super::household;
use anyhow::{Context, Result, ensure};
use baraza_tests::field::{self, Client, VISITS};
use baraza_tests::{Server, free_port};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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

/// Everything that a phone may send, right and wrong.
fn all_requests(secret: &str) -> Vec<String> {
    let form = "application/x-www-form-urlencoded";
    let response = |instance: &str| {
        json!({"form": "visits", "version": "1", "instance_id": instance, "started": "2026-11-20T10:00:00Z",
            "finished": ANSWER, "language": ANSWER, "answers": {"agreed": "yes", "sex": "woman", "years": 20, "more": ANSWER}})
        .to_string()
    };
    let right = response("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01").replacen(ANSWER, "2026-11-20T10:05:00Z", 1);
    let open = right.replace("\"visits\"", "\"market\"").replace("a01", "a02");
    vec![
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
    ]
}

/// Sends all that; gives the requests' ids.
fn said_by_a_phone(server: &Server, secret: &str) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for request in &all_requests(secret) {
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
