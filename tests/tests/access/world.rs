//! Surveys, accounts and enumerators, and a request for every route.

use crate::communities::asked_of;
use crate::table::Row;
use anyhow::{Context, Result, ensure};
use baraza_tests::Server;
use baraza_tests::desk::{Visitor, hidden, session_of, written};
use baraza_tests::field::{Client, link, publish, response, said, token};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;

/// A response to each survey.
const MINE: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const OTHER: &str = "bbbbbbbb-0000-4000-8000-000000000002";

/// A form that only enumerators fill in, with a photo and a picture on a label.
fn form(id: &str) -> String {
    format!(
        "\
| survey   |       |       |                    |              |
|          | type  | name  | label | media::image |
|          | text  | said  | What was said | a.png        |
|          | image | photo | A photo            |              |
| settings |       |       |                    |              |
|          | form_id | version | form_title | baraza::sign_in |
|          | {id} | 1 | Survey {id} | yes |
"
    )
}

/// All that the requests need.
pub struct World<'a> {
    folder: &'a Path,
    server: &'a Server,
    /// Link of an enumerator of the survey `mine`, and the id of one of each.
    pub link: String,
    mine: String,
    other: String,
    /// An account that others change.
    target: i64,
    assets: String,
}

/// What is sent, and the status that it gets from whoever is let in.
pub struct Request {
    pub path: String,
    pub body: Vec<u8>,
    headers: Vec<(&'static str, String)>,
    status: u16,
}

impl World<'_> {
    /// Accounts, enumerators and what else there has to be.
    pub fn set_up<'a>(folder: &'a Path, server: &'a Server) -> Result<World<'a>> {
        let url = ["--url", &server.url];
        let mine = |more: &[&'static str]| [&url[..], &["--survey", "mine"], more].concat();
        for (name, more) in [
            ("administrator", url.to_vec()),
            ("coordinator", mine(&[])),
            ("analyst", mine(&[])),
            ("analyst with raw", mine(&["--raw"])),
            ("target", mine(&[])),
        ] {
            let role = name.split(' ').next().unwrap_or_default();
            let role = if role == "target" { "coordinator" } else { role };
            said(
                folder,
                &[
                    &["accounts", "add", name, "--role", role, "--by", "test"],
                    &more[..],
                ]
                .concat(),
            )?;
        }
        let (mine_id, _) = link(folder, "add", "Amina", &mine(&[]))?;
        let (other_id, others) = link(
            folder,
            "add",
            "Bola",
            &[&url[..], &["--survey", "other"]].concat(),
        )?;
        let (_, enters) = link(folder, "add", "Chidi", &mine(&[]))?;
        for (link, survey, instance) in [(&enters, "mine", MINE), (&others, "other", OTHER)] {
            let body = response(survey, instance, &json!({"said": "yes"}));
            let phone = Client::signed_in(server, link)?;
            let sent = phone.json("POST", &format!("/api/surveys/{survey}/responses"), &body)?;
            ensure!(sent.0 == 200, "{sent:?}");
        }
        let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
        let target = database.query_row("SELECT id FROM account WHERE name = 'target'", [], |row| {
            row.get(0)
        })?;
        let page = Visitor::new(server).get("/desk/sign-in")?.text;
        let (_, assets) = page.split_once("href=\"/a/").context("assets")?;
        Ok(World {
            folder,
            server,
            link: enters,
            mine: mine_id,
            other: other_id,
            target,
            assets: assets.split('/').next().unwrap_or_default().to_owned(),
        })
    }

    /// Somebody of a role.
    pub fn visitor(&self, role: &str) -> Result<Visitor<'_>> {
        Ok(match role {
            "nobody" => Visitor::new(self.server),
            "enumerator" => Visitor::with(self.server, &Client::signed_in(self.server, &self.link)?.cookie),
            account => Visitor::with(self.server, &session_of(self.folder, account)?),
        })
    }

