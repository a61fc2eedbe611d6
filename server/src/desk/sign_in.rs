//! Signing in and out.

use super::browser::browser;
use super::fields::Fields;
use super::throttle::{Trying, What, address};
use super::{Visit, Who, cookie, totp};
use crate::http::{App, Failure, Peer};
use crate::secret;
use askama::Template;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where a form comes from.
pub type From = Option<Extension<Peer>>;

#[derive(Template)]
#[template(path = "desk/sign-in.html")]
struct SignIn<'a> {
    visit: &'a Visit,
    next: &'a str,
    name: &'a str,
    error: &'a str,
}

#[derive(Template)]
#[template(path = "desk/code.html")]
struct Code<'a> {
    visit: &'a Visit,
    next: &'a str,
    ticket: &'a str,
    error: &'a str,
}

/// An address within the desk; its beginning where it is none. Nobody is led to another site after signing in.
pub fn within(wanted: &str) -> String {
    let is_ours = wanted == "/desk" || wanted.starts_with("/desk/") || wanted.starts_with("/desk?");
    let is_plain = wanted
        .bytes()
        .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'"');
    let is_page = is_ours && is_plain && !wanted.contains("//") && !wanted.starts_with("/desk/language");
    if is_page {
        wanted.to_owned()
    } else {
        "/desk".to_owned()
    }
}

/// The page that asks for name and password.
pub async fn show(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let next =
        form_urlencoded::parse(query.as_bytes()).find_map(|(name, value)| (name == "next").then_some(value));
    let next = within(&next.unwrap_or_default());
    if visit.who.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    asked(&visit, StatusCode::OK, &next, "", "")
}

fn asked(
    visit: &Visit,
    status: StatusCode,
    next: &str,
    name: &str,
    error: &str,
) -> Result<Response, Failure> {
    let body = SignIn {
        visit,
        next,
        name,
        error,
    };
    visit.page_with(status, &visit.t("sign_in"), &body.render()?)
}

/// Whoever tries, where there were not too many failures lately; otherwise the page that says so.
pub fn slowed(
    app: &App,
    (peer, headers): (From, &HeaderMap),
    what: What,
    name: &str,
) -> Result<Trying, Duration> {
    let from = peer.map(|Extension(peer)| address(peer, headers));
    let trying = app.desk.throttle.trying(what, name, from);
    app.desk.throttle.begin(&trying, Instant::now()).map(|()| trying)
}

fn wait(mut page: Response, wait: Duration) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    let seconds = wait.as_secs().max(1).into();
    page.headers_mut().insert(header::RETRY_AFTER, seconds);
    page
}

/// `n` minutes, so that it's never told that it takes none.
pub fn too_often(visit: &Visit, wait: Duration) -> String {
    visit.n("too_often", &wait.as_secs().div_ceil(60).max(1))
}

/// Name and password.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    visit: Visit,
    peer: From,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let name = &super::link::spaced(fields.get("name"));
    let next = within(fields.get("next"));
    let trying = match slowed(&app, (peer, &headers), What::Password, name) {
        Ok(trying) => trying,
        Err(time) => {
            let text = too_often(&visit, time);
            let page = asked(&visit, StatusCode::TOO_MANY_REQUESTS, &next, name, &text)?;
            return Ok(wait(page, time));
        }
    };
    let known = app.store.credentials(name)?;
    let hash = known.as_ref().map(|known| known.hash.clone());
    let fits = app.desk.passwords.fits(fields.get("password"), hash).await?;
    let Some(known) = known.filter(|_| fits) else {
        let text = visit.t("sign_in_wrong");
        return asked(&visit, StatusCode::UNAUTHORIZED, &next, name, &text);
    };
    app.desk.throttle.succeeded(&trying);
    if known.factor.is_some() {
        let ticket = app.desk.halves.begin(&known);
        return code_asked(&visit, StatusCode::OK, &next, &ticket, "");
    }
    begin(&app, &headers, known.account, &next).await
}

