//! Corrections, states and comments: a coordinator at work, and what an analyst, an enumerator and an auditor see of it.

use anyhow::{Context, Result, ensure};
use baraza_tests::field::{Client, link, open_form, publish, response, said};
use baraza_tests::{Server, baraza, binary, csv_rows, load, rows, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::tempdir;

/// Instance IDs that begin differently, and two that begin alike.
const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const C: &str = "cccccccc-0000-4000-8000-000000000003";
const C2: &str = "cccccccc-0000-4000-8000-000000000004";

fn send(server: &Server, id: &str, answers: &Value) -> Result<u16> {
    let body = response("market", id, answers).to_string();
    Ok(server.post("market", "application/json", body.as_bytes())?.0)
}

fn person(sex: &str, years: u32) -> Value {
    json!({"agreed": "yes", "sex": sex, "years": years})
}

/// Runs `baraza responses …` and wants it done.
fn done(folder: &Path, arguments: &[&str]) -> Result<String> {
    let output = responses(folder, arguments);
    ensure!(output.status.success(), "{arguments:?}: {}", told(&output));
    Ok(told(&output))
}

fn responses(folder: &Path, arguments: &[&str]) -> Output {
    baraza(folder, &[&["responses"], arguments].concat())
}

/// Runs it and wants it refused with these words, nothing written.
fn refused(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) -> Result<()> {
    let before = written(folder)?;
    let output = responses(folder, arguments);
    ensure!(
        output.status.code() == Some(code),
        "{arguments:?}: {:?} {}",
        output.status,
        told(&output)
    );
    for words in words {
        ensure!(
            told(&output).contains(words),
            "{arguments:?}, wanted {words:?}: {}",
            told(&output)
        );
    }
    ensure!(written(folder)? == before, "{arguments:?} wrote something");
    Ok(())
}

/// How many corrections, reviews and entries of the audit log there are.
fn written(folder: &Path) -> Result<(i64, i64, i64)> {
    let query = "SELECT (SELECT count(*) FROM correction), (SELECT count(*) FROM review), (SELECT count(*) FROM audit)";
    let database = Connection::open(folder.join("baraza.db"))?;
    Ok(database.query_row(query, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

fn show(folder: &Path, id: &str) -> Result<Value> {
    said(folder, &["responses", "show", id])
}

fn audit(folder: &Path) -> Result<Vec<(String, String, String, Value)>> {
    let database = Connection::open(folder.join("baraza.db"))?;
    let mut statement = database.prepare("SELECT by, action, survey, detail FROM audit ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        let detail: String = row.get(3)?;
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            serde_json::from_str(&detail).unwrap_or_default(),
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A row of an export by its instance ID.
fn exported(folder: &Path, id: &str, more: &[&str]) -> Result<std::collections::BTreeMap<String, String>> {
    let output = baraza(folder, &[&["export", "--out", "e.csv"], more].concat());
    ensure!(output.status.success(), "{}", told(&output));
    let rows = csv_rows(&folder.join("e.csv"))?;
    rows.into_iter()
        .find(|row| row["instance_id"] == id)
        .context("the row")
}

#[test]
fn a_coordinator_corrects_an_age_and_both_versions_stay() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 44))?, 200);
    let corrected = done(
        folder,
        &[
            "correct",
            "aaaaaa",
            "--set",
            "years=34",
            "--by",
            "Bola",
            "--why",
            "a 4 typed for a 3",
        ],
    )?;
    assert!(
        corrected.contains("aaaaaaaa-0000 is at version 1: years"),
        "{corrected}"
    );
    // An export has what counts, and what was received on demand.
    let row = exported(folder, A, &[])?;
    assert_eq!(
        (&*row["years"], &*row["corrections"], &*row["review"]),
        ("34", "1", "received")
    );
    let row = exported(folder, A, &["--as-received"])?;
    assert_eq!((&*row["years"], &*row["corrections"]), ("44", "1"));
    // The history has both, with who, when and why.
    let history = show(folder, A)?;
    assert_eq!(
        (
            &history["received"]["answers"]["years"],
            &history["answers"]["years"]
        ),
        (&json!(44), &json!(34))
    );
    let correction = &history["corrections"][0];
    assert_eq!(
        correction["changed"],
        json!([{"question": "years", "before": 44, "after": 34}])
    );
    assert_eq!(
        (&correction["by"], &correction["why"]),
        (&json!("Bola"), &json!("a 4 typed for a 3"))
    );
    assert!(
        correction["at"].as_str().is_some_and(|at| at.len() == 24),
        "{correction}"
    );
    let text = done(folder, &["show", "aaaaaa"])?;
    for words in ["years: 44 -> 34", "Bola: a 4 typed for a 3", "individual answers"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // What the phone sends again is still what is there.
    let body = response("market", A, &person("woman", 44)).to_string();
    let (_, again) = server.post("market", "application/json", body.as_bytes())?;
    assert_eq!(again["status"], "already_stored");
    // What is so already is no correction.
    let same = done(
        folder,
        &[
            "correct", "aaaaaa", "--set", "years=34", "--by", "Bola", "--why", "again",
        ],
    )?;
    assert!(same.contains("so already"), "{same}");
    // What the form does not allow is taken, flagged and told; what can't be an answer is not.
    let odd = done(
        folder,
        &[
            "correct",
            "aaaaaa",
            "--set",
            "years=34.5",
            "--by",
            "Bola",
            "--why",
            "so she says",
        ],
    )?;
    assert!(
        odd.contains("warning: aaaaaaaa-0000: years: not a whole number"),
        "{odd}"
    );
    assert_eq!(show(folder, A)?["state"], "flagged");
    let wanted = [
        "correct",
        "aaaaaa",
        "--by",
        "Bola",
        "--why",
        "x",
        "--set",
        "sex=women",
        "--set",
        "yeers=3",
    ];
    refused(
        folder,
        &wanted,
        2,
        &[
            "'women' is not among the codes of 'sex': woman, man",
            "did you mean 'years'?",
            "nothing was written",
        ],
    )?;
    refused(
        folder,
        &["correct", "aaaaaa", "--by", "Bola", "--why", "x"],
        1,
        &["--set KEY=VALUE"],
    )?;
    refused(
        folder,
        &["correct", "aaaaaa", "--set", "years=3", "--by", "Bola"],
        2,
        &["--why"],
    )?;
    refused(
        folder,
        &[
            "correct", "aaaaaa", "--set", "years=3", "--by", "server", "--why", "x",
        ],
        1,
        &["stands for the server itself"],
    )?;
    // A dry run says and writes nothing; and back to what was received.
    let before = written(folder)?;
    let dry = done(
        folder,
        &[
            "correct",
            "aaaaaa",
            "--take-version",
            "0",
            "--by",
            "Bola",
            "--why",
            "x",
            "--dry-run",
        ],
    )?;
    assert!(
        dry.contains("would be at version 3: years") && written(folder)? == before,
        "{dry}"
    );
    done(
        folder,
        &[
            "correct",
            "aaaaaa",
            "--take-version",
            "0",
            "--by",
            "Bola",
            "--why",
            "she was right at first",
        ],
    )?;
    let history = show(folder, A)?;
    assert_eq!(
        (&history["answers"], &history["state"]),
        (&history["received"]["answers"], &json!("received"))
    );
    Ok(())
}

#[test]
fn tables_follow_corrections_and_leave_rejected_responses_out() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    let id = |n: u32| format!("{n:08x}-0000-4000-8000-000000000000");
    for n in 0..60 {
        assert_eq!(
            send(&server, &id(n), &person(if n < 30 { "woman" } else { "man" }, 40))?,
            200
        );
    }
    // Bases of women and men, from the database and from an export.
    let bases = |more: &[&str]| -> Result<(Vec<String>, String)> {
        let output = baraza(
            folder,
            &[&["analyse", "--out", "t", "--minimum-base", "5"], more].concat(),
        );
        ensure!(output.status.success(), "{}", told(&output));
        let tidy = csv_rows(&folder.join("t/tidy.csv"))?;
        let of = |code: &str| {
            let row = tidy
                .iter()
                .find(|row| row["question"] == "years" && row["domain_code"] == code);
            row.map_or_else(|| "none".to_owned(), |row| row["base"].clone())
        };
        Ok((vec![of("woman"), of("man")], told(&output)))
    };
    let (before, _) = bases(&[])?;
    assert_eq!(before, ["30", "30"]);
    done(
        folder,
        &[
            "correct",
            &id(0),
            "--set",
            "sex=man",
            "--by",
            "Bola",
            "--why",
            "asked again",
        ],
    )?;
    done(
        folder,
        &[
            "review",
            &id(1),
            &id(2),
            "rejected",
            "--by",
            "Bola",
            "--comment",
            "filled in at home",
        ],
    )?;
    let (after, notes) = bases(&[])?;
    assert_eq!(after, ["27", "31"]);
    assert!(notes.contains("2 responses are left out: rejected"), "{notes}");
    assert_eq!(bases(&["--with-rejected"])?.0, ["29", "31"]);
    // An export tells of them, and an analysis of it comes to the same.
    let all = rows(folder)?;
    let rejected = all.iter().filter(|row| row["review"] == "rejected").count();
    assert_eq!((all.len(), rejected), (60, 2));
    let (from_csv, notes) = bases(&["--csv", "r.csv", "--form", "f.md"])?;
    assert_eq!(from_csv, after);
    assert!(notes.contains("2 responses are left out: rejected"), "{notes}");
    assert_eq!(
        bases(&["--csv", "r.csv", "--form", "f.md", "--with-rejected"])?.0,
        ["29", "31"]
    );
    let without = baraza(folder, &["export", "--out", "w.csv", "--without-rejected"]);
    assert!(
        told(&without).contains("wrote 58 responses"),
        "{}",
        told(&without)
    );
    assert_eq!(csv_rows(&folder.join("w.csv"))?.len(), 58);
    Ok(())
}

#[test]
fn quotas_count_what_counts_now() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    let (_, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let client = Client::signed_in(&server, &amina)?;
    std::fs::write(folder.join("q.csv"), "gender,target\nwoman,5\nman,5\n")?;
    assert!(baraza(folder, &["quotas", "set", "q.csv"]).status.success());
    let received = || -> Result<Vec<u64>> {
        let of = |quotas: &Value| -> Vec<u64> {
            let quotas = quotas.as_array().into_iter().flatten();
            quotas.filter_map(|quota| quota["received"].as_u64()).collect()
        };
        let (_, told) = client.json("GET", "/api/field", &Value::Null)?;
        let counts = of(&told["surveys"][0]["quotas"]);
        // The server counts on; the command line counts anew, and comes to the same.
        let again = of(&said(folder, &["quotas", "show"])?["quotas"]);
        ensure!(counts == again && counts.len() == 2, "{counts:?} {again:?}");
        Ok(counts)
    };
    for (id, sex) in [(A, "woman"), (B, "woman"), (C, "man")] {
        assert_eq!(send(&server, id, &person(sex, 30))?, 200);
    }
    assert_eq!(received()?, [2, 1]);
    done(
        folder,
        &["correct", A, "--set", "sex=man", "--by", "Bola", "--why", "x"],
    )?;
    assert_eq!(received()?, [1, 2]);
    done(folder, &["review", A, C, "rejected", "--by", "Bola"])?;
    assert_eq!(received()?, [1, 0]);
    assert_eq!(send(&server, C2, &person("man", 30))?, 200);
    done(
        folder,
        &["comment", B, "a comment counts for nothing", "--by", "Bola"],
    )?;
    assert_eq!(received()?, [1, 1]);
    done(folder, &["review", A, "approved", "--by", "Bola"])?;
    assert_eq!(received()?, [1, 2]);
    // Who took part by mistake: consent was not given after all.
    done(
        folder,
        &["correct", B, "--set", "agreed=no", "--by", "Bola", "--why", "x"],
    )?;
    assert_eq!(received()?, [0, 2]);
    done(
        folder,
        &["correct", B, "--take-version", "0", "--by", "Bola", "--why", "x"],
    )?;
    assert_eq!(received()?, [1, 2]);
    Ok(())
}

#[test]
fn states_follow_doubts_until_somebody_says_otherwise() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 30))?, 200);
    assert_eq!(
        send(&server, B, &json!({"agreed": "yes", "sex": "alien", "years": 30}))?,
        200
    );
    assert_eq!(send(&server, C, &person("man", 30))?, 200);
    assert_eq!(send(&server, C, &person("man", 31))?, 409);
    let state =
        |id: &str| -> Result<String> { Ok(show(folder, id)?["state"].as_str().unwrap_or_default().into()) };
    assert_eq!(
        [state(A)?, state(B)?, state(C)?],
        ["received", "flagged", "flagged"]
    );
    // A correction that mends it takes the doubt away.
    done(
        folder,
        &["correct", B, "--set", "sex=man", "--by", "Bola", "--why", "x"],
    )?;
    assert_eq!(state(B)?, "received");
    // Approved is said of certain answers; rejected and flagged of the interview.
    done(folder, &["review", A, B, C, "approved", "--by", "Bola"])?;
    assert_eq!([state(A)?, state(B)?, state(C)?], ["approved"; 3]);
    done(
        folder,
        &["correct", A, "--set", "years=31", "--by", "Chi", "--why", "x"],
    )?;
    assert_eq!(state(A)?, "received");
    let reviews = show(folder, A)?["reviews"].clone();
    assert_eq!(
        (&reviews[0]["by"], &reviews[1]["by"]),
        (&json!("Bola"), &json!("server")),
        "the history tells why"
    );
    done(
        folder,
        &["correct", C, "--set", "years=33", "--by", "Chi", "--why", "x"],
    )?;
    assert_eq!(state(C)?, "flagged", "its second content is still there");
    for kept in ["flagged", "rejected"] {
        done(folder, &["review", B, kept, "--by", "Bola"])?;
        let years = if kept == "flagged" { "years=32" } else { "years=33" };
        done(
            folder,
            &["correct", B, "--set", years, "--by", "Chi", "--why", "x"],
        )?;
        assert_eq!(state(B)?, kept);
    }
    // Lists go by all of it.
    let listed = |more: &[&str]| -> Result<Vec<String>> {
        let text = done(folder, &[&["list", "--format", "csv"], more].concat())?;
        Ok(text.lines().skip(1).map(|line| line[..8].to_owned()).collect())
    };
    assert_eq!(listed(&[])?, ["aaaaaaaa", "bbbbbbbb", "cccccccc"]);
    assert_eq!(
        listed(&["--state", "rejected", "--state", "flagged"])?,
        ["bbbbbbbb", "cccccccc"]
    );
    assert_eq!(listed(&["--since", "2999-01-01"])?, [""; 0]);
    assert_eq!(listed(&["--enumerator", "Amina"])?, [""; 0]);
    assert_eq!(
        send(
            &server,
            C2,
            &json!({"agreed": "yes", "sex": "alien", "years": 30})
        )?,
        200
    );
    assert_eq!(listed(&["--flag", "not_offered"])?, ["cccccccc"]);
    assert_eq!(listed(&["--flag", "sex"])?, ["cccccccc"]);
    assert_eq!(listed(&["--flag", "years"])?, [""; 0]);
    let people = done(folder, &["list", "--state", "flagged"])?;
    assert!(
        people.contains("1 second content") && people.contains("2 responses of 4"),
        "{people}"
    );
    assert!(!people.contains("alien"), "a list holds no answers: {people}");
    let objects = done(folder, &["list", "--format", "json", "--state", "rejected"])?;
    let object: Value = serde_json::from_str(objects.trim())?;
    assert_eq!(
        (&object["corrections"], &object["state"]),
        (&json!(3), &json!("rejected"))
    );
    refused(
        folder,
        &["list", "--state", "good"],
        2,
        &["received, flagged, approved, rejected"],
    )?;
    refused(folder, &["list", "--since", "yesterday"], 1, &["2026-11-01"])?;
    // A list is what --from takes.
    let list = responses(folder, &["list", "--state", "flagged", "--format", "csv"]).stdout;
    let mut review = Command::new(binary())
        .args(["responses", "review", "--from", "-", "rejected"])
        .env("BARAZA_BY", "Dede")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    review.stdin.take().context("its input")?.write_all(&list)?;
    assert!(review.wait_with_output()?.status.success());
    assert_eq!([state(C)?, state(C2)?], ["rejected"; 2]);
    assert_eq!(show(folder, C2)?["reviews"][0]["by"], "Dede");
    Ok(())
}

