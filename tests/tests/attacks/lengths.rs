//! Bodies that are not as long as they say, that unpack to more than they should, and heads that lie.

use super::{JSON, LINES, MB, all_at_once, block_on, fresh, is_calm, post, response, responses, serve};
use anyhow::{Result, ensure};
use baraza_tests::wire::{Wire, chunked, head, request};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;
use std::time::Duration;

fn gzip(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..times {
        packed.write_all(bytes).expect("memory");
    }
    packed.finish().expect("memory")
}

#[test]
fn many_bombs_at_once_leave_the_memory_flat() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let good = response("home", &fresh(), &json!({"age": 3})).to_string();
    ensure!(server.post("home", "application/json", good.as_bytes())?.0 == 200);
    let before = server.memory_kb("VmHWM:")?;
    // 500 MB in half a megabyte; one that is packed twice; many small ones after each other; one of lines.
    let spaces = vec![b' '; MB];
    let bomb = gzip(&spaces, 500);
    let twice = gzip(&bomb, 1);
    let members: Vec<u8> = gzip(&spaces, 1).repeat(300);
    let lines = gzip(&b"{}\n".repeat(MB / 4), 20);
    let bombs = [(bomb, 413), (twice, 400), (members, 413), (lines, 413)];
    let packed = [LINES, ("content-encoding", "gzip")];
    let requests = (0..32)
        .map(|n| request("POST", "/api/responses", &packed, &bombs[n % 4].0))
        .collect();
    let answers = block_on(all_at_once(server.port(), requests))?;
    for (n, answer) in answers.iter().enumerate() {
        let (bomb, expected) = (&bombs[n % 4].0, bombs[n % 4].1);
        ensure!(
            [expected, 200].contains(&answer.status),
            "{} bytes: {}",
            bomb.len(),
            answer.head
        );
        // What unpacks to something small is only not understood.
        ensure!(
            answer.status != 200 || answer.json().to_string().contains("not_understood"),
            "{}",
            answer.json()
        );
    }
    let grown = server.memory_kb("VmHWM:")?.saturating_sub(before);
    println!("32 bombs at once: {} MB more at the highest", grown / 1024);
    ensure!(grown < 100 * 1024, "{grown} kB more");
    // On a single response packing is not offered, so nothing is unpacked.
    block_on(async {
        let mut wire = Wire::open(server.port()).await?;
        let headers = [JSON, ("content-encoding", "gzip")];
        let asked = request("POST", "/api/surveys/home/responses", &headers, &bombs[0].0);
        let answer = wire.ask(&asked).await?;
        ensure!(answer.status == 415, "{}", answer.head);
        Ok(())
    })?;
    ensure!(responses(folder.path())? == 1);
    is_calm(folder.path())
}

#[test]
fn what_is_nested_deeply_or_cut_short_is_told() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let good = response("home", &fresh(), &json!({"words": "HERE"})).to_string();
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        for sent in [
            nested(100_000),
            good.replace("\"HERE\"", &nested(100_000)),
            open.repeat(100_000),
        ] {
            let (status, said) = server.post("home", "application/json", sent.as_bytes())?;
            ensure!(status == 400, "{open}: {status} {said}");
            let (status, said) = server.post_lines(&[], sent.as_bytes())?;
            ensure!(
                status == 200 && said.to_string().contains("not_understood"),
                "{said}"
            );
        }
    }
    // Cut at every place, and closed as if it were whole.
    for end in 0..good.len() {
        let (status, _) = server.post("home", "application/json", &good.as_bytes()[..end])?;
        ensure!(status == 400, "cut at {end}: {status}");
    }
    ensure!(responses(folder.path())? == 0, "nothing of it is stored");
    is_calm(folder.path())
}

/// Sends bytes; gives the status, or nothing where the connection was ended without an answer.
fn raw(port: u16, bytes: &[u8]) -> Result<Option<u16>> {
    block_on(async {
        let mut wire = Wire::open(port).await?;
        wire.send(bytes).await?;
        let answer = tokio::time::timeout(Duration::from_secs(3), wire.answer()).await;
        Ok(answer.ok().and_then(Result::ok).map(|answer| answer.status))
    })
}

