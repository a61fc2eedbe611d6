//! Every state that a phone may show, one after the other, for those who look at each: pictures, and accessibility.

use crate::all_controls::serve_all_controls;
use crate::browser::{Browser, Page};
use crate::field::{VISITS, link, open_form, publish};
use crate::phone::Phone;
use crate::rig::{FULL_WHEN_TOLD, NO_DATABASE};
use crate::server::{Server, baraza};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

const KEPT: &str = "\
| survey   |         |        |                     |                     |
|          | type    | name   | label::English (en) | label::العربية (ar) |
|          | text    | words  | What happened?      | ماذا حدث؟           |
|          | file    | paper  | A paper             | ورقة                |
| settings |         |        |
|          | form_id | version | form_title::English (en) | form_title::العربية (ar) |
|          | kept    | 1      | What people remember | ما يتذكره الناس |
";
const LOCKED: &str = "\
| survey   |         |         |                     |                     |
|          | type    | name    | label::English (en) | label::العربية (ar) |
|          | text    | words   | What happened?      | ماذا حدث؟           |
| settings |         |         |             |
|          | form_id | version | baraza::pin |
|          | locked  | 1       | yes         |
";
const QUOTAS: &str = "gender,age,target\nwoman,18-35,2\nman,46+,5\n,,1\n";
const PIN: &str = "482916";

/// What is done in each state: the page, and the state's name.
pub type Look<'a> = &'a mut dyn FnMut(&Page, &str) -> Result<()>;

/// A walk through all states in one language.
pub struct Tour<'a> {
    /// The browser; each story is at another address, so that none knows of the other.
    pub browser: &'a Browser,
    /// `en`, `ar` …
    pub language: &'a str,
    /// What is done in each state.
    pub look: Look<'a>,
}

