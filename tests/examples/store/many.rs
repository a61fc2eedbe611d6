//! Many responses: whether the server becomes slower as they grow, how long it takes to start with them, and how fast
//! they are exported, beside reading their rows alone.

use anyhow::{Context, Result};
use baraza_tests::load::{self, FORM, Load, PATH, Until};
use baraza_tests::{Server, binary, memory_kb};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Fills a database with so many responses, and reads them.
pub fn print(rows: u64) -> Result<()> {
    let folder = super::folder()?;
    fill(folder.path(), rows)?;
    start(folder.path())?;
    let alone = read_alone(folder.path())?;
    println!("read row by row, with their answers as text: {alone:.0}/s");
    export(folder.path(), rows, alone)
}

fn fill(folder: &Path, rows: u64) -> Result<()> {
    let server = Server::start_with(folder, FORM)?;
    println!("{rows} responses over 256 connections, a tenth after the other:");
    let mut first = 0;
    while first < rows {
        let mut outcome = load::run(Load {
            port: server.port(),
            path: PATH,
            connections: 256,
            run: 1,
            first,
            until: Until::Sent(rows / 10),
        })?;
        anyhow::ensure!(outcome.others.is_empty() && outcome.broken == 0, "{outcome:?}");
        first = outcome.next;
        println!(
            "{first:>9} {:>7.0}/s, p99 {:.1} ms, resident {} MB (highest {} MB), log {} MB",
            outcome.rate(),
            outcome.within(0.99),
            server.resident_kb()? / 1024,
            server.memory_kb("VmHWM:")? / 1024,
            std::fs::metadata(folder.join("baraza.db-wal"))?.len() >> 20
        );
    }
    Ok(())
}

/// The server of the filling was killed: this start has to look after what it left.
fn start(folder: &Path) -> Result<()> {
    let begun = Instant::now();
    let server = Server::start(folder, &[])?;
    println!(
        "started again after a kill, to the first answer: {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    drop(server);
    Ok(())
}

/// Rows a second: what has to be read of the table for any export.
fn read_alone(folder: &Path) -> Result<f64> {
    let database = Connection::open_with_flags(folder.join("baraza.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let begun = Instant::now();
    let mut statement = database.prepare(
        "SELECT instance_id, version, received_at, started, finished, language, outcome, answers, flags, synthetic
         FROM response ORDER BY id",
    )?;
    let (mut rows, mut bytes, mut count) = (statement.query([])?, 0, 0_u64);
    while let Some(row) = rows.next()? {
        for column in 0..9 {
            bytes += row.get_ref(column)?.as_str()?.len();
        }
        count += 1;
    }
    std::hint::black_box(bytes);
    Ok(count as f64 / begun.elapsed().as_secs_f64())
}

/// `baraza export`, as a process of its own.
fn export(folder: &Path, rows: u64, alone: f64) -> Result<()> {
    let out = folder.join("responses.csv");
    let begun = Instant::now();
    let mut child = Command::new(binary())
        .args(["export", "--out", "responses.csv"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()?;
    // Asked all along, since a process that has ended tells nothing.
    let mut memory = Vec::new();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        memory.extend(memory_kb(child.id(), "VmHWM:").ok());
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = begun.elapsed().as_secs_f64();
    anyhow::ensure!(status.success(), "the export failed");
    let written = csv::Reader::from_path(&out)?.into_byte_records().count() as u64;
    anyhow::ensure!(written >= rows, "{written} of {rows} rows are in the file");
    let rate = written as f64 / took;
    let half = memory.get(memory.len() / 2).context("a measure of memory")?;
    let end = memory.last().context("a measure of memory")?;
    println!(
        "exported as CSV: {written} rows in {took:.1} s, {rate:.0}/s, {:.0} % of reading alone; {} MB of CSV; \
         resident at its highest {} MB at half time, {} MB at the end",
        100.0 * rate / alone,
        std::fs::metadata(&out)?.len() >> 20,
        half / 1024,
        end / 1024
    );
    Ok(())
}
