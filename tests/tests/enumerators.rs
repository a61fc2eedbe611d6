//! Who may sign in, who may send, and in whose name.

use anyhow::{Context, Result, ensure};
use baraza_tests::field::{Client, VISITS, link, open_form, publish, said, token};
use baraza_tests::{Server, baraza, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::tempdir;

#[test]
fn who_may_send_and_in_whose_name() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, VISITS)?;
    publish(folder, &open_form())?;
    let server = Server::start(folder, &[])?;
    let url = ["--url", &server.url];
    let (amina, a) = link(folder, "add", "Amina", &url)?;
    let (bola, b) = link(folder, "add", "Bola", &url)?;
    let (chidi, c) = link(
        folder,
        "add",
        "Chidi",
        &[&url[..], &["--survey", "market"]].concat(),
    )?;
    let (dara, d) = link(folder, "add", "Dara", &url)?;

    let nobody = Client::new(&server);
    let mut forged = Client::new(&server);
    forged.cookie = "baraza_field=0123456789abcdef0123456789abcdef".into();
    let by_amina = Client::signed_in(&server, &a)?;
    let by_chidi = Client::signed_in(&server, &c)?;
    let revoked = Client::signed_in(&server, &b)?;
    ensure!(
        baraza(folder, &["enumerators", "revoke", "bola"])
            .status
            .success(),
        "whatever the case of the name"
    );
    let renewed = Client::signed_in(&server, &d)?;
    link(folder, "renew", "Dara", &url)?;
    let left = Client::signed_in(&server, &a)?;
    assert_eq!(left.json("DELETE", "/api/session", &Value::Null)?.0, 200);
    let old = Client::signed_in(&server, &a)?;
    let began = old.cookie.clone();
    Connection::open(folder.join("baraza.db"))?.execute(
        "UPDATE session SET began_at = '2020-01-01T00:00:00.000Z' WHERE digest = ?1",
        [
            <sha2::Sha256 as sha2::Digest>::digest(began.split_once('=').expect("a cookie").1.as_bytes())
                .to_vec(),
        ],
    )?;

    let cases: [(&str, &Client<'_>, Option<&str>, &str); 11] = [
        ("nobody", &nobody, None, "signed_out"),
        ("nobody, naming one", &nobody, Some(&amina), "signed_out"),
        ("a forged cookie", &forged, Some(&amina), "signed_out"),
        ("signed out", &left, Some(&amina), "signed_out"),
        ("signed in years ago", &old, Some(&amina), "signed_out"),
        ("revoked", &revoked, Some(&bola), "revoked"),
        ("renewed since", &renewed, Some(&dara), "revoked"),
        ("Amina", &by_amina, Some(&amina), "stored"),
        ("Amina, naming nobody", &by_amina, None, "stored"),
        ("Amina, naming Bola", &by_amina, Some(&bola), "stored"),
        (
            "Chidi, who is for another survey",
            &by_chidi,
            Some(&chidi),
            "stored",
        ),
    ];
    for (who, client, claimed, code) in cases {
        // The survey that is for enumerators alone.
        let (status, told, stored) = client.send(folder, "visits", claimed)?;
        assert_eq!(
            (status, told.as_str()),
            (if code == "stored" { 200 } else { 403 }, code),
            "{who}"
        );
        assert_eq!(stored.is_some(), code == "stored", "{who}");
        // The survey that is for anybody: never refused, and in nobody's name unless it is true.
        let (status, told, open) = client.send(folder, "market", claimed)?;
        assert_eq!((status, told.as_str()), (200, "stored"), "{who}");
        let (name, flags) = open.context("stored")?;
        let own = (std::ptr::eq(client, &raw const by_amina) && claimed == Some(&amina)).then_some("Amina");
        let own = own.or((claimed == Some(&chidi)).then_some("Chidi"));
        assert_eq!(name, own.unwrap_or("-"), "{who}");
        assert_eq!(
            flags.contains("not signed in"),
            claimed.is_some() && own.is_none(),
            "{who}: {flags}"
        );
        if claimed == Some(&chidi) {
            let (name, flags) = stored.context("stored")?;
            assert!(name == "Chidi" && flags.contains("for other surveys"), "{flags}");
        }
    }
    let list = said(folder, &["enumerators", "list"])?;
    let counts: Vec<_> = list["enumerators"]
        .as_array()
        .context("a list")?
        .iter()
        .map(|e| (e["name"].clone(), e["responses"].clone()))
        .collect();
    assert_eq!(
        json!(counts),
        json!([["Amina", 2], ["Bola", 0], ["Chidi", 2], ["Dara", 0]])
    );
    Ok(())
}

