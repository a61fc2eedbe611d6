//! Files that come to the desk, from outside: what is let in, what is refused, and that nothing is kept of that.

use crate::surveys::form;
use anyhow::{Result, ensure};
use baraza_tests::Server;
use baraza_tests::desk::{Got, Visitor, hidden, session_of};
use baraza_tests::field::{publish, response, said};
use serde_json::json;
use std::io::{Cursor, Write};
use std::path::Path;
use tempfile::tempdir;

/// A part of a form: its name, the file's name where it is one, and its content.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

fn written(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend(head.as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--edge--\r\n");
    body
}

fn sent(visitor: &Visitor<'_>, path: &str, parts: &[Part<'_>], more: &[(&str, &str)]) -> Result<Got> {
    let kind = [("content-type", "multipart/form-data; boundary=edge")];
    visitor.ask("POST", path, &[&kind, more].concat(), &written(parts))
}

fn drafts(folder: &Path) -> Result<i64> {
    let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
    Ok(database.query_row("SELECT count(*) FROM draft", [], |row| row.get(0))?)
}

/// Somebody of a role, who may see all surveys or those named.
fn somebody<'a>(folder: &Path, server: &'a Server, name: &str, role: &[&str]) -> Result<Visitor<'a>> {
    let add = ["accounts", "add", name, "--by", "test", "--role"];
    said(folder, &[&add, role].concat())?;
    Ok(Visitor::with(server, &session_of(folder, name)?))
}

const NEW: &str = "/desk/surveys/new";

#[test]
fn a_file_is_read_only_after_its_page_has_proved_itself() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let bola = somebody(folder, &server, "Bola", &["coordinator"])?;
    let chidi = somebody(folder, &server, "Chidi", &["analyst"])?;
    let (csrf, others) = (bola.csrf()?, chidi.csrf()?);
    let form = form("integer", "1");
    let file: Part<'_> = ("file", Some("nights.md"), form.as_bytes());
    let right: Part<'_> = ("csrf", None, csrf.as_bytes());
    let foreign = sent(&bola, NEW, &[right, file], &[("origin", "https://evil.example")])?;
    assert_eq!(foreign.status, 403);
    let without = sent(&bola, NEW, &[file], &[])?;
    assert_eq!(without.status, 403);
    let late = sent(&bola, NEW, &[file, right], &[])?;
    assert_eq!(late.status, 403, "the proof comes first");
    let as_file: Part<'_> = ("csrf", Some("csrf.txt"), csrf.as_bytes());
    assert_eq!(sent(&bola, NEW, &[as_file, file], &[])?.status, 403);
    let of_another: Part<'_> = ("csrf", None, others.as_bytes());
    assert_eq!(sent(&bola, NEW, &[of_another, file], &[])?.status, 403);
    assert_eq!(
        sent(&chidi, NEW, &[of_another, file], &[])?.status,
        403,
        "an analyst"
    );
    let nobody = sent(&Visitor::new(&server), NEW, &[right, file], &[])?;
    assert!(nobody.location.starts_with("/desk/sign-in"), "{nobody:?}");
    let large = vec![b'x'; (8 << 20) + 1];
    let got = sent(&bola, NEW, &[right, ("file", Some("large.md"), &large)], &[])?;
    assert_eq!(got.status, 413);
    ensure!(got.text.contains("at most 8 MB"), "{}", got.text);
    // Where no file belongs, none is taken.
    let elsewhere = sent(&bola, "/desk/enumerators", &[right, file], &[])?;
    assert_eq!(elsewhere.status, 415);
    assert_eq!(drafts(folder)?, 0, "nothing was kept");
    let got = sent(&bola, NEW, &[right, file], &[])?;
    ensure!(
        got.status == 303 && got.location.starts_with("/desk/drafts/"),
        "{got:?}"
    );
    assert_eq!(drafts(folder)?, 1);
    assert_eq!(chidi.get(&got.location)?.status, 403);
    // A second upload takes the place of the first, whose page publishes nothing any more.
    let again = sent(&bola, NEW, &[right, file], &[])?;
    assert_eq!((drafts(folder)?, bola.get(&got.location)?.status), (1, 404));
    assert_eq!(bola.get(&again.location)?.status, 200);
    // It is listed for who may publish it, and for nobody else.
    let (hers, his) = (bola.get("/desk")?.text, chidi.get("/desk")?.text);
    ensure!(hers.contains(&again.location), "{hers}");
    ensure!(!his.contains("/desk/drafts"), "{his}");
    Ok(())
}

#[test]
fn a_workbook_an_archive_and_what_is_none() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let bola = somebody(folder, &server, "Bola", &["coordinator"])?;
    let csrf = bola.csrf()?;
    let sends = |name: &str, bytes: &[u8]| {
        let parts: [Part<'_>; 2] = [("csrf", None, csrf.as_bytes()), ("file", Some(name), bytes)];
        sent(&bola, NEW, &parts, &[])
    };
    let archive = |files: &[(&str, &str)]| -> Result<Vec<u8>> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            zip.start_file(*name, zip::write::SimpleFileOptions::default())?;
            zip.write_all(text.as_bytes())?;
        }
        Ok(zip.finish()?.into_inner())
    };
    let survey = "type,name,label\ntext,said,What was said\n";
    let good = archive(&[
        ("walks/survey.csv", survey),
        ("walks/settings.csv", "form_id\nwalks\n"),
        ("../../outside.csv", "a\n1\n"),
        ("walks/readme.txt", "read me"),
    ])?;
    let got = sends("walks.zip", &good)?;
    ensure!(got.status == 303, "{got:?}");
    let page = bola.get(&got.location)?.text;
    ensure!(page.contains("What was said") && page.contains("walks"), "{page}");
    let bomb = "a".repeat(31 << 20);
    for (name, bytes, words) in [
        (
            "walks.zip",
            &archive(&[("survey.csv", &bomb)])?[..],
            "too much in it",
        ),
        ("walks.zip", b"no archive", "too much in it"),
        ("walks.xlsx", b"no workbook", "can\u{2019}t be read"),
        ("walks.exe", b"MZ", "Files of this kind"),
        ("../walks.md", b"| survey |", "Files of this kind"),
        ("walks.md", b"", "choose a file"),
    ] {
        let got = sends(name, bytes)?;
        ensure!(got.status == 422 && got.text.contains(words), "{name}: {got:?}");
    }
    Ok(())
}

