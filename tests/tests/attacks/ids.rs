//! Instance IDs: the same one again, at once, with other content, of another survey.

use super::{LINES, all_at_once, block_on, count, fresh, is_calm, post, response, responses, serve};
use anyhow::{Result, ensure};
use baraza_tests::wire::{Wire, request};
use baraza_tests::{Server, csv_rows};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn word(said: &Value) -> &str {
    said["status"].as_str().unwrap_or_default()
}

#[test]
fn two_contents_that_race_for_one_id_are_both_kept_whoever_wins() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let id = fresh();
    // Fifty of each, alone and in batches.
    let requests = (0..100)
        .map(|n| {
            let sent = response("home", &id, &json!({"age": 30 + n % 2})).to_string();
            if n % 10 < 2 {
                request("POST", "/api/responses", &[LINES], sent.as_bytes())
            } else {
                post("home", sent.as_bytes())
            }
        })
        .collect();
    let answers = block_on(all_at_once(server.port(), requests))?;
    let mut said: [BTreeSet<String>; 2] = Default::default();
    let (mut stored, mut by_status) = (0, [0, 0]);
    for (n, answer) in answers.iter().enumerate() {
        let said_of = answer.json();
        let line = if n % 10 < 2 {
            &said_of["responses"][0]
        } else {
            &said_of
        };
        stored += u64::from(word(line) == "stored");
        said[n % 2].insert(word(line).to_owned());
        if n % 10 >= 2 {
            ensure!([200, 409].contains(&answer.status), "{}", answer.head);
            by_status[usize::from(answer.status == 409)] += 1;
        }
    }
    ensure!(
        stored == 1,
        "one is stored, and everything else was there: {said:?}"
    );
    // Those with the content that came first hear that it is there; the others that it is another, every time.
    let winner = usize::from(said[1].contains("stored"));
    let conflict: BTreeSet<String> = ["conflict".to_owned()].into();
    ensure!(
        said[1 - winner] == conflict && !said[winner].contains("conflict"),
        "{said:?}"
    );
    ensure!(by_status == [40, 40], "{by_status:?}");
    ensure!(responses(folder.path())? == 1);
    let kept = "SELECT count(DISTINCT json_extract(answers, '$.age')) FROM
        (SELECT answers FROM response UNION ALL SELECT answers FROM response_conflict)";
    ensure!(count(folder.path(), kept)? == 2, "both are kept");
    ensure!(count(folder.path(), "SELECT count(*) FROM response_conflict")? == 1);
    is_calm(folder.path())
}

#[test]
fn an_id_of_another_survey_overwrites_nothing() -> Result<()> {
    let (folder, server) = serve(&[])?;
    let id = fresh();
    let ours = response("home", &id, &json!({"words": "ours"})).to_string();
    let theirs = response("farm", &id, &json!({"words": "theirs"})).to_string();
    let (status, said) = server.post("home", "application/json", ours.as_bytes())?;
    ensure!((status, word(&said)) == (200, "stored"), "{said}");
    let before = server.get(&format!("/s/home?{id}"), &[])?.status();
    let (status, said) = server.post("farm", "application/json", theirs.as_bytes())?;
    ensure!(
        (status, word(&said)) == (200, "stored"),
        "a response of another survey is another one: {said}"
    );
    // To the wrong address, and to a survey that is not there.
    ensure!(server.post("home", "application/json", theirs.as_bytes())?.0 == 400);
    ensure!(server.post("gone", "application/json", ours.as_bytes())?.0 == 404);
    // In other writing it is the same ID.
    for written in [
        id.to_uppercase(),
        format!("uuid:{id}"),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
    ] {
        let again = ours.replace(&id, &written);
        let (status, said) = server.post("home", "application/json", again.as_bytes())?;
        ensure!(
            (status, word(&said)) == (200, "already_stored"),
            "{written}: {said}"
        );
    }
    let (_, said) = server.post_lines(&[], format!("{ours}\n{theirs}\n").as_bytes())?;
    for line in said["responses"].as_array().into_iter().flatten() {
        ensure!(word(line) == "already_stored", "{said}");
    }
    ensure!(server.get(&format!("/s/home?{id}"), &[])?.status() == before);
    for (survey, words) in [("home", "ours"), ("farm", "theirs")] {
        let out = format!("{survey}.csv");
        let exported = baraza_tests::baraza(folder.path(), &["export", "--survey", survey, "--out", &out]);
        ensure!(exported.status.success());
        let rows = csv_rows(&folder.path().join(out))?;
        ensure!(rows.len() == 1 && rows[0]["words"] == words, "{survey}: {rows:?}");
    }
    ensure!(count(folder.path(), "SELECT count(*) FROM response_conflict")? == 0);
    Ok(())
}

#[test]
fn an_acknowledgement_that_is_lost_again_and_again_stores_once() -> Result<()> {
    let (folder, mut server) = serve(&[])?;
    let sent = response("home", &fresh(), &json!({"words": "said once"})).to_string();
    for turn in 0..4 {
        let port = server.port();
        block_on(async {
            // The answer comes and nobody is there to hear it.
            for _ in 0..5 {
                let mut wire = Wire::open(port).await?;
                wire.send(&post("home", sent.as_bytes())).await?;
                wire.reset()?;
            }
            let mut wire = Wire::open(port).await?;
            let answer = wire.ask(&post("home", sent.as_bytes())).await?;
            ensure!(answer.status == 200, "{}", answer.head);
            if turn > 0 {
                ensure!(word(&answer.json()) == "already_stored", "{}", answer.json());
            }
            Ok(())
        })?;
        server.kill()?;
        server = Server::start(folder.path(), &[])?;
    }
    ensure!(responses(folder.path())? == 1);
    is_calm(folder.path())
}
