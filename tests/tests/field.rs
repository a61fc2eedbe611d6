//! An enumerator's phone: signed in by a link, revoked while offline, let in again, and nothing lost.

use anyhow::{Result, ensure};
use baraza_tests::field::{Client, VISITS, link, open_form, publish, token};
use baraza_tests::{Browser, Phone, Server, baraza, chromium, csv_rows, told};
use headless_chrome::protocol::cdp::Page::GetNavigationHistory;
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

/// A phone in the field, and where its server keeps what arrives.
struct Story<'a> {
    folder: &'a Path,
    url: String,
    port: u16,
    phone: Phone,
}

impl Story<'_> {
    /// Waits until the page says all of it.
    fn sees(&self, all: &[&str]) -> Result<()> {
        for words in all {
            let says = format!(
                "document.getElementById('page').innerText.includes({})",
                json!(words)
            );
            self.phone.page.wait_for(&says)?;
        }
        Ok(())
    }

    /// Opens an address, and waits until the page is in a state.
    fn visit(&self, address: &str, state: &str) -> Result<()> {
        let page = &self.phone.page;
        page.tab.navigate_to(address)?.wait_until_navigated()?;
        page.wait_for(&format!("document.body.dataset.state === '{state}'"))
    }

    fn field(&self) -> String {
        format!("{}/field", self.url)
    }

    /// Answers all, up to the review.
    fn interview(&self) -> Result<()> {
        self.phone.tap(".survey .go.main")?;
        self.phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        self.phone
            .fill_all(&json!({"agreed": "yes", "sex": "woman", "years": "20"}))?;
        Ok(())
    }

    fn stored(&self) -> Result<i64> {
        let database = Connection::open(self.folder.join("baraza.db"))?;
        Ok(database.query_row("SELECT count(*) FROM response", [], |row| row.get(0))?)
    }

    /// The link signs in, and leaves neither the address bar nor the history with what it says.
    fn signs_in(&self, link: &str) -> Result<()> {
        self.visit(link, "now")?;
        let page = &self.phone.page;
        assert_eq!(page.text("location.pathname + location.hash")?, "/field");
        assert_eq!(page.text("sessionStorage.getItem('baraza-token') ?? ''")?, "");
        assert_eq!(page.text("document.cookie")?, "", "out of a page's reach");
        let history = page.tab.call_method(GetNavigationHistory(None))?.entries;
        ensure!(
            !history.iter().any(|entry| entry.url.contains(token(link))),
            "{history:?}"
        );
        Ok(())
    }

    /// One is finished without a connection, one is left half way, and meanwhile the link is taken back.
    fn loses_access(&self, server: Server) -> Result<()> {
        self.interview()?;
        server.stop()?;
        assert_eq!(self.phone.send()?, "waiting");
        self.phone.tap("#again")?;
        self.phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        self.phone.choose("agreed", "yes")?;
        self.phone.next()?;
        let revoked = baraza(self.folder, &["enumerators", "revoke", "Amina"]);
        ensure!(revoked.status.success(), "{}", told(&revoked));
        Ok(())
    }

    /// Back with a connection, and without the right to send: it is said, and everything is there.
    fn loses_nothing(&self) -> Result<()> {
        self.visit(&self.field(), "revoked")?;
        let kept = "1 response is kept on this phone";
        self.sees(&["Nothing on this phone was deleted", kept, "Go on with the one of"])?;
        self.phone.page.shot("field-revoked-en")?;
        self.phone.tap("#send-now")?;
        std::thread::sleep(std::time::Duration::from_millis(500));
        assert_eq!(self.stored()?, 1);
        self.sees(&[kept])?;
        let name = "JSON.parse(localStorage.getItem('baraza-enumerator')).name";
        assert_eq!(self.phone.page.text(name)?, "Amina");
        Ok(())
    }

    /// The old link is void; the new one is typed in, and what waited is sent in Amina's name.
    fn is_let_in_again(&self, old: &str) -> Result<()> {
        let (_, new) = link(self.folder, "renew", "Amina", &["--url", &self.url])?;
        self.visit(old, "revoked")?;
        let page = &self.phone.page;
        page.wait_for("location.pathname === '/sign-in'")?;
        page.shot("field-sign-in-revoked-en")?;
        self.phone.tap("#link")?;
        page.tab.type_str(&new)?;
        self.phone.tap(".link button")?;
        page.wait_for("location.pathname === '/field' && document.body.dataset.state === 'now'")?;
        self.sees(&["Received from you: 2. Today: 2.", "Woman 18–35: 2 of 2 ✓ reached"])?;
        self.sees(&["Everybody: 2 of 1 ✓ reached"])?;
        assert_eq!(
            page.eval("document.querySelectorAll('#send-now').length")?,
            json!(0)
        );
        ensure!(
            baraza(self.folder, &["export", "--out", "r.csv"])
                .status
                .success()
        );
        let rows = csv_rows(&self.folder.join("r.csv"))?;
        let named = rows
            .iter()
            .map(|row| (row["enumerator"].as_str(), row["flags"].as_str()));
        assert_eq!(named.collect::<Vec<_>>(), [("Amina", ""), ("Amina", "")]);
        Ok(())
    }

    /// The server goes away under the open page: what it said last stays, with its time.
    fn is_offline(&self) -> Result<()> {
        let page = &self.phone.page;
        page.eval("dispatchEvent(new Event('online'))")?;
        page.wait_for("document.body.dataset.state === 'offline'")?;
        self.sees(&["What is shown is as of", "Received from you: 2"])?;
        page.shot("field-offline-en")?;
        page.eval("window.confirm = () => true; window.alert = (words) => { window.told = words; }")?;
        self.phone.tap("#sign-out")?;
        page.wait_for("window.told?.includes('needs a connection')")
    }

    /// Signing out takes nothing away.
    fn signs_out(&self) -> Result<()> {
        self.visit(&self.field(), "now")?;
        let page = &self.phone.page;
        page.eval("window.confirm = () => true")?;
        self.phone.tap("#sign-out")?;
        page.wait_for("document.body.dataset.state === 'signed_out'")?;
        assert_eq!(page.text("localStorage.getItem('baraza-enumerator') ?? ''")?, "");
        assert_eq!(self.phone.draft()?, json!({"agreed": "yes"}));
        self.visit(&self.field(), "signed_out")?;
        self.sees(&["Go on with the one of"])?;
        page.shot("field-signed-out-en")
    }
}

