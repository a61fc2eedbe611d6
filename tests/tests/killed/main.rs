//! `kill -9` at random moments: while the server starts, while it takes responses, batches and files from many
//! connections, and while it writes its log back into the database. Whatever was acknowledged is there once afterwards.
//!
//! `BARAZA_KILLS` asks for another number of kills (50), `BARAZA_ROWS` for a larger table at the restart (20,000),
//! `BARAZA_SEED` for the chance of an earlier run.

mod checks;
mod parcels;
mod process;
mod sending;

use anyhow::{Context, Result, ensure};
use baraza_tests::load::FORM;
use baraza_tests::rig::Chance;
use baraza_tests::{baraza, told};
use checks::{Faults, Places, is_sound, look, look_through};
use parcels::{PICTURES, Parcel};
use process::Process;
use rusqlite::Connection;
use sending::{Sent, Task, send};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

const CONNECTIONS: usize = 48;
/// Instance IDs in memory before they go into their index, so that some kills meet that.
const FRESH: (&str, &str) = ("BARAZA_TEST_FRESH_IDS", "100");
/// How many that are known to be there are sent once more after each restart.
const KNOWN: usize = 8;

/// When the server is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// So long after it was begun, whether it answers by then or not.
    Starting(Duration),
    /// So long after its first answer.
    Working(Duration),
    /// As soon as the log is being written back into the database.
    WritingBack,
}

/// All that happened in a run.
#[derive(Default)]
struct Run {
    /// Acknowledged and found after a restart.
    done: Vec<Parcel>,
    /// Acknowledged since the last look.
    unseen: Vec<Parcel>,
    /// Not acknowledged, and not looked for yet.
    unclear: Vec<Parcel>,
    /// To be sent again.
    open: Vec<Parcel>,
    places: Places,
    faults: Faults,
    next: u64,
    were_there: u64,
    /// From the beginning of each process to its first answer.
    restarts: Vec<Duration>,
    kills: [u64; 3],
}

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok().and_then(|text| text.parse().ok());
    set.unwrap_or(otherwise)
}

/// On the disk that the project is on: temporary folders may be in memory.
fn folder() -> Result<TempDir> {
    let test = std::env::current_exe()?;
    let target = test.parent().context("cargo's folder")?;
    let folder = tempfile::Builder::new().prefix("killed-").tempdir_in(target)?;
    for (name, form) in [("household.md", FORM), ("pictures.md", PICTURES)] {
        std::fs::write(folder.path().join(name), form)?;
        let published = baraza(folder.path(), &["publish", name]);
        ensure!(published.status.success(), "{}", told(&published));
    }
    Ok(folder)
}

/// A load that goes on until it is told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<Sent>>,
}

impl Load {
    fn begin(port: u16, again: Vec<Parcel>, fresh: Option<u64>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let task = Task {
            port,
            connections: CONNECTIONS,
            again,
            fresh,
            fill: 0,
            stop: Arc::clone(&stop),
        };
        Self {
            stop,
            thread: std::thread::spawn(move || send(task)),
        }
    }

    fn end(self) -> Result<Sent> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("a thread")
    }
}

impl Run {
    /// Takes note of what became of a load.
    fn note(&mut self, sent: Sent) {
        self.next = self.next.max(sent.next);
        self.were_there += sent.were_there;
        self.faults.wrong.extend(sent.faults);
        let new = |parcel: &Parcel| !matches!(parcel, Parcel::Known(_));
        self.unseen.extend(sent.done.into_iter().filter(new));
        self.unclear.extend(sent.open.into_iter().filter(new));
    }

    /// Looks for what was sent since the last time.
    fn look(&mut self, folder: &Path) -> Result<()> {
        let faults = look(folder, &mut self.places, &self.unseen, &self.unclear)?;
        self.faults.add(faults);
        self.done.append(&mut self.unseen);
        self.open.append(&mut self.unclear);
        Ok(())
    }

