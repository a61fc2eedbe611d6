//! The server beside its two floors, on the same cores and disk: the same router with a handler that stores nothing, and
//! plain SQLite committing the same rows in groups as large as there are connections.

use anyhow::Result;
use baraza_tests::load::{self, FORM, Load, PATH, Until};
use baraza_tests::{Server, free_port};
use rusqlite::{Connection, params};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const CONNECTIONS: [usize; 4] = [1, 8, 32, 256];

/// Each measure takes so long.
pub fn print(time: Duration) -> Result<()> {
    let folder = super::folder()?;
    let server = Server::start_with(folder.path(), FORM)?;
    let nothing = Nothing::start(&folder.path().join("nothing.db"))?;
    println!(
        "{:>11}  {:>9} {:>8} {:>8} {:>8}  {:>12}  {:>14} {:>12}  {:>8}",
        "connections",
        "stored/s",
        "p50 ms",
        "p99 ms",
        "worst ms",
        "nothing/s",
        "SQLite alone/s",
        "its commit",
        "share"
    );
    for (at, connections) in CONNECTIONS.into_iter().enumerate() {
        let run = |port, path| {
            load::run(Load {
                port,
                path,
                connections,
                run: at as u32 + 1,
                first: 0,
                until: Until::Past(time),
            })
        };
        let ceiling = run(nothing.port, "/nothing")?.rate();
        let mut stored = run(server.port(), PATH)?;
        anyhow::ensure!(stored.others.is_empty() && stored.broken == 0, "{stored:?}");
        let (floor, commit) = sqlite_alone(folder.path(), connections.min(512), time)?;
        println!(
            "{connections:>11}  {:>9.0} {:>8.2} {:>8.2} {:>8.2}  {ceiling:>12.0}  {floor:>14.0} {commit:>9.2} ms  {:>6.0} %",
            stored.rate(),
            stored.within(0.5),
            stored.within(0.99),
            stored.within(1.0),
            100.0 * stored.rate() / floor.min(ceiling)
        );
    }
    println!(
        "resident memory at its highest: {} MB; share: of the lower of the two others",
        server.memory_kb("VmHWM:")? / 1024
    );
    Ok(())
}

/// The server that stores nothing.
struct Nothing {
    child: Child,
    port: u16,
}

impl Nothing {
    fn start(database: &Path) -> Result<Self> {
        let port = free_port();
        let child = Command::new(std::env::current_exe()?)
            .args(["nothing", &port.to_string()])
            .arg(database)
            .spawn()?;
        let server = Self { child, port };
        let patience = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            anyhow::ensure!(patience.elapsed() < Duration::from_secs(20), "it does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }
}

impl Drop for Nothing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Rows and milliseconds a commit: the table of the server, filled by a loop that does nothing else.
fn sqlite_alone(folder: &Path, group: usize, time: Duration) -> Result<(f64, f64)> {
    let path = folder.join("alone.db");
    let _ = std::fs::remove_file(&path);
    let served = Connection::open(folder.join("baraza.db"))?;
    let schema: Vec<String> = served
        .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = 'response' AND sql IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut alone = Connection::open(&path)?;
    alone.pragma_update(None, "journal_mode", "wal")?;
    alone.pragma_update(None, "synchronous", "full")?;
    // The other tables are not here.
    alone.pragma_update(None, "foreign_keys", false)?;
    for statement in schema {
        alone.execute_batch(&statement)?;
    }
    // What plain SQLite has to be sure with that each is there once.
    alone.execute_batch("CREATE UNIQUE INDEX instance ON response (survey_id, instance_id)")?;
    let rows: Vec<String> = (0..10_000)
        .map(|number| {
            let body: Value = serde_json::from_str(&load::body(9, number))?;
            Ok(body["answers"].to_string())
        })
        .collect::<Result<_>>()?;
    let (begun, mut number, mut commits) = (Instant::now(), 0_u64, 0_u64);
    let digest = [7_u8; 32];
    while begun.elapsed() < time {
        let transaction = alone.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO response (survey_id, instance_id, version, received_at, started, finished, language,
                 outcome, answers, flags, digest) VALUES (1, ?1, '1', '2026-08-21T10:11:12.000Z',
                 '2026-08-21T10:11:12.000+03:00', '2026-08-21T10:31:12.000+03:00', 'en', 'complete', ?2, '[]', ?3)
                 ON CONFLICT (survey_id, instance_id) DO NOTHING",
            )?;
            for _ in 0..group {
                let answers = &rows[number as usize % rows.len()];
                let id = load::instance_id(9, number).to_string();
                insert.execute(params![id, answers, digest.as_slice()])?;
                number += 1;
            }
        }
        transaction.commit()?;
        commits += 1;
    }
    let took = begun.elapsed().as_secs_f64();
    Ok((number as f64 / took, 1000.0 * took / commits as f64))
}
