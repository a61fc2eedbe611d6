//! The power goes while the server writes: the real binary on a disk of our own, under load, frozen at a random change,
//! killed, and started again on what a disk may hold after that. Whatever was acknowledged has to be there, once.
//!
//! `BARAZA_CUTS` asks for another number of cuts, `BARAZA_SEED` for the chance of an earlier run.

use anyhow::{Context, Result, ensure};
use baraza_tests::disk::{Contents, Disk, Image, Luck, can_mount};
use baraza_tests::load::{FORM, Load, Outcome, PATH, Until, body, instance_id, run};
use baraza_tests::rig::Chance;
use baraza_tests::{Server, baraza, free_port, told};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};
use tempfile::{TempDir, tempdir};

/// Pages of the log after which they are copied to the database: few, so that the power goes while that happens.
const LOG: (&str, &str) = ("BARAZA_TEST_LOG_PAGES", "500");
/// Instance IDs in memory before they go into their index, so that some cuts meet that.
const FRESH: (&str, &str) = ("BARAZA_TEST_FRESH_IDS", "50");
/// Cuts until another database is begun.
const AGE: u64 = 25;
/// Cuts by default: where nothing may be lost, and where something has to be.
const CUTS: (u64, u64) = (50, 10);
/// How long a disk may take to come to the change at which it freezes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of responses, all databases together.
#[derive(Debug, Default)]
struct Tally {
    cuts: u64,
    /// Cuts while the server started.
    early: u64,
    acknowledged: u64,
    lost: u64,
    /// Sent, not acknowledged, and there all the same.
    unacknowledged: u64,
    /// Sent again after a cut and acknowledged then.
    again: u64,
}

/// A database's life from cut to cut.
struct Life {
    folder: TempDir,
    image: Image,
    run: u32,
    /// Numbers that were sent are below it.
    next: u64,
    acknowledged: BTreeSet<u64>,
    /// Of the last load, without an acknowledgement.
    unanswered: Vec<u64>,
    told: Vec<(&'static str, &'static str)>,
}

impl Life {
    fn new(run: u32, told: &[(&'static str, &'static str)]) -> Result<Self> {
        let folder = tempdir()?;
        std::fs::write(folder.path().join("f.md"), FORM)?;
        Ok(Self {
            folder,
            image: Image::new(),
            run,
            next: 0,
            acknowledged: BTreeSet::new(),
            unanswered: Vec::new(),
            told: told.to_vec(),
        })
    }

