//! The cookie of a browser that is signed in.

use crate::http::App;
use axum::http::{HeaderMap, HeaderValue, header};

/// Over https: no other site, path or plain address can set it.
const SECURE: &str = "__Host-baraza-desk";
/// Over plain http browsers refuse the name above.
const PLAIN: &str = "baraza-desk";
/// Which language the desk speaks.
const LANGUAGE: &str = "baraza-desk-language";
/// Days that a language is remembered.
const DAYS: u32 = 400;

/// The cookie's value, where there is one. Where phones are known to use https, the plain one counts for nothing:
/// somebody on the way could have set it.
pub fn read<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    named(headers, SECURE).or_else(|| named(headers, PLAIN).filter(|_| !app.is_https()))
}

/// Whether a request came by https, as far as can be told: behind a proxy only the address that phones use does, or
/// the page that sends.
pub fn is_secure(app: &App, headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    app.is_https()
        || origin.is_some_and(|origin| origin.starts_with("https://"))
        || named(headers, SECURE).is_some()
}

/// Sets it until the browser is closed; the server ends sessions by its own clock. A blank value takes it away.
pub fn set(app: &App, headers: &HeaderMap, value: &str) -> HeaderValue {
    let (name, secure) = if is_secure(app, headers) {
        (SECURE, "; Secure")
    } else {
        (PLAIN, "")
    };
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    made(&format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}"
    ))
}

/// The language that was chosen.
pub fn language(headers: &HeaderMap) -> Option<&str> {
    named(headers, LANGUAGE)
}

/// Remembers a language.
pub fn set_language(tag: &str) -> HeaderValue {
    let seconds = DAYS * 24 * 3600;
    made(&format!(
        "{LANGUAGE}={tag}; Path=/desk; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    ))
}

fn made(cookie: &str) -> HeaderValue {
    HeaderValue::from_str(cookie).unwrap_or_else(|_| unreachable!("letters and digits"))
}

fn named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE);
    let mut pairs = lines
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}
