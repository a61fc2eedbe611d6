//! Sessions and links end when they should.

use crate::{BOLAS, PASSWORD};
use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, administrator, first_token, session_of};
use baraza_tests::field::said;
use baraza_tests::{Server, baraza, told};
use rusqlite::Connection;
use std::time::Duration;
use tempfile::tempdir;

#[test]
fn sessions_end_when_they_are_revoked_and_by_the_clock() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let mut first = administrator(&server, "Amina", PASSWORD)?;
    let sign_in = || -> Result<Visitor<'_>> {
        let mut visitor = Visitor::new(&server);
        let got = visitor.post("/desk/sign-in", &[("name", "Amina"), ("password", PASSWORD)])?;
        ensure!(got.status == 303 && got.location == "/desk", "{got:?}");
        for part in ["baraza-desk=", "; Path=/", "; HttpOnly", "; SameSite=Strict"] {
            ensure!(got.cookie.contains(part), "{}", got.cookie);
        }
        Ok(visitor)
    };
    let is_in = |visitor: &Visitor<'_>| Ok::<_, anyhow::Error>(visitor.get("/desk")?.status == 200);
    let (second, third) = (sign_in()?, sign_in()?);
    assert!(is_in(&first)? && is_in(&second)? && is_in(&third)?);
    let page = first.get("/desk/account")?.text;
    let session = page
        .split("name=\"session\" value=\"")
        .nth(1)
        .context("another session")?;
    let session = session.split('"').next().context("its id")?;
    assert_eq!(
        first
            .send("/desk/account/sessions", &[("session", session)])?
            .status,
        303
    );
    assert!(is_in(&first)? && is_in(&second)? != is_in(&third)?, "one of them");
    assert_eq!(
        first
            .send("/desk/account/sessions", &[("session", "others")])?
            .status,
        303
    );
    assert!(is_in(&first)? && !is_in(&second)? && !is_in(&third)?);
    // Nobody ends the sessions of others from their own page.
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "t"],
    )?;
    let bola = session_of(folder, "Bola")?;
    let database = Connection::open(folder.join("baraza.db"))?;
    let bolas: i64 = database.query_row("SELECT max(id) FROM desk_session", [], |row| row.get(0))?;
    let tried = first.send("/desk/account/sessions", &[("session", &bolas.to_string())])?;
    assert_eq!(tried.status, 404);
    assert!(is_in(&Visitor::with(&server, &bola))?);
    // A new password signs the others out, and not this one.
    let other = sign_in()?;
    let wrong = first.send(
        "/desk/account/password",
        &[("password", "not it at all"), ("new", BOLAS)],
    )?;
    assert!(
        wrong.status == 422 && wrong.text.contains("not your present password"),
        "{wrong:?}"
    );
    let changed = first.send(
        "/desk/account/password",
        &[("password", PASSWORD), ("new", BOLAS)],
    )?;
    assert_eq!(
        (changed.status, changed.location.as_str()),
        (303, "/desk/account?done=password")
    );
    assert!(is_in(&first)? && !is_in(&other)?);
    assert!(sign_in().is_err(), "the old password holds no longer");
    // From the machine itself.
    let ended = baraza(folder, &["accounts", "revoke-sessions", "amina", "--by", "t"]);
    ensure!(ended.status.success(), "{}", told(&ended));
    assert!(!is_in(&first)?);
    // By the clock: a day without a visit, or two weeks.
    for (column, days) in [("seen_at", "-2 days"), ("began_at", "-15 days")] {
        let cookie = session_of(folder, "Bola")?;
        assert!(is_in(&Visitor::with(&server, &cookie))?);
        database.execute(
            &format!(
                "UPDATE desk_session SET {column} = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{days}')
                 WHERE id = (SELECT max(id) FROM desk_session)"
            ),
            [],
        )?;
        assert!(!is_in(&Visitor::with(&server, &cookie))?, "{column}");
    }
    Ok(())
}

#[test]
fn a_link_is_too_old_after_its_time_and_two_at_once_make_one() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let token = first_token(&server)?;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = ["Amina", "Bola", "Chidi"]
            .map(|name| {
                let (server, token) = (&server, &token);
                scope.spawn(move || -> Result<u16> {
                    let fields = [("token", token.as_str()), ("name", name), ("password", PASSWORD)];
                    Ok(Visitor::new(server).post("/desk/link", &fields)?.status)
                })
            })
            .into_iter()
            .collect();
        let statuses = tries.into_iter().map(|one| one.join().expect("no panic"));
        statuses.collect::<Result<_>>()
    })?;
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    let made = said(
        folder,
        &["accounts", "add", "Dara", "--role", "analyst", "--by", "t"],
    )?;
    let link = made["link"].as_str().context("a link")?;
    let database = Connection::open(folder.join("baraza.db"))?;
    database.busy_timeout(Duration::from_secs(5))?;
    database.execute(
        "UPDATE account_link SET expires_at = '2020-01-01T00:00:00.000Z'",
        [],
    )?;
    let got = Visitor::new(&server).post("/desk/link", &[("token", link)])?;
    assert!(got.status == 401 && got.text.contains("too old"), "{got:?}");
    Ok(())
}
