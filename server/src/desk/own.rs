//! One's own account: the password, and the browsers that are signed in.

use super::fields::Fields;
use super::link::weak_text;
use super::password::judge;
use super::sign_in::{From, slowed, too_often};
use super::throttle::What;
use super::{Visit, Who};
use crate::http::{App, Failure};
use crate::store::DeskSession;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/own.html")]
struct Own<'a> {
    visit: &'a Visit,
    who: &'a Who,
    sessions: &'a [DeskSession],
    error: &'a str,
}

/// The page.
pub async fn show(State(app): State<Arc<App>>, visit: Visit, who: Who) -> Result<Response, Failure> {
    page(&app, &visit, &who, StatusCode::OK, "")
}

/// The page, with what is wrong.
pub fn page(
    app: &App,
    visit: &Visit,
    who: &Who,
    status: StatusCode,
    error: &str,
) -> Result<Response, Failure> {
    let sessions = app.store.desk_sessions(who.id, &super::who::idle())?;
    let body = Own {
        visit,
        who,
        sessions: &sessions,
        error,
    };
    visit.page_with(status, &visit.t("own_title"), &body.render()?)
}

/// Whether a password is that of whoever is signed in; in words where it is not. A browser that was left open tells
/// nobody the password, however often they try.
pub async fn is_theirs(
    app: &App,
    (visit, who): (&Visit, &Who),
    (peer, headers): (From, &HeaderMap),
    password: &str,
) -> Result<Result<(), (StatusCode, String)>, Failure> {
    let trying = match slowed(app, (peer, headers), What::Password, &who.name) {
        Ok(trying) => trying,
        Err(time) => return Ok(Err((StatusCode::TOO_MANY_REQUESTS, too_often(visit, time)))),
    };
    let known = app.store.credentials_of(who.id)?;
    let hash = known.map(|known| known.hash);
    if !app.desk.passwords.fits(password, hash).await? {
        return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, visit.t("password_wrong"))));
    }
    app.desk.throttle.succeeded(&trying);
    Ok(Ok(()))
}

/// Changes the password.
pub async fn password(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    peer: From,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let password = fields.get("new");
    if let Err(weak) = judge(password, &who.name) {
        let text = weak_text(&visit, weak);
        return page(&app, &visit, &who, StatusCode::UNPROCESSABLE_ENTITY, &text);
    }
    if let Err((status, text)) =
        is_theirs(&app, (&visit, &who), (peer, &headers), fields.get("password")).await?
    {
        return page(&app, &visit, &who, status, &text);
    }
    let hash = app.desk.passwords.hash(password).await?;
    tokio::task::spawn_blocking(move || app.store.change_password(who.id, &hash, who.session)).await??;
    Ok(Redirect::to("/desk/account?done=password").into_response())
}

/// Ends a session of one's own, or all but this one.
pub async fn end_session(State(app): State<Arc<App>>, who: Who, fields: Fields) -> Result<Response, Failure> {
    let session: Option<i64> = fields.get("session").parse().ok();
    let is_this = session == Some(who.session);
    let ended = tokio::task::spawn_blocking(move || match session {
        Some(session) => app.store.end_desk_session(who.id, session, &who.name),
        None => app
            .store
            .end_desk_sessions(who.id, Some(who.session), &who.name)
            .map(|_| true),
    });
    if !ended.await?? {
        return Err(Failure::told(StatusCode::NOT_FOUND, "there is no such session"));
    }
    Ok(Redirect::to(if is_this {
        "/desk/sign-in"
    } else {
        "/desk/account?done=ended"
    })
    .into_response())
}
