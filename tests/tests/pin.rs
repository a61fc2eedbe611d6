//! Drafts under a PIN: chosen, asked for, what the phone keeps, and how it locks.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, baraza, chromium, exported, told};
use serde_json::json;
use tempfile::{TempDir, tempdir};

const FORM: &str = "\
| survey   |       |        |                 |
|          | type  | name   | label           |
|          | text  | words  | What happened?  |
|          | image | photo  | A photo         |
|          | text  | more   | More            |
| settings |       |        |                 |
|          | form_id | version | baraza::pin |
|          | locked  | 1       | yes         |
";
const SECRET: &str = "the men at the well";
const PIN: &str = "482916";

/// All that IndexedDB holds, files as the characters of their bytes.
const HELD: &str = "new Promise((done, fail) => {
    const open = indexedDB.open('baraza');
    open.onerror = () => fail(open.error);
    open.onsuccess = async () => {
        const { result } = open;
        const all = (store) => new Promise((got) => { result.transaction(store).objectStore(store).getAll().onsuccess = ({ target }) => got(target.result); });
        const stores = await Promise.all([...result.objectStoreNames].map(async (store) => [store, await all(store)]));
        result.close();
        const letters = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
        const shown = async (value) => {
            if (value instanceof Blob) return `${value.type} ${letters(new Uint8Array(await value.arrayBuffer()))}`;
            if (ArrayBuffer.isView(value)) return letters(value);
            if (value && typeof value === 'object') return Promise.all(Object.entries(value).map(async ([key, inner]) => [key, await shown(inner)]));
            return value;
        };
        done(JSON.stringify(await shown(stores)));
    };
})";

fn survey() -> Result<Option<(TempDir, Server, Browser)>> {
    let Some(chromium) = chromium() else {
        return Ok(None);
    };
    let folder = tempdir()?;
    std::fs::write(folder.path().join("locked.md"), FORM)?;
    let said = told(&baraza(folder.path(), &["publish", "locked.md"]));
    assert!(said.contains("published"), "{said}");
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    Ok(Some((folder, server, browser)))
}

fn put(phone: &Phone, id: &str, words: &str) -> Result<()> {
    phone.tap(&format!("#{id}"))?;
    phone
        .page
        .eval(&format!("document.getElementById('{id}').select()"))?;
    phone.page.tab.type_str(words)?;
    Ok(())
}

fn choose_pin(phone: &Phone) -> Result<()> {
    phone
        .page
        .wait_for("document.getElementById('pin-again') !== null")?;
    put(phone, "pin", PIN)?;
    put(phone, "pin-again", PIN)?;
    phone.tap("#choose-pin")?;
    phone.page.wait_for("document.body.dataset.screen === 'question'")
}

/// Waits until it is said what is wrong.
fn says(phone: &Phone, words: &str) -> Result<()> {
    let said = format!(
        "document.querySelector('.error')?.innerText.includes({})",
        json!(words)
    );
    phone.page.wait_for(&said)
}

fn unlock(phone: &Phone) -> Result<()> {
    phone
        .page
        .wait_for("document.getElementById('open')?.disabled === false")?;
    put(phone, "pin", PIN)?;
    phone.page.tab.press_key("Enter")?;
    phone.page.wait_for("document.body.dataset.screen === 'question'")
}

fn locked(phone: &Phone) -> Result<()> {
    phone
        .page
        .wait_for("document.body.dataset.screen === 'lock' && document.getElementById('open') !== null")?;
    let page = phone.page.text("document.documentElement.outerHTML + [...document.querySelectorAll('input, textarea')].map((i) => i.value).join()")?;
    assert!(
        !page.contains(SECRET) && !page.contains("What happened?"),
        "{page}"
    );
    Ok(())
}

fn answer(phone: &Phone) -> Result<String> {
    phone
        .page
        .text("document.querySelector(\".question[data-key='words'] input\").value")
}

