//! The page without a network, and what an update of the server does to phones that are in use.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, baraza, chromium, csv_rows, told};
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

const FORM: &str = "\
| survey   |            |       |           |               |
|          | type       | name  | label::English (en) | label::Arabic (ar) |
|          | text       | words | Words     | كلمات |
|          | select_one yes_no | more | More? | المزيد؟ |
|          | date       | day   | Which day | أي يوم |
|          | integer    | n     | How many  | كم |
| choices  |            |       |           |
|          | list_name  | name  | label::English (en) | label::Arabic (ar) |
|          | yes_no     | yes   | Yes       | نعم |
|          | yes_no     | no    | No        | لا  |
| settings |            |       |
|          | form_id    | version |
|          | away       | 1     |
";

fn publish(folder: &Path, version: &str) -> Result<()> {
    let text = FORM
        .replace("| 1     |\n", &format!("| {version} |\n"))
        .replace("| Words     |", &format!("| Words {version} |"));
    std::fs::write(folder.join("f.md"), text)?;
    let said = baraza(folder, &["publish", "f.md"]);
    anyhow::ensure!(said.status.success(), "{}", told(&said));
    Ok(())
}

fn start(folder: &Path) -> Result<Server> {
    publish(folder, "1")?;
    Server::start(folder, &[])
}

/// Opens the survey, and waits until it is kept on the phone.
fn visit(browser: &Browser, server: &Server) -> Result<Phone> {
    let phone = Phone::open(browser, &format!("{}/s/away", server.url))?;
    phone.page.wait_for("document.body.dataset.offline === 'true'")?;
    Ok(phone)
}

fn reload(phone: &Phone) -> Result<()> {
    phone.page.eval("document.body.dataset.screen = 'loading'")?;
    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.body?.dataset.screen === 'question'")
}

fn stored(folder: &Path) -> Result<Vec<(String, String)>> {
    let export = baraza(folder, &["export", "--out", "r.csv"]);
    anyhow::ensure!(export.status.success(), "{}", told(&export));
    let rows = csv_rows(&folder.join("r.csv"))?;
    Ok(rows
        .iter()
        .map(|row| (row["version"].clone(), row["words"].clone()))
        .collect())
}

#[test]
fn what_was_open_once_opens_without_a_network() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = start(folder.path())?;
    let (port, url) = (server.port(), server.url.clone());
    let browser = Browser::start(&chromium)?;
    let phone = visit(&browser, &server)?;
    phone.write("words", "begun in town")?;
    phone.next()?;
    server.stop()?;

    reload(&phone)?;
    assert_eq!(phone.questions()?, ["more"], "the draft goes on where it was");
    // What only this form needs is there as well.
    phone.fill_all(&json!({"words": "begun in town", "n": "3"}))?;
    phone.tap("#back")?;
    phone
        .page
        .wait_for("document.querySelector('.question')?.dataset.key === 'n'")?;
    phone.next()?;
    assert_eq!(phone.send()?, "waiting");
    phone.tap("#again")?;
    phone
        .page
        .wait_for("document.querySelector('.question')?.dataset.key === 'words'")?;

    // Another tab, and one for a survey that was never open here.
    let second = Phone::open(&browser, &format!("{url}/s/away?lang=en"))?;
    assert_eq!(second.screen()?, "question");
    let page = browser.page(360, 640)?;
    page.tab
        .navigate_to(&format!("{url}/s/elsewhere"))?
        .wait_until_navigated()?;
    let says = page.text("document.body.innerText")?;
    assert!(says.contains("Open it once with a connection"), "{says}");

    let server = Server::start_on(folder.path(), port, &[])?;
    reload(&phone)?;
    phone.page.wait_for(NONE_WAITING)?;
    server.stop()?;
    assert_eq!(
        stored(folder.path())?,
        [("1".to_owned(), "begun in town".to_owned())]
    );
    Ok(())
}

