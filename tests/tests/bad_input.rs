//! What goes wrong is told clearly, loses nothing and leaves nothing half-written.

use anyhow::Result;
use baraza_tests::{Server, baraza, free_port, told};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::tempdir;

/// Checks a form written as Markdown and expects each of the findings, all in one run.
#[track_caller]
fn refused(markdown: &str, findings: &[&str]) {
    let folder = tempdir().expect("a folder");
    std::fs::write(folder.path().join("form.md"), markdown).expect("a file");
    let output = baraza(folder.path(), &["check", "form.md"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    for finding in findings {
        assert!(
            told(&output).contains(finding),
            "expected '{finding}' in:\n{}",
            told(&output)
        );
    }
    let published = baraza(folder.path(), &["publish", "form.md"]);
    assert_eq!(published.status.code(), Some(2));
    assert!(
        !folder.path().join("baraza.db").exists(),
        "a refused form makes no database"
    );
}

#[test]
fn files_that_are_no_workbooks_are_named_as_such() -> Result<()> {
    let folder = tempdir()?;
    let cases: [(&str, &[u8], &str); 5] = [
        ("picture.xlsx", b"\x89PNG\r\n\x1a\n....", "not a workbook"),
        ("empty.xlsx", b"", "the file is empty"),
        ("cut.xlsx", b"PK\x03\x04 cut off", "not a workbook"),
        ("note.ods", b"hello", "not a workbook"),
        ("survey.csv", b"type,name\n", "name the folder"),
    ];
    for (name, bytes, message) in cases {
        std::fs::write(folder.path().join(name), bytes)?;
        let output = baraza(folder.path(), &["check", name]);
        assert_eq!(output.status.code(), Some(1), "{name}: {}", told(&output));
        assert!(told(&output).contains(message), "{name}: {}", told(&output));
    }
    let missing = baraza(folder.path(), &["check", "nowhere.xlsx"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(told(&missing).contains("nowhere.xlsx"));
    Ok(())
}

#[test]
fn what_is_wrong_in_a_form_is_told_all_at_once_with_its_place() {
    refused(
        "| choices | | |\n| | list_name | name |\n",
        &["no sheet 'survey'", "found: 'choices'"],
    );
    refused("| survey |\n", &["the sheet is empty"]);
    refused(
        "| survey | | | | | |
         | | type | name | label | relevant | constraint |
         | | integr | a | A | | |
         | | text | b | B | ${c} = | |
         | | text | b | B again | | |
         | | select_one colours | d | D | | |
         | | text | e | E | ${bb} = 'x' | . > > 1 |
         | | text | 1f | F | selcted(${b}, 'x') | |
         | | begin_group | g | G | | |",
        &[
            "survey, row 3, column A (type): unknown type 'integr'",
            "survey, row 4, column D (relevant): there is no question 'c'",
            "error: survey, row 5, column B (name): the name 'b' is there already in row 4, and expressions refer to it",
            "survey, row 6, column A (type): there is no list 'colours'",
            "survey, row 7, column D (relevant): there is no question 'bb'",
            "survey, row 7, column E (constraint): expected a value",
            "warning: survey, row 8, column B (name): '1f' is no name and is called '_1f'",
            "there is no function 'selcted': did you mean 'selected'?",
            "warning: survey, row 9: the group 'g' has no end",
            "7 errors",
        ],
    );
    refused(
        "| survey | | | | |
         | | type | name | calculation | relevant |
         | | calculate | a | ${b} + 1 | |
         | | calculate | b | ${c} + 1 | |
         | | calculate | c | ${a} + 1 | |
         | | text | d | | ${d} = 'x' |",
        &["a circle: ", "a → b → c → a", "d → d"],
    );
}

const JSON: &str = "application/json";
const ID: &str = "7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7a01";

/// A server with a form of two questions.
fn small(folder: &Path) -> Result<Server> {
    std::fs::write(
        folder.join("f.md"),
        "| survey | | | | | |
         | | type | name | label | constraint | required |
         | | integer | age | Age | . < 120 | yes |
         | | text | words | Words | | |
         | settings | | |
         | | form_id | version |
         | | small | 1 |",
    )?;
    Server::start(folder, &["--form", "f.md"])
}

fn body(id: &str, answers: &Value) -> String {
    json!({"form": "small", "version": "1", "instance_id": id, "started": "2026-01-01T10:00:00Z",
        "finished": "2026-01-01T10:05:00Z", "language": "en", "answers": answers})
    .to_string()
}

#[test]
fn responses_that_are_none_are_turned_away_and_nothing_is_stored() -> Result<()> {
    let folder = tempdir()?;
    let server = small(folder.path())?;
    let good = body(ID, &json!({"age": 30}));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = body(ID, &json!({"words": "x".repeat(2 << 20)}));
    let turned_away: [(&str, &str, &str, u16, &str); 11] = [
        ("small", JSON, "not json", 400, "not a response"),
        ("small", JSON, &good[..good.len() - 5], 400, "not a response"),
        ("small", JSON, "{}", 400, "missing field"),
        ("small", JSON, &deep, 400, "not a response"),
        (
            "small",
            JSON,
            &good.replace("30", "\"\\ud800\""),
            400,
            "not a response",
        ),
        ("small", JSON, &large, 413, "at most"),
        ("small", "text/plain", &good, 415, "application/json"),
        ("other", JSON, &good, 404, "no such survey"),
        (
            "small",
            JSON,
            &good.replace("\"small\"", "\"foreign\""),
            400,
            "belongs to the survey 'foreign'",
        ),
        ("small", JSON, &good.replace(ID, "not-a-uuid"), 400, "not a UUID"),
        ("small", JSON, &good.replace("30", "1e999"), 400, "not a response"),
    ];
    for (survey, kind, sent, status, message) in turned_away {
        let (got, reply) = server.post(survey, kind, sent.as_bytes())?;
        assert_eq!(
            (got, reply["status"].as_str()),
            (status, Some("error")),
            "{message}: {reply}"
        );
        assert!(
            reply["message"].to_string().contains(message),
            "{message}: {reply}"
        );
    }
    // Another site's page can't send in a visitor's name.
    let mut foreign = ureq::post(format!("{}/api/surveys/small/responses", server.url))
        .config()
        .http_status_as_error(false)
        .build()
        .header("content-type", JSON)
        .header("origin", "http://evil.example")
        .send(good.as_bytes())?;
    assert_eq!(
        (
            foreign.status().as_u16(),
            foreign.body_mut().read_to_string()?.contains("own page")
        ),
        (403, true)
    );
    assert_eq!(exported(folder.path())?, [""; 0], "nothing of them is stored");
    Ok(())
}

#[test]
fn what_a_form_does_not_allow_is_stored_and_flagged() -> Result<()> {
    let folder = tempdir()?;
    let server = small(folder.path())?;
    // Sent twice it is stored once; the same ID with other content is kept beside it.
    let good = body(ID, &json!({"age": 30}));
    assert_eq!(server.post("small", JSON, good.as_bytes())?.1["status"], "stored");
    assert_eq!(
        server.post("small", JSON, good.as_bytes())?,
        (200, json!({"status": "already_stored"}))
    );
    let (status, reply) = server.post("small", JSON, body(ID, &json!({"age": 31})).as_bytes())?;
    assert_eq!((status, reply["status"].as_str()), (409, Some("conflict")));

    let odd = [
        json!({"age": 130}),
        json!({"age": "thirty"}),
        json!({}),
        json!({"age": 3, "extra": [1, {"a": null}]}),
        json!({"age": 4, "words": "\u{0} \u{202e}bidi \u{feff}"}),
    ];
    for (n, answers) in odd.into_iter().enumerate() {
        let id = format!("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7b0{n}");
        assert_eq!(server.post("small", JSON, body(&id, &answers).as_bytes())?.0, 200);
    }
    let flags = exported(folder.path())?;
    assert_eq!(
        flags,
        [
            "",
            "constraint: age",
            "type: age; required: age",
            "required: age",
            "unknown_question: extra",
            ""
        ]
    );
    let rows = baraza_tests::csv_rows(&folder.path().join("r.csv"))?;
    assert_eq!(rows[5]["words"], "\u{0} \u{202e}bidi \u{feff}", "stored exactly");

    // A version that this server never saw, and a clock ten years off.
    let old = body("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7c00", &json!({"age": 5}));
    let old = old.replace("\"1\"", "\"9\"").replace("2026", "2016");
    assert_eq!(server.post("small", JSON, old.as_bytes())?.0, 200);
    assert_eq!(exported(folder.path())?[6], "unknown_version: ; clock: ");
    Ok(())
}

/// The flags of each response, in the order of arrival.
fn exported(folder: &Path) -> Result<Vec<String>> {
    let output = baraza(folder, &["export", "--out", "r.csv"]);
    anyhow::ensure!(output.status.success(), "{}", told(&output));
    Ok(baraza_tests::csv_rows(&folder.join("r.csv"))?
        .into_iter()
        .map(|mut row| row.remove("flags").unwrap_or_default())
        .collect())
}

#[test]
fn few_bytes_can_not_ask_for_millions_of_instances() -> Result<()> {
    let folder = tempdir()?;
    std::fs::write(
        folder.path().join("f.md"),
        "| survey | | | | | | |
         | | type | name | label | repeat_count | default | calculation |
         | | integer | n | N | | | |
         | | begin_repeat | r | R | ${n} | | |
         | | integer | x | X | | position(..) | |
         | | begin_repeat | r2 | R2 | ${x} | | |
         | | calculate | y | | | | position(..) |
         | | end_repeat | | | | | |
         | | end_repeat | | | | | |
         | settings | | |
         | | form_id | version |
         | | small | 1 |",
    )?;
    let server = Server::start(folder.path(), &["--form", "f.md"])?;
    let before = server.resident_kb()?;
    let id = |n: u32| format!("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7d{n:02}");
    let many: Vec<Value> = (0..40_000).map(|_| json!({"x": 1})).collect();
    for (n, answers) in [json!({"n": 1_000_000_000}), json!({"n": 3, "r": many})]
        .iter()
        .enumerate()
    {
        assert_eq!(
            server
                .post("small", JSON, body(&id(n as u32), answers).as_bytes())?
                .0,
            200,
            "stored all the same"
        );
    }
    let flags = exported(folder.path())?;
    assert!(
        flags.iter().all(|flags| flags.contains("repeat_count")),
        "{flags:?}"
    );
    let grown = server.resident_kb()?.saturating_sub(before);
    assert!(grown < 100 * 1024, "{grown} kB more");
    Ok(())
}

#[cfg(unix)]
#[test]
fn nothing_is_acknowledged_into_a_file_that_nobody_finds() -> Result<()> {
    let folder = tempdir()?;
    let server = small(folder.path())?;
    let send = |n: u32| {
        server.post(
            "small",
            JSON,
            body(
                &format!("7d9f1d3e-8a57-4b52-9a5e-0f4f2f6f7e{n:02}"),
                &json!({"age": 3}),
            )
            .as_bytes(),
        )
    };
    assert_eq!(send(0)?.0, 200);
    let place = |name: &str| folder.path().join(name);
    for ending in ["", "-wal", "-shm"] {
        std::fs::rename(
            place(&format!("baraza.db{ending}")),
            place(&format!("away.db{ending}")),
        )?;
    }
    assert_eq!(send(1)?.0, 503, "the file is gone");
    assert!(baraza(folder.path(), &["publish", "f.md"]).status.success());
    assert_eq!(send(2)?.0, 503, "another file is in its place");
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(place(&format!("baraza.db{ending}")));
        std::fs::rename(
            place(&format!("away.db{ending}")),
            place(&format!("baraza.db{ending}")),
        )?;
    }
    assert_eq!(send(1)?.0, 200, "back again");
    assert_eq!(exported(folder.path())?.len(), 2);
    Ok(())
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_waited_for() -> Result<()> {
    use std::io::{Read, Write};
    let folder = tempdir()?;
    let server = small(folder.path())?;
    let mut stream = std::net::TcpStream::connect(server.url.trim_start_matches("http://"))?;
    let head = "POST /api/surveys/small/responses HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n";
    write!(stream, "{head}content-length: 99999999999\r\n\r\n{{}}")?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    assert!(reply.starts_with("HTTP/1.1 413"), "{reply}");
    Ok(())
}

#[test]
fn a_hundred_retries_at_once_are_one_response() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let body = json!({"form": "community-security", "version": "1", "instance_id": uuid::Uuid::nil().to_string().replace("0000-0000-0000", "0000-4000-8000"),
        "started": "2026-01-01T10:00:00Z", "finished": "2026-01-01T10:05:00Z", "language": "en",
        "answers": {"consent": "yes", "area": "north", "age": 40}}).to_string();
    let replies: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..100)
            .map(|_| scope.spawn(|| server.post("community-security", "application/json", body.as_bytes())))
            .collect();
        sent.into_iter()
            .map(|handle| handle.join().expect("a thread"))
            .collect::<Result<_>>()
    })?;
    assert!(replies.iter().all(|(status, _)| *status == 200), "{replies:?}");
    assert_eq!(
        replies
            .iter()
            .filter(|(_, reply)| reply["status"] == "stored")
            .count(),
        1
    );
    assert_eq!(exported(folder.path())?.len(), 1);
    Ok(())
}

