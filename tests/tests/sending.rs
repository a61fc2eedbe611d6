//! How a phone sends, and what it says when something is in the way: many responses in one request, files in pieces,
//! refusals, a full disk, no database, other tabs.

use anyhow::Result;
use baraza_tests::{Browser, Page, Phone, Server, chromium, rows};
use headless_chrome::protocol::cdp::Page::AddScriptToEvaluateOnNewDocument;
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

const FORM: &str = "\
| survey   |         |        |          |
|          | type    | name   | label    |
|          | text    | words  | Words    |
|          | file    | paper  | A paper  |
| settings |         |        |
|          | form_id | version |
|          | sending | 1      |
";

const LINE: &str = "document.getElementById('shelf').textContent";

fn serve(folder: &Path) -> Result<(Server, String, u16)> {
    let server = Server::start_with(folder, FORM)?;
    let (url, port) = (format!("{}/s/sending?lang=en", server.url), server.port());
    Ok((server, url, port))
}

/// Answers in words alone, and finishes.
fn finish(phone: &Phone, words: &str) -> Result<String> {
    phone
        .page
        .wait_for("document.querySelector(\".question[data-key='words']\") !== null")?;
    phone.write("words", words)?;
    phone.next()?;
    phone.next()?;
    phone.send()
}

/// Finishes some without a connection.
fn finish_all(phone: &Phone, words: &[&str]) -> Result<()> {
    for (at, one) in words.iter().enumerate() {
        if at > 0 {
            phone.tap("#again")?;
        }
        assert_eq!(finish(phone, one)?, "waiting");
    }
    Ok(())
}

fn shelf(phone: &Phone) -> Result<()> {
    phone.tap("#shelf")?;
    phone
        .page
        .wait_for("document.getElementById('close-shelf') !== null")
}

/// Runs a script before any of a page's own.
fn before(page: &Page, script: &str) -> Result<()> {
    page.tab.call_method(AddScriptToEvaluateOnNewDocument {
        source: script.to_owned(),
        world_name: None,
        include_command_line_api: None,
        run_immediately: None,
    })?;
    Ok(())
}

/// A page that no worker helps: it would send by itself what the page is kept from sending.
fn open_alone(browser: &Browser, url: &str) -> Result<Phone> {
    let page = browser.page(360, 640)?;
    before(
        &page,
        "Object.defineProperty(Navigator.prototype, 'serviceWorker', { value: undefined })",
    )?;
    page.tab.navigate_to(url)?.wait_until_navigated()?;
    page.wait_for("document.querySelector('.question') !== null")?;
    Ok(Phone { page })
}

#[test]
fn seven_responses_that_waited_arrive_in_one_request() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = open_alone(&browser, &url)?;
    phone
        .page
        .wait_for("document.querySelector('.question') !== null")?;
    phone.write("words", "begun with a connection")?;
    phone.has_shelf()?;
    server.stop()?;
    let words = ["one", "two", "three", "four", "five", "six", "seven"];
    finish_all(&phone, &words)?;
    assert_eq!(phone.page.text(LINE)?, "7 waiting");
    phone.page.shot("seven-waiting")?;
    phone.page.eval("performance.clearResourceTimings()")?;
    let server = Server::start_on(folder.path(), port, &[])?;
    phone.tap("#send-now")?;
    phone
        .page
        .wait_for(&format!("{LINE}.startsWith('All sent · last sent ')"))?;
    let requests = phone.page.eval(
        "performance.getEntriesByType('resource').filter(({ name, responseStatus }) => name.includes('responses') && responseStatus).length",
    )?;
    assert_eq!(requests, json!(1));
    server.stop()?;
    let mut arrived: Vec<String> = rows(folder.path())?
        .iter()
        .map(|row| row["words"].clone())
        .collect();
    let mut wanted = words.map(str::to_owned).to_vec();
    arrived.sort();
    wanted.sort();
    assert_eq!(arrived, wanted);
    Ok(())
}

/// Gives a file of 2 MB that no two places of are alike.
const GIVE: &str = "(() => {
    const bytes = Uint32Array.from({ length: 1 << 19 }, (_, n) => n * 2654435761);
    const files = new DataTransfer();
    files.items.add(new File([bytes], 'scan.pdf'));
    const input = document.querySelector('input[type=file]');
    input.files = files.files;
    input.dispatchEvent(new Event('change'));
})()";

