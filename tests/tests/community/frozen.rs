//! A page stays what it was, says when it is replaced or taken back, and never has a figure that results withhold.

use super::*;
use baraza_tests::told;
use std::collections::BTreeMap;
use tempfile::tempdir;

type Row = BTreeMap<String, String>;

/// The rows of the last release of results.
fn tidy(town: &Town) -> Result<Vec<Row>> {
    let got = town.bola().get("/desk/surveys/night/results/tidy.csv")?;
    ensure!(got.status == 200, "{got:?}");
    Ok(csv::Reader::from_reader(got.text.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()?)
}

/// The figures that a page of the desk offers for a community.
fn offered(town: &Town, community: &str) -> Result<Vec<Value>> {
    let mut offered = Vec::new();
    for more in ["", "?sensitive=yes"] {
        let page = town.desk(&format!("/{community}/choose{more}"))?.text;
        for part in page.split("name=\"figure\" value=\"").skip(1) {
            let name = part.split('"').next().unwrap_or_default().replace("&#34;", "\"");
            offered.push(serde_json::from_str(&name)?);
        }
    }
    Ok(offered)
}

#[test]
fn a_page_stays_what_it_was_until_it_is_replaced_or_taken_back() -> Result<()> {
    let folder = tempdir()?;
    let town = Town::of(folder.path(), 160)?;
    ensure!(town.everybody(NORTH)?.status == 404, "nothing is released");
    let begun = town.desk("/north")?;
    ensure!(
        begun.text.contains("Nobody sees a page of this place yet"),
        "{}",
        begun.text
    );
    ensure!(town.desk("/nowhere")?.status == 404, "no such community");
    town.choose("north", &["[\"safe\",\"unsafe\",true]"])?;
    town.does(
        "/north/texts",
        &[
            ("intro-en", "Thank you & welcome."),
            ("intro-ar", "شكرًا لكم."),
            (
                "contact-en",
                "Come to the <school> on Mondays, or call 0800 123 456.",
            ),
        ],
    )?;
    town.does(
        "/north/findings/0",
        &[
            ("words-en", "Many of us do not feel safe after dark."),
            ("words-ar", "كثيرون منا لا يشعرون بالأمان بعد حلول الظلام."),
        ],
    )?;
    refused(&town)?;
    let replaced = "A page that was there before is replaced";
    ensure!(
        !town.desk("/north/release")?.text.contains(replaced),
        "there was none"
    );
    ensure!(
        !town.desk("/north")?.text.contains("class=\"code\""),
        "nothing to hand on"
    );
    town.release("north")?;
    ensure!(town.desk("/north/release")?.text.contains(replaced));
    handed_on(&town)?;
    let got = town.everybody(&format!("{NORTH}?lang=en"))?;
    ensure!(got.headers.get("set-cookie").is_none(), "{got:?}");
    ensure!(got.headers["x-robots-tag"] == "noindex, nofollow");
    ensure!(
        !got.text.contains("<script") && got.text.contains("noindex"),
        "{}",
        got.text
    );
    ensure!(got.text.len() < 20_000, "{}", got.text.len());
    let (english, arabic) = (got.text, town.public(&format!("{NORTH}?lang=ar"))?);
    reads(&english, &arabic)?;
    // The figure is that of the release, in tens of people and people asked.
    let rows = tidy(&town)?;
    let cell = rows
        .iter()
        .find(|row| row["by"] == "area" && row["domain"] == "north" && row["category"] == "unsafe")
        .context("the cell")?;
    let share: f64 = cell["estimate"].parse()?;
    let filled = english.matches("class=\"one\"").count();
    ensure!(filled == (share * 10.0).round() as usize, "{filled} for {cell:?}");
    ensure!(english.matches("class=\"other\"").count() == 10 - filled);
    ensure!(
        english.contains(&format!("{} people here", cell["n"])),
        "{english}"
    );
    // Results change; the page does not, by a byte.
    town.answers(160..320)?;
    town.results(320)?;
    ensure!(town.public(&format!("{NORTH}?lang=en"))? == english);
    ensure!(town.public(&format!("{NORTH}?lang=ar"))? == arabic);
    ensure!(tidy(&town)? != rows, "there are other results");
    // Nor by what is written at the desk afterwards.
    town.does("/north/findings/0", &[("words-en", "Something else.")])?;
    ensure!(town.public(&format!("{NORTH}?lang=en"))? == english);
    town.release("north")?;
    let second = town.public(&format!("{NORTH}?lang=en"))?;
    ensure!(
        second.contains("Something else.") && second.contains("This is version 2"),
        "{second}"
    );
    ensure!(second.contains("It takes the place of the one of"), "{second}");
    withdrawn(&town)
}

/// What is unchecked, and what has changed since it was looked at, is not released.
fn refused(town: &Town) -> Result<()> {
    let page = town.desk("/north/release")?.text;
    let seen = baraza_tests::desk::hidden(&page, "seen")?;
    let refused = town.send("/north/release", &[("seen", &seen), ("check", "place")])?;
    ensure!(
        refused.status == 422 && refused.text.contains("Nothing was released"),
        "{}",
        refused.text
    );
    ensure!(
        refused.text.contains("value=\"place\" checked"),
        "the tick is kept"
    );
    let mut other = vec![("seen", "0000")];
    other.extend(CHECKS.map(|check| ("check", check)));
    let refused = town.send("/north/release", &other)?;
    ensure!(
        refused.status == 422 && refused.text.contains("Something has changed"),
        "{}",
        refused.text
    );
    ensure!(town.everybody(NORTH)?.status == 404, "nothing is released");
    let preview = town.desk("/north/preview?lang=en")?.text;
    ensure!(
        preview.contains("A preview") && preview.contains("do not feel safe after dark"),
        "{preview}"
    );
    Ok(())
}

/// The desk has its address to copy and to scan, and leads to what is printed.
fn handed_on(town: &Town) -> Result<()> {
    let desk = town.desk("/north")?.text;
    let address = format!("{}{NORTH}", town.server.url);
    ensure!(
        desk.contains(&format!("<a href=\"{NORTH}\" dir=\"ltr\">{address}</a>"))
            && desk.contains("class=\"code\""),
        "{desk}"
    );
    ensure!(desk.contains(&format!("href=\"{NORTH}#print\"")), "{desk}");
    ensure!(town.public(NORTH)?.contains("id=\"print\""));
    Ok(())
}

/// What stands there in both languages.
fn reads(english: &str, arabic: &str) -> Result<()> {
    for words in [
        "<html lang=\"en\" dir=\"ltr\">",
        "North &#60;i&#62;hill&#60;/i&#62;",
        "Thank you &#38; welcome.",
        "Come to the &#60;school&#62; on Mondays, or call <bdo dir=\"ltr\">0800 123 456</bdo>.",
        "Many of us do not feel safe after dark.",
        "of 10 people",
        "people here were asked this and answered",
    ] {
        ensure!(english.contains(words), "{words} is not in {english}");
    }
    for words in [
        "<html lang=\"ar\" dir=\"rtl\">",
        "الشمال",
        "شكرًا لكم.",
        "كثيرون منا لا يشعرون بالأمان",
        "من كل 10 أشخاص",
        // Nobody wrote it in Arabic: it is marked as English.
        "lang=\"en\" dir=\"ltr\">Come to the &#60;school&#62; on Mondays, or call <bdo dir=\"ltr\">0800 123 456</bdo>.",
    ] {
        ensure!(arabic.contains(words), "{words} is not in {arabic}");
    }
    Ok(())
}

/// Takes the page back, which a second tab does not do again; and a third version can follow.
fn withdrawn(town: &Town) -> Result<()> {
    town.does("/north", &[("do", "withdraw"), ("number", "1")])?;
    town.public(NORTH)?;
    town.does("/north", &[("do", "withdraw"), ("number", "2")])?;
    ensure!(
        !town.desk("/north")?.text.contains("class=\"code\""),
        "nothing to hand on any more"
    );
    let gone = town.everybody(&format!("{NORTH}?lang=en"))?;
    ensure!(
        gone.status == 410 && gone.text.contains("This page was taken back"),
        "{gone:?}"
    );
    ensure!(
        !gone.text.contains("of 10") && !gone.text.contains("Something else"),
        "{gone:?}"
    );
    ensure!(gone.text.contains("Mondays"), "whom to ask is still there");
    ensure!(town.everybody(&format!("{NORTH}?paper=a4"))?.status == 410);
    town.release("north")?;
    ensure!(town.public(&format!("{NORTH}?lang=en"))?.contains("version 3"));
    let log = told(&baraza(&town.folder, &["audit"]));
    for (action, count) in [
        ("community_released", 3),
        ("community_withdrawn", 1),
        ("community_changed", 4),
    ] {
        ensure!(log.matches(action).count() == count, "{action}: {log}");
    }
    ensure!(
        !log.contains("after dark") && !log.contains("Something else"),
        "no words in the log"
    );
    let sound = baraza(&town.folder, &["verify"]);
    ensure!(sound.status.success(), "{}", told(&sound));
    town.database()?.execute(
        "UPDATE community_release SET content = replace(content, 'unsafe', 'safe') WHERE number = 1",
        [],
    )?;
    let changed = town.database()?.execute(
        "UPDATE community_release SET content = replace(content, 'Many of us', 'All of us') WHERE number = 1",
        [],
    )?;
    ensure!(changed == 1);
    let sound = baraza(&town.folder, &["verify"]);
    ensure!(
        !sound.status.success() && told(&sound).contains("community_release"),
        "{}",
        told(&sound)
    );
    Ok(())
}

#[test]
fn what_results_withhold_is_nowhere() -> Result<()> {
    let folder = tempdir()?;
    let town = Town::of(folder.path(), 160)?;
    // Offered is what the release shows, cell by cell, and nothing else.
    let rows = tidy(&town)?;
    let shown = |by: &str, domain: &str, question: &str, category: &str| {
        rows.iter().any(|row| {
            row["by"] == by
                && row["domain"] == domain
                && row["question"] == question
                && row["category"] == category
                && !row["estimate"].is_empty()
        })
    };
    let mut withheld = 0;
    for community in ["all", "north", "south", "west"] {
        let by = if community == "all" { "overall" } else { "area" };
        let domain = if community == "all" { "" } else { community };
        let offered = offered(&town, community)?;
        ensure!(offered.len() > 3, "{community}: {offered:?}");
        for row in rows
            .iter()
            .filter(|row| row["by"] == by && row["domain"] == domain)
        {
            let (question, category) = (row["question"].as_str(), row["category"].as_str());
            if ["gender", "age", "area"].contains(&question) {
                let is_named = |offer: &Value| offer[0] == question;
                ensure!(
                    !offered.iter().any(is_named),
                    "who was asked is nothing that they said"
                );
                continue;
            }
            let here = json!([question, category, true]);
            let is_shown = shown(by, domain, question, category);
            withheld += usize::from(!is_shown);
            ensure!(offered.contains(&here) == is_shown, "{community}: {here} {row:?}");
            let whole = json!([question, category, false]);
            let falls_back = !is_shown && shown("overall", "", question, category);
            ensure!(
                offered.contains(&whole) == falls_back,
                "{community}: {whole} {row:?}"
            );
        }
    }
    ensure!(withheld > 3, "{withheld}");
    // A form that asks for a withheld one gets nothing, nor does a draft that has it.
    let secret = "[\"safe\",\"unsafe\",true]";
    let refused = town.send("/west/choose", &[("figure", secret)])?;
    ensure!(
        refused.status == 422 && refused.text.contains("tick at least one"),
        "{}",
        refused.text
    );
    town.choose("west", &["[\"safe\",\"unsafe\",false]"])?;
    forge(&town)?;
    nowhere(&town)?;
    town.release("west")?;
    nowhere(&town)?;
    let page = town.public("/c/night/west?lang=en")?;
    ensure!(page.contains("in all places together"), "{page}");
    ensure!(page.contains("no figure that can be shown"), "{page}");
    let first = page;
    // Nor after more have answered.
    town.answers(160..200)?;
    town.results(200)?;
    ensure!(town.public("/c/night/west?lang=en")? == first);
    nowhere(&town)?;
    town.release("west")?;
    nowhere(&town)
}

/// A draft with a figure that is withheld, as if it had been shown once.
fn forge(town: &Town) -> Result<()> {
    let database = town.database()?;
    let draft: String =
        database.query_row("SELECT draft FROM community WHERE place = 'west'", [], |row| {
            row.get(0)
        })?;
    let mut draft: Value = serde_json::from_str(&draft)?;
    let secret = json!({"id": 7, "figure": {"question": "safe", "answer": "unsafe", "here": true}, "words": {"en": "Secret."}});
    draft["findings"].as_array_mut().context("findings")?.push(secret);
    database.execute(
        "UPDATE community SET draft = ?1 WHERE place = 'west'",
        [draft.to_string()],
    )?;
    Ok(())
}

/// In no page, no preview, no sheet, and not in what is stored.
fn nowhere(town: &Town) -> Result<()> {
    let desk = town.desk("/west")?.text;
    ensure!(desk.contains("do not show this figure any more"), "{desk}");
    ensure!(desk.matches("of 10 people").count() == 1, "{desk}");
    for paper in ["", "&paper=a4", "&paper=a3", "&paper=placemat"] {
        let mut pages = vec![town.desk(&format!("/west/preview?lang=en{paper}"))?.text];
        pages.extend(town.public(&format!("/c/night/west?lang=en{paper}")));
        for page in pages {
            ensure!(page.contains("This is of all places together"), "{page}");
            ensure!(!page.contains("Secret."), "{page}");
            ensure!(page.matches("class=\"big\"").count() == 1, "{page}");
        }
    }
    let database = town.database()?;
    let mut contents = database.prepare("SELECT content FROM community_release")?;
    for content in contents.query_map([], |row| row.get::<_, String>(0))? {
        let content: Value = serde_json::from_str(&content?)?;
        let findings = content["findings"].as_array().context("findings")?;
        ensure!(findings.len() == 1 && findings[0]["here"] == false, "{content}");
    }
    Ok(())
}
