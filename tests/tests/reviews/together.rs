//! Several coordinators at once, while the server receives.

use crate::*;
use baraza_tests::field::{open_form, publish};
use baraza_tests::load;
use tempfile::tempdir;

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
    Ok(())
}

#[test]
fn many_at_once_while_the_server_receives_lose_nothing() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    assert_eq!(send(&server, A, &person("woman", 30))?, 200);
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
        let received = receiving.join().expect("a thread")?;
        ensure!(received.acknowledged.len() == 400, "{received:?}");
        Ok(())
    })?;
    let history = show(folder, A)?;
    let corrections = history["corrections"].as_array().context("corrections")?;
    let numbers: Vec<_> = corrections.iter().map(|c| c["version"].as_u64()).collect();
    assert_eq!(
        numbers,
        (1..=12).map(Some).collect::<Vec<_>>(),
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