#[test]
fn what_is_not_finished_stays_under_the_pin() -> Result<()> {
    let Some((folder, server, browser)) = survey()? else {
        return Ok(());
    };
    let phone = Phone::open(&browser, &format!("{}/s/locked", server.url))?;
    phone
        .page
        .wait_for("document.getElementById('choose-pin') !== null")?;
    let text = phone.page.text("document.getElementById('screen').textContent")?;
    for honest in [
        "can’t be recovered by anyone",
        "does not stop experts",
        "Finished responses",
        "the browser can read them",
    ] {
        assert!(text.contains(honest), "{honest}: {text}");
    }
    phone.page.shot("pin-choose-en")?;
    for (first, second, problem) in [
        ("1234", "1234", "6 to 12"),
        ("123456", "123456", "too easy"),
        (PIN, "482917", "not the same"),
    ] {
        put(&phone, "pin", first)?;
        put(&phone, "pin-again", second)?;
        phone.tap("#choose-pin")?;
        says(&phone, problem)?;
    }
    choose_pin(&phone)?;
    phone.write("words", SECRET)?;
    phone.next()?;
    phone.page.eval(
        "(async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 30 });
        const files = new DataTransfer();
        files.items.add(new File([await new Promise((done) => canvas.toBlob(done))], 'a.png'));
        const input = document.querySelector('input[type=file]');
        input.files = files.files;
        input.dispatchEvent(new Event('change'));
    })()",
    )?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file img')?.naturalWidth === 40")?;

    // Neither the answer nor the photo is on the phone in clear.
    let held = phone.page.text(HELD)?;
    assert!(held.contains("sealed") && held.contains("600000"), "{held}");
    for clear in [SECRET, "words", "JFIF", PIN] {
        assert!(!held.contains(clear), "{clear} in {held}");
    }
    let stored = phone
        .page
        .text("JSON.stringify({ ...localStorage, ...sessionStorage })")?;
    assert!(!stored.contains(SECRET) && !stored.contains(PIN), "{stored}");

    // A reload locks; another PIN does not open, and the pauses grow.
    phone.page.tab.reload(false, None)?;
    locked(&phone)?;
    phone.page.shot("pin-ask-en")?;
    for (attempt, told) in ["not the PIN.", "not the PIN.", "Wait "].into_iter().enumerate() {
        put(&phone, "pin", &format!("48291{attempt}"))?;
        phone.tap("#open")?;
        let tried = format!(
            "localStorage['baraza-lock-tries locked']?.includes('\"wrong\":{}')",
            attempt + 1
        );
        phone.page.wait_for(&tried)?;
        says(&phone, told)?;
    }
    put(&phone, "pin", PIN)?;
    phone.page.tab.press_key("Enter")?;
    locked(&phone)?;
    phone
        .page
        .eval("localStorage.removeItem('baraza-lock-tries locked')")?;
    phone.page.tab.reload(false, None)?;
    locked(&phone)?;
    unlock(&phone)?;
    assert_eq!(phone.questions()?, ["photo"]);
    phone
        .page
        .wait_for("document.querySelector('.kept-file img')?.naturalWidth === 40")?;

    // Finished, it can be sent without the PIN, with its photo.
    phone.fill_all(&json!({"more": "nothing"}))?;
    assert_eq!(phone.send()?, "sent");
    server.stop()?;
    let row = exported(folder.path())?;
    assert_eq!(row["words"], SECRET);
    let bytes: Vec<u8> = rusqlite::Connection::open(folder.path().join("baraza.db"))?.query_row(
        "SELECT bytes FROM media WHERE name = ?1",
        [&row["photo"]],
        |row| row.get(0),
    )?;
    assert!(bytes.starts_with(&[0xff, 0xd8]), "a JPEG, and not what sealed it");
    Ok(())
}

