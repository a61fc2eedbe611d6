//! Who is still to be asked.

use anyhow::{Context, Result, ensure};
use baraza_tests::field::{Client, link, open_form, publish, response, said};
use baraza_tests::{Server, baraza, told};
use serde_json::{Value, json};
use tempfile::tempdir;
use uuid::Uuid;

#[test]
fn quotas_count_complete_responses_once_and_go_on_from_there() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    let (_, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let client = Client::signed_in(&server, &amina)?;
    let set = |csv: &str| -> Result<std::process::Output> {
        std::fs::write(folder.join("q.csv"), csv)?;
        Ok(baraza(folder, &["quotas", "set", "q.csv"]))
    };
    let send = |answers: Value| -> Result<()> {
        let body = response("market", &Uuid::new_v4().to_string(), &answers).to_string();
        ensure!(server.post("market", "application/json", body.as_bytes())?.0 == 200);
        Ok(())
    };
    let received = || -> Result<Value> {
        let (status, told) = client.json("GET", "/api/field", &Value::Null)?;
        ensure!(status == 200, "{told}");
        let counts = told["surveys"][0]["quotas"]
            .as_array()
            .context("quotas")?
            .iter()
            .map(|quota| quota["received"].clone());
        let counts = Value::Array(counts.collect());
        // The command line counts anew, and comes to the same.
        let shown = said(folder, &["quotas", "show"])?;
        let again = shown["quotas"]
            .as_array()
            .context("quotas")?
            .iter()
            .map(|quota| quota["received"].clone());
        ensure!(counts == Value::Array(again.collect()), "{counts} {shown}");
        Ok(counts)
    };
    let wrong = set("gender,age,target\nwomen,18-35,20\nman,old,0\n")?;
    assert_eq!(wrong.status.code(), Some(2));
    for words in [
        "row 2, column A (gender): 'women' is not among the codes",
        "row 3, column B (age): 'old'",
        "row 3, column C (target): '0'",
    ] {
        assert!(told(&wrong).contains(words), "{}", told(&wrong));
    }
    assert_eq!(received()?, json!([]));
    let good = set("gender;age;target\nwoman;18-35;20\nman;46+;1\n;;30\n")?;
    assert!(
        told(&good).contains("3 quotas, 51 interviews in all"),
        "{}",
        told(&good)
    );
    assert_eq!(received()?, json!([0, 0, 0]));
    send(json!({"agreed": "yes", "sex": "woman", "years": 35}))?;
    send(json!({"agreed": "yes", "sex": "woman", "years": 36}))?;
    assert_eq!(received()?, json!([1, 0, 2]));
    send(json!({"agreed": "no", "sex": "woman", "years": 20}))?;
    send(json!({"agreed": "yes", "sex": "man", "years": 99}))?;
    assert_eq!(received()?, json!([1, 1, 3]), "who refused does not count");
    assert_eq!(received()?, json!([1, 1, 3]), "and nobody counts twice");
    assert!(told(&baraza(folder, &["quotas", "show"])).contains("Man 46+          1 of     1  reached"));
    // Other quotas begin at the first response again.
    set("gender,target\nwoman,5\n")?;
    assert_eq!(received()?, json!([2]));
    let (_, told) = client.json("GET", "/api/field", &Value::Null)?;
    let survey = &told["surveys"][0];
    assert_eq!(survey["quotas"][0]["label"], json!(["Woman", "امرأة"]));
    assert_eq!(survey["title"], json!(["At the market", "في السوق"]));
    assert_eq!(
        survey["languages"][1],
        json!({"tag": "ar", "name": "العربية (ar)", "rtl": true})
    );
    set("target\n")?;
    assert_eq!(received()?, json!([]));
    Ok(())
}