impl Tour<'_> {
    /// Looks at a state, once the page says that it is in it.
    fn at(&mut self, page: &Page, name: &str, screen: &str, state: &str) -> Result<()> {
        page.wait_for(&format!(
            "document.body.dataset.screen === {} && (document.body.dataset.state ?? '') === {}",
            json!(screen),
            json!(state)
        ))
        .with_context(|| name.to_owned())?;
        let direction = page.text("getComputedStyle(document.body).direction")?;
        let wanted = if self.language == "ar" { "rtl" } else { "ltr" };
        ensure!(direction == wanted, "{name} is written {direction}");
        (self.look)(page, name).with_context(|| name.to_owned())
    }

    fn open(&self, server: &Server, survey: &str) -> Result<Phone> {
        Phone::open(self.browser, &self.address(server, survey))
    }

    fn address(&self, server: &Server, survey: &str) -> String {
        format!("{}/s/{survey}?lang={}", server.url, self.language)
    }

    /// A page with this language chosen, which a script may prepare.
    fn page(&self, server: &Server, before: &str) -> Result<Page> {
        let page = self.browser.page(360, 640)?;
        page.tab
            .navigate_to(&format!("{}/healthz", server.url))?
            .wait_until_navigated()?;
        page.eval(&format!(
            "localStorage.setItem('baraza-language', '{}')",
            self.language
        ))?;
        if !before.is_empty() {
            page.before_all(before)?;
        }
        Ok(page)
    }

    /// All of it.
    pub fn all(&mut self) -> Result<()> {
        self.filling()?;
        self.controls()?;
        self.keeping()?;
        self.trouble()?;
        self.locked()?;
        self.field()?;
        self.plain()
    }

    /// The default survey: each screen, the review, the shelf, the calculator.
    pub fn filling(&mut self) -> Result<()> {
        let folder = tempdir()?;
        let server = Server::start(folder.path(), &[])?;
        let phone = self.open(&server, "community-security")?;
        let page = &phone.page;
        self.at(page, "first", "question", "")?;
        phone.next()?;
        self.at(page, "consent", "question", "")?;
        phone.tap("#next")?;
        page.wait_for("document.querySelector('.error') !== null")?;
        self.at(page, "error", "question", "")?;
        phone.choose("consent", "yes")?;
        self.at(page, "chosen", "question", "")?;
        let count = phone.fill_all(&json!({"consent": "yes", "age": "34"}))?;
        self.at(page, "review", "review", "")?;
        for n in (1..count).rev() {
            page.eval("document.getElementById('back').click()")?;
            page.wait_for("document.body.dataset.screen === 'question'")?;
            std::thread::sleep(std::time::Duration::from_millis(30));
            self.at(page, &format!("screen-{n:02}"), "question", "")?;
        }
        page.tab.reload(false, None)?;
        page.wait_for("document.getElementById('start-over') !== null")?;
        self.at(page, "resumed", "question", "")?;
        phone.tap("#contrast")?;
        self.at(page, "contrast", "question", "")?;
        phone.tap("#contrast")?;
        self.switched(&phone)?;
        self.hidden(&phone)?;
        phone.tap("#shelf")?;
        page.wait_for("document.getElementById('close-shelf') !== null")?;
        self.at(page, "shelf-drafts", "shelf", "")?;
        server.stop()?;
        page.wait_for("document.body.dataset.offline === 'true'")?;
        page.tab
            .navigate_to(&page.text("location.origin + '/s/elsewhere'")?)?
            .wait_until_navigated()?;
        (self.look)(page, "never-opened")
    }

    /// There, and back again.
    fn switched(&mut self, phone: &Phone) -> Result<()> {
        let switch = |tag: &str| {
            phone.page.eval(&format!(
                "(() => {{ const all = document.getElementById('language'); all.selectedIndex = [...all.options].findIndex(({{ lang }}) => lang === '{tag}'); all.dispatchEvent(new Event('change')); }})()"
            ))?;
            phone
                .page
                .wait_for(&format!("document.documentElement.lang === '{tag}'"))
        };
        switch("sw")?;
        (self.look)(&phone.page, "switched-to-sw")?;
        switch(self.language)
    }

    fn hidden(&mut self, phone: &Phone) -> Result<()> {
        phone.tap("#hide")?;
        phone
            .page
            .wait_for("document.querySelector('#cover .keys') !== null")?;
        self.at(&phone.page, "calculator", "question", "")?;
        phone.page.tab.press_key("Escape")?;
        phone
            .page
            .wait_for("!('hidden' in document.documentElement.dataset)")?;
        self.at(&phone.page, "calculator-left", "question", "")
    }

    /// The form with all controls, screen by screen.
    pub fn controls(&mut self) -> Result<()> {
        let (_folder, server, _) = serve_all_controls()?;
        let phone = self.open(&server, "all-controls")?;
        let page = &phone.page;
        page.eval(NEXT_EVER)?;
        for n in 1..120 {
            let screen = phone.screen()?;
            self.at(page, &format!("control-{n:02}"), &screen, "")?;
            if screen == "review" {
                return Ok(());
            }
            let n = page.eval(&format!("nextEver({n})"))?;
            ensure!(n == json!(true), "the form goes on");
        }
        anyhow::bail!("the form does not end")
    }

    /// What becomes of responses.
    pub fn keeping(&mut self) -> Result<()> {
        let (folder, other) = (tempdir()?, tempdir()?);
        for place in [&folder, &other] {
            std::fs::write(place.path().join("f.md"), KEPT)?;
        }
        let server = Server::start(folder.path(), &["--form", "f.md", "--media-limit-mb", "1"])?;
        let port = server.port();
        let phone = self.open(&server, "kept")?;
        let page = &phone.page;
        self.shelf(&phone, "shelf-empty")?;
        self.fill_and_send(&phone)?;
        self.at(page, "done-sent", "done", "sent")?;
        phone.tap("#again")?;
        phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        phone.hurry_to("paper")?;
        page.eval(BIG_FILE)?;
        page.wait_for("document.querySelector('.kept-file')?.innerText.includes('2')")?;
        phone.next()?;
        phone.send()?;
        self.at(page, "done-partly", "done", "partly")?;
        self.shelf(&phone, "shelf-partly")?;
        phone.tap("#again")?;
        server.stop()?;
        phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        self.fill_and_send(&phone)?;
        self.at(page, "done-waiting", "done", "waiting")?;
        self.shelf(&phone, "shelf-waiting")?;
        // Another server at the same address, which has no such survey.
        let stranger = Server::start_on(other.path(), port, &[])?;
        phone.tap("#send-now")?;
        self.at(page, "done-attention", "done", "attention")?;
        phone.tap("#shelf")?;
        page.wait_for("document.getElementById('save-file') !== null")?;
        self.at(page, "shelf-attention", "shelf", "")?;
        phone.tap("#save-file")?;
        page.wait_for("document.getElementById('download-file') !== null")?;
        self.at(page, "shelf-file", "shelf", "")?;
        stranger.stop()?;
        let server = Server::start_on(folder.path(), port, &["--media-limit-mb", "5"])?;
        phone.tap("#send-now")?;
        page.wait_for("document.querySelector('.shelf li[data-survey]') !== null && document.querySelector('.shelf li[data-instance]') === null")?;
        self.at(page, "shelf-sent", "shelf", "")?;
        self.older(&phone)?;
        server.stop()
    }

    fn fill_and_send(&self, phone: &Phone) -> Result<()> {
        phone.write("words", "people ran")?;
        phone.hurry_to("paper")?;
        phone.next()?;
        phone.send()?;
        Ok(())
    }

    fn shelf(&mut self, phone: &Phone, name: &str) -> Result<()> {
        phone.tap("#shelf")?;
        phone
            .page
            .wait_for("document.getElementById('close-shelf') !== null")?;
        self.at(&phone.page, name, "shelf", "")?;
        phone.page.eval("history.back()")?;
        phone.page.wait_for("document.body.dataset.screen !== 'shelf'")
    }

    /// A draft of a version that is not to be had.
    fn older(&mut self, phone: &Phone) -> Result<()> {
        let url = phone.page.text("location.origin + '/s/kept'")?;
        phone
            .page
            .tab
            .navigate_to(&format!("{url}?lang={}", self.language))?
            .wait_until_navigated()?;
        phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        phone.write("words", "begun before")?;
        phone.draft_has("words", |words| words == "begun before")?;
        phone.page.eval(LOSE_VERSION)?;
        phone.page.tab.reload(false, None)?;
        phone.page.wait_for("document.body.dataset.screen === 'question' && document.getElementById('status').innerText !== ''")?;
        self.at(&phone.page, "older-kept", "question", "")
    }

    /// A browser that keeps nothing, a full phone, another tab with an older version.
    pub fn trouble(&mut self) -> Result<()> {
        let folder = tempdir()?;
        std::fs::write(folder.path().join("f.md"), KEPT)?;
        let server = Server::start(folder.path(), &["--form", "f.md"])?;
        let address = self.address(&server, "kept");
        let told = "document.getElementById('status').innerText !== ''";
        for (name, script) in [("memory-only", NO_DATABASE), ("full", FULL_WHEN_TOLD)] {
            let page = self.page(&server, script)?;
            page.tab.navigate_to(&address)?.wait_until_navigated()?;
            page.wait_for("document.body.dataset.screen === 'question'")?;
            let phone = Phone { page };
            phone.page.eval("globalThis.isFull = true")?;
            phone.write("words", "not kept")?;
            phone.page.wait_for(told)?;
            self.at(&phone.page, name, "question", "")?;
        }
        let blocked = Server::start(folder.path(), &["--db", "blocked.db", "--form", "f.md"])?;
        let older = self.page(&blocked, "")?;
        older.eval("new Promise((done) => { indexedDB.open('baraza', 1).onsuccess = ({ target }) => { globalThis.held = target.result; done(); }; })")?;
        let page = self.page(&blocked, "")?;
        page.tab.navigate_to(&self.address(&blocked, "kept"))?;
        page.wait_for(told)?;
        (self.look)(&page, "blocked")
    }

    /// A PIN is chosen, asked for, and wrong.
    pub fn locked(&mut self) -> Result<()> {
        let folder = tempdir()?;
        std::fs::write(folder.path().join("f.md"), LOCKED)?;
        let server = Server::start(folder.path(), &["--form", "f.md"])?;
        let phone = self.open(&server, "locked")?;
        let page = &phone.page;
        page.wait_for("document.getElementById('choose-pin') !== null")?;
        self.at(page, "pin-choose", "lock", "")?;
        phone.tap("#choose-pin")?;
        page.wait_for("document.querySelector('.error') !== null")?;
        self.at(page, "pin-short", "lock", "")?;
        for id in ["pin", "pin-again"] {
            phone.tap(&format!("#{id}"))?;
            page.tab.type_str(PIN)?;
        }
        phone.tap("#choose-pin")?;
        page.wait_for("document.body.dataset.screen === 'question'")?;
        phone.write("words", "under the PIN")?;
        phone.page.wait_for("history.state?.instance !== undefined")?;
        page.tab.reload(false, None)?;
        page.wait_for("document.getElementById('open') !== null")?;
        self.at(page, "pin-ask", "lock", "")?;
        for n in 0..3 {
            phone.tap("#pin")?;
            page.tab.type_str("111222")?;
            phone.tap("#open")?;
            page.wait_for(
                "document.querySelector('.error') !== null && document.getElementById('pin').value === ''",
            )?;
            if n != 1 {
                self.at(page, ["pin-wrong", "", "pin-wait"][n], "lock", "")?;
            }
        }
        Ok(())
    }

    /// Enumerators: signing in, surveys with quotas, offline, revoked.
    pub fn field(&mut self) -> Result<()> {
        let place = tempdir()?;
        let folder = place.path();
        publish(folder, VISITS)?;
        publish(folder, &open_form())?;
        std::fs::write(folder.join("quotas.csv"), QUOTAS)?;
        let set = baraza(folder, &["quotas", "set", "quotas.csv", "--survey", "visits"]);
        ensure!(set.status.success());
        let server = Server::start(folder, &[])?;
        let (port, address) = (server.port(), server.url.clone());
        let (_, amina) = link(folder, "add", "Amina", &["--url", &address])?;
        let page = self.page(&server, "")?;
        let go = |path: &str| page.tab.navigate_to(path)?.wait_until_navigated().map(|_| ());
        go(&format!("{address}/sign-in"))?;
        self.at(&page, "sign-in", "sign-in", "none")?;
        go(&format!("{address}/sign-in#nobody"))?;
        self.at(&page, "sign-in-unknown", "sign-in", "unknown")?;
        go(&self.address(&server, "visits"))?;
        page.wait_for("document.querySelector('#who [role=alert]') !== null")?;
        self.at(&page, "not-signed-in", "question", "")?;
        go(&amina)?;
        self.at(&page, "field", "field", "now")?;
        let phone = Phone {
            page: Page {
                tab: page.tab.clone(),
            },
        };
        phone.tap(".survey .go.main")?;
        self.at(&page, "signed-in-form", "question", "")?;
        phone.choose("agreed", "yes")?;
        phone.next()?;
        go(&format!("{address}/field"))?;
        page.wait_for("document.querySelector('[data-draft]') !== null")?;
        self.at(&page, "field-draft", "field", "now")?;
        server.stop()?;
        page.eval("dispatchEvent(new Event('online'))")?;
        self.at(&page, "field-offline", "field", "offline")?;
        go(&format!("{address}/sign-in#{}", crate::field::token(&amina)))?;
        page.wait_for("document.body.dataset.state !== undefined")?;
        self.at(&page, "sign-in-offline", "sign-in", "offline")?;
        ensure!(
            baraza(folder, &["enumerators", "revoke", "Amina"])
                .status
                .success()
        );
        let server = Server::start_on(folder, port, &[])?;
        go(&format!("{address}/field"))?;
        self.at(&page, "field-revoked", "field", "revoked")?;
        go(&amina)?;
        self.at(&page, "sign-in-revoked", "sign-in", "revoked")?;
        server.stop()
    }

    /// The survey without scripts, and the pages around it.
    pub fn plain(&mut self) -> Result<()> {
        let folder = tempdir()?;
        let server = Server::start(folder.path(), &[])?;
        let page = self.browser.page(360, 640)?;
        let plain = format!("{}/s/community-security/plain", server.url);
        let go = |path: &str| page.tab.navigate_to(path)?.wait_until_navigated().map(|_| ());
        go(&plain)?;
        (self.look)(&page, "plain-languages")?;
        go(&format!("{plain}?lang={}", self.language))?;
        self.at(&page, "plain-first", "question", "")?;
        page.tab.click("#next")?;
        page.wait_for("document.querySelector('[data-key=consent]') !== null")?;
        self.at(&page, "plain-question", "question", "")?;
        page.tab.click("#next")?;
        page.wait_for("document.querySelector('.error') !== null")?;
        self.at(&page, "plain-error", "question", "")?;
        page.tab.click("input[value='no']")?;
        for _ in 0..8 {
            if page.text("document.body.dataset.screen")? == "review" {
                break;
            }
            page.eval("globalThis.old = true")?;
            page.tab.click("#next")?;
            page.wait_for("!globalThis.old && document.readyState === 'complete'")?;
        }
        self.at(&page, "plain-review", "review", "")?;
        let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
        database.execute_batch("BEGIN IMMEDIATE")?;
        page.tab.click("#send")?;
        self.at(&page, "plain-unsent", "done", "unsent")?;
        database.execute_batch("ROLLBACK")?;
        page.tab.click("#send")?;
        self.at(&page, "plain-sent", "done", "sent")?;
        self.around(&page, &server, folder.path())
    }

    /// The list of surveys, and that there is none of a name.
    fn around(&mut self, page: &Page, server: &Server, folder: &Path) -> Result<()> {
        publish(folder, &open_form())?;
        for (name, path) in [("surveys", "/"), ("no-such-survey", "/s/nowhere")] {
            page.tab
                .navigate_to(&format!("{}{path}", server.url))?
                .wait_until_navigated()?;
            (self.look)(page, name)?;
        }
        Ok(())
    }
}

