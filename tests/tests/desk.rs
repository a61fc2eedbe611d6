//! The desk in a real browser: from the first link to an enumerator's sheet, and everything that keeps others out.

use anyhow::{Context, Result, ensure};
use baraza_tests::desk::{Visitor, administrator, first_token};
use baraza_tests::field::said;
use baraza_tests::{AXE_JUDGE, Browser, Page, Server, axe, baraza, chromium, told};
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tempfile::tempdir;

const PASSWORD: &str = "four goats cross the river";
const BOLAS: &str = "a kettle under the window";

/// The code that an app shows, so many steps from now.
fn code(secret: &str, ahead: u64) -> Result<String> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = String::new();
    for letter in secret.chars().filter(|letter| *letter != ' ') {
        bits += &format!("{:05b}", letters.find(letter).context("a letter")?);
    }
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|eight| eight.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0')))
        .collect();
    let step = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 30 + ahead;
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&bytes)?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[at..at + 4].try_into()?);
    Ok(format!("{:06}", (word & 0x7fff_ffff) % 1_000_000))
}

/// One person's browser.
struct Person<'a> {
    /// Ends with the person.
    _browser: Browser,
    page: Page,
    server: &'a Server,
    axe: Option<String>,
}

impl<'a> Person<'a> {
    fn new(chromium: &Path, server: &'a Server) -> Result<Self> {
        let browser = Browser::start(chromium)?;
        Ok(Self {
            page: browser.page(360, 640)?,
            _browser: browser,
            server,
            axe: axe(),
        })
    }

    fn open(&self, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.server.url);
        self.page.tab.navigate_to(&url)?.wait_until_navigated()?;
        self.page.wait_for("document.readyState === 'complete'")
    }

    fn sees(&self, words: &str) -> Result<()> {
        self.page.wait_for(&format!(
            "document.readyState === 'complete' && document.body.innerText.includes({})",
            json!(words)
        ))
    }

    fn types(&self, id: &str, text: &str) -> Result<()> {
        let typed = format!(
            "(() => {{ const field = document.getElementById({}); field.value = {}; return field.form !== null; }})()",
            json!(id),
            json!(text)
        );
        ensure!(self.page.eval(&typed)?.as_bool() == Some(true), "no field {id}");
        Ok(())
    }

    /// Presses a button, and waits for the page that comes after.
    fn presses(&self, selector: &str) -> Result<()> {
        self.page.eval("document.body.dataset.before = 'yes'")?;
        let press = format!("document.querySelector({}).click()", json!(selector));
        self.page.eval(&press)?;
        self.page
            .wait_for("document.readyState === 'complete' && document.body.dataset.before === undefined")
    }

    /// Judged by axe-core and by what sticks out, at the sizes and in the languages that matter; with pictures.
    fn judge(&self, name: &str) -> Result<()> {
        for (width, height) in [(360, 640), (1280, 800)] {
            self.page.resize(width, height, 1.0)?;
            let wide = self
                .page
                .eval("document.documentElement.scrollWidth - document.documentElement.clientWidth")?;
            assert_eq!(wide.as_f64(), Some(0.0), "{name} is wider than {width}");
            let small = self.page.text(
                "[...document.querySelectorAll('a, button, select, summary, .choice, input:not([type=hidden], .unseen, .choice input)')]
                    .filter((one) => one.checkVisibility() && !one.matches('.skip, .link') && one.getBoundingClientRect().height < 47.5)
                    .map((one) => one.outerHTML.slice(0, 120)).join('\\n')",
            )?;
            assert_eq!(small, "", "{name} has targets that no thumb hits");
            if let Some(axe) = &self.axe {
                self.page.eval(&format!("{axe}; true"))?;
                let found = self.page.text(AXE_JUDGE)?;
                assert_eq!(found, "", "{name} at {width}");
            }
            self.page.shot(&format!("desk-{name}-{width}"))?;
        }
        self.page.resize(360, 640, 1.0)
    }

    /// A page that can be opened again, in English and in Arabic.
    fn judge_both(&self, name: &str, path: &str) -> Result<()> {
        for language in ["ar", "en"] {
            self.open(&format!("/desk/language?to={language}&back={path}"))?;
            let direction = if language == "ar" { "rtl" } else { "ltr" };
            self.page
                .wait_for(&format!("document.documentElement.dir === '{direction}'"))?;
            self.judge(&format!("{name}-{language}"))?;
        }
        Ok(())
    }

    fn signs_in(&self, name: &str, password: &str) -> Result<()> {
        self.types("name", name)?;
        self.types("password", password)?;
        self.presses("button.main")
    }

    /// What a page shows once: a link.
    fn link(&self) -> Result<String> {
        self.page.text("document.querySelector('code.link').textContent")
    }
}

