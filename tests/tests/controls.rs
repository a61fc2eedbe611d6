//! Every type of question and every appearance, on a phone: `tests/forms/all-controls.md`.

use anyhow::{Context, Result};
use baraza_tests::{Browser, Phone, chromium, exported, serve_all_controls};
use headless_chrome::protocol::cdp::Emulation;
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn a_form_with_every_control_is_filled_and_arrives() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (folder, server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    let more = json!({"home": "-1.28333 36.81667 1600 4", "thousands": "1250000", "link": "https://example.org/a",
        "village": "v1234", "month": "2023-05-01", "year": "1999-01-01"});
    phone.fill_all(&more)?;
    assert_eq!(phone.screen()?, "review");
    assert_eq!(phone.send()?, "sent");
    assert_eq!(
        phone.files_kept()?,
        0,
        "files leave the phone once the server has them"
    );
    server.stop()?;
    let row = exported(folder.path())?;
    assert_eq!(row["flags"], "", "phone and server agree on what is allowed");
    assert_eq!(row["thousands"], "1250000");
    assert_eq!(row["month"], "2023-05-01");
    assert_eq!(row["year"], "1999-01-01");
    assert!(
        row["device"].len() == 36,
        "an id that this browser made up: {}",
        row["device"]
    );
    assert!(
        row["audit"].contains("village ")
            && row["audit"].contains("member[1]/member_age ")
            && row["audit"].contains("member[1]/job[1]/job_name "),
        "{}",
        row["audit"]
    );
    let files = rusqlite::Connection::open(folder.path().join("baraza.db"))?.query_row(
        "SELECT count(*) FROM media",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    assert!(files >= 4, "{files} files arrived");
    Ok(())
}

#[test]
fn a_village_is_found_among_5000_without_a_stall() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    phone.hurry_to("seeded")?;
    phone.page.eval("(() => { window.stalls = []; new PerformanceObserver((list) => window.stalls.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ['longtask'] }); })()")?;
    phone
        .page
        .tab
        .call_method(Emulation::SetCPUThrottlingRate { rate: 6.0 })?;
    phone.next()?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    let stalls: Vec<f64> = serde_json::from_str(&phone.page.text("JSON.stringify(window.stalls)")?)?;
    println!("opening a question with 5,000 choices at 6x slowdown, longest tasks in ms: {stalls:?}");
    // Drawing them all at once takes seconds; machines are too noisy for a closer bound.
    assert!(stalls.iter().all(|stall| *stall < 1000.0), "{stalls:?}");
    phone
        .page
        .tab
        .call_method(Emulation::SetCPUThrottlingRate { rate: 1.0 })?;

    assert_eq!(
        phone.page.eval("document.querySelectorAll('.choice').length")?,
        json!(0),
        "none before anyone types"
    );
    phone.write("village", "tome sao 33")?;
    phone
        .page
        .wait_for("document.querySelectorAll('.choice').length > 0")?;
    assert_eq!(
        phone
            .page
            .text("document.querySelector('.choice').innerText")?
            .trim(),
        "São Tomé 33"
    );
    phone.tap(".choice")?;
    phone.write("village", "dodoma")?;
    phone
        .page
        .wait_for("document.querySelectorAll('.choice').length > 2")?;
    let shown = phone.page.eval("document.querySelectorAll('.choice').length")?;
    assert!(shown.as_u64().is_some_and(|shown| shown <= 51), "{shown} rows");
    assert_eq!(
        phone
            .page
            .text("document.querySelector('.choice input:checked')?.value")?,
        "v33",
        "what was chosen stays in sight"
    );
    phone.page.shot("search-en")?;
    Ok(())
}

