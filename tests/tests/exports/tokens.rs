//! Tokens of an account: what programs may read by them, and when they hold no longer.

use super::collected;
use anyhow::{Context, Result};
use baraza_tests::desk::{Got, Visitor, hidden, session_of};
use baraza_tests::field::said;
use baraza_tests::{Server, baraza, chromium, told};
use rusqlite::Connection;
use std::path::Path;
use tempfile::tempdir;

const TOKENS: &str = "/desk/account/tokens";

/// A day so many days from now.
pub fn day(from_now: i64) -> Result<String> {
    let wanted = format!("{from_now} days");
    Ok(Connection::open_in_memory()?.query_row("SELECT date('now', ?1)", [wanted], |row| row.get(0))?)
}

/// Makes a token at the desk.
pub fn token_of(visitor: &mut Visitor<'_>, name: &str) -> Result<String> {
    let got = visitor.send(TOKENS, &[("name", name), ("until", &day(30)?)])?;
    let (_, after) = got.text.split_once("baraza_").context("a token on the page")?;
    let token = after.split('<').next().unwrap_or_default();
    Ok(format!("baraza_{token}"))
}

/// Asks with a token and nothing else.
pub fn with_token(server: &Server, method: &str, token: &str, path: &str) -> Result<Got> {
    let bearer = format!("Bearer {token}");
    Visitor::new(server).ask(method, path, &[("authorization", &bearer)], b"")
}

fn account(folder: &Path, name: &str, more: &[&str]) -> Result<()> {
    said(
        folder,
        &[&["accounts", "add", name, "--by", "test"], more].concat(),
    )?;
    Ok(())
}

#[test]
fn a_token_reads_what_its_account_may_see_and_nothing_else() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    baraza_tests::field::publish(folder, &super::FORM.replace("homes    ", "others   "))?;
    account(folder, "Bola", &["--role", "coordinator", "--survey", "homes"])?;
    account(folder, "Chidi", &["--role", "analyst"])?;
    account(
        folder,
        "Dara",
        &["--role", "analyst", "--raw", "--survey", "homes"],
    )?;
    let raw = |survey: &str, more: &str| format!("/api/v1/surveys/{survey}/responses?purpose=a+check{more}");
    for (name, of_raw, seen) in [("Bola", 200, 1), ("Chidi", 403, 2), ("Dara", 200, 1)] {
        let mut visitor = Visitor::with(&server, &session_of(folder, name)?);
        let token = token_of(&mut visitor, "a program")?;
        let get = |path: &str| with_token(&server, "GET", &token, path);
        let surveys: serde_json::Value = serde_json::from_str(&get("/api/v1/surveys")?.text)?;
        assert_eq!(surveys["surveys"].as_array().map(Vec::len), Some(seen), "{name}");
        assert_eq!(get(&raw("homes", ""))?.status, of_raw, "{name}");
        if seen == 1 {
            assert_eq!(get("/api/v1/surveys/others/results")?.status, 404, "{name}");
            assert_eq!(get(&raw("others", ""))?.status, 404, "{name}");
        }
        // It is no session: pages ask to sign in, nothing is changed, phones' addresses know nobody by it.
        for path in ["/desk", TOKENS, "/desk/surveys/homes/export"] {
            assert_eq!(get(path)?.status, 303, "{name} {path}");
        }
        assert_eq!(
            with_token(&server, "POST", &token, "/desk/sign-out")?.status,
            303,
            "{name}"
        );
        assert_eq!(
            with_token(&server, "POST", &token, "/api/v1/surveys")?.status,
            405,
            "{name}"
        );
        assert_eq!(get("/api/field")?.status, 401, "{name}");
    }
    Ok(())
}

#[test]
fn single_responses_need_a_purpose_and_are_in_the_log() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    account(folder, "Bola", &["--role", "coordinator"])?;
    let mut bola = Visitor::with(&server, &session_of(folder, "Bola")?);
    let token = token_of(&mut bola, "nightly check")?;
    let path = "/api/v1/surveys/homes/responses";
    let get = |query: &str| with_token(&server, "GET", &token, &format!("{path}{query}"));
    for query in [
        "",
        "?purpose=",
        "?purpose=a+check&format=doc",
        "?purpose=a+check&repeat=x",
    ] {
        let got = get(query)?;
        assert_eq!(got.status, 422, "{query}");
        assert!(got.text.contains("\"message\""), "{}", got.text);
    }
    // A browser's session is led to the page that asks for it.
    assert_eq!(bola.get(&format!("{path}?purpose=a+check"))?.status, 401);
    let csv = get("?purpose=a+check")?;
    assert_eq!(csv.status, 200);
    assert_eq!(csv.text.matches("2026-11-20T10:00:00.000Z").count(), 240);
    assert!(
        get("?purpose=a+check&repeat=member")?
            .text
            .starts_with("instance_id,member_index,")
    );
    let log = told(&baraza(folder, &["audit"]));
    assert!(
        log.contains("purpose a check") && log.contains("token nightly check"),
        "{log}"
    );
    assert!(log.contains("token_made"), "{log}");
    Ok(())
}