#[test]
fn lengths_and_heads_that_lie_store_nothing() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let path = "/api/surveys/home/responses";
    let sent = || response("home", &fresh(), &json!({"age": 3})).to_string();
    let with = |headers: &[(&str, &str)], body: &[u8]| {
        let mut bytes = head("POST", path, &[&[JSON], headers].concat());
        bytes.extend(body);
        bytes
    };
    let good = sent();
    let length = good.len().to_string();
    let longer = (good.len() + 10).to_string();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("longer", with(&[("content-length", &longer)], good.as_bytes())),
        ("negative", with(&[("content-length", "-1")], good.as_bytes())),
        ("signed", with(&[("content-length", "+5")], good.as_bytes())),
        (
            "beyond all numbers",
            with(&[("content-length", "99999999999999999999999")], good.as_bytes()),
        ),
        ("a word", with(&[("content-length", "many")], good.as_bytes())),
        (
            "two that differ",
            with(
                &[("content-length", "5"), ("content-length", &length)],
                good.as_bytes(),
            ),
        ),
        ("a list", with(&[("content-length", "5, 6")], good.as_bytes())),
        (
            "chunks that are none",
            with(&[("transfer-encoding", "chunked")], good.as_bytes()),
        ),
        (
            "a chunk beyond all numbers",
            with(&[("transfer-encoding", "chunked")], b"ffffffffffffffffff\r\n{}"),
        ),
        (
            "an unknown coding",
            with(&[("transfer-encoding", "gzip")], good.as_bytes()),
        ),
        (
            "chunked, but not last",
            with(&[("transfer-encoding", "chunked, gzip")], good.as_bytes()),
        ),
        ("no length", with(&[], good.as_bytes())),
        (
            "a header that goes on for ever",
            with(&[("x", &"x".repeat(2 * MB))], b""),
        ),
        ("a thousand headers", with(&[("x", "y"); 1000], good.as_bytes())),
        (
            "a space in a header's name",
            with(&[("x y", "z")], good.as_bytes()),
        ),
        (
            "another protocol",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(),
        ),
        ("nothing", b"\r\n\r\n\r\n".to_vec()),
    ];
    for (what, bytes) in cases {
        let status = raw(server.port(), &bytes)?;
        ensure!(
            status.is_none_or(|status| (400..500).contains(&status)),
            "{what}: {status:?}"
        );
        ensure!(responses(folder.path())? == 0, "{what}: something is stored");
    }
    // A second request hidden in the first one's body stays a body: one answer, and nothing stored of it.
    let hidden = post("home", sent().as_bytes());
    let both = [("content-length", "4"), ("transfer-encoding", "chunked")];
    let smuggled = with(&both, &[b"0\r\n\r\n", &hidden[..]].concat());
    let status = raw(server.port(), &smuggled)?;
    ensure!(
        status.is_none_or(|status| (400..500).contains(&status)),
        "{status:?}"
    );
    // What is chunked and whole is taken.
    let whole = with(
        &[("transfer-encoding", "chunked")],
        &chunked(sent().as_bytes(), 7),
    );
    ensure!(raw(server.port(), &whole)? == Some(200));
    is_calm(folder.path())
}

#[test]
fn a_poisoned_host_changes_nothing_that_others_see() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let evil = "evil.example";
    block_on(async {
        let poisoned = [
            ("host", evil),
            ("x-forwarded-host", evil),
            ("x-forwarded-proto", "https"),
            ("forwarded", "host=evil.example;proto=https"),
            ("x-original-url", "//evil.example/"),
        ];
        for path in [
            "/",
            "/s/home",
            "/s/home/plain",
            "/s/home/app.webmanifest",
            "/sw.js",
            "/sign-in",
            "/field",
            "/api/surveys/home/form",
            "/nowhere",
            "/s/home/",
            "//evil.example/",
            "http://evil.example/s/home",
        ] {
            let mut wire = Wire::open(server.port()).await?;
            let answer = wire.ask(&head("GET", path, &poisoned)).await?;
            ensure!(answer.status < 500, "{path}: {}", answer.head);
            let body = String::from_utf8_lossy(&answer.body);
            ensure!(
                !answer.head.contains(evil) && !body.contains(evil),
                "{path}: {} {body}",
                answer.head
            );
        }
        // A response is taken whatever the host is called, and a page of another one is still another's.
        let sent = response("home", &fresh(), &json!({"age": 3})).to_string();
        let path = "/api/surveys/home/responses";
        let mut wire = Wire::open(server.port()).await?;
        let asked = request("POST", path, &[JSON, ("host", evil)], sent.as_bytes());
        ensure!(wire.ask(&asked).await?.status == 200);
        let foreign = [
            JSON,
            ("origin", "http://evil.example"),
            ("x-forwarded-host", evil),
        ];
        let asked = request("POST", path, &foreign, sent.as_bytes());
        ensure!(wire.ask(&asked).await?.status == 403);
        Ok(())
    })?;
    ensure!(responses(folder.path())? == 1);
    is_calm(folder.path())
}
