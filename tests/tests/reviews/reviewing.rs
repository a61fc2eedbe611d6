//! States, lists, and what the audit log knows.

use crate::*;
use baraza_tests::binary;
use baraza_tests::field::{open_form, publish};
use std::io::Write;
use std::process::{Command, Stdio};
use tempfile::tempdir;

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
    Ok(())
}

#[test]
fn lists_go_by_state_flag_sender_and_day_and_are_what_a_review_takes() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 30))?, 200);
    assert_eq!(send(&server, B, &person("woman", 30))?, 200);
    assert_eq!(send(&server, C, &person("man", 30))?, 200);
    assert_eq!(send(&server, C, &person("man", 31))?, 409);
    for years in ["years=31", "years=32", "years=33"] {
        done(
            folder,
            &["correct", B, "--set", years, "--by", "Chi", "--why", "x"],
        )?;
    }
    done(folder, &["review", B, "rejected", "--by", "Bola"])?;
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
    for id in [C, C2] {
        assert_eq!(show(folder, id)?["state"], "rejected");
    }
    assert_eq!(show(folder, C2)?["reviews"][0]["by"], "Dede");
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