#[test]
fn a_matrix_has_a_row_for_each_question_and_names_its_columns() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    for (width, height) in [(360, 640), (320, 568), (1280, 800)] {
        let phone = Phone::open_sized(&browser, &address, width, height)?;
        phone.page.eval("indexedDB.deleteDatabase('baraza')")?;
        phone.hurry_to("trust_police")?;
        assert_eq!(
            phone.questions()?,
            ["trust_police", "trust_army", "trust_elders", "trust_courts"]
        );
        phone.choose("trust_army", "some")?;
        phone.choose("trust_courts", "dk")?;
        phone.page.shot(&format!("matrix-{width}"))?;
        let named = "[...document.querySelectorAll('.row')].map((row) => `${row.querySelector('legend').innerText}: ${row.querySelector('input:checked')?.closest('label').textContent ?? ''}`).join('; ')";
        assert_eq!(
            phone.page.text(named)?,
            "The police: ; The army: Somewhat; The elders: ; The courts: Don’t know"
        );
        // Columns stand under each other, and fingers find them.
        let cells = phone.page.text("JSON.stringify([...document.querySelectorAll('.row')].map((row) => [...row.querySelectorAll('.cell')].map((cell) => { const { left, width, height } = cell.getBoundingClientRect(); return [left, width, height].map(Math.round); })))")?;
        let cells: Vec<Vec<[f64; 3]>> = serde_json::from_str(&cells)?;
        assert!(
            cells
                .windows(2)
                .all(|rows| rows[0].iter().zip(&rows[1]).all(|(a, b)| a[0] == b[0])),
            "{cells:?}"
        );
        assert!(
            cells
                .iter()
                .flatten()
                .all(|cell| cell[1] >= 48.0 && cell[2] >= 48.0),
            "{cells:?}"
        );
        assert_eq!(
            phone
                .page
                .eval("document.documentElement.scrollWidth <= innerWidth")?,
            json!(true)
        );
        phone.hurry_to("likert")?;
        phone.choose("likert", "yes_all")?;
        phone.page.shot(&format!("likert-{width}"))?;
        let lines = phone.page.eval("new Set([...document.querySelectorAll('.cell')].map((cell) => cell.getBoundingClientRect().top)).size")?;
        assert!(
            width < 360 || lines == json!(1),
            "one line at {width}, where words find room: {lines}"
        );
        phone.next()?;
        // A tap on `quick` goes on by itself.
        phone.choose("quick", "yes")?;
        phone
            .page
            .wait_for("document.querySelector('.question')?.dataset.key === 'minimal'")?;
    }
    Ok(())
}

#[test]
fn an_instance_in_the_middle_is_removed_and_another_one_changed() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    phone.page.eval(
        "window.asked = []; window.confirm = (words) => { window.asked.push(words); return true; }; 0",
    )?;
    phone.hurry_to("member_name")?;
    for (at, name) in ["Amina", "Baraka", "Chen"].iter().enumerate() {
        if at > 0 {
            phone.tap("#add-instance")?;
            phone.hurry_to("member_name")?;
        }
        phone.write("member_name", name)?;
        phone.next()?;
        phone.write("member_age", &format!("{}", 20 + at))?;
        phone.next()?;
        phone.write("job_name", &format!("job of {name}"))?;
        phone.next()?;
        assert_eq!(phone.screen()?, "repeat");
        phone.next()?;
    }
    phone.page.shot("instances-en")?;
    let listed = "[...document.querySelectorAll('.instances bdi')].map((one) => one.innerText).join()";
    assert_eq!(phone.page.text(listed)?, "Amina,Baraka,Chen");
    phone.tap(".instances li:nth-child(2) .quiet")?;
    phone.page.wait_for(&format!("{listed} === 'Amina,Chen'"))?;
    assert_eq!(
        phone.page.text("window.asked.join()")?,
        "Remove “Member of the household 2. Baraka” with its answers?"
    );
    phone.tap(".instances li:nth-child(2) button")?;
    phone
        .page
        .wait_for("document.querySelector('.question')?.dataset.key === 'member_name'")?;
    assert_eq!(
        phone
            .page
            .text("document.querySelector('.question input').value")?,
        "Chen"
    );
    let kept = phone.draft_has("member", |members| {
        members.as_array().is_some_and(|all| all.len() == 2)
    })?;
    assert_eq!(kept[1]["member_name"], "Chen");
    assert_eq!(kept[1]["member_age"], 22);
    assert_eq!(kept[1]["job"][0]["job_name"], "job of Chen");

    // Their names are choices further on; what is counted by the form has no screen for adding.
    phone.hurry_to("speaker")?;
    assert_eq!(
        phone
            .page
            .text("[...document.querySelectorAll('.choice')].map((row) => row.innerText.trim()).join()")?,
        "Amina,Chen"
    );
    phone.choose("speaker", "Chen")?;
    for wanted in ["counted_text", "counted_text", "more"] {
        phone.next()?;
        assert_eq!(phone.questions()?, [wanted]);
    }
    Ok(())
}

