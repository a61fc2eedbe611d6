//! The gate of the desk: each request to one of its routes comes through here, and is let in by the table of acts.

use super::fields::{Fields, MOST};
use super::who::Brought;
use super::{Act, Visit, Who, cookie, upload};
use crate::http::{App, Failure, Route, drain, is_foreign};
use crate::store::now;
use axum::body::to_bytes;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// The routes of the desk, with the act that each is.
#[derive(Clone)]
pub struct Gate {
    app: Arc<App>,
    routes: Arc<[Route]>,
}

impl Gate {
    /// Stands before routes.
    pub fn before(app: Arc<App>, routes: &[Route]) -> Self {
        Self {
            app,
            routes: routes.into(),
        }
    }

    fn route(&self, method: &Method, path: &str) -> Option<&Route> {
        let method = if *method == Method::HEAD {
            "GET"
        } else {
            method.as_str()
        };
        let mut routes = self.routes.iter();
        routes.find(|route| route.method == method && route.path == path)
    }
}

/// Lets in whoever may, and makes pages of what is refused.
pub async fn gate(
    State(gate): State<Gate>,
    path: MatchedPath,
    parameters: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let visit = Visit::of(request.method(), request.uri(), request.headers());
    let survey = parameters
        .iter()
        .find_map(|(name, value)| (name == "survey").then(|| value.to_owned()));
    let route = gate.route(request.method(), path.as_str());
    let act = route.and_then(|route| route.act);
    // Programs read JSON, and no pages; and what they bring along opens nothing else.
    let is_api = path.as_str().starts_with("/api/");
    let who = match who_asks(&gate.app, request.headers(), is_api).await {
        Ok(who) => who,
        Err(failure) if is_api => return failure.into_response(),
        Err(failure) => return as_page(&visit, failure.into_response()),
    };
    let visit = visit.by(who.clone());
    let allowed = act
        .ok_or_else(|| Refusal::from(StatusCode::METHOD_NOT_ALLOWED))
        .and_then(|act| allow(&gate.app, act, who.as_ref(), survey.as_deref()).map(|()| act));
    let as_page = |visit: &Visit, response| {
        if is_api {
            response
        } else {
            as_page(visit, response)
        }
    };
    let act = match allowed {
        Ok(act) => act,
        Err(Refusal::SignIn) if is_api => {
            return no_token();
        }
        Err(Refusal::SignIn) => return to_sign_in(&request),
        Err(Refusal::With(failure)) => return as_page(&visit, failure.into_response()),
    };
    if !request.method().is_safe() {
        let takes_file = route.is_some_and(|route| route.takes_file);
        let checked = if takes_file && upload::is_one(request.headers()) {
            with_file(&gate.app, who.as_ref(), request).await
        } else {
            checked(&gate.app, act, who.as_ref(), request).await
        };
        request = match checked {
            Ok(request) => request,
            Err(failure) => return as_page(&visit, failure.into_response()),
        };
    }
    request.extensions_mut().insert(visit.clone());
    if let Some(who) = who {
        request.extensions_mut().insert(who);
    }
    let mut response = as_page(&visit, next.run(request).await);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("cookie, accept-language"));
    response
}

/// Whoever asks: by a token, which counts on the addresses of programs alone and then alone, or by a session.
async fn who_asks(app: &Arc<App>, headers: &HeaderMap, is_api: bool) -> Result<Option<Who>, Failure> {
    let brought = if is_api {
        Who::of_token(app, headers)?
    } else {
        Brought::Nothing
    };
    match brought {
        Brought::Nothing => {}
        Brought::Void => return Ok(None),
        Brought::Token(found) => {
            let (who, token) = *found;
            note_use(app, token.id, token.used_at.as_deref()).await;
            return Ok(Some(who));
        }
    }
    let Some((who, session)) = Who::of(app, headers)? else {
        return Ok(None);
    };
    note_visit(app, session.id, &session.seen_at).await;
    Ok(Some(who))
}

/// What a program is told that nobody knows.
fn no_token() -> Response {
    let message = "bring a token along (Authorization: Bearer …): an account makes one at /desk/account/tokens. This one, \
                   if there was one, is not known, has ended, or was taken back";
    let mut response = Failure::told(StatusCode::UNAUTHORIZED, message).into_response();
    let bearer = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    response
}

enum Refusal {
    SignIn,
    With(Failure),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::With(Failure::told(
            status,
            status.canonical_reason().unwrap_or_default(),
        ))
    }
}

