//! What lies on a phone, and what the person may do with it: drafts side by side, answers edited before they are sent,
//! the outbox as a file.

use anyhow::{Context, Result};
use baraza_tests::{Browser, Page, Phone, Server, baraza, chromium, rows, told};
use headless_chrome::protocol::cdp::Page as Cdp;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::tempdir;

const FORM: &str = "\
| survey   |         |        |          |
|          | type    | name   | label    |
|          | text    | words  | Words    |
|          | text    | more   | More     |
|          | file    | paper  | A paper  |
| settings |         |        |
|          | form_id | version |
|          | kept    | 1      |
";

fn serve(folder: &Path) -> Result<(Server, String, u16)> {
    let server = Server::start_with(folder, FORM)?;
    let (url, port) = (format!("{}/s/kept?lang=en", server.url), server.port());
    Ok((server, url, port))
}

/// All that a store of the phone holds, without its files.
fn kept(page: &Page, store: &str) -> Result<Vec<Value>> {
    let text = page.text(&format!(
        "new Promise((done, fail) => {{
            const open = indexedDB.open('baraza');
            open.onerror = () => fail(open.error);
            open.onsuccess = () => {{
                const all = open.result.transaction('{store}').objectStore('{store}').getAll();
                all.onsuccess = () => {{ open.result.close(); done(JSON.stringify(all.result)); }};
            }};
        }})"
    ))?;
    Ok(serde_json::from_str(&text)?)
}

/// Waits for a draft with an answer; gives its instance.
fn draft_with(page: &Page, key: &str, answer: &str) -> Result<String> {
    for _ in 0..200 {
        let drafts = kept(page, "drafts")?;
        if let Some(draft) = drafts.iter().find(|draft| draft["answers"][key] == answer) {
            return Ok(draft["instance"].as_str().context("its instance")?.to_owned());
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    anyhow::bail!("no draft has {answer}: {:?}", kept(page, "drafts")?)
}

fn open_shelf(phone: &Phone) -> Result<()> {
    phone.tap("#shelf")?;
    phone.page.wait_for(
        "document.body.dataset.screen === 'shelf' && document.getElementById('close-shelf') !== null",
    )
}

fn answer_to(phone: &Phone, key: &str, wanted: &str) -> Result<()> {
    phone.page.wait_for(&format!(
        "document.querySelector(\".question[data-key='{key}'] input\")?.value === {}",
        json!(wanted)
    ))
}

#[test]
fn drafts_lie_side_by_side_and_each_goes_on_at_the_word_that_was_being_typed() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (_server, url, _) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url)?;
    phone.write("words", "of the first")?;
    phone.next()?;
    // Neither left nor finished: the field still has the focus.
    phone.write("more", "half-ty")?;
    let first = draft_with(&phone.page, "more", "half-ty")?;
    phone.page.tab.reload(false, None)?;
    answer_to(&phone, "more", "half-ty")?;

    open_shelf(&phone)?;
    phone.tap("#start-new")?;
    answer_to(&phone, "words", "")?;
    phone.write("words", "of the second")?;
    let second = draft_with(&phone.page, "words", "of the second")?;
    assert_ne!(first, second);
    open_shelf(&phone)?;
    let listed = phone.page.eval("document.querySelectorAll('.shelf li').length")?;
    assert_eq!(listed, json!(2));
    let seen = phone.page.text("document.body.innerText")?;
    assert!(!seen.contains("half-ty"), "no answer is shown: {seen}");
    assert!(seen.contains("Screen 2 of"), "{seen}");
    phone.page.shot("shelf-drafts")?;

    phone.tap(&format!("#continue-{first}"))?;
    answer_to(&phone, "more", "half-ty")?;
    phone.page.tab.reload(false, None)?;
    answer_to(&phone, "more", "half-ty")?;

    // Another tab takes the one that is free, and does not take the other away.
    let other = Phone::open(&browser, &url)?;
    answer_to(&other, "words", "of the second")?;
    open_shelf(&other)?;
    other.tap(&format!("#continue-{first}"))?;
    other
        .page
        .wait_for("document.querySelector('.error')?.innerText.includes('another tab')")?;

    // Back leads to the form again.
    other.page.eval("history.back()")?;
    answer_to(&other, "words", "of the second")?;

    // A draft is deleted when the person says so twice.
    open_shelf(&other)?;
    other.page.eval("window.confirm = () => true")?;
    other.page.shot("shelf-two-drafts")?;
    other
        .page
        .eval(&format!("document.getElementById('delete-{second}').click()"))?;
    other
        .page
        .wait_for("document.querySelectorAll('.shelf li').length === 1")?;
    let left = kept(&other.page, "drafts")?;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["instance"], json!(first));
    Ok(())
}

