//! Who sends: enumerators sign in once by a link, and a cookie says so from then on.

use super::App;
use super::error::Failure;
use super::origin::is_foreign;
use crate::secret;
use crate::sender::{REVOKED, Refused, SIGNED_OUT, Sender, UNKNOWN};
use crate::store::{Enumerator, Holder};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The cookie of a phone that is signed in.
const COOKIE: &str = "baraza_field";
/// Days that a phone stays signed in; browsers keep no cookie longer.
const DAYS: i64 = 400;
/// No token is longer.
const LONGEST_TOKEN: usize = 100;

impl Refused {
    /// With a status.
    pub fn with(&self, status: StatusCode) -> Failure {
        Failure::Coded(status, self.code, self.message)
    }
}

/// Who sends a request, by its cookie.
pub fn who(app: &App, headers: &HeaderMap) -> Result<Sender, Failure> {
    Ok(match holder(app, headers)? {
        Holder::Unknown => Sender::Nobody,
        Holder::Revoked => Sender::Revoked,
        Holder::Of(enumerator, _) => Sender::Enumerator {
            id: enumerator.id,
            public: enumerator.public,
            surveys: enumerator.surveys,
        },
    })
}

/// The enumerator who is signed in; otherwise 401.
pub fn signed_in(app: &App, headers: &HeaderMap) -> Result<Enumerator, Failure> {
    match holder(app, headers)? {
        Holder::Of(enumerator, _) => Ok(enumerator),
        Holder::Revoked => Err(REVOKED.with(StatusCode::UNAUTHORIZED)),
        Holder::Unknown => Err(SIGNED_OUT.with(StatusCode::UNAUTHORIZED)),
    }
}

fn holder(app: &App, headers: &HeaderMap) -> Result<Holder, Failure> {
    let Some(cookie) = cookie(headers) else {
        return Ok(Holder::Unknown);
    };
    Ok(app.store.session(&secret::digest(cookie), &oldest())?)
}

/// When the oldest sessions began that still hold.
fn oldest() -> String {
    format!("{:.3}", Timestamp::now() - SignedDuration::from_hours(24 * DAYS))
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE);
    let mut pairs = all
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn set_cookie(app: &App, headers: &HeaderMap, value: &str, seconds: i64) -> HeaderValue {
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let secure = if app.is_https() || origin.is_some_and(|origin| origin.starts_with("https://")) {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&cookie).unwrap_or_else(|_| unreachable!("letters and digits"))
}

fn refuse_foreign(app: &App, headers: &HeaderMap) -> Result<(), Failure> {
    if is_foreign(headers, app.url.as_deref()) {
        let message = "enumerators sign in and out on Baraza's own page";
        return Err(Failure::told(StatusCode::FORBIDDEN, message));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Asked {
    token: String,
}

/// Signs a phone in.
pub async fn post(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Response, Failure> {
    refuse_foreign(&app, &headers)?;
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|_| Failure::told(StatusCode::BAD_REQUEST, "a sign-in is JSON: {\"token\": \"…\"}"))?;
    // As a person may have typed it.
    let token = asked.token.trim().to_ascii_lowercase();
    let found = if token.len() <= LONGEST_TOKEN {
        app.store.link(&secret::digest(&token))?
    } else {
        Holder::Unknown
    };
    let (enumerator, link) = match found {
        Holder::Of(enumerator, link) => (enumerator, link),
        failed => return refused(&app, &failed),
    };
    let cookie = secret::make();
    let (digest, sharing) = (secret::digest(&cookie), Arc::clone(&app));
    tokio::task::spawn_blocking(move || sharing.store.begin_session(&digest, link, &oldest())).await??;
    let mut response = told(&enumerator);
    let value = set_cookie(&app, &headers, &cookie, DAYS * 24 * 3600);
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}

fn refused(app: &App, found: &Holder) -> Result<Response, Failure> {
    if let Some(wait) = app.failures.add(Instant::now()) {
        let message = "too many sign-ins failed lately: try again in a minute";
        let mut response = Failure::told(StatusCode::TOO_MANY_REQUESTS, message).into_response();
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
        return Ok(response);
    }
    if *found == Holder::Revoked {
        return Err(REVOKED.with(StatusCode::UNAUTHORIZED));
    }
    Err(UNKNOWN.with(StatusCode::UNAUTHORIZED))
}

fn told(enumerator: &Enumerator) -> Response {
    let said = json!({ "enumerator": { "id": enumerator.public, "name": enumerator.name } });
    ([(header::CACHE_CONTROL, "no-store")], Json(said)).into_response()
}

/// Who is signed in.
pub async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    Ok(told(&signed_in(&app, &headers)?))
}

/// Signs a phone out.
pub async fn delete(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    refuse_foreign(&app, &headers)?;
    if let Some(cookie) = cookie(&headers) {
        let (digest, sharing) = (secret::digest(cookie), Arc::clone(&app));
        tokio::task::spawn_blocking(move || sharing.store.end_session(&digest)).await??;
    }
    let mut response = Json(json!({ "status": "signed_out" })).into_response();
    let value = set_cookie(&app, &headers, "", 0);
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}

/// Sign-ins that may fail in a minute; addresses are not kept, so that all count together. Whoever has a link that holds
/// gets in all the same, or anybody could lock everybody out; against guessing stands the length of the token.
const MOST_FAILURES: u32 = 30;
const WINDOW: Duration = Duration::from_mins(1);

/// Failed sign-ins of the last minute.
#[derive(Debug, Default)]
pub struct Failures(Mutex<Option<(Instant, u32)>>);

impl Failures {
    /// Notes one; how long to wait where there were too many.
    fn add(&self, now: Instant) -> Option<Duration> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = window
            .filter(|(began, _)| now - *began < WINDOW)
            .unwrap_or((now, 0));
        *window = Some((began, count + 1));
        (count >= MOST_FAILURES).then(|| WINDOW.saturating_sub(now - began))
    }
}

#[cfg(test)]
mod tests {
    use super::{Failures, MOST_FAILURES, WINDOW, cookie};
    use axum::http::{HeaderMap, HeaderValue, header};
    use std::time::{Duration, Instant};

    #[test]
    fn after_many_failures_there_is_a_wait_and_then_none() {
        let (failures, start) = (Failures::default(), Instant::now());
        assert!((0..MOST_FAILURES).all(|_| failures.add(start).is_none()));
        let wait = failures.add(start + Duration::from_secs(20)).expect("too many");
        assert_eq!(wait, Duration::from_secs(40));
        assert!(failures.add(start + WINDOW).is_none());
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let with = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, HeaderValue::from_static(value));
            cookie(&headers).map(String::from)
        };
        assert_eq!(with("a=b; baraza_field=xyz; c=d"), Some("xyz".into()));
        assert_eq!(with("baraza_field=xyz"), Some("xyz".into()));
        assert_eq!(with("baraza_fields=xyz; x_baraza_field=abc"), None);
        assert_eq!(with(""), None);
    }
}
