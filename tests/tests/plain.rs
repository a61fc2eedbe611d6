//! The survey without scripts: whole stories with nothing but forms that are sent.

use anyhow::{Context, Result};
use baraza_tests::{Browser, Page, Plain, Server, chromium, put_field, serve_all_controls, shared};
use headless_chrome::protocol::cdp::{Emulation, Input};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// Answers, flags and ID of every response, in the order of their arrival.
fn stored(folder: &Path) -> Result<Vec<(Value, String, String)>> {
    let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
    let mut statement = database.prepare("SELECT answers, flags, instance_id FROM response ORDER BY id")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?)))?;
    rows.map(|row| {
        let (answers, flags, id) = row?;
        Ok((serde_json::from_str(&answers)?, flags, id))
    })
    .collect()
}

/// A form written as Markdown, served, and its first page.
fn serve(markdown: &str) -> Result<(TempDir, Server, Plain)> {
    let folder = tempdir()?;
    std::fs::write(folder.path().join("form.md"), markdown)?;
    let server = Server::start(folder.path(), &["--form", "form.md"])?;
    let page = Plain::open(&server.url, "/s/form/plain")?;
    Ok((folder, server, page))
}

/// Fills a form to its end and sends it; what is stored has no flags.
fn fill(server: &Server, folder: &Path, path: &str, prefer: &[(&str, &str)]) -> Result<(usize, Value)> {
    let mut page = Plain::open(&server.url, path)?;
    let pages = page.fill_all(&prefer.iter().copied().collect::<BTreeMap<_, _>>())?;
    page.press("send")?;
    assert_eq!(page.outcome(), "sent", "{}", page.words());
    let (answers, flags, _) = stored(folder)?.pop().context("a response")?;
    assert_eq!(flags, "[]", "page and server agree on what is allowed");
    println!(
        "{path}: {pages} pages, {} answers",
        answers.as_object().map_or(0, serde_json::Map::len)
    );
    Ok((pages, answers))
}

#[test]
fn the_default_survey_is_filled_and_the_api_would_have_stored_the_same() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let choice = Plain::open(&server.url, "/s/community-security/plain?enumerator=12")?;
    assert!(
        choice.html.contains("plain?lang=sw&amp;enumerator=12")
            || choice.html.contains("plain?lang=sw&#38;enumerator=12"),
        "{}",
        choice.html
    );
    let path = "/s/community-security/plain?lang=sw";
    let (pages, answers) = fill(&server, folder.path(), path, &[("consent", "yes"), ("age", "34")])?;
    assert!(pages > 10, "{pages}");
    assert_eq!(
        (&answers["consent"], &answers["age"]),
        (&json!("yes"), &json!(34))
    );
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    let (version, started, finished): (String, String, String) =
        database.query_row("SELECT version, started, finished FROM response", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let response = json!({
        "form": "community-security", "version": version, "instance_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        "started": started, "finished": finished, "language": "sw", "answers": answers,
    });
    let (status, said) = server.post(
        "community-security",
        "application/json",
        response.to_string().as_bytes(),
    )?;
    assert_eq!((status, &said["status"]), (200, &json!("stored")));
    let both = stored(folder.path())?;
    assert_eq!((&both[0].0, &both[0].1), (&both[1].0, &both[1].1));
    // Who does not take part leaves the consent alone behind, here as well.
    let mut page = Plain::open(&server.url, "/s/community-security/plain?lang=en")?;
    page.press("next")?;
    page.answer(&[("consent", "no")])?;
    for _ in 0..5 {
        if page.screen() == "review" {
            break;
        }
        page.press("next")?;
    }
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    assert_eq!(stored(folder.path())?[2].0, json!({"consent": "no"}));
    Ok(())
}