fn code_asked(
    visit: &Visit,
    status: StatusCode,
    next: &str,
    ticket: &str,
    error: &str,
) -> Result<Response, Failure> {
    let body = Code {
        visit,
        next,
        ticket,
        error,
    };
    visit.page_with(status, &visit.t("code_title"), &body.render()?)
}

/// The second factor, or one of the codes for who lost it.
pub async fn code(
    State(app): State<Arc<App>>,
    visit: Visit,
    peer: From,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let (ticket, next) = (fields.get("ticket"), within(fields.get("next")));
    let Some(half) = app.desk.halves.find(ticket) else {
        let text = visit.t("sign_in_late");
        return asked(&visit, StatusCode::UNAUTHORIZED, &next, "", &text);
    };
    let trying = match slowed(&app, (peer, &headers), What::Code, &half.name) {
        Ok(trying) => trying,
        Err(time) => {
            let text = too_often(&visit, time);
            let page = code_asked(&visit, StatusCode::TOO_MANY_REQUESTS, &next, ticket, &text)?;
            return Ok(wait(page, time));
        }
    };
    if !proves(&app, half.account, fields.get("code")).await? || !app.desk.halves.end(ticket) {
        let text = visit.t("code_wrong");
        return code_asked(&visit, StatusCode::UNAUTHORIZED, &next, ticket, &text);
    }
    app.desk.throttle.succeeded(&trying);
    begin(&app, &headers, half.account, &next).await
}

/// Whether a code is the present one of an account's second factor, or a recovery code; it is used up by that.
async fn proves(app: &Arc<App>, account: i64, typed: &str) -> Result<bool, Failure> {
    let known = app.store.credentials_of(account)?;
    let Some(factor) = known.and_then(|known| known.factor) else {
        return Ok(false);
    };
    let step = totp::step_of(&factor, typed, Timestamp::now());
    let recovery = secret::digest(&super::second::plain(typed));
    let sharing = Arc::clone(app);
    let proved = tokio::task::spawn_blocking(move || match step {
        Some(step) => sharing.store.take_step(account, step),
        None => Ok(sharing.store.take_recovery_code(account, &recovery)?.is_some()),
    });
    Ok(proved.await??)
}

/// Signs a browser in.
pub async fn begin(
    app: &Arc<App>,
    headers: &HeaderMap,
    account: i64,
    next: &str,
) -> Result<Response, Failure> {
    let value = secret::make();
    let (digest, browser) = (secret::digest(&value), browser(headers));
    let sharing = Arc::clone(app);
    let begun = tokio::task::spawn_blocking(move || {
        let oldest = super::who::idle();
        sharing
            .store
            .begin_desk_session(&digest, account, &browser, &oldest)
    });
    if !begun.await?? {
        return Err(Failure::told(StatusCode::FORBIDDEN, "the account was closed"));
    }
    let mut response = Redirect::to(next).into_response();
    let cookie = cookie::set(app, headers, &value);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Signs this browser out.
pub async fn sign_out(
    State(app): State<Arc<App>>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let sharing = Arc::clone(&app);
    let ended =
        tokio::task::spawn_blocking(move || sharing.store.end_desk_session(who.id, who.session, &who.name));
    ended.await??;
    let mut response = Redirect::to("/desk/sign-in").into_response();
    let cookie = cookie::set(&app, &headers, "");
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn signing_in_leads_to_pages_of_our_own_alone() {
        for ours in [
            "/desk",
            "/desk/accounts",
            "/desk/surveys/household?x=%20",
            "/desk?done=saved",
        ] {
            assert_eq!(within(ours), ours);
        }
        for odd in [
            "",
            "/",
            "//evil.org",
            "/desk//evil.org",
            "https://evil.org/desk",
            "/desktop",
            "/desk/\\evil",
            "/desk/a b",
            "/desk/\r\nset-cookie: a=b",
            "/desk/language?back=/desk",
        ] {
            assert_eq!(within(odd), "/desk", "{odd:?}");
        }
    }
}
