//! A working day on one phone: sixty responses with photos, a server that is there half of the time, pages closed and
//! opened again, a newer version of the page at noon, on a database that an older one began.

use anyhow::{Context, Result, ensure};
use baraza_tests::rig::{Keeps, Proxy, arrived};
use baraza_tests::{Browser, Page, Phone, Server, chromium, free_port};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;
use tempfile::tempdir;

const FORM: &str = "\
| survey   |               |         |          |
|          | type          | name    | label    |
|          | text          | words   | Words    |
|          | select_one ab | pick    | Pick one |
|          | image         | photo   | A photo  |
| choices  |               |         |       |
|          | list_name     | name    | label |
|          | ab            | a       | A     |
|          | ab            | b       | B     |
| settings |               |         |
|          | form_id       | version |
|          | day           | 1       |
";

/// Responses of the day, of which the first few were left by an older version of the page.
const ALL: usize = 60;
const OLDER: usize = 3;
/// Before and after lunch.
const NOON: usize = ALL / 2;

const ASK_NOW: &str = "dispatchEvent(new Event('online'))";

/// What a browser does by itself once a day at least.
const LOOK_FOR_UPDATE: &str =
    "navigator.serviceWorker.getRegistration().then((found) => found.update()).then(() => true)";

/// Gives the photo in sight so many pixels of noise of its own, and tells its bytes' digest and size as they are kept.
const PHOTO: &str = "(async (side) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
    const pixels = new ImageData(side, side);
    for (let at = 0; at < pixels.data.length; at += 65536) crypto.getRandomValues(pixels.data.subarray(at, at + 65536));
    canvas.getContext('2d').putImageData(pixels, 0, 0);
    const files = new DataTransfer();
    files.items.add(new File([await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9))], 'a.jpg'));
    const input = document.querySelector('input[type=file]');
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
})";

const ON_QUESTION: &str = "document.body?.dataset.screen === 'question'";

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn words(number: usize) -> String {
    format!("response {number}")
}

/// The database as an older version left it, with finished responses and their files.
fn leave_older(browser: &Browser, url: &str) -> Result<()> {
    let (mut outbox, mut files) = (Vec::new(), Vec::new());
    for number in 0..OLDER {
        let instance = format!("{number:08}-1111-4111-8111-111111111111");
        let bytes = format!("a photo of {number}").repeat(2000);
        let name = format!("{}.jpg", digest(bytes.as_bytes()));
        let at = "2026-01-01T10:00:00.000+00:00";
        let answers = json!({"words": words(number), "pick": "a", "photo": name});
        let body = json!({"form": "day", "version": "1", "instance_id": instance, "started": at, "finished": at, "language": "und", "answers": answers});
        outbox.push(json!({"instance": instance, "survey": "day", "body": body.to_string(), "saved": number, "files": [name]}));
        files.push(json!({"instance": instance, "name": name, "bytes": bytes}));
    }
    Keeps::make_older(browser, url, 2, &[], &outbox, &files)
}

/// Names and sizes of the photos as the phone kept them, by what was answered.
type Photos = BTreeMap<String, (String, u64)>;

/// Notes what waits, before it is sent.
fn note(page: &Page, photos: &mut Photos) -> Result<()> {
    let keeps = Keeps::on(page)?;
    for kept in &keeps.outbox {
        let body: Value = serde_json::from_str(&kept.body)?;
        let said = |key: &str| body["answers"][key].as_str().unwrap_or_default().to_owned();
        let name = said("photo");
        let file = keeps
            .files
            .iter()
            .find(|(of, file, _)| *of == kept.instance && *file == name);
        let (.., size) = file.with_context(|| format!("{} waits without its photo", said("words")))?;
        photos.insert(said("words"), (name, *size));
    }
    Ok(())
}

/// Fills one, with a reload in the middle of some.
fn fills(phone: &Phone, number: usize) -> Result<()> {
    let page = &phone.page;
    page.wait_for(ON_QUESTION)?;
    // A newer version may be taken up before the first letter; the page is there again after it.
    let script = format!(
        "(() => {{ const field = document.querySelector('.question input'); if (!field) return false; field.value = {}; field.dispatchEvent(new Event('input', {{ bubbles: true }})); return true; }})()",
        json!(words(number))
    );
    page.wait_for(&script)?;
    phone.hurry_to("pick")?;
    page.eval("document.querySelector('.question input[value=b]').click()")?;
    phone.hurry_to("photo")?;
    page.eval(&format!(
        "{PHOTO}({})",
        if number.is_multiple_of(10) { 900 } else { 200 }
    ))?;
    page.wait_for("document.querySelector('.remove-file')?.hidden === false")?;
    if number.is_multiple_of(7) {
        page.tab.reload(false, None)?;
        page.wait_for("document.querySelector('.remove-file')?.hidden === false")?;
    }
    page.eval("document.getElementById('next').click()")?;
    page.wait_for("document.body.dataset.screen === 'review'")?;
    page.eval("document.getElementById('send').click()")?;
    page.wait_for("document.body.dataset.screen === 'done'")
}

