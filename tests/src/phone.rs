//! A respondent's phone with the survey on it.

use crate::browser::{Browser, Page};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

/// The survey's page in a browser at phone size, with words for what a thumb does.
pub struct Phone {
    /// The page.
    pub page: Page,
}

impl Phone {
    /// Opens a survey's address on a screen of 360 by 640.
    pub fn open(browser: &Browser, url: &str) -> Result<Self> {
        Self::open_sized(browser, url, 360, 640)
    }

    /// Opens a survey's address on a screen of another size.
    pub fn open_sized(browser: &Browser, url: &str, width: u32, height: u32) -> Result<Self> {
        let page = browser.page(width, height)?;
        page.tab.navigate_to(url)?.wait_until_navigated()?;
        let phone = Self { page };
        phone
            .page
            .wait_for("document.body.dataset.screen !== 'loading'")?;
        Ok(phone)
    }

    /// `question`, `repeat`, `review` or `done`.
    pub fn screen(&self) -> Result<String> {
        self.page.text("document.body.dataset.screen")
    }

    /// Keys of the questions in sight.
    pub fn questions(&self) -> Result<Vec<String>> {
        let keys = self
            .page
            .eval("[...document.querySelectorAll('.question')].map(q => q.dataset.key).join('\\n')")?;
        Ok(keys
            .as_str()
            .unwrap_or_default()
            .lines()
            .map(String::from)
            .collect())
    }

    /// What the page says is wrong.
    pub fn error(&self) -> Result<String> {
        self.page
            .text("document.querySelector('.error')?.innerText ?? ''")
    }

    /// Taps a choice of a question, with a real pointer.
    pub fn choose(&self, key: &str, code: &str) -> Result<()> {
        self.tap(&format!(".question[data-key='{key}'] input[value='{code}']"))
    }

    /// Taps an element with a real pointer.
    pub fn tap(&self, selector: &str) -> Result<()> {
        self.page.tab.click(selector)
    }

    /// Types into a question's field with real keys, after emptying it.
    pub fn write(&self, key: &str, words: &str) -> Result<()> {
        let selector = format!(".question[data-key='{key}'] :is(input, textarea)");
        self.tap(&selector)?;
        self.page
            .eval(&format!("document.querySelector({}).select()", json!(selector)))?;
        self.page.tab.press_key("Backspace")?;
        self.page.tab.type_str(words)?;
        Ok(())
    }