    /// What is sent first after a restart: all that is open, and some that are known to be there.
    fn again(&mut self, chance: &mut Chance) -> Vec<Parcel> {
        let mut again = std::mem::take(&mut self.open);
        for _ in 0..KNOWN.min(self.done.len()) {
            let parcel = &self.done[chance.below(self.done.len() as u64) as usize];
            again.extend(parcel.responses().next().map(Parcel::Known));
        }
        again
    }

    /// From one start to the next kill.
    fn round(&mut self, folder: &Path, moment: Moment, chance: &mut Chance) -> Result<()> {
        let (mut process, mut writing_back) = (Process::begin(folder, &[FRESH])?, false);
        let load = if let Moment::Starting(delay) = moment {
            // New ones alone, since what is open has not been looked for.
            let load = Load::begin(process.port, Vec::new(), Some(self.next));
            std::thread::sleep(delay.saturating_sub(process.begun.elapsed()));
            load
        } else {
            self.restarts.push(process.answers()?);
            self.look(folder)?;
            let again = self.again(chance);
            let before = written_at(folder)?;
            let load = Load::begin(process.port, again, Some(self.next));
            match moment {
                Moment::Working(delay) => std::thread::sleep(delay),
                _ => writing_back = await_writing_back(folder, before)?,
            }
            load
        };
        process.kill()?;
        self.kills[match moment {
            Moment::Starting(_) => 0,
            _ if writing_back => 2,
            _ => 1,
        }] += 1;
        self.note(load.end()?);
        Ok(())
    }

    /// The last start: everything that is open is sent until all of it is acknowledged, and the server stops in peace.
    fn finish(&mut self, folder: &Path) -> Result<()> {
        let mut process = Process::begin(folder, &[])?;
        self.restarts.push(process.answers()?);
        self.look(folder)?;
        for _ in 0..20 {
            if self.open.is_empty() {
                break;
            }
            let task = Task {
                port: process.port,
                connections: 8,
                again: std::mem::take(&mut self.open),
                fresh: None,
                fill: 0,
                stop: Arc::new(AtomicBool::new(false)),
            };
            self.note(send(task)?);
            self.look(folder)?;
        }
        ensure!(self.open.is_empty(), "{} parcels are not taken", self.open.len());
        process.stop()
    }

    fn acknowledged(&self) -> usize {
        self.done.iter().map(|parcel| parcel.responses().count()).sum()
    }
}

/// When the database's own file was written last; only the log's way back changes it.
fn written_at(folder: &Path) -> Result<SystemTime> {
    Ok(std::fs::metadata(folder.join("baraza.db"))?.modified()?)
}

