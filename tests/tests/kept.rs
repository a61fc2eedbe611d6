//! What a phone keeps until the server has it, whatever comes between: files, older drafts, older versions of a form.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, baraza, chromium, rows};
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

const FORM: &str = "\
| survey   |         |        |          |
|          | type    | name   | label    |
|          | text    | words  | Words    |
|          | image   | photo  | A photo  |
|          | file    | paper  | A paper  |
| settings |         |        |
|          | form_id | version |
|          | kept    | 1      |
";

fn serve(folder: &Path, more: &[&str]) -> Result<Server> {
    std::fs::write(folder.join("f.md"), FORM)?;
    Server::start(folder, &[&["--form", "f.md"], more].concat())
}

fn files(folder: &Path) -> Result<Vec<String>> {
    let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
    let mut names = database.prepare("SELECT name FROM media ORDER BY id")?;
    let found = names.query_map([], |row| row.get(0))?;
    Ok(found.collect::<Result<_, rusqlite::Error>>()?)
}

#[test]
fn files_wait_with_their_response_and_arrive_before_it() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let port = server.port();
    let url = format!("{}/s/kept", server.url);
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url)?;
    phone.fill_all(&json!({"words": "from a hill"}))?;
    server.stop()?;
    assert_eq!(phone.send()?, "waiting");

    // The page is closed, and opened again when there is a connection.
    phone.page.tab.close(true)?;
    let server = Server::start_on(folder.path(), port, &[])?;
    let phone = Phone::open(&browser, &url)?;
    phone.page.wait_for(COUNTS)?;
    server.stop()?;
    let rows = rows(folder.path())?;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0]["words"].as_str(), rows[0]["flags"].as_str()),
        ("from a hill", "")
    );
    let mut named = vec![rows[0]["photo"].clone(), rows[0]["paper"].clone()];
    let mut arrived = files(folder.path())?;
    named.sort();
    arrived.sort();
    assert_eq!(arrived, named);
    Ok(())
}

/// Whether the phone keeps neither a response nor a file.
const COUNTS: &str = "new Promise((done) => {
    const open = indexedDB.open('baraza');
    open.onsuccess = () => {
        const stores = ['outbox', 'files'];
        const transaction = open.result.transaction(stores);
        const counts = stores.map((store) => transaction.objectStore(store).count());
        transaction.oncomplete = () => { open.result.close(); done(counts.every((count) => count.result === 0)); };
    };
})";

#[test]
fn answers_do_not_stay_behind_for_a_file_that_the_server_refuses() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = serve(folder.path(), &["--media-limit-mb", "1"])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/kept", server.url))?;
    phone.hurry_to("paper")?;
    phone.page.eval(
        "(() => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(2 << 20)], 'scan.PDF'));
            const input = document.querySelector('input[type=file]');
            input.files = files.files;
            input.dispatchEvent(new Event('change'));
        })()",
    )?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file').innerText.includes('2.1 MB')")?;
    phone.next()?;
    assert_eq!(phone.send()?, "partly");
    let told = phone.page.text("document.querySelector('.outcome').innerText")?;
    assert!(told.contains("at most 1 MB"), "{told}");
    phone.page.shot("refused-file")?;
    let kept = format!("({COUNTS}).then((none) => !none)");
    assert_eq!(phone.page.eval(&kept)?, json!(true));
    server.stop()?;
    assert_eq!(rows(folder.path())?.len(), 1, "the answers are there");

    // Who runs the server raises the limit, and the file goes out.
    let port = phone.page.text("location.port")?.parse()?;
    let server = Server::start_on(folder.path(), port, &["--media-limit-mb", "5"])?;
    phone.tap("#send-now")?;
    phone.page.wait_for("document.body.dataset.state === 'sent'")?;
    server.stop()?;
    assert_eq!(files(folder.path())?, [rows(folder.path())?[0]["paper"].clone()]);
    Ok(())
}