#[test]
fn an_enumerator_signs_in_fills_loses_access_and_loses_nothing() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, VISITS)?;
    std::fs::write(
        folder.join("quotas.csv"),
        "gender,age,target\nwoman,18-35,2\nman,46+,5\n,,1\n",
    )?;
    ensure!(baraza(folder, &["quotas", "set", "quotas.csv"]).status.success());
    let server = Server::start(folder, &[])?;
    let browser = Browser::start(&chromium)?;
    let page = browser.page(360, 640)?;
    let story = Story {
        folder,
        url: server.url.clone(),
        port: server.port(),
        phone: Phone { page },
    };
    let (_, first) = link(folder, "add", "Amina", &["--url", &story.url])?;
    story.signs_in(&first)?;
    story.sees(&["Amina", "Household visits", "Received from you: 0. Today: 0."])?;
    story.sees(&["Woman 18–35: 0 of 2", "Man 46+: 0 of 5", "Everybody: 0 of 1"])?;
    story.interview()?;
    story.phone.page.shot("field-form-signed-in-en")?;
    assert_eq!(story.phone.send()?, "sent");
    story.phone.tap("#to-surveys")?;
    story.sees(&["Received from you: 1. Today: 1.", "Woman 18–35: 1 of 2"])?;
    story.sees(&["Man 46+: 0 of 5", "Everybody: 1 of 1 ✓ reached"])?;

    story.loses_access(server)?;
    let server = Server::start_on(folder, story.port, &[])?;
    story.loses_nothing()?;
    story.is_let_in_again(&first)?;
    server.stop()?;
    story.is_offline()?;
    story.phone.page.tab.navigate_to("about:blank")?;
    let server = Server::start_on(folder, story.port, &[])?;
    story.signs_out()?;
    server.stop()
}

#[test]
fn a_form_for_enumerators_says_so_before_its_first_question() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    publish(folder.path(), VISITS)?;
    publish(folder.path(), &open_form())?;
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/visits?lang=en", server.url))?;
    phone
        .page
        .wait_for("document.querySelector('#who [role=alert] button') !== null")?;
    ensure!(
        phone
            .page
            .text("document.getElementById('who').innerText")?
            .contains("only from enumerators")
    );
    phone.page.shot("field-form-not-signed-in-en")?;
    // Whoever has read it has the screen for the questions, and the way to sign in.
    phone.choose("agreed", "yes")?;
    phone.next()?;
    phone
        .page
        .wait_for("document.querySelector('#who [role=alert]') === null")?;
    phone.tap("#sign-in")?;
    phone.page.wait_for("document.body.dataset.state === 'none'")?;
    phone.page.shot("field-sign-in-none-en")?;
    // A form for anybody says nothing of it.
    let phone = Phone::open(&browser, &format!("{}/s/market?lang=en", server.url))?;
    assert_eq!(
        phone.page.eval("document.getElementById('who') === null")?,
        json!(true)
    );
    Ok(())
}

#[test]
fn a_link_opened_without_a_connection_is_kept_and_used_later() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, VISITS)?;
    let server = Server::start(folder, &[])?;
    let port = server.port();
    let (_, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/sign-in", server.url))?;
    phone.page.wait_for("document.body.dataset.state === 'none'")?;
    server.stop()?;
    phone.page.eval(&format!("location.hash = '{}'", token(&amina)))?;
    phone.page.wait_for("document.body.dataset.state === 'offline'")?;
    assert_eq!(phone.page.text("location.hash")?, "");
    phone.page.shot("field-sign-in-offline-en")?;
    let _server = Server::start_on(folder, port, &[])?;
    phone.tap("#try-again")?;
    phone
        .page
        .wait_for("location.pathname === '/field' && document.body.dataset.state === 'now'")?;
    phone
        .page
        .tab
        .navigate_to(&amina.replace(token(&amina), "nobody"))?
        .wait_until_navigated()?;
    phone.page.wait_for("document.body.dataset.state === 'unknown'")?;
    ensure!(
        phone
            .page
            .text("document.body.innerText")?
            .contains("Amina is signed in")
    );
    phone.page.shot("field-sign-in-unknown-en")
}

