//! In a real browser: from the first link to an enumerator's sheet.

use crate::person::Person;
use crate::{BOLAS, PASSWORD};
use anyhow::{Context, Result, ensure};
use baraza_tests::desk::first_token;
use baraza_tests::{Server, baraza, chromium, told};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
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
    bola.page
        .eval("document.querySelector('details summary').click()")?;
    bola.judge("enumerators-revoke-en")?;
    bola.presses("details[open] button.grave[value='revoke']")?;
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