/// A newer version comes while the page is open, and is taken up when nobody is in the middle of a form.
fn update(phone: &Phone, folder: &Path, network: &Proxy, server: &mut Server) -> Result<()> {
    let newer = Server::start_as(folder, free_port(), &[], "afternoon")?;
    network.lead_to(newer.port());
    std::mem::replace(server, newer).stop()?;
    network.down(false);
    phone.page.eval(LOOK_FOR_UPDATE)?;
    phone
        .page
        .wait_for("navigator.serviceWorker.getRegistration().then((found) => Boolean(found.waiting))")?;
    Ok(())
}

#[test]
fn a_day_of_sixty_responses_arrives_once_each_with_its_photos() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let began = Instant::now();
    let folder = tempdir()?;
    std::fs::write(folder.path().join("f.md"), FORM)?;
    let mut server = Server::start(folder.path(), &["--form", "f.md"])?;
    let network = Proxy::before(server.port())?;
    let browser = Browser::start(&chromium)?;
    leave_older(&browser, &network.url)?;
    let mut photos = Photos::new();

    // In the office the page is opened and kept; what the older one left may go at once.
    let url = format!("{}/s/day", network.url);
    let phone = Phone::open(&browser, &url)?;
    phone.page.wait_for("document.body.dataset.offline === 'true'")?;
    let before = phone.page.text("document.querySelector('script[src]').src")?;
    for number in OLDER..ALL {
        // There is a connection for five, and none for the next five.
        network.down(number % 10 < 5);
        if number == NOON {
            update(&phone, folder.path(), &network, &mut server)?;
            network.down(true);
        }
        fills(&phone, number).with_context(|| format!("response {number}"))?;
        // The first without a connection may meet what is still on its way.
        if (1..5).contains(&(number % 10)) {
            note(&phone.page, &mut photos)?;
        }
        if number % 10 == 5 {
            phone.page.eval(ASK_NOW)?;
        }
        phone.page.eval("document.getElementById('again').click()")?;
    }
    phone.page.wait_for(ON_QUESTION)?;
    let after = phone.page.text("document.querySelector('script[src]').src")?;
    ensure!(before != after, "the newer version was never taken up");

    network.down(false);
    phone.page.eval(ASK_NOW)?;
    for _ in 0..1200 {
        if Keeps::on(&phone.page)?.outbox.is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    let keeps = Keeps::on(&phone.page)?;
    ensure!(keeps.outbox.is_empty() && keeps.files.is_empty(), "{keeps:?}");
    check(folder.path(), &photos)?;
    println!("a day of {ALL} responses took {:.0?}", began.elapsed());
    Ok(())
}

/// All are there once, each with a photo whose bytes are what its name says.
fn check(folder: &Path, photos: &Photos) -> Result<()> {
    let there = arrived(folder)?;
    let said: BTreeSet<String> = (there.rows.iter())
        .map(|row| row.answers["words"].as_str().unwrap_or_default().to_owned())
        .collect();
    let wanted: BTreeSet<String> = (0..ALL).map(words).collect();
    ensure!(
        said == wanted,
        "missing: {:?}",
        wanted.difference(&said).collect::<Vec<_>>()
    );
    ensure!(there.rows.len() == ALL, "{} rows", there.rows.len());
    ensure!(
        there.rows.iter().all(|row| !row.conflict),
        "two contents under one ID"
    );
    ensure!(there.media.len() == ALL, "{} files", there.media.len());
    for row in &there.rows {
        let name = row.answers["photo"].as_str().unwrap_or_default();
        let bytes = there
            .media
            .get(name)
            .with_context(|| format!("{row:?} has no photo"))?;
        ensure!(name.starts_with(&digest(bytes)), "{name} has other bytes");
        if let Some((kept, size)) = photos.get(row.answers["words"].as_str().unwrap_or_default()) {
            ensure!(
                kept == name && bytes.len() as u64 == *size,
                "{row:?} has another photo"
            );
        }
    }
    // What waited was seen on the phone as it was kept: without these the sizes above say nothing.
    ensure!(photos.len() >= ALL / 3, "only {} were seen waiting", photos.len());
    Ok(())
}