#[test]
fn it_locks_in_the_background_and_when_hidden() -> Result<()> {
    let Some((_folder, server, browser)) = survey()? else {
        return Ok(());
    };
    let phone = Phone::open(&browser, &format!("{}/s/locked", server.url))?;
    choose_pin(&phone)?;
    phone.write("words", SECRET)?;

    // A minute away is nothing, two are.
    phone.page.eval(
        "(() => {
        window.state = 'visible';
        window.late = 0;
        const now = Date.now;
        Date.now = () => now() + window.late;
        Object.defineProperty(document, 'visibilityState', { get: () => window.state });
        window.away = (ms) => {
            window.state = 'hidden';
            document.dispatchEvent(new Event('visibilitychange'));
            window.late += ms;
            window.state = 'visible';
            document.dispatchEvent(new Event('visibilitychange'));
        };
        window.away(60000);
    })()",
    )?;
    assert_eq!(answer(&phone)?, SECRET);
    phone.page.eval("window.away(121000)")?;
    locked(&phone)?;
    unlock(&phone)?;
    assert_eq!(answer(&phone)?, SECRET);

    // Behind the calculator, only the PIN helps.
    phone.tap("#hide")?;
    phone.page.wait_for("document.title === 'Calculator'")?;
    locked(&phone)?;
    phone.page.tab.press_key("Escape")?;
    for key in ["=", "=", "=", "=", "4", "8", "2", "9", "1", "7", "="] {
        phone.tap(&format!("#cover [data-key='{key}']"))?;
    }
    phone
        .page
        .wait_for("localStorage['baraza-lock-tries locked'].includes('\"wrong\":1')")?;
    assert_eq!(
        phone
            .page
            .text("document.title + ' ' + document.querySelector('.display').textContent")?,
        "Calculator 482917"
    );
    for key in PIN.chars().chain(['=']) {
        phone.tap(&format!("#cover [data-key='{key}']"))?;
    }
    phone.page.wait_for(
        "!('hidden' in document.documentElement.dataset) && document.body.dataset.screen === 'question'",
    )?;
    assert_eq!(answer(&phone)?, SECRET);

    // Who has forgotten it can only make room.
    phone.page.tab.reload(false, None)?;
    locked(&phone)?;
    phone
        .page
        .eval("window.confirm = (text) => { window.asked = text; return true; }")?;
    phone.tap("summary")?;
    phone.tap("#anew")?;
    phone
        .page
        .wait_for("document.getElementById('choose-pin') !== null")?;
    assert!(phone.page.text("window.asked")?.contains("for ever"));
    choose_pin(&phone)?;
    assert_eq!(answer(&phone)?, "");
    Ok(())
}

#[test]
fn without_encryption_the_page_says_that_the_lock_only_covers_the_screen() -> Result<()> {
    let Some((_folder, server, browser)) = survey()? else {
        return Ok(());
    };
    let page = browser.page(360, 640)?;
    // As on plain http under a name other than localhost.
    page.tab.call_method(
        headless_chrome::protocol::cdp::Page::AddScriptToEvaluateOnNewDocument {
            source: "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })".into(),
            world_name: None,
            include_command_line_api: None,
            run_immediately: None,
        },
    )?;
    page.tab
        .navigate_to(&format!("{}/s/locked", server.url))?
        .wait_until_navigated()?;
    let phone = Phone { page };
    phone
        .page
        .wait_for("document.getElementById('choose-pin') !== null")?;
    assert!(
        phone
            .page
            .text("document.getElementById('screen').innerText")?
            .contains("only covers the screen")
    );
    choose_pin(&phone)?;
    phone.write("words", SECRET)?;
    phone.draft_has("words", |words| words == SECRET)?;
    phone.page.tab.reload(false, None)?;
    locked(&phone)?;
    let kept = phone.page.text("localStorage['baraza-lock locked']")?;
    assert!(
        !kept.contains(PIN) && kept.len() < 80,
        "too little to find the PIN by: {kept}"
    );
    unlock(&phone)?;
    assert_eq!(answer(&phone)?, SECRET);
    Ok(())
}
