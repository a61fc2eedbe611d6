//! What a phone may meet: a full disk, a browser that keeps nothing, a clock ten years off, the survey open twice.

use anyhow::{Result, ensure};
use baraza_tests::rig::{Arrivals, FULL_WHEN_TOLD, Fault, Keeps, NO_DATABASE, Proxy, arrived, shut};
use baraza_tests::{Browser, Phone, Server, chromium};
use serde_json::json;
use std::path::Path;
use std::time::Duration;
use tempfile::{TempDir, tempdir};

const FORM: &str = "\
| survey   |         |         |          |
|          | type    | name    | label    |
|          | text    | words   | Words    |
|          | image   | photo   | A photo  |
|          | text    | more    | More     |
| settings |         |         |
|          | form_id | version |
|          | hostile | 1       |
";

/// A server, a network that can fail, and a browser.
struct Field {
    folder: TempDir,
    _server: Server,
    network: Proxy,
    browser: Browser,
}

impl Field {
    fn new(chromium: &Path) -> Result<Self> {
        let folder = tempdir()?;
        std::fs::write(folder.path().join("f.md"), FORM)?;
        let server = Server::start(folder.path(), &["--form", "f.md"])?;
        Ok(Self {
            network: Proxy::before(server.port())?,
            browser: Browser::start(chromium)?,
            folder,
            _server: server,
        })
    }

    fn url(&self) -> String {
        format!("{}/s/hostile", self.network.url)
    }

    fn open(&self) -> Result<Phone> {
        Phone::open(&self.browser, &self.url())
    }

    /// A phone whose pages run a script before everything else.
    fn open_with(&self, prepare: impl Fn(&Phone) -> Result<()>) -> Result<Phone> {
        let phone = self.open()?;
        prepare(&phone)?;
        phone.page.tab.reload(false, None)?;
        phone
            .page
            .wait_for("document.body?.dataset.screen === 'question'")?;
        Ok(phone)
    }

    /// The words of all responses that have come, once there are so many.
    fn words(&self, wanted: usize) -> Result<Vec<String>> {
        for _ in 0..400 {
            let Arrivals { rows, .. } = arrived(self.folder.path())?;
            if rows.len() >= wanted {
                let words = rows
                    .iter()
                    .map(|row| row.answers["words"].as_str().unwrap_or_default());
                return Ok(words.map(String::from).collect());
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        anyhow::bail!("{wanted} responses never came")
    }
}

/// What the line above the form says, once it says anything like that.
fn is_told(phone: &Phone, words: &str) -> Result<()> {
    let says = format!("document.body.innerText.includes({})", json!(words));
    phone.page.wait_for(&says)
}

/// Sends, and sees that it has to wait.
fn waits(phone: &Phone) -> Result<()> {
    phone.send()?;
    phone.page.wait_for("document.body.dataset.state === 'waiting'")
}

fn begins(phone: &Phone) -> Result<()> {
    phone.tap("#again")?;
    phone.page.wait_for("document.body.dataset.screen === 'question'")
}

/// Gives a picture to the question in sight.
const PHOTO: &str = "(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 600, height: 400 });
    const pixels = new ImageData(600, 400);
    for (let at = 0; at < pixels.data.length; at += 65536) crypto.getRandomValues(pixels.data.subarray(at, Math.min(at + 65536, pixels.data.length)));
    canvas.getContext('2d').putImageData(pixels, 0, 0);
    const files = new DataTransfer();
    files.items.add(new File([await new Promise((done) => canvas.toBlob(done, 'image/png'))], 'a.png'));
    const input = document.querySelector('input[type=file]');
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
})()";

