//! `baraza accounts`, the headers of pages, and the cookie behind https.

use crate::{BOLAS, PASSWORD};
use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, administrator, first_token, written};
use baraza_tests::field::said;
use baraza_tests::{Server, baraza, told};
use serde_json::json;
use tempfile::tempdir;

#[test]
fn the_command_line_lets_in_and_keeps_the_last_administrator() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &["--url", "https://survey.example.org"])?;
    let token = first_token(&server)?;
    assert!(
        server
            .announced
            .contains(&format!("https://survey.example.org/desk/link#{token}"))
    );
    let mut amina = Visitor::new(&server);
    let form = written(&[("token", &token), ("name", "Amina"), ("password", PASSWORD)]);
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let made = amina.ask("POST", "/desk/link", &[kind], form.as_bytes())?;
    assert_eq!(made.status, 303, "{made:?}");
    assert!(
        made.cookie.starts_with("__Host-baraza-desk=") && made.cookie.contains("; Secure"),
        "{}",
        made.cookie
    );
    made.cookie
        .split(';')
        .next()
        .context("a cookie")?
        .clone_into(&mut amina.cookie);
    let home = amina.get("/desk")?;
    assert_eq!(home.status, 200);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(
            home.headers.get(name).and_then(|v| v.to_str().ok()),
            Some(value),
            "{name}"
        );
    }
    let policy = home
        .headers
        .get("content-security-policy")
        .context("a policy")?
        .to_str()?;
    assert!(
        policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    let plain = Visitor::with(&server, &amina.cookie.replace("__Host-", ""));
    assert_eq!(
        plain.get("/desk")?.status,
        303,
        "a cookie that anybody on the way could set"
    );

    let refused = |arguments: &[&str], words: &str| {
        let output = baraza(folder, &[arguments, &["--by", "t"]].concat());
        let text = told(&output);
        assert!(
            output.status.code() == Some(1) && text.contains(words),
            "{arguments:?}: {text}"
        );
    };
    refused(&["accounts", "close", "Amina"], "only administrator");
    refused(&["accounts", "reset", "Nobody"], "there is: Amina");
    refused(
        &["accounts", "add", "amina", "--role", "analyst"],
        "there is an account",
    );
    refused(&["accounts", "add", "server", "--role", "analyst"], "a name");
    refused(
        &["accounts", "add", "X", "--role", "analyst", "--survey", "none"],
        "no survey 'none'",
    );
    refused(
        &["accounts", "add", "X", "--role", "coordinator", "--raw"],
        "--raw is for analysts",
    );
    let id = "/desk/accounts/1";
    let csrf = amina.csrf()?;
    for fields in [
        &[("do", "close")][..],
        &[("do", "save"), ("role", "analyst"), ("surveys", "all")],
    ] {
        let form = written(&[fields, &[("csrf", csrf.as_str())]].concat());
        let got = amina.ask("POST", id, &[kind], form.as_bytes())?;
        assert_eq!(got.location, "/desk/accounts/1?done=last");
    }

    server.stop()?;
    let again = Server::start(folder, &[])?;
    assert!(
        !again.announced.contains("/desk/link"),
        "there is an administrator"
    );
    Ok(())
}

#[test]
fn who_is_let_in_from_the_command_line_may_be_sent_another_link() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    administrator(&server, "Amina", PASSWORD)?;
    let added = said(
        folder,
        &[
            "accounts",
            "add",
            "Bola",
            "--role",
            "analyst",
            "--raw",
            "--by",
            "t",
            "--url",
            "https://a.org",
        ],
    )?;
    let first = added["link"].as_str().context("a link")?.to_owned();
    assert!(first.starts_with("https://a.org/desk/link#"), "{first}");
    let reset = said(folder, &["accounts", "reset", "bola", "--by", "t"])?;
    let mut bola = Visitor::new(&server);
    for (link, status) in [
        (first.as_str(), 401),
        (reset["link"].as_str().context("a link")?, 303),
    ] {
        let got = bola.post("/desk/link", &[("token", link), ("password", BOLAS)]);
        assert_eq!(got?.status, status, "{link}");
    }
    let list = said(folder, &["accounts", "list"])?;
    let names: Vec<_> = list["accounts"]
        .as_array()
        .context("a list")?
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(json!(names), json!(["Amina", "Bola"]));
    let closed = baraza(folder, &["accounts", "disable", "Bola", "--by", "t"]);
    ensure!(closed.status.success(), "{}", told(&closed));
    assert!(told(&baraza(folder, &["accounts", "list"])).contains("CLOSED"));
    Ok(())
}
