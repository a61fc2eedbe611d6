//! Every type of question and every appearance, on a phone: `tests/forms/all-controls.md`.

use anyhow::{Context, Result};
use baraza_tests::{Browser, Phone, Server, baraza, chromium, csv_rows};
use headless_chrome::protocol::cdp::{Browser as BrowserProtocol, Emulation};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// A red dot, the smallest picture there is.
const DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdac\xfc\xcf\xc0P\x0f\0\x04\x85\x01\x80\x84\xa9\x8c!\0\0\0\0IEND\xaeB`\x82";

/// Four seconds of a hum: 8-bit mono at 8000 samples a second, as RIFF files begin.
fn hum() -> Vec<u8> {
    let samples: Vec<u8> = (0..32_000_u32).map(|n| 96 + (n % 64) as u8).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
}

/// 5,000 villages, some with accents.
fn villages() -> String {
    let mut rows = String::from("name,label\n");
    for n in 0..5000 {
        let first = ["Ngara", "Élevé", "Kisumu", "São", "Mwanza", "Al"][n % 6];
        let second = ["North", "South", "Dodoma", "Tomé", "El Fasher"][n % 5];
        writeln!(rows, "v{n},{first} {second} {n}").expect("texts take everything");
    }
    rows
}

/// The form with its files in a folder, served.
fn serve() -> Result<(TempDir, Server)> {
    let folder = tempdir()?;
    let form = Path::new(env!("CARGO_MANIFEST_DIR")).join("forms/all-controls.md");
    std::fs::copy(form, folder.path().join("all-controls.md"))?;
    std::fs::write(folder.path().join("face.png"), DOT)?;
    std::fs::write(folder.path().join("beep.wav"), hum())?;
    std::fs::write(folder.path().join("villages.csv"), villages())?;
    let server = Server::start(folder.path(), &["--form", "all-controls.md"])?;
    Ok((folder, server))
}

fn url(server: &Server) -> String {
    format!("{}/s/all-controls?lang=en", server.url)
}

/// The answers in the draft that the phone keeps.
fn draft(phone: &Phone) -> Result<Value> {
    let text = phone.page.text(
        "new Promise((done, fail) => {
            const open = indexedDB.open('baraza');
            open.onerror = () => fail(open.error);
            open.onsuccess = () => {
                const all = open.result.transaction('drafts').objectStore('drafts').getAll();
                all.onsuccess = () => { open.result.close(); done(JSON.stringify(all.result.map(({ answers }) => answers))); };
            };
        })",
    )?;
    let drafts: Vec<Value> = serde_json::from_str(&text)?;
    drafts.into_iter().next().context("no draft")
}

/// Waits until the draft's answer to a question is as a test wants it.
fn draft_has(phone: &Phone, key: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
    for _ in 0..200 {
        let answer = draft(phone)?[key].clone();
        if wanted(&answer) {
            return Ok(answer);
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    anyhow::bail!("the draft has {} for {key}", draft(phone)?[key])
}

/// Number of files that the phone keeps.
const FILES: &str = "new Promise((done) => {
    const open = indexedDB.open('baraza');
    open.onsuccess = () => {
        const count = open.result.transaction('files').objectStore('files').count();
        count.onsuccess = () => { open.result.close(); done(count.result); };
    };
})";

fn exported(folder: &Path) -> Result<std::collections::BTreeMap<String, String>> {
    let export = baraza(folder, &["export", "--out", "r.csv"]);
    anyhow::ensure!(
        export.status.success(),
        "{}",
        String::from_utf8_lossy(&export.stderr)
    );
    csv_rows(&folder.join("r.csv"))?
        .into_iter()
        .next()
        .context("no response")
}

#[test]
fn a_form_with_every_control_is_filled_and_arrives() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    let more = json!({"home": "-1.28333 36.81667 1600 4", "thousands": "1250000", "link": "https://example.org/a",
        "village": "v1234", "month": "2023-05-01", "year": "1999-01-01"});
    phone.fill_all(&more)?;
    assert_eq!(phone.screen()?, "review");
    assert_eq!(phone.send()?, "sent");
    assert_eq!(
        phone.page.eval(FILES)?,
        json!(0),
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

/// Puts a picture of 1600 by 1000 into a question's file input, turned on its side by its EXIF data if wanted.
const GIVE_PHOTO: &str = r"async (key, name) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1600, height: 1000 });
  const context = canvas.getContext('2d');
  context.fillStyle = '#36c';
  context.fillRect(0, 0, 800, 1000);
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg'));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  // Orientation 6, 'turn by 90 degrees', as phones write it.
  const exif = [0xff, 0xe1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const files = new DataTransfer();
  files.items.add(new File([bytes.slice(0, 2), new Uint8Array(exif), bytes.slice(2)], name));
  const input = document.querySelector(`.question[data-key='${key}'] input[type=file]`);
  input.files = files.files;
  input.dispatchEvent(new Event('change'));
}";

#[test]
fn a_photo_is_made_small_on_the_phone_and_arrives() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    phone.hurry_to("photo")?;
    phone
        .page
        .eval(&format!("({GIVE_PHOTO})('photo', 'IMG_1.JPG')"))?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file img')?.complete === true")?;
    let size = phone.page.eval("(() => { const { naturalWidth, naturalHeight } = document.querySelector('.kept-file img'); return `${naturalWidth} ${naturalHeight}`; })()")?;
    assert_eq!(size, json!("400 640"), "as large as the form allows, and upright");
    assert_eq!(
        phone.page.text("document.querySelector('.kept-file img').alt")?,
        "Picture for: A photo of the road"
    );
    phone.page.shot("photo-en")?;
    let first = draft_has(&phone, "photo", Value::is_string)?;

    // Taken away, the file goes as well; another one is there after a reload.
    phone.tap(".remove-file")?;
    draft_has(&phone, "photo", Value::is_null)?;
    phone
        .page
        .eval(&format!("({GIVE_PHOTO})('photo', 'IMG_2.JPG')"))?;
    let again = draft_has(&phone, "photo", Value::is_string)?;
    assert_eq!(first, again, "the same bytes have the same name");
    assert_eq!(
        phone.page.eval(FILES)?,
        json!(1),
        "the one taken away is not kept"
    );
    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.querySelector('.kept-file img')?.naturalHeight === 640")?;
    phone.next()?;
    phone.fill_all(&json!({}))?;
    assert_eq!(phone.send()?, "sent");
    server.stop()?;
    let row = exported(folder.path())?;
    assert_eq!(json!(row["photo"]), again);
    let bytes: Vec<u8> = rusqlite::Connection::open(folder.path().join("baraza.db"))?.query_row(
        "SELECT bytes FROM media WHERE name = ?1",
        [&row["photo"]],
        |row| row.get(0),
    )?;
    assert!(bytes.starts_with(&[0xff, 0xd8]), "a JPEG");
    assert!(
        !bytes.windows(4).any(|four| four == b"Exif"),
        "nothing that the camera wrote"
    );
    Ok(())
}

#[test]
fn a_village_is_found_among_5000_without_a_stall() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    phone.hurry_to("columns")?;
    phone.page.eval("(() => { window.stalls = []; new PerformanceObserver((list) => window.stalls.push(...list.getEntries().map((entry) => entry.duration))).observe({ entryTypes: ['longtask'] }); })()")?;
    phone
        .page
        .tab
        .call_method(Emulation::SetCPUThrottlingRate { rate: 6.0 })?;
    phone.next()?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    let stalls: Vec<f64> = serde_json::from_str(&phone.page.text("JSON.stringify(window.stalls)")?)?;
    println!("opening a question with 5,000 choices at 6x slowdown, longest tasks in ms: {stalls:?}");
    assert!(stalls.iter().all(|stall| *stall < 250.0), "{stalls:?}");
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
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    for (width, height) in [(360, 640), (320, 568), (1280, 800)] {
        let phone = Phone::open_sized(&browser, &url(&server), width, height)?;
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
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
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
    let kept = draft_has(&phone, "member", |members| {
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
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
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
fn a_day_in_a_label_is_written_as_the_language_writes_it() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
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

fn locate(phone: &Phone, latitude: f64, longitude: f64, accuracy: f64) -> Result<()> {
    phone.page.tab.call_method(BrowserProtocol::GrantPermissions {
        permissions: vec![BrowserProtocol::PermissionType::Geolocation],
        origin: None,
        browser_context_id: None,
    })?;
    phone.page.tab.call_method(Emulation::SetGeolocationOverride {
        latitude: Some(latitude),
        longitude: Some(longitude),
        accuracy: Some(accuracy),
        altitude: None,
        altitude_accuracy: None,
        heading: None,
        speed: None,
    })?;
    Ok(())
}

#[test]
fn a_place_is_rounded_before_anything_keeps_it() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    phone.hurry_to("home")?;
    assert!(
        phone
            .page
            .text("document.querySelector('.place .hint').innerText")?
            .contains("1 km"),
        "and it says so"
    );
    locate(&phone, -1.283_333, 36.816_667, 7.0)?;
    phone.tap(".finder button")?;
    let home = draft_has(&phone, "home", Value::is_string)?;
    phone.page.shot("place-en")?;
    let numbers: Vec<f64> = home
        .as_str()
        .unwrap_or_default()
        .split(' ')
        .map(|n| n.parse().unwrap_or(f64::NAN))
        .collect();
    assert!(
        (numbers[0] + 1.283_333).abs() < 0.0045 && (numbers[0] + 1.283_333).abs() > 1e-5,
        "{home}"
    );
    assert!(
        (numbers[1] - 36.816_667).abs() < 0.0045 && (numbers[1] - 36.816_667).abs() > 1e-5,
        "{home}"
    );
    assert_eq!(
        numbers[2..],
        [0.0, 1000.0],
        "no altitude, and no more accuracy than the square has"
    );

    // Typed by hand it is the same square, even while it is typed.
    phone.write("home", "-1.2833 36.8166")?;
    draft_has(&phone, "home", |answer| *answer == home)?;
    phone.hurry_to("well")?;
    phone.tap(".finder button")?;
    phone
        .page
        .wait_for("document.querySelector('.finder p').innerText.includes('7 m')")?;
    // Not near enough to be taken at once, near enough for who asks.
    phone.tap(".finder button + button")?;
    draft_has(&phone, "well", |answer| {
        *answer == json!("-1.283333 36.816667 0 7")
    })?;

    phone.hurry_to("field")?;
    for (n, at) in [(1, 36.81), (2, 36.82), (3, 36.83)] {
        locate(&phone, -1.28 + f64::from(n % 2) / 100.0, at, 3.0)?;
        phone.tap(".finder button")?;
        phone
            .page
            .wait_for(&format!("document.querySelectorAll('.points li').length === {n}"))?;
    }
    let field = draft_has(&phone, "field", |answer| {
        answer.as_str().is_some_and(|text| text.matches(';').count() == 3)
    })?;
    let points: Vec<&str> = field.as_str().unwrap_or_default().split(';').collect();
    assert_eq!(points.first(), points.last(), "closed");
    Ok(())
}

/// Squares of all sizes all over the world: rounding twice is rounding once, the centre is near, and neighbours in the
/// same square come out the same.
const ROUNDING: &str = r"async (address) => {
  const { coarsened, squareOf } = await import(address);
  let state = 7;
  const chance = () => { state = (state * 48271) % 2147483647; return state / 2147483647; };
  for (let i = 0; i < 20000; i++) {
    const metres = 10 ** (1 + 4 * chance());
    const [lat, lon] = [180 * chance() - 90, 360 * chance() - 180];
    const once = coarsened(`${lat} ${lon} 1234 3`, metres);
    if (coarsened(once, metres) !== once) return `twice: ${lat} ${lon} ${metres}: ${once}`;
    const [a, b, altitude, accuracy] = once.split(' ').map(Number);
    if (altitude !== 0 || accuracy < metres) return `more than place: ${once}`;
    const [north, east] = [(a - lat) * 111320, (b - lon) * 111320 * Math.cos((a * Math.PI) / 180)];
    const polar = Math.abs(lat) > 89 || b === 0;
    if (Math.abs(north) > metres / 2 + 1 || (!polar && Math.abs(east) > metres / 2 + 1)) return `far: ${lat} ${lon} ${metres}: ${once}`;
    const [lat2, lon2] = [a + (0.9 * (lat - a)), b + (0.9 * (lon - b))];
    if (String(squareOf(lat2, lon2, metres)) !== String(squareOf(lat, lon, metres)) && !polar) return `split: ${lat} ${lon} ${metres}`;
  }
  return 'all';
}";

#[test]
fn rounding_keeps_no_more_than_the_square() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    let outcome = phone.page.text(&format!(
        "({ROUNDING})(new URL('coarse.js', document.querySelector('script[type=module]').src).href)"
    ))?;
    assert_eq!(outcome, "all");
    Ok(())
}

#[test]
fn questions_and_choices_are_heard_and_seen() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    phone.hurry_to("greeting")?;
    assert_eq!(
        phone.page.text("document.querySelector('.question img').alt")?,
        "Good day, . Listen first."
    );
    phone
        .page
        .wait_for("document.querySelector('.question img').naturalWidth === 1")?;
    phone.hurry_to("fruit")?;
    // A choice whose files are missing shows its label alone.
    let buttons =
        "[...document.querySelectorAll('.play')].map((play) => play.getAttribute('aria-label')).join()";
    assert_eq!(
        phone.page.text(buttons)?,
        "Listen: Which fruit?,Listen: Apple,Listen: Mango"
    );
    phone.page.eval("(() => { window.heard = []; const play = Audio.prototype.play; Audio.prototype.play = function () { const sound = this; sound.addEventListener('playing', () => window.heard.push(sound)); return play.call(sound); }; })()")?;
    phone.tap(".question > fieldset > .sound .play")?;
    phone.page.wait_for(
        "window.heard.length === 1 && !window.heard[0].paused && window.heard[0].currentTime > 0",
    )?;
    assert_eq!(
        phone.page.text(buttons)?,
        "Stop: Which fruit?,Listen: Apple,Listen: Mango"
    );
    phone.page.shot("heard-en")?;
    // One at a time, and a second tap stops it.
    phone.tap(".sounded .play")?;
    phone
        .page
        .wait_for("window.heard.length === 2 && window.heard[0].paused && !window.heard[1].paused")?;
    assert_eq!(
        phone
            .page
            .eval("document.querySelector('.choice input:checked')")?,
        json!(null),
        "listening is not choosing"
    );
    phone.tap(".sounded .play")?;
    phone.page.wait_for("window.heard[1].paused")?;
    let (width, height) = (
        phone
            .page
            .eval("document.querySelector('.sounded .play').offsetWidth")?,
        phone
            .page
            .eval("document.querySelector('.sounded .play').offsetHeight")?,
    );
    assert!(
        width.as_u64() >= Some(48) && height.as_u64() >= Some(48),
        "{width} by {height}"
    );
    Ok(())
}

#[test]
fn a_drawing_is_kept_line_by_line() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, server) = serve()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &url(&server))?;
    phone.hurry_to("signature")?;
    let line = "(() => { const pad = document.querySelector('.pad'); const { left, top } = pad.getBoundingClientRect();
        pad.setPointerCapture = () => {};
        const at = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: left + x, clientY: top + y, bubbles: true }));
        at('pointerdown', 20, 20); at('pointermove', 90, 60); at('pointerup', 90, 60); })()";
    phone.page.eval(line)?;
    let first = draft_has(&phone, "signature", Value::is_string)?;
    phone.page.eval(&line.replace("20, 20", "20, 90"))?;
    let second = draft_has(&phone, "signature", |answer| *answer != first)?;
    phone.page.shot("signature-en")?;
    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.querySelector('.question')?.dataset.key === 'signature'")?;
    assert_eq!(draft(&phone)?["signature"], second);
    let dark = "[...document.querySelector('.pad').getContext('2d').getImageData(0, 0, 300, 200).data].filter((value, index) => index % 4 === 0 && value < 100).length > 50";
    phone.page.wait_for(dark)?;
    phone.tap(".remove-file")?;
    draft_has(&phone, "signature", Value::is_null)?;
    phone.page.wait_for(&format!("!({dark})"))?;
    Ok(())
}

/// Every text of the interface in every language, with the plural forms that the language has.
#[test]
fn no_text_of_the_interface_lacks_a_language() -> Result<()> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/web");
    let plurals = [("ar", 6), ("en", 2), ("es", 3), ("fr", 3), ("sw", 2)];
    for folder in ["i18n", "i18n/more"] {
        let read = |language: &str| -> Result<serde_json::Map<String, Value>> {
            Ok(serde_json::from_str(&std::fs::read_to_string(
                web.join(folder).join(format!("{language}.json")),
            )?)?)
        };
        let english = read("en")?;
        for (language, forms) in plurals {
            let texts = read(language)?;
            assert_eq!(
                texts.keys().collect::<Vec<_>>(),
                english.keys().collect::<Vec<_>>(),
                "{folder}/{language}"
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
