//! Every state that a phone may show, one after the other, for those who look at each: pictures, and accessibility.

mod keeping;
mod people;

use crate::all_controls::serve_all_controls;
use crate::browser::{Browser, Page};
use crate::phone::Phone;
use crate::server::Server;
use anyhow::{Context, Result, ensure};
use serde_json::json;
use tempfile::tempdir;

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
}

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