/// The link makes an administrator, and leaves the address bar and the history.
fn begins(amina: &Person<'_>, token: &str) -> Result<()> {
    amina.open(&format!("/desk/link#{token}"))?;
    amina.sees("You become the first administrator")?;
    assert_eq!(
        amina.page.text("location.href")?,
        format!("{}/desk/link", amina.server.url)
    );
    amina.judge("first-en")?;
    amina.types("name", "Amina")?;
    amina.types("password", "amina1234567")?;
    amina.presses("button.main")?;
    amina.sees("The name is in this password")?;
    amina.judge("first-weak-en")?;
    amina.page.eval("document.querySelector('[data-show]').click()")?;
    assert_eq!(
        amina.page.text("document.getElementById('password').type")?,
        "text"
    );
    amina.types("password", PASSWORD)?;
    amina.presses("button.main")?;
    amina.sees("Surveys")?;
    assert_eq!(amina.page.text("location.pathname")?, "/desk");
    assert_eq!(amina.page.text("document.cookie")?, "", "out of a page's reach");
    amina.judge_both("home", "/desk")?;
    amina.judge_both("accounts", "/desk/accounts")
}

fn invites(amina: &Person<'_>) -> Result<String> {
    amina.open("/desk/accounts")?;
    amina.types("name", "Bola Adé")?;
    amina.presses("main form[action='/desk/accounts'] button.main")?;
    amina.sees("A link for Bola Adé")?;
    amina.judge("invited-en")?;
    amina.link()
}

/// A coordinator takes the link, and hands out a sheet.
fn coordinates(bola: &Person<'_>, link: &str) -> Result<()> {
    let (_, path) = link
        .split_once(&bola.server.url)
        .context("a link of this server")?;
    bola.open(path)?;
    bola.sees("This link is for:")?;
    bola.types("password", BOLAS)?;
    bola.presses("button.main")?;
    bola.sees("Surveys")?;
    ensure!(!bola.page.text("document.body.innerText")?.contains("Accounts"));
    bola.judge_both("survey", "/desk/surveys/community-security")?;
    bola.open("/desk/enumerators")?;
    bola.types("name", "Chidi")?;
    bola.presses("main section button.main")?;
    bola.sees("Scan this code with the phone’s camera")?;
    bola.judge("sheet-en")?;
    let sheet = bola.link()?;
    ensure!(sheet.contains("/sign-in#"), "{sheet}");
    let folder_link = sheet.split_once('#').context("a token")?.1.to_owned();
    let mut phone = baraza_tests::field::Client::new(bola.server);
    assert_eq!(phone.sign_in(&folder_link)?.0, 200, "the sheet signs in");
    bola.judge_both("enumerators", "/desk/enumerators")?;
    bola.open("/desk/enumerators")?;
    bola.presses("button[value='revoke']")?;
    bola.sees("Taken back")?;
    assert_eq!(phone.json("GET", "/api/session", &json!(null))?.0, 401, "at once");
    bola.open("/desk/accounts")?;
    bola.sees("Not for you")?;
    bola.judge("forbidden-en")
}

