//! Time to the first question on a slow phone, beside ODK Web Forms with the same form in the same run.

use anyhow::{Context, Result, ensure};
use baraza_tests::rig::Network;
use baraza_tests::{Browser, Server, baraza, chromium, told};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::tempdir;

/// Ours has to be so many times sooner.
const TIMES: f64 = 5.0;

/// The network of a village, and a processor that is so many times slower than this one.
const SLOW: Network = Network {
    bits: 400_000,
    latency: Duration::from_millis(400),
};
const SLOWER: f64 = 6.0;

/// Notes when the first question is to be seen, as the page counts time.
fn watch(question: &str) -> String {
    format!(
        "{{
            const look = () => {{
                const found = document.querySelector('{question}');
                if (found?.innerText.trim() && found.getBoundingClientRect().height) globalThis.firstQuestion = performance.now();
                else setTimeout(look, 10);
            }};
            if (window === top) look();
        }}"
    )
}

/// Milliseconds to the first question, and bytes that came until then, with nothing kept from before.
fn first_question(chromium: &Path, url: &str, question: &str) -> Result<(f64, f64)> {
    let browser = Browser::start(chromium)?;
    let page = browser.page(360, 640)?;
    page.before_all(&watch(question))?;
    page.network(SLOW)?;
    page.slower(SLOWER)?;
    page.tab.navigate_to(url)?;
    for _ in 0..40 {
        if page
            .wait_for("typeof globalThis.firstQuestion === 'number'")
            .is_ok()
        {
            break;
        }
    }
    let time = page.eval("globalThis.firstQuestion")?;
    let bytes = page.eval(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
            .reduce((sum, { transferSize }) => sum + transferSize, 0)",
    )?;
    let time = time.as_f64().context("the first question never came")?;
    Ok((time, bytes.as_f64().context("bytes")?))
}

/// ODK Web Forms with a form, on loopback.
struct WebForms {
    child: Child,
    url: String,
}

impl WebForms {
    fn start(folder: &Path, form: &Path) -> Result<Self> {
        let mut child = Command::new("node")
            .arg("serve.mjs")
            .arg(form)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut port = String::new();
        BufReader::new(child.stdout.take().context("its output")?).read_line(&mut port)?;
        let url = format!("http://127.0.0.1:{}/", port.trim());
        let served = Self { child, url };
        ensure!(!port.trim().is_empty(), "ODK Web Forms could not be built");
        Ok(served)
    }
}

impl Drop for WebForms {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Node with what `npm ci` brings into `tests/peer`. In CI its absence is a failure, elsewhere the test is skipped.
fn peer() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peer");
    let found = folder
        .join("node_modules/@getodk/web-forms/package.json")
        .exists();
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "@getodk/web-forms is missing, and CI has to have it"
        );
        eprintln!("SKIPPED: @getodk/web-forms is not installed (npm ci in tests/peer)");
    }
    found.then_some(folder)
}

#[test]
fn the_first_question_comes_five_times_sooner_than_in_web_forms() -> Result<()> {
    let (Some(chromium), Some(peer)) = (chromium(), peer()) else {
        return Ok(());
    };
    let folder = tempdir()?;
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../forms/library/community-security");
    let form = folder.path().join("form.xml");
    let (from, to) = (library.to_string_lossy(), form.to_string_lossy());
    let converted = baraza(folder.path(), &["convert", &from, "--to", "xform", "--out", &to]);
    ensure!(converted.status.success(), "{}", told(&converted));
    let theirs = WebForms::start(&peer, &form)?;
    let ours = Server::start(folder.path(), &[])?;
    let address = format!("{}/s/community-security?lang=en", ours.url);
    // What a server makes once is not counted.
    let warm = Browser::start(&chromium)?;
    let page = warm.page(360, 640)?;
    page.tab.navigate_to(&address)?.wait_until_navigated()?;
    drop((page, warm));

    let (our_time, our_bytes) = first_question(&chromium, &address, ".question")?;
    let (their_time, their_bytes) = first_question(&chromium, &theirs.url, ".question-container")?;
    println!("time to the first question at 400 kbit/s, 400 ms, processor {SLOWER} times slower:");
    println!(
        "  first question, Baraza:        {:>6.1} s, {:>6.0} KB",
        our_time / 1000.0,
        our_bytes / 1000.0
    );
    println!(
        "  first question, ODK Web Forms: {:>6.1} s, {:>6.0} KB, {:.1} times later",
        their_time / 1000.0,
        their_bytes / 1000.0,
        their_time / our_time
    );
    ensure!(
        their_time > our_time * TIMES,
        "only {:.1} times sooner",
        their_time / our_time
    );
    Ok(())
}
