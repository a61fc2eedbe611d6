//! More than the disk can take: another program has the database locked, and everybody sends. The server says 'later',
//! fills no memory, and takes everything once it can.

use super::{block_on, fresh, is_calm, post, response, responses, serve};
use anyhow::{Context, Result, ensure};
use baraza_tests::wire::{Answer, Wire};
use rusqlite::Connection;
use serde_json::json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Connections with large responses, and with small ones.
const LARGE: usize = 64;
const SMALL: usize = 1600;
/// A large response, in bytes.
const SIZE: usize = 900 << 10;
/// How long the other program has the database: longer than the writer waits for it.
const LOCKED: Duration = Duration::from_secs(7);

#[derive(Default)]
struct Flood {
    acknowledged: BTreeSet<String>,
    statuses: BTreeMap<u16, u64>,
    /// Answers with 503 that say when to come again.
    told_when: u64,
}

impl Flood {
    fn note(&mut self, answer: &Answer) {
        *self.statuses.entry(answer.status).or_default() += 1;
        let when = answer.header("retry-after").and_then(|when| when.parse().ok());
        self.told_when += u64::from(answer.status == 503 && when.is_some_and(|when: u32| when > 0));
    }
}

async fn press(port: u16, words: Rc<String>, until: Instant, flood: Rc<RefCell<Flood>>) -> Result<()> {
    let mut wire = Wire::open(port).await?;
    loop {
        let id = fresh();
        let sent = response("home", &id, &json!({"words": words.as_str()})).to_string();
        loop {
            let answer = wire.ask(&post("home", sent.as_bytes())).await?;
            flood.borrow_mut().note(&answer);
            if answer.status == 200 {
                flood.borrow_mut().acknowledged.insert(id);
                break;
            }
            ensure!(answer.status == 503, "{}", answer.head);
            // Less patient than a phone, and again with the same one.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        if Instant::now() >= until {
            return Ok(());
        }
    }
}

#[test]
fn more_than_the_disk_takes_is_told_to_come_later_and_fills_no_memory() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let first = response("home", &fresh(), &json!({"age": 1})).to_string();
    ensure!(server.post("home", "application/json", first.as_bytes())?.0 == 200);
    let before = server.memory_kb("VmHWM:")?;
    let flood: Rc<RefCell<Flood>> = Rc::default();
    let locked = lock(folder.path())?;
    let unlock = std::thread::spawn(move || -> Result<()> {
        std::thread::sleep(LOCKED);
        locked.execute_batch("ROLLBACK")?;
        Ok(())
    });
    let begun = Instant::now();
    block_on(async {
        let (large, small) = (Rc::new("x".repeat(SIZE)), Rc::new("a few words".to_owned()));
        let until = begun + LOCKED;
        let senders: Vec<_> = (0..LARGE + SMALL)
            .map(|n| {
                let words = Rc::clone(if n < LARGE { &large } else { &small });
                tokio::task::spawn_local(press(server.port(), words, until, Rc::clone(&flood)))
            })
            .collect();
        for sender in senders {
            sender.await??;
        }
        Ok(())
    })?;
    unlock.join().expect("a thread")?;
    let flood = flood.borrow();
    let grown = server.memory_kb("VmHWM:")?.saturating_sub(before);
    println!(
        "{} connections while the database was locked for {} s: answers {:?}; {} MB more at the highest; all is \
         acknowledged after {:.1} s",
        LARGE + SMALL,
        LOCKED.as_secs(),
        flood.statuses,
        grown / 1024,
        begun.elapsed().as_secs_f64()
    );
    let later = flood.statuses.get(&503).copied().unwrap_or_default();
    ensure!(later > 0, "nothing was turned away: the flood is too small");
    ensure!(flood.told_when == later, "a 503 without a time to come again");
    ensure!(flood.acknowledged.len() >= LARGE + SMALL);
    // 64 MB of bodies were on the way at any time, and more than a thousand connections open.
    ensure!(grown < 200 * 1024, "{grown} kB more");
    let database = Connection::open(folder.path().join("baraza.db"))?;
    let mut statement = database.prepare("SELECT count(*) FROM response WHERE instance_id = ?1")?;
    for id in &flood.acknowledged {
        let found: i64 = statement.query_row([id], |row| row.get(0))?;
        ensure!(found == 1, "{id} was acknowledged, and is there {found} times");
    }
    ensure!(responses(folder.path())? == flood.acknowledged.len() + 1);
    is_calm(folder.path())
}

/// Takes the database for writing, as another program may.
fn lock(folder: &Path) -> Result<Connection> {
    let connection = Connection::open(folder.join("baraza.db"))?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch("BEGIN IMMEDIATE").context("the lock")?;
    Ok(connection)
}
