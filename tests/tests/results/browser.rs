//! The page in a browser: on a phone and on a desk, from left to right and from right to left, and without scripts.

use super::*;
use baraza_tests::{AXE_JUDGE, Browser, axe, chromium};
use tempfile::tempdir;

pub const WIDE: &str = "document.documentElement.scrollWidth > innerWidth
    ? [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
        .slice(0, 3).map((e) => e.outerHTML.slice(0, 160)).join('\\n') || 'something' : ''";

/// What is tapped and lower than a thumb needs.
const SMALL: &str = "[...document.querySelectorAll('a[href], button, select')].filter((e) => e.checkVisibility())
    .filter((e) => e.getBoundingClientRect().height < 47.5).map((e) => e.outerHTML.slice(0, 120)).join('\\n')";

#[test]
fn everybody_can_use_the_page() -> Result<()> {
    let (Some(chromium), Some(axe)) = (chromium(), axe()) else {
        return Ok(());
    };
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    let browser = Browser::start(&chromium)?;
    signed_in(&browser, &server)?;
    let few = browser.page(360, 640)?;
    few.tab.navigate_to(&format!("{}{PAGE}?lang=en", server.url))?;
    few.tab.wait_until_navigated()?;
    few.shot("results-none")?;
    few.eval(&format!("(() => {{ {axe}\n; return true; }})()"))?;
    let judged = few.text(AXE_JUDGE)?;
    ensure!(judged.is_empty(), "{judged}");
    send(&server, 0..600)?;
    std::thread::sleep(Duration::from_millis(50));
    while get(&server, API)?.0 != 200 {
        std::thread::sleep(Duration::from_millis(100));
    }
    let page = browser.page(360, 640)?;
    page.tab
        .navigate_to(&format!("{}{PAGE}/report?lang=ar", server.url))?;
    page.tab.wait_until_navigated()?;
    page.wait_for("getComputedStyle(document.querySelector('path.b')).strokeWidth === '9px'")?;
    page.shot("results-report")?;
    for language in ["en", "ar"] {
        for (width, height) in [(360, 640), (1280, 800)] {
            for (question, by) in [
                ("safe", "gender"),
                ("threats", "area"),
                ("members", "age"),
                ("harmed", "gender-age"),
                ("nothing", "age"),
            ] {
                let page = browser.page(width, height)?;
                page.tab.navigate_to(&format!(
                    "{}{PAGE}?question={question}&by={by}&lang={language}",
                    server.url
                ))?;
                page.tab.wait_until_navigated()?;
                page.wait_for("document.readyState === 'complete'")?;
                let name = format!("results-{language}-{width}-{question}-{by}");
                page.shot(&name)?;
                let wide = page.text(WIDE)?;
                ensure!(wide.is_empty(), "{name}: {wide}");
                let small = page.text(SMALL)?;
                ensure!(small.is_empty(), "{name}: {small}");
                let broken = page
                    .text("[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src).join()")?;
                ensure!(broken.is_empty(), "{name}: {broken}");
                page.eval(&format!("(() => {{ {axe}\n; return true; }})()"))?;
                page.resize(width, 5000, 1.0)?;
                page.shot(&format!("{name}-whole"))?;
                let judged = page.text(AXE_JUDGE)?;
                ensure!(judged.is_empty(), "{name}: {judged}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_chart_is_saved_as_a_picture() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = serve(folder.path())?;
    send(&server, 0..600)?;
    found(&server, &format!("{API}?question=safe"))?;
    let browser = Browser::start(&chromium)?;
    signed_in(&browser, &server)?;
    for language in ["en", "ar"] {
        let page = browser.page(360, 640)?;
        page.tab.navigate_to(&format!(
            "{}{PAGE}?question=safe&by=gender&lang={language}",
            server.url
        ))?;
        page.tab.wait_until_navigated()?;
        page.wait_for("document.getElementById('png')?.checkVisibility() === true")?;
        // What is saved is looked at before it goes.
        page.eval(
            "(() => { const make = URL.createObjectURL; URL.createObjectURL = (blob) => { window.saved = blob; return make(blob); }; \
             document.getElementById('png').click(); return true; })()",
        )?;
        page.wait_for("window.saved instanceof Blob")?;
        let picture = page.text(
            "(async () => { const picture = await createImageBitmap(saved); const canvas = new OffscreenCanvas(picture.width, picture.height);
              const context = canvas.getContext('2d'); context.drawImage(picture, 0, 0);
              const { data } = context.getImageData(0, 0, picture.width, picture.height);
              let dark = 0, bars = 0;
              for (let at = 0; at < data.length; at += 4) {
                if (data[at] < 60 && data[at + 3] > 200) dark += 1;
                if (Math.abs(data[at] - 0x9d) < 4 && Math.abs(data[at + 2] - 0xcc) < 4) bars += 1;
              }
              return JSON.stringify([saved.type, picture.width, dark, bars]); })()",
        )?;
        let (kind, width, dark, bars): (String, u64, u64, u64) = serde_json::from_str(&picture)?;
        println!("{language}: {picture}");
        // Words and bars are in it, so that its styles came along.
        ensure!(
            kind == "image/png" && width == 3 * 344 && dark > 5000 && bars > 5000,
            "{picture}"
        );
    }
    Ok(())
}