const BIG_FILE: &str = "(() => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(2 << 20)], 'scan.PDF'));
    const input = document.querySelector('input[type=file]');
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
})()";

const LOSE_VERSION: &str = "new Promise((done) => {
    const open = indexedDB.open('baraza');
    open.onsuccess = () => {
        const transaction = open.result.transaction('drafts', 'readwrite');
        const drafts = transaction.objectStore('drafts');
        drafts.getAll().onsuccess = ({ target }) => target.result.forEach((draft) => drafts.put({ ...draft, version: 'lost' }));
        transaction.oncomplete = () => { open.result.close(); done(true); };
    };
})";

/// Goes to the next screen of a form in which nothing is required; one of each repeat is added.
const NEXT_EVER: &str = "globalThis.nextEver = async (n) => {
    const place = () => document.body.dataset.screen + document.getElementById('count').textContent + document.getElementById('screen').innerText;
    const before = place();
    const { screen } = document.body.dataset;
    const title = document.querySelector('h2.label')?.textContent;
    const adds = screen === 'repeat' && !(globalThis.added ??= new Set()).has(title);
    globalThis.added?.add(title);
    document.getElementById(adds ? 'add-instance' : 'next').click();
    for (let i = 0; i < 100; i++) {
        await new Promise((done) => setTimeout(done, 10));
        if (place() !== before) return true;
    }
    return false;
}";