#[test]
fn a_large_file_goes_on_where_the_server_stopped() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = open_alone(&browser, &url)?;
    phone.write("words", "with a scan")?;
    phone.next()?;
    phone.page.eval(GIVE)?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file').innerText.includes('2.1 MB')")?;
    phone.next()?;
    // The connection is gone after three of eight pieces.
    phone.page.eval(
        "(() => {
            const real = window.fetch;
            window.pieces = 0;
            window.fetch = (address, options) => {
                if (options?.method === 'PATCH' && (window.pieces += 1) > 3) return Promise.reject(new TypeError('gone'));
                return real(address, options);
            };
        })()",
    )?;
    assert_eq!(phone.send()?, "waiting");
    server.kill()?;

    let server = Server::start_on(folder.path(), port, &[])?;
    before(
        &phone.page,
        "(() => {
            const real = window.fetch;
            window.offsets = [];
            window.fetch = (address, options) => {
                if (options?.method === 'PATCH') window.offsets.push(Number(new Headers(options.headers).get('Upload-Offset')));
                return real(address, options);
            };
        })()",
    )?;
    phone.page.tab.reload(false, None)?;
    phone.page.wait_for(&format!("{LINE}.startsWith('All sent')"))?;
    let pieces: Vec<u64> = serde_json::from_str(&phone.page.text("JSON.stringify(window.offsets)")?)?;
    assert_eq!(pieces, [3, 4, 5, 6, 7].map(|piece| piece << 18));
    server.stop()?;
    let rows = rows(folder.path())?;
    assert_eq!((rows.len(), rows[0]["flags"].as_str()), (1, ""));
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    let name: String = database.query_row("SELECT name FROM media", [], |row| row.get(0))?;
    assert_eq!(name, rows[0]["paper"]);
    Ok(())
}

/// Fills both questions, the paper of 2.1 MB.
fn with_a_paper(phone: &Phone, words: &str) -> Result<()> {
    phone.write("words", words)?;
    phone.next()?;
    phone.page.eval(GIVE)?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file').innerText.includes('2.1 MB')")?;
    phone.next()
}

#[test]
fn a_file_that_the_server_has_lost_since_is_sent_again() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, _) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = open_alone(&browser, &url)?;
    with_a_paper(&phone, "long without a network")?;
    // The connection is gone when the file is there and its response is not.
    phone.page.eval(
        "(() => {
            const real = window.fetch;
            window.mend = () => { window.fetch = real; };
            window.fetch = (address, options) =>
                (options?.method === 'POST' ? Promise.reject(new TypeError('gone')) : real(address, options));
        })()",
    )?;
    assert_eq!(phone.send()?, "waiting");
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    assert_eq!(
        database.execute("DELETE FROM media", [])?,
        1,
        "the file was there"
    );
    phone.page.eval("window.mend()")?;
    phone.tap("#send-now")?;
    // The answers are there in this round, and the file in the next.
    let stored = || -> Result<Vec<String>> {
        let mut names = database.prepare("SELECT name FROM media")?;
        Ok(names.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    for _ in 0..200 {
        if !stored()?.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        phone.page.eval("document.getElementById('send-now')?.click()")?;
    }
    phone.page.wait_for(&format!("{LINE}.startsWith('All sent')"))?;
    server.stop()?;
    let rows = rows(folder.path())?;
    assert_eq!(rows.len(), 1);
    assert_eq!(stored()?, [rows[0]["paper"].clone()]);
    Ok(())
}

#[test]
fn answers_do_not_stay_behind_for_a_file_that_has_no_room() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    std::fs::write(folder.path().join("f.md"), FORM)?;
    let server = Server::start(
        folder.path(),
        &["--form", "f.md", "--disk-reserve-mb", "999999999999"],
    )?;
    let (url, port) = (format!("{}/s/sending?lang=en", server.url), server.port());
    let browser = Browser::start(&chromium)?;
    let phone = open_alone(&browser, &url)?;
    with_a_paper(&phone, "no room")?;
    assert_eq!(phone.send()?, "partly");
    let said = phone.page.text("document.body.innerText")?;
    assert!(said.contains("nearly full"), "{said}");
    server.stop()?;
    assert_eq!(rows(folder.path())?.len(), 1, "the answers are there");

    let server = Server::start_on(folder.path(), port, &[])?;
    phone.page.tab.reload(false, None)?;
    phone.page.wait_for(&format!("{LINE}.startsWith('All sent')"))?;
    server.stop()?;
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    let name: String = database.query_row("SELECT name FROM media", [], |row| row.get(0))?;
    assert_eq!(name, rows(folder.path())?[0]["paper"]);
    Ok(())
}

