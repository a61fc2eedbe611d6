//! An empty battery at the worst moment: the browser is killed with all its processes, started again on the same
//! profile, and nothing that counts may be gone.
//!
//! `BARAZA_KILLS` asks for another number of kills, `BARAZA_SEED` for the chance of an earlier run.

use anyhow::{Context, Result, ensure};
use baraza_tests::rig::{
    Arrivals, BROKEN_OUTBOX, Chance, FORM, Fault, Keeps, Ledger, Person, Proxy, Stage, arrived,
};
use baraza_tests::{Browser, Phone, Server, chromium, free_port, kill_group};
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tempfile::{TempDir, tempdir};

/// When the battery is empty.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Typing,
    Finalising,
    UploadingAnswers,
    UploadingAFile,
    Unacknowledged,
    UpdateInMidForm,
    SchemaUpgrade,
    TwoTabs,
    AtRandom,
}

const NAMED: [Moment; 8] = [
    Moment::Typing,
    Moment::Finalising,
    Moment::UploadingAnswers,
    Moment::UploadingAFile,
    Moment::Unacknowledged,
    Moment::UpdateInMidForm,
    Moment::SchemaUpgrade,
    Moment::TwoTabs,
];

/// A server, a network and a phone that outlives its browser.
struct Field {
    chromium: PathBuf,
    folder: TempDir,
    profile: TempDir,
    server: RefCell<Server>,
    network: Proxy,
    url: String,
    ledger: RefCell<Ledger>,
}

impl Field {
    fn new(chromium: &Path) -> Result<Self> {
        let folder = tempdir()?;
        std::fs::write(folder.path().join("f.md"), FORM)?;
        let server = Server::start(folder.path(), &["--form", "f.md"])?;
        let network = Proxy::before(server.port())?;
        Ok(Self {
            chromium: chromium.to_owned(),
            folder,
            profile: tempdir()?,
            server: RefCell::new(server),
            url: format!("{}/s/crash", network.url),
            network,
            ledger: RefCell::default(),
        })
    }

    fn browser(&self) -> Result<Browser> {
        Browser::start_with(&self.chromium, self.profile.path())
    }

    fn person(&self, browser: &Browser) -> Result<Person<'_>> {
        Person::sits_down(browser, &self.url, &self.ledger)
    }

    fn arrived(&self) -> Result<Arrivals> {
        arrived(self.folder.path())
    }

    /// Starts the browser again and looks for what is lost, before the page can send anything.
    fn restart(&self) -> Result<(Browser, Vec<String>)> {
        let browser = self.browser()?;
        let keeps = Keeps::read(&browser, &self.network.url)?;
        let faults = self.ledger.borrow().faults(&keeps, &self.arrived()?);
        self.ledger.borrow_mut().settle(&keeps);
        self.network.release();
        Ok((browser, faults))
    }

    /// Finishes all drafts, sends everything, and looks for what is lost or there twice.
    fn end(&self, browser: &Browser) -> Result<Vec<String>> {
        while self.ledger.borrow().count(Stage::Draft) > 0 {
            let before = self.ledger.borrow().count(Stage::Finished);
            let person = self.person(browser)?;
            person.finishes()?;
            person.phone.page.tab.close(false)?;
            ensure!(
                before < self.ledger.borrow().count(Stage::Finished),
                "a draft does not come back"
            );
        }
        let phone = Phone::open(browser, &self.url)?;
        for _ in 0..1200 {
            if Keeps::on(&phone.page)?.outbox.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        let keeps = Keeps::on(&phone.page)?;
        Ok(self.ledger.borrow().faults_at_the_end(&keeps, &self.arrived()?))
    }
}

/// Kills the browser after a while, whatever the test is doing with it.
struct Killer {
    thread: std::thread::JoinHandle<()>,
    done: Arc<AtomicBool>,
}

