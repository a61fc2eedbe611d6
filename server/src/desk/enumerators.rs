//! Enumerators: who there is, the sheet with the code that signs each in, and taking it back. A coordinator who is
//! limited to surveys sees the enumerators of these alone.

use super::access::Choice;
use super::fields::Fields;
use super::gate::base;
use super::link::clean_name;
use super::{Visit, Who, code};
use crate::http::{App, Failure};
use crate::secret;
use crate::store::{Added, Enumerator};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/enumerators.html")]
struct List<'a> {
    visit: &'a Visit,
    enumerators: &'a [Row],
    surveys: &'a [Choice],
    /// Whether one may be for all surveys.
    may_all: bool,
    name: &'a str,
    error: &'a str,
}

struct Row {
    one: Enumerator,
    /// Whether a new link may be made: of several with one name, only for the one that holds.
    may_renew: bool,
}

#[derive(Template)]
#[template(path = "desk/sheet.html")]
struct Sheet<'a> {
    visit: &'a Visit,
    one: &'a Enumerator,
    link: &'a str,
    picture: String,
}

/// Whether somebody may see an enumerator: all of whose surveys they see.
fn sees(who: &Who, one: &Enumerator) -> bool {
    who.access.surveys.is_none()
        || (!one.surveys.is_empty() && one.surveys.iter().all(|survey| who.sees(survey)))
}

/// All of them, and the form that adds one.
pub async fn list(State(app): State<Arc<App>>, visit: Visit, who: Who) -> Result<Response, Failure> {
    let tried = None;
    tokio::task::spawn_blocking(move || listed(&app, &visit, &who, StatusCode::OK, tried, "")).await?
}

fn listed(
    app: &App,
    visit: &Visit,
    who: &Who,
    status: StatusCode,
    tried: Option<&Fields>,
    error: &str,
) -> Result<Response, Failure> {
    let all = app.store.enumerators()?;
    let is_taken = |one: &Enumerator| {
        let same = |other: &&Enumerator| other.id != one.id && other.name.eq_ignore_ascii_case(&one.name);
        // Of those that were revoked, the store lets in the latest.
        all.iter()
            .filter(same)
            .any(|other| other.revoked_at.is_none() || other.revoked_at > one.revoked_at)
    };
    let mut rows: Vec<Row> = all
        .iter()
        .filter(|one| sees(who, one))
        .map(|one| Row {
            may_renew: one.revoked_at.is_none() || !is_taken(one),
            one: one.clone(),
        })
        .collect();
    rows.sort_by_key(|row| (row.one.revoked_at.is_some(), row.one.name.to_lowercase()));
    let chosen = |slug: &str| tried.is_some_and(|tried| tried.all("survey").any(|one| one == slug));
    let surveys: Vec<Choice> = app
        .store
        .slugs()?
        .into_iter()
        .filter(|slug| who.sees(slug))
        .map(|slug| Choice {
            chosen: chosen(&slug),
            slug,
        })
        .collect();
    let body = List {
        visit,
        enumerators: &rows,
        surveys: &surveys,
        may_all: who.access.surveys.is_none(),
        name: tried.map(|tried| tried.get("name")).unwrap_or_default(),
        error,
    };
    visit.page_with(status, &visit.t("enumerators"), &body.render()?)
}

/// Adds one, and shows the sheet to hand out.
pub async fn add(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || added(&app, &visit, &who, &headers, &fields)).await?
}

fn added(
    app: &App,
    visit: &Visit,
    who: &Who,
    headers: &HeaderMap,
    fields: &Fields,
) -> Result<Response, Failure> {
    let wrong = |key: &str| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        listed(app, visit, who, status, Some(fields), &visit.t(key))
    };
    let Some(name) = clean_name(fields.get("name")) else {
        return wrong("name_wrong");
    };
    let is_wanted = |slug: &str| fields.all("survey").any(|wanted| wanted == slug) && who.sees(slug);
    let mut surveys = app.store.surveys()?;
    surveys.retain(|survey| is_wanted(&survey.slug));
    if surveys.is_empty() && (who.access.surveys.is_some() || fields.get("surveys") == "some") {
        return wrong("surveys_missing");
    }
    if fields.get("surveys") == "all" && who.access.surveys.is_none() {
        surveys.clear();
    }
    let (token, public) = (secret::make(), uuid::Uuid::new_v4().to_string());
    match app
        .store
        .add_enumerator(&name, &public, &surveys, &secret::digest(&token), &who.name)?
    {
        Added::NameTaken => wrong("name_taken"),
        Added::Made(one) => sheet(app, visit, headers, &one, &token),
    }
}

/// The sheet with the link that signs in. It is shown once: the store has its hash alone.
fn sheet(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    one: &Enumerator,
    token: &str,
) -> Result<Response, Failure> {
    let link = format!("{}/sign-in#{token}", base(app, headers));
    let body = Sheet {
        visit,
        one,
        link: &link,
        picture: code::svg(&link).unwrap_or_default(),
    };
    visit.page(&one.name, &body.render()?)
}

/// `do`: `renew` or `revoke`.
pub async fn change(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    headers: HeaderMap,
    Path(public): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let all = app.store.enumerators()?;
        let missing = || Failure::told(StatusCode::NOT_FOUND, "there is no such enumerator");
        let found = all
            .into_iter()
            .find(|one| one.public == public && sees(&who, one));
        let one = found.ok_or_else(missing)?;
        if fields.get("do") == "revoke" {
            if one.revoked_at.is_none() {
                app.store.revoke_enumerator(&one.name, &who.name)?;
            }
            return Ok(Redirect::to("/desk/enumerators?done=revoked").into_response());
        }
        let token = secret::make();
        let renewed = app
            .store
            .renew_enumerator(&one.name, &secret::digest(&token), &who.name)?;
        let renewed = renewed
            .filter(|renewed| renewed.id == one.id)
            .ok_or_else(missing)?;
        sheet(&app, &visit, &headers, &renewed, &token)
    })
    .await?
}
