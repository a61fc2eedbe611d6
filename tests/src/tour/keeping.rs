//! What becomes of responses, and what keeps a phone from keeping them.

use super::Tour;
use crate::phone::Phone;
use crate::rig::{FULL_WHEN_TOLD, NO_DATABASE};
use crate::server::Server;
use anyhow::Result;
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

impl Tour<'_> {
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
        fill_and_send(&phone)?;
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
        fill_and_send(&phone)?;
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

fn fill_and_send(phone: &Phone) -> Result<()> {
    phone.write("words", "people ran")?;
    phone.hurry_to("paper")?;
    phone.next()?;
    phone.send()?;
    Ok(())
}