#[test]
fn databases_that_are_not_ours_stay_as_they_are() -> Result<()> {
    let folder = tempdir()?;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes);
    write("text.db", "a letter, not a database; ".repeat(100).as_bytes())?;
    let sqlite = |name: &str, sql: &str| -> Result<()> {
        rusqlite::Connection::open(folder.path().join(name))?.execute_batch(sql)?;
        Ok(())
    };
    sqlite(
        "foreign.db",
        "CREATE TABLE songs (title TEXT); INSERT INTO songs VALUES ('x');",
    )?;
    baraza(folder.path(), &["demo", "--db", "newer.db", "--respondents", "1"]);
    sqlite("newer.db", "PRAGMA user_version = 999;")?;
    let cases = [
        ("text.db", "is not a database"),
        ("foreign.db", "is a database of another program"),
        ("newer.db", "was written by a newer version of Baraza"),
    ];
    for (name, message) in cases {
        let before = std::fs::read(folder.path().join(name))?;
        for command in [
            vec!["export"],
            vec!["analyse", "--out", "tables"],
            vec!["demo"],
            vec!["serve", "--listen", "127.0.0.1:0"],
        ] {
            let output = baraza(folder.path(), &[&command[..], &["--db", name]].concat());
            assert_eq!(
                output.status.code(),
                Some(1),
                "{command:?} {name}: {}",
                told(&output)
            );
            assert!(
                told(&output).contains(message),
                "{command:?} {name}: {}",
                told(&output)
            );
        }
        assert!(
            std::fs::read(folder.path().join(name))? == before,
            "{name} was changed"
        );
    }
    let missing = baraza(folder.path(), &["export", "--db", "nowhere.db"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(told(&missing).contains("there is no database nowhere.db"));
    assert!(!folder.path().join("nowhere.db").exists());
    Ok(())
}

#[test]
fn a_port_in_use_is_told_before_anything_is_touched() -> Result<()> {
    let folder = tempdir()?;
    let port = free_port();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port))?;
    let output = baraza(
        folder.path(),
        &["serve", "--listen", &format!("127.0.0.1:{port}")],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains(&format!("port {port} is in use")),
        "{}",
        told(&output)
    );
    assert!(!folder.path().join("baraza.db").exists());
    Ok(())
}

#[test]
fn a_form_that_changed_without_a_new_version_is_not_published() -> Result<()> {
    let folder = tempdir()?;
    let form = |label: &str| {
        format!(
            "| survey | | | |\n| | type | name | label |\n| | text | a | {label} |\n| settings | | |\n| | form_id | version |\n| | f | 1 |\n"
        )
    };
    std::fs::write(folder.path().join("f.md"), form("One"))?;
    assert_eq!(baraza(folder.path(), &["publish", "f.md"]).status.code(), Some(0));
    assert_eq!(
        baraza(folder.path(), &["publish", "f.md"]).status.code(),
        Some(0),
        "the same form again is nothing new"
    );
    std::fs::write(folder.path().join("f.md"), form("Two"))?;
    let output = baraza(folder.path(), &["publish", "f.md"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("give this one a new version"),
        "{}",
        told(&output)
    );
    Ok(())
}
