//! What is photographed, drawn, seen and heard on a phone.

use anyhow::Result;
use baraza_tests::{Browser, Phone, chromium, exported, serve_all_controls};
use serde_json::{Value, json};

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
    let (folder, server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
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
    let first = phone.draft_has("photo", Value::is_string)?;

    // Taken away, the file goes as well; another one is there after a reload.
    phone.tap(".remove-file")?;
    phone.draft_has("photo", Value::is_null)?;
    phone
        .page
        .eval(&format!("({GIVE_PHOTO})('photo', 'IMG_2.JPG')"))?;
    let again = phone.draft_has("photo", Value::is_string)?;
    assert_eq!(first, again, "the same bytes have the same name");
    assert_eq!(phone.files_kept()?, 1, "the one taken away is not kept");
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
fn a_drawing_is_kept_line_by_line() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    phone.hurry_to("signature")?;
    let line = "(() => { const pad = document.querySelector('.pad'); const { left, top } = pad.getBoundingClientRect();
        pad.setPointerCapture = () => {};
        const at = (type, x, y) => pad.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: left + x, clientY: top + y, bubbles: true }));
        at('pointerdown', 20, 20); at('pointermove', 90, 60); at('pointerup', 90, 60); })()";
    phone.page.eval(line)?;
    let first = phone.draft_has("signature", Value::is_string)?;
    phone.page.eval(&line.replace("20, 20", "20, 90"))?;
    let second = phone.draft_has("signature", |answer| *answer != first)?;
    phone.page.shot("signature-en")?;
    phone.page.tab.reload(false, None)?;
    phone
        .page
        .wait_for("document.querySelector('.question')?.dataset.key === 'signature'")?;
    assert_eq!(phone.draft()?["signature"], second);
    let dark = "[...document.querySelector('.pad').getContext('2d').getImageData(0, 0, 300, 200).data].filter((value, index) => index % 4 === 0 && value < 100).length > 50";
    phone.page.wait_for(dark)?;
    phone.tap(".remove-file")?;
    phone.draft_has("signature", Value::is_null)?;
    phone.page.wait_for(&format!("!({dark})"))?;
    Ok(())
}

#[test]
fn questions_and_choices_are_heard_and_seen() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
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
    // The button for all of them says so itself.
    let buttons = "[...document.querySelectorAll('.play[aria-label]')].map((play) => play.getAttribute('aria-label')).join()";
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
