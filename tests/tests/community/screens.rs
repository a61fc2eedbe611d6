//! In a real browser: a coordinator makes a page with a thumb, people read it from left to right and from right to
//! left, and it is printed on one sheet.

use super::person::Person;
use super::*;
use baraza_tests::{AXE_JUDGE, axe, chromium};
use tempfile::tempdir;

/// As long as words may be.
fn long(words: &str, most: usize) -> String {
    let mut text = String::new();
    while text.chars().count() < most {
        text += words;
        text.push(' ');
    }
    text.chars().take(most).collect::<String>().trim().to_owned()
}

#[test]
fn a_page_is_made_with_a_thumb_and_read_by_everybody() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let town = Town::of(folder.path(), 160)?;
    let bola = Person::new(&chromium, &town.server)?;
    bola.open("/healthz")?;
    bola.page
        .eval(&format!("document.cookie = '{}; path=/'", town.cookie))?;
    bola.open("/desk/surveys/night")?;
    bola.presses("a[href$='/communities']")?;
    bola.judge_both("communities", DESK)?;
    bola.presses("a[href$='/north']")?;
    bola.sees("Nobody sees a page of this place yet")?;
    bola.presses("a[href$='/north/choose']")?;
    bola.judge_both("community-choose", &format!("{DESK}/north/choose"))?;
    for answer in ["safe", "unsafe"] {
        let box_of =
            format!("document.querySelector('input[value=\\'[\"safe\",\"{answer}\",true]\\']').click()");
        bola.page.eval(&box_of)?;
    }
    bola.presses("button.main")?;
    bola.sees("Saved.")?;
    bola.presses("ol.rows li:first-child a.go")?;
    bola.judge_both("community-finding", &format!("{DESK}/north/findings/0"))?;
    bola.types("words-en", "Only some of us feel safe after dark.")?;
    bola.types("words-ar", "بعضنا فقط يشعر بالأمان بعد حلول الظلام.")?;
    bola.presses("form:not([enctype]) button.main")?;
    bola.sees("Only some of us feel safe after dark.")?;
    bola.judge_both("community-texts", &format!("{DESK}/north/texts"))?;
    bola.types(
        "intro-en",
        "In November people of this place were asked how safe they feel. Thank you!",
    )?;
    bola.types(
        "intro-ar",
        "سُئل الناس هنا في تشرين الثاني عن شعورهم بالأمان. شكرًا لكم!",
    )?;
    bola.types("contact-en", "The school, on Mondays from 9 to 12.")?;
    bola.types(
        "contact-ar",
        "المدرسة، أيام الاثنين من 9 إلى 12. هاتف المكتب: 0800 123 456 أو ٠٨٠٠ ١٢٣ ٤٥٧",
    )?;
    bola.presses("form:not([enctype]) button.main")?;
    bola.judge_both("community-meeting", &format!("{DESK}/north/meetings/new"))?;
    bola.types("day", "2026-11-20")?;
    bola.types("place-en", "The school")?;
    bola.types("place-ar", "المدرسة")?;
    bola.types("women", "14")?;
    bola.types("men", "11")?;
    bola.types(
        "corrected-en",
        "The road to the well is worse than the figure says.",
    )?;
    bola.page
        .eval("document.querySelector('input[name=public]').click()")?;
    bola.presses("button.main")?;
    bola.sees("On the page")?;
    bola.judge_both("community-agreement", &format!("{DESK}/north/agreements/new"))?;
    bola.types("what-en", "Lamps on the path to the well")?;
    bola.types("what-ar", "مصابيح على الطريق إلى البئر")?;
    bola.types("who-en", "The water committee")?;
    bola.types("due", "2027-03-01")?;
    bola.page.eval("document.querySelector('input[value=under_way]').click(); document.querySelector('input[name=public]').click()")?;
    bola.presses("button.main")?;
    bola.sees("Under way")?;
    bola.presses("a[href$='/release']")?;
    bola.judge_both("community-release", &format!("{DESK}/north/release"))?;
    bola.page
        .eval("document.querySelectorAll('input[name=check]').forEach((one) => one.click())")?;
    bola.presses("button.main")?;
    bola.sees("Everybody who has the address sees the page now")?;
    bola.judge_both("community", &format!("{DESK}/north"))?;
    reads(&bola)?;
    prints(&town, &bola)
}

/// The page as people find it.
fn reads(bola: &Person<'_>) -> Result<()> {
    for (language, words) in [
        ("en", "Only some of us feel safe after dark."),
        ("ar", "بعضنا فقط يشعر بالأمان بعد حلول الظلام."),
    ] {
        bola.open(&format!("{NORTH}?lang={language}"))?;
        bola.sees(words)?;
        bola.judge(&format!("community-page-{language}"))?;
        bola.page.resize(360, 3200, 1.0)?;
        bola.page.shot(&format!("community-page-{language}-whole"))?;
        bola.page.resize(1280, 1600, 1.0)?;
        bola.page.shot(&format!("community-page-{language}-wide"))?;
        bola.page.resize(360, 640, 1.0)?;
    }
    // A number to call reads from left to right, group by group, whatever its digits are.
    let groups = bola.page.text(
        "(() => {
            const text = document.querySelector('.contact');
            const find = (group) => {
                const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
                for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
                    const at = node.data.indexOf(group);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(node, at);
                    range.setEnd(node, at + group.length);
                    return range.getBoundingClientRect().left;
                }
                return NaN;
            };
            text.style.whiteSpace = 'nowrap';
            return [['0800', '456'], ['٠٨٠٠', '٤٥٧']].map(([first, last]) => find(first) < find(last)).join();
        })()",
    )?;
    ensure!(groups == "true,true", "numbers are read backwards: {groups}");
    bola.presses("a[hreflang=en]")?;
    bola.sees("Only some of us feel safe after dark.")
}