impl Killer {
    fn after(browser: &Browser, pause: Duration) -> Self {
        let (group, done) = (browser.group(), Arc::new(AtomicBool::new(false)));
        let tell = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            std::thread::sleep(pause);
            tell.store(true, Ordering::SeqCst);
            let _ = kill_group(group);
        });
        Self { thread, done }
    }

    /// Lets someone work until the browser is gone. What fails before that has failed for another reason.
    fn cuts_short(self, mut work: impl FnMut() -> Result<()>) -> Result<()> {
        while !self.done.load(Ordering::SeqCst) {
            match work() {
                Err(error) if !self.done.load(Ordering::SeqCst) => return Err(error),
                Err(_) => break,
                Ok(()) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        self.thread.join().ok().context("the killer")
    }
}

fn ms(chance: &mut Chance, limit: u64) -> Duration {
    Duration::from_millis(chance.below(limit))
}

impl Field {
    /// Works up to a moment, and is killed.
    fn act(&self, browser: Browser, moment: Moment, chance: &mut Chance, round: u32) -> Result<()> {
        match moment {
            Moment::Typing => {
                let person = self.person(&browser)?;
                person.goes_on_to_question(chance.below(4))?;
                if person.phone.screen()? == "question" {
                    person.answers(false)?;
                }
            }
            Moment::Finalising => {
                let mut person = self.person(&browser)?;
                person.goes_on_to(None)?;
                self.network.down(chance.below(2) == 0);
                Killer::after(&browser, ms(chance, 250)).cuts_short(|| person.does_one_thing())?;
            }
            Moment::UploadingAnswers => {
                let half = Fault::HoldAfter(chance.below(400) as usize);
                self.held(&browser, "POST", "/responses", half, chance)?;
            }
            Moment::UploadingAFile => {
                let half = Fault::HoldAfter(chance.below(7000) as usize);
                let piece = Fault::HoldAfter(chance.below(256 << 10) as usize);
                // Whole or in pieces, whichever its size asks for.
                self.network.fail("PATCH", "/media/", piece, u32::MAX);
                self.held(&browser, "PUT", "/media/", half, chance)?;
            }
            Moment::Unacknowledged => {
                let before = self.arrived()?.rows.len();
                self.held(&browser, "POST", "/responses", Fault::HoldAnswer, chance)?;
                ensure!(self.arrived()?.rows.len() > before, "nothing was committed");
            }
            Moment::UpdateInMidForm => self.update(&browser, chance, round)?,
            Moment::SchemaUpgrade => Self::upgrade(&self.chromium, chance)?,
            Moment::TwoTabs => {
                let (mut one, mut two) = (self.person(&browser)?, self.person(&browser)?);
                ensure!(one.instance != two.instance, "two tabs fill the same response");
                Killer::after(&browser, ms(chance, 2500)).cuts_short(|| {
                    for person in [&mut one, &mut two] {
                        person.phone.page.tab.bring_to_front()?;
                        person.does_one_thing()?;
                    }
                    Ok(())
                })?;
            }
            Moment::AtRandom => {
                let killer = Killer::after(&browser, ms(chance, 5000));
                killer.cuts_short(|| self.wanders(&browser, chance))?;
            }
        }
        self.network.down(false);
        browser.kill()
    }

    /// Sends, and a request is held somewhere; with the page's word that it is finished or before.
    fn held(
        &self,
        browser: &Browser,
        method: &'static str,
        path: &'static str,
        fault: Fault,
        chance: &mut Chance,
    ) -> Result<()> {
        let person = self.person(browser)?;
        person.goes_on_to(None)?;
        self.network.fail(method, path, fault, u32::MAX);
        person.sends()?;
        self.network.wait_until_met(1)?;
        if chance.below(2) == 0 {
            person.sees_it_finished()?;
        }
        Ok(())
    }

    /// Another version of the page comes while a form is being filled.
    fn update(&self, browser: &Browser, chance: &mut Chance, round: u32) -> Result<()> {
        let mut person = self.person(browser)?;
        person.goes_on_to_question(1 + chance.below(3))?;
        self.new_version(&format!("version {round}"))?;
        let killer = Killer::after(browser, ms(chance, 1500));
        person.phone.page.eval(LOOK_FOR_UPDATE)?;
        killer.cuts_short(|| person.does_one_thing())
    }

    /// Another version of the program takes over.
    fn new_version(&self, mark: &str) -> Result<()> {
        let newer = Server::start_as(self.folder.path(), free_port(), &[], mark)?;
        self.network.lead_to(newer.port());
        self.server.replace(newer).stop()
    }

    /// The phone's database is of an earlier version, with a full outbox.
    fn upgrade(chromium: &Path, chance: &mut Chance) -> Result<()> {
        let field = Self::new(chromium)?;
        let browser = field.browser()?;
        let version = 1 + chance.below(2) as u32;
        field.fill_older(&browser, version)?;
        Killer::after(&browser, ms(chance, 1200)).cuts_short(|| {
            let page = browser.page(360, 640)?;
            page.tab.navigate_to(&field.url)?;
            page.wait_for("document.body?.dataset.screen === 'never'")
        })?;
        browser.kill()?;
        let (browser, faults) = field.restart()?;
        ensure!(
            faults.is_empty(),
            "after an upgrade from version {version}: {faults:#?}"
        );
        let faults = field.end(&browser)?;
        ensure!(faults.is_empty(), "at the end of an upgrade: {faults:#?}");
        Ok(())
    }

    fn fill_older(&self, browser: &Browser, version: u32) -> Result<()> {
        let started = "2026-01-01T10:00:00.000+00:00";
        let mut ledger = self.ledger.borrow_mut();
        let (mut drafts, mut outbox) = (Vec::new(), Vec::new());
        for number in 0..42 {
            let instance = format!("{number:08}-1111-4111-8111-111111111111");
            // Answers as a person goes on giving them, so that drafts can be finished.
            let answers = json!({"words": format!("words of {number:08}"), "pick": if number % 2 == 0 { "a" } else { "b" }});
            for (key, answer) in answers.as_object().into_iter().flatten() {
                ledger.note(&instance, key, answer.clone());
            }
            if number < 2 {
                drafts.push(json!({"instance": instance, "survey": "crash", "version": "1", "started": started, "screen": "2", "answers": answers, "saved": 1}));
            } else {
                ledger.stage(&instance, Stage::Finished);
                let body = json!({"form": "crash", "version": "1", "instance_id": instance, "started": started, "finished": started, "language": "und", "answers": answers});
                outbox.push(json!({"instance": instance, "survey": "crash", "body": body.to_string(), "saved": number, "files": []}));
            }
        }
        Keeps::make_older(browser, &self.network.url, version, &drafts, &outbox, &[])
    }

    /// Fills and sends, with and without a network, on one page or another.
    fn wanders(&self, browser: &Browser, chance: &mut Chance) -> Result<()> {
        self.network.down(false);
        let mut person = self.person(browser)?;
        for _ in 0..=chance.below(3) {
            self.network.down(chance.below(2) == 0);
            person.finishes()?;
            person.begins_another()?;
        }
        person.goes_on_to_question(chance.below(4))?;
        self.network.down(false);
        person.phone.page.tab.close(chance.below(2) == 0)?;
        Ok(())
    }
}

/// What a browser does by itself once a day at least.
const LOOK_FOR_UPDATE: &str = "navigator.serviceWorker?.getRegistration().then((found) => { found?.update().catch(() => {}); return Boolean(found); })";

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn nothing_is_lost_when_the_battery_is_empty() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let kills = asked("BARAZA_KILLS").unwrap_or(20) as u32;
    let now = SystemTime::UNIX_EPOCH.elapsed()?.as_secs();
    let seed = asked("BARAZA_SEED").unwrap_or(now);
    println!("BARAZA_SEED={seed} BARAZA_KILLS={kills}");
    let mut chance = Chance::new(seed);
    let field = Field::new(&chromium)?;
    let mut browser = field.browser()?;
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for round in 1..=kills {
        // All that have a name in turn, and one at random after each two.
        let moment = if round % 3 == 0 {
            Moment::AtRandom
        } else {
            NAMED[(round - round / 3 - 1) as usize % NAMED.len()]
        };
        let told = || format!("kill {round}, {moment:?}, BARAZA_SEED={seed}");
        field
            .act(browser, moment, &mut chance, round)
            .with_context(told)?;
        let (again, faults) = field.restart().with_context(told)?;
        ensure!(faults.is_empty(), "{}: {faults:#?}", told());
        browser = again;
        *counts.entry(format!("{moment:?}")).or_default() += 1;
    }
    let faults = field.end(&browser)?;
    ensure!(faults.is_empty(), "at the end, BARAZA_SEED={seed}: {faults:#?}");
    let finished = field.ledger.borrow().count(Stage::Finished);
    println!("{kills} kills, {finished} responses there once each: {counts:?}");
    Ok(())
}

/// A rig that finds nothing where there is something proves nothing.
#[test]
fn a_phone_that_loses_what_it_promised_is_found_out() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    for (broken, expected) in [(true, "is lost"), (false, "")] {
        let field = Field::new(&chromium)?;
        let browser = field.browser()?;
        let person = field.person(&browser)?;
        if broken {
            person.phone.page.before_all(BROKEN_OUTBOX)?;
            person.phone.page.tab.reload(false, None)?;
            person
                .phone
                .page
                .wait_for("document.body.dataset.screen === 'question'")?;
        }
        let instance = person.phone.page.instance()?;
        let person = Person { instance, ..person };
        field.network.fail("POST", "/responses", Fault::Refuse, u32::MAX);
        person.finishes()?;
        browser.kill()?;
        let (browser, faults) = field.restart()?;
        ensure!(
            faults.is_empty() != broken,
            "broken: {broken}, found: {faults:#?}"
        );
        ensure!(faults.iter().all(|fault| fault.contains(expected)), "{faults:#?}");
        let at_the_end = field.end(&browser)?;
        ensure!(
            at_the_end.is_empty() != broken,
            "broken: {broken}, found: {at_the_end:#?}"
        );
    }
    Ok(())
}
