//! The second factor: turned on with an app that shows codes, and off.

use super::fields::Fields;
use super::own::{is_theirs, page};
use super::sign_in::From;
use super::{Visit, Who, code, totp};
use crate::http::{App, Failure};
use crate::secret;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// Codes that let in without it, once each.
const RECOVERY: usize = 10;
/// Characters of one: 60 bits.
const LENGTH: usize = 12;

#[derive(Template)]
#[template(path = "desk/factor.html")]
struct Begin<'a> {
    visit: &'a Visit,
    secret: &'a str,
    /// In groups of four, to be typed.
    shown: String,
    picture: String,
    error: &'a str,
}

#[derive(Template)]
#[template(path = "desk/recovery.html")]
struct Recovery<'a> {
    visit: &'a Visit,
    codes: &'a [String],
}

/// A recovery code as it is hashed, however it was typed.
pub fn plain(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    groups.join(" ")
}

/// `do`: `begin` shows a code to scan, `on` takes the first code that the app shows, `off`.
pub async fn change(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    peer: From,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    match fields.get("do") {
        "begin" => begin(&visit, &who, StatusCode::OK, &totp::written(&totp::make()), ""),
        "on" => {
            let written = fields.get("secret");
            let secret =
                totp::read(written).ok_or_else(|| Failure::told(StatusCode::BAD_REQUEST, "no secret"))?;
            let wrong = |status, text: &str| begin(&visit, &who, status, written, text);
            let of = (&visit, &who);
            if let Err((status, text)) = is_theirs(&app, of, (peer, &headers), fields.get("password")).await?
            {
                return wrong(status, &text);
            }
            let Some(step) = totp::step_of(&secret, fields.get("code"), Timestamp::now()) else {
                return wrong(StatusCode::UNPROCESSABLE_ENTITY, &visit.t("code_wrong"));
            };
            let codes: Vec<String> = (0..RECOVERY)
                .map(|_| secret::make()[..LENGTH].to_owned())
                .collect();
            let digests: Vec<_> = codes.iter().map(|code| secret::digest(code)).collect();
            let id = who.id;
            tokio::task::spawn_blocking(move || app.store.set_factor(id, Some((&secret, step)), &digests))
                .await??;
            let codes: Vec<String> = codes.iter().map(|code| grouped(code)).collect();
            let body = Recovery {
                visit: &visit,
                codes: &codes,
            };
            visit.page(&visit.t("recovery_title"), &body.render()?)
        }
        "off" => {
            let of = (&visit, &who);
            if let Err((status, text)) = is_theirs(&app, of, (peer, &headers), fields.get("password")).await?
            {
                return page(&app, &visit, &who, status, &text);
            }
            let id = who.id;
            tokio::task::spawn_blocking(move || app.store.set_factor(id, None, &[])).await??;
            Ok(Redirect::to("/desk/account?done=factor_off").into_response())
        }
        _ => Err(Failure::told(StatusCode::BAD_REQUEST, "the form is incomplete")),
    }
}

fn begin(
    visit: &Visit,
    who: &Who,
    status: StatusCode,
    secret: &str,
    error: &str,
) -> Result<Response, Failure> {
    let name = utf8_percent_encode(&who.name, NON_ALPHANUMERIC);
    let address = format!("otpauth://totp/Baraza:{name}?secret={secret}&issuer=Baraza");
    let body = Begin {
        visit,
        secret,
        shown: grouped(secret),
        // A long name makes an address that is too long for a code; the secret can be typed.
        picture: code::svg(&address).unwrap_or_default(),
        error,
    };
    visit.page_with(status, &visit.t("factor_title"), &body.render()?)
}