/// The second factor: turned on, asked for, each code once, and a recovery code in its place.
fn second_factor(amina: &Person<'_>) -> Result<()> {
    amina.judge_both("account", "/desk/account")?;
    amina.open("/desk/account")?;
    amina.presses("button[value='begin']")?;
    amina.sees("Scan this with an app")?;
    amina.judge("factor-en")?;
    let secret = amina
        .page
        .text("document.querySelector('main code').textContent")?;
    amina.types("code", &code(&secret, 0)?)?;
    amina.types("password", PASSWORD)?;
    amina.presses("button.main")?;
    amina.sees("The second step is on")?;
    amina.judge("recovery-en")?;
    let recovery = amina
        .page
        .text("document.querySelector('.codes code').textContent")?;
    amina.presses("footer form[action='/desk/sign-out'] button")?;
    amina.sees("Sign in")?;
    amina.signs_in("amina", PASSWORD)?;
    amina.sees("The second step")?;
    amina.judge("code-en")?;
    amina.types("code", "000000")?;
    amina.presses("button.main")?;
    amina.sees("This code does not hold")?;
    // The one that turned it on is used up; the next is let in, since clocks differ.
    amina.types("code", &code(&secret, 1)?)?;
    amina.presses("button.main")?;
    amina.sees("Surveys")?;
    amina.presses("footer form[action='/desk/sign-out'] button")?;
    amina.signs_in("Amina", PASSWORD)?;
    amina.types("code", &code(&secret, 1)?)?;
    amina.presses("button.main")?;
    amina.sees("This code does not hold")?;
    amina.types("code", &recovery)?;
    amina.presses("button.main")?;
    amina.sees("Surveys")
}

#[test]
fn from_the_first_link_to_an_enumerators_sheet() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let token = first_token(&server)?;
    let amina = Person::new(&chromium, &server)?;
    amina.open("/desk/accounts")?;
    amina.sees("Sign in")?;
    assert_eq!(
        amina.page.text("location.pathname + location.search")?,
        "/desk/sign-in?next=%2Fdesk%2Faccounts"
    );
    amina.judge_both("sign-in", "/desk/sign-in")?;
    begins(&amina, &token)?;
    let link = invites(&amina)?;
    let bola = Person::new(&chromium, &server)?;
    coordinates(&bola, &link)?;
    second_factor(&amina)?;

    // A link holds once.
    let late = Person::new(&chromium, &server)?;
    for used in [format!("/desk/link#{token}"), link.replace(&server.url, "")] {
        late.open("/desk/sign-in")?;
        late.open(&used)?;
        late.sees("This link holds no longer")?;
    }
    late.judge("void-en")?;

    // An account that is closed is out at once, and its page says so to who signs in again.
    amina.open("/desk/accounts")?;
    let bolas = amina.page.text(
        "[...document.querySelectorAll('.rows a')].find((one) => one.textContent === 'Bola Adé').getAttribute('href')",
    )?;
    amina.judge_both("one-account", &bolas)?;
    bola.open("/desk")?;
    bola.sees("Community")?;
    amina.open(&bolas)?;
    amina.presses("button[value='close']")?;
    amina.sees("The account is closed")?;
    bola.open("/desk")?;
    bola.sees("Sign in")?;
    bola.signs_in("Bola Adé", BOLAS)?;
    bola.sees("Name and password don’t fit")?;

    let log = told(&baraza(folder.path(), &["audit"]));
    for action in [
        "first_administrator",
        "account_added",
        "password_chosen",
        "enumerator_added",
        "enumerator_revoked",
        "second_factor_on",
        "recovery_code_used",
        "account_closed",
        "signed_in",
    ] {
        assert!(log.contains(action), "{action} is not in the log:\n{log}");
    }
    // What lets in is nowhere in clear: not in the database, not in its log, not in the server's.
    drop((amina, bola, late));
    server.stop()?;
    let database = std::fs::read(folder.path().join("baraza.db"))?;
    let logged = std::fs::read(folder.path().join("serve.log"))?;
    for secret in [
        token.as_str(),
        PASSWORD,
        BOLAS,
        link.split_once('#').context("a token")?.1,
    ] {
        for place in [&database, &logged, &log.clone().into_bytes()] {
            assert!(
                !place.windows(secret.len()).any(|part| part == secret.as_bytes()),
                "{secret}"
            );
        }
    }
    Ok(())
}