#[test]
fn every_kind_of_question_is_answered_without_scripts() -> Result<()> {
    let (folder, server, _) = serve_all_controls()?;
    let prefer = [
        ("village", "v4"),
        ("year", "2024"),
        ("month", "2024-02"),
        ("home", "1.292066, 36.821945"),
    ];
    let path = "/s/all-controls/plain?lang=ar&name=Mona";
    let (_, answers) = fill(&server, folder.path(), path, &prefer)?;
    assert_eq!(
        answers["home"], "1.289077 36.817618 0 1000",
        "rounded before anything keeps it"
    );
    assert_eq!(
        (&answers["year"], &answers["month"]),
        (&json!("2024-01-01"), &json!("2024-02-01"))
    );
    assert_eq!(answers["member"].as_array().map(Vec::len), Some(2));
    assert_eq!(answers["counted"].as_array().map(Vec::len), Some(2));
    let wanted = [answers["member"][0]["member_name"].clone()];
    assert!(
        wanted.contains(&answers["speaker"]),
        "an answer that was given is a choice"
    );
    assert!(answers.get("device").is_none() && answers.get("audit").is_none());
    let media: i64 = rusqlite::Connection::open(folder.path().join("baraza.db"))?.query_row(
        "SELECT count(*) FROM media_use",
        [],
        |row| row.get(0),
    )?;
    assert!(media >= 1, "{media}");
    Ok(())
}

#[test]
fn published_forms_are_filled_and_stored() -> Result<()> {
    let forms: [(&str, &[(&str, &str)]); 8] = [
        (
            "REACH_2024_MSNA-kobo-tool_draft_v11.xlsx",
            &[("consent", "yes"), ("hh_size", "3")],
        ),
        ("UNHCR_RMS_CAPI_v2.xlsx", &[("Intro03", "1"), ("Intro04", "1")]),
        (
            "WFP_RBDstandardized_questionnaireFCSHDDS.xlsx",
            &[("FCSStap", "7"), ("FCSPulse", "2")],
        ),
        ("WFP_RBDstandardized_questionnaireHHS.xlsx", &[]),
        ("getodk_socio-economic-survey-v20240515.xlsx", &[]),
        ("getodk_all-question-types-v2024091201-3.xlsx", &[]),
        ("getodk_ifrc-distribution-site-assessment-v1.xlsx", &[]),
        ("CorrelAid_testB.xlsx", &[]),
    ];
    for (file, prefer) in forms {
        let folder = tempdir()?;
        let path = shared("xlsforms").join(file);
        let server = Server::start(folder.path(), &["--form", path.to_str().context("a path")?])?;
        let survey = server
            .announced
            .split("/s/")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next());
        let survey = survey.context("a survey")?;
        let start = Plain::open(&server.url, &format!("/s/{survey}/plain"))?;
        let query = start
            .html
            .split("/plain?")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_default();
        let path = format!("/s/{survey}/plain?{query}");
        fill(&server, folder.path(), &path, prefer).with_context(|| file.to_owned())?;
    }
    Ok(())
}

const RULES: &str = "
| survey |                      |       |                |          |            |                    |          |            |               |             |
|        | type                 | name  | label          | required | constraint | constraint_message | relevant | appearance | baraza::pass  | calculation |
|        | integer              | age   | How old?       | yes      | . < 120    | Too old            |          |            |               |             |
|        | select_multiple help | help  | Which help?    |          |            |                    |          |            |               |             |
|        | text                 | fear  | What troubles? | yes      |            |                    |          |            | yes           |             |
|        | begin_group          | home  | Home           |          |            |                    |          | field-list |               |             |
|        | select_one yn        | roof  | A roof?        | yes      |            |                    |          |            |               |             |
|        | text                 | where | Where then?    | yes      |            |                    | ${roof} = 'no' |      |               |             |
|        | end_group            |       |                |          |            |                    |          |            |               |             |
|        | rank help            | order | In which order? |         |            |                    |          |            |               |             |
|        | calculate            | double | x             |          |            |                    |          |            |               | ${age} * 2  |
| choices |           |       |           |                 |
|         | list_name | name  | label     | baraza::special |
|         | help      | water | Water     |                 |
|         | help      | food  | Food      |                 |
|         | help      | none  | No help   | none            |
|         | yn        | yes   | Yes       |                 |
|         | yn        | no    | No        |                 |
| settings | |
| | form_id |
| | form |
";

