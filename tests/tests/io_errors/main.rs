//! One call of the file system fails while something is stored, each in turn: acknowledged if and only if durable. What
//! is refused is refused so that a phone comes again, and taken then, without a restart, once.
//!
//! `BARAZA_FAULTS` asks for another number of calls that fail in each kind of request, `BARAZA_SEED` for the chance of an
//! earlier run.

mod sending;

use anyhow::{Context, Result, ensure};
use baraza_tests::disk::{Call, Contents, Disk, Error, Fault, Image, Luck, can_mount};
use baraza_tests::rig::Chance;
use baraza_tests::{Server, free_port};
use rusqlite::Connection;
use sending::{Answer, FORM, Item, Kind};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};
use tempfile::{TempDir, tempdir};

/// Calls that fail in each kind of request and way of failing, where it makes more.
const FAULTS: usize = 9;
/// All of them.
const ALL: usize = usize::MAX;

/// Pages of the log after which they are copied to the database: few, so that errors meet that.
const LOG: (&str, &str) = ("BARAZA_TEST_LOG_PAGES", "1000");
/// Each instance ID goes into the index with its response, so that errors meet that, too.
const FRESH: (&str, &str) = ("BARAZA_TEST_FRESH_IDS", "1");

/// Ways of failing: how, and whether it goes on.
const WAYS: [(Error, bool); 6] = [
    (Error::Io, false),
    (Error::Io, true),
    (Error::Full, false),
    (Error::Full, true),
    (Error::Short, false),
    (Error::Short, true),
];

/// A server on a disk that can fail.
struct Rig {
    server: Server,
    /// Somebody who reads all the time, and keeps the log from being emptied.
    reader: Option<Reader>,
    // After those who have it open.
    disk: Disk,
    _folder: TempDir,
    /// What was acknowledged.
    stored: Vec<Item>,
}

/// What became of the requests of a kind whose calls failed in a way.
#[derive(Debug, Default)]
struct Row {
    requests: u64,
    failed: u64,
    acknowledged: u64,
    refused: u64,
    /// Refused, and there were the process killed at that moment.
    there_after_kill: u64,
    /// Refused, and there were the power cut.
    there_after_cut: u64,
    wrong: Vec<String>,
}

impl Row {
    fn told(&self) -> String {
        format!(
            "{:3} requests, {:4} calls failed | {:3} acknowledged, {:3} refused (there after a kill {}, after a cut {}) | \
             {} wrong",
            self.requests,
            self.failed,
            self.acknowledged,
            self.refused,
            self.there_after_kill,
            self.there_after_cut,
            self.wrong.len()
        )
    }
}

impl Rig {
    fn start(image: &Image) -> Result<Self> {
        let folder = tempdir()?;
        std::fs::write(folder.path().join("f.md"), FORM)?;
        let disk = Disk::mount(image)?;
        let database = disk.path().join("baraza.db");
        let more = ["--db", &database.to_string_lossy(), "--form", "f.md"];
        let server = Server::start_in(folder.path(), free_port(), &more, &[LOG, FRESH])?;
        let rig = Self {
            server,
            disk,
            _folder: folder,
            reader: None,
            stored: Vec::new(),
        };
        // What is done once after a start is done now.
        for n in 0..3 {
            let warm = Item::new(Kind::Response, u64::from(u32::MAX) - n);
            ensure!(warm.send(&rig.server)? == Answer::Stored);
        }
        Ok(rig)
    }

    /// A disk on which a database was made and closed.
    fn prepared() -> Result<Image> {
        let rig = Self::start(&Image::new())?;
        rig.server.stop()?;
        Ok(rig.disk.after_kill())
    }

    /// Somebody begins to read, and goes on with it.
    fn read(&mut self) -> Result<()> {
        self.reader = Some(Reader::start(&self.disk.path().join("baraza.db"))?);
        Ok(())
    }

    /// How many calls storing one of a kind takes.
    fn count(&self, kind: Kind) -> Result<BTreeMap<Call, u64>> {
        let item = Item::new(kind, 0);
        item.prepare(&self.server)?;
        self.disk.calls();
        ensure!(item.send(&self.server)? == Answer::Stored);
        Ok(self.disk.calls())
    }

