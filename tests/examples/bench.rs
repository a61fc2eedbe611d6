//! Prints what forms cost: importing the largest one beside reading its cells alone; a keystroke on a form of 600
//! questions and 400 conditions beside a whole recalculation; opening a list of 5,000 choices beside one of 50.
//! The phone's figures come from Chromium slowed down six times.
//!
//! `cargo build --release && cargo run --release -p baraza-tests --example bench`

use anyhow::{Context, Result};
use baraza_forms::xlsform::{Workbook, import_path};
use baraza_tests::{Browser, Page, Phone, Server, chromium, shared};
use headless_chrome::protocol::cdp::Emulation::SetCPUThrottlingRate;
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::time::Instant;

const SLOWER: f64 = 6.0;
const QUESTIONS: usize = 600;

fn main() -> Result<()> {
    import()?;
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let browser = Browser::start(&chromium)?;
    keystroke(&browser, folder.path())?;
    cascade(&browser, folder.path())
}

/// Milliseconds of the fastest of some runs: the machine's noise only ever adds.
fn fastest<T>(mut run: impl FnMut() -> T) -> f64 {
    let times = (0..7).map(|_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_secs_f64() * 1000.0
    });
    times.fold(f64::INFINITY, f64::min)
}

fn import() -> Result<()> {
    let mut forms: Vec<_> = std::fs::read_dir(shared("xlsforms"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "xlsx"))
        .filter_map(|path| {
            let form = import_path(&path).ok()?.form?;
            Some((form.nodes.len(), path))
        })
        .collect();
    forms.sort();
    let (nodes, path) = forms.last().context("no form")?;
    let whole = fastest(|| import_path(path));
    let cells = fastest(|| Workbook::read(path));
    println!(
        "import of {} ({nodes} rows of questions and groups): {whole:.1} ms; reading its cells alone {cells:.1} ms",
        path.file_name().unwrap_or_default().display()
    );
    Ok(())
}

fn slowed(page: &Page) -> Result<()> {
    page.tab.call_method(SetCPUThrottlingRate { rate: SLOWER })?;
    Ok(())
}

/// Six hundred whole numbers; four hundred wait for earlier ones, and some totals follow them.
fn long_form() -> String {
    let mut sheet = String::from("| survey |\n| | type | name | label | relevant | calculation |\n");
    for i in 0..QUESTIONS {
        let relevant = if i % 3 > 0 {
            format!("${{q{}}} != 7 and ${{q{}}} != 9", i - i % 3, i.saturating_sub(7))
        } else {
            String::new()
        };
        let _ = writeln!(sheet, "| | integer | q{i} | Question {i} | {relevant} | |");
        if i % 30 == 29 {
            let _ = writeln!(sheet, "| | calculate | c{i} | | | ${{q{i}}} + ${{q{}}} |", i - 10);
        }
    }
    sheet + "| settings |\n| | form_id |\n| | long |\n"
}

/// The phone's modules one by one, since what the server sends is one bundle that gives none of them out.
fn modules() -> Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.and_then(send_module);
        }
    });
    Ok(url)
}

