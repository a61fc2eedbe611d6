//! Questions that are heard by people who don't read.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, baraza, chromium, told};
use tempfile::tempdir;

const FORM: &str = "\
| survey   |               |       |              |              |          |
|          | type          | name  | label        | media::audio | autoplay |
|          | note          | hello | Good day     |              |          |
|          | select_one l  | safe  | Do you feel safe? | safe.wav | audio    |
|          | select_multiple l | both | And at night? |         |          |
|          | text          | end   | The end      | safe.wav     |          |
| choices  |               |       |              |              |          |
|          | list_name     | name  | label        | media::audio |          |
|          | l             | yes   | Yes          | yes.wav      |          |
|          | l             | no    | No           | no.wav       |          |
|          | l             | maybe | Sometimes    |              |          |
| settings |               |       |              |              |          |
|          | form_id       | version |            |              |          |
|          | heard         | 1     |              |              |          |
";

/// A hum of 8-bit mono at 8000 samples a second.
fn hum(seconds: f64) -> Vec<u8> {
    let samples: Vec<u8> = (0..(8000.0 * seconds) as u32)
        .map(|n| 96 + (n % 64) as u8)
        .collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
}

/// Writes down what begins and ends to be heard.
const LISTEN: &str = "(() => {
    window.log = [];
    const Real = window.Audio;
    window.Audio = function (source) {
        const audio = new Real(source);
        const name = source.split('/').pop().split('.')[0];
        audio.addEventListener('playing', () => window.log.push(name));
        audio.addEventListener('playing', () => window.log.push(...[...document.querySelectorAll('.heard input')].map(({ value }) => `(${value})`)));
        audio.addEventListener('pause', () => { if (!audio.ended) window.log.push(`${name} cut`); });
        return audio;
    };
})()";

fn heard(phone: &Phone) -> Result<String> {
    phone.page.text("window.log.splice(0).join(' ')")
}

#[test]
fn a_question_is_heard_by_itself_and_all_of_it_in_order() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    std::fs::write(folder.path().join("heard.md"), FORM)?;
    for (name, seconds) in [("safe.wav", 0.6), ("yes.wav", 2.0), ("no.wav", 3.0)] {
        std::fs::write(folder.path().join(name), hum(seconds))?;
    }
    let said = told(&baraza(folder.path(), &["publish", "heard.md"]));
    assert!(said.contains("published"), "{said}");
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/heard", server.url))?;
    phone.page.eval(LISTEN)?;

    // By itself as it comes into view, once, and not again when it is answered.
    phone.next()?;
    phone.page.wait_for("window.log.includes('safe')")?;
    phone.choose("safe", "yes")?;
    phone
        .page
        .wait_for("document.querySelector('.play[data-playing=true]') === null")?;
    assert_eq!(heard(&phone)?, "safe");

    // All in order, the choice that is heard is marked; what has no sound is passed over.
    phone.tap(".play.all")?;
    phone.page.wait_for("window.log.includes('(yes)')")?;
    phone.page.shot("prompts-all-en")?;
    phone
        .page
        .wait_for("document.querySelector('.play[data-playing=true]') === null")?;
    assert_eq!(heard(&phone)?, "safe yes (yes) no (no)");

    // One by one, by the keyboard too; one at a time; a second press stops.
    phone
        .page
        .eval("document.querySelectorAll('.sounded .play')[1].focus()")?;
    phone.page.tab.press_key("Enter")?;
    phone.page.wait_for("window.log.includes('no')")?;
    let name = "document.activeElement.getAttribute('aria-label')";
    assert_eq!(phone.page.text(name)?, "Stop: No");
    phone.page.tab.press_key("Enter")?;
    assert_eq!(phone.page.text(name)?, "Listen: No");
    phone.page.wait_for("window.log.includes('no cut')")?;
    assert_eq!(heard(&phone)?, "no (no) no cut");

    // The next screen has choices that are heard without a sound of the question's own; hidden, all is silent.
    phone.next()?;
    phone.tap(".play.all")?;
    phone
        .page
        .wait_for("window.log.includes('(yes)') && (document.getElementById('hide').click(), true)")?;
    phone.page.wait_for("window.log.includes('yes cut')")?;
    phone.page.wait_for("document.title === 'Calculator'")?;
    assert_eq!(
        heard(&phone)?,
        "yes (yes) yes cut",
        "and the next one does not begin"
    );
    phone.page.tab.press_key("Escape")?;

    // Where nothing is in a row there is no button for it, and nothing plays that was not asked for.
    phone.next()?;
    assert_eq!(phone.page.eval("document.querySelectorAll('.play').length")?, 1);
    assert_eq!(
        phone.page.eval("document.querySelectorAll('.play.all').length")?,
        0
    );
    assert_eq!(heard(&phone)?, "");
    Ok(())
}
