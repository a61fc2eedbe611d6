//! Someone comes near: the survey is hidden at once, and comes back only in its ways.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, chromium};
use serde_json::json;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// What can be seen, and what the browser shows around it.
const SEEN: &str = "document.title + ' | ' + document.body.innerText.replace(/\\s+/g, ' ').trim()";

fn survey() -> Result<Option<(TempDir, Server, Browser)>> {
    let Some(chromium) = chromium() else {
        return Ok(None);
    };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    Ok(Some((folder, server, browser)))
}

fn open(server: &Server, browser: &Browser, language: &str) -> Result<Phone> {
    Phone::open(
        browser,
        &format!("{}/s/community-security?lang={language}", server.url),
    )
}

fn press(phone: &Phone, keys: &str) -> Result<()> {
    for key in keys.chars() {
        phone.tap(&format!("#cover [data-key='{key}']"))?;
    }
    Ok(())
}

fn display(phone: &Phone) -> Result<String> {
    phone.page.text("document.querySelector('.display').textContent")
}

fn hidden(phone: &Phone) -> Result<()> {
    phone
        .page
        .wait_for("document.title === 'Calculator' && document.activeElement.matches('.display')")?;
    let seen = phone.page.text(SEEN)?;
    assert!(
        seen.starts_with("Calculator | 0 C ⌫ ÷ 7 8 9 × 4 5 6 − 1 2 3 + 0 . ="),
        "nothing but a calculator: {seen}"
    );
    assert_eq!(
        phone
            .page
            .text("document.querySelector('link[rel=icon]').href.split('/').pop()")?,
        "decoy.svg"
    );
    Ok(())
}

fn back(phone: &Phone) -> Result<()> {
    phone
        .page
        .wait_for("document.title === 'Community security perceptions'")?;
    assert!(phone.page.text(SEEN)?.contains("Next"));
    assert_eq!(phone.page.text("document.activeElement.id")?, "hide");
    assert_eq!(
        phone
            .page
            .text("document.querySelector('link[rel=icon]').href.split('/').pop()")?,
        "icon.svg"
    );
    Ok(())
}

/// What is said about hiding.
fn said(phone: &Phone) -> Result<String> {
    phone
        .page
        .text("document.getElementById('hint').hidden ? '' : document.getElementById('hint').textContent")
}

/// Holds a key of the calculator down for as long as it takes.
fn hold_equals(phone: &Phone) -> Result<()> {
    phone.page.eval(
        "document.querySelector('#cover [data-key=\"=\"]').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))",
    )?;
    Ok(())
}

#[test]
fn a_tap_hides_the_survey_behind_a_calculator_that_works() -> Result<()> {
    let Some((_folder, server, browser)) = survey()? else {
        return Ok(());
    };
    let phone = open(&server, &browser, "en")?;
    // How to come back is said before anyone needs it, and to screen readers with the button.
    let described = phone
        .page
        .text("document.getElementById('hide').getAttribute('aria-describedby')")?;
    assert_eq!(described, "hint");
    assert!(said(&phone)?.contains("hold “=”"));
    phone.page.shot("hide-first-en")?;
    phone.next()?;
    assert_eq!(said(&phone)?, "", "only on the first screen");
    phone.choose("consent", "yes")?;
    let address = phone.page.text("location.href")?;

    phone.tap("#hide")?;
    hidden(&phone)?;
    assert_eq!(phone.page.text("location.href")?, address);
    press(&phone, "12.5×4−8÷2=")?;
    assert_eq!(display(&phone)?, "21");
    press(&phone, "C0.1+0.2=")?;
    assert_eq!(display(&phone)?, "0.3");
    press(&phone, "C1÷0=")?;
    assert_eq!(display(&phone)?, "Error");
    press(&phone, "C99⌫")?;
    assert_eq!(display(&phone)?, "9");
    phone.page.shot("hide-calculator-en")?;
    press(&phone, "===")?;
    assert_eq!(display(&phone)?, "9", "with a number entered nothing comes back");

    // Browser buttons and reloads bring nothing to light, not even a title while the page is loading.
    phone.page.eval("new Promise((done) => { addEventListener('popstate', () => setTimeout(done, 100), { once: true }); history.back(); })")?;
    assert!(phone.page.text(SEEN)?.starts_with("Calculator | 9 C"));
    phone.page.tab.reload(false, None)?;
    phone.page.wait_for("document.title !== ''")?;
    let first = phone.page.text("document.title")?;
    assert!(["…", "Calculator"].contains(&first.as_str()), "{first}");
    hidden(&phone)?;

    // The first way back, and what is said once.
    press(&phone, "===")?;
    back(&phone)?;
    assert!(
        phone
            .page
            .text("document.getElementById('hint').innerText")?
            .contains("three times")
    );
    phone.page.shot("hide-back-en")?;
    phone.tap("#understood")?;

    // The second way back, and the third; nothing more is said.
    phone.tap("#hide")?;
    hidden(&phone)?;
    hold_equals(&phone)?;
    back(&phone)?;
    phone.tap("#hide")?;
    hidden(&phone)?;
    phone.page.tab.press_key("Escape")?;
    back(&phone)?;
    assert_eq!(said(&phone)?, "");
    assert_eq!(phone.draft()?["consent"], json!("yes"));
    Ok(())
}

