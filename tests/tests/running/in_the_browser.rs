//! In a real browser: the desk decides, and phones say so.

use crate::person::Person;
use crate::{FORM, done};
use anyhow::{Result, ensure};
use baraza_tests::desk::session_of;
use baraza_tests::field::{publish, said};
use baraza_tests::{AXE_JUDGE, Browser, Phone, Server, axe, chromium};
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

impl Person<'_> {
    /// Signed in past the password.
    fn enters(&self, folder: &Path, account: &str) -> Result<()> {
        let cookie = session_of(folder, account)?;
        self.open("/desk/sign-in")?;
        self.page.eval(&format!(
            "document.cookie = {}",
            json!(format!("{cookie}; path=/"))
        ))?;
        Ok(())
    }

    fn chooses_state(&self, state: &str) -> Result<()> {
        self.page.eval(&format!(
            "document.querySelector('input[name=state][value={state}]').click()"
        ))?;
        Ok(())
    }

    fn ticks(&self, area: &str) -> Result<()> {
        self.page.eval(&format!(
            "document.querySelector('input[name=area][value={area}]').click()"
        ))?;
        Ok(())
    }
}

#[test]
fn a_coordinator_pauses_an_area_and_closes_the_survey() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "test"],
    )?;
    let bola = Person::new(&chromium, &server)?;
    bola.enters(folder, "Bola")?;
    bola.open("/desk/surveys/market")?;
    bola.presses("a[href$='/running']")?;
    bola.sees("Now: It asks people")?;
    bola.judge_both("running", "/desk/surveys/market/running")?;
    // An area is ticked while the choice above stays where it was: that is no decision, and no pause gets lost.
    bola.ticks("north")?;
    bola.presses("main form button.main")?;
    bola.sees("You ticked areas: choose “Paused in some areas”, or untick them.")?;
    bola.sees("Now: It asks people")?;
    let ticked = "document.querySelector('input[name=area][value=north]').checked";
    assert_eq!(bola.page.eval(ticked)?, json!(true));
    bola.judge("running-ticked-en")?;
    bola.ticks("north")?;
    // Without an area nothing is decided, and what was written stays.
    bola.chooses_state("areas")?;
    bola.types("why", "Roads are closed")?;
    bola.presses("main form button.main")?;
    bola.sees("Please choose at least one area.")?;
    assert_eq!(
        bola.page.text("document.getElementById('why').value")?,
        "Roads are closed"
    );
    bola.ticks("north")?;
    bola.types("until", "2031-01-31")?;
    bola.presses("main form button.main")?;
    bola.sees("Decided: it is paused in the areas that stand below.")?;
    bola.sees("Paused in: In the north")?;
    bola.judge_both("running-area", "/desk/surveys/market/running")?;
    bola.open("/desk/surveys/market")?;
    bola.sees("Paused in: In the north")?;
    bola.judge_both("survey-paused", "/desk/surveys/market")?;
    bola.judge_both("home-paused", "/desk")?;
    bola.sees("Paused in: In the north")?;
    bola.open("/desk/surveys/market/running")?;
    // What ends the collection is not the next thing under a thumb.
    let closing = "main details button.grave";
    let is_seen = format!("document.querySelector('{closing}').checkVisibility()");
    assert_eq!(bola.page.eval(&is_seen)?, json!(false));
    bola.page
        .eval("document.querySelector('main details summary').click()")?;
    assert_eq!(bola.page.eval(&is_seen)?, json!(true));
    bola.types("why-closed", "All have been asked")?;
    bola.judge("running-closing-en")?;
    bola.presses(closing)?;
    bola.sees("Decided: it is closed.")?;
    bola.sees("Now: Closed")?;
    bola.sees("All have been asked")?;
    bola.judge_both("running-closed", "/desk/surveys/market/running")?;
    bola.open("/desk")?;
    bola.sees("Closed")?;
    assert!(done(folder, &["survey", "show"])?.contains("'market' is closed"));
    Ok(())
}