    /// Goes on, and waits until the next screen is there; an error that keeps the page is one here as well.
    pub fn next(&self) -> Result<()> {
        let before = self.place()?;
        self.tap("#next")?;
        for _ in 0..400 {
            if self.place()? != before {
                return Ok(());
            }
            let error = self.error()?;
            ensure!(error.is_empty(), "{error}");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        bail!("the page stays at {before}")
    }

    fn place(&self) -> Result<String> {
        self.page.text("document.body.dataset.screen + ' ' + document.getElementById('count').textContent + ' ' + [...document.querySelectorAll('.question')].map(q => q.dataset.key + (q.dataset.instance ?? '')).join()")
    }

    /// Goes on until a question is in sight, leaving what comes before unanswered.
    pub fn go_to(&self, key: &str) -> Result<()> {
        for _ in 0..200 {
            if self.questions()?.iter().any(|k| k == key) {
                return Ok(());
            }
            self.next()?;
        }
        bail!("the question '{key}' never came")
    }

    /// As [`Phone::go_to`], without a pointer: for forms of many screens.
    pub fn hurry_to(&self, key: &str) -> Result<()> {
        let found = self.page.eval(&format!("({HURRY})({})", json!(key)))?;
        ensure!(found == json!(true), "the question '{key}' never came");
        Ok(())
    }

    /// The answers in the draft that the phone keeps.
    pub fn draft(&self) -> Result<Value> {
        let text = self.page.text(
            "new Promise((done, fail) => {
                const open = indexedDB.open('baraza');
                open.onerror = () => fail(open.error);
                open.onsuccess = () => {
                    const all = open.result.transaction('drafts').objectStore('drafts').getAll();
                    all.onsuccess = () => { open.result.close(); done(JSON.stringify(all.result.map(({ answers }) => answers))); };
                };
            })",
        )?;
        let drafts: Vec<Value> = serde_json::from_str(&text)?;
        drafts.into_iter().next().context("no draft")
    }

    /// Waits until the draft's answer to a question is as a test wants it.
    pub fn draft_has(&self, key: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        for _ in 0..200 {
            let answer = self.draft()?[key].clone();
            if wanted(&answer) {
                return Ok(answer);
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        anyhow::bail!("the draft has {} for {key}", self.draft()?[key])
    }

    /// Waits until what the shelf needs has come: it is asked for with the first answer.
    pub fn has_shelf(&self) -> Result<()> {
        self.page.wait_for(
            "['/shelf.css', '/away.js', '/shelf/en.json'].every((file) =>
                performance.getEntriesByType('resource').some(({ name, responseEnd }) => name.endsWith(file) && responseEnd))",
        )
    }

    /// Number of files that the phone keeps.
    pub fn files_kept(&self) -> Result<u64> {
        self.page.eval(FILES)?.as_u64().context("a number")
    }

    /// Sends, and waits for the outcome: `sent`, `waiting` or `attention`.
    pub fn send(&self) -> Result<String> {
        self.tap("#send")?;
        // Seen and kept in one look: the phone may try again at once, and says so.
        self.page.wait_for(
            "document.body.dataset.screen === 'done' && document.body.dataset.state !== 'sending'
                && (window.became = document.body.dataset.state) !== undefined",
        )?;
        self.page.text("window.became")
    }

    /// Fills everything that is asked, screen by screen, up to the review, with answers that the form accepts.
    /// Gives the number of screens.
    ///
    /// `prefer` names the answers for some questions, by key: `{"consent": "yes", "age": "34"}`.
    pub fn fill_all(&self, prefer: &Value) -> Result<u64> {
        let result = self.page.eval(&format!("({FILL})({prefer})"))?;
        let result: Value = serde_json::from_str(result.as_str().unwrap_or("null"))?;
        match result["stuck"].as_str() {
            Some(stuck) => bail!("stuck after {} screens: {stuck}", result["screens"]),
            None => result["screens"]
                .as_u64()
                .with_context(|| format!("no count: {result}")),
        }
    }
}

/// Number of files that the phone keeps.
const FILES: &str = "new Promise((done) => {
    const open = indexedDB.open('baraza');
    open.onsuccess = () => {
        const count = open.result.transaction('files').objectStore('files').count();
        count.onsuccess = () => { open.result.close(); done(count.result); };
    };
})";

/// Goes on until a question is in sight.
const HURRY: &str = r"async (key) => {
  for (let i = 0; i < 300; i++) {
    if (document.querySelector(`.question[data-key='${key}']`)) return true;
    document.getElementById('next').click();
    await new Promise((done) => setTimeout(done, 0));
  }
  return false;
}";