#[test]
fn whoever_is_limited_to_surveys_brings_versions_of_these_alone() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &form("integer", "1"))?;
    let server = Server::start(folder, &[])?;
    said(folder, &["accounts", "list"])?;
    publish(folder, &form("integer", "1").replace("nights", "days"))?;
    let bola = somebody(folder, &server, "Bola", &["coordinator", "--survey", "days"])?;
    let csrf = bola.csrf()?;
    let text = form("integer", "2");
    let parts: [Part<'_>; 2] = [
        ("csrf", None, csrf.as_bytes()),
        ("file", Some("f.md"), text.as_bytes()),
    ];
    assert_eq!(sent(&bola, NEW, &parts, &[])?.status, 403);
    let got = sent(&bola, "/desk/surveys/nights/versions/new", &parts, &[])?;
    assert_eq!(got.status, 404);
    let got = sent(&bola, "/desk/surveys/days/versions/new", &parts, &[])?;
    ensure!(
        got.status == 422 && got.text.contains("of another survey"),
        "{got:?}"
    );
    assert_eq!(drafts(folder)?, 0);
    Ok(())
}

#[test]
fn answers_that_would_mean_two_things_are_weighed_as_on_the_command_line() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &form("integer", "1"))?;
    let server = Server::start(folder, &[])?;
    let mut bola = somebody(folder, &server, "Bola", &["coordinator"])?;
    let mut answered = response("nights", &uuid::Uuid::new_v4().to_string(), &json!({"age": 30}));
    answered["version"] = json!("1");
    let kind = [("content-type", "application/json")];
    let body = answered.to_string();
    let got = bola.ask("POST", "/api/surveys/nights/responses", &kind, body.as_bytes())?;
    ensure!(got.status == 200, "{got:?}");
    let csrf = bola.csrf()?;
    let text = form("text", "2");
    let parts: [Part<'_>; 2] = [
        ("csrf", None, csrf.as_bytes()),
        ("file", Some("f.md"), text.as_bytes()),
    ];
    let draft = sent(&bola, "/desk/surveys/nights/versions/new", &parts, &[])?.location;
    let page = bola.get(&draft)?.text;
    std::fs::write(folder.join("f.md"), &text)?;
    let line = baraza_tests::told(&baraza_tests::baraza(folder, &["publish", "f.md"]));
    let (_, line) = line.split_once("error: ").unwrap_or_default();
    let line = line.split("; rename").next().unwrap_or_default();
    ensure!(line.contains("1 response"), "{line}");
    ensure!(
        page.replace("&#39;", "'").contains(line),
        "{line} is not in {page}"
    );
    assert_eq!(bola.send(&draft, &[("do", "publish")])?.status, 422);
    let got = bola.send(&draft, &[("do", "publish"), ("accept", "age")])?;
    ensure!(got.location == "/desk/surveys/nights?done=published", "{got:?}");
    assert_eq!(bola.get(&draft)?.status, 404, "it is a version now");
    Ok(())
}

#[test]
fn targets_are_shown_as_the_sheet_that_sets_them() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, &form("integer", "1"))?;
    let server = Server::start(folder, &[])?;
    let mut bola = somebody(folder, &server, "Bola", &["coordinator"])?;
    let path = "/desk/surveys/nights/targets";
    let csv = "safe,age,target\nno,18-35,20\nyes,,15\n,46+,7\n";
    assert_eq!(bola.send(path, &[("csv", csv)])?.status, 303);
    let shown = |bola: &Visitor<'_>| -> Result<String> {
        let page = bola.get(path)?.text;
        let (_, after) = page.split_once("aria-describedby=\"how\">\n").unwrap_or_default();
        Ok(after.split("</textarea>").next().unwrap_or_default().to_owned())
    };
    assert_eq!(shown(&bola)?, csv);
    assert_eq!(
        bola.send(path, &[("csv", "safe,target\nperhaps,5\n")])?.status,
        422
    );
    assert_eq!(shown(&bola)?, csv, "nothing was changed");
    let csrf = hidden(&bola.get(path)?.text, "csrf")?;
    let parts: [Part<'_>; 3] = [
        ("csrf", None, csrf.as_bytes()),
        ("csv", None, b"target\n1\n"),
        ("file", Some("t.csv"), b"target\n9\n"),
    ];
    assert_eq!(sent(&bola, path, &parts, &[])?.status, 303);
    assert_eq!(shown(&bola)?, "target\n9\n", "the file goes before the text");
    assert_eq!(bola.send(path, &[("csv", "target\n")])?.status, 303);
    assert_eq!(shown(&bola)?, "target\n");
    Ok(())
}
