//! Meetings and what was agreed: recorded, shown where that is ticked, edited, and moved on.

use super::*;
use baraza_tests::told;
use tempfile::tempdir;

#[test]
fn a_meeting_is_recorded_and_an_agreement_moves_on() -> Result<()> {
    let folder = tempdir()?;
    let town = Town::of(folder.path(), 100)?;
    town.choose("north", &["[\"safe\",\"unsafe\",true]"])?;
    town.release("north")?;
    let english = || town.public(&format!("{NORTH}?lang=en"));
    let meeting = |public: &'static str, others: &'static str| {
        [
            ("day", "2026-11-20"),
            ("place-en", "The school"),
            ("women", "14"),
            ("men", "11"),
            ("others", others),
            ("corrected-en", "The <road> is worse than the figure says."),
            ("corrected-ar", "الطريق أسوأ مما يقوله الرقم."),
            ("public", public),
        ]
    };
    let wrong = town.send("/north/meetings/new", &meeting("yes", "some"))?;
    ensure!(
        wrong.status == 422 && wrong.text.contains("is a whole number"),
        "{}",
        wrong.text
    );
    ensure!(
        wrong.text.contains("value=\"some\"") && wrong.text.contains("The school</textarea>"),
        "kept"
    );
    let mut no_day = meeting("yes", "");
    no_day[0].1 = "20.11.2026";
    let wrong = town.send("/north/meetings/new", &no_day)?;
    ensure!(
        wrong.status == 422 && wrong.text.contains("Please give a day"),
        "{}",
        wrong.text
    );
    town.does("/north/meetings/new", &meeting("no", "1"))?;
    ensure!(!english()?.contains("The school"), "not ticked");
    let path = own(&town, "meetings")?;
    town.does(&path, &meeting("yes", "1"))?;
    let page = english()?;
    ensure!(
        page.contains("The school") && page.contains("The &#60;road&#62; is worse"),
        "{page}"
    );
    ensure!(
        page.contains("26 people came") && !page.contains("14 women"),
        "one would be singled out: {page}"
    );
    town.does(&path, &meeting("yes", "0"))?;
    let page = english()?;
    ensure!(page.contains("25 people came · 14 women · 11 men"), "{page}");
    // Nobody wrote anything of the page itself, so it is there in all languages; where a meeting was held is English.
    let arabic = town.public(&format!("{NORTH}?lang=ar"))?;
    ensure!(
        arabic.contains("الطريق أسوأ") && arabic.contains("<bdi lang=\"en\" dir=\"ltr\">The school</bdi>"),
        "{arabic}"
    );
    // Nor does a language without a page lose what was said in it.
    town.does("/north/texts", &[("intro-en", "Thank you.")])?;
    town.release("north")?;
    let page = english()?;
    ensure!(!page.contains("hreflang=\"ar\""), "{page}");
    let mut arabic = meeting("yes", "0");
    (arabic[1].0, arabic[1].1) = ("place-ar", "المدرسة");
    town.does(&path, &arabic)?;
    ensure!(english()?.contains("<bdi lang=\"ar\" dir=\"rtl\">المدرسة</bdi>"));
    town.does(&path, &meeting("yes", "0"))?;
    town.does(
        "/north/texts",
        &[("intro-en", "Thank you."), ("intro-ar", "شكرًا لكم.")],
    )?;
    town.release("north")?;
    agreed(&town)?;
    // Another community has none of it.
    town.choose("south", &["[\"safe\",\"unsafe\",true]"])?;
    town.release("south")?;
    let south = town.public("/c/night/south?lang=en")?;
    ensure!(
        !south.contains("The school") && !south.contains("Lamps"),
        "{south}"
    );
    let elsewhere = town.send(&path.replace("north", "south"), &meeting("yes", "0"))?;
    ensure!(
        elsewhere.status == 303 && !elsewhere.location.contains("done="),
        "{elsewhere:?}"
    );
    ensure!(!town.public("/c/night/south?lang=en")?.contains("The school"));
    let log = told(&baraza(&town.folder, &["audit"]));
    for (action, count) in [
        ("meeting_recorded", 1),
        ("meeting_changed", 4),
        ("agreement_recorded", 1),
        ("agreement_changed", 1),
        ("agreement_state", 3),
    ] {
        ensure!(log.matches(action).count() == count, "{action}: {log}");
    }
    ensure!(!log.contains("Lamps") && !log.contains("The school"), "{log}");
    backed_up(&town)
}

/// The address of what was recorded, below the communities.
fn own(town: &Town, kind: &str) -> Result<String> {
    let page = town.desk("/north")?.text;
    let (_, after) = page
        .split_once(&format!("{DESK}/north/{kind}/"))
        .with_context(|| format!("no {kind} in {page}"))?;
    Ok(format!(
        "/north/{kind}/{}",
        after.split('"').next().unwrap_or_default()
    ))
}

fn agreed(town: &Town) -> Result<()> {
    let agreement = |due: &'static str, state: &'static str, public: &'static str| {
        [
            ("what-en", "Lamps on the path to the well"),
            ("who-en", "The water committee"),
            ("due", due),
            ("state", state),
            ("public", public),
        ]
    };
    let english = || town.public(&format!("{NORTH}?lang=en"));
    let none = town.send(
        "/north/agreements/new",
        &[("who-en", "Nobody yet"), ("state", "done")],
    )?;
    ensure!(
        none.status == 422 && none.text.contains("what is to be done"),
        "{}",
        none.text
    );
    ensure!(none.text.contains("Nobody yet</textarea>") && none.text.contains("value=\"done\" checked"));
    town.does("/north/agreements/new", &agreement("", "planned", "no"))?;
    ensure!(!english()?.contains("Lamps"), "not ticked");
    let path = own(town, "agreements")?;
    town.does(&path, &agreement("2027-03-01", "under_way", "yes"))?;
    let page = english()?;
    for words in [
        "Lamps on the path",
        "The water committee",
        "Until",
        "2027-03-01",
        "<strong>Under way</strong>",
    ] {
        ensure!(page.contains(words), "{words} is not in {page}");
    }
    town.does(&path, &agreement("2027-03-01", "done", "yes"))?;
    town.does(&path, &agreement("2027-03-01", "done", "yes"))?;
    let page = english()?;
    ensure!(
        page.contains("<strong>Done</strong>") && !page.contains("Under way"),
        "{page}"
    );
    ensure!(town.public(&format!("{NORTH}?lang=ar"))?.contains("أُنجز"));
    let history = town.desk(&path)?.text;
    for state in ["Planned", "Under way", "Done"] {
        ensure!(
            history.contains(&format!("· <strong>{state}</strong> · <bdi>Bola</bdi>")),
            "{state}: {history}"
        );
    }
    Ok(())
}

/// A backup has all of it, and is whole.
fn backed_up(town: &Town) -> Result<()> {
    let made = baraza(&town.folder, &["backup", "copy.db"]);
    ensure!(made.status.success(), "{}", told(&made));
    let whole = baraza(&town.folder, &["verify", "copy.db"]);
    ensure!(whole.status.success(), "{}", told(&whole));
    let copy = rusqlite::Connection::open(town.folder.join("copy.db"))?;
    let counted: (i64, i64, i64) = copy.query_row(
        "SELECT (SELECT count(*) FROM community_release), (SELECT count(*) FROM meeting),
         (SELECT count(*) FROM agreement_state)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    ensure!(counted == (4, 1, 3), "{counted:?}");
    Ok(())
}
