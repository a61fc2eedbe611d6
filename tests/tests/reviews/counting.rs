//! What analysts and enumerators see of it.

use crate::*;
use baraza_tests::field::{Client, link, open_form, publish};
use baraza_tests::rows;
use tempfile::tempdir;

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
            &[&["analyse", "--out", "t", "--minimum-base", "10"], more].concat(),
        );
        ensure!(output.status.success(), "{}", told(&output));
        let tidy = csv_rows(&folder.join("t/tidy.csv"))?;
        let of = |code: &str| {
            let row = tidy
                .iter()
                .find(|row| row["question"] == "years" && row["domain"] == code);
            row.map_or_else(|| "none".to_owned(), |row| row["n"].clone())
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