/// Answers each question in sight by its control, goes on, and where the page objects tries the next candidate.
const FILL: &str = r"async (prefer) => {
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const put = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const numbers = ['30', '1', '3', '0', '5', '10', '15', '60', '2', '100', '20', '7'];
  const words = ['word', '0712345678', '03/2024', '12', '2024', 'a@example.org', 'A1B2C3', '+254700000000', '0'];
  const candidates = { integer: numbers, decimal: numbers, text: words, barcode: words, hidden: words,
    date: ['2024-02-03', '1990-05-06', new Date().toISOString().slice(0, 10)], time: ['10:30'], date_time: ['2024-02-03T10:30'],
    geopoint: ['1.5 2.5 0 0'], geotrace: ['1 2 0 0; 1 3 0 0'], geoshape: ['1 2 0 0; 1 3 0 0; 2 3 0 0; 1 2 0 0'] };
  // A picture that is made here, and a few bytes for everything else.
  const give = async (input, kind) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 40, height: 30 });
    canvas.getContext('2d').fillRect(5, 5, 20, 10);
    const picture = await new Promise((done) => canvas.toBlob(done, 'image/png'));
    const files = new DataTransfer();
    files.items.add(kind === 'image' ? new File([picture], 'a.png') : new File(['bytes'], `a.${{ audio: 'ogg', video: 'mp4', file: 'pdf' }[kind]}`));
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    for (let i = 0; i < 200 && input.closest('.file').querySelector('.remove-file').hidden; i++) await sleep(10);
  };
  const answer = async (question, attempt) => {
    const { key, kind } = question.dataset;
    const wanted = prefer[key];
    const file = question.querySelector('input[type=file]');
    if (file) { await give(file, kind); return; }
    const choices = () => [...question.querySelectorAll('input[type=radio], input[type=checkbox]')];
    const search = question.querySelector('input[type=search]');
    for (const words of search && !choices().length ? [wanted ?? 'a', 'e', 'i', '1', '0'] : []) {
      if (!choices().length) put(search, words);
    }
    const boxes = choices();
    if (kind === 'rank') {
      const buttons = question.querySelectorAll('button[data-code]');
      for (const button of [...buttons].slice(0, 1 + attempt)) if (button.getAttribute('aria-pressed') !== 'true') button.click();
    } else if (boxes.length) {
      const box = boxes.find((b) => b.value === wanted) ?? boxes[attempt % boxes.length];
      // Some questions want more than one choice: every other attempt ticks two.
      const ticked = kind === 'select_multiple' && attempt % 2 ? [box, boxes[(attempt + 1) % boxes.length]] : [box];
      if (kind === 'select_multiple') for (const other of boxes) if (other.checked && !ticked.includes(other)) other.click();
      for (const one of ticked) if (!one.checked) one.click();
    } else {
      const input = question.querySelector('input, textarea, select');
      if (!input) return;
      const year = question.querySelector('.parts input');
      if (year) {
        put(year, (wanted ?? '2024-02-01').slice(0, 4));
        const month = question.querySelector('.parts select');
        if (month) put(month, (wanted ?? '2024-02-01').slice(5, 7));
        return;
      }
      if (input.tagName === 'SELECT') {
        // None are offered before what they depend on is answered.
        const offered = [...input.options].slice(1);
        if (offered.length) put(input, wanted ?? offered[attempt % offered.length].value);
        return;
      }
      if (input.type === 'range') { input.click(); return; }
      const list = candidates[kind] ?? words;
      put(input, wanted ?? list[attempt % list.length]);
    }
  };
  let count = 0;
  const instances = {};
  for (; count < 3000; count++) {
    const { screen } = document.body.dataset;
    if (screen === 'review') return JSON.stringify({ screens: count });
    if (screen === 'repeat') {
      // Two of each, so that a repeat is a repeat.
      const place = document.querySelector('h2.label').textContent;
      instances[place] = (instances[place] ?? 0) + 1;
      (instances[place] === 1 ? document.getElementById('add-instance') : document.getElementById('next')).click();
      await sleep(0);
      continue;
    }
    const keys = () => [...document.querySelectorAll('.question')].map((q) => q.dataset.key + (q.dataset.instance ?? '')).join();
    const attempts = {};
    let before = keys();
    const progress = () => document.getElementById('count').textContent;
    for (let round = 0; round < 40; round++) {
      // Answers may bring further questions on to the screen.
      for (let pass = 0; pass < 4; pass++) {
        before = keys();
        for (const question of [...document.querySelectorAll('.question')]) {
          const id = question.dataset.key + (question.dataset.instance ?? '');
          if (attempts[id] === undefined || question.querySelector('.error')) {
            attempts[id] = (attempts[id] ?? -1) + 1;
            await answer(question, attempts[id]);
          }
        }
        if (keys() === before) break;
      }
      const [here, at] = [keys(), progress()];
      document.getElementById('next').click();
      await sleep(0);
      if (keys() !== here || progress() !== at || document.body.dataset.screen !== 'question') break;
      if (!document.querySelector('.error')) await sleep(20);
      if (keys() !== here || progress() !== at || document.body.dataset.screen !== 'question') break;
      if (round === 39) return JSON.stringify({ screens: count, stuck: `${here}: ${document.querySelector('.error')?.innerText ?? 'no error shown'}` });
    }
  }
  return JSON.stringify({ screens: count, stuck: 'the form does not end' });
}";