#[test]
fn guessing_is_slowed_down_and_tells_nothing() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    administrator(&server, "Amina", PASSWORD)?;
    let mut texts = Vec::new();
    for name in ["Amina", "Nobody"] {
        let mut guesser = Visitor::new(&server);
        let guess = [("name", name), ("password", "not the right one")];
        for _ in 0..5 {
            let got = guesser.post("/desk/sign-in", &guess)?;
            assert_eq!(got.status, 401);
            texts.push(got.text.replace(name, "NAME"));
        }
        let got = guesser.post("/desk/sign-in", &guess)?;
        assert_eq!(got.status, 429);
        assert!(
            got.text.contains("Too many tries. Please wait 15 minutes"),
            "{}",
            got.text
        );
        assert!(got.headers.contains_key("retry-after"));
        texts.push("429".into());
    }
    let (known, unknown) = texts.split_at(6);
    assert_eq!(
        known, unknown,
        "whether there is such an account makes no difference"
    );
    // Also with the right password from there, and not from elsewhere.
    let right = [("name", "amina"), ("password", PASSWORD)];
    assert_eq!(Visitor::new(&server).post("/desk/sign-in", &right)?.status, 429);
    let form = baraza_tests::desk::written(&right);
    let elsewhere = Visitor::new(&server).ask(
        "POST",
        "/desk/sign-in",
        &[
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-forwarded-for", "192.0.2.7"),
        ],
        form.as_bytes(),
    )?;
    assert_eq!(elsewhere.status, 303, "{elsewhere:?}");
    Ok(())
}

#[test]
fn many_sign_ins_at_once_take_no_more_memory_than_a_few() -> Result<()> {
    let folder = tempdir()?;
    let server = Server::start(folder.path(), &[])?;
    let before = server.resident_kb()?;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..60)
            .map(|n: u32| {
                let server = &server;
                scope.spawn(move || -> Result<u16> {
                    let form = format!("name=someone{n}&password=wrong");
                    let from = format!("192.0.2.{n}");
                    let got = Visitor::new(server).ask(
                        "POST",
                        "/desk/sign-in",
                        &[
                            ("content-type", "application/x-www-form-urlencoded"),
                            ("x-forwarded-for", &from),
                        ],
                        form.as_bytes(),
                    )?;
                    Ok(got.status)
                })
            })
            .collect();
        let statuses = tries.into_iter().map(|one| one.join().expect("no panic"));
        statuses.collect::<Result<_>>()
    })?;
    assert!(
        statuses.iter().all(|status| matches!(status, 401 | 503)),
        "{statuses:?}"
    );
    let highest = server.memory_kb("VmHWM:")?;
    println!("60 sign-ins at once: {} KB more at the highest", highest - before);
    // One hash of 19 MB at a time, and some room: sixty at once would take 1.1 GB.
    assert!(highest - before < 60_000, "{} KB", highest - before);
    Ok(())
}

