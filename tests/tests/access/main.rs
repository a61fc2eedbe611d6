//! `docs/access.md` against the real server: every route, every role, one's own survey and another's.

mod communities;
mod table;
mod world;

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, session_of};
use baraza_tests::field::{Client, VISITS, publish, response, said};
use baraza_tests::{Server, baraza, told};
use serde_json::json;
use std::path::Path;
use table::{ROLES, table};
use tempfile::tempdir;
use uuid::Uuid;
use world::{World, world_folder};

#[test]
fn the_table_names_every_route_and_no_other() -> Result<()> {
    let mut documented: Vec<_> = table()?
        .into_iter()
        .map(|row| format!("{} {} {}", row.method, row.path, row.act))
        .collect();
    let routes = baraza_server::every_route();
    let mut routes: Vec<_> = routes
        .into_iter()
        .map(|(method, path, act)| format!("{method} {path} {act}"))
        .collect();
    documented.sort();
    routes.sort();
    assert_eq!(documented, routes);
    Ok(())
}

#[test]
fn every_cell_of_the_table_is_true() -> Result<()> {
    let folder = world_folder()?;
    let server = Server::start(folder.path(), &[])?;
    let world = World::set_up(folder.path(), &server)?;
    let (mut wrong, mut cells) = (Vec::new(), 0);
    for row in table()? {
        let names = ["{survey}", "{enumerator}", "{draft}", "/api/responses"];
        let of_somebody = names.iter().any(|name| row.path.contains(name));
        for (role, cell) in ROLES.iter().zip(&row.cells) {
            let (own, others) = cell.split_once(" / ").unwrap_or((cell, cell));
            let cases = if of_somebody {
                vec![(true, own), (false, others)]
            } else {
                vec![(true, own)]
            };
            for (is_own, expected) in cases {
                cells += 1;
                let outcome = world.outcome(&row, role, is_own)?;
                if outcome != expected {
                    let whose = if is_own { "own" } else { "another's" };
                    wrong.push(format!(
                        "{} {} as {role}, {whose}: {outcome}, and the table says {expected}",
                        row.method, row.path
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cells > 200, "{cells}");
    // A survey that was never published looks like another's, to everybody.
    for role in &ROLES[..4] {
        let got = world.visitor(role)?.get("/desk/surveys/nowhere")?;
        assert_eq!(got.status, 404, "{role}");
    }
    let analyst = world.visitor("analyst")?;
    let another = analyst.get("/desk/surveys/other")?;
    let nowhere = analyst.get("/desk/surveys/nowhere")?;
    assert_eq!(
        another.text.replace("/desk/surveys/other", ""),
        nowhere.text.replace("/desk/surveys/nowhere", "")
    );
    Ok(())
}

#[test]
fn what_changes_something_comes_from_a_page_of_the_same_session() -> Result<()> {
    let folder = world_folder()?;
    let server = Server::start(folder.path(), &[])?;
    let world = World::set_up(folder.path(), &server)?;
    let (mine, another) = (world.visitor("administrator")?, world.visitor("administrator")?);
    let (csrf, others) = (mine.csrf()?, another.csrf()?);
    assert_ne!(csrf, others);
    let before = audited(folder.path())?;
    for row in table()?
        .iter()
        .filter(|row| row.method == "POST" && !row.act.is_empty())
    {
        let ask = |csrf: &str, more: &[(&'static str, &str)]| {
            let request = world.request("POST", &row.path, true, csrf)?;
            let kind = [("content-type", "application/x-www-form-urlencoded")];
            let kind = if more.iter().any(|(name, _)| *name == "content-type") {
                &[][..]
            } else {
                &kind
            };
            mine.ask("POST", &request.path, &[kind, more].concat(), &request.body)
        };
        let foreign = ask(&csrf, &[("origin", "https://evil.example")])?;
        assert_eq!(foreign.status, 403, "{}", row.path);
        assert_eq!(
            ask(&csrf, &[("sec-fetch-site", "cross-site")])?.status,
            403,
            "{}",
            row.path
        );
        assert_eq!(
            ask(&csrf, &[("content-type", "text/plain")])?.status,
            415,
            "{}",
            row.path
        );
        if row.act != "Enter" {
            assert_eq!(ask("", &[])?.status, 403, "{}", row.path);
            assert_eq!(ask(&others, &[])?.status, 403, "{}: of another session", row.path);
        }
    }
    assert_eq!(audited(folder.path())?, before, "nothing was done");
    Ok(())
}

/// What the log has besides sign-ins.
fn audited(folder: &Path) -> Result<usize> {
    let output = baraza(folder, &["audit"]);
    ensure!(output.status.success(), "{}", told(&output));
    Ok(told(&output).lines().count())
}

#[test]
fn lists_show_ones_own_alone() -> Result<()> {
    let folder = world_folder()?;
    let server = Server::start(folder.path(), &[])?;
    let world = World::set_up(folder.path(), &server)?;
    for (role, path, own, others) in [
        ("coordinator", "/desk", "Survey mine", "Survey other"),
        ("analyst", "/desk", "Survey mine", "Survey other"),
        ("coordinator", "/desk/enumerators", "Amina", "Bola"),
        (
            "coordinator",
            "/desk/enumerators",
            "value=\"mine\"",
            "value=\"other\"",
        ),
    ] {
        let got = world.visitor(role)?.get(path)?;
        ensure!(got.status == 200, "{got:?}");
        assert!(
            got.text.contains(own) && !got.text.contains(others),
            "{role} {path}"
        );
        let all = world.visitor("administrator")?.get(path)?.text;
        assert!(all.contains(own) && all.contains(others), "{path}");
    }
    // Whoever is limited to surveys lets nobody into others.
    let mut coordinator = world.visitor("coordinator")?;
    for fields in [
        &[("name", "Dara"), ("surveys", "all")][..],
        &[("name", "Dara"), ("survey", "other")],
    ] {
        assert_eq!(coordinator.send("/desk/enumerators", fields)?.status, 422);
    }
    let both = [("name", "Dara"), ("survey", "other"), ("survey", "mine")];
    assert_eq!(coordinator.send("/desk/enumerators", &both)?.status, 200);
    let all = said(folder.path(), &["enumerators", "list"])?;
    let dara = all["enumerators"]
        .as_array()
        .context("a list")?
        .iter()
        .find(|one| one["name"] == "Dara");
    assert_eq!(dara.context("Dara")?["surveys"], json!(["mine"]));
    Ok(())
}

#[test]
fn the_file_of_single_responses_is_the_one_of_the_command_line() -> Result<()> {
    let folder = world_folder()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let world = World::set_up(folder, &server)?;
    let phone = Client::signed_in(&server, &world.link)?;
    for n in 0..300 {
        let words = format!("\u{201c}it is\u{201d}, {n}\n{}", "and so on ".repeat(40));
        let body = response("mine", &Uuid::new_v4().to_string(), &json!({ "said": words }));
        assert_eq!(phone.json("POST", "/api/surveys/mine/responses", &body)?.0, 200);
    }
    let mut analyst = world.visitor("analyst with raw")?;
    let page = "/desk/surveys/mine/export";
    assert_eq!(analyst.send(page, &[("purpose", " ")])?.status, 422);
    let got = analyst.send(page, &[("purpose", "to compare")])?;
    let header = |name: &str| got.headers.get(name).and_then(|value| value.to_str().ok());
    assert_eq!(header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(
        header("content-disposition"),
        Some("attachment; filename=\"mine.csv\"")
    );
    assert_eq!(header("cache-control"), Some("no-store"));
    let export = baraza(folder, &["export", "--survey", "mine", "--out", "r.csv"]);
    ensure!(export.status.success(), "{}", told(&export));
    assert_eq!(got.text, std::fs::read_to_string(folder.join("r.csv"))?);
    let log = told(&baraza(folder, &["audit"]));
    assert!(
        log.contains("exported") && log.contains("to compare"),
        "who took it is known, and what for: {log}"
    );
    Ok(())
}

#[test]
fn who_sees_protected_tables_alone_sees_no_counts_of_few() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, VISITS)?;
    std::fs::write(folder.join("q.csv"), "gender,target\nwoman,5\nman,7\n")?;
    let set = baraza(folder, &["quotas", "set", "q.csv"]);
    ensure!(set.status.success(), "{}", told(&set));
    let server = Server::start(folder, &[])?;
    for (name, role, sees) in [("Bola", "coordinator", true), ("Chidi", "analyst", false)] {
        said(folder, &["accounts", "add", name, "--role", role, "--by", "test"])?;
        let visitor = Visitor::with(&server, &session_of(folder, name)?);
        let got = visitor.get("/desk/surveys/visits")?;
        ensure!(got.status == 200 && got.text.contains("0 responses"), "{got:?}");
        for words in ["<progress", "0 / 5", "/export"] {
            assert_eq!(got.text.contains(words), sees, "{role}: {words}");
        }
    }
    Ok(())
}