#[test]
fn the_first_tap_hides_before_the_calculator_is_there_and_without_a_network() -> Result<()> {
    let Some((_folder, server, browser)) = survey()? else {
        return Ok(());
    };
    // In the same moment.
    let phone = open(&server, &browser, "ar")?;
    let at_once = phone.page.text(
        "(() => { document.getElementById('hide').click(); return document.title + '|' + document.body.innerText.trim(); })()",
    )?;
    assert_eq!(at_once, "…|");
    phone.page.wait_for("document.title === 'آلة حاسبة'")?;
    assert_eq!(
        phone
            .page
            .text("getComputedStyle(document.querySelector('.keys')).direction")?,
        "ltr",
        "as calculators are written in Arabic as well"
    );
    phone.page.shot("hide-calculator-ar")?;

    // Loaded ahead, it needs no server any more.
    let phone = open(&server, &browser, "en")?;
    phone.page.wait_for(
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('decoy.css'))",
    )?;
    phone.page.wait_for(
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/hide/en.json'))",
    )?;
    server.stop()?;
    phone.tap("#hide")?;
    hidden(&phone)?;
    phone.page.tab.press_key("Escape")?;
    back(&phone)
}

#[test]
fn a_shake_hides_the_survey() -> Result<()> {
    let Some((_folder, server, browser)) = survey()? else {
        return Ok(());
    };
    let phone = open(&server, &browser, "en")?;
    phone.page.wait_for(
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('decoy.css'))",
    )?;
    let shaken = |strength: u32| {
        format!(
            "new Promise((done) => {{
                let at = 0;
                const timer = setInterval(() => {{
                    const x = {strength} * Math.sin(2 * Math.PI * 4 * at);
                    dispatchEvent(new DeviceMotionEvent('devicemotion', {{ acceleration: {{ x, y: 0, z: 0 }}, interval: 20 }}));
                    at += 0.02;
                    if (at > 1.5) {{ clearInterval(timer); done(); }}
                }}, 20);
            }})"
        )
    };
    phone.page.eval(&shaken(8))?;
    assert!(phone.page.text(SEEN)?.contains("Next"), "carried, not shaken");
    phone.page.eval(&shaken(30))?;
    hidden(&phone)?;
    press(&phone, "===")?;
    back(&phone)?;
    assert!(
        phone
            .page
            .text("document.getElementById('hint').innerText")?
            .contains("Shaking")
    );
    Ok(())
}

/// The phone's own module, in which nothing is imported, as the text of a function that gives a class.
fn module(name: &str, class: &str) -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../server/web")
        .join(name);
    let source = std::fs::read_to_string(path)?.replace("export ", "");
    Ok(format!("(() => {{ {source}; return {class}; }})()"))
}

