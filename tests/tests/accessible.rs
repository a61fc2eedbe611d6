//! Whether everybody can use it: axe-core's rules, sizes of what is tapped, a zoom of 200 %, and a keyboard alone.

use anyhow::{Context, Result, ensure};
use baraza_tests::{AXE_JUDGE, Browser, Page, Phone, Server, Tour, axe, chromium};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tempfile::tempdir;

/// What is tapped and too small: 24 px for all (or alone in a circle of 24 px), 44 px high for what stands by itself.
const SMALL: &str = "[...document.querySelectorAll('button, select, input:not([type=hidden]), textarea, summary, a[href]')]
    .filter((e) => e.checkVisibility() && !e.closest('.unseen') && !e.disabled && !(e.tagName === 'A' && getComputedStyle(e).display === 'inline'))
    .map((e) => [e, (e.closest('.choice, .cell, label') ?? e).getBoundingClientRect()])
    .filter(([e, { width, height }]) => height < 43.5 || width < (e.closest('.cell') ? 23.5 : 43.5))
    .map(([e, { width, height }]) => `${Math.round(width)} by ${Math.round(height)}: ${e.outerHTML.slice(0, 160)}`).join('\\n')";

const WIDE: &str = "document.documentElement.scrollWidth > innerWidth
    ? [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('.unseen') && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1))
        .slice(0, 3).map((e) => e.outerHTML.slice(0, 160)).join('\\n') || 'something' : ''";

fn judges_every_state(language: &str) -> Result<()> {
    let (Some(chromium), Some(axe)) = (chromium(), axe()) else {
        return Ok(());
    };
    let browser = Browser::start(&chromium)?;
    let (mut wrong, mut advice) = (BTreeMap::new(), BTreeSet::new());
    let mut seen = 0;
    let mut look = |page: &Page, name: &str| {
        seen += 1;
        let mut found = |what: &str, lines: &str| {
            for line in lines.lines() {
                wrong
                    .entry(format!("{what}: {line}"))
                    .or_insert_with(|| name.to_owned());
            }
        };
        if page.eval("typeof axe")? != json!("object") {
            page.eval(&format!("(() => {{ {axe}\n; return true; }})()"))?;
        }
        // So high that nothing lies under the foot: it can be scrolled out from there.
        page.resize(360, 5000, 1.0)?;
        let judged = page.text(AXE_JUDGE)?;
        for line in judged.lines() {
            match line.strip_prefix("best-practice ") {
                Some(line) => drop(advice.insert(format!("{name}: {line}"))),
                None => found("axe", line),
            }
        }
        found("small", &page.text(SMALL)?);
        page.resize(180, 320, 2.0)?;
        found("wide at 200 %", &page.text(WIDE)?);
        page.shot(&format!("zoom-{language}-{seen:03}-{name}"))?;
        page.resize(360, 640, 1.0)
    };
    Tour {
        browser: &browser,
        language,
        look: &mut look,
    }
    .all()?;
    println!("{language}: {seen} states; advice only:\n{advice:#?}");
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

#[test]
fn every_state_keeps_the_rules_from_left_to_right() -> Result<()> {
    judges_every_state("en")
}

#[test]
fn every_state_keeps_the_rules_from_right_to_left() -> Result<()> {
    judges_every_state("ar")
}

/// What has the focus: its kind, and what is wrong with how it is seen.
const FOCUS: &str = "(() => {
    const e = document.activeElement;
    if (!e || e === document.body) return '{}';
    const shown = e.matches('.choice input, .cell input') ? [e.parentElement.querySelector('span:last-child'), '::before'] : [e, null];
    const { outlineStyle, outlineWidth } = getComputedStyle(...shown);
    const { left, top, width, height } = e.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + Math.min(height, innerHeight) / 2];
    const over = document.elementFromPoint(x, y);
    const hidden = !over || !(e.contains(over) || over.contains(e));
    const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    const question = e.closest('.question');
    const open = question && !question.querySelector(':checked, [data-code][aria-pressed=true]') && !e.value.replace(e.type === 'radio' || e.type === 'checkbox' ? e.value : '', '');
    return JSON.stringify({ id: e.id, type: e.type ?? e.tagName, inQuestion: question !== null, open: Boolean(open),
        wrong: [ring ? '' : 'no ring', hidden ? `hidden by ${over?.outerHTML.slice(0, 80)}` : ''].filter(Boolean).join(', '), html: e.outerHTML.slice(0, 120) });
})()";

/// Goes by Tab from here to what leads on, and answers what is on the way.
fn answers_by_keys(page: &Page) -> Result<String> {
    for _ in 0..120 {
        page.tab.press_key("Tab")?;
        let focus: serde_json::Value = serde_json::from_str(&page.text(FOCUS)?)?;
        let said = |key: &str| focus[key].as_str().unwrap_or_default();
        ensure!(said("wrong").is_empty(), "{focus}");
        if ["next", "send"].contains(&said("id")) {
            return Ok(said("id").to_owned());
        }
        if focus["inQuestion"] != json!(true) || focus["open"] != json!(true) {
            continue;
        }
        match said("type") {
            "radio" => {
                // To the last and back, as radio buttons go.
                page.tab.press_key(" ")?;
                page.tab.press_key("ArrowUp")?;
                page.tab.press_key("ArrowDown")?;
            }
            "checkbox" | "button" if said("type") == "checkbox" || said("html").contains("data-code") => {
                page.tab.press_key(" ")?;
            }
            "select-one" => page.tab.press_key("ArrowDown")?,
            "text" | "textarea" | "number" | "tel" => page.tab.type_str("34")?,
            _ => {}
        }
    }
    anyhow::bail!("no way on by Tab")
}

#[test]
fn a_keyboard_alone_goes_through_the_survey_and_always_sees_where_it_is() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    for language in ["en", "ar"] {
        let folder = tempdir()?;
        let server = Server::start(folder.path(), &[])?;
        let browser = Browser::start(&chromium)?;
        let phone = Phone::open(
            &browser,
            &format!("{}/s/community-security?lang={language}", server.url),
        )?;
        let page = &phone.page;
        page.tab.bring_to_front()?;
        let place = "document.body.dataset.screen + document.getElementById('count').textContent";
        for screens in 1.. {
            ensure!(screens < 80, "it never ends");
            let before = page.text(place)?;
            let by = answers_by_keys(page)
                .with_context(|| format!("{language} {before} {:?}", phone.questions()))?;
            page.tab.press_key("Enter")?;
            page.wait_for(&format!("{place} !== {}", json!(before)))
                .with_context(|| format!("{:?} {}", phone.questions(), phone.error().unwrap_or_default()))?;
            if by == "send" {
                println!("{language}: {screens} screens by keyboard");
                break;
            }
        }
        page.wait_for("document.body.dataset.state === 'sent'")?;
    }
    Ok(())
}