#[test]
fn sessions_end_when_they_are_revoked_and_by_the_clock() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let mut first = administrator(&server, "Amina", PASSWORD)?;
    let sign_in = || -> Result<Visitor<'_>> {
        let mut visitor = Visitor::new(&server);
        let got = visitor.post("/desk/sign-in", &[("name", "Amina"), ("password", PASSWORD)])?;
        ensure!(got.status == 303 && got.location == "/desk", "{got:?}");
        for part in ["baraza-desk=", "; Path=/", "; HttpOnly", "; SameSite=Strict"] {
            ensure!(got.cookie.contains(part), "{}", got.cookie);
        }
        Ok(visitor)
    };
    let is_in = |visitor: &Visitor<'_>| Ok::<_, anyhow::Error>(visitor.get("/desk")?.status == 200);
    let (second, third) = (sign_in()?, sign_in()?);
    assert!(is_in(&first)? && is_in(&second)? && is_in(&third)?);
    let page = first.get("/desk/account")?.text;
    let session = page
        .split("name=\"session\" value=\"")
        .nth(1)
        .context("another session")?;
    let session = session.split('"').next().context("its id")?;
    assert_eq!(
        first
            .send("/desk/account/sessions", &[("session", session)])?
            .status,
        303
    );
    assert!(is_in(&first)? && is_in(&second)? != is_in(&third)?, "one of them");
    assert_eq!(
        first
            .send("/desk/account/sessions", &[("session", "others")])?
            .status,
        303
    );
    assert!(is_in(&first)? && !is_in(&second)? && !is_in(&third)?);
    // Nobody ends the sessions of others from their own page.
    said(
        folder,
        &["accounts", "add", "Bola", "--role", "coordinator", "--by", "t"],
    )?;
    let bola = baraza_tests::desk::session_of(folder, "Bola")?;
    let database = Connection::open(folder.join("baraza.db"))?;
    let bolas: i64 = database.query_row("SELECT max(id) FROM desk_session", [], |row| row.get(0))?;
    let tried = first.send("/desk/account/sessions", &[("session", &bolas.to_string())])?;
    assert_eq!(tried.status, 404);
    assert!(is_in(&Visitor::with(&server, &bola))?);
    // A new password signs the others out, and not this one.
    let other = sign_in()?;
    let wrong = first.send(
        "/desk/account/password",
        &[("password", "not it at all"), ("new", BOLAS)],
    )?;
    assert!(
        wrong.status == 422 && wrong.text.contains("not your present password"),
        "{wrong:?}"
    );
    let changed = first.send(
        "/desk/account/password",
        &[("password", PASSWORD), ("new", BOLAS)],
    )?;
    assert_eq!(
        (changed.status, changed.location.as_str()),
        (303, "/desk/account?done=password")
    );
    assert!(is_in(&first)? && !is_in(&other)?);
    assert_eq!(
        sign_in().map(|_| ()).is_err(),
        true,
        "the old password holds no longer"
    );
    // From the machine itself.
    let ended = baraza(folder, &["accounts", "revoke-sessions", "amina", "--by", "t"]);
    ensure!(ended.status.success(), "{}", told(&ended));
    assert!(!is_in(&first)?);
    // By the clock: a day without a visit, or two weeks.
    for (column, days) in [("seen_at", "-2 days"), ("began_at", "-15 days")] {
        let cookie = baraza_tests::desk::session_of(folder, "Bola")?;
        assert!(is_in(&Visitor::with(&server, &cookie))?);
        database.execute(
            &format!(
                "UPDATE desk_session SET {column} = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{days}')
                 WHERE id = (SELECT max(id) FROM desk_session)"
            ),
            [],
        )?;
        assert!(!is_in(&Visitor::with(&server, &cookie))?, "{column}");
    }
    Ok(())
}

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
    let form = baraza_tests::desk::written(&[("token", &token), ("name", "Amina"), ("password", PASSWORD)]);
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
        let form = baraza_tests::desk::written(&[fields, &[("csrf", csrf.as_str())]].concat());
        let got = amina.ask("POST", id, &[kind], form.as_bytes())?;
        assert_eq!(got.location, "/desk/accounts/1?done=last");
    }

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
        // Its origin is not that of --url, and is the host's: ours all the same.
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
    server.stop()?;
    let again = Server::start(folder, &[])?;
    assert!(
        !again.announced.contains("/desk/link"),
        "there is an administrator"
    );
    Ok(())
}

#[test]
fn a_link_is_too_old_after_its_time_and_two_at_once_make_one() -> Result<()> {
    let folder = tempdir()?;
    let folder = folder.path();
    let server = Server::start(folder, &[])?;
    let token = first_token(&server)?;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let tries: Vec<_> = ["Amina", "Bola", "Chidi"]
            .map(|name| {
                let (server, token) = (&server, &token);
                scope.spawn(move || -> Result<u16> {
                    let fields = [("token", token.as_str()), ("name", name), ("password", PASSWORD)];
                    Ok(Visitor::new(server).post("/desk/link", &fields)?.status)
                })
            })
            .into_iter()
            .collect();
        let statuses = tries.into_iter().map(|one| one.join().expect("no panic"));
        statuses.collect::<Result<_>>()
    })?;
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    let made = said(
        folder,
        &["accounts", "add", "Dara", "--role", "analyst", "--by", "t"],
    )?;
    let link = made["link"].as_str().context("a link")?;
    let database = Connection::open(folder.join("baraza.db"))?;
    database.busy_timeout(Duration::from_secs(5))?;
    database.execute(
        "UPDATE account_link SET expires_at = '2020-01-01T00:00:00.000Z'",
        [],
    )?;
    let got = Visitor::new(&server).post("/desk/link", &[("token", link)])?;
    assert!(got.status == 401 && got.text.contains("too old"), "{got:?}");
    Ok(())
}