#[test]
fn a_second_content_is_taken_as_a_correction() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 30))?, 200);
    assert_eq!(
        send(
            &server,
            A,
            &json!({"agreed": "yes", "sex": "man", "years": 31, "more": "two\u{1b}[2Jlines"})
        )?,
        409
    );
    let text = done(folder, &["show", A])?;
    assert!(
        text.contains("second content 1") && text.contains("years: 30 -> 31"),
        "{text}"
    );
    assert!(
        !text.contains('\u{1b}'),
        "a stranger's text does not steer the terminal"
    );
    refused(
        folder,
        &["correct", A, "--take-conflict", "2", "--by", "Bola", "--why", "x"],
        1,
        &["one second content"],
    )?;
    let take = [
        "correct",
        A,
        "--take-conflict",
        "1",
        "--clear",
        "more",
        "--by",
        "Bola",
        "--why",
        "sent after a change",
    ];
    done(folder, &take)?;
    let history = show(folder, A)?;
    assert_eq!(history["answers"], person("man", 31));
    assert_eq!(history["received"]["answers"], person("woman", 30));
    assert_eq!(
        history["conflicts"].as_array().map(Vec::len),
        Some(1),
        "it is kept"
    );
    assert_eq!(exported(folder, A, &[])?["sex"], "man");
    refused(
        folder,
        &["correct", B, "--take-conflict", "1", "--by", "Bola", "--why", "x"],
        1,
        &["no response whose instance_id begins"],
    )
}

