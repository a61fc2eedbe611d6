//! Many connections that send hardly anything, or nothing: they are ended after a while, and stop nobody until then.
//!
//! `BARAZA_PATIENCE=1` also waits for the minute after which a body that does not come is given up.

use super::{JSON, LINES, block_on, fresh, is_calm, post, response, responses, serve};
use anyhow::{Context, Result, ensure};
use baraza_forms::hex;
use baraza_tests::wire::{Wire, head, request};
use baraza_tests::{binary, free_port};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MANY: usize = 400;
/// What a place is taken by: one more than there are.
const PLACES: usize = 65;
/// The server gives a head 20 seconds.
const HEAD: Duration = Duration::from_secs(45);
/// And a body that does not begin to come a minute.
const BODY: Duration = Duration::from_mins(2);

#[test]
fn those_who_send_slowly_stop_nobody_and_are_ended() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let port = server.port();
    let media = format!("/api/surveys/home/media/{}.jpg", "0".repeat(64));
    let length = ("content-length", "1000");
    let heads: [Vec<u8>; 4] = [
        b"P".to_vec(),
        b"POST /api/surveys/home/responses HTTP/1.1\r\nhost: x\r\nx-slow: ".to_vec(),
        b"GET / HTTP/1.1\r\nhost: x\r\n".to_vec(),
        b"GET /s/home HTTP/1.1\r\n".to_vec(),
    ];
    let bodies = [
        (head("POST", "/api/surveys/home/responses", &[JSON, length]), MANY),
        (head("POST", "/api/responses", &[LINES, length]), PLACES),
        (head("PUT", &media, &[length]), PLACES),
        (head("POST", "/api/session", &[JSON, length]), MANY / 4),
    ];
    block_on(async {
        let mut slow = Vec::new();
        for n in 0..MANY {
            let mut wire = Wire::open(port).await?;
            wire.send(&heads[n % heads.len()]).await?;
            slow.push(wire);
        }
        let mut slower = Vec::new();
        for (head, many) in &bodies {
            for _ in 0..*many {
                let mut wire = Wire::open(port).await?;
                wire.send(&[head, &b"{"[..]].concat()).await?;
                slower.push(wire);
            }
        }
        // Whoever behaves is served beside them: page, form, response.
        let begun = Instant::now();
        let mut worst = Duration::ZERO;
        let mut stored = 0;
        let mut wire = Wire::open(port).await?;
        while begun.elapsed() < Duration::from_secs(3) {
            let sent = response("home", &fresh(), &json!({"age": 3})).to_string();
            for asked in [
                post("home", sent.as_bytes()),
                request("GET", "/s/home", &[], b""),
                request("GET", "/api/surveys/home/form", &[], b""),
            ] {
                let asked_at = Instant::now();
                let answer = wire.ask(&asked).await?;
                worst = worst.max(asked_at.elapsed());
                ensure!(answer.status == 200, "{}", answer.head);
            }
            stored += 1;
        }
        println!(
            "{} slow connections; {stored} responses stored beside them, the slowest answer after {} ms",
            slow.len() + slower.len(),
            worst.as_millis()
        );
        ensure!(worst < Duration::from_secs(10), "an answer took {worst:?}");
        ensure!(responses(folder.path())? == stored);
        // They keep sending a byte now and then, and are ended all the same.
        let begun = Instant::now();
        for wire in &mut slow {
            let _ = wire.send(b"x").await;
        }
        for wire in &mut slow {
            let left = HEAD.saturating_sub(begun.elapsed());
            ensure!(
                wire.is_ended_within(left).await,
                "a head that never ends is waited for"
            );
        }
        println!("heads were given up after {} s", begun.elapsed().as_secs());
        all_find_a_place(port, begun).await?;
        println!(
            "a batch and a file found a place among those who keep them all after {} s",
            begun.elapsed().as_secs()
        );
        if std::env::var_os("BARAZA_PATIENCE").is_none() {
            return Ok(());
        }
        for wire in &mut slower {
            let left = BODY.saturating_sub(begun.elapsed());
            let answer = tokio::time::timeout(left, wire.answer()).await;
            let answer = answer.context("a body that never comes is waited for")??;
            ensure!([408, 503].contains(&answer.status), "{}", answer.head);
        }
        println!("bodies were given up after {} s", begun.elapsed().as_secs());
        Ok(())
    })?;
    is_calm(folder.path())
}

/// All places for batches and files are taken by those who send nothing: the slowest of them has to go.
async fn all_find_a_place(port: u16, begun: Instant) -> Result<()> {
    let lines = response("home", &fresh(), &json!({})).to_string();
    let batch = request("POST", "/api/responses", &[LINES], lines.as_bytes());
    let photo = format!("/api/surveys/home/media/{}.jpg", hex(&Sha256::digest(b"a photo")));
    let file = request("PUT", &photo, &[], b"a photo");
    for asked in [batch, file] {
        let mut wire = Wire::open(port).await?;
        loop {
            let answer = wire.ask(&asked).await?;
            if answer.status == 200 {
                break;
            }
            ensure!(answer.status == 503, "{}", answer.head);
            ensure!(
                begun.elapsed() < BODY,
                "those who send nothing keep everybody out"
            );
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn more_connections_than_file_handles_are_given_stop_nobody() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let port = free_port();
    // As many systems do, with fewer: 64, and as many as there may be for whoever asks.
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -Sn 64; exec \"$0\" serve --listen \"127.0.0.1:$1\""])
        .arg(binary())
        .arg(port.to_string())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.path().join("serve.log"))?)
        .spawn()?;
    let asked = block_on(async {
        let begun = Instant::now();
        while Wire::open(port).await.is_err() {
            ensure!(begun.elapsed() < Duration::from_secs(20), "it does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut idle = Vec::new();
        for _ in 0..MANY {
            let mut wire = Wire::open(port).await?;
            wire.send(b"GET / HT").await?;
            idle.push(wire);
        }
        let mut wire = Wire::open(port).await?;
        let healthy = request("GET", "/healthz", &[], b"");
        let answer = tokio::time::timeout(Duration::from_secs(10), wire.ask(&healthy)).await;
        let answer = answer.context("nobody is let in any more")??;
        ensure!(answer.status == 200, "{}", answer.head);
        Ok(())
    });
    child.kill()?;
    child.wait()?;
    asked?;
    is_calm(folder.path())
}