    /// A request that succeeds for whoever is let in.
    pub fn request(&self, method: &str, pattern: &str, is_own: bool, csrf: &str) -> Result<Request> {
        let survey = if is_own { "mine" } else { "other" };
        let photo = format!("a photo {}", Uuid::new_v4()).into_bytes();
        let name = format!("{}.jpg", baraza_forms::hex(&Sha256::digest(&photo)));
        let instance = Uuid::new_v4().to_string();
        let response = response(survey, &instance, &json!({"said": "yes"})).to_string();
        let fresh = Uuid::new_v4().to_string();
        let form = |status: u16, fields: &[(&str, &str)]| {
            let fields = [fields, &[("csrf", csrf)]].concat();
            let kind = "application/x-www-form-urlencoded".to_owned();
            (
                written(&fields).into_bytes(),
                vec![("content-type", kind)],
                status,
            )
        };
        let json = |text: String| {
            (
                text.into_bytes(),
                vec![("content-type", "application/json".to_owned())],
                200,
            )
        };
        let nothing = |status: u16| (Vec::new(), Vec::new(), status);
        let (body, headers, status) = match (method, pattern) {
            ("GET", "/favicon.ico") => nothing(308),
            ("GET", "/desk/language" | "/desk/surveys") => nothing(303),
            ("GET", pattern) if of_results(pattern) => nothing(409),
            (_, pattern) if pattern.contains("{community}") => match asked_of(method, pattern) {
                (status, Some(fields)) => form(status, fields),
                (status, None) => nothing(status),
            },
            // There is nothing to be let into.
            ("GET", "/desk/{*rest}") => nothing(0),
            // Whoever is signed in has no need of it.
            ("GET", "/desk/sign-in") => nothing(if csrf.is_empty() { 200 } else { 303 }),
            ("GET" | "DELETE", _) => nothing(200),
            ("HEAD", _) => nothing(200),
            ("POST", "/s/{survey}/plain") => {
                let page = self
                    .visitor("enumerator")?
                    .get(&format!("/s/{survey}/plain"))?
                    .text;
                let (state, shown) = (hidden(&page, "state")?, hidden(&page, "shown")?);
                form(200, &[("do", "next"), ("state", &state), ("shown", &shown)])
            }
            ("POST", "/api/session") => json(json!({ "token": token(&self.link) }).to_string()),
            ("POST", "/api/surveys/{survey}/responses") => json(response),
            ("POST", "/api/responses") => {
                let kind = "application/x-ndjson".to_owned();
                (response.into_bytes(), vec![("content-type", kind)], 200)
            }
            ("PUT", _) => (photo, Vec::new(), 200),
            ("PATCH", _) => {
                let headers = vec![
                    ("content-type", "application/partial-upload".to_owned()),
                    ("upload-offset", "0".to_owned()),
                    ("upload-length", photo.len().to_string()),
                ];
                (photo, headers, 200)
            }
            // Let in as far as everybody is: to be told that it is wrong.
            ("POST", "/desk/sign-in") => form(401, &[("name", &fresh), ("password", "wrong")]),
            ("POST", "/desk/sign-in/code") => form(401, &[("ticket", "none"), ("code", "000000")]),
            ("POST", "/desk/link") => form(401, &[("token", "none")]),
            ("POST", "/desk/sign-out") => form(303, &[]),
            ("POST", "/desk/surveys/new") => form(303, &[("library", "community-security")]),
            // It is read, and is of another survey.
            ("POST", "/desk/surveys/{survey}/versions/new") => {
                form(422, &[("library", "community-security")])
            }
            ("POST", "/desk/surveys/{survey}/targets") => form(303, &[("csv", "target\n5\n")]),
            ("POST", "/desk/surveys/{survey}/field/flags/{response}") => form(303, &[("do", "approved")]),
            ("POST", pattern) if as_written(pattern).is_some() => {
                let (status, fields) = as_written(pattern).unwrap_or_default();
                form(status, fields)
            }
            ("POST", "/desk/drafts/{draft}") => form(303, &[("do", "publish")]),
            ("POST", "/desk/enumerators") => {
                form(200, &[("name", &fresh), ("surveys", "some"), ("survey", "mine")])
            }
            ("POST", "/desk/enumerators/{enumerator}") => form(200, &[("do", "renew")]),
            ("POST", "/desk/accounts") => {
                form(200, &[("name", &fresh), ("role", "analyst"), ("surveys", "all")])
            }
            ("POST", "/desk/accounts/{account}") => form(
                303,
                &[("do", "save"), ("role", "coordinator"), ("surveys", "all")],
            ),
            other => panic!("this test has no request for {other:?}"),
        };
        let mut path = self.address(pattern, is_own, &name);
        if path.contains("{draft}") {
            path = path.replace("{draft}", &self.draft(survey)?);
        }
        Ok(Request {
            path,
            body,
            headers,
            status,
        })
    }

