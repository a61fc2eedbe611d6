//! Addresses, headers and what must not be served.

use anyhow::Result;
use baraza_tests::{Server, baraza};
use std::io::{Read, Write};
use std::net::TcpStream;
use tempfile::tempdir;

/// Sends a request line as it is, and gives the whole reply.
fn raw(server: &Server, target: &str, more: &str) -> Result<String> {
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{more}\r\n"
    )?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply)?;
    Ok(String::from_utf8_lossy(&reply).into_owned())
}

#[test]
fn the_only_survey_opens_at_once_and_several_are_listed() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    assert!(raw(&server, "/", "")?.contains("location: /s/community-security"));
    std::fs::write(
        folder.path().join("f.md"),
        "| survey | | | |\n| | type | name | label |\n| | text | a | A |\n| settings | | |\n| | form_id | form_title |\n| | second | <script>alert(1)</script> & \"co\" |\n",
    )?;
    assert!(
        baraza(folder.path(), &["publish", "f.md"]).status.success(),
        "published under a running server"
    );
    let index = raw(&server, "/", "")?;
    assert!(
        index.contains("/s/community-security") && index.contains("/s/second"),
        "{index}"
    );
    assert!(!index.contains("<script>alert"), "markup in a title is inert");
    let page = raw(&server, "/s/second", "")?;
    assert!(
        page.starts_with("HTTP/1.1 200") && !page.contains("<script>alert"),
        "{page}"
    );
    assert!(page.contains("content-security-policy: default-src 'self'"));
    assert!(page.contains("referrer-policy: no-referrer"));
    Ok(())
}

#[test]
fn what_is_not_there_is_not_found() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    for target in [
        "/s/nowhere",
        "/nowhere",
        "/a/0000/form.js",
        "/a/../../etc/passwd",
        "/a/x/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/api/surveys/nowhere/form",
        "/api/surveys/community-security/texts/99",
        "/api/surveys/community-security/texts/-1",
        "/s/%00",
        "/s/%0d%0aset-cookie:%20a=b",
    ] {
        let reply = raw(&server, target, "")?;
        assert!(reply.starts_with("HTTP/1.1 404"), "{target}: {reply}");
        assert!(!reply.contains("set-cookie"), "{target}: {reply}");
    }
    assert!(raw(&server, "/api/surveys/community-security/responses", "")?.starts_with("HTTP/1.1 405"));
    Ok(())
}

#[test]
fn a_form_is_loaded_again_only_when_it_changed() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let first = raw(&server, "/api/surveys/community-security/form", "")?;
    let tag = first
        .lines()
        .find_map(|line| line.strip_prefix("etag: "))
        .expect("a tag")
        .to_owned();
    let again = raw(
        &server,
        "/api/surveys/community-security/form",
        &format!("if-none-match: {tag}\r\n"),
    )?;
    assert!(again.starts_with("HTTP/1.1 304"), "{again}");
    assert!(
        !first.contains("\"role\":\"gender\"") && !first.contains("\"sensitive\""),
        "phones don't learn what is sensitive"
    );
    Ok(())
}

#[test]
fn a_demo_says_that_it_is_one() -> Result<()> {
    let folder = tempdir()?;
    let demo = baraza(folder.path(), &["demo", "--db", "demo.db", "--respondents", "50"]);
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let server = Server::start(folder.path(), &["--db", "demo.db"])?;
    assert!(
        server.announced.contains("synthetic data"),
        "{}",
        server.announced
    );
    assert!(raw(&server, "/s/community-security", "")?.contains("synthetic data"));
    server.stop()?;
    let export = baraza(folder.path(), &["export", "--db", "demo.db", "--out", "r.csv"]);
    assert!(String::from_utf8_lossy(&export.stdout).contains("synthetic data"));
    let rows = baraza_tests::csv_rows(&folder.path().join("r.csv"))?;
    assert_eq!(rows.len(), 50);
    assert!(
        rows.iter()
            .all(|row| row["synthetic"] == "yes" && row["flags"].is_empty()),
        "valid answers, marked"
    );

    // Real responses and invented ones don't mix.
    Server::start(folder.path(), &[])?.stop()?;
    let real = rusqlite::Connection::open(folder.path().join("baraza.db"))?;
    real.execute_batch(
        "INSERT INTO response (survey_id, instance_id, version, received_at, started, finished, language, outcome, answers, flags, digest)
         VALUES (1, 'x', '1', '', '', '', '', 'complete', '{}', '[]', x'00')",
    )?;
    drop(real);
    let mixed = baraza(folder.path(), &["demo"]);
    assert_eq!(mixed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&mixed.stderr).contains("real responses"));
    Ok(())
}
