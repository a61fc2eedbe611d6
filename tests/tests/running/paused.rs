//! What a pause does to those who want to begin, to those who have begun, and to what arrives.

use crate::{FORM, done, minutes, send};
use anyhow::{Context, Result};
use baraza_tests::field::{Client, link, publish};
use baraza_tests::{Plain, Server, baraza, told};
use serde_json::{Value, json};
use std::time::Duration;
use tempfile::tempdir;

/// What the server knew a moment ago is forgotten.
fn a_moment() {
    std::thread::sleep(Duration::from_millis(150));
}

#[test]
fn no_response_is_turned_away_and_those_begun_after_the_pause_are_flagged() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    let (north, south) = (json!({"area": "north"}), json!({"area": "south"}));
    assert_eq!(send(&server, folder, &minutes(0)?, &north)?, [""; 0]);
    let said = done(
        folder,
        &["survey", "pause", "--area", "north", "--why", "Roads are closed"],
    )?;
    assert!(
        said.contains("'market' is paused in north: Roads are closed"),
        "{said}"
    );
    a_moment();
    assert_eq!(
        send(&server, folder, &minutes(-5)?, &north)?,
        [""; 0],
        "begun before"
    );
    assert_eq!(send(&server, folder, &minutes(0)?, &south)?, [""; 0]);
    assert_eq!(send(&server, folder, &minutes(0)?, &north)?, ["paused"]);
    // A phone whose clock is ahead has begun before its response arrived.
    assert_eq!(send(&server, folder, &minutes(90)?, &north)?, ["paused"]);
    done(folder, &["survey", "pause"])?;
    a_moment();
    assert_eq!(send(&server, folder, &minutes(0)?, &south)?, ["paused"]);
    done(folder, &["survey", "resume"])?;
    a_moment();
    assert_eq!(send(&server, folder, &minutes(0)?, &north)?, [""; 0]);
    done(folder, &["survey", "close", "--until", "2031-01-31"])?;
    a_moment();
    assert_eq!(send(&server, folder, &minutes(0)?, &south)?, ["paused"]);
    // Of a clock that can't be right only the arrival is known.
    assert_eq!(
        send(&server, folder, "2011-01-01T00:00:00Z", &south)?,
        ["clock", "paused"]
    );
    // Who did what is in the log, which is whole.
    let log = done(folder, &["audit"])?;
    for action in ["survey_paused", "survey_resumed", "survey_closed"] {
        assert!(log.contains(action), "{log}");
    }
    done(folder, &["verify"])?;
    Ok(())
}

#[test]
fn a_pause_that_makes_no_sense_changes_nothing() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    for (arguments, words) in [
        (&["--area", "nowhere"][..], "no such area: nowhere"),
        (&["--until", "next week"], "year-month-day"),
        (&["--why", &"long ".repeat(50)], "at most 200 characters"),
    ] {
        let output = baraza(folder, &[&["survey", "pause"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert!(told(&output).contains(words), "{}", told(&output));
    }
    assert!(done(folder, &["survey", "show"])?.contains("'market' is open"));
    Ok(())
}

#[test]
fn the_form_and_the_enumerators_list_say_so() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    let (_, link) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let phone = Client::signed_in(&server, &link)?;
    let form = || -> Result<(String, Value)> {
        let mut got = server.get("/api/surveys/market/form", &[])?;
        let tag = got.headers()["etag"].to_str()?.to_owned();
        Ok((tag, got.body_mut().read_json()?))
    };
    let (open, json_open) = form()?;
    assert_eq!(json_open["paused"], Value::Null, "open costs no byte");
    done(
        folder,
        &[
            "survey",
            "pause",
            "--why",
            "A \"quoted\" reason",
            "--until",
            "2031-01-31",
        ],
    )?;
    let (paused, told) = form()?;
    assert_ne!(
        open, paused,
        "phones ask by the tag whether what they have still holds"
    );
    assert_eq!(told["paused"]["why"], "A \"quoted\" reason");
    assert_eq!(told["paused"]["until"], "2031-01-31");
    assert_eq!(told["paused"]["areas"], Value::Null);
    assert_eq!(told["nodes"], json_open["nodes"]);
    done(folder, &["survey", "pause", "--area", "north"])?;
    let (again, told) = form()?;
    assert_ne!(paused, again);
    assert_eq!(told["paused"]["areas"], json!(["north"]));
    let node = told["paused"]["node"].as_u64().context("a node")? as usize;
    assert_eq!(told["nodes"][node]["key"], "area");
    let (_, list) = phone.json("GET", "/api/field", &Value::Null)?;
    assert_eq!(
        list["surveys"][0]["paused"]["areas"],
        json!([["In the north"], ["في الشمال"]])
    );
    done(folder, &["survey", "resume"])?;
    assert_eq!(form()?.0, open);
    let (_, list) = phone.json("GET", "/api/field", &Value::Null)?;
    assert_eq!(list["surveys"][0]["paused"], Value::Null);
    Ok(())
}

#[test]
fn the_page_without_scripts_says_so_and_what_was_begun_is_finished() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    let path = "/s/market/plain?lang=en";
    let mut begun = Plain::open(&server.url, path)?;
    done(
        folder,
        &[
            "survey",
            "pause",
            "--why",
            "<b>Roads</b> & rivers",
            "--until",
            "2031-01-31",
        ],
    )?;
    let page = Plain::open(&server.url, path)?;
    assert_eq!(page.outcome(), "stopped");
    for words in [
        "At the market",
        "Paused",
        "Roads",
        "Expected until \u{2066}2031-01-31\u{2069}",
    ] {
        assert!(page.html.contains(words), "{}", page.html);
    }
    assert!(!page.html.contains("<b>Roads"), "{}", page.html);
    let arabic = Plain::open(&server.url, "/s/market/plain?lang=ar")?;
    assert!(arabic.html.contains("متوقف مؤقتًا"), "{}", arabic.html);
    // What was begun before goes on, and arrives without a flag.
    begun.answer(&[("area", "north")])?;
    for _ in 0..3 {
        begun.press("next")?;
    }
    begun.press("send")?;
    assert_eq!(begun.outcome(), "sent", "{}", begun.words());
    let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
    let flags: String = database.query_row("SELECT flags FROM response", [], |row| row.get(0))?;
    assert_eq!(flags, "[]");
    // In an area nobody is asked anew, and in others they are.
    let pause = ["survey", "pause", "--area", "north", "--why", "Roads"];
    done(folder, &[&pause[..], &["--until", "2031-01-31"]].concat())?;
    let mut anew = Plain::open(&server.url, path)?;
    anew.answer(&[("area", "north")])?;
    assert!(
        anew.words().contains("nobody is asked in this area")
            && anew
                .words()
                .contains("Expected until \u{2066}2031-01-31\u{2069}. Roads"),
        "{}",
        anew.words()
    );
    anew.answer(&[("area", "south")])?;
    assert_eq!(anew.question("sex")?.key, "sex");
    Ok(())
}
