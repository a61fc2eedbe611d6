//! What it costs to look: all responses are read once, and then only what is new.

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, session_of};
use baraza_tests::field::said;
use baraza_tests::{Server, baraza, told};
use serde_json::json;
use std::time::{Duration, Instant};

/// Synthetic people; `BARAZA_ROWS` asks for another number.
const ROWS: &str = "3000";

#[test]
fn only_what_is_new_is_read() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let rows = std::env::var("BARAZA_ROWS").unwrap_or_else(|_| ROWS.to_owned());
    let made = baraza(folder, &["demo", "--db", "baraza.db", "--respondents", &rows]);
    ensure!(made.status.success(), "{}", told(&made));
    let server = Server::start(folder, &[])?;
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "test"],
    )?;
    let bola = Visitor::with(&server, &session_of(folder, "Bola")?);
    let field = "/desk/surveys/community-security/field";
    let before = server.resident_kb()?;
    let looks = || -> Result<Duration> {
        let begun = Instant::now();
        // The first look at very many goes on from page to page.
        loop {
            let got = bola.get(field)?;
            if got.status == 200 {
                return Ok(begun.elapsed());
            }
            ensure!(
                got.status == 503 && got.headers.contains_key("refresh"),
                "{got:?}"
            );
        }
    };
    let first = looks()?;
    let after = server.resident_kb()?;
    // The quickest of a few: others work on the same machine.
    let mut again = looks()?;
    for _ in 0..4 {
        again = again.min(looks()?);
    }
    let at = "2026-11-20T10:00:00.000+00:00";
    let body = json!({"form": "community-security", "version": "1",
        "instance_id": "aaaaaaaa-0000-4000-8000-000000000001", "started": at, "finished": at, "language": "en",
        "answers": {"consent": "no"}});
    let sent = server.post(
        "community-security",
        "application/json",
        body.to_string().as_bytes(),
    )?;
    ensure!(sent.0 == 200, "{sent:?}");
    let one_more = looks()?;
    println!(
        "a look at {rows} responses: {first:.1?} the first time ({} kB more), {one_more:.1?} after one more, {again:.1?} after none",
        after.saturating_sub(before)
    );
    assert!(one_more < first, "all of them were read again");
    assert!(again < first, "what has not changed was made again");
    // Strangers are no copies of each other.
    let twins = bola.get(&format!("{field}/flags?flag=twin&state=all"))?;
    let (_, count) = twins.text.split_once("<h2>").context("how many")?;
    let count: f64 = count.split(' ').next().unwrap_or_default().parse()?;
    println!("{count} of {rows} synthetic people are taken for copies");
    assert!(count <= rows.parse::<f64>()? / 100.0, "{count}");
    Ok(())
}