fn send_module(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    let mut asked = String::new();
    BufReader::new(&stream).read_line(&mut asked)?;
    let name = asked.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/web");
    let (kind, body) = if name.is_empty() {
        ("text/html", "<!doctype html><title>modules</title>".to_owned())
    } else {
        (
            "text/javascript",
            std::fs::read_to_string(folder.join(name)).unwrap_or_default(),
        )
    };
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn keystroke(browser: &Browser, folder: &Path) -> Result<()> {
    let path = folder.join("long.md");
    let form = long_form();
    let conditions = form.matches(" != 7 and ").count();
    std::fs::write(&path, form)?;
    let server = Server::start(
        folder,
        &["--form", path.to_str().context("a path")?, "--db", "long.db"],
    )?;
    let phone = Phone::open(browser, &format!("{}/s/long", server.url))?;
    slowed(&phone.page)?;
    let handler = phone.page.text(&HANDLER.replace("TIMED", TIMED))?;
    let sent = |what: &str| -> Result<String> {
        let url = format!("/api/surveys/long/{what}");
        Ok(server.get(&url, &[])?.body_mut().read_to_string()?)
    };
    let form = format!("[{}, {}]", sent("form")?, sent("texts/0")?);
    phone.page.tab.close(false)?;
    server.stop()?;

    let page = browser.page(360, 640)?;
    slowed(&page)?;
    page.tab.navigate_to(&modules()?)?.wait_until_navigated()?;
    let evaluator = page.text(&EVALUATOR.replace("TIMED", TIMED).replace("FORM", &form))?;
    println!(
        "keystroke on {QUESTIONS} questions and {conditions} conditions, CPU {SLOWER} times slower: {evaluator}{handler}"
    );
    page.tab.close(false)?;
    Ok(())
}

const EVALUATOR: &str = r"(async () => {
  const { Filling } = await import('./filling.js');
  const [form, texts] = FORM;
  const filling = new Filling(form, { now: '2024-01-01T00:00:00.000Z', random: Math.random, uuid: () => '', texts });
  const asked = form.nodes.map((node, id) => id).filter((id) => form.nodes[id].kind === 'integer');
  const timed = TIMED;
  return '\n  evaluating what depends on it: ' + timed((i) => filling.set(asked[(i * 37) % asked.length], filling.root, i % 10))
    + '\n  evaluating everything: ' + timed(() => filling.recalculate());
})()";

const HANDLER: &str = r"(() => {
  const timed = TIMED;
  const input = document.querySelector('.question input');
  return '\n  the whole handler of the page, screens and journal included: ' + timed((i) => {
    input.value = String(i % 10);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
})()";

/// Median, 95th percentile and worst of a hundred, after twenty that warm up.
const TIMED: &str = r"(act) => {
    const times = [];
    for (let i = 0; i < 120; i++) {
      const start = performance.now();
      act(i);
      times.push(performance.now() - start);
    }
    const sorted = times.slice(20).sort((a, b) => a - b);
    return `median ${sorted[50].toFixed(2)} ms, 95 % ${sorted[95].toFixed(2)} ms, worst ${sorted[99].toFixed(2)} ms`;
}";

/// A district of fifty towns among five thousand, and all of them.
fn towns() -> String {
    let mut sheet = String::from(
        "| survey |\n| | type | name | label | choice_filter | appearance |
         | | select_one district | district | District | | |
         | | select_one town | town | Town | district = ${district} | |
         | | select_one town | any | Any town | | |
         | | select_one town | search | Any town, by searching | | autocomplete |\n| choices |\n| | list_name | name | label | district |\n",
    );
    for i in 0..100 {
        let _ = writeln!(sheet, "| | district | d{i} | District {i} | |");
    }
    for i in 0..5000 {
        let _ = writeln!(sheet, "| | town | t{i} | Town number {i} | d{} |", i / 50);
    }
    sheet + "| settings |\n| | form_id |\n| | towns |\n"
}

fn cascade(browser: &Browser, folder: &Path) -> Result<()> {
    let path = folder.join("towns.md");
    std::fs::write(&path, towns())?;
    let server = Server::start(
        folder,
        &["--form", path.to_str().context("a path")?, "--db", "towns.db"],
    )?;
    let phone = Phone::open(browser, &format!("{}/s/towns?district=d42", server.url))?;
    slowed(&phone.page)?;
    phone.page.eval("new PerformanceObserver((list) => { window.longest = Math.max(window.longest ?? 0, ...list.getEntries().map((e) => e.duration)); }).observe({ entryTypes: ['longtask'] }), 0")?;
    for what in ["50 of 5,000 by a filter", "all 5,000", "all 5,000, by searching"] {
        let figure = phone.page.text(OPENING)?;
        println!("a list of {what}, CPU {SLOWER} times slower: {figure}");
    }
    server.stop()?;
    Ok(())
}

/// From the tap on 'next' until the screen is painted, and the longest that nothing else could happen.
const OPENING: &str = r"(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  window.longest = 0;
  await frame();
  const start = performance.now();
  document.getElementById('next').click();
  await frame();
  const took = performance.now() - start;
  await new Promise((done) => setTimeout(done, 500));
  const shown = document.querySelectorAll('.question input, .question option').length;
  return `open after ${took.toFixed(0)} ms, longest task ${window.longest.toFixed(0)} ms, ${shown} choices in the page`;
})()";