#[test]
fn signing_in_is_for_those_who_have_a_link() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, VISITS)?;
    let server = Server::start(folder, &[])?;
    let (id, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let mut client = Client::new(&server);
    assert_eq!(
        client.json("GET", "/api/session", &Value::Null)?.1["code"],
        "signed_out"
    );
    assert_eq!(client.json("GET", "/api/field", &Value::Null)?.0, 401);
    for bad in [
        "",
        "x",
        &"x".repeat(10_000),
        &token(&amina)[1..],
        "' OR 1=1 --",
        "\u{0}",
    ] {
        let (status, told) = client.sign_in(bad)?;
        assert_eq!((status, &told["code"]), (401, &json!("unknown")), "{bad}");
    }
    assert_eq!(client.json("POST", "/api/session", &json!({"tokens": 1}))?.0, 400);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for method in ["POST", "DELETE"] {
            let reply = client.ask(
                method,
                "/api/session",
                &[(name, value)],
                &json!({"token": token(&amina)}),
            )?;
            assert_eq!(reply.status().as_u16(), 403, "{method} {name}");
        }
    }

    // As it may be typed; over https the cookie stays there.
    let shouted = format!("  {} ", token(&amina).to_uppercase());
    let (status, told) = client.sign_in(&shouted)?;
    assert_eq!(
        (status, &told["enumerator"]),
        (200, &json!({"id": id, "name": "Amina"}))
    );
    assert_eq!(client.json("GET", "/api/session", &Value::Null)?.1, told);
    let authority = server.url.trim_start_matches("http://");
    let reply = client.ask(
        "POST",
        "/api/session",
        &[("origin", &format!("https://{authority}"))],
        &json!({"token": token(&amina)}),
    )?;
    let cookie = reply.headers()["set-cookie"].to_str()?.to_owned();
    for word in [
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
        "Max-Age=34560000",
        "Secure",
    ] {
        assert!(cookie.contains(word), "{cookie}");
    }

    // Neither the link nor the cookie can be read from the database.
    let mut bytes = std::fs::read(folder.join("baraza.db"))?;
    bytes.extend(std::fs::read(folder.join("baraza.db-wal")).unwrap_or_default());
    for secret in [
        token(&amina),
        client.cookie.split_once('=').context("a cookie")?.1,
    ] {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()));
    }

    // A thousand guesses are slowed down; whoever has a link is let in all the same.
    let mut slowed = 0;
    for n in 0..100 {
        let reply = client.ask(
            "POST",
            "/api/session",
            &[],
            &json!({"token": format!("guess{n}")}),
        )?;
        if reply.status().as_u16() == 429 {
            slowed += 1;
            assert!(reply.headers()["retry-after"].to_str()?.parse::<u64>()? >= 1);
        }
    }
    assert!(slowed >= 50, "{slowed} of 100");
    Client::signed_in(&server, &amina)?;
    Ok(())
}

#[test]
fn enumerators_are_named_listed_and_let_in_again() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let missing = baraza(folder, &["enumerators", "add", "Amina"]);
    assert!(
        told(&missing).contains("there is no database"),
        "{}",
        told(&missing)
    );
    publish(folder, VISITS)?;
    let add = baraza(
        folder,
        &[
            "enumerators",
            "add",
            " Amina ",
            "--url",
            "https://survey.example.org/",
            "--survey",
            "visits",
        ],
    );
    let text = told(&add);
    assert!(
        text.contains("https://survey.example.org/sign-in#") && text.contains('█'),
        "{text}"
    );
    let fails = |arguments: &[&str], words: &str| {
        let output = baraza(folder, &[&["enumerators"], arguments].concat());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(told(&output).contains(words), "{}", told(&output));
    };
    fails(&["add", "amina"], "there is an enumerator 'amina'");
    fails(&["add", "  "], "needs a name");
    fails(&["add", "a\nb"], "on one line");
    fails(
        &["add", "Bola", "--survey", "market"],
        "there is no survey 'market'",
    );
    fails(
        &["add", "Bola", "--url", "example.org"],
        "is no address of a server",
    );
    fails(
        &["revoke", "Bola"],
        "there is no enumerator 'Bola'; there is: Amina",
    );
    fails(&["renew", "Bola"], "there is no enumerator 'Bola'");
    assert!(told(&baraza(folder, &["enumerators", "revoke", "Amina"])).contains("signed out everywhere"));
    fails(&["revoke", "Amina"], "there is: nobody");
    // The name is free again, and is somebody else.
    let (second, _) = link(folder, "add", "Amina", &[])?;
    let list = said(folder, &["enumerators", "list"])?;
    let list = list["enumerators"].as_array().context("a list")?;
    assert_eq!(list.len(), 2);
    assert!(list[0]["revoked_at"].is_string() && list[1]["revoked_at"].is_null());
    assert_eq!(list[0]["surveys"], json!(["visits"]));
    let (renewed, _) = link(folder, "renew", "Amina", &[])?;
    assert_eq!(renewed, second, "who is there, not who was");
    assert!(told(&baraza(folder, &["enumerators", "list"])).contains("REVOKED"));
    Ok(())
}
