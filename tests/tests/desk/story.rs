//! In a real browser: from the first link to an enumerator's sheet.

use crate::{BOLAS, PASSWORD};
use anyhow::{Context, Result, ensure};
use baraza_tests::desk::first_token;
use baraza_tests::{AXE_JUDGE, Browser, Page, Server, axe, baraza, chromium, told};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::tempdir;

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

    /// What the page and all that it loads weigh as they are sent.
    fn is_light(&self, name: &str) -> Result<()> {
        let bytes = self.page.eval(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
                .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)",
        )?;
        let bytes = bytes.as_f64().context("a number")?;
        println!("{name}: {bytes} bytes");
        assert!((1.0..50_000.0).contains(&bytes), "{name}: {bytes}");
        Ok(())
    }

    /// Judged by axe-core and by what sticks out, at the sizes and in the languages that matter; with pictures.
    fn judge(&self, name: &str) -> Result<()> {
        self.is_light(name)?;
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