fn judge(phone: &Phone, name: &str) -> Result<()> {
    for (width, height) in [(360, 640), (1280, 800)] {
        phone.page.resize(width, height, 1.0)?;
        if let Some(axe) = axe() {
            phone.page.eval(&format!("{axe}; true"))?;
            let found = phone.page.text(AXE_JUDGE)?;
            // Landmarks of the phone's pages are judged with all of them, in 'accessible'.
            let found: Vec<&str> = found.lines().filter(|line| line.starts_with("must")).collect();
            ensure!(found.is_empty(), "{name} at {width}: {found:?}");
        }
        phone.page.shot(&format!("phone-{name}-{width}"))?;
    }
    phone.page.resize(360, 640, 1.0)
}

#[test]
fn a_phone_says_so_also_without_a_network_and_finishes_what_was_begun() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    let browser = Browser::start(&chromium)?;
    let url = |language: &str| format!("{}/s/market?lang={language}", server.url);
    // Begun before the pause: it goes on after a reload, in an area that is paused by then.
    let begun = Phone::open(&browser, &url("en"))?;
    begun.page.wait_for("document.body.dataset.offline === 'true'")?;
    begun.choose("area", "north")?;
    begun.go_to("sex")?;
    begun.choose("sex", "woman")?;
    begun.draft_has("sex", |sex| *sex == json!("woman"))?;
    let pause = [
        "survey",
        "pause",
        "--why",
        "Roads are closed",
        "--until",
        "2031-01-31",
    ];
    done(folder, &pause)?;
    begun.page.eval("location.reload()")?;
    begun.page.wait_for("document.body.dataset.screen === 'question' && document.getElementById('status').innerText.includes('back where')")?;
    begun.go_to("more")?;
    begun.next()?;
    assert_eq!(begun.send()?, "sent");
    // And the next one is not begun.
    begun.tap("#again")?;
    begun.page.wait_for("document.body.dataset.state === 'stopped'")?;
    let words = begun.page.text("document.getElementById('screen').innerText")?;
    for wanted in ["Paused", "Roads are closed", "January 31, 2031"] {
        assert!(words.contains(wanted), "{words}");
    }
    // Another tab, and another language.
    let mut phones = vec![begun];
    for language in ["en", "ar"] {
        let phone = Phone::open(&browser, &url(language))?;
        assert_eq!(phone.screen()?, "done");
        judge(&phone, &format!("paused-{language}"))?;
        phones.push(phone);
        let plain = Phone::open(
            &browser,
            &format!("{}/s/market/plain?lang={language}", server.url),
        )?;
        judge(&plain, &format!("paused-plain-{language}"))?;
    }
    let phone = phones.pop().expect("a phone");
    // The shelf is still to be had, and leads back.
    phone.tap("#shelf")?;
    phone.page.wait_for("document.body.dataset.screen === 'shelf'")?;
    phone.tap("#close-shelf")?;
    phone.page.wait_for("document.body.dataset.state === 'stopped'")?;
    phone.page.wait_for("document.body.dataset.offline === 'true'")?;
    let port = server.port();
    server.stop()?;
    phone.page.eval("location.reload()")?;
    phone.page.wait_for("document.body.dataset.state === 'stopped'")?;
    // The area alone.
    let server = Server::start_on(folder, port, &[])?;
    let pause = ["survey", "pause", "--area", "north", "--why", "Roads are closed"];
    done(folder, &[&pause[..], &["--until", "2031-01-31"]].concat())?;
    let phone = Phone::open(&browser, &format!("{}/s/market?lang=en", server.url))?;
    phone.choose("area", "north")?;
    phone.tap("#next")?;
    phone.page.wait_for("document.querySelector('.error') !== null")?;
    let error = phone.error()?;
    assert!(
        error.contains("nobody is asked in this area")
            && error.contains("Expected until January 31, 2031. Roads are closed"),
        "{error}"
    );
    judge(&phone, "paused-area")?;
    phone.choose("area", "south")?;
    phone.go_to("sex")?;
    // It goes on for those who look again.
    done(folder, &["survey", "close"])?;
    let phone = Phone::open(&browser, &format!("{}/s/market?lang=en&draft=new", server.url))?;
    phone.page.wait_for("document.body.dataset.state === 'stopped'")?;
    assert!(
        phone
            .page
            .text("document.getElementById('screen').innerText")?
            .contains("This survey is over")
    );
    done(folder, &["survey", "resume"])?;
    phone.tap("#again")?;
    phone
        .page
        .wait_for("document.body.dataset.screen === 'question'")?;
    assert_eq!(phone.questions()?, ["area"]);
    Ok(())
}
