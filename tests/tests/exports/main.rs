//! Single responses as files: the same answers in each format, for those who may see them and say what for.

#[path = "../desk/person.rs"]
mod person;

mod description;
mod tokens;

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, session_of};
use baraza_tests::field::{publish, said};
use baraza_tests::{Server, baraza, chromium, csv_rows, told};
use calamine::{Data, Reader, Xlsx};
use person::Person;
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;

const FORM: &str = "\
| survey   |                   |         |                  |              |
|          | type              | name    | label            | baraza::role |
|          | select_one g      | gender  | Gender           | gender       |
|          | integer           | age     | Age              | age          |
|          | decimal           | hours   | Hours to water   |              |
|          | select_multiple t | threats | What worries you? |             |
|          | text              | said    | Anything else?   |              |
|          | begin_repeat      | member  | Member           |              |
|          | text              | name    | Name             |              |
|          | integer           | years   | Age              |              |
|          | end_repeat        |         |                  |              |
| choices  |                   |         |                  |              |
|          | list_name         | name    | label            |              |
|          | g                 | woman   | Woman            |              |
|          | g                 | man     | Man              |              |
|          | t                 | theft   | Theft            |              |
|          | t                 | fire    | Fire             |              |
| settings |                   |         |                  |              |
|          | form_id           | version | form_title       |              |
|          | homes             | 1       | Homes            |              |
";
const PAGE: &str = "/desk/surveys/homes/export";

/// A survey with responses of all kinds, one of which its form does not allow.
fn collected(folder: &Path) -> Result<Server> {
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    for n in 0..120 {
        let mut answers = json!({
            "gender": if n % 3 == 0 { "man" } else { "woman" }, "age": 20 + n % 50, "hours": 0.25 * f64::from(n),
            "threats": if n % 2 == 0 { vec!["theft", "fire"] } else { vec!["fire"] },
            "said": format!("=1+{n}, \"quoted\"\nand a line"),
            "member": [{"name": format!("M{n}"), "years": n}, {"name": "x"}],
        });
        if n == 7 {
            answers["age"] = json!("about 30");
        }
        let at = "2026-11-20T10:00:00.000Z";
        let body = json!({
            "form": "homes", "version": "1", "instance_id": Uuid::new_v4().to_string(), "started": at, "finished": at,
            "language": "en", "answers": answers,
        });
        let (status, said) = server.post("homes", "application/json", body.to_string().as_bytes())?;
        ensure!(status == 200, "{said}");
    }
    Ok(server)
}

type Rows = Vec<BTreeMap<String, String>>;

/// A sheet of a workbook as CSV would have it.
fn sheet(bytes: &[u8], name: &str) -> Result<Rows> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec()))?;
    let range = book.worksheet_range(name)?;
    let mut rows = range.rows();
    let headers: Vec<String> = rows
        .next()
        .context("a header")?
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(rows
        .map(|row| {
            let cells = row.iter().map(|cell| match cell {
                Data::Empty => String::new(),
                other => other.to_string(),
            });
            headers.iter().cloned().zip(cells).collect()
        })
        .collect())
}

/// What CSV says, without the apostrophes that keep spreadsheets from computing it.
fn plain(rows: Rows) -> Rows {
    let bare = |(name, cell): (String, String)| {
        let bare = cell.strip_prefix('\'').map(String::from);
        (name, bare.unwrap_or(cell))
    };
    rows.into_iter()
        .map(|row| row.into_iter().map(bare).collect())
        .collect()
}

#[test]
fn all_formats_of_the_command_line_hold_the_same_answers() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    server.stop()?;
    for out in ["r.csv", "r.xlsx", "r.parquet"] {
        let output = baraza(folder, &["export", "--out", out]);
        ensure!(output.status.success(), "{}", told(&output));
        assert!(told(&output).contains("wrote 120 responses"), "{}", told(&output));
    }
    let csv = plain(csv_rows(&folder.join("r.csv"))?);
    let book = std::fs::read(folder.join("r.xlsx"))?;
    assert_eq!(sheet(&book, "responses")?, csv);
    assert_eq!(
        csv[7]["age"], "about 30",
        "what the form does not allow is there as it came"
    );
    assert_eq!(sheet(&book, "member")?, csv_rows(&folder.join("r-member.csv"))?);
    // Numbers are numbers, for whoever computes with them.
    let mut read: Xlsx<_> = Xlsx::new(Cursor::new(book))?;
    let range = read.worksheet_range("responses")?;
    let age = range
        .rows()
        .next()
        .context("a header")?
        .iter()
        .position(|cell| *cell == Data::String("age".into()));
    assert_eq!(range.get((1, age.context("a column")?)), Some(&Data::Float(20.0)));
    // Parquet is read back by the analysis, which makes of it what it makes of the CSV.
    assert!(folder.join("r-member.parquet").exists());
    let mut tables = Vec::new();
    for (argument, file, out) in [
        ("--csv", "r.csv", "from-csv"),
        ("--parquet", "r.parquet", "from-parquet"),
    ] {
        let output = baraza(
            folder,
            &["analyse", argument, file, "--form", "f.md", "--out", out],
        );
        ensure!(output.status.success(), "{}", told(&output));
        tables.push(std::fs::read_to_string(folder.join(out).join("tidy.csv"))?);
    }
    assert!(
        tables[0].contains("gender,Gender,proportion,woman"),
        "{}",
        tables[0]
    );
    assert_eq!(tables[0], tables[1]);
    Ok(())
}

