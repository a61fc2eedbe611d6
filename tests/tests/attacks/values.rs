//! What stands in a response: stored exactly as it was said, or turned away with a reason.

use super::{fresh, is_calm, response, responses, serve};
use anyhow::{Context, Result, ensure};
use baraza_tests::{Server, csv_rows};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;

/// The answers of a stored response, and its flags.
fn stored(folder: &Path, id: &str) -> Result<Option<(Value, String)>> {
    let database = Connection::open(folder.join("baraza.db"))?;
    let mut statement = database.prepare("SELECT answers, flags FROM response WHERE instance_id = ?1")?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let answers: String = row.get(0)?;
    Ok(Some((serde_json::from_str(&answers)?, row.get(1)?)))
}

fn send(server: &Server, body: &str) -> Result<(u16, String)> {
    let (status, said) = server.post("home", "application/json", body.as_bytes())?;
    Ok((status, said.to_string()))
}

#[test]
fn words_are_stored_exactly_or_not_at_all() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let long = "ش".repeat(500_000);
    let exact = [
        "\u{0}",
        "a\u{0}b\u{0}",
        "\u{202e}drow a\u{202c}\u{200f}\u{061c}",
        "\u{feff}\u{fffe}\u{ffff}\u{10ffff}",
        "e\u{301} is not é",
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\r\n\t\u{b}\u{c}\u{1b}[31m\u{7f}\u{85}\u{2028}",
        "'; DROP TABLE response; --",
        "=1+1",
        &long,
    ];
    for words in exact {
        let id = fresh();
        let (status, said) = send(
            &server,
            &response("home", &id, &json!({"words": words})).to_string(),
        )?;
        ensure!(status == 200, "{words:.40?}: {said}");
        let (answers, _) = stored(folder.path(), &id)?.context("stored")?;
        ensure!(
            answers["words"] == words,
            "{words:.40?}: {:.60}",
            answers.to_string()
        );
    }
    let before = responses(folder.path())?;
    // As pairs they are a letter, alone they are none: what can't be stored exactly is not stored at all.
    for (escaped, status) in [
        ("\\ud83d\\ude00", 200),
        ("\\ud83d", 400),
        ("\\ude00\\ud83d", 400),
        ("\\ud83dx", 400),
        ("\\udfff", 400),
    ] {
        let id = fresh();
        let body = response("home", &id, &json!({"words": "HERE"})).to_string();
        let (got, said) = send(&server, &body.replace("HERE", escaped))?;
        ensure!(got == status, "{escaped}: {got} {said}");
        ensure!(
            stored(folder.path(), &id)?.is_some() == (status == 200),
            "{escaped}"
        );
    }
    // A word of 1 MB is longer than any response may be; bytes that are no text are none.
    let body = response("home", &fresh(), &json!({"words": "x".repeat(1 << 20)})).to_string();
    let (status, said) = send(&server, &body)?;
    ensure!(status == 413 && said.contains("at most"), "{status} {said}");
    for bytes in [
        &b"\xff\xfe"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
    ] {
        let body = response("home", &fresh(), &json!({"words": "HERE"})).to_string();
        let at = body.find("HERE").context("the place")?;
        let sent = [&body.as_bytes()[..at], bytes, &body.as_bytes()[at + 4..]].concat();
        let (status, said) = server.post("home", "application/json", &sent)?;
        ensure!(status == 400, "{bytes:?}: {status} {said}");
    }
    ensure!(responses(folder.path())? == before + 1);
    // Keys, too, and texts beside the answers.
    let odd = response(
        "home",
        &fresh(),
        &json!({"\u{0}\u{202e}": 1, "": 2, "__proto__": {"a": 1}}),
    );
    ensure!(send(&server, &odd.to_string())?.0 == 200);
    let mut language = response("home", &fresh(), &json!({}));
    language["language"] = json!("\u{0}'\"<b>");
    language["version"] = json!("\u{202e}\u{0}");
    ensure!(send(&server, &language.to_string())?.0 == 200);
    let out = baraza_tests::baraza(
        folder.path(),
        &["export", "--survey", "home", "--out", "home.csv"],
    );
    ensure!(out.status.success(), "{}", baraza_tests::told(&out));
    ensure!(csv_rows(&folder.path().join("home.csv"))?.len() == responses(folder.path())?);
    let verified = baraza_tests::baraza(folder.path(), &["verify"]);
    ensure!(verified.status.success(), "{}", baraza_tests::told(&verified));
    is_calm(folder.path())
}