#[test]
fn a_full_phone_says_so_and_loses_nothing() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let field = Field::new(&chromium)?;
    let phone = field.open_with(|phone| phone.page.before_all(FULL_WHEN_TOLD))?;
    phone.write("words", "before")?;
    phone.next()?;
    phone.tap("#back")?;

    // While answering.
    phone.page.eval("globalThis.isFull = true")?;
    phone.write("words", "while it was full")?;
    is_told(&phone, "storage is full")?;
    phone.page.shot("full-answering")?;
    phone.next()?;

    // While adding a photo: it says that the photo is not kept, and the form goes on.
    phone.page.eval(PHOTO)?;
    is_told(&phone, "could not be kept")?;
    phone.page.shot("full-photo")?;
    phone.next()?;
    phone.next()?;

    // While finalising, without a network: nothing pretends to be finished, and the answers are still there.
    field.network.down(true);
    phone.tap("#send")?;
    is_told(&phone, "storage is full")?;
    phone.page.shot("full-finalising")?;
    ensure!(
        phone.screen()? == "review",
        "it says that it is {}",
        phone.screen()?
    );

    // There is room again.
    phone.page.eval("globalThis.isFull = false")?;
    waits(&phone)?;
    let keeps = Keeps::on(&phone.page)?;
    ensure!(keeps.outbox.len() == 1 && keeps.drafts.is_empty(), "{keeps:?}");
    field.network.down(false);
    let again = field.open()?;
    ensure!(field.words(1)? == ["while it was full"]);
    drop(again);
    Ok(())
}

#[test]
fn a_browser_that_keeps_nothing_says_so_and_sends() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let field = Field::new(&chromium)?;
    let phone = field.open_with(|phone| phone.page.before_all(NO_DATABASE))?;
    is_told(&phone, "does not let the page keep anything")?;
    phone.page.shot("no-database")?;
    phone.fill_all(&json!({"words": "kept nowhere"}))?;
    field.network.down(true);
    waits(&phone)?;
    is_told(&phone, "does not let the page keep anything")?;
    field.network.down(false);
    phone.page.eval("dispatchEvent(new Event('online'))")?;
    phone.page.wait_for("document.body.dataset.state === 'sent'")?;
    ensure!(field.words(1)? == ["kept nowhere"]);
    ensure!(arrived(field.folder.path())?.media.len() == 1, "with its photo");
    Ok(())
}

/// One response waits on a phone whose database then does not open; pauses are so many times shorter.
fn shut_after_one(field: &Field, faster: u32) -> Result<Phone> {
    let phone = field.open()?;
    phone.page.wait_for("document.body.dataset.offline === 'true'")?;
    // With the first answer comes what may have to be said later.
    phone.write("words", "a")?;
    phone.page.wait_for(
        "caches.match(performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/away.js'))?.name ?? '/none').then(Boolean)",
    )?;
    field.network.down(true);
    phone.fill_all(&json!({"words": "before the crash"}))?;
    waits(&phone)?;
    phone.page.before_all(&shut(faster))?;
    phone.page.tab.reload(false, None)?;
    is_told(&phone, "can’t be opened just now")?;
    Ok(phone)
}

const LINE: &str = "document.getElementById('shelf').textContent";

#[test]
fn a_database_that_opens_late_is_waited_for() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let field = Field::new(&chromium)?;
    let phone = shut_after_one(&field, 1)?;
    phone.page.eval("globalThis.isShut = false")?;
    phone
        .page
        .wait_for("document.body.dataset.screen === 'question'")?;
    phone.page.wait_for(&format!("{LINE} === '1 waiting'"))?;
    let says = phone.page.text("document.getElementById('status').innerText")?;
    ensure!(says.is_empty(), "all is well, and it says: {says}");
    field.network.down(false);
    phone.page.eval("dispatchEvent(new Event('online'))")?;
    ensure!(field.words(1)? == ["before the crash"]);
    Ok(())
}