#[test]
fn a_page_says_which_answer_is_wrong_and_keeps_what_was_typed() -> Result<()> {
    let (folder, _server, mut page) = serve(RULES)?;
    page.press("next")?;
    assert_eq!(
        page.question("age")?.error.as_deref(),
        Some("Please answer this question before you go on.")
    );
    page.answer(&[("age", "130")])?;
    assert_eq!(page.question("age")?.error.as_deref(), Some("Too old"));
    page.answer(&[("age", "twelve")])?;
    assert_eq!(
        page.question("age")?.error.as_deref(),
        Some("Please enter a whole number.")
    );
    assert_eq!(page.question("age")?.inputs[0].value, "twelve");
    page.answer(&[("age", "٣٤")])?;

    page.answer(&[("help", "water none")])?;
    let error = page.question("help")?.error.context("an error")?;
    assert!(error.contains("No help"), "{error}");
    // Back does not check, and keeps everything.
    page.press("back")?;
    assert_eq!(page.question("age")?.inputs[0].value, "34");
    page.press("next")?;
    let ticked: Vec<String> = page
        .question("help")?
        .inputs
        .into_iter()
        .filter(|input| input.on)
        .map(|input| input.value)
        .collect();
    assert_eq!(ticked, ["water", "none"]);
    page.answer(&[("help", "food water")])?;

    page.press("next")?;
    assert!(page.question("fear")?.error.is_some());
    let mut fields = page.fields();
    let fear = page.question("fear")?.field;
    put_field(&mut fields, &fear, &["<script>alert('&')</script>"]);
    put_field(&mut fields, &format!("{fear}-pass"), &["dont_know"]);
    page.send(fields.clone(), "next")?;
    assert!(
        page.question("fear")?.error.is_some(),
        "an answer, and that there is none"
    );
    assert!(!page.html.contains("<script"), "{}", page.html);
    put_field(&mut fields, &fear, &[""]);
    page.send(fields, "next")?;

    // What is asked because of an answer on the page comes before the page is left.
    page.answer(&[("roof", "no")])?;
    assert_eq!(page.question("where")?.error, None, "nobody has been asked yet");
    page.press("next")?;
    assert!(page.question("where")?.error.is_some());
    assert!(
        page.html
            .contains(&format!("href=\"#{}\"", page.question("where")?.field)),
        "a link leads to the field"
    );
    page.answer(&[("where", "Under a tree")])?;

    let mut fields = page.fields();
    let order = page.question("order")?.field;
    put_field(&mut fields, &order, &["food", "food"]);
    page.send(fields.clone(), "next")?;
    assert!(
        page.question("order")?
            .error
            .context("an error")?
            .contains("Food")
    );
    put_field(&mut fields, &order, &["", "food", "water"]);
    page.send(fields, "next")?;
    assert_eq!(page.screen(), "review", "{}", page.words());
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    let (answers, flags, _) = stored(folder.path())?.remove(0);
    let wanted = json!({
        "age": 34, "help": ["water", "food"], "fear": {"pass": "dont_know"}, "roof": "no", "where": "Under a tree",
        "order": ["food", "water"], "double": "68",
    });
    assert_eq!((answers, flags.as_str()), (wanted, "[]"));
    Ok(())
}

