//! What a phone keeps, read past the page: the one place here that knows the names in its database.

use crate::browser::{Browser, Page};
use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A response being filled.
#[derive(Clone, Debug, Deserialize)]
pub struct Draft {
    /// Its instance ID.
    pub instance: String,
    /// Answers by key.
    pub answers: Value,
}

/// A finished response that the server has not acknowledged.
#[derive(Clone, Debug, Deserialize)]
pub struct Waiting {
    /// Its instance ID.
    pub instance: String,
    /// The JSON that goes to the server.
    pub body: String,
}

/// All that the phone keeps.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Keeps {
    /// Responses being filled.
    pub drafts: Vec<Draft>,
    /// Finished responses.
    pub outbox: Vec<Waiting>,
    /// Instance ID, name and number of bytes of each file.
    pub files: Vec<(String, String, u64)>,
}

/// JavaScript: the instance ID of the response in sight, empty after it was finished.
const INSTANCE: &str = "history.state?.instance ?? ''";

/// Reads the database without making or upgrading one.
const READ: &str = "(async () => {
    const none = { drafts: [], outbox: [], files: [] };
    if (!(await indexedDB.databases()).some(({ name }) => name === 'baraza')) return JSON.stringify(none);
    const db = await new Promise((done, fail) => {
        const open = indexedDB.open('baraza');
        open.onsuccess = () => done(open.result);
        open.onerror = () => fail(open.error);
    });
    const all = (store) => new Promise((done, fail) => {
        if (!db.objectStoreNames.contains(store)) return done([]);
        const request = db.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
    });
    const [drafts, outbox, files] = [await all('drafts'), await all('outbox'), await all('files')];
    db.close();
    return JSON.stringify({ drafts, outbox, files: files.map(({ instance, name, blob }) => [instance, name, blob.size ?? blob.byteLength]) });
})()";

/// Makes the database as an earlier version of the page did, whatever was there.
const OLDER: &str = "(async ({ version, drafts, outbox, files }) => {
    const settled = (request) => new Promise((done, fail) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
    });
    await settled(indexedDB.deleteDatabase('baraza'));
    const open = indexedDB.open('baraza', version);
    open.onupgradeneeded = () => {
        for (const store of ['drafts', 'outbox']) open.result.createObjectStore(store, { keyPath: 'instance' });
        if (version > 1) open.result.createObjectStore('files', { keyPath: ['instance', 'name'] });
    };
    const db = await settled(open);
    const transaction = db.transaction([...db.objectStoreNames], 'readwrite');
    for (const draft of drafts) transaction.objectStore('drafts').put(draft);
    for (const kept of outbox) transaction.objectStore('outbox').put(kept);
    for (const { bytes, ...file } of files) transaction.objectStore('files').put({ ...file, blob: new Blob([bytes]) });
    await new Promise((done, fail) => { transaction.oncomplete = done; transaction.onabort = () => fail(transaction.error); });
    db.close();
    return true;
})";

/// A page of the server that runs nothing of ours.
fn still_page(browser: &Browser, server: &str) -> Result<Page> {
    let page = browser.page(360, 640)?;
    page.tab
        .navigate_to(&format!("{server}/healthz"))?
        .wait_until_navigated()?;
    Ok(page)
}

impl Keeps {
    /// What is on the phone, while nothing of ours runs that could change it.
    pub fn read(browser: &Browser, server: &str) -> Result<Self> {
        let page = still_page(browser, server)?;
        let keeps = Self::on(&page)?;
        page.tab.close(false)?;
        Ok(keeps)
    }

    /// What is on the phone, asked from a page that is open.
    ///
    /// After a kill Chromium may refuse to open the database for a moment, so that a refusal is asked again.
    pub fn on(page: &Page) -> Result<Self> {
        for times in 0.. {
            match page.text(READ) {
                Ok(read) => return Ok(serde_json::from_str(&read)?),
                Err(error) if times == 20 || !format!("{error:?}").contains("UnknownError") => {
                    return Err(error);
                }
                Err(error) => {
                    println!("the database does not open: {}", error.root_cause());
                    std::thread::sleep(Duration::from_millis(250));
                }
            }
        }
        unreachable!("the last time gives an error")
    }

    /// Prepares a phone as version 1 or 2 of its database left it, with drafts, finished responses and files as it
    /// kept them: `files` have `instance`, `name` and `bytes`.
    pub fn make_older(
        browser: &Browser,
        server: &str,
        version: u32,
        drafts: &[Value],
        outbox: &[Value],
        files: &[Value],
    ) -> Result<()> {
        let page = still_page(browser, server)?;
        let given = json!({"version": version, "drafts": drafts, "outbox": outbox, "files": files});
        page.eval(&format!("{OLDER}({given})"))?;
        page.tab.close(false)?;
        Ok(())
    }
}

impl Page {
    /// Instance ID of the response in sight, empty after it was finished.
    pub fn instance(&self) -> Result<String> {
        self.text(INSTANCE)
    }
}