#[test]
fn the_pages_fit_small_screens_in_both_directions() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, VISITS)?;
    publish(folder, &open_form())?;
    std::fs::write(
        folder.join("quotas.csv"),
        "gender,age,target\nwoman,18-35,20\nman,46+,1\n,,30\n",
    )?;
    ensure!(
        baraza(folder, &["quotas", "set", "quotas.csv", "--survey", "visits"])
            .status
            .success()
    );
    let server = Server::start(folder, &[])?;
    let (id, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let client = Client::signed_in(&server, &amina)?;
    for _ in 0..12 {
        client.send(folder, "visits", Some(&id))?;
    }
    for (language, size) in [
        ("en", (360, 640)),
        ("ar", (360, 640)),
        ("en", (1280, 800)),
        ("ar", (1280, 800)),
    ] {
        let browser = Browser::start(&chromium)?;
        let page = browser.page(size.0, size.1)?;
        page.tab
            .navigate_to(&format!("{}/healthz", server.url))?
            .wait_until_navigated()?;
        page.eval(&format!("localStorage.setItem('baraza-language', '{language}')"))?;
        page.tab.navigate_to(&amina)?.wait_until_navigated()?;
        page.wait_for("document.body.dataset.carried === 'true'")?;
        let phone = Phone { page };
        phone.tap("[data-survey='visits'] .go.main")?;
        phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        phone.choose("agreed", "yes")?;
        phone.next()?;
        phone.tap("#to-surveys")?;
        phone
            .page
            .wait_for("document.querySelector('[data-draft]') !== null")?;
        phone.page.shot(&format!("field-{language}-{}", size.0))?;
        assert_eq!(
            phone.page.text("document.documentElement.dir")?,
            if language == "ar" { "rtl" } else { "ltr" }
        );
        let low = phone.page.text("[...document.querySelectorAll('a, button, select, input')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 48).map(e => e.outerHTML).join('\\n')")?;
        assert_eq!(low, "", "targets for a thumb");
        assert_eq!(
            phone
                .page
                .eval("document.documentElement.scrollWidth <= innerWidth")?,
            json!(true),
            "nothing sticks out"
        );
        phone
            .page
            .tab
            .navigate_to(&format!("{}/sign-in", server.url))?
            .wait_until_navigated()?;
        phone.page.wait_for("document.body.dataset.state === 'none'")?;
        phone.page.shot(&format!("field-sign-in-{language}-{}", size.0))?;
    }
    Ok(())
}

#[test]
fn what_an_enumerator_takes_along_opens_where_there_was_never_a_network() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    publish(folder.path(), VISITS)?;
    publish(folder.path(), &open_form())?;
    let server = Server::start(folder.path(), &[])?;
    let port = server.port();
    let (_, link) = link(folder.path(), "add", "Amina", &["--url", &server.url])?;
    let browser = Browser::start(&chromium)?;
    let page = browser.page(360, 640)?;
    let story = Story {
        folder: folder.path(),
        url: server.url.clone(),
        port,
        phone: Phone { page },
    };
    story.visit(&link, "now")?;
    story.sees(&["All surveys are on this phone"])?;
    story.phone.page.shot("field-carried-en")?;
    server.stop()?;

    // Neither survey was ever open on this phone, and the second is opened in its other language.
    let page = &story.phone.page;
    for (address, title) in [
        ("/s/visits?draft=new", "Household visits"),
        ("/s/market?lang=ar&draft=new", "في السوق"),
    ] {
        page.tab
            .navigate_to(&format!("{}{address}", story.url))?
            .wait_until_navigated()?;
        page.wait_for(&format!(
            "document.body.dataset.screen === 'question' && document.getElementById('title').textContent === {}",
            json!(title)
        ))?;
    }
    story
        .phone
        .fill_all(&json!({"agreed": "yes", "sex": "woman", "years": "20"}))?;
    assert_eq!(story.phone.send()?, "waiting");
    story.visit(&story.field(), "offline")?;
    story.phone.tap("#look")?;
    page.wait_for("document.body.dataset.screen === 'shelf'")?;
    story.phone.tap("#save-file")?;
    page.wait_for("document.getElementById('download-file') !== null")?;
    let server = Server::start_on(story.folder, port, &[])?;
    story.phone.tap("#send-now")?;
    page.wait_for("document.querySelectorAll('#screen li[data-instance][data-state]').length === 0")?;
    assert_eq!(story.stored()?, 1);
    server.stop()
}
