//! Enumerators: a link signs a phone in, responses know who sent them, and quotas say who is still to be asked.

use anyhow::{Context, Result, ensure};
use baraza_tests::{Browser, Phone, Server, baraza, chromium, csv_rows, told};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::tempdir;
use uuid::Uuid;

/// A survey for enumerators alone; without the setting it is anybody's.
const FORM: &str = "\
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

fn publish(folder: &Path, form: &str) -> Result<()> {
    std::fs::write(folder.join("f.md"), form)?;
    let output = baraza(folder, &["publish", "f.md"]);
    ensure!(output.status.success(), "{}", told(&output));
    Ok(())
}

/// The form under another id, for anybody.
fn open_form() -> String {
    FORM.replace("| visits         | 1      |", "| market         | 1      |")
        .replace("| yes          |\n", "|              |\n")
        .replace("Household visits", "At the market")
        .replace("زيارات الأسر", "في السوق")
}

/// What a command says in JSON.
fn said(folder: &Path, arguments: &[&str]) -> Result<Value> {
    let output = baraza(folder, &[arguments, &["--format", "json"]].concat());
    ensure!(output.status.success(), "{}", told(&output));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Adds or renews an enumerator; gives id and link.
fn link(folder: &Path, what: &str, name: &str, more: &[&str]) -> Result<(String, String)> {
    let made = said(folder, &[&["enumerators", what, name], more].concat())?;
    let text = |key: &str| made[key].as_str().map(String::from).context("a text");
    Ok((text("id")?, text("link")?))
}

fn token(link: &str) -> &str {
    link.split_once("/sign-in#").expect("a link that signs in").1
}

/// A client that keeps its cookie itself.
struct Client<'a> {
    server: &'a Server,
    cookie: String,
}

impl<'a> Client<'a> {
    fn new(server: &'a Server) -> Self {
        Self {
            server,
            cookie: String::new(),
        }
    }

    fn signed_in(server: &'a Server, link: &str) -> Result<Self> {
        let mut client = Self::new(server);
        let (status, said) = client.sign_in(token(link))?;
        ensure!(status == 200, "{said}");
        Ok(client)
    }