#[test]
fn sending_twice_in_any_way_is_one_response() -> Result<()> {
    let (folder, server, mut page) = serve(RULES)?;
    let prefer = BTreeMap::from([("age", "30"), ("roof", "yes"), ("help", "water")]);
    page.fill_all(&prefer)?;
    let review = page.html.clone();
    // A double tap: both at once.
    let mut twice = [page.again(&review), page.again(&review), page.again(&review)];
    std::thread::scope(|scope| {
        for page in &mut twice {
            scope.spawn(move || page.press("send"));
        }
    });
    for page in &twice {
        assert_eq!(page.outcome(), "sent");
    }
    // Back by the browser, and again; back by the page, and forward.
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    let mut page = page.again(&review);
    std::thread::sleep(std::time::Duration::from_millis(20));
    page.press("back")?;
    page.press("next")?;
    assert_eq!(page.screen(), "review");
    assert_ne!(page.state()?, page.again(&review).state()?, "another moment");
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    let count = |table: &str| -> Result<i64> {
        Ok(database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
    };
    assert_eq!((count("response")?, count("response_conflict")?), (1, 0));
    // Other answers to the same response lose nothing: both are kept.
    let mut page = page.again(&review);
    page.press("back")?;
    let mut fields = page.fields();
    put_field(&mut fields, &page.question("order")?.field, &["water", "food"]);
    page.send(fields, "next")?;
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    assert_eq!((count("response")?, count("response_conflict")?), (1, 1));
    drop(server);
    Ok(())
}

#[test]
fn answers_outlive_the_server_and_a_server_that_can_not_write_says_so() -> Result<()> {
    let (folder, server, mut page) = serve(RULES)?;
    page.answer(&[("age", "41")])?;
    server.kill()?;
    let server = Server::start(folder.path(), &["--form", "form.md"])?;
    page.move_to(&server.url);
    let prefer = BTreeMap::from([("roof", "yes"), ("help", "water")]);
    page.fill_all(&prefer)?;
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    database.execute_batch("BEGIN IMMEDIATE")?;
    page.press("send")?;
    assert_eq!(
        (page.status, page.outcome().as_str()),
        (503, "unsent"),
        "{}",
        page.words()
    );
    assert!(stored(folder.path())?.is_empty());
    database.execute_batch("ROLLBACK")?;
    page.press("send")?;
    assert_eq!((page.status, page.outcome().as_str()), (200, "sent"));
    assert_eq!(stored(folder.path())?[0].0["age"], 41);
    Ok(())
}

#[test]
fn a_form_that_was_begun_is_finished_in_its_version() -> Result<()> {
    let (folder, server, mut page) = serve(RULES)?;
    page.answer(&[("age", "50")])?;
    let newer = RULES
        .replace("| form_id |", "| form_id | version |")
        .replace("| form |", "| form | 2 |")
        .replace("| settings | |", "| settings | | |");
    std::fs::write(
        folder.path().join("newer.md"),
        newer.replace("What troubles?", "What else?"),
    )?;
    let published = baraza_tests::baraza(folder.path(), &["publish", "newer.md"]);
    assert!(published.status.success(), "{}", baraza_tests::told(&published));
    page.press("next")?;
    assert!(page.words().contains("What troubles?"), "{}", page.words());
    page.fill_all(&BTreeMap::from([("roof", "yes"), ("help", "water")]))?;
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    assert_eq!(stored(folder.path())?[0].1, "[]");
    let fresh = Plain::open(&server.url, "/s/form/plain")?;
    assert!(fresh.words().contains("How old?"));
    Ok(())
}

#[test]
fn repeats_are_added_to_changed_and_shortened() -> Result<()> {
    let form = "
| survey |              |        |           |
|        | type         | name   | label     |
|        | begin_repeat | member | Member    |
|        | text         | who    | Who?      |
|        | integer      | years  | How old is ${who}? |
|        | end_repeat   |        |           |
| settings | |
| | form_id |
| | form |
";
    let (folder, _server, mut page) = serve(form)?;
    for name in ["Amina", "Bakari", "Chausiku"] {
        if page.screen() == "repeat" {
            page.press("add")?;
        }
        page.answer(&[("who", name)])?;
        assert!(
            page.words().contains(&format!("How old is {name}")),
            "{}",
            page.words()
        );
        page.answer(&[("years", "x")])?;
        page.answer(&[("years", "20")])?;
    }
    assert!(
        page.words().contains("Amina") && page.words().contains("Chausiku"),
        "{}",
        page.words()
    );
    page.press("remove:1")?;
    assert!(page.words().contains("Bakari"), "{}", page.words());
    page.press("removed:1")?;
    assert!(!page.words().contains("Bakari"), "{}", page.words());
    page.press("edit:1")?;
    assert_eq!(page.question("who")?.inputs[0].value, "Chausiku");
    page.answer(&[("who", "Chiku")])?;
    page.press("next")?;
    page.press("next")?;
    page.press("send")?;
    assert_eq!(page.outcome(), "sent", "{}", page.words());
    let wanted = json!({"member": [{"who": "Amina", "years": 20}, {"who": "Chiku", "years": 20}]});
    assert_eq!(stored(folder.path())?[0].0, wanted);
    Ok(())
}

#[test]
fn a_village_is_found_among_thousands() -> Result<()> {
    let (_folder, server, _) = serve_all_controls()?;
    let mut page = Plain::open(&server.url, "/s/all-controls/plain?lang=en")?;
    while page.question("village").is_err() {
        page.press("next")?;
        assert_eq!(page.screen(), "question");
    }
    assert!(page.html.len() < 20_000, "{} bytes", page.html.len());
    let field = page.question("village")?.field;
    let mut fields = page.fields();
    put_field(&mut fields, &format!("{field}-find"), &["sao tome 9"]);
    // The key 'enter' is the button 'next', and a search that is new is not left.
    page.send(fields, "next")?;
    let found = page
        .question("village")?
        .inputs
        .into_iter()
        .filter(|input| input.kind == "radio")
        .count();
    assert!((1..=50).contains(&found), "{found}");
    assert!(page.html.contains("São Tomé") && page.html.len() < 40_000);
    let code = page
        .question("village")?
        .inputs
        .into_iter()
        .find(|input| input.kind == "radio");
    let code = code.context("a choice")?.value;
    page.answer(&[("village", &code)])?;
    assert!(page.question("villages").is_ok(), "{}", page.words());
    page.press("back")?;
    let on = page
        .question("village")?
        .inputs
        .into_iter()
        .find(|input| input.on);
    assert_eq!(on.context("still chosen")?.value, code);
    Ok(())
}

#[test]
fn a_photo_loses_its_place_and_one_that_is_too_large_is_told() -> Result<()> {
    let folder = tempdir()?;
    std::fs::write(
        folder.path().join("form.md"),
        "| survey | | | |\n| | type | name | label |\n| | image | photo | A photo |\n| settings | |\n| | form_id |\n| | form |\n",
    )?;
    let server = Server::start(folder.path(), &["--form", "form.md", "--media-limit-mb", "1"])?;
    let mut page = Plain::open(&server.url, "/s/form/plain")?;
    let field = page.question("photo")?.field;
    let large = vec![7; 2 << 20];
    page.send_files(page.fields(), &[(&field, "a.jpg", &large)], "next")?;
    assert!(
        page.question("photo")?
            .error
            .context("an error")?
            .contains("1 MB")
    );
    let photo = b"\xff\xd8\xff\xe1\0\x13Exif\0\0 SECRET GPS\xff\xda\0\x02picture\xff\xd9";
    page.send_files(page.fields(), &[(&field, "IMG.JPG", photo)], "next")?;
    assert_eq!(page.screen(), "review", "{}", page.words());
    page.press("back")?;
    assert!(page.html.contains(&format!("{field}-drop")));
    page.press("next")?;
    page.press("send")?;
    assert_eq!(page.outcome(), "sent");
    let name = stored(folder.path())?[0].0["photo"]
        .as_str()
        .context("a name")?
        .to_owned();
    let database = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    let bytes: Vec<u8> = database.query_row("SELECT bytes FROM media WHERE name = ?1", [&name], |row| {
        row.get(0)
    })?;
    assert_eq!(bytes, b"\xff\xd8\xff\xda\0\x02picture\xff\xd9");
    assert!(Path::new(&name).extension().is_some_and(|ending| ending == "jpg"));
    Ok(())
}

#[test]
fn a_state_that_someone_wrote_does_no_harm() -> Result<()> {
    let (folder, server, mut page) = serve(RULES)?;
    page.answer(&[("age", "30")])?;
    let good = page.html.clone();
    for bad in ["", "AAAA", "%00", "x\u{1f40d}", &"A".repeat(3 << 20)] {
        let mut page = page.again(&good);
        page.send(vec![("state".into(), bad.into())], "next")?;
        assert!(
            page.status == 400 || page.status == 413,
            "{}: {}",
            page.status,
            bad.len()
        );
        assert_eq!(page.outcome(), "lost");
    }
    // A field of a question that is not on the page, a page that is not there, a button that is none.
    let mut fields = page.fields();
    fields.extend([
        ("q1".into(), "119".into()),
        ("shown".into(), "q1 q2".into()),
        ("lang".into(), "99".into()),
    ]);
    for button in ["edit:0", "removed:99999999999", "send", "constructor", ""] {
        let mut page = page.again(&good);
        page.send(fields.clone(), button)?;
        assert_eq!(page.status, 200, "{}", page.words());
    }
    let mut page = page.again(&good);
    page.send(fields, "back")?;
    assert_eq!(
        page.question("age")?.inputs[0].value,
        "30",
        "only what was shown is answered"
    );
    // Pages of others don't send.
    let body = format!("state={}&do=next", page.state()?);
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let response = agent
        .post(format!("{}/s/form/plain", server.url))
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .send(body.as_bytes())?;
    assert_eq!(response.status().as_u16(), 403);
    assert!(stored(folder.path())?.is_empty());
    assert_eq!(Plain::open(&server.url, "/s/nowhere/plain")?.status, 404);
    Ok(())
}

#[test]
fn browsers_that_run_no_scripts_are_led_here() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let agents = [
        "Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
        "Opera/9.80 (J2ME/MIDP; Opera Mini/7.1.32052/29.3709; U; en) Presto/2.8.119 Version/11.10",
    ];
    for agent in agents {
        let page = ureq::get(format!("{}/s/community-security?lang=fr", server.url))
            .header("user-agent", agent)
            .call()?;
        let html = page.into_body().read_to_string()?;
        assert!(
            html.contains("class=\"plain\"") && html.contains("lang=\"fr\""),
            "{agent}"
        );
    }
    let usual = server.get(
        "/s/community-security?lang=fr",
        &[("user-agent", "Mozilla/5.0 Chrome/120")],
    )?;
    let html = usual.into_body().read_to_string()?;
    assert!(html.contains("url=/s/community-security/plain?lang=fr"), "{html}");
    Ok(())
}

