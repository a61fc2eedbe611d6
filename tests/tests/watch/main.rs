//! Who watches over the server: what it says of itself, to whom, and what its log never says. And how it stops.

mod log;
mod stop;

use anyhow::{Context, Result, ensure};
use baraza_tests::load::{self, Load, Until};
use baraza_tests::{Server, free_port};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tempfile::{TempDir, tempdir};

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