    /// Stores something while a call fails; false where there are fewer calls.
    fn store(&mut self, item: &Item, fault: Fault, chance: &mut Chance, row: &mut Row) -> Result<bool> {
        item.prepare(&self.server)?;
        self.disk.fail(fault);
        let answer = item.send(&self.server);
        // As the disk is at this moment, with what was done about the error.
        let killed = self.disk.after_kill();
        let mut cuts = vec![self.disk.after_cut(Luck::NONE, chance)];
        cuts.push(self.disk.after_cut(Luck::draw(chance), chance));
        let failed = self.disk.mend();
        if failed == 0 {
            ensure!(answer? == Answer::Stored, "refused, and nothing failed");
            return Ok(false);
        }
        row.requests += 1;
        row.failed += failed;
        let mut wrong = |what: String| row.wrong.push(format!("{fault:?}: {what}"));
        let is_stored = match answer {
            Ok(answer) => answer == Answer::Stored,
            Err(error) => {
                wrong(format!("{error:#}"));
                false
            }
        };
        let mut there = Vec::new();
        for image in std::iter::once(&killed).chain(&cuts) {
            match self.look(image).and_then(|contents| item.is_in(&contents)) {
                Ok((all, any)) => {
                    if all != any {
                        wrong("a part of it is there".into());
                    }
                    there.push(any);
                }
                Err(error) => wrong(format!("{error:#}")),
            }
        }
        if is_stored && there.contains(&false) {
            wrong(format!(
                "acknowledged, and not there: killed, cut, cut: {there:?}"
            ));
        }
        if is_stored {
            row.acknowledged += 1;
        } else {
            row.refused += 1;
            // While an error goes on nothing can be taken back from the disk; once it is well, that is done.
            if there.contains(&true) && (!fault.lasts || !self.is_forgotten(item)?) {
                wrong(format!("refused, and there: killed, cut, cut: {there:?}"));
            }
            row.there_after_kill += u64::from(there.first() == Some(&true));
            row.there_after_cut += u64::from(there.iter().skip(1).any(|there| *there));
        }
        self.send_again(item, chance).unwrap_or_else(|error| {
            row.wrong.push(format!("{fault:?}: sent again: {error:#}"));
        });
        Ok(true)
    }

    /// Whether something that was refused is nowhere any more after a while, though nothing else is sent.
    fn is_forgotten(&self, item: &Item) -> Result<bool> {
        let mut chance = Chance::new(1);
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(100));
            let cut = self.disk.after_cut(Luck::NONE, &mut chance);
            let is_there = |image: &Image| Ok::<_, anyhow::Error>(item.is_in(&self.look(image)?)?.1);
            if !is_there(&cut)? && !is_there(&self.disk.after_kill())? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The disk is well again: it is taken without a restart, and there once whatever happens.
    fn send_again(&mut self, item: &Item, chance: &mut Chance) -> Result<()> {
        ensure!(item.send(&self.server)? == Answer::Stored, "refused");
        self.stored.push(item.clone());
        self.look(&self.disk.after_cut(Luck::draw(chance), chance))?;
        Ok(())
    }

    /// What an image holds: whole, and with all that was acknowledged.
    fn look(&self, image: &Image) -> Result<Contents> {
        let contents = Contents::of(image)?;
        for item in &self.stored {
            ensure!(item.is_in(&contents)?.0, "something acknowledged earlier is lost");
        }
        Ok(contents)
    }
}

/// A process of its own: one that answers for a disk must not have files on it open.
struct Reader(Child);

/// Names the database to the process that reads.
const READS: &str = "BARAZA_TEST_READS";

