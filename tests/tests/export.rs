//! Responses as CSV: columns that stay, cells that are no formulas, repeats beside.

use anyhow::Result;
use baraza_tests::{Server, baraza, csv_rows};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;

const FIRST: &str = "\
| survey  |                      |        |              |              |      |
|         | type                 | name   | label::English (en) | label::Français (fr) | baraza::pass |
|         | select_multiple fear | fears  | Fears        | Peurs        |      |
|         | text                 | words  | Words        | Mots         | yes  |
|         | integer              | gone   | Gone         | Parti        |      |
|         | begin_repeat         | member | Member       | Membre       |      |
|         | text                 | who    | Who          | Qui          |      |
|         | begin_repeat         | trip   | Trip         | Voyage       |      |
|         | integer              | days   | Days         | Jours        |      |
|         | end_repeat           |        |              |              |      |
|         | end_repeat           |        |              |              |      |
| choices |                      |        |              |              |
|         | list_name            | name   | label::English (en) | label::Français (fr) |
|         | fear                 | theft  | Theft        | Vol          |
|         | fear                 | war    | -War         | Guerre       |
| settings |                     |        |
|         | form_id              | version |
|         | home                 | 1      |
";

fn put(folder: &Path, form: &str) -> Result<()> {
    std::fs::write(folder.join("f.md"), form)?;
    let output = baraza(folder, &["publish", "f.md"]);
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

fn send(server: &Server, version: &str, answers: &Value) -> Result<()> {
    let body = json!({"form": "home", "version": version, "instance_id": Uuid::new_v4().to_string(), "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": answers});
    let (status, reply) = server.post("home", "application/json", body.to_string().as_bytes())?;
    anyhow::ensure!(status == 200, "{reply}");
    Ok(())
}

#[test]
fn columns_stay_when_a_version_drops_a_choice_and_a_question() -> Result<()> {
    let folder = tempdir()?;
    put(folder.path(), FIRST)?;
    let server = Server::start(folder.path(), &[])?;
    send(
        &server,
        "1",
        &json!({"fears": ["war"], "words": "=HYPERLINK(\"x\")", "gone": -3,
        "member": [{"who": "+Ali", "trip": [{"days": 2}, {"days": 5}]}, {"who": "Bo"}]}),
    )?;
    let second = FIRST
        .replace(
            "|         | fear                 | theft  | Theft        | Vol          |",
            "|         | fear                 | flood  | Flood        | Inondation   |",
        )
        .replace(
            "|         | integer              | gone   | Gone         | Parti        |      |\n",
            "",
        )
        .replace("| 1      |", "| 2      |");
    put(folder.path(), &second)?;
    send(
        &server,
        "2",
        &json!({"fears": ["flood", "war"], "words": {"pass": "dont_know"}}),
    )?;
    send(&server, "2", &json!({"words": "plain"}))?;

    let output = baraza(folder.path(), &["export", "--out", "home.csv"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(folder.path().join("home.csv"))?;
    let header = text.lines().next().unwrap_or_default();
    assert!(
        header.ends_with("fears,fears/flood,fears/war,fears/theft,words,words_pass,gone"),
        "{header}"
    );
    let rows = csv_rows(&folder.path().join("home.csv"))?;
    let column = |name: &str| rows.iter().map(|row| row[name].as_str()).collect::<Vec<_>>();
    assert_eq!(column("fears"), ["war", "flood war", ""]);
    assert_eq!(column("fears/war"), ["1", "1", ""]);
    assert_eq!(column("fears/theft"), ["0", "0", ""]);
    assert_eq!(column("gone"), ["-3", "", ""], "a number is a number");
    assert_eq!(
        column("words"),
        ["'=HYPERLINK(\"x\")", "", "plain"],
        "no formula, and the raw value is behind the apostrophe"
    );
    assert_eq!(column("words_pass"), ["", "dont_know", ""]);
    assert_eq!(column("version"), ["1", "2", "2"]);

    let members = csv_rows(&folder.path().join("home-member.csv"))?;
    assert_eq!(
        members.iter().map(|row| row["who"].as_str()).collect::<Vec<_>>(),
        ["'+Ali", "Bo"]
    );
    assert_eq!(members[1]["member_index"], "2");
    assert_eq!(members[0]["instance_id"], rows[0]["instance_id"]);
    let trips = csv_rows(&folder.path().join("home-member-trip.csv"))?;
    let trips: Vec<_> = trips
        .iter()
        .map(|row| {
            (
                row["member_index"].as_str(),
                row["trip_index"].as_str(),
                row["days"].as_str(),
            )
        })
        .collect();
    assert_eq!(trips, [("1", "1", "2"), ("1", "2", "5")]);

    let labelled = baraza(folder.path(), &["export", "--labels", "fr", "--out", "fr.csv"]);
    assert!(labelled.status.success());
    assert_eq!(
        csv_rows(&folder.path().join("fr.csv"))?[1]["fears"],
        "Inondation; Guerre"
    );
    let english = baraza(folder.path(), &["export", "--labels", "en", "--out", "en.csv"]);
    assert!(english.status.success());
    assert_eq!(csv_rows(&folder.path().join("en.csv"))?[0]["fears"], "'-War");
    let unknown = baraza(folder.path(), &["export", "--labels", "xx"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("it has: en, fr"));
    Ok(())
}

#[test]
fn a_file_that_can_not_be_written_leaves_the_earlier_one() -> Result<()> {
    let folder = tempdir()?;
    put(folder.path(), FIRST)?;
    let output = baraza(folder.path(), &["export", "--out", "nowhere/home.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("can't write nowhere/home.csv"));
    assert!(std::fs::read_dir(folder.path())?.all(|entry| {
        !entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .contains(".part")
    }));
    Ok(())
}

#[test]
fn a_server_that_is_killed_has_what_it_acknowledged() -> Result<()> {
    let folder = tempdir()?;
    put(folder.path(), FIRST)?;
    let server = Server::start(folder.path(), &[])?;
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..25).try_for_each(|n| send(&server, "1", &json!({"gone": n})))))
            .collect();
        senders
            .into_iter()
            .try_for_each(|sender| sender.join().expect("a thread"))
    })?;
    drop(server);
    baraza(folder.path(), &["export", "--out", "home.csv"]);
    assert_eq!(csv_rows(&folder.path().join("home.csv"))?.len(), 100);
    Ok(())
}

#[test]
fn a_question_keeps_its_name_where_a_column_of_ours_has_it() -> Result<()> {
    let folder = tempdir()?;
    let form = "| survey | | | |\n| | type | name | label |\n| | text | language | Language |\n| settings | | |\n| | form_id | version |\n| | home | 1 |\n";
    put(folder.path(), form)?;
    let server = Server::start(folder.path(), &[])?;
    send(&server, "1", &json!({"language": "Dinka"}))?;
    assert!(
        baraza(folder.path(), &["export", "--out", "home.csv"])
            .status
            .success()
    );
    let rows = csv_rows(&folder.path().join("home.csv"))?;
    assert_eq!(
        (rows[0]["language"].as_str(), rows[0]["baraza_language"].as_str()),
        ("Dinka", "en")
    );
    Ok(())
}
