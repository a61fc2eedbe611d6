//! Enumerators from outside: a form for them, the links of the command line, and a client that signs in.

use crate::server::{Server, baraza, told};
use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;

/// A survey for enumerators alone; without the setting it is anybody's.
pub const VISITS: &str = "\
| survey   |                |        |                     |                   |              |
|          | type           | name   | label::English (en) | label::العربية (ar) | baraza::role |
|          | select_one yn  | agreed | Do you agree?       | هل توافق؟         | consent      |
|          | select_one g   | sex    | Gender              | الجنس             | gender       |
|          | integer        | years  | Age in years        | العمر بالسنوات    | age          |
|          | text           | more   | Anything else       | شيء آخر           |              |
| choices  |                |        |                     |                   |
|          | list_name      | name   | label::English (en) | label::العربية (ar) |
|          | yn             | yes    | Yes                 | نعم               |
|          | yn             | no     | No                  | لا                |
|          | g              | woman  | Woman               | امرأة             |
|          | g              | man    | Man                 | رجل               |
| settings |                |        |                     |                   |
|          | form_id        | version | form_title::English (en) | form_title::العربية (ar) | baraza::sign_in |
|          | visits         | 1      | Household visits    | زيارات الأسر      | yes          |
";

/// Publishes a form.
pub fn publish(folder: &Path, form: &str) -> Result<()> {
    std::fs::write(folder.join("f.md"), form)?;
    let output = baraza(folder, &["publish", "f.md"]);
    ensure!(output.status.success(), "{}", told(&output));
    Ok(())
}

/// The form under another id, for anybody.
pub fn open_form() -> String {
    VISITS
        .replace("| visits         | 1      |", "| market         | 1      |")
        .replace("| yes          |\n", "|              |\n")
        .replace("Household visits", "At the market")
        .replace("زيارات الأسر", "في السوق")
}

/// What a command says in JSON.
pub fn said(folder: &Path, arguments: &[&str]) -> Result<Value> {
    let output = baraza(folder, &[arguments, &["--format", "json"]].concat());
    ensure!(output.status.success(), "{}", told(&output));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Adds or renews an enumerator; gives id and link.
pub fn link(folder: &Path, what: &str, name: &str, more: &[&str]) -> Result<(String, String)> {
    let made = said(folder, &[&["enumerators", what, name], more].concat())?;
    let text = |key: &str| made[key].as_str().map(String::from).context("a text");
    Ok((text("id")?, text("link")?))
}

/// What signs in, of a link.
pub fn token(link: &str) -> &str {
    link.split_once("/sign-in#").expect("a link that signs in").1
}

/// Status, code or status in words, and where it was stored the enumerator's name and the flags.
pub type Sent = (u16, String, Option<(String, String)>);

/// A client that keeps its cookie itself.
pub struct Client<'a> {
    server: &'a Server,
    /// As it is sent: `name=value`.
    pub cookie: String,
}

impl<'a> Client<'a> {
    /// Nobody yet.
    pub fn new(server: &'a Server) -> Self {
        Self {
            server,
            cookie: String::new(),
        }
    }

    /// Signed in by a link.
    pub fn signed_in(server: &'a Server, link: &str) -> Result<Self> {
        let mut client = Self::new(server);
        let (status, said) = client.sign_in(token(link))?;
        ensure!(status == 200, "{said}");
        Ok(client)
    }

    /// Sends a request; the body goes with POST alone.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<ureq::http::Response<ureq::Body>> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.url))
            .header("content-type", "application/json")
            .header("cookie", &self.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let with_body = method == "POST";
        Ok(if with_body {
            agent.run(request.body(body.to_string())?)?
        } else {
            agent.run(request.body(())?)?
        })
    }

    /// Sends a request; gives status and JSON.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value)> {
        let mut reply = self.ask(method, path, &[], body)?;
        Ok((
            reply.status().as_u16(),
            reply.body_mut().read_json().unwrap_or_default(),
        ))
    }

    /// Signs in, and keeps the cookie that it is given.
    pub fn sign_in(&mut self, token: &str) -> Result<(u16, Value)> {
        let mut reply = self.ask("POST", "/api/session", &[], &json!({ "token": token }))?;
        if let Some(cookie) = reply.headers().get("set-cookie") {
            let pair = cookie.to_str()?.split(';').next();
            pair.unwrap_or_default().clone_into(&mut self.cookie);
        }
        Ok((
            reply.status().as_u16(),
            reply.body_mut().read_json().unwrap_or_default(),
        ))
    }

    /// Sends a response of a woman of 20; gives status, code, and what is stored: the enumerator's name and the flags.
    pub fn send(&self, folder: &Path, survey: &str, claimed: Option<&str>) -> Result<Sent> {
        let answers = json!({"agreed": "yes", "sex": "woman", "years": 20});
        let instance = Uuid::new_v4().to_string();
        let mut body = response(survey, &instance, &answers);
        if let Some(claimed) = claimed {
            body["enumerator"] = json!(claimed);
        }
        let (status, reply) = self.json("POST", &format!("/api/surveys/{survey}/responses"), &body)?;
        let code = reply["code"]
            .as_str()
            .or(reply["status"].as_str())
            .unwrap_or_default()
            .to_owned();
        let stored = Connection::open(folder.join("baraza.db"))?.query_row(
            "SELECT coalesce((SELECT name FROM enumerator e WHERE e.id = enumerator_id), '-'), flags FROM response WHERE instance_id = ?1",
            [instance],
            |row| Ok((row.get(0)?, row.get(1)?)),
        );
        Ok((status, code, stored.ok()))
    }
}

/// A response as a phone sends it.
pub fn response(survey: &str, instance: &str, answers: &Value) -> Value {
    let at = "2026-11-20T10:00:00.000Z";
    json!({"form": survey, "version": "1", "instance_id": instance, "started": at, "finished": at, "language": "en", "answers": answers})
}