#[test]
fn numbers_and_moments_that_are_none_are_told_or_flagged() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let say = |key: &str, value: &str| -> Result<(u16, Option<(Value, String)>)> {
        let id = fresh();
        let body = response("home", &id, &json!({key: "HERE"})).to_string();
        let (status, said) = send(&server, &body.replace("\"HERE\"", value))?;
        ensure!([200, 400].contains(&status), "{key} = {value}: {status} {said}");
        Ok((status, stored(folder.path(), &id)?))
    };
    // JSON has none of these.
    for value in [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e999",
        "01",
        "1.",
        ".5",
        "+1",
        "0x10",
        "1e",
    ] {
        for key in ["share", "age"] {
            let (status, stored) = say(key, value)?;
            ensure!(status == 400 && stored.is_none(), "{key} = {value}: {status}");
        }
    }
    // These are numbers or texts of JSON: stored, and flagged where the question can't have them.
    let flagged = [
        ("age", "\"NaN\""),
        ("age", "\"Infinity\""),
        ("age", "1e300"),
        ("age", "3.5"),
        ("age", "true"),
        ("age", "[1]"),
        ("age", "{\"a\": 1}"),
        ("age", "99999999999999999999999999"),
        ("share", "\"1e400\""),
        ("share", "\"-\""),
        ("day", "\"2026-02-30\""),
        ("day", "\"2026-13-01\""),
        ("day", "\"99999-01-01\""),
        ("day", "20260101"),
    ];
    for (key, value) in flagged {
        let (status, stored) = say(key, value)?;
        let (_, flags) = stored.context("stored")?;
        ensure!(
            status == 200 && flags.contains(&format!("\"{key}\"")),
            "{key} = {value}: {flags}"
        );
    }
    for (key, value) in [
        ("share", "-0"),
        ("share", "-0.0"),
        ("share", "1e-400"),
        ("share", "4.9e-324"),
        ("age", "-0"),
        ("day", "\"9999-12-31\""),
        ("day", "\"0001-01-01\""),
    ] {
        let (status, stored) = say(key, value)?;
        let (answers, _) = stored.context("stored")?;
        let sent: Value = serde_json::from_str(value)?;
        let same = answers[key] == sent || answers[key].as_f64() == sent.as_f64();
        ensure!(status == 200 && same, "{key} = {value}: {answers}");
    }
    is_calm(folder.path())
}

#[test]
fn a_clock_that_is_far_off_is_flagged_and_stops_nothing() -> Result<()> {
    let (folder, server) = serve(&[])?;
    for (moment, known) in [
        ("2016-08-21T10:00:00Z", true),
        ("2036-08-21T10:00:00Z", true),
        ("1970-01-01T00:00:00Z", true),
        ("9999-12-31T23:59:59Z", true),
        ("0000-00-00T00:00:00Z", false),
        ("+275760-09-13T00:00:00Z", false),
        ("-000001-01-01T00:00:00Z", false),
        ("yesterday", false),
        ("", false),
        ("\u{0}", false),
    ] {
        let id = fresh();
        let mut sent = response("home", &id, &json!({"age": 3}));
        sent["started"] = json!(moment);
        sent["finished"] = json!(moment);
        let (status, said) = send(&server, &sent.to_string())?;
        ensure!(
            status == 200 || (status == 400 && !known),
            "{moment}: {status} {said}"
        );
        if status == 200 {
            let (_, flags) = stored(folder.path(), &id)?.context("stored")?;
            ensure!(flags.contains("clock"), "{moment}: {flags}");
        }
    }
    let out = baraza_tests::baraza(
        folder.path(),
        &["export", "--survey", "home", "--out", "home.csv"],
    );
    ensure!(out.status.success(), "{}", baraza_tests::told(&out));
    ensure!(server.get("/s/home", &[])?.status() == 200);
    is_calm(folder.path())
}