#[test]
fn each_response_has_its_own_outcome_and_words_for_it() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = open_alone(&browser, &url)?;
    phone.write("words", "a")?;
    phone.has_shelf()?;
    server.stop()?;
    finish_all(&phone, &["goes through", "signed out", "busy"])?;
    shelf(&phone)?;
    // A server that answers as each of them deserves; one that is not named has not arrived.
    phone.page.eval(
        "(() => {
            window.CompressionStream = undefined;
            const real = window.fetch;
            window.mend = () => { window.fetch = real; };
            window.fetch = async (address, options) => {
                if (address !== '/api/responses') return Promise.reject(new TypeError('not today'));
                const said = { 'goes through': { status: 'stored' }, busy: { status: 'later' },
                    'signed out': { status: 'error', code: 'signed_out', message: 'sign in' } };
                const responses = options.body.trim().split('\\n').map((line) => JSON.parse(line))
                    .map(({ instance_id, answers }) => ({ instance_id, ...said[answers.words] }));
                return new Response(JSON.stringify({ responses }));
            };
        })()",
    )?;
    phone.tap("#send-now")?;
    phone.page.wait_for(&format!(
        "{LINE}.startsWith('1 waiting · 1 needs attention · last sent ')"
    ))?;
    let states =
        "[...document.querySelectorAll('.shelf li[data-state]')].map((li) => li.dataset.state).join()";
    phone
        .page
        .wait_for(&format!("{states} === 'attention,waiting'"))?;
    let reason = phone
        .page
        .text("document.querySelector('[data-state=attention]').innerText")?;
    assert!(reason.contains("Sign in again"), "{reason}");
    phone.page.shot("attention")?;

    // What may have arrived unnoticed is not changed without a word.
    phone
        .page
        .eval("window.confirm = (asked) => { window.asked = asked; return false; }")?;
    phone
        .page
        .eval("document.querySelector('[data-state=waiting] button').click()")?;
    let asked = phone.page.text("window.asked")?;
    assert!(asked.contains("the server will keep both"), "{asked}");
    assert_eq!(phone.screen()?, "shelf");

    phone.page.eval("window.mend()")?;
    let server = Server::start_on(folder.path(), port, &[])?;
    phone.tap("#send-now")?;
    phone.page.wait_for(&format!("{LINE}.startsWith('All sent')"))?;
    server.stop()?;
    let mut arrived: Vec<String> = rows(folder.path())?
        .iter()
        .map(|row| row["words"].clone())
        .collect();
    arrived.sort();
    assert_eq!(
        arrived,
        ["busy", "signed out"],
        "the first is where that server said"
    );
    Ok(())
}

#[test]
fn a_page_waits_for_one_of_an_older_version_and_keeps_nothing_in_memory_meanwhile() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, _) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let old = browser.page(360, 640)?;
    old.tab
        .navigate_to(&format!("{}/healthz", server.url))?
        .wait_until_navigated()?;
    // It has no ear for newer versions, as a tab that the phone has put to sleep.
    old.eval(
        "new Promise((done, fail) => {
            const open = indexedDB.open('baraza', 2);
            open.onupgradeneeded = () => {
                ['drafts', 'outbox'].forEach((store) => open.result.createObjectStore(store, { keyPath: 'instance' }));
                open.result.createObjectStore('files', { keyPath: ['instance', 'name'] });
            };
            open.onerror = () => fail(open.error);
            open.onsuccess = () => {
                window.held = open.result;
                const draft = { instance: '11111111-1111-4111-8111-111111111111', survey: 'sending', screen: '2', answers: { words: 'older' }, saved: 1 };
                const put = open.result.transaction('drafts', 'readwrite').objectStore('drafts').put(draft);
                put.onsuccess = () => done(true);
            };
        })",
    )?;
    let page = browser.page(360, 640)?;
    page.tab.navigate_to(&url)?.wait_until_navigated()?;
    page.wait_for("document.getElementById('status').innerText.includes('older version')")?;
    page.shot("blocked")?;
    assert_eq!(page.text("document.body.dataset.screen")?, "loading");

    old.tab.close(true)?;
    page.wait_for("document.querySelector('.question')?.dataset.key === 'paper'")?;
    page.wait_for("!document.getElementById('status').innerText.includes('older version')")?;
    let phone = Phone { page };
    phone.tap("#back")?;
    phone
        .page
        .wait_for("document.querySelector('.question input')?.value === 'older'")?;
    Ok(())
}