fn without_scripts(browser: &Browser, width: u32, height: u32) -> Result<Page> {
    let page = browser.page(width, height)?;
    page.tab
        .call_method(Emulation::SetScriptExecutionDisabled { value: true })?;
    Ok(page)
}

/// Waits for an element of the page that is asked for.
fn wait(page: &Page, selector: &str) -> Result<()> {
    page.wait_for(&format!("document.querySelector({}) !== null", json!(selector)))
}

/// Taps an element as a thumb does. The page's clock stands still with its scripts, so that nothing may wait for it.
fn tap(page: &Page, selector: &str) -> Result<()> {
    wait(page, selector)?;
    let middle = format!(
        "(() => {{
            const element = document.querySelector({});
            element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
            const {{ left, top, width, height }} = element.getBoundingClientRect();
            return [left + width / 2, top + height / 2];
        }})()",
        json!(selector)
    );
    let at = page.eval(&middle)?;
    for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
        let pressed = kind != "mouseMoved";
        let event = json!({"type": kind, "x": at[0], "y": at[1],
            "button": if pressed { "left" } else { "none" }, "clickCount": i32::from(pressed)});
        page.tab
            .call_method(serde_json::from_value::<Input::DispatchMouseEvent>(event)?)?;
    }
    Ok(())
}

