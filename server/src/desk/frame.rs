//! What is around every page of the desk, and what a page has to know of the request that it answers.

use super::words::{self, LANGUAGES};
use super::{Act, Who, cookie};
use crate::assets;
use crate::http::{Failure, page};
use crate::plain::Ui;
use crate::store::Role;
use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// What is told on the page that follows a change, by its word in the address.
const DONE: &[&str] = &[
    "saved",
    "closed",
    "opened",
    "signed_out",
    "password",
    "factor_off",
    "ended",
    "revoked",
    "last",
    "published",
    "dropped",
    "targets",
    "reviewed",
    "released",
    "withdrawn",
    "asks_open",
    "asks_paused",
    "asks_areas",
    "asks_closed",
    "round",
];

/// A request to the desk: who asks, in which language, for which page.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who has signed in.
    pub who: Option<Who>,
    /// The texts.
    pub words: &'static Ui,
    /// The path of the page.
    path: String,
    /// Where the page is found again, in another language.
    back: String,
    /// What was just done.
    done: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "desk/frame.html")]
struct Frame<'a> {
    visit: &'a Visit,
    assets: &'a str,
    languages: [(&'a str, &'a str); 5],
    title: &'a str,
    body: &'a str,
}

impl Visit {
    /// Of a request, by nobody so far.
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default();
        let done = form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, value)| (name == "done").then_some(value));
        Self {
            who: None,
            words: words::choose(headers),
            path: uri.path().to_owned(),
            back: back(method, uri),
            done: done.and_then(|done| DONE.iter().find(|known| **known == done).copied()),
        }
    }

    /// The same by whoever has signed in.
    pub fn by(self, who: Option<Who>) -> Self {
        Self { who, ..self }
    }

    /// A page of the desk. `title` is text, and `body` is HTML in which everything is escaped already.
    pub fn page(&self, title: &str, body: &str) -> Result<Response, Failure> {
        let frame = Frame {
            visit: self,
            assets: assets::prefix(),
            languages: LANGUAGES,
            title,
            body,
        };
        let mut response = page(frame.render()?);
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // With 'no-referrer' browsers send forms without saying where they come from, and the gate asks for that.
        let same_origin = HeaderValue::from_static("same-origin");
        headers.insert(header::REFERRER_POLICY, same_origin);
        Ok(response)
    }

    /// The same, with another status than 200.
    pub fn page_with(&self, status: StatusCode, title: &str, body: &str) -> Result<Response, Failure> {
        let mut response = self.page(title, body)?;
        *response.status_mut() = status;
        Ok(response)
    }

    /// A text.
    pub fn t(&self, key: &str) -> String {
        self.words.t(key)
    }

    /// A text in which a number decides among the forms.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn n(&self, key: &str, n: &u64) -> String {
        self.words.n(key, *n as usize)
    }

    /// A text with one value put in.
    pub fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.words.with(key, &[(name, value)])
    }

    /// `12 of 20`
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn some_of(&self, some: &u64, all: &u64) -> String {
        let (some, all) = (some.to_string(), all.to_string());
        self.words.with("some_of", &[("some", &some), ("all", &all)])
    }

    /// A moment as people read it, to the minute.
    #[expect(clippy::unused_self, reason = "pages have nothing else to ask")]
    pub fn moment(&self, at: &str) -> String {
        let minute = at.get(.."2026-01-01T00:00".len()).unwrap_or(at);
        format!("{} UTC", minute.replace('T', " "))
    }

    /// What a role is called.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn role(&self, role: &Role) -> String {
        self.t(&format!("role_{}", role.word()))
    }

    /// What a role may do.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    pub fn role_may(&self, role: &Role) -> String {
        self.t(&format!("role_{}_may", role.word()))
    }

    /// What was just done.
    fn told(&self) -> Option<String> {
        self.done.map(|done| self.t(&format!("done_{done}")))
    }

    /// Whether nothing was done.
    fn is_refused(&self) -> bool {
        self.done == Some("last")
    }

    /// Which way the language is written.
    pub fn dir(&self) -> &'static str {
        if self.words.own == "ar" { "rtl" } else { "ltr" }
    }

    /// Whether whoever asks may do something that is of no survey.
    pub fn may(&self, act: Act) -> bool {
        self.who.as_ref().is_some_and(|who| who.may(act, None))
    }

    /// Whether a part of the desk is the one that is shown.
    fn is_at(&self, part: &str) -> bool {
        let below = self.path.strip_prefix(part);
        below.is_some_and(|below| below.is_empty() || (below.starts_with('/') && part != "/desk"))
            || (part == "/desk"
                && (self.path.starts_with("/desk/surveys") || self.path.starts_with("/desk/drafts")))
    }

    /// What each form that changes something has to bring along.
    pub fn csrf(&self) -> String {
        self.who.as_ref().map(|who| who.csrf.clone()).unwrap_or_default()
    }
}

/// What a form leads to is no address of its own; the part of the desk that it belongs to is.
fn back(method: &Method, uri: &Uri) -> String {
    if method.is_safe() {
        let whole = uri.path_and_query().map_or("/desk", |whole| whole.as_str());
        return whole.split("?done=").next().unwrap_or(whole).to_owned();
    }
    match uri.path().split('/').nth(2) {
        // Of a draft there is no list, and where a file is sent to there is a page as well.
        Some("drafts" | "surveys") => uri.path().to_owned(),
        _ => uri.path().split('/').take(3).collect::<Vec<_>>().join("/"),
    }
}

/// A page that says why there is no other.
pub fn refusal(visit: &Visit, status: StatusCode) -> Response {
    #[derive(Template)]
    #[template(path = "desk/refusal.html")]
    struct Refusal<'a> {
        visit: &'a Visit,
        text: String,
    }
    let word = match status.as_u16() {
        403 => "error_forbidden",
        404 => "error_missing",
        413 => "error_large",
        405 | 415 => "error_form",
        429 | 503 => "error_busy",
        400..500 => "error_form",
        _ => "error_ours",
    };
    let title = visit.t(&format!("{word}_title"));
    let body = Refusal {
        visit,
        text: visit.t(word),
    };
    let made = body
        .render()
        .map_err(Failure::from)
        .and_then(|body| visit.page(&title, &body));
    // Without a page the status still tells.
    made.unwrap_or_else(|_| status.into_response())
}

/// Remembers a language, and shows the page again.
pub async fn language(uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let of = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
            .unwrap_or_default()
    };
    let back = super::sign_in::within(&of("back"));
    let mut response = axum::response::Redirect::to(&back).into_response();
    if let Some(words) = words::of(&of("to")) {
        response
            .headers_mut()
            .insert(header::SET_COOKIE, cookie::set_language(words.own));
    }
    response
}

/// Fails on routes that are not behind the gate.
impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Failure::Ours(anyhow::anyhow!("a page of the desk is not behind its gate")))
    }
}