/// Movements of a phone, m/s² without gravity, at a number of readings a second.
const MOVEMENTS: &str = "(rate) => {
    let seed = 7;
    const chance = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647 - 0.5; };
    const series = (seconds, at) => Array.from({ length: seconds * rate }, (_, i) => [1000 * i / rate, at(i / rate)]);
    const wave = (t, hertz) => Math.sin(2 * Math.PI * hertz * t);
    const noisy = (x, y, z) => ({ x: x + chance(), y: y + chance(), z: z + chance() });
    const pulse = (t, when, length) => (t >= when && t < when + length ? 1 : 0);
    return {
        table: series(20, () => noisy(0, 0, 0)),
        walking: series(30, (t) => noisy(2 * wave(t, 1), 5 * wave(t, 2) + 2 * wave(t, 4), 3 * wave(t, 2))),
        stairs: series(20, (t) => noisy(3 * wave(t, 1.2), 9 * wave(t, 2.4), 4 * wave(t, 2.4))),
        road: series(60, (t) => noisy(2 * wave(t, 1.3), 4 * wave(t, 7) * chance() * 2, 11 * wave(t, 3.1) * Math.abs(chance() * 2))),
        hole: series(4, (t) => noisy(0, 0, 28 * pulse(t, 1, 0.08) - 22 * pulse(t, 1.1, 0.1) + 16 * pulse(t, 1.25, 0.08))),
        dropped: series(4, (t) => noisy(10 * pulse(t, 1.3, 0.04), 0, -9.8 * pulse(t, 1, 0.3) + 60 * pulse(t, 1.3, 0.04) - 25 * pulse(t, 1.36, 0.04) + 18 * pulse(t, 1.5, 0.04))),
        pulled: series(3, (t) => noisy(22 * pulse(t, 1, 0.15) - 20 * pulse(t, 1.2, 0.15), 12 * pulse(t, 1.1, 0.2), 0)),
        shaken: series(2, (t) => noisy(25 * wave(t, 3.5), 4 * wave(t, 3.5), 3)),
        hard: series(2, (t) => noisy(8, 20 * wave(t, 4.5), 30 * wave(t, 4.5))),
    };
}";

#[test]
fn a_shake_is_told_from_walking_bad_roads_and_falls() -> Result<()> {
    let Some((_folder, _server, browser)) = survey()? else {
        return Ok(());
    };
    let page = browser.page(360, 640)?;
    for (rate, gravity) in [(60, false), (60, true), (20, false)] {
        let found = page.text(&format!(
            "(() => {{
                const Shake = {};
                const hides = ([, series]) => {{
                    const shake = new Shake();
                    return series.some(([time, {{ x, y, z }}]) => shake.feel(time, {{ x, y: y + ({gravity} ? 9.81 : 0), z }}, {gravity}));
                }};
                return Object.entries(({MOVEMENTS})({rate})).filter(hides).map(([name]) => name).join();
            }})()",
            module("shake.js", "Shake")?
        ))?;
        assert_eq!(
            found, "shaken,hard",
            "{rate} readings a second, gravity in it: {gravity}"
        );
    }
    Ok(())
}

#[test]
fn more_contrast_is_one_tap_away_and_remembered() -> Result<()> {
    let Some((_folder, server, browser)) = survey()? else {
        return Ok(());
    };
    let phone = open(&server, &browser, "en")?;
    phone.next()?;
    let look = "(() => {
        const of = (selector, pseudo) => getComputedStyle(document.querySelector(selector), pseudo);
        const frame = of('.choice span', '::before');
        return [of('body').color, of('.hint').color, frame.borderTopColor, frame.borderTopWidth, of('body').fontSize].join(' | ');
    })()";
    let before = phone.page.text(look)?;
    phone.tap("#contrast")?;
    let after = "rgb(0, 0, 0) | rgb(0, 0, 0) | rgb(0, 0, 0) | 3px | 21px";
    assert_ne!(before, after);
    assert_eq!(phone.page.text(look)?, after);
    phone.page.shot("contrast-en")?;
    let button = "(() => { const { title, ariaPressed } = document.getElementById('contrast'); return `${title} ${ariaPressed}`; })()";
    assert_eq!(phone.page.text(button)?, "High contrast true");
    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.querySelector('.choice') !== null")?;
    assert_eq!(phone.page.text(look)?, after, "as it was left");
    phone.tap("#contrast")?;
    assert_eq!(phone.page.text(look)?, before);

    // Nothing is cut at twice the size, not the calculator either.
    for width in [180, 360] {
        let phone = Phone::open_sized(
            &browser,
            &format!("{}/s/community-security?lang=ar", server.url),
            width,
            320,
        )?;
        phone.tap("#contrast")?;
        let fits = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(phone.page.eval(fits)?, json!(true), "{width}");
        phone.page.eval("document.getElementById('hide').click()")?;
        phone.page.wait_for("document.querySelector('.keys') !== null")?;
        assert_eq!(phone.page.eval(fits)?, json!(true), "{width}");
        phone.page.tab.press_key("Escape")?;
        phone.page.eval("document.getElementById('contrast').click()")?;
    }
    Ok(())
}
