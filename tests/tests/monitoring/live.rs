//! Pages follow what arrives, and let go when they have to.

use crate::person::Person;
use crate::{FIELD, World, somebody, with};
use anyhow::{Context, Result, ensure};
use baraza_tests::chromium;
use baraza_tests::desk::session_of;
use rusqlite::Connection;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Somebody who listens.
struct Listener(BufReader<TcpStream>);

impl Listener {
    fn begin(world: &World, cookie: &str, since: &str) -> Result<(u16, Self)> {
        let mut stream = TcpStream::connect(world.server.url.trim_start_matches("http://"))?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        write!(
            stream,
            "GET {FIELD}/live?since={since} HTTP/1.1\r\nhost: test\r\ncookie: {cookie}\r\n\r\n"
        )?;
        let mut listener = Self(BufReader::new(stream));
        let status = listener.line()?;
        let status = status.get(9..12).context("a status")?.parse()?;
        Ok((status, listener))
    }

    /// Blank at the end.
    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line)
    }

    /// Reads on until something is said; false where it ends first.
    fn hears(&mut self, words: &str) -> Result<bool> {
        loop {
            let line = self.line()?;
            if line.is_empty() || line.trim() == "0" {
                return Ok(false);
            }
            if line.trim() == words {
                return Ok(true);
            }
        }
    }
}

/// What the page knows.
fn mark(page: &str) -> Result<String> {
    let (_, after) = page.split_once("live?since=").context("where to listen")?;
    Ok(after.split('"').next().unwrap_or_default().to_owned())
}

#[test]
fn who_listens_hears_of_arrivals_until_the_session_ends() -> Result<()> {
    let world = World::new()?;
    let cookie = session_of(world.path(), "coordinator")?;
    let known = mark(&world.page("coordinator", FIELD)?)?;
    let (status, mut listener) = Listener::begin(&world, &cookie, &known)?;
    assert_eq!(status, 200);
    assert!(listener.hears(": here")?, "at once, and nothing has changed");
    world.send(1, &world.amina, &somebody(1))?;
    assert!(listener.hears("event: changed")?);
    let next = mark(&world.page("coordinator", FIELD)?)?;
    assert_ne!(next, known);
    assert!(listener.hears(&format!("id: {next}"))?);
    // Who comes late hears at once what was missed; who has a newer mark does not.
    let (_, mut late) = Listener::begin(&world, &cookie, &known)?;
    assert!(late.hears("event: changed")?);
    // A verdict from another process is told as well.
    crate::done(
        world.path(),
        &[
            "responses",
            "review",
            &crate::instance(1),
            "approved",
            "--by",
            "test",
        ],
    )?;
    assert!(listener.hears("event: changed")?);
    let ended = Connection::open(world.path().join("baraza.db"))?;
    ended.busy_timeout(Duration::from_secs(5))?;
    ended.execute("DELETE FROM desk_session", [])?;
    assert!(listener.hears("event: ended")?);
    assert!(!listener.hears("nothing more")?);
    let (status, _) = Listener::begin(&world, &cookie, &known)?;
    assert_eq!(status, 303, "to the page that signs in");
    Ok(())
}

#[test]
fn places_are_bounded_and_a_stop_waits_for_none_of_them() -> Result<()> {
    let world = World::new()?;
    let cookie = session_of(world.path(), "coordinator")?;
    let mut listeners = Vec::new();
    let refused = loop {
        let (status, listener) = Listener::begin(&world, &cookie, "")?;
        if status != 200 {
            break status;
        }
        listeners.push(listener);
        ensure!(listeners.len() < 1000, "there is no bound");
    };
    assert_eq!(refused, 503);
    assert!(listeners.len() >= 32, "{}", listeners.len());
    // Who goes leaves the place to another.
    drop(listeners.pop());
    let mut status = 503;
    for _ in 0..200 {
        status = Listener::begin(&world, &cookie, "")?.0;
        if status == 200 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(status, 200);
    world.server.ask_to_stop()?;
    for listener in &mut listeners {
        assert!(!listener.hears("nothing more")?);
    }
    let World { server, folder, .. } = world;
    ensure!(server.ended()?.success());
    let log = std::fs::read_to_string(folder.path().join("serve.log"))?;
    assert!(!log.contains("still open"), "{log}");
    Ok(())
}

#[test]
fn in_the_browser_the_bar_moves_by_itself() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let world = World::new()?;
    world.send(1, &world.amina, &with(&somebody(1), &json!({"gender": "woman"})))?;
    let looks = Person::new(&chromium, &world.server)?;
    looks.comes_as(&world, "coordinator")?;
    looks.open(FIELD)?;
    looks.sees("These figures change by themselves")?;
    looks.sees("1 of 20")?;
    // Bars are there to be seen: the one of today is as long as its line.
    let drawn = looks.page.text(
        "(() => { const [bar, line] = ['#days rect', '#days svg'].map((one) => document.querySelector(one).getBoundingClientRect());
                  return `${bar.width === line.width} ${bar.height === line.height && bar.height > 5}`; })()",
    )?;
    assert_eq!(drawn, "true true");
    looks.page.eval(
        "globalThis.isTheSame = true; document.querySelector('#quotas progress').dataset.old = 'yes'",
    )?;
    world.send(2, &world.amina, &with(&somebody(2), &json!({"gender": "woman"})))?;
    looks
        .page
        .wait_for("document.querySelector('#quotas progress').value === 2")?;
    looks.sees("2 of 20")?;
    looks.sees("2 responses")?;
    assert_eq!(
        looks.page.eval("globalThis.isTheSame")?.as_bool(),
        Some(true),
        "the page was not loaded again"
    );
    assert_eq!(
        looks.page.text("document.getElementById('told').textContent")?,
        "2 responses",
        "and it is said"
    );
    // What somebody is just at stays as it is.
    looks.page.eval(
        "document.getElementById('open').insertAdjacentHTML('beforeend', '<button id=here>here</button>');
         document.getElementById('here').focus()",
    )?;
    world.send(3, &world.amina, &with(&somebody(3), &json!({"gender": "woman"})))?;
    looks
        .page
        .wait_for("document.querySelector('#quotas progress').value === 3")?;
    assert_eq!(looks.page.text("document.activeElement.id")?, "here");
    // Signed out elsewhere, it says that it no longer follows.
    Connection::open(world.path().join("baraza.db"))?.execute("DELETE FROM desk_session", [])?;
    looks.sees("The figures no longer change by themselves")
}