/// One sheet of the right size, also with as much as may be written in each place.
fn prints(town: &Town, bola: &Person<'_>) -> Result<()> {
    printed(bola, NORTH, "short")?;
    let sentence = long("Many people here said that they do not feel safe after dark", 160);
    let arabic = long("قال كثير من الناس هنا إنهم لا يشعرون بالأمان بعد حلول الظلام", 160);
    // The most is said of a place that has no figures of its own.
    let offered = town.desk("/west/choose")?.text;
    let names: Vec<String> = offered
        .split("name=\"figure\" value=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap_or_default().replace("&#34;", "\""))
        .take(6)
        .collect();
    ensure!(names.len() == 6, "{names:?}");
    town.choose("west", &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    for finding in 0..6 {
        let path = format!("/west/findings/{finding}");
        town.does(&path, &[("words-en", &sentence), ("words-ar", &arabic)])?;
    }
    let (intro, asked) = (
        long("In November people of this place were asked", 240),
        long("Why is it so here", 100),
    );
    let mut texts = vec![
        ("intro-en", intro.as_str()),
        ("intro-ar", &intro),
        ("contact-en", &intro),
    ];
    texts.extend(
        ["question0-en", "question1-en", "question2-en", "question3-en"].map(|name| (name, asked.as_str())),
    );
    town.does("/west/texts", &texts)?;
    town.release("west")?;
    printed(bola, "/c/night/west", "long")
}

fn printed(bola: &Person<'_>, page: &str, name: &str) -> Result<()> {
    for (paper, wide, high) in [
        ("a4", 210.0, 297.0),
        ("a3", 297.0, 420.0),
        ("placemat", 420.0, 297.0),
    ] {
        for language in ["en", "ar"] {
            let name = format!("community-{paper}-{name}-{language}");
            bola.open(&format!("{page}?lang={language}&paper={paper}"))?;
            bola.page.resize(1700, 1700, 1.0)?;
            bola.page.shot(&name)?;
            let unasked = bola.page.text(
                "[...document.querySelectorAll('.sheet article, .told')]
                    .filter((one) => !one.querySelector('.asked')).map((one) => one.innerText).join('\\n')",
            )?;
            ensure!(
                unasked.is_empty(),
                "{name} does not say what was asked: {unasked}"
            );
            // Nothing that was written is cut off.
            let cut = bola.page.text(
                "[...document.querySelectorAll('.sheet, .sheet article, .quarters section')]
                    .filter((one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
                    .map((one) => `${one.className || one.tagName}: ${one.scrollHeight} in ${one.clientHeight}`).join('\\n')",
            )?;
            ensure!(cut.is_empty(), "{name}: {cut}");
            if let Some(axe) = axe() {
                bola.page.eval(&format!("{axe}; true"))?;
                let found = bola.page.text(AXE_JUDGE)?;
                ensure!(found.is_empty(), "{name}: {found}");
            }
            bola.page.resize(360, 640, 1.0)?;
            bola.page.shot(&format!("{name}-phone"))?;
            fits_a_phone(bola, &name)?;
            let pdf = bola.page.tab.paper()?;
            if let Some(shots) = std::env::var_os("BARAZA_SHOTS") {
                std::fs::write(Path::new(&shots).join(format!("{name}.pdf")), &pdf)?;
            }
            let text = String::from_utf8_lossy(&pdf);
            ensure!(
                text.matches("/Type /Page\n").count() == 1,
                "{name} is not one page"
            );
            let size = between(&text, "/MediaBox [0 0 ", "]")?;
            let mut sides = size.split(' ').map(str::parse::<f64>);
            let mut side = || sides.next().context("a side")?.context("a number");
            for (is, millimetres) in [(side()?, wide), (side()?, high)] {
                let points: f64 = millimetres / 25.4 * 72.0;
                ensure!((is - points).abs() < 2.0, "{name} is {size} points");
            }
        }
    }
    Ok(())
}

/// All of a sheet is on the screen, and a button prints it.
fn fits_a_phone(bola: &Person<'_>, name: &str) -> Result<()> {
    let place = bola.page.text(
        "(() => {
            const { left, right } = document.querySelector('.sheet').getBoundingClientRect();
            const { scrollWidth, clientWidth } = document.documentElement;
            const fits = left > -1 && right < clientWidth + 1 && scrollWidth === clientWidth;
            return fits ? '' : `${left} to ${right} of ${clientWidth}, ${scrollWidth} to scroll`;
        })()",
    )?;
    ensure!(place.is_empty(), "{name} is cut off: {place}");
    bola.page
        .wait_for("document.querySelector('[data-print]').checkVisibility()")
}
