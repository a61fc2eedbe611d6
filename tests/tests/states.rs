//! Every state of the phone at 360 by 640: nothing sticks out. With `BARAZA_SHOTS=FOLDER` a picture of each is kept.

use anyhow::{Result, ensure};
use baraza_tests::{Browser, Page, Tour, chromium};

/// What sticks out to a side, or is cut off.
const OUT: &str = "(() => {
    const wide = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} wide`] : [];
    const cut = [...document.querySelectorAll('button, h1, h2, p, label, legend, span')]
        .filter((e) => e.offsetParent && !e.closest('.unseen') && getComputedStyle(e).overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1)
        .map((e) => `cut: ${e.outerHTML.slice(0, 200)}`);
    return [...wide, ...cut].join('\\n');
})()";

fn looks_at_every_state(language: &str) -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let browser = Browser::start(&chromium)?;
    let mut seen = 0;
    let mut wrong = Vec::new();
    let mut look = |page: &Page, name: &str| {
        seen += 1;
        page.shot(&format!("{language}-{seen:03}-{name}"))?;
        let out = page.text(OUT)?;
        if !out.is_empty() {
            wrong.push(format!("{name}: {out}"));
        }
        Ok(())
    };
    Tour {
        browser: &browser,
        language,
        look: &mut look,
    }
    .all()?;
    println!("{language}: {seen} states");
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_state_fits_a_small_phone_from_left_to_right() -> Result<()> {
    looks_at_every_state("en")
}

#[test]
fn every_state_fits_a_small_phone_from_right_to_left() -> Result<()> {
    looks_at_every_state("ar")
}
