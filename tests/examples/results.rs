//! Prints how long the pages of results take over many responses: the first time, while they are made, and after that,
//! beside `baraza analyse` on the same data.
//!
//! `cargo build --release && cargo run --release -p baraza-tests --example results`
//!
//! `BARAZA_ROWS=1000000` is how many respondents there are; 100,000 without it. It takes as long to invent them.

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::session_as;
use baraza_tests::{baraza, binary, free_port, memory_kb, told};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PAGE: &str = "/desk/surveys/community-security/results";
const API: &str = "/api/v1/surveys/community-security/results";
/// How often each address is asked for.
const TIMES: usize = 200;

fn main() -> Result<()> {
    let rows = std::env::var("BARAZA_ROWS").unwrap_or_else(|_| "100000".into());
    // On the disk that the project is on: temporary folders may be in memory.
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR"))?;
    let begun = Instant::now();
    let made = baraza(
        folder.path(),
        &["demo", "--db", "many.db", "--respondents", &rows],
    );
    ensure!(made.status.success(), "{}", told(&made));
    println!(
        "{rows} respondents invented in {:.1} s",
        begun.elapsed().as_secs_f64()
    );

    let added = baraza(
        folder.path(),
        &["accounts", "add", "Chidi", "--role", "analyst", "--db", "many.db"],
    );
    ensure!(added.status.success(), "{}", told(&added));
    let server = Served::start(&folder.path().join("many.db"))?;
    let first = format!("{PAGE}?question=safe_dark&by=gender&lang=en");
    let begun = Instant::now();
    while server.get(&first)?.0 == 503 {
        std::thread::sleep(Duration::from_millis(200));
    }
    println!(
        "first request, uncached, until the page is there: {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    print_cached(&server, &first)?;
    println!(
        "resident memory at its highest: {} MB",
        memory_kb(server.child.id(), "VmHWM:")? / 1024
    );
    drop(server);

    let server = Served::start(&folder.path().join("many.db"))?;
    let begun = Instant::now();
    ensure!(server.get(&first)?.0 == 200);
    println!(
        "first request after a restart: {:.0} ms",
        begun.elapsed().as_secs_f64() * 1000.0
    );
    drop(server);

    let begun = Instant::now();
    let analyse = [
        "analyse",
        "--db",
        "many.db",
        "--by",
        "area",
        "--by",
        "gender*age",
        "--out",
        "tables",
    ];
    let made = baraza(folder.path(), &analyse);
    ensure!(made.status.success(), "{}", told(&made));
    println!(
        "baraza analyse on the same data: {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

fn print_cached(server: &Served, first: &str) -> Result<()> {
    let query = "question=safe_dark&by=gender&lang=en";
    let addresses = [
        ("page", first.to_owned()),
        ("JSON", format!("{API}?{query}")),
        ("chart", format!("{PAGE}/table.svg?{query}")),
        ("table, CSV", format!("{PAGE}/table.csv?{query}")),
        ("table, XLSX", format!("{PAGE}/table.xlsx?{query}")),
        ("report", format!("{PAGE}/report?lang=ar")),
        ("all as CSV", format!("{PAGE}/tidy.csv")),
    ];
    for (name, address) in addresses {
        let mut times = Vec::new();
        let mut bytes = 0;
        for _ in 0..TIMES {
            let begun = Instant::now();
            let (status, length) = server.get(&address)?;
            ensure!(status == 200, "{address}: {status}");
            bytes = length;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{name:>12}: median {:>7.2} ms, p99 {:>7.2} ms, {bytes} bytes unpacked",
            times[TIMES / 2],
            times[TIMES * 99 / 100]
        );
    }
    Ok(())
}

/// What signs an analyst in.
const SESSION: &str = "0123456789abcdef0123456789abcdef";

/// The server.
struct Served {
    child: Child,
    port: u16,
}

impl Served {
    fn start(database: &Path) -> Result<Self> {
        let port = free_port();
        let child = Command::new(binary())
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--db"])
            .arg(database)
            .stdout(Stdio::null())
            .spawn()?;
        let server = Self { child, port };
        let patience = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(patience.elapsed() < Duration::from_mins(1), "it does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        session_as(database, "Chidi", SESSION)?;
        Ok(server)
    }

    /// Status and length of an answer.
    fn get(&self, path: &str) -> Result<(u16, usize)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut response = agent
            .get(format!("http://127.0.0.1:{}{path}", self.port))
            .header("cookie", format!("baraza-desk={SESSION}"))
            .call()?;
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(1 << 30).read_to_vec();
        Ok((status, bytes.context("an answer")?.len()))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