#[test]
fn answers_can_be_changed_until_they_are_sent_and_are_only_counted_after() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url)?;
    phone.fill_all(&json!({"words": "worng", "more": "x"}))?;
    phone.has_shelf()?;
    server.stop()?;
    assert_eq!(phone.send()?, "waiting");
    let instance = kept(&phone.page, "outbox")?[0]["instance"].clone();
    let line = "document.getElementById('shelf').textContent";
    phone.page.wait_for(&format!("{line} === '1 waiting'"))?;

    open_shelf(&phone)?;
    phone.page.shot("shelf-waiting")?;
    phone.tap(".shelf li[data-state=waiting] button")?;
    phone.page.wait_for("document.body.dataset.screen === 'review'")?;
    assert!(kept(&phone.page, "outbox")?.is_empty(), "it is one or the other");
    assert_eq!(kept(&phone.page, "drafts")?[0]["instance"], instance);
    assert_eq!(phone.files_kept()?, 1, "its file stays with it");
    for _ in 0..3 {
        phone.tap("#back")?;
    }
    answer_to(&phone, "words", "worng")?;
    phone.write("words", "right")?;
    phone.fill_all(&json!({"words": "right", "more": "x"}))?;
    assert_eq!(phone.send()?, "waiting");

    let server = Server::start_on(folder.path(), port, &[])?;
    phone.tap("#send-now")?;
    phone.page.wait_for("document.body.dataset.state === 'sent'")?;
    phone
        .page
        .wait_for(&format!("{line}.startsWith('All sent · last sent ')"))?;
    open_shelf(&phone)?;
    let seen = phone
        .page
        .text("document.querySelector('[data-survey]').innerText")?;
    assert!(seen.contains("1 response sent"), "{seen}");
    phone.page.shot("shelf-sent")?;
    for store in ["outbox", "drafts", "files"] {
        assert!(kept(&phone.page, store)?.is_empty(), "{store}");
    }
    let facts = json!(kept(&phone.page, "facts")?).to_string();
    assert!(!facts.contains("right"), "nothing of the answers: {facts}");
    server.stop()?;
    let rows = rows(folder.path())?;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["words"], "right");
    assert_eq!(json!(rows[0]["instance_id"]), instance);
    Ok(())
}

fn downloaded(folder: &Path) -> Result<PathBuf> {
    for _ in 0..400 {
        let found = std::fs::read_dir(folder)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|ending| ending == "zip"));
        if let Some(path) = found {
            return Ok(path);
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    anyhow::bail!("nothing was saved")
}

#[test]
fn the_outbox_goes_by_hand_as_a_file_and_what_arrives_later_by_itself_is_there_once() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (folder, saved) = (tempdir()?, tempdir()?);
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url)?;
    phone.fill_all(&json!({"words": "carried ← by hand", "more": "x"}))?;
    phone.has_shelf()?;
    server.stop()?;
    assert_eq!(phone.send()?, "waiting");
    phone.tap("#again")?;
    phone
        .page
        .wait_for("document.querySelector('.question') !== null")?;
    phone.fill_all(&json!({"words": "the second", "more": "x"}))?;
    assert_eq!(phone.send()?, "waiting");

    open_shelf(&phone)?;
    phone.page.tab.call_method(Cdp::SetDownloadBehavior {
        behavior: Cdp::SetDownloadBehaviorBehaviorOption::Allow,
        download_path: Some(saved.path().display().to_string()),
    })?;
    phone.tap("#save-file")?;
    phone
        .page
        .wait_for("document.getElementById('download-file') !== null")?;
    let seen = phone.page.text("document.getElementById('screen').innerText")?;
    assert!(
        seen.contains("Anyone who opens this file can read the answers"),
        "{seen}"
    );
    phone.page.shot("shelf-file")?;
    phone.tap("#download-file")?;
    let file = downloaded(saved.path())?;
    assert_eq!(kept(&phone.page, "outbox")?.len(), 2, "nothing is deleted");

    let imported = baraza(folder.path(), &["import-outbox", &file.display().to_string()]);
    assert!(imported.status.success(), "{}", told(&imported));
    let by_hand = rows(folder.path())?;
    let words: Vec<&str> = by_hand.iter().map(|row| row["words"].as_str()).collect();
    assert_eq!(words, ["carried ← by hand", "the second"]);
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    let files: i64 = database.query_row("SELECT count(*) FROM media", [], |row| row.get(0))?;
    assert_eq!(files, 1, "both name the same file");

    let server = Server::start_on(folder.path(), port, &[])?;
    phone.tap("#send-now")?;
    phone
        .page
        .wait_for("document.getElementById('shelf').textContent.startsWith('All sent')")?;
    server.stop()?;
    assert_eq!(rows(folder.path())?, by_hand);
    Ok(())
}