#[test]
fn the_desk_gives_a_file_to_who_says_what_for_and_the_log_keeps_it() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "test"],
    )?;
    let mut bola = Visitor::with(&server, &session_of(folder, "Bola")?);
    // An address alone gives nothing.
    assert_eq!(bola.get("/desk/surveys/homes/responses.csv")?.status, 404);
    assert!(
        !bola
            .get(&format!("{PAGE}?purpose=because"))?
            .text
            .contains("instance_id")
    );
    for (fields, words) in [
        (&[("purpose", "  "), ("format", "xlsx")][..], "what it is for"),
        (&[("purpose", &"x".repeat(301)[..])], "what it is for"),
        (&[("purpose", "a report"), ("format", "doc")], "choose a format"),
        (
            &[("purpose", "a report"), ("repeat", "nowhere")],
            "no such repeat",
        ),
        (&[("purpose", "a report"), ("labels", "xx")], "no such language"),
    ] {
        let got = bola.send(PAGE, fields)?;
        assert_eq!(got.status, 422, "{fields:?}");
        assert!(got.text.contains(words), "{fields:?}: {}", got.text);
        assert!(!got.text.contains("about 30"), "{fields:?}");
    }
    let kept = bola.send(PAGE, &[("purpose", "a report"), ("format", "doc")])?;
    assert!(kept.text.contains("value=\"a report\""), "what was typed stays");
    let before = baraza(folder, &["audit", "--format", "json"]);
    assert!(!told(&before).contains("exported"), "{}", told(&before));
    for (fields, kind, name) in [
        (&[("format", "csv")][..], "text/csv; charset=utf-8", "homes.csv"),
        (
            &[("format", "csv"), ("repeat", "member")],
            "text/csv; charset=utf-8",
            "homes-member.csv",
        ),
        (
            &[("format", "xlsx"), ("labels", "0")],
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "homes.xlsx",
        ),
        (
            &[("format", "parquet")],
            "application/vnd.apache.parquet",
            "homes.parquet",
        ),
    ] {
        let purpose = format!("the report of {name}");
        let got = bola.send(PAGE, &[fields, &[("purpose", purpose.as_str())]].concat())?;
        assert_eq!(got.status, 200, "{name}");
        let header = |name: &str| got.headers.get(name).and_then(|value| value.to_str().ok());
        assert_eq!(header("content-type"), Some(kind));
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(header("content-disposition"), Some(disposition.as_str()));
        assert_eq!(header("cache-control"), Some("no-store"));
    }
    let log = told(&baraza(folder, &["audit"]));
    for wanted in [
        "Bola",
        "the report of homes-member.csv",
        "the report of homes.xlsx",
        "responses 120",
    ] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    Ok(())
}

#[test]
fn a_coordinator_takes_a_workbook() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    let server = collected(folder)?;
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "test"],
    )?;
    let cookie = session_of(folder, "Bola")?;
    let bola = Person::new(&chromium, &server)?;
    bola.open("/desk/sign-in")?;
    bola.page.eval(&format!(
        "document.cookie = {}",
        json!(format!("{cookie}; path=/"))
    ))?;
    bola.open("/desk/surveys/homes")?;
    bola.presses("a[href$='/export']")?;
    bola.sees("120 responses")?;
    bola.judge_both("export", PAGE)?;
    // The browser asks for a purpose before it sends anything.
    let sent = bola
        .page
        .eval("document.querySelector('main form').reportValidity()")?;
    assert_eq!(sent, json!(false));
    bola.types("purpose", "to look for duplicates")?;
    bola.page
        .eval("document.querySelector('input[value=xlsx]').click()")?;
    let got = bola.page.text(
        "fetch(document.querySelector('main form').action, {
            method: 'POST', body: new URLSearchParams(new FormData(document.querySelector('main form'))),
         }).then(async (reply) => `${reply.status} ${(await reply.arrayBuffer()).byteLength > 5000}`)",
    )?;
    assert_eq!(got, "200 true");
    Ok(())
}