#[test]
fn a_change_of_language_keeps_answers_and_what_was_opened() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    phone.hurry_to("minimal_many")?;
    phone.tap("summary")?;
    phone.choose("minimal_many", "yes")?;
    phone.page.eval("(() => { const s = document.getElementById('language'); s.value = '1'; s.dispatchEvent(new Event('change')); })()")?;
    phone.page.wait_for(
        "document.documentElement.dir === 'rtl' && document.querySelector('summary').innerText === 'أوافق'",
    )?;
    assert_eq!(
        phone.page.eval(
            "document.querySelector('details').open && document.querySelector('input[value=yes]').checked"
        )?,
        json!(true)
    );
    phone.hurry_to("village")?;
    phone.write("village", "dodoma 2")?;
    phone
        .page
        .wait_for("document.querySelectorAll('.choice').length > 2")?;
    phone.page.eval("(() => { const s = document.getElementById('language'); s.value = '0'; s.dispatchEvent(new Event('change')); })()")?;
    phone.page.wait_for("document.documentElement.dir === 'ltr' && document.querySelector('[type=search]')?.value === 'dodoma 2' && document.querySelectorAll('.choice').length > 2")?;
    Ok(())
}

#[test]
fn a_seed_gives_every_phone_the_same_order() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let mut orders = Vec::new();
    for _ in 0..2 {
        let browser = Browser::start(&chromium)?;
        let phone = Phone::open(&browser, &address)?;
        phone.hurry_to("seeded")?;
        orders.push(
            phone
                .page
                .text("[...document.querySelectorAll('input')].map((box) => box.value).join(' ')")?,
        );
    }
    assert_eq!(orders[0], orders[1]);
    assert_ne!(
        orders[0], "no_all no neither yes yes_all",
        "not the order of the sheet"
    );
    assert_eq!(orders[0].split(' ').count(), 5);
    Ok(())
}

#[test]
fn a_day_in_a_label_is_written_as_the_language_writes_it() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    phone.hurry_to("day")?;
    phone.page.eval(
        "(() => { const input = document.querySelector('.question input'); input.value = '2024-02-03'; input.dispatchEvent(new Event('input')); })()",
    )?;
    phone.next()?;
    assert_eq!(
        phone.page.text("document.querySelector('.label').innerText")?,
        "You said: February 3, 2024"
    );
    phone.page.eval("(() => { const s = document.getElementById('language'); s.value = '1'; s.dispatchEvent(new Event('change')); })()")?;
    phone
        .page
        .wait_for("document.querySelector('.label').innerText.includes('فبراير')")?;
    Ok(())
}

/// Every text of the interface in every language, with the plural forms that the language has.
#[test]
fn no_text_of_the_interface_lacks_a_language() -> Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/web");
    let plurals = [("ar", 6), ("en", 2), ("es", 3), ("fr", 3), ("sw", 2)];
    let topics = std::fs::read_dir(web.join("i18n"))?
        .flatten()
        .map(|entry| entry.path());
    for folder in topics.filter(|path| path.is_dir()).chain([web.join("i18n")]) {
        let read = |language: &str| -> Result<serde_json::Map<String, Value>> {
            Ok(serde_json::from_str(&std::fs::read_to_string(
                folder.join(format!("{language}.json")),
            )?)?)
        };
        let english = read("en")?;
        for (language, forms) in plurals {
            let texts = read(language)?;
            assert_eq!(
                texts.keys().collect::<Vec<_>>(),
                english.keys().collect::<Vec<_>>(),
                "{}/{language}",
                folder.display()
            );
            for (key, text) in &texts {
                let variants: Vec<&str> = match text {
                    Value::Object(variants) => {
                        assert_eq!(variants.len(), forms, "{language}: {key}");
                        variants.values().filter_map(Value::as_str).collect()
                    }
                    text => vec![text.as_str().context("a text")?],
                };
                assert!(
                    variants.iter().all(|text| !text.trim().is_empty()),
                    "{language}: {key}"
                );
                let values = |text: &str| text.matches('{').count();
                let general = |text: &Value| text.get("other").unwrap_or(text).as_str().map(values);
                assert_eq!(
                    general(text),
                    general(&english[key]),
                    "{language}: {key} puts in what the English does"
                );
            }
        }
    }
    Ok(())
}