impl Reader {
    fn start(database: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", "somebody_reads", "--ignored", "--nocapture"])
            .env(READS, database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().context("what it says")?;
        let reader = Self(child);
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        ensure!(lines.any(|line| line.ends_with("reading")), "it does not read");
        Ok(reader)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "no test, but a process that tests start"]
fn somebody_reads() -> Result<()> {
    let database = std::env::var_os(READS).context("it is started by another test")?;
    let database = Connection::open(database)?;
    database.execute_batch("BEGIN; SELECT count(*) FROM response")?;
    println!("reading");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The numbers of the calls that fail: all of them, or the first ones, the last ones, and others between.
fn places(calls: u64, most: usize, chance: &mut Chance) -> Vec<u64> {
    if calls as usize <= most {
        // Until none is left.
        return (1..).take(100_000).collect();
    }
    let ends = most as u64 / 3;
    let mut places: Vec<u64> = (1..=ends).chain(calls - ends + 1..=calls).collect();
    while places.len() < most {
        places.push(ends + 1 + chance.below(calls - 2 * ends));
    }
    places.sort_unstable();
    places
}

/// How many of the calls can fail in a way.
fn can_fail(calls: &BTreeMap<Call, u64>, error: Error) -> u64 {
    let those = calls.iter().filter(|(call, _)| error.can_meet(**call));
    those.map(|(_, count)| count).sum()
}

/// How requests are made to fail.
#[derive(Clone, Copy, Debug)]
struct Plan {
    kind: Kind,
    /// How many calls fail in each way.
    most: usize,
    /// A server that has just started for each.
    anew: bool,
    /// While somebody reads.
    reading: bool,
    ways: &'static [(Error, bool)],
}

/// Fails calls of a kind of request in all ways; gives what was wrong.
fn fail(plan: Plan) -> Result<Vec<String>> {
    let seed = asked("BARAZA_SEED").unwrap_or(SystemTime::UNIX_EPOCH.elapsed()?.as_secs());
    println!("BARAZA_SEED={seed}");
    let (mut chance, image) = (Chance::new(seed), Rig::prepared()?);
    let (mut number, mut wrong) = (0, Vec::new());
    for &(error, lasts) in plan.ways {
        let mut rig = Rig::start(&image)?;
        if plan.reading {
            rig.read()?;
        }
        let calls = can_fail(&rig.count(plan.kind)?, error);
        let mut row = Row::default();
        for at in places(calls, plan.most, &mut chance) {
            if plan.anew && row.requests > 0 {
                rig = Rig::start(&image)?;
            }
            number += 1;
            let fault = Fault { at, error, lasts };
            let item = Item::new(plan.kind, number);
            let failed = rig
                .store(&item, fault, &mut chance, &mut row)
                .with_context(|| format!("{:?}, {fault:?}, BARAZA_SEED={seed}", plan.kind))?;
            if !failed && at > calls {
                break;
            }
        }
        println!(
            "{:9} {:5} {:4} | {calls:5} calls | {}",
            format!("{:?}", plan.kind),
            format!("{error:?}"),
            if lasts { "on" } else { "once" },
            row.told()
        );
        ensure!(row.failed > 0, "no call failed");
        let told = |what: &String| format!("{:?}, {what}, BARAZA_SEED={seed}", plan.kind);
        wrong.extend(row.wrong.iter().map(told));
    }
    Ok(wrong)
}

fn asked_faults(usual: usize) -> usize {
    asked("BARAZA_FAULTS").map_or(usual, |faults| faults as usize)
}

fn nothing_is_wrong(plan: Plan) -> Result<()> {
    if !can_mount() {
        return Ok(());
    }
    let most = asked_faults(plan.most);
    let wrong = fail(Plan { most, ..plan })?;
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

const fn plan(kind: Kind, most: usize) -> Plan {
    Plan {
        kind,
        most,
        anew: false,
        reading: false,
        ways: &WAYS,
    }
}

#[test]
fn a_response_is_acknowledged_if_and_only_if_it_is_durable() -> Result<()> {
    nothing_is_wrong(plan(Kind::Response, ALL))
}

#[test]
fn a_response_is_so_also_while_somebody_reads() -> Result<()> {
    nothing_is_wrong(Plan {
        reading: true,
        ..plan(Kind::Response, ALL)
    })
}

#[test]
fn a_batch_is_stored_whole_or_not_at_all() -> Result<()> {
    nothing_is_wrong(plan(Kind::Batch, FAULTS))
}

#[test]
fn a_file_is_stored_whole_or_not_at_all() -> Result<()> {
    nothing_is_wrong(plan(Kind::File, FAULTS))
}

#[test]
fn the_last_piece_of_a_file_makes_it_whole_or_is_refused() -> Result<()> {
    nothing_is_wrong(plan(Kind::Piece, FAULTS))
}

/// Errors also meet what is done after it is acknowledged: bringing the log into the database.
#[test]
fn a_film_is_stored_although_the_log_can_not_be_emptied() -> Result<()> {
    nothing_is_wrong(Plan {
        anew: true,
        ways: &[(Error::Io, false), (Error::Io, true), (Error::Full, true)],
        ..plan(Kind::Film, 3)
    })
}