#[test]
fn a_file_of_corrections_is_taken_whole_or_not_at_all() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    for id in [A, B, C, C2] {
        assert_eq!(
            send(
                &server,
                id,
                &json!({"agreed": "yes", "sex": "woman", "years": 30, "more": "x"})
            )?,
            200
        );
    }
    let put = |csv: &str| std::fs::write(folder.join("c.csv"), csv);
    let from = ["correct", "--from", "c.csv", "--by", "Bola"];
    put(
        "instance_id,question,value,why\naaaaaa,years,31,x\n\nbbbbbb,years,old,x\ncccccc,years,3,x\ndddddd,years,3,x\naaaaaa,sex,women,x\nbbbbbb,years,3,\n",
    )?;
    refused(folder, &from, 2, &["error: c.csv, line 8: 'why' is blank"])?;
    put(
        "instance_id,question,value,why\naaaaaa,years,31,x\n\nbbbbbb,years,old,x\ncccccc,years,3,x\ndddddd,years,3,x\naaaaaa,sex,women,x\n",
    )?;
    refused(
        folder,
        &from,
        2,
        &[
            "line 4: 'years' is a number",
            "line 5: several responses begin with 'cccccc'",
            "line 6: there is no response",
            "line 7: 'women' is not among the codes",
            "c.csv: refused; nothing was written",
        ],
    )?;
    put(
        "\u{feff}why;value;question;instance_id\r\nasked again;31;years;aaaaaa\r\nasked again;man;sex;aaaaaa\r\n\"said; twice\";;more;bbbbbb\r\nso it is;30;years;cccccccc-0000-4000-8000-000000000003\r\n",
    )?;
    let before = written(folder)?;
    let dry = done(folder, &[&from[..], &["--dry-run"]].concat())?;
    assert!(
        dry.contains("2 responses would be corrected, 1 response so already") && written(folder)? == before,
        "{dry}"
    );
    let taken = done(folder, &from)?;
    assert!(
        taken.contains("2 responses corrected, 1 response so already"),
        "{taken}"
    );
    let history = show(folder, A)?;
    assert_eq!(
        (
            &history["version"],
            &history["answers"]["years"],
            &history["answers"]["sex"]
        ),
        (&json!(1), &json!(31), &json!("man"))
    );
    assert_eq!(show(folder, B)?["answers"].get("more"), None);
    assert_eq!(show(folder, B)?["corrections"][0]["why"], "said; twice");
    // Again it changes nothing.
    let before = written(folder)?;
    assert!(done(folder, &from)?.contains("0 responses corrected, 3 responses so already"));
    assert_eq!(written(folder)?, before);
    Ok(())
}