    fn ask(
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

    fn json(&self, method: &str, path: &str, body: &Value) -> Result<(u16, Value)> {
        let mut reply = self.ask(method, path, &[], body)?;
        Ok((
            reply.status().as_u16(),
            reply.body_mut().read_json().unwrap_or_default(),
        ))
    }

    fn sign_in(&mut self, token: &str) -> Result<(u16, Value)> {
        let mut reply = self.ask("POST", "/api/session", &[], &json!({ "token": token }))?;
        if let Some(cookie) = reply.headers().get("set-cookie") {
            self.cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
        }
        Ok((
            reply.status().as_u16(),
            reply.body_mut().read_json().unwrap_or_default(),
        ))
    }

    /// Sends a response of a woman of 20; gives status, code, and what is stored: the enumerator's name and the flags.
    fn send(
        &self,
        folder: &Path,
        survey: &str,
        claimed: Option<&str>,
    ) -> Result<(u16, String, Option<(String, String)>)> {
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

fn response(survey: &str, instance: &str, answers: &Value) -> Value {
    let day = "2026-11-20T10:00:00.000Z";
    let at = std::env::var("BARAZA_DAY").unwrap_or_else(|_| day.into());
    json!({"form": survey, "version": "1", "instance_id": instance, "started": at, "finished": at, "language": "en", "answers": answers})
}

#[test]
fn an_enumerator_signs_in_fills_loses_access_and_loses_nothing() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    std::fs::write(
        folder.join("quotas.csv"),
        "gender,age,target\nwoman,18-35,2\nman,46+,5\n,,1\n",
    )?;
    ensure!(baraza(folder, &["quotas", "set", "quotas.csv"]).status.success());
    let server = Server::start(folder, &[])?;
    let (url, port) = (
        server.url.clone(),
        server
            .url
            .rsplit(':')
            .next()
            .and_then(|p| p.parse().ok())
            .expect("a port"),
    );
    let (_, first) = link(folder, "add", "Amina", &["--url", &url])?;
    let browser = Browser::start(&chromium)?;
    let form = format!("{url}/s/visits?lang=en");

    // Before anybody has signed in the form says so, above its first question, and can be filled all the same.
    let phone = Phone::open(&browser, &form)?;
    phone
        .page
        .wait_for("document.querySelector('#who [role=alert] button') !== null")?;
    ensure!(
        phone
            .page
            .text("document.getElementById('who').innerText")?
            .contains("only from enumerators")
    );
    phone.page.shot("field-form-not-signed-in-en")?;
    phone.tap("#sign-in")?;
    phone.page.wait_for("document.body.dataset.state === 'none'")?;
    phone.page.shot("field-sign-in-none-en")?;

    // The link signs in, and leaves neither the address bar nor the history with what it says.
    let phone = Phone {
        page: browser.page(360, 640)?,
    };
    phone.page.tab.navigate_to(&first)?.wait_until_navigated()?;
    phone.page.wait_for("document.body.dataset.state === 'now'")?;
    assert_eq!(phone.page.text("location.pathname + location.hash")?, "/field");
    assert_eq!(
        phone.page.text("sessionStorage.getItem('baraza-token') ?? ''")?,
        ""
    );
    assert_eq!(phone.page.text("document.cookie")?, "", "out of a page's reach");
    let entries = phone
        .page
        .tab
        .call_method(headless_chrome::protocol::cdp::Page::GetNavigationHistory(None))?;
    ensure!(
        !entries
            .entries
            .iter()
            .any(|entry| entry.url.contains(token(&first))),
        "{:?}",
        entries.entries
    );
    let sees = |phone: &Phone, words: &str| -> Result<()> {
        phone.page.wait_for(&format!(
            "document.getElementById('page').innerText.includes({})",
            json!(words)
        ))
    };
    for words in [
        "Amina",
        "Household visits",
        "Received from you: 0. Today: 0.",
        "Woman 18–35: 0 of 2",
        "Man 46+: 0 of 5",
        "Everybody: 0 of 1",
    ] {
        sees(&phone, words)?;
    }

    // An interview: counts and quotas move.
    phone.tap(".survey .go.main")?;
    phone
        .page
        .wait_for("document.body.dataset.screen === 'question'")?;
    let woman = json!({"agreed": "yes", "sex": "woman", "years": "20"});
    phone.fill_all(&woman)?;
    phone.page.shot("field-form-signed-in-en")?;
    assert_eq!(phone.send()?, "sent");
    phone.tap("#to-surveys")?;
    for words in [
        "Received from you: 1. Today: 1.",
        "Woman 18–35: 1 of 2",
        "Man 46+: 0 of 5",
        "Everybody: 1 of 1 ✓ reached",
    ] {
        sees(&phone, words)?;
    }

    // Without a connection: what was seen last, with its time. One is finished, one is left half way.
    phone.tap(".survey .go.main")?;
    phone
        .page
        .wait_for("document.body.dataset.screen === 'question'")?;
    phone.fill_all(&woman)?;
    server.stop()?;
    assert_eq!(phone.send()?, "waiting");
    phone.tap("#again")?;
    phone
        .page
        .wait_for("document.body.dataset.screen === 'question'")?;
    phone.choose("agreed", "yes")?;
    phone.next()?;
    let revoked = baraza(folder, &["enumerators", "revoke", "Amina"]);
    ensure!(revoked.status.success(), "{}", told(&revoked));

    // Back with a connection, and without the right to send: it is said, and everything is there.
    let server = Server::start_on(folder, port, &[])?;
    phone
        .page
        .tab
        .navigate_to(&format!("{url}/field"))?
        .wait_until_navigated()?;
    phone.page.wait_for("document.body.dataset.state === 'revoked'")?;
    for words in [
        "Nothing on this phone was deleted",
        "1 response is kept on this phone",
        "Go on with the one of",
    ] {
        sees(&phone, words)?;
    }
    phone.page.shot("field-revoked-en")?;
    phone.tap("#send-now")?;
    let stored = || -> Result<i64> {
        let database = Connection::open(folder.join("baraza.db"))?;
        Ok(database.query_row("SELECT count(*) FROM response", [], |row| row.get(0))?)
    };
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(stored()?, 1);
    sees(&phone, "1 response is kept on this phone")?;
    assert_eq!(
        phone
            .page
            .text("JSON.parse(localStorage.getItem('baraza-enumerator')).name")?,
        "Amina"
    );

    // The old link is void; the new one is typed in, and what waited is sent in Amina's name.
    let (_, second) = link(folder, "renew", "Amina", &["--url", &url])?;
    phone.page.tab.navigate_to(&first)?.wait_until_navigated()?;
    phone
        .page
        .wait_for("document.body.dataset.state === 'revoked' && document.getElementById('link') !== null")?;
    phone.page.shot("field-sign-in-revoked-en")?;
    phone.tap("#link")?;
    phone.page.tab.type_str(&second)?;
    phone.tap(".link button")?;
    phone
        .page
        .wait_for("location.pathname === '/field' && document.body.dataset.state === 'now'")?;
    for words in [
        "Received from you: 2. Today: 2.",
        "Woman 18–35: 2 of 2 ✓ reached",
        "Everybody: 2 of 1 ✓ reached",
    ] {
        sees(&phone, words)?;
    }
    assert_eq!(
        phone.page.eval("document.querySelectorAll('#send-now').length")?,
        json!(0)
    );
    ensure!(baraza(folder, &["export", "--out", "r.csv"]).status.success());
    let rows = csv_rows(&folder.join("r.csv"))?;
    let named: Vec<_> = rows
        .iter()
        .map(|row| (row["enumerator"].as_str(), row["flags"].as_str()))
        .collect();
    assert_eq!(named, [("Amina", ""), ("Amina", "")]);

    // The server goes away under the open page.
    server.stop()?;
    phone.page.eval("dispatchEvent(new Event('online'))")?;
    phone.page.wait_for("document.body.dataset.state === 'offline'")?;
    sees(&phone, "What is shown is as of")?;
    sees(&phone, "Received from you: 2")?;
    phone.page.shot("field-offline-en")?;
    phone
        .page
        .eval("window.confirm = () => true; window.alert = (words) => { window.told = words; }")?;
    phone.tap("#sign-out")?;
    phone
        .page
        .wait_for("window.told?.includes('needs a connection')")?;
    phone.page.tab.navigate_to("about:blank")?;

    // Signing out takes nothing away.
    let server = Server::start_on(folder, port, &[])?;
    phone
        .page
        .tab
        .navigate_to(&format!("{url}/field"))?
        .wait_until_navigated()?;
    phone.page.wait_for("document.body.dataset.state === 'now'")?;
    phone.page.eval("window.confirm = () => true")?;
    phone.tap("#sign-out")?;
    phone
        .page
        .wait_for("document.body.dataset.state === 'signed_out'")?;
    assert_eq!(
        phone
            .page
            .text("localStorage.getItem('baraza-enumerator') ?? ''")?,
        ""
    );
    assert_eq!(phone.draft()?, json!({"agreed": "yes"}));
    phone
        .page
        .tab
        .navigate_to(&format!("{url}/field"))?
        .wait_until_navigated()?;
    phone
        .page
        .wait_for("document.body.dataset.state === 'signed_out'")?;
    sees(&phone, "Go on with the one of")?;
    phone.page.shot("field-signed-out-en")?;
    server.stop()
}

#[test]
fn a_link_opened_without_a_connection_is_kept_and_used_later() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    let server = Server::start(folder, &[])?;
    let port = server
        .url
        .rsplit(':')
        .next()
        .and_then(|p| p.parse().ok())
        .expect("a port");
    let (_, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &format!("{}/sign-in", server.url))?;
    phone.page.wait_for("document.body.dataset.state === 'none'")?;
    server.stop()?;
    phone.page.eval(&format!("location.hash = '{}'", token(&amina)))?;
    phone.page.wait_for("document.body.dataset.state === 'offline'")?;
    assert_eq!(phone.page.text("location.hash")?, "");
    phone.page.shot("field-sign-in-offline-en")?;
    let _server = Server::start_on(folder, port, &[])?;
    phone.tap("#try-again")?;
    phone
        .page
        .wait_for("location.pathname === '/field' && document.body.dataset.state === 'now'")?;
    phone
        .page
        .tab
        .navigate_to(&amina.replace(token(&amina), "nobody"))?
        .wait_until_navigated()?;
    phone.page.wait_for("document.body.dataset.state === 'unknown'")?;
    ensure!(
        phone
            .page
            .text("document.body.innerText")?
            .contains("Amina is signed in")
    );
    phone.page.shot("field-sign-in-unknown-en")
}

#[test]
fn the_pages_fit_small_screens_in_both_directions() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
    publish(folder, &open_form())?;
    std::fs::write(
        folder.join("quotas.csv"),
        "gender,age,target\nwoman,18-35,20\nman,46+,1\n,,30\n",
    )?;
    ensure!(
        baraza(folder, &["quotas", "set", "quotas.csv", "--survey", "visits"])
            .status
            .success()
    );
    let server = Server::start(folder, &[])?;
    let (id, amina) = link(folder, "add", "Amina", &["--url", &server.url])?;
    let client = Client::signed_in(&server, &amina)?;
    for _ in 0..12 {
        client.send(folder, "visits", Some(&id))?;
    }
    for (language, size) in [
        ("en", (360, 640)),
        ("ar", (360, 640)),
        ("en", (1280, 800)),
        ("ar", (1280, 800)),
    ] {
        let browser = Browser::start(&chromium)?;
        let page = browser.page(size.0, size.1)?;
        page.tab
            .navigate_to(&format!("{}/healthz", server.url))?
            .wait_until_navigated()?;
        page.eval(&format!("localStorage.setItem('baraza-language', '{language}')"))?;
        page.tab.navigate_to(&amina)?.wait_until_navigated()?;
        page.wait_for("document.body.dataset.state === 'now'")?;
        let phone = Phone { page };
        phone.tap("[data-survey='visits'] .go.main")?;
        phone
            .page
            .wait_for("document.body.dataset.screen === 'question'")?;
        phone.choose("agreed", "yes")?;
        phone.next()?;
        phone.tap("#to-surveys")?;
        phone
            .page
            .wait_for("document.querySelector('[data-draft]') !== null")?;
        phone.page.shot(&format!("field-{language}-{}", size.0))?;
        assert_eq!(
            phone.page.text("document.documentElement.dir")?,
            if language == "ar" { "rtl" } else { "ltr" }
        );
        let low = phone.page.text("[...document.querySelectorAll('a, button, select, input')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 48).map(e => e.outerHTML).join('\\n')")?;
        assert_eq!(low, "", "targets for a thumb");
        assert_eq!(
            phone
                .page
                .eval("document.documentElement.scrollWidth <= innerWidth")?,
            json!(true),
            "nothing sticks out"
        );
        phone
            .page
            .tab
            .navigate_to(&format!("{}/sign-in", server.url))?
            .wait_until_navigated()?;
        phone.page.wait_for("document.body.dataset.state === 'none'")?;
        phone.page.shot(&format!("field-sign-in-{language}-{}", size.0))?;
    }
    Ok(())
}

#[test]
fn who_may_send_and_in_whose_name() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    publish(folder, FORM)?;
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
    let forged = Client {
        server: &server,
        cookie: "baraza_field=0123456789abcdef0123456789abcdef".into(),
    };
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
    publish(folder, FORM)?;
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
    publish(folder, FORM)?;
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