#[test]
fn a_token_is_shown_once_and_ends_when_it_is_taken_back_on_its_day_or_with_its_account() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    account(folder, "Bola", &["--role", "coordinator"])?;
    account(folder, "Chidi", &["--role", "analyst"])?;
    let mut bola = Visitor::with(&server, &session_of(folder, "Bola")?);
    for (name, until) in [
        ("", day(3)?),
        ("x", day(-1)?),
        ("x", day(400)?),
        ("x", "soon".to_owned()),
    ] {
        let got = bola.send(TOKENS, &[("name", name), ("until", &until)])?;
        assert_eq!(got.status, 422, "{name} {until}");
        assert!(!got.text.contains("baraza_"), "{name} {until}");
    }
    let (first, second) = (token_of(&mut bola, "first")?, token_of(&mut bola, "second")?);
    let status =
        |token: &str| -> Result<u16> { Ok(with_token(&server, "GET", token, "/api/v1/surveys")?.status) };
    assert_eq!((status(&first)?, status(&second)?), (200, 200));
    // Only its digest is kept, and no page shows it again.
    let page = bola.get(TOKENS)?.text;
    assert!(
        page.contains("first") && page.contains("Last used") && !page.contains("baraza_"),
        "{page}"
    );
    let file = std::fs::read(folder.join("baraza.db-wal"))?;
    let bare = first.trim_start_matches("baraza_").as_bytes();
    assert!(!file.windows(bare.len()).any(|window| window == bare));
    // Nobody takes back another's.
    let id = hidden(
        &page.replace("<button name=\"revoke\"", "<input name=\"revoke\""),
        "revoke",
    )?;
    let mut chidi = Visitor::with(&server, &session_of(folder, "Chidi")?);
    assert_eq!(chidi.send(TOKENS, &[("revoke", &id)])?.status, 404);
    assert_eq!(status(&second)?, 200);
    assert_eq!(bola.send(TOKENS, &[("revoke", &id)])?.status, 303);
    assert_eq!(
        (status(&first)?, status(&second)?),
        (200, 401),
        "the newest stands first"
    );
    let database = Connection::open(folder.join("baraza.db"))?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let ends =
        |moment: &str| database.execute("UPDATE api_token SET ends_at = ?1 WHERE name = 'first'", [moment]);
    ends("2026-01-01T00:00:00.000Z")?;
    assert_eq!(status(&first)?, 401);
    ends("2126-01-01T00:00:00.000Z")?;
    assert_eq!(status(&first)?, 200);
    database.execute(
        "UPDATE account SET disabled_at = '2026-01-01T00:00:00.000Z' WHERE name = 'Bola'",
        [],
    )?;
    assert_eq!(status(&first)?, 401);
    for wrong in ["", "baraza_", "x", &first[..first.len() - 1]] {
        assert_eq!(status(wrong)?, 401, "{wrong:?}");
    }
    // One that does not hold is not helped by a session beside it.
    let got = chidi.ask("GET", "/api/v1/surveys", &[("authorization", "Bearer x")], b"")?;
    assert_eq!(got.status, 401);
    assert_eq!(
        got.headers
            .get("www-authenticate")
            .and_then(|value| value.to_str().ok()),
        Some("Bearer")
    );
    assert_eq!(chidi.get("/api/v1/surveys")?.status, 200);
    Ok(())
}

/// A token was made by whoever had the password that is no longer right.
#[test]
fn tokens_do_not_come_back_with_an_account_and_end_with_its_password() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    account(folder, "Dara", &["--role", "analyst"])?;
    for ends in [&["close", "open"][..], &["reset"]] {
        let token = token_of(&mut Visitor::with(&server, &session_of(folder, "Dara")?), "mine")?;
        let status = || -> Result<u16> { Ok(with_token(&server, "GET", &token, "/api/v1/surveys")?.status) };
        assert_eq!(status()?, 200);
        for what in ends {
            let done = baraza(folder, &["accounts", what, "Dara", "--by", "test"]);
            assert!(done.status.success(), "{what}: {}", told(&done));
        }
        assert_eq!(status()?, 401, "{ends:?}");
    }
    Ok(())
}

#[test]
fn the_page_of_tokens_is_for_every_browser() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    account(folder, "Bola", &["--role", "coordinator"])?;
    let cookie = session_of(folder, "Bola")?;
    let bola = crate::person::Person::new(&chromium, &server)?;
    bola.open("/desk/sign-in")?;
    let set = serde_json::json!(format!("{cookie}; path=/"));
    bola.page.eval(&format!("document.cookie = {set}"))?;
    bola.open("/desk/account")?;
    bola.presses("a[href='/desk/account/tokens']")?;
    bola.types("name", "R on my machine")?;
    bola.presses("main section button.main")?;
    bola.sees("It is shown only now")?;
    assert!(bola.link()?.starts_with("baraza_"));
    bola.judge("token-made-en")?;
    bola.judge_both("tokens", TOKENS)?;
    bola.page
        .eval("document.querySelector('details summary').click()")?;
    bola.judge("token-revoke-en")?;
    bola.presses("details[open] button.grave[name=revoke]")?;
    bola.sees("Ended.")?;
    Ok(())
}