#[test]
fn a_real_browser_without_scripts_fills_the_survey() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let browser = Browser::start(&chromium)?;
    for (language, width, height) in [
        ("en", 360, 640),
        ("ar", 360, 640),
        ("en", 240, 320),
        ("ar", 240, 320),
    ] {
        let page = without_scripts(&browser, width, height)?;
        let name = |place: &str| format!("plain-{language}-{width}-{place}");
        page.tab
            .navigate_to(&format!("{}/s/community-security", server.url))?;
        tap(&page, &format!(".surveys a[lang='{language}']"))?;
        wait(&page, "#next")?;
        page.shot(&name("first"))?;
        tap(&page, "#next")?;
        wait(&page, "[data-key='consent']")?;
        tap(&page, "#next")?;
        wait(&page, ".error")?;
        page.shot(&name("error"))?;
        tap(&page, "input[value='yes']")?;
        page.shot(&name("chosen"))?;
        tap(&page, "#next")?;
        wait(&page, "#back")?;
        page.shot(&name("second"))?;
    }
    Ok(())
}

#[test]
fn a_real_browser_without_scripts_types_goes_back_and_sends() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (folder, server, _) = serve(RULES)?;
    let browser = Browser::start(&chromium)?;
    let page = without_scripts(&browser, 360, 640)?;
    page.tab.navigate_to(&format!("{}/s/form", server.url))?;
    // The page with scripts has led here by itself.
    tap(&page, "[data-key='age'] input")?;
    page.tab.type_str("130")?;
    page.tab.press_key("Enter")?;
    wait(&page, ".error")?;
    page.shot("plain-en-360-constraint")?;
    tap(&page, "[data-key='age'] input")?;
    page.tab.press_key("Backspace")?;
    page.tab.press_key("Enter")?;
    wait(&page, "[data-key='help']")?;
    tap(&page, "input[value='water']")?;
    tap(&page, "#next")?;
    wait(&page, "[data-key='fear']")?;
    tap(&page, "input[value='prefer_not_to_say']")?;
    page.shot("plain-en-360-pass")?;
    tap(&page, "#next")?;
    wait(&page, "[data-key='roof']")?;
    tap(&page, "input[value='no']")?;
    tap(&page, "#next")?;
    wait(&page, "[data-key='where']")?;
    page.shot("plain-en-360-changed")?;
    tap(&page, "#next")?;
    wait(&page, "#errors")?;
    page.shot("plain-en-360-summary")?;
    // The link of the message leads to the field.
    tap(&page, "#errors a")?;
    tap(&page, "[data-key='where'] input")?;
    page.tab.type_str("Under a tree")?;
    tap(&page, "#next")?;
    wait(&page, "[data-key='order']")?;
    page.shot("plain-en-360-rank")?;
    tap(&page, "#next")?;
    wait(&page, "#send")?;
    page.shot("plain-en-360-review")?;
    tap(&page, "#send")?;
    wait(&page, "[data-state='sent']")?;
    page.shot("plain-en-360-sent")?;
    let (answers, flags, _) = stored(folder.path())?.remove(0);
    let wanted = json!({
        "age": 13, "help": ["water"], "fear": {"pass": "prefer_not_to_say"}, "roof": "no", "where": "Under a tree",
        "double": "26",
    });
    assert_eq!((answers, flags.as_str()), (wanted, "[]"));
    Ok(())
}
