//! The default survey, filled by `baraza demo`.

use super::*;
use baraza_tests::{Browser, chromium};
use flate2::write::GzEncoder;
use std::io::Write;
use tempfile::tempdir;

/// What a page may weigh, packed as it is sent, with all that it loads but the chart.
const MOST_KB: f64 = 50.0;

fn packed(bytes: &[u8]) -> Result<f64> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes)?;
    Ok(packed.finish()?.len() as f64 / 1000.0)
}

#[test]
fn the_default_survey_says_what_analyse_says_and_its_pages_are_light() -> Result<()> {
    let folder = tempdir()?;
    let made = baraza(
        folder.path(),
        &["demo", "--db", "baraza.db", "--respondents", "500"],
    );
    ensure!(made.status.success(), "{}", told(&made));
    let server = serve_as(folder.path(), &[])?;
    let page = "/desk/surveys/community-security/results";
    let api = "/api/v1/surveys/community-security/results";
    let begun = Instant::now();
    let listed: Value = serde_json::from_slice(&found(&server, api)?)?;
    println!("made in {:.0} s", begun.elapsed().as_secs_f64());
    let ours = rows(&found(&server, &format!("{page}/tidy.csv"))?)?;
    analysed(folder.path(), "t", &[])?;
    let theirs = csv_rows(&folder.path().join("t/tidy.csv"))?;
    same_where_both_show(&ours, &theirs)?;

    let assets = ["style.css", "results.css", "results.js", "icon.svg"];
    let first = text(&server, &format!("{page}?lang=en"))?;
    let prefix = first
        .split("href=\"/a/")
        .nth(1)
        .and_then(|rest| rest.split('/').next())
        .context("a prefix")?;
    let mut loaded = 0.0;
    for asset in assets {
        loaded += packed(&found(&server, &format!("/a/{prefix}/{asset}"))?)?;
    }
    let (mut heaviest, mut of) = (0.0, String::new());
    let questions = listed["questions"].as_array().context("questions")?;
    ensure!(questions.len() > 90, "{}", questions.len());
    for language in ["en", "ar"] {
        for question in questions.iter().step_by(7) {
            for by in listed["by"].as_array().context("by")? {
                let (question, by) = (question["question"].as_str(), by.as_str());
                let path = format!(
                    "{page}?question={}&by={}&lang={language}",
                    question.unwrap_or_default(),
                    by.unwrap_or_default()
                );
                let weight = loaded + packed(&found(&server, &path)?)?;
                if weight > heaviest {
                    (heaviest, of) = (weight, path);
                }
            }
        }
    }
    println!(
        "a page of results with its styles and script, packed: {heaviest:.1} KB at most ({of}); budget {MOST_KB} KB"
    );
    ensure!(heaviest < MOST_KB);
    nothing_sticks_out(&server, page)?;
    let arabic = text(&server, &format!("{page}/report?lang=ar"))?;
    ensure!(
        arabic.contains("lang=\"ar\" dir=\"rtl\"") && arabic.contains("كيف"),
        "a report in another language"
    );
    Ok(())
}

/// Long questions and long lists on a small phone.
fn nothing_sticks_out(server: &Server, page: &str) -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let browser = Browser::start(&chromium)?;
    signed_in(&browser, server)?;
    for language in ["en", "ar"] {
        for (question, by) in [
            ("dark_by_experience.yes", "gender"),
            ("threats", "group"),
            ("age", "area"),
        ] {
            let phone = browser.page(360, 640)?;
            let query = format!("?question={question}&by={by}&lang={language}");
            phone.tab.navigate_to(&format!("{}{page}{query}", server.url))?;
            phone.tab.wait_until_navigated()?;
            phone.wait_for("document.readyState === 'complete'")?;
            let wide = phone.text(browser::WIDE)?;
            ensure!(wide.is_empty(), "{query}: {wide}");
            phone.resize(360, 3000, 1.0)?;
            phone.shot(&format!("results-demo-{language}-{question}"))?;
        }
    }
    Ok(())
}

/// Demonstration interviews may lie in two quarters, which are then a disaggregation more: what both show is the same.
fn same_where_both_show(ours: &[Row], theirs: &[Row]) -> Result<()> {
    let key = |row: &Row| ["question", "category", "by", "domain"].map(|key| row[key].clone());
    let theirs: BTreeMap<_, _> = theirs.iter().map(|row| (key(row), row)).collect();
    let mut both = 0;
    for row in ours.iter().filter(|row| row["by"] != "_round") {
        let other = theirs.get(&key(row)).with_context(|| format!("{row:?}"))?;
        let exact = |row: &Row| matches!(row["status"].as_str(), "published" | "marked");
        if exact(row) && exact(other) {
            both += 1;
            ensure!(&row == other, "{row:?} {other:?}");
        }
    }
    println!("{both} figures are the same");
    ensure!(both > 2000, "{both}");
    Ok(())
}