    /// A new version of a survey that waits to be published.
    fn draft(&self, survey: &str) -> Result<String> {
        let public = Uuid::new_v4().to_string();
        let imported = baraza_forms::xlsform::import_markdown(&form(survey));
        let mut form = imported.form.context("a form")?;
        form.version.clone_from(&public);
        let database = rusqlite::Connection::open(self.folder.join("baraza.db"))?;
        database.busy_timeout(std::time::Duration::from_secs(5))?;
        database.execute("DELETE FROM draft WHERE slug = ?1", [survey])?;
        database.execute(
            "INSERT INTO draft (public, slug, form, findings, by, made_at) VALUES (?1, ?2, ?3, '[]', 'test', ?4)",
            [&public, survey, &serde_json::to_string(&form)?, "2026-01-01T00:00:00Z"],
        )?;
        Ok(public)
    }

    /// An address of a pattern.
    fn address(&self, pattern: &str, is_own: bool, photo: &str) -> String {
        let enumerator = if is_own { &self.mine } else { &self.other };
        let survey = if is_own { "mine" } else { "other" };
        let mut path = pattern
            .replace("{survey}", survey)
            .replace("{response}", if is_own { MINE } else { OTHER })
            .replace("{community}", "all")
            .replace("{finding}", "0")
            .replace("{meeting}", "new")
            .replace("{agreement}", "new")
            .replace("{digest}", "none")
            .replace("{language}", "0")
            .replace("{hash}", &self.assets)
            .replace("{*file}", "desk.css")
            .replace("{file}", "tidy.csv")
            .replace("{*rest}", "no/such/page")
            .replace("{enumerator}", enumerator)
            .replace("{account}", &self.target.to_string());
        path = if pattern.contains("/files/") {
            path.replace("{*name}", "a.png?version=1")
        } else {
            path.replace("{*name}", photo)
        };
        if pattern.ends_with("/texts/{language}") {
            path += "?version=1";
        }
        if pattern == "/desk/language" {
            path += "?to=sw&back=/desk";
        }
        path
    }

    /// What becomes of a request: the word of the table, or what else happened.
    pub fn outcome(&self, row: &Row, role: &str, is_own: bool) -> Result<String> {
        let visitor = self.visitor(role)?;
        let is_at_desk = !matches!(role, "enumerator" | "nobody");
        let csrf = if is_at_desk {
            visitor.csrf()?
        } else {
            String::new()
        };
        let request = self.request(&row.method, &row.path, is_own, &csrf)?;
        let headers: Vec<(&str, &str)> = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let got = visitor.ask(&row.method, &request.path, &headers, &request.body)?;
        if got.status == 303 && got.location.starts_with("/desk/sign-in?next=") {
            return Ok("sign-in".into());
        }
        // Each response that came along has an answer of its own.
        if row.path == "/api/responses" && got.text.contains("\"code\":\"signed_out\"") {
            return Ok("403".into());
        }
        if got.status == request.status {
            return Ok("yes".into());
        }
        if matches!(got.status, 401 | 403 | 404) {
            return Ok(got.status.to_string());
        }
        Ok(format!("{} {}", got.status, got.text))
    }
}

/// Too few have answered for any figure.
fn of_results(pattern: &str) -> bool {
    pattern.ends_with("/results/{file}") || pattern == "/api/v1/surveys/{survey}/results"
}

/// Forms that are the same for whoever sends them.
fn as_written(pattern: &str) -> Option<(u16, &'static [(&'static str, &'static str)])> {
    Some(match pattern {
        "/desk/surveys/{survey}/export" => (200, &[("purpose", "a test")]),
        "/desk/surveys/{survey}/running" => (303, &[("state", "open")]),
        "/desk/surveys/{survey}/rounds" => (303, &[("do", "end")]),
        // These accounts have no password yet, so that none is the right one.
        "/desk/account/password" => (
            422,
            &[("password", "wrong"), ("new", "four goats cross the river")],
        ),
        "/desk/account/sessions" => (303, &[("session", "others")]),
        "/desk/account/second-factor" => (200, &[("do", "begin")]),
        // It is read, and is of a day that is over.
        "/desk/account/tokens" => (422, &[("name", "a program"), ("until", "2001-01-01")]),
        _ => return None,
    })
}

/// A folder with two surveys.
pub fn world_folder() -> Result<tempfile::TempDir> {
    let folder = tempdir()?;
    let media = folder.path().join("f-media");
    std::fs::create_dir(&media)?;
    std::fs::write(media.join("a.png"), b"\x89PNG\r\n\x1a\n a picture")?;
    publish(folder.path(), &form("mine"))?;
    publish(folder.path(), &form("other"))?;
    Ok(folder)
}