#[test]
fn a_full_phone_is_told_of_and_loses_nothing() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, _) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url)?;
    phone.write("words", "kept")?;
    phone.draft_has("words", |words| words == "kept")?;
    // Chromium looks at its quota only now and then, so the moment is made here.
    phone.page.eval(
        "(() => {
            const { put } = IDBObjectStore.prototype;
            window.mend = () => { IDBObjectStore.prototype.put = put; };
            IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
        })()",
    )?;
    phone.write("words", "typed when it was full")?;
    phone
        .page
        .wait_for("document.getElementById('status').innerText.includes('storage is full')")?;
    phone.page.shot("full")?;
    phone.next()?;
    phone.next()?;
    phone.tap("#send")?;
    phone.page.wait_for("!document.getElementById('send').disabled")?;
    assert_eq!(phone.screen()?, "review", "it is not done before it is kept");
    assert_eq!(phone.draft()?["words"], "kept", "what was kept stays");
    phone.page.shot("full-review")?;

    phone.page.eval("window.mend()")?;
    assert_eq!(phone.send()?, "sent");
    phone
        .page
        .wait_for("!document.getElementById('status').innerText.includes('storage is full')")?;
    server.stop()?;
    assert_eq!(rows(folder.path())?[0]["words"], "typed when it was full");
    Ok(())
}

#[test]
fn without_a_database_the_page_says_so_and_sends_from_memory() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let page = browser.page(360, 640)?;
    before(
        &page,
        "Object.defineProperty(window, 'indexedDB', { value: { open() { throw new DOMException('no', 'SecurityError'); } } })",
    )?;
    page.tab.navigate_to(&url)?.wait_until_navigated()?;
    page.wait_for("document.querySelector('.question') !== null")?;
    page.wait_for("document.getElementById('status').innerText.includes('Leave the page open')")?;
    let phone = Phone { page };
    phone.write("words", "from memory")?;
    phone
        .page
        .wait_for("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/away.js'))")?;
    phone.next()?;
    phone.page.eval(GIVE)?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file').innerText.includes('2.1 MB')")?;
    phone.next()?;
    server.stop()?;
    assert_eq!(phone.send()?, "waiting");
    phone.tap("#again")?;
    assert_eq!(finish(&phone, "the next")?, "waiting");
    shelf(&phone)?;
    let seen = phone.page.text("document.getElementById('screen').innerText")?;
    assert!(seen.contains("private window"), "{seen}");
    phone.page.shot("memory")?;
    assert!(phone.page.text(LINE)?.starts_with("2 waiting"));
    let server = Server::start_on(folder.path(), port, &[])?;
    phone.tap("#send-now")?;
    phone.page.wait_for(&format!("{LINE}.startsWith('All sent')"))?;
    server.stop()?;
    assert_eq!(rows(folder.path())?.len(), 2);
    Ok(())
}

#[test]
fn two_tabs_send_the_same_once_and_both_know() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let (server, url, port) = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    let (one, two) = (Phone::open(&browser, &url)?, Phone::open(&browser, &url)?);
    two.write("words", "in the second tab")?;
    two.draft_has("words", |words| words == "in the second tab")?;
    one.page.tab.activate()?;
    one.write("words", "first")?;
    server.stop()?;
    assert_eq!(finish(&one, "from the first tab")?, "waiting");
    two.page.wait_for(&format!("{LINE} === '1 waiting'"))?;
    let server = Server::start_on(folder.path(), port, &[])?;
    for phone in [&one, &two] {
        phone.page.eval("dispatchEvent(new Event('online'))")?;
    }
    for phone in [&one, &two] {
        phone.page.wait_for(&format!("{LINE}.startsWith('All sent')"))?;
    }
    let requests = "performance.getEntriesByType('resource').filter(({ name, responseStatus }) => name.endsWith('/responses') && responseStatus).length";
    let sent = [&one, &two].map(|phone| phone.page.eval(requests).ok().and_then(|n| n.as_u64()));
    assert_eq!(sent.iter().flatten().sum::<u64>(), 1, "{sent:?}");
    server.stop()?;
    assert_eq!(rows(folder.path())?.len(), 1);
    Ok(())
}
