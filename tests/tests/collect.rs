//! A respondent answers on a phone, and the answer is found in the CSV.

use anyhow::Result;
use baraza_tests::{Browser, Phone, Server, baraza, chromium, csv_rows};
use serde_json::json;
use tempfile::tempdir;

#[test]
fn an_answer_given_on_a_phone_is_found_in_the_csv() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    assert!(
        server.announced.contains("/s/community-security"),
        "{}",
        server.announced
    );
    assert!(
        server.announced.contains('█'),
        "a code to scan: {}",
        server.announced
    );
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(
        &browser,
        &format!(
            "{}/s/community-security?psu=c07&stratum=north&base_weight=1.5&consent=yes",
            server.url
        ),
    )?;
    phone.page.shot("first-screen-en")?;

    phone.go_to("consent")?;
    let refused = phone
        .next()
        .expect_err("consent has to be acknowledged")
        .to_string();
    assert!(!refused.is_empty());
    phone.choose("consent", "yes")?;
    phone.next()?;
    phone.go_to("area")?;
    phone.choose("area", "north")?;
    phone.next()?;

    // The constraint is shown, in words of its own, and the answer can be mended.
    phone.go_to("age")?;
    phone.write("age", "340")?;
    let told = phone.next().expect_err("340 years").to_string();
    assert!(told.len() > 10, "{told}");
    phone.page.shot("constraint-en")?;
    phone.write("age", "34")?;
    phone.next()?;

    phone.go_to("gender")?;
    phone.choose("gender", "woman")?;
    phone.next()?;
    assert!(
        !phone.questions()?.contains(&"under_age".to_owned()),
        "adults are not sent away"
    );

    // Whoever was never displaced is not asked since when.
    let preferred = json!({"gender": "woman", "displacement": "never_displaced", "group": "prefer_not_to_say",
        "incident": "no", "adults": "3", "threats": "crime", "biggest_threat": "=1+1 \"roads\", at night"});
    phone.fill_all(&preferred)?;
    assert_eq!(phone.screen()?, "review");
    phone.page.shot("review-en")?;
    assert_eq!(phone.send()?, "sent");
    phone.page.shot("sent-en")?;
    server.stop()?;

    let export = baraza(folder.path(), &["export", "--out", "responses.csv"]);
    assert!(
        export.status.success(),
        "{}",
        String::from_utf8_lossy(&export.stderr)
    );
    let rows = csv_rows(&folder.path().join("responses.csv"))?;
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let is = |column: &str, value: &str| assert_eq!(row[column], value, "column {column}");
    is("outcome", "complete");
    is("flags", "");
    is("age", "34");
    is("gender", "woman");
    is("psu", "c07");
    is("stratum", "north");
    is("adults", "3");
    is("weight", "4.5");
    is("threats", "crime");
    is("threats/crime", "1");
    is("threats/armed_groups", "0");
    is("incident", "no");
    is("incidents", "");
    is("displacement_length", "");
    is("biggest_threat", "'=1+1 \"roads\", at night");
    Ok(())
}

#[test]
fn a_survey_in_arabic_runs_from_right_to_left() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/s/community-security?lang=ar", server.url))?;
    assert_eq!(phone.page.text("document.documentElement.dir")?, "rtl");
    assert_eq!(phone.page.text("document.documentElement.lang")?, "ar");
    phone.page.shot("first-screen-ar")?;
    phone.go_to("consent")?;
    phone.page.shot("consent-ar")?;
    phone.choose("consent", "yes")?;

    // The language changes in the middle, and the answer stays.
    phone.page.eval("(() => { const s = document.getElementById('language'); s.value = '0'; s.dispatchEvent(new Event('change')); })()")?;
    phone.page.wait_for("document.documentElement.lang === 'en'")?;
    assert_eq!(
        phone
            .page
            .eval("document.querySelector('input[value=yes]').checked")?,
        json!(true)
    );
    phone.next()?;
    phone.fill_all(&json!({"area": "north", "age": "40", "gender": "man"}))?;
    assert_eq!(phone.send()?, "sent");

    // The same at a desk.
    let desk = Phone::open_sized(
        &browser,
        &format!("{}/s/community-security?lang=ar", server.url),
        1280,
        800,
    )?;
    desk.go_to("consent")?;
    desk.page.shot("consent-ar-desktop")?;
    assert_eq!(
        desk.page
            .eval("document.documentElement.scrollWidth <= innerWidth")?,
        json!(true),
        "nothing sticks out"
    );
    Ok(())
}

#[test]
fn what_is_finished_without_a_server_arrives_when_it_is_back_and_once() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let url = server.url.clone();
    let port = server.port();
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{url}/s/community-security"))?;
    phone.fill_all(&json!({"consent": "yes", "area": "east", "age": "52", "gender": "man"}))?;
    server.stop()?;
    assert_eq!(phone.send()?, "waiting");
    phone.page.shot("waiting-en")?;

    let server = Server::start_on(folder.path(), port, &[])?;
    phone.tap("#send-now")?;
    phone.page.wait_for("document.body.dataset.state === 'sent'")?;
    server.stop()?;
    let export = baraza(folder.path(), &["export", "--out", "r.csv"]);
    assert!(export.status.success());
    let rows = csv_rows(&folder.path().join("r.csv"))?;
    assert_eq!(
        rows.iter().map(|row| row["age"].as_str()).collect::<Vec<_>>(),
        ["52"]
    );
    Ok(())
}

#[test]
fn a_refusal_stores_no_answers_and_a_minor_is_not_asked() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    let url = format!("{}/s/community-security", server.url);
    for answers in [
        json!({"consent": "no"}),
        json!({"consent": "yes", "area": "west", "age": "16"}),
    ] {
        let phone = Phone::open(&browser, &url)?;
        phone.fill_all(&answers)?;
        phone.page.shot(&format!(
            "refused-or-young-{}",
            answers["consent"].as_str().unwrap_or_default()
        ))?;
        assert_eq!(phone.send()?, "sent");
    }
    server.stop()?;
    baraza(folder.path(), &["export", "--out", "r.csv"]);
    let rows = csv_rows(&folder.path().join("r.csv"))?;
    assert_eq!(
        rows.iter().map(|row| row["outcome"].as_str()).collect::<Vec<_>>(),
        ["refused", "ineligible"]
    );
    assert!(
        rows.iter()
            .all(|row| row["age"].is_empty() && row["area"].is_empty())
    );
    Ok(())
}