/// Waits for the log's way back, but not for ever: a kill under load is also one. Says whether it has begun.
fn await_writing_back(folder: &Path, before: SystemTime) -> Result<bool> {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(4) {
        if written_at(folder)? != before {
            return Ok(true);
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    Ok(false)
}

/// The middle one, and the longest, in milliseconds.
fn told_times(times: &[Duration]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let ms = |time: Option<&Duration>| time.map_or(0, Duration::as_millis);
    format!(
        "median {} ms, longest {} ms",
        ms(sorted.get(sorted.len() / 2)),
        ms(sorted.last())
    )
}

#[test]
fn what_was_acknowledged_is_there_once_however_often_the_server_is_killed() -> Result<()> {
    let folder = folder()?;
    let kills = number("BARAZA_KILLS", 50);
    let seed = number("BARAZA_SEED", rand_seed());
    println!("BARAZA_SEED={seed}");
    let (mut run, mut chance) = (Run::default(), Chance::new(seed));
    for kill in 0..kills {
        let usual = run.restarts.last().map_or(200, |time| time.as_millis() as u64);
        let moment = match kill % 8 {
            1 | 5 => Moment::Starting(Duration::from_micros(chance.below(usual * 1500))),
            3 => Moment::WritingBack,
            _ => Moment::Working(Duration::from_micros(chance.below(600_000))),
        };
        run.round(folder.path(), moment, &mut chance)
            .with_context(|| format!("kill {kill}, {moment:?}"))?;
        ensure!(
            run.faults.are_none(),
            "kill {kill}, {moment:?}: {:#?}",
            run.faults
        );
    }
    run.finish(folder.path())?;
    let (faults, rows) = look_through(folder.path(), &run.done)?;
    run.faults.add(faults);
    println!(
        "{kills} kills ({} while starting, {} under load, {} while the log was written back): {} responses and {} \
         files acknowledged, {} stored before a kill that came before the answer, {} lost, {} twice; restart: {}",
        run.kills[0],
        run.kills[1],
        run.kills[2],
        run.acknowledged(),
        run.done.iter().filter_map(Parcel::file).count(),
        run.were_there,
        run.faults.lost.len(),
        run.faults.twice.len(),
        told_times(&run.restarts)
    );
    ensure!(run.faults.are_none(), "{:#?}", run.faults);
    ensure!(run.acknowledged() as u64 == rows, "{rows} rows");
    ensure!(rows > kills * 10, "hardly anything was sent");
    is_sound(folder.path(), rows)?;
    let log = std::fs::read_to_string(folder.path().join("serve.log"))?;
    ensure!(!log.contains("panicked") && !log.contains("damaged"), "{log}");
    a_loss_is_found(folder.path(), &run.done)
}

/// A rig that finds nothing has to show that it would.
fn a_loss_is_found(folder: &Path, done: &[Parcel]) -> Result<()> {
    let change = |sql: &str| -> Result<()> {
        let database = Connection::open(folder.join("baraza.db"))?;
        database.pragma_update(None, "foreign_keys", false)?;
        database.execute_batch(sql)?;
        Ok(())
    };
    change("DELETE FROM response WHERE id = 2")?;
    change("UPDATE response SET answers = json_set(answers, '$.q_name', 'Nobody') WHERE id = 3")?;
    change("UPDATE media SET bytes = zeroblob(size) WHERE id = 1")?;
    let (faults, _) = look_through(folder, done)?;
    ensure!(
        faults.lost.len() == 3,
        "a response that is gone, one that was changed and a damaged file: {faults:?}"
    );
    ensure!(baraza(folder, &["verify"]).status.code() == Some(3));
    Ok(())
}

fn rand_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(1, |time| time.as_nanos() as u64)
}

#[test]
fn a_long_table_is_served_again_soon_after_a_kill() -> Result<()> {
    let folder = folder()?;
    let rows = number("BARAZA_ROWS", 20_000);
    let mut run = Run::default();
    let mut process = Process::begin(folder.path(), &[])?;
    process.answers()?;
    let begun = Instant::now();
    let filled = send(Task {
        port: process.port,
        connections: 8,
        again: Vec::new(),
        fresh: Some(0),
        fill: rows,
        stop: Arc::new(AtomicBool::new(false)),
    })?;
    ensure!(filled.open.is_empty(), "{} not taken", filled.open.len());
    println!(
        "{rows} responses stored in batches, {:.0} a second",
        rows as f64 / begun.elapsed().as_secs_f64()
    );
    run.note(filled);
    let (mut answered, mut stored) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let load = Load::begin(process.port, std::mem::take(&mut run.open), Some(run.next));
        std::thread::sleep(Duration::from_millis(700));
        process.kill()?;
        run.note(load.end()?);
        process = Process::begin(folder.path(), &[])?;
        // The phones have not given up: they are there before the server is.
        let begun = process.begun;
        let load = Load::begin(process.port, Vec::new(), Some(run.next));
        answered.push(process.answers()?);
        std::thread::sleep(Duration::from_millis(500));
        process.kill()?;
        let sent = load.end()?;
        stored.push(sent.first.context("something was stored")? - begun);
        run.note(sent);
        process = Process::begin(folder.path(), &[])?;
        process.answers()?;
        run.look(folder.path())?;
    }
    process.kill()?;
    run.finish(folder.path())?;
    println!(
        "restart after kill -9 with {rows} rows and more: to the first answer {}; to the first response stored {} (the \
         goal with a million is 2 s)",
        told_times(&answered),
        told_times(&stored)
    );
    let (faults, found) = look_through(folder.path(), &run.done)?;
    run.faults.add(faults);
    ensure!(run.faults.are_none(), "{:#?}", run.faults);
    ensure!(found >= rows);
    is_sound(folder.path(), found)
}
