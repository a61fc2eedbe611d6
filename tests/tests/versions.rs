//! A survey that changes while it is in the field: older versions go on, changes are told, ambiguous ones refused.

use anyhow::Result;
use baraza_tests::{Server, baraza, csv_rows, shared, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;

const FIRST: &str = "\
| survey   |                      |        |              |            |
|          | type                 | name   | label        | constraint |
|          | integer              | age    | Age          | . > 17     |
|          | select_multiple fear | fears  | Fears        |            |
|          | text                 | words  | Words        |            |
|          | select_one fear      | worst  | Worst        |            |
| choices  |                      |        |              |
|          | list_name            | name   | label        |
|          | fear                 | theft  | Theft        |
|          | fear                 | war    | War          |
| settings |                      |        |
|          | form_id              | version |
|          | home                 | 1      |
";

/// Writes a form with replacements made in the first one.
#[track_caller]
fn write(folder: &Path, name: &str, replacements: &[(&str, &str)]) {
    let mut form = FIRST.to_owned();
    for (from, to) in replacements {
        assert!(form.contains(from), "'{from}' is there");
        form = form.replace(from, to);
    }
    std::fs::write(folder.join(name), form).expect("a file");
}

/// Runs a command and expects its exit code and words.
#[track_caller]
fn runs(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) -> String {
    let output = baraza(folder, arguments);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for word in words {
        assert!(
            said.contains(word),
            "{arguments:?}: expected '{word}' in:\n{said}"
        );
    }
    said
}

fn respond(server: &Server, version: &str, answers: &Value) -> Result<()> {
    let body = json!({"form": "home", "version": version, "instance_id": Uuid::new_v4().to_string(),
        "started": "2026-01-01T10:00:00Z", "finished": "2026-01-01T10:05:00Z", "language": "", "answers": answers});
    let (status, reply) = server.post("home", "application/json", body.to_string().as_bytes())?;
    anyhow::ensure!(status == 200, "{reply}");
    Ok(())
}

fn asked(server: &Server, path: &str) -> Result<(u16, Value)> {
    let mut response = server.get(&format!("/api/surveys/home/{path}"), &[])?;
    Ok((response.status().as_u16(), response.body_mut().read_json()?))
}

const SECOND: &[(&str, &str)] = &[
    ("| 1      |", "| 2      |"),
    (
        "| text                 | words  | Words        |",
        "| text                 | wishes | Wishes       |",
    ),
    ("| . > 17     |", "|            |"),
    (
        "|          | fear                 | war    | War          |",
        "|          | fear                 | flood  | Flood        |",
    ),
];

#[test]
fn an_older_version_is_finished_as_it_was_begun() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    write(folder, "1.md", &[]);
    write(folder, "2.md", SECOND);
    let server = Server::start(folder, &["--form", "1.md"])?;
    runs(folder, &["publish", "2.md"], 0, &["published version '2'"]);

    assert_eq!(asked(&server, "form")?.1["version"], "2");
    let (status, old) = asked(&server, "form?version=1")?;
    assert_eq!((status, &old["version"]), (200, &json!("1")));
    assert_eq!(asked(&server, "form?version=2")?, asked(&server, "form")?);
    let texts =
        |query: &str| Ok::<_, anyhow::Error>(asked(&server, &format!("texts/0{query}"))?.1.to_string());
    assert!(texts("?version=1")?.contains("\"Words\"") && !texts("?version=1")?.contains("Wishes"));
    assert!(texts("")?.contains("\"Wishes\"") && !texts("")?.contains("Words"));
    for (path, status, message) in [
        ("form?version=9", 404, "no version '9'"),
        ("texts/0?version=9", 404, "no version '9'"),
        ("form?version=", 404, "no version ''"),
        ("form?version=1&version=2", 400, "one version"),
        ("texts/1?version=1", 404, "no such language"),
    ] {
        let (got, reply) = asked(&server, path)?;
        assert_eq!(
            (got, &reply["status"]),
            (status, &json!("error")),
            "{path}: {reply}"
        );
        assert!(reply["message"].to_string().contains(message), "{path}: {reply}");
    }
    let tag = |path: &str, known: &str| -> Result<(u16, String)> {
        let response = server.get(&format!("/api/surveys/home/{path}"), &[("if-none-match", known)])?;
        let tag = response.headers().get("etag").and_then(|tag| tag.to_str().ok());
        Ok((response.status().as_u16(), tag.unwrap_or_default().to_owned()))
    };
    let (_, old) = tag("form?version=1", "")?;
    assert_eq!(tag("form?version=1", &old)?, (304, old.clone()));
    assert_eq!(tag("form", &old)?.0, 200, "another version has another tag");

    // Each is checked against the version that it names.
    respond(
        &server,
        "1",
        &json!({"age": 12, "words": "old", "fears": ["war"]}),
    )?;
    respond(
        &server,
        "2",
        &json!({"age": 12, "wishes": "new", "fears": ["flood", "theft"]}),
    )?;
    respond(
        &server,
        "2",
        &json!({"age": 30, "words": "of another version", "fears": ["war"]}),
    )?;
    runs(folder, &["export", "--out", "r.csv"], 0, &[]);
    let text = std::fs::read_to_string(folder.join("r.csv"))?;
    let header = text.lines().next().unwrap_or_default();
    assert!(
        header.ends_with("age,fears,fears/theft,fears/flood,fears/war,words,wishes,worst"),
        "{header}"
    );
    let rows = csv_rows(&folder.join("r.csv"))?;
    let column = |name: &str| rows.iter().map(|row| row[name].as_str()).collect::<Vec<_>>();
    assert_eq!(
        column("flags"),
        [
            "constraint: age",
            "",
            "unknown_question: words; not_offered: fears"
        ]
    );
    assert_eq!(column("words"), ["old", "", "of another version"]);
    assert_eq!(column("wishes"), ["", "new", ""]);
    assert_eq!(column("fears/war"), ["1", "0", "1"]);
    assert_eq!(column("fears/flood"), ["0", "1", "0"]);

    respond(&server, "9", &json!({"age": 30}))?;
    let listed = runs(folder, &["versions"], 0, &["9  not published here  1 response"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert!(
        lines[0].starts_with("2  20") && lines[0].ends_with("2 responses"),
        "{listed}"
    );
    assert!(
        lines[1].starts_with("1  20") && lines[1].ends_with("1 response"),
        "{listed}"
    );
    let output = baraza(folder, &["versions", "--survey", "home", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(
        (&json["versions"][1]["version"], &json["versions"][1]["responses"]),
        (&json!("1"), &json!(1))
    );
    Ok(())
}

#[test]
fn diff_tells_what_changed_and_exits_as_diff_does() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    write(folder, "1.md", &[]);
    write(folder, "same.md", &[("| 1      |", "| 7      |")]);
    write(folder, "2.md", SECOND);
    std::fs::write(
        folder.join("bad.md"),
        "| survey | | |\n| | type | name |\n| | txet | a |",
    )?;
    runs(folder, &["diff", "1.md", "same.md"], 0, &["no difference"]);
    let said = runs(
        folder,
        &["diff", "1.md", "2.md"],
        1,
        &["5 changes, 4 of them in columns"],
    );
    for line in [
        "-* question 'words': removed 'text'",
        "+* question 'wishes': added 'text'",
        "~  question 'age': constraint '. > 17' → none",
        "-* choice 'war' of 'fear': removed 'War' (in fears, worst)",
        "+* choice 'flood' of 'fear': added 'Flood' (in fears, worst)",
    ] {
        assert!(
            said.lines().any(|known| known == line),
            "expected '{line}' in:\n{said}"
        );
    }
    let output = baraza(folder, &["diff", "1.md", "2.md", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((output.status.code(), &json["same"]), (Some(1), &json!(false)));
    assert!(
        json["changes"]
            .as_array()
            .is_some_and(|changes| changes.iter().any(|change| {
                change["subject"] == json!({"question": "age"})
                    && change["part"] == "constraint"
                    && change["collected"] == json!(false)
            })),
        "{json}"
    );
    for (arguments, words) in [
        (&["diff", "1.md", "none.md"][..], "none.md"),
        (&["diff", "1.md", "bad.md"], "txet"),
        (&["diff", "1.md"], "there is no database"),
        (&["diff"], "Usage"),
    ] {
        runs(folder, arguments, 2, &[words]);
    }
    assert!(!folder.join("baraza.db").exists(), "comparing makes no database");
    runs(folder, &["publish", "1.md"], 0, &[]);
    runs(
        folder,
        &["diff", "same.md"],
        0,
        &["from 'home' version '1' to 'home' version '7'", "no difference"],
    );
    runs(folder, &["diff", "2.md"], 1, &["question 'wishes': added"]);
    runs(folder, &["publish", "2.md"], 0, &[]);
    runs(
        folder,
        &["diff", "--survey", "home", "2", "1"],
        1,
        &["question 'words': added"],
    );
    runs(
        folder,
        &["diff", "--survey", "home", "1", "3"],
        2,
        &["has no version '3'; it has: '2', '1'"],
    );
    runs(
        folder,
        &["diff", "--survey", "away", "1", "2"],
        2,
        &["there are: home"],
    );
    Ok(())
}

#[test]
fn a_version_that_another_form_has_says_what_differs() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    write(folder, "1.md", &[]);
    write(folder, "2.md", &[("| Age          |", "| Your age     |")]);
    runs(folder, &["publish", "1.md"], 0, &[]);
    runs(folder, &["publish", "1.md"], 0, &["is there already, unchanged"]);
    runs(
        folder,
        &["publish", "2.md"],
        1,
        &[
            "another form with version '1'",
            "new version in the settings sheet",
            "label 'Age' → 'Your age'",
        ],
    );
    runs(folder, &["diff", "--survey", "home", "1", "1"], 0, &[]);
    Ok(())
}

#[test]
fn a_column_that_would_mean_two_things_is_refused_until_it_is_named() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let version = |n: &str| format!("| {n}      |");
    let renamed = |n: &str, more: &[(&str, &str)], file: &str| {
        let number = version(n);
        let all: Vec<(&str, &str)> = [("| 1      |", number.as_str())]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        write(folder, file, &all);
    };
    write(folder, "1.md", &[]);
    let text_age = [(
        "| integer              | age    | Age          | . > 17     |",
        "| text                 | age    | Age          |            |",
    )];
    let wildfire = [("| War          |", "| Wildfire     |")];
    renamed("2", &text_age, "text.md");
    renamed("2", &wildfire, "wildfire.md");

    let server = Server::start(folder, &["--form", "1.md"])?;
    respond(&server, "1", &json!({"age": 30, "fears": ["theft"]}))?;
    // Nobody chose the code, so its label is mended; the kind of an answer is another matter.
    runs(
        folder,
        &["publish", "wildfire.md", "--db", "copy.db"],
        0,
        &["published the survey"],
    );
    let said = runs(
        folder,
        &["publish", "text.md"],
        2,
        &[
            "question 'age': its type was integer and is text (earlier: version '1', 1 response)",
            "rename the question",
            "--accept age",
            "nothing was published",
        ],
    );
    assert!(!said.contains("published version"), "{said}");
    runs(
        folder,
        &["serve", "--form", "text.md", "--listen", "127.0.0.1:0"],
        2,
        &["--accept age"],
    );
    assert_eq!(asked(&server, "form")?.1["version"], "1");
    runs(
        folder,
        &["publish", "text.md", "--accept", "age", "--accept", "words"],
        0,
        &["nothing has to be accepted for 'words'", "published version '2'"],
    );
    runs(folder, &["versions"], 0, &["accepted: age"]);
    // What was accepted is settled: the next version goes on from it.
    renamed(
        "3",
        &[text_age[0], ("| Words        |", "| Your words   |")],
        "3.md",
    );
    runs(folder, &["publish", "3.md"], 0, &["published version '3'"]);
    renamed("4", &[], "4.md");
    runs(
        folder,
        &["publish", "4.md"],
        2,
        &["its type was text and is integer (earlier: version '3', '2', 0 responses)"],
    );

    // A code that nobody chose may get another label, with a word of warning; once somebody has, it is refused.
    renamed("5", &[text_age[0], wildfire[0]], "5.md");
    respond(&server, "3", &json!({"age": "thirty", "fears": ["war", "theft"]}))?;
    runs(
        folder,
        &["publish", "5.md"],
        2,
        &[
            "question 'fears': the code 'war' meant 'War' and means 'Wildfire'",
            "1 response with the code",
        ],
    );
    renamed(
        "5",
        &[text_age[0], ("| Theft        |", "| THEFT!       |")],
        "case.md",
    );
    runs(folder, &["publish", "case.md"], 0, &["published version '5'"]);
    renamed("6", &[text_age[0], wildfire[0]], "6.md");
    runs(
        folder,
        &["publish", "6.md", "--accept", "fears"],
        0,
        &["published version '6'"],
    );
    Ok(())
}

#[test]
fn a_label_of_a_code_that_nobody_chose_is_mended_with_a_warning() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    write(folder, "1.md", &[]);
    write(
        folder,
        "2.md",
        &[
            ("| 1      |", "| 2      |"),
            ("| War          |", "| Wildfire     |"),
        ],
    );
    let server = Server::start(folder, &["--form", "1.md"])?;
    respond(&server, "1", &json!({"age": 30, "fears": ["theft"]}))?;
    runs(
        folder,
        &["publish", "2.md"],
        0,
        &[
            "warning: question 'fears', 'worst': the code 'war'",
            "phones that have the earlier version",
            "published version '2'",
        ],
    );
    // Chosen in its new meaning, it is not held against the old one.
    respond(&server, "2", &json!({"age": 30, "fears": ["war"]}))?;
    write(
        folder,
        "3.md",
        &[
            ("| 1      |", "| 3      |"),
            ("| War          |", "| Wildfire     |"),
            ("| Age          |", "| Your age     |"),
        ],
    );
    runs(folder, &["publish", "3.md"], 0, &["published version '3'"]);
    Ok(())
}

#[test]
fn a_database_of_the_first_release_is_taken_over() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    write(folder, "1.md", &[]);
    runs(folder, &["publish", "1.md", "--db", "new.db"], 0, &[]);
    let new = Connection::open(folder.join("new.db"))?;
    let (form, digest): (String, String) =
        new.query_row("SELECT form, digest FROM survey_version", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let old = Connection::open(folder.join("baraza.db"))?;
    old.pragma_update(None, "application_id", 0x4261_7261)?;
    old.execute_batch(include_str!("../../server/migrations/0001-start.sql"))?;
    old.pragma_update(None, "user_version", 1)?;
    old.execute(
        "INSERT INTO survey VALUES (1, 'home', '2026-01-01T00:00:00Z')",
        [],
    )?;
    old.execute(
        "INSERT INTO survey_version VALUES (1, 1, '1', ?1, ?2, '2026-01-01T00:00:00Z')",
        [&form, &digest],
    )?;
    old.execute(
        "INSERT INTO response VALUES (1, 1, 'a', '1', '', '', '', '', 'complete', '{\"age\":30}', '[]', x'00', 0)",
        [],
    )?;
    drop(old);
    let server = Server::start(folder, &["--form", "1.md"])?;
    respond(&server, "1", &json!({"age": 31}))?;
    runs(folder, &["versions"], 0, &["2026-01-01T00:00:00Z", "2 responses"]);
    runs(folder, &["export", "--out", "r.csv"], 0, &["wrote 2 responses"]);
    assert_eq!(csv_rows(&folder.join("r.csv"))?[0]["age"], "30");
    Ok(())
}

#[test]
fn real_forms_are_the_same_as_themselves() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let mut same = 0;
    for entry in std::fs::read_dir(shared("xlsforms"))? {
        let path = entry?.path();
        let form = path.display().to_string();
        if path.extension().is_none_or(|ending| ending != "xlsx")
            || !baraza(folder, &["publish", &form]).status.success()
        {
            continue;
        }
        runs(folder, &["publish", &form], 0, &["is there already, unchanged"]);
        runs(folder, &["diff", &form], 0, &["no difference"]);
        same += 1;
    }
    assert!(same >= 6, "{same} forms could be published");
    Ok(())
}