    /// Serves until the disk freezes; the power is cut after that.
    fn serve_and_cut(&mut self, early: bool, chance: &mut Chance, tally: &mut Tally) -> Result<()> {
        let disk = Disk::mount(&self.image)?;
        let database = disk.path().join("baraza.db");
        if early {
            // Making the database takes some 200 changes, opening it again a few.
            disk.freeze_in(chance.below(if self.next == 0 { 200 } else { 12 }), false);
        }
        let db = database.to_string_lossy();
        let more = ["--db", &*db, "--form", "f.md"];
        let server = match Server::start_in(self.folder.path(), free_port(), &more, &self.told) {
            Ok(server) => server,
            Err(_) if disk.is_frozen() => return self.cut(&disk, chance, tally),
            Err(error) => return Err(error.context("after the cut before this one")),
        };
        if !early {
            let verify = baraza(self.folder.path(), &["verify", "--db", &db]);
            ensure!(verify.status.success(), "{}", told(&verify));
        }
        self.send_again(&server, &disk, tally)?;
        // At a sync all of a group is written and nothing of it is on the disk.
        disk.freeze_in(1 + chance.below(4000), chance.below(3) == 0);
        let load = Load {
            port: server.port(),
            path: PATH,
            connections: 1 + chance.below(24) as usize,
            run: self.run,
            first: self.next,
            until: Until::Gone,
        };
        // A server that says 'stored' when nothing can be stored any more is found out, too.
        let pause = Duration::from_millis(chance.below(20));
        let outcome = std::thread::scope(|scope| -> Result<Outcome> {
            let loading = scope.spawn(move || run(load));
            let patience = Instant::now() + PATIENCE;
            while !disk.is_frozen() && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(1));
            }
            let is_frozen = disk.is_frozen();
            std::thread::sleep(pause);
            server.kill()?;
            let outcome = loading.join().ok().context("the load")??;
            ensure!(is_frozen, "nothing is written any more: {outcome:?}");
            Ok(outcome)
        })?;
        let only_later = outcome.others.keys().all(|status| *status == 503);
        ensure!(only_later, "answers other than 200 and 503: {:?}", outcome.others);
        tally.acknowledged += outcome.acknowledged.len() as u64;
        self.acknowledged.extend(&outcome.acknowledged);
        self.unanswered = (self.next..outcome.next)
            .filter(|number| !self.acknowledged.contains(number))
            .collect();
        self.next = outcome.next;
        self.cut(&disk, chance, tally)
    }

    /// Phones send again what was not acknowledged.
    fn send_again(&mut self, server: &Server, disk: &Disk, tally: &mut Tally) -> Result<()> {
        for number in self.unanswered.drain(..).rev().take(16) {
            let sent = server.post("household", "application/json", body(self.run, number).as_bytes());
            match sent {
                Ok((200, _)) => {
                    self.acknowledged.insert(number);
                    tally.acknowledged += 1;
                    tally.again += 1;
                }
                _ if disk.is_frozen() => break,
                other => anyhow::bail!("sent again after a cut: {other:?}"),
            }
        }
        Ok(())
    }

    /// Cuts the power, and looks for what is lost.
    fn cut(&mut self, disk: &Disk, chance: &mut Chance, tally: &mut Tally) -> Result<()> {
        tally.cuts += 1;
        self.image = disk.after_cut(Luck::draw(chance), chance);
        let found = self.found()?;
        let before = self.acknowledged.len();
        self.acknowledged.retain(|number| found.contains(number));
        tally.lost += (before - self.acknowledged.len()) as u64;
        // Counted once; a phone that sends one of them again is told that it is there.
        tally.unacknowledged += (found.len() - self.acknowledged.len()) as u64;
        self.acknowledged = found;
        Ok(())
    }

    /// The numbers of all responses in the image's database, each of which has to be as it was sent.
    fn found(&self) -> Result<BTreeSet<u64>> {
        let sent: BTreeMap<String, u64> = (0..self.next)
            .map(|number| (instance_id(self.run, number).to_string(), number))
            .collect();
        let mut found = BTreeSet::new();
        for (id, answers) in Contents::of(&self.image)?.responses {
            let number = *sent.get(&id).context("a response that nobody sent")?;
            let expected: Value = serde_json::from_str(&body(self.run, number))?;
            ensure!(
                answers == expected["answers"],
                "response {number} is another: {answers}"
            );
            found.insert(number);
        }
        Ok(found)
    }
}

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Cuts the power so many times; some of them while the server starts, some while it makes its database.
fn cut(cuts: u64, told: &[(&'static str, &'static str)]) -> Result<Tally> {
    let seed = asked("BARAZA_SEED").unwrap_or(SystemTime::UNIX_EPOCH.elapsed()?.as_secs());
    println!("BARAZA_SEED={seed} BARAZA_CUTS={cuts}");
    let mut chance = Chance::new(seed);
    let mut tally = Tally::default();
    let mut life = Life::new(1, told)?;
    while tally.cuts < cuts {
        let place = tally.cuts % AGE;
        if place == 0 {
            life = Life::new(tally.cuts as u32 + 1, told)?;
        }
        let early = place < 3 || place % 6 == 5;
        let number = tally.cuts + 1;
        life.serve_and_cut(early, &mut chance, &mut tally)
            .with_context(|| format!("cut {number}, BARAZA_SEED={seed}"))?;
        tally.early += u64::from(early);
    }
    println!(
        "{told:?}: {} cuts ({} while it started), {} acknowledged ({} of them when sent again), {} lost, {} unacknowledged \
         but there",
        tally.cuts, tally.early, tally.acknowledged, tally.again, tally.lost, tally.unacknowledged
    );
    Ok(tally)
}

#[test]
fn what_was_acknowledged_is_there_when_the_power_comes_back() -> Result<()> {
    if !can_mount() {
        return Ok(());
    }
    let tally = cut(asked("BARAZA_CUTS").unwrap_or(CUTS.0), &[LOG, FRESH])?;
    ensure!(
        tally.acknowledged > tally.cuts,
        "hardly anything was stored: {tally:?}"
    );
    ensure!(tally.lost == 0, "acknowledged and lost: {tally:?}");
    Ok(())
}

/// A rig that finds nothing where there is something proves nothing: without a sync at each commit it has to find losses.
#[test]
fn a_server_that_promises_more_than_it_keeps_is_found_out() -> Result<()> {
    if !can_mount() {
        return Ok(());
    }
    let cuts = asked("BARAZA_CUTS").map_or(CUTS.1, |cuts| cuts / 5 + 1);
    let tally = cut(cuts, &[LOG, FRESH, ("BARAZA_TEST_SYNCHRONOUS", "normal")])?;
    ensure!(tally.lost > 0, "the rig finds nothing: {tally:?}");
    Ok(())
}
