//! A coordinator corrects: one answer, a second content, a file of them.

use crate::*;
use baraza_tests::field::{open_form, publish};
use tempfile::tempdir;

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
    Ok(())
}

#[test]
fn what_is_odd_is_taken_and_told_and_can_be_taken_back() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 34))?, 200);
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
    Ok(())
}

#[test]
fn a_dry_run_writes_nothing_and_an_earlier_version_comes_back() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 34))?, 200);
    done(
        folder,
        &[
            "correct",
            A,
            "--set",
            "years=34.5",
            "--by",
            "Bola",
            "--why",
            "so she says",
        ],
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
        dry.contains("would be at version 2: years") && written(folder)? == before,
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