/// Whether nothing waits in the outbox.
const NONE_WAITING: &str = "new Promise((done) => {
    const open = indexedDB.open('baraza');
    open.onsuccess = () => {
        const count = open.result.transaction('outbox').objectStore('outbox').count();
        count.onsuccess = () => { open.result.close(); done(count.result === 0); };
    };
})";

#[test]
fn who_answers_nothing_before_the_network_goes_can_hide_send_and_save_all_the_same() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = start(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = visit(&browser, &server)?;
    server.stop()?;
    reload(&phone)?;
    phone.tap("#hide")?;
    phone
        .page
        .wait_for("document.querySelector('#cover [data-key=\"=\"]') !== null")?;
    phone.page.tab.press_key("Escape")?;
    phone
        .page
        .wait_for("!('hidden' in document.documentElement.dataset)")?;
    phone.fill_all(&json!({"words": "far away", "n": "1"}))?;
    assert_eq!(phone.send()?, "waiting");
    phone.tap("#shelf")?;
    phone.tap("#save-file")?;
    phone
        .page
        .wait_for("document.getElementById('download-file') !== null")
}

#[test]
fn an_update_waits_until_nobody_is_in_the_middle_of_a_form() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = start(folder.path())?;
    let port = server.port();
    let browser = Browser::start(&chromium)?;
    let phone = visit(&browser, &server)?;
    let code = "new URL(document.querySelector('script').src).pathname";
    let first = phone.page.text(code)?;
    phone.write("words", "before the update")?;
    phone.next()?;
    server.stop()?;

    // The new server no longer has the files of the page that is open.
    let server = Server::start_as(folder.path(), port, &[], "second")?;
    assert_eq!(server.get(&first, &[])?.status().as_u16(), 404);
    phone
        .page
        .eval("navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => true)")?;
    phone
        .page
        .wait_for("navigator.serviceWorker.getRegistration().then((one) => !!one.waiting)")?;
    reload(&phone)?;
    assert_eq!(
        phone.page.text(code)?,
        first,
        "the draft is finished with what it was begun with"
    );
    phone.fill_all(&json!({"words": "before the update"}))?;
    assert_eq!(phone.send()?, "sent");

    // Nobody is in the middle of anything now. The browser changes over when it likes, at the latest without a page.
    let page = phone.page;
    page.tab.navigate_to("about:blank")?;
    let mut open = String::new();
    for _ in 0..40 {
        std::thread::sleep(std::time::Duration::from_secs(2));
        page.tab
            .navigate_to(&format!("{}/s/away", server.url))?
            .wait_until_navigated()?;
        page.wait_for("document.body.dataset.screen === 'question'")?;
        open = page.text(code)?;
        if open != first {
            break;
        }
        page.tab.navigate_to("about:blank")?;
    }
    assert_ne!(open, first, "the new version");
    let phone = Phone { page };
    phone.page.wait_for("document.body.dataset.offline === 'true'")?;
    server.stop()?;

    // The new version is whole: it opens, and goes on, without a network.
    reload(&phone)?;
    assert_ne!(phone.page.text(code)?, first);
    phone.fill_all(&json!({"words": "after it"}))?;
    assert_eq!(phone.send()?, "waiting");
    Ok(())
}

#[test]
fn a_newer_form_comes_with_its_own_texts_and_an_older_draft_keeps_its_own_without_a_network() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = start(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = visit(&browser, &server)?;
    phone.write("words", "half")?;
    phone.next()?;
    publish(folder.path(), "2")?;
    // The newest is fetched and kept beside the one of the draft.
    reload(&phone)?;
    phone.page.wait_for("caches.open('baraza forms').then(async (cache) => (await cache.keys()).some(({ url }) => url.endsWith('version=2')))")?;
    server.stop()?;
    reload(&phone)?;
    phone.tap("#back")?;
    phone
        .page
        .wait_for("document.querySelector('.label')?.innerText.trim() === 'Words 1'")?;
    Ok(())
}