#[test]
fn the_audit_log_knows_who_did_what_and_no_answers() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 37))?, 200);
    assert_eq!(send(&server, B, &person("woman", 38))?, 200);
    let before = audit(folder)?.len();
    done(
        folder,
        &[
            "correct",
            A,
            "--set",
            "years=73",
            "--set",
            "more=secretly",
            "--by",
            "Bola",
            "--why",
            "a hidden reason",
        ],
    )?;
    done(
        folder,
        &[
            "review",
            A,
            B,
            "approved",
            "--by",
            "Chi",
            "--comment",
            "hidden too",
        ],
    )?;
    done(folder, &["comment", B, "hidden as well", "--by", "Dede"])?;
    done(
        folder,
        &["correct", A, "--clear", "more", "--by", "Bola", "--why", "x"],
    )?;
    let log = audit(folder)?;
    let new = &log[before..];
    let told: Vec<String> = new
        .iter()
        .map(|(by, action, survey, detail)| {
            format!(
                "{by} {action} {survey} {} {} {}",
                detail["instance_id"], detail["number"], detail["state"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            format!("Bola corrected market \"{A}\" 1 null"),
            format!("Chi reviewed market \"{A}\" 1 \"approved\""),
            format!("Chi reviewed market \"{B}\" 0 \"approved\""),
            format!("Dede commented market \"{B}\" null null"),
            format!("Bola corrected market \"{A}\" 2 null"),
        ]
    );
    assert_eq!(new[0].3["questions"], json!(["more", "years"]));
    for (_, action, _, detail) in new {
        let mut detail = detail.clone();
        let hash = detail.as_object_mut().and_then(|detail| detail.remove("sha256"));
        assert_eq!(
            hash.is_some(),
            action == "corrected",
            "what was corrected is hashed"
        );
        for secret in ["73", "secretly", "hidden"] {
            assert!(
                !detail.to_string().replace(A, "").contains(secret),
                "{secret}: {detail}"
            );
        }
    }
    // What was received is as its hash in the log says: nothing touched it.
    let database = Connection::open(folder.join("baraza.db"))?;
    let years: String = database.query_row(
        "SELECT answers FROM response WHERE instance_id = ?1",
        [A],
        |row| row.get(0),
    )?;
    assert!(years.contains("37") && !years.contains("73"));
    Ok(())
}

#[test]
fn two_coordinators_do_not_pass_over_each_other() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 30))?, 200);
    let correct = |set: &str, version: &str, by: &str| {
        responses(
            folder,
            &[
                "correct",
                A,
                "--set",
                set,
                "--if-version",
                version,
                "--by",
                by,
                "--why",
                "x",
            ],
        )
    };
    assert!(correct("years=31", "0", "Bola").status.success());
    let late = correct("years=32", "0", "Chi");
    assert_eq!(late.status.code(), Some(1));
    let words = told(&late);
    assert!(
        words.contains("is at version 1 (Bola corrected it at") && words.contains("not at 0"),
        "{words}"
    );
    refused(
        folder,
        &["review", A, "approved", "--if-version", "0", "--by", "Chi"],
        1,
        &["is at version 1 now (Bola corrected it"],
    )?;
    done(
        folder,
        &["review", A, "approved", "--if-version", "1", "--by", "Chi"],
    )?;
    refused(
        folder,
        &["review", A, "aaaaab", "approved", "--by", "Chi"],
        1,
        &["begins with 'aaaaab'", "nothing was written"],
    )?;
    refused(
        folder,
        &["review", A, "fine", "--by", "Chi"],
        1,
        &["there is no state 'fine'", "comes last"],
    )?;
    refused(
        folder,
        &["comment", "aaaa", "x", "--by", "Chi"],
        1,
        &["at least 6 characters"],
    )?;

    // Many at once, while the server receives: each names another question, and none is lost.
    let port = server.url.rsplit(':').next().context("a port")?.parse()?;
    publish(folder, load::FORM)?;
    std::thread::scope(|scope| -> Result<()> {
        let receiving = scope.spawn(|| {
            load::run(load::Load {
                port,
                path: load::PATH,
                connections: 4,
                run: 1,
                first: 0,
                until: load::Until::Sent(400),
            })
        });
        let correcting: Vec<_> = (0..4)
            .map(|at| {
                scope.spawn(move || -> Result<()> {
                    for n in 0..3 {
                        let (set, by) = (format!("more={at} {n}"), format!("person {at}"));
                        let set = if at == 0 { format!("years={}", 40 + n) } else { set };
                        let more = ["--survey", "market", "--by", &by, "--why", "x", "--set", &set];
                        done(folder, &[&["correct", A][..], &more].concat())?;
                    }
                    Ok(())
                })
            })
            .collect();
        for one in correcting {
            one.join().expect("a thread")?;
        }
        receiving.join().expect("a thread");
        Ok(())
    })?;
    let history = show(folder, A)?;
    let corrections = history["corrections"].as_array().context("corrections")?;
    let numbers: Vec<_> = corrections.iter().map(|c| c["version"].as_u64()).collect();
    assert_eq!(
        numbers,
        (1..=13).map(Some).collect::<Vec<_>>(),
        "one after the other, without a gap"
    );
    assert_eq!(
        history["answers"]["years"], 42,
        "what one changed the others did not put back"
    );
    // The chain of the audit log has no gap either.
    let database = Connection::open(folder.join("baraza.db"))?;
    let (entries, last): (i64, i64) =
        database.query_row("SELECT count(*), max(id) FROM audit", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    assert_eq!(entries, last);
    Ok(())
}
