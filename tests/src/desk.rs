//! The desk from outside: accounts as they lie in the database, and a client that keeps a session.

use crate::server::Server;
use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use std::path::Path;

/// What a request got.
#[derive(Debug)]
pub struct Got {
    /// Its status.
    pub status: u16,
    /// Where it leads; blank where nowhere.
    pub location: String,
    /// The cookie that it sets, with all that is said of it; blank where none.
    pub cookie: String,
    /// The body as text.
    pub text: String,
    /// All headers.
    pub headers: ureq::http::HeaderMap,
}

/// A browser without a screen: it keeps a cookie, and follows nothing by itself.
pub struct Visitor<'a> {
    server: &'a Server,
    /// As it is sent: `name=value`.
    pub cookie: String,
}

impl<'a> Visitor<'a> {
    /// Nobody yet.
    pub fn new(server: &'a Server) -> Self {
        Self {
            server,
            cookie: String::new(),
        }
    }

    /// Somebody whose cookie is known.
    pub fn with(server: &'a Server, cookie: &str) -> Self {
        Self {
            server,
            cookie: cookie.to_owned(),
        }
    }

    /// Sends a request as it is.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Got> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.server.url));
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut reply = if matches!(method, "GET" | "HEAD" | "DELETE") {
            agent.run(request.body(())?)?
        } else {
            agent.run(request.body(body.to_vec())?)?
        };
        let headers = reply.headers().clone();
        let said = |name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Ok(Got {
            status: reply.status().as_u16(),
            location: said("location"),
            cookie: said("set-cookie"),
            // Events never end by themselves.
            text: if said("content-type").starts_with("text/event-stream") {
                String::new()
            } else {
                reply.body_mut().read_to_string().unwrap_or_default()
            },
            headers,
        })
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Result<Got> {
        self.ask("GET", path, &[], &[])
    }

    /// Sends a form, and keeps the cookie that it is given.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Got> {
        let got = self.ask(
            "POST",
            path,
            &[
                ("content-type", "application/x-www-form-urlencoded"),
                ("origin", &self.server.url),
            ],
            written(fields).as_bytes(),
        )?;
        if let Some(pair) = got.cookie.split(';').next().filter(|pair| !pair.is_empty()) {
            pair.clone_into(&mut self.cookie);
        }
        Ok(got)
    }

    /// Sends a form of a page of this session.
    pub fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<Got> {
        let csrf = self.csrf()?;
        self.post(path, &[fields, &[("csrf", csrf.as_str())]].concat())
    }

    /// What the forms of this session bring along.
    pub fn csrf(&self) -> Result<String> {
        let page = self.get("/desk/account")?;
        ensure!(page.status == 200, "{page:?}");
        hidden(&page.text, "csrf")
    }
}

/// The value of a hidden field of a page.
pub fn hidden(page: &str, name: &str) -> Result<String> {
    let field = format!("name=\"{name}\" value=\"");
    let (_, after) = page
        .split_once(&field)
        .with_context(|| format!("no {name} in {page}"))?;
    Ok(after.split('"').next().unwrap_or_default().to_owned())
}

/// Fields as a form writes them.
pub fn written(fields: &[(&str, &str)]) -> String {
    let one = |text: &str| -> String {
        text.bytes()
            .map(|b| {
                if b.is_ascii_alphanumeric() {
                    char::from(b).to_string()
                } else {
                    format!("%{b:02X}")
                }
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", one(name), one(value)))
        .collect();
    pairs.join("&")
}

/// The token of the link that the first start printed.
pub fn first_token(server: &Server) -> Result<String> {
    let (_, after) = server
        .announced
        .split_once("/desk/link#")
        .context("a link for the first")?;
    Ok(after.split_whitespace().next().unwrap_or_default().to_owned())
}

/// Makes the first administrator, and signs in.
pub fn administrator<'a>(server: &'a Server, name: &str, password: &str) -> Result<Visitor<'a>> {
    let mut visitor = Visitor::new(server);
    let token = first_token(server)?;
    let got = visitor.post(
        "/desk/link",
        &[("token", &token), ("name", name), ("password", password)],
    )?;
    ensure!(got.status == 303 && got.location == "/desk", "{got:?}");
    Ok(visitor)
}

/// Signs a browser in past the password, as the database sees it; gives the cookie.
pub fn session_of(folder: &Path, account: &str) -> Result<String> {
    let value = uuid::Uuid::new_v4().simple().to_string();
    session_as(&folder.join("baraza.db"), account, &value)?;
    Ok(format!("baraza-desk={value}"))
}

/// The same by a token that is known already; once it is there it stays.
pub fn session_as(database: &Path, account: &str, value: &str) -> Result<()> {
    let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    let database = Connection::open(database)?;
    database.busy_timeout(std::time::Duration::from_secs(5))?;
    let made = database.execute(
        &format!(
            "INSERT OR REPLACE INTO desk_session (digest, account_id, browser, began_at, seen_at)
             SELECT ?1, id, 'test', {now}, {now} FROM account WHERE name = ?2"
        ),
        params![Sha256::digest(value.as_bytes()).to_vec(), account],
    )?;
    ensure!(made == 1, "there is no account {account}");
    Ok(())
}