/// A survey that somebody may not see is not there for them; what they may not do in one that they see is forbidden.
fn allow(app: &App, act: Act, who: Option<&Who>, survey: Option<&str>) -> Result<(), Refusal> {
    if act == Act::Enter {
        return Ok(());
    }
    let who = who.ok_or(Refusal::SignIn)?;
    if let Some(survey) = survey {
        let is_there = app.store.newest(survey);
        let is_there = is_there.map_err(|error| Refusal::With(error.into()))?.is_some();
        if !is_there || !who.sees(survey) {
            return Err(StatusCode::NOT_FOUND.into());
        }
    }
    if who.may(act, survey) {
        Ok(())
    } else {
        Err(StatusCode::FORBIDDEN.into())
    }
}

fn foreign(app: &App, headers: &HeaderMap) -> Result<(), Failure> {
    if is_foreign(headers, app.url.as_deref()) {
        let message = "the desk takes forms from its own pages";
        return Err(Failure::told(StatusCode::FORBIDDEN, message));
    }
    Ok(())
}

/// The same of a form with a file, whose first field has to prove where it comes from before the file is read.
async fn with_file(app: &App, who: Option<&Who>, request: Request) -> Result<Request, Failure> {
    if let Err(failure) = foreign(app, request.headers()) {
        drain(request.into_body()).await;
        return Err(failure);
    }
    let csrf = who.map(|who| who.csrf.as_str()).unwrap_or_default();
    // What the router has found out of the address stays with it.
    let (parts, body) = request.into_parts();
    let mut sent = Request::new(body);
    sent.headers_mut().clone_from(&parts.headers);
    *sent.extensions_mut() = parts.extensions.clone();
    let (fields, file) = upload::read(&app.desk.uploads, sent, csrf).await?;
    let mut request = Request::from_parts(parts, axum::body::Body::empty());
    request.extensions_mut().insert(fields);
    request.extensions_mut().insert(file);
    Ok(request)
}

/// Only a page of our own, and of this very session, sends what changes something.
async fn checked(app: &App, act: Act, who: Option<&Who>, request: Request) -> Result<Request, Failure> {
    foreign(app, request.headers())?;
    let (mut parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let is_form = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !is_form {
        return Err(Failure::told(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "a form is wanted",
        ));
    }
    let body = to_bytes(body, MOST).await.map_err(|_| Failure::too_large(MOST))?;
    let fields = Fields::read(&body);
    let is_ours = who.is_some_and(|who| fields.get("csrf") == who.csrf);
    if act != Act::Enter && !is_ours {
        return Err(Failure::told(
            StatusCode::FORBIDDEN,
            "the page is from before the last sign-in",
        ));
    }
    parts.extensions.insert(fields);
    Ok(Request::from_parts(parts, axum::body::Body::empty()))
}

fn to_sign_in(request: &Request) -> Response {
    // A form that comes back after its session has ended would be an address without a page.
    let wanted = if request.method().is_safe() {
        request
            .uri()
            .path_and_query()
            .map_or("/desk", |path| path.as_str())
    } else {
        "/desk"
    };
    let next = utf8_percent_encode(wanted, NON_ALPHANUMERIC);
    let mut response = Redirect::to(&format!("/desk/sign-in?next={next}")).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What handlers refuse in JSON is told on a page.
fn as_page(visit: &Visit, response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let status = response.status();
    if !is_json || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut page = super::frame::refusal(visit, status);
    *page.status_mut() = status;
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, wait.clone());
    }
    page
}

/// Visits are noted by the minute: to write more often would tell nobody more.
async fn note_visit(app: &Arc<App>, session: i64, seen: &str) {
    if is_this_minute(seen) {
        return;
    }
    let app = Arc::clone(app);
    let noted = tokio::task::spawn_blocking(move || app.store.saw_desk_session(session)).await;
    if !matches!(noted, Ok(Ok(()))) {
        tracing::warn!("a visit to the desk could not be noted");
    }
}

/// The same of a token.
async fn note_use(app: &Arc<App>, token: i64, used: Option<&str>) {
    if used.is_some_and(is_this_minute) {
        return;
    }
    let app = Arc::clone(app);
    let noted = tokio::task::spawn_blocking(move || app.store.used_token(token)).await;
    if !matches!(noted, Ok(Ok(()))) {
        tracing::warn!("the use of a token could not be noted");
    }
}

fn is_this_minute(moment: &str) -> bool {
    let minute = "2026-01-01T00:00".len();
    moment.get(..minute) == now().get(..minute)
}

/// The address that links begin with: the one that phones use, or the one by which this browser came.
pub fn base(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let scheme = if cookie::is_secure(app, headers) {
        "https"
    } else {
        "http"
    };
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}
