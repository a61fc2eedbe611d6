//! A PIN, enumerators, and the pages for those without scripts.

use super::Tour;
use crate::browser::Page;
use crate::field::{VISITS, link, open_form, publish, token};
use crate::phone::Phone;
use crate::server::{Server, baraza};
use anyhow::{Result, ensure};
use std::path::Path;
use tempfile::tempdir;

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

impl Tour<'_> {
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
        page.wait_for("document.body.dataset.carried === 'true'")?;
        server.stop()?;
        page.eval("dispatchEvent(new Event('online'))")?;
        self.at(&page, "field-offline", "field", "offline")?;
        go(&format!("{address}/sign-in#{}", token(&amina)))?;
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