#[test]
fn a_draft_goes_on_with_the_version_it_was_begun_with() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/kept", server.url))?;
    phone.write("words", "begun with the first")?;
    phone.next()?;
    let second = FORM
        .replace("| Words    |", "| Other words |")
        .replace("| 1      |", "| 2      |");
    std::fs::write(folder.path().join("second.md"), second)?;
    let published = baraza(folder.path(), &["publish", "second.md"]);
    assert!(
        published.status.success(),
        "{}",
        String::from_utf8_lossy(&published.stderr)
    );

    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.querySelector('.question')?.dataset.key === 'photo'")?;
    phone.tap("#back")?;
    phone
        .page
        .wait_for("document.querySelector('.question input')?.value === 'begun with the first'")?;
    assert_eq!(
        phone.page.text("document.querySelector('.label').innerText")?,
        "Words"
    );
    phone.fill_all(&json!({"words": "begun with the first"}))?;
    assert_eq!(phone.send()?, "sent");

    // The next one is of the newest version.
    phone.tap("#again")?;
    phone
        .page
        .wait_for("document.querySelector('.label')?.innerText === 'Other words'")?;
    phone.write("words", "begun with the second")?;
    phone.next()?;
    // A draft of a version that can't be had stays, and a fresh response begins.
    phone.page.eval(
        "new Promise((done) => {
            const open = indexedDB.open('baraza');
            open.onsuccess = () => {
                const transaction = open.result.transaction('drafts', 'readwrite');
                const drafts = transaction.objectStore('drafts');
                drafts.getAll().onsuccess = ({ target }) => target.result.forEach((draft) => drafts.put({ ...draft, version: 'lost' }));
                transaction.oncomplete = () => { open.result.close(); done(true); };
            };
        })",
    )?;
    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.getElementById('status').innerText.includes('earlier version')")?;
    assert_eq!(
        phone
            .page
            .text("document.querySelector('.question input').value")?,
        ""
    );
    phone.fill_all(&json!({"words": "fresh"}))?;
    assert_eq!(phone.send()?, "sent");
    let drafts = phone.page.text("new Promise((done) => { const open = indexedDB.open('baraza'); open.onsuccess = () => { const all = open.result.transaction('drafts').objectStore('drafts').getAll(); all.onsuccess = () => done(all.result.map(({ answers }) => answers.words).join()); }; })")?;
    assert_eq!(drafts, "begun with the second");
    server.stop()?;
    let stored: Vec<(String, String)> = rows(folder.path())?
        .iter()
        .map(|row| (row["version"].clone(), row["words"].clone()))
        .collect();
    let wanted = [("1", "begun with the first"), ("2", "fresh")].map(|(v, w)| (v.to_owned(), w.to_owned()));
    assert_eq!(stored, wanted);
    Ok(())
}

#[test]
fn what_a_phone_kept_before_it_knew_files_is_still_there() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = serve(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    let page = browser.page(360, 640)?;
    page.tab
        .navigate_to(&format!("{}/healthz", server.url))?
        .wait_until_navigated()?;
    // As the first version of the page made it.
    page.eval(
        "new Promise((done, fail) => {
            const open = indexedDB.open('baraza', 1);
            open.onupgradeneeded = () => ['drafts', 'outbox'].forEach((store) => open.result.createObjectStore(store, { keyPath: 'instance' }));
            open.onerror = () => fail(open.error);
            open.onsuccess = () => {
                const transaction = open.result.transaction(['drafts', 'outbox'], 'readwrite');
                const [draft, sent] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
                const started = '2026-01-01T10:00:00.000+00:00';
                transaction.objectStore('drafts').put({ instance: draft, survey: 'kept', started, screen: '2', answers: { words: 'half' }, saved: 1 });
                const response = { form: 'kept', version: '1', instance_id: sent, started, finished: started, language: 'en', answers: { words: 'whole' } };
                transaction.objectStore('outbox').put({ instance: sent, survey: 'kept', body: JSON.stringify(response), saved: 1 });
                transaction.oncomplete = () => { open.result.close(); done(true); };
            };
        })",
    )?;
    page.tab
        .navigate_to(&format!("{}/s/kept", server.url))?
        .wait_until_navigated()?;
    page.wait_for("document.querySelector('.question')?.dataset.key === 'photo'")?;
    page.wait_for(COUNTS)?;
    let phone = Phone { page };
    phone.tap("#back")?;
    phone
        .page
        .wait_for("document.querySelector('.question input')?.value === 'half'")?;
    server.stop()?;
    assert_eq!(rows(folder.path())?[0]["words"], "whole");
    Ok(())
}
