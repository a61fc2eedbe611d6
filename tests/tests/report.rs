//! The report of `baraza analyse`: light, for everybody, on a phone and on paper.

use anyhow::{Context, Result, ensure};
use baraza_tests::{AXE_JUDGE, Browser, axe, baraza, chromium, csv_rows};
use std::path::Path;
use tempfile::tempdir;

/// The report of the default survey in a language.
fn report(folder: &Path, more: &[&str]) -> Result<String> {
    if !folder.join("demo.db").exists() {
        let made = baraza(folder, &["demo", "--db", "demo.db", "--respondents", "1500"]);
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let all = [
        &[
            "analyse", "--db", "demo.db", "--out", "tables", "--format", "html",
        ],
        more,
    ]
    .concat();
    let made = baraza(folder, &all);
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(std::fs::read_to_string(folder.join("tables/report.html"))?)
}

/// What the page may weigh, packed as a mail or a server packs it: a hundred tables by gender, age and group.
const MOST_KB: usize = 150;

#[test]
fn the_report_of_the_default_survey_is_light() -> Result<()> {
    let folder = tempdir()?;
    for language in ["en", "fr", "ar", "es", "sw"] {
        let html = report(folder.path(), &["--language", language])?;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, html.as_bytes())?;
        let packed = packed.finish()?.len() / 1000;
        println!("report, {language}: {} KB, {packed} KB packed", html.len() / 1000);
        ensure!(packed <= MOST_KB, "{packed} KB packed");
        ensure!(!html.contains("http") && !html.contains("<script"));
    }
    Ok(())
}

#[test]
fn everybody_can_read_the_report() -> Result<()> {
    let (Some(chromium), Some(axe)) = (chromium(), axe()) else {
        return Ok(());
    };
    let folder = tempdir()?;
    let browser = Browser::start(&chromium)?;
    for (language, more) in [("en", &[][..]), ("ar", &["--arabic-digits"][..])] {
        let html = report(folder.path(), &[&["--language", language], more].concat())?;
        let path = folder.path().join(format!("{language}.html"));
        std::fs::write(&path, html)?;
        let page = browser.page(360, 640)?;
        page.tab.navigate_to(&format!("file://{}", path.display()))?;
        page.tab.wait_until_navigated()?;
        page.eval(
            "[...document.querySelectorAll('details')].slice(0, 6).forEach((e) => { e.open = true; })",
        )?;
        page.shot(&format!("report-{language}"))?;
        let wide = page.text(
            "document.documentElement.scrollWidth > innerWidth ? String(document.documentElement.scrollWidth) : ''",
        )?;
        ensure!(wide.is_empty(), "{language}: {wide} px wide");
        page.eval(&format!("(() => {{ {axe}\n; return true; }})()"))?;
        let judged = page.text(AXE_JUDGE).context("axe")?;
        let must: Vec<&str> = judged
            .lines()
            .filter(|line| !line.starts_with("best-practice"))
            .collect();
        println!("{language}: advice only:\n{judged}");
        ensure!(must.is_empty(), "{language}: {must:#?}");
    }
    Ok(())
}

/// A difference is called one only where the table of differences marks it, and then it is.
#[test]
fn the_report_names_the_differences_that_hold() -> Result<()> {
    let folder = tempdir()?;
    let html = report(folder.path(), &["--language", "en", "--format", "html,csv"])?;
    let differences = csv_rows(&folder.path().join("tables/differences.csv"))?;
    let marked = |question: &str| {
        let rows = differences.iter();
        rows.filter(|row| row["question"] == question && row["marked"] == "yes")
            .count()
    };
    let mut named = 0;
    for section in html.split("<section class=\"q\" id=\"").skip(1) {
        let key = section.split('"').next().context("an id")?;
        let listed = section.split("<div class=\"diff\">").nth(1).map_or(0, |list| {
            list.split("</div>")
                .next()
                .unwrap_or_default()
                .matches("<li>")
                .count()
        });
        let question = key.strip_prefix("q-").unwrap_or(key).replace(".2e", ".");
        assert_eq!(listed, marked(&question), "{question}");
        named += listed;
    }
    assert!(named > 10, "{named} differences in a survey of 1,500");
    assert!(html.contains("they were tested and hold"));
    let without = report(folder.path(), &["--language", "en", "--no-tests"])?;
    assert!(
        !without.contains("class=\"diff\"")
            && without.contains("No difference in this report has been tested")
    );
    Ok(())
}