#[test]
fn what_came_while_the_database_did_not_open_goes_there_later() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let field = Field::new(&chromium)?;
    let phone = shut_after_one(&field, 10)?;
    phone
        .page
        .wait_for("document.body.dataset.screen === 'question'")?;
    phone.page.shot("shut")?;
    phone.fill_all(&json!({"words": "while it was shut"}))?;
    waits(&phone)?;
    begins(&phone)?;
    phone.write("words", "begun while it was shut")?;
    is_told(&phone, "can’t be opened just now")?;
    ensure!(
        phone.page.text(LINE)? == "1 waiting",
        "the other one can't be seen"
    );

    phone.page.eval("globalThis.isShut = false")?;
    phone.page.wait_for(&format!("{LINE} === '2 waiting'"))?;
    let keeps = Keeps::on(&phone.page)?;
    let drafts: Vec<_> = keeps.drafts.iter().map(|draft| &draft.answers["words"]).collect();
    ensure!(drafts == ["begun while it was shut"], "{keeps:?}");
    ensure!(
        keeps.outbox.len() == 2 && keeps.files.len() == 2,
        "with their photos: {keeps:?}"
    );
    let says = phone.page.text("document.getElementById('status').innerText")?;
    ensure!(!says.contains("just now"), "{says}");

    field.network.down(false);
    phone.page.eval("dispatchEvent(new Event('online'))")?;
    let mut words = field.words(2)?;
    words.sort();
    ensure!(words == ["before the crash", "while it was shut"], "{words:?}");
    Ok(())
}

#[test]
fn a_clock_ten_years_off_stops_nothing_and_is_flagged() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    for days in [3653, -3653] {
        let field = Field::new(&chromium)?;
        let phone = field.open_with(|phone| phone.page.clock_off_by_days(days))?;
        phone.fill_all(&json!({"words": "out of time"}))?;
        // A failure before it: what waits for a while has to wait by no calendar.
        field.network.fail("POST", "/responses", Fault::Refuse, 1);
        phone.send()?;
        field.network.wait_until_met(1)?;
        phone.page.wait_for("document.body.dataset.state === 'sent'")?;
        let rows = arrived(field.folder.path())?.rows;
        ensure!(rows.len() == 1 && rows[0].flags.contains("clock"), "{rows:?}");
        // The clock is put right in the middle of the next one, which waits.
        begins(&phone)?;
        phone.fill_all(&json!({"words": "half in time"}))?;
        field.network.down(true);
        waits(&phone)?;
        phone.page.tab.close(false)?;
        field.network.down(false);
        let phone = field.open()?;
        field.words(2)?;
        phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
    }
    Ok(())
}

#[test]
fn two_tabs_have_a_draft_each_and_send_the_same_outbox_once() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let field = Field::new(&chromium)?;
    let (one, two) = (field.open()?, field.open()?);
    ensure!(one.page.instance()? != two.page.instance()?);
    // What waits is sent by both at once, and the answers of the server take their time.
    field.network.down(true);
    for number in 0..5 {
        one.page.tab.bring_to_front()?;
        one.fill_all(&json!({"words": format!("one {number}")}))?;
        waits(&one)?;
        begins(&one)?;
    }
    for (phone, words) in [(&one, "of the first"), (&two, "of the second")] {
        phone.page.tab.bring_to_front()?;
        phone.write("words", words)?;
        phone.next()?;
    }
    field.network.down(false);
    field
        .network
        .fail("POST", "/responses", Fault::Delay(Duration::from_millis(300)), 20);
    for phone in [&one, &two] {
        phone.page.eval("dispatchEvent(new Event('online'))")?;
    }
    let drafts = Keeps::on(&one.page)?.drafts;
    ensure!(drafts.len() == 2, "{drafts:?}");
    let mut sent = field.words(5)?;
    sent.sort();
    ensure!(sent == ["one 0", "one 1", "one 2", "one 3", "one 4"], "{sent:?}");
    for (phone, words) in [(&one, "of the first"), (&two, "of the second")] {
        phone.page.tab.bring_to_front()?;
        phone.page.tab.reload(false, None)?;
        phone
            .page
            .wait_for("document.body?.dataset.screen === 'question'")?;
        phone.tap("#back")?;
        phone.page.wait_for(&format!(
            "document.querySelector('.question input')?.value === {}",
            json!(words)
        ))?;
        phone.fill_all(&json!({"words": words}))?;
        phone.send()?;
        phone.page.wait_for("document.body.dataset.state === 'sent'")?;
    }
    let rows = arrived(field.folder.path())?.rows;
    ensure!(
        rows.len() == 7 && rows.iter().all(|row| !row.conflict),
        "{rows:?}"
    );
    Ok(())
}
