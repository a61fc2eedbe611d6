//! Accounts of others: who there is, invitations, and what each may see.

use super::access::{self, Choice};
use super::fields::Fields;
use super::gate::base;
use super::link::{END, HOURS, clean_name, expires};
use super::{Visit, Who, code};
use crate::http::{App, Failure};
use crate::secret;
use crate::store::{Account, AddedAccount, Changed, Role};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/accounts.html")]
struct List<'a> {
    visit: &'a Visit,
    accounts: &'a [Account],
    name: &'a str,
    role: Role,
    raw: bool,
    every: bool,
    surveys: &'a [Choice],
    error: &'a str,
}

#[derive(Template)]
#[template(path = "desk/account.html")]
struct One<'a> {
    visit: &'a Visit,
    account: &'a Account,
    is_own: bool,
    role: Role,
    raw: bool,
    every: bool,
    surveys: &'a [Choice],
}

#[derive(Template)]
#[template(path = "desk/invited.html")]
struct Invited<'a> {
    visit: &'a Visit,
    link: &'a str,
    picture: String,
    hours: u64,
}

/// All accounts, and the form that invites.
pub async fn list(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Failure> {
    listed(&app, &visit, StatusCode::OK, None, "")
}

fn listed(
    app: &App,
    visit: &Visit,
    status: StatusCode,
    tried: Option<&Fields>,
    error: &str,
) -> Result<Response, Failure> {
    let slugs = app.store.slugs()?;
    let wanted = tried.and_then(|tried| access::read(tried, &slugs));
    let body = List {
        visit,
        accounts: &app.store.accounts()?,
        name: tried.map(|tried| tried.get("name")).unwrap_or_default(),
        role: wanted.as_ref().map_or(Role::Coordinator, |wanted| wanted.role),
        raw: wanted.as_ref().is_some_and(|wanted| wanted.raw),
        every: wanted.as_ref().is_none_or(|wanted| wanted.surveys.is_none()),
        surveys: &access::choices(slugs, wanted.as_ref()),
        error,
    };
    visit.page_with(status, &visit.t("accounts"), &body.render()?)
}

/// Makes an account, and shows the link by which its password is chosen.
pub async fn invite(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let wrong = |key: &str| {
        listed(
            &app,
            &visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(&fields),
            &visit.t(key),
        )
    };
    let Some(name) = clean_name(fields.get("name")) else {
        return wrong("name_wrong");
    };
    let Some(access) = access::read(&fields, &app.store.slugs()?) else {
        return wrong("role_missing");
    };
    if access.surveys.as_ref().is_some_and(Vec::is_empty) {
        return wrong("surveys_missing");
    }
    let token = secret::make();
    let (digest, sharing, called) = (secret::digest(&token), Arc::clone(&app), name.clone());
    let added = tokio::task::spawn_blocking(move || {
        sharing
            .store
            .add_account(&called, &access, (&digest, &expires()), &who.name)
    });
    match added.await?? {
        AddedAccount::NameTaken => wrong("name_taken"),
        AddedAccount::Made(_) => invited(&app, &visit, &headers, &name, &token),
    }
}

fn invited(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    name: &str,
    token: &str,
) -> Result<Response, Failure> {
    let link = format!("{}{END}{token}", base(app, headers));
    let body = Invited {
        visit,
        link: &link,
        picture: code::svg(&link).unwrap_or_default(),
        hours: HOURS.unsigned_abs(),
    };
    visit.page(&visit.with("invited_title", "name", name), &body.render()?)
}

fn find(app: &App, id: &str) -> Result<Account, Failure> {
    let id: Option<i64> = id.parse().ok();
    let found = id.map(|id| app.store.account(id)).transpose()?.flatten();
    found.ok_or_else(|| Failure::told(StatusCode::NOT_FOUND, "there is no such account"))
}

/// One account.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let account = find(&app, &id)?;
    let body = One {
        visit: &visit,
        account: &account,
        is_own: account.id == who.id,
        role: account.access.role,
        raw: account.access.raw,
        every: account.access.surveys.is_none(),
        surveys: &access::choices(app.store.slugs()?, Some(&account.access)),
    };
    visit.page(&account.name, &body.render()?)
}

/// `do`: `save`, `close`, `open`, `reset` or `sign_out`.
pub async fn change(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    headers: HeaderMap,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let Account { id, name, .. } = find(&app, &id)?;
    let incomplete = || Failure::told(StatusCode::BAD_REQUEST, "the form is incomplete");
    let (token, wanted) = (secret::make(), fields.get("do").to_owned());
    let access = access::read(&fields, &app.store.slugs()?);
    let (digest, sharing, doing) = (secret::digest(&token), Arc::clone(&app), wanted.clone());
    let is_own = id == who.id;
    let changed = tokio::task::spawn_blocking(move || {
        let store = &sharing.store;
        Ok::<_, Failure>(match doing.as_str() {
            "save" => store.change_account(id, &access.ok_or_else(incomplete)?, &who.name)?,
            "close" => store.close_account(id, true, &who.name)?,
            "open" => store.close_account(id, false, &who.name)?,
            // One's own password is changed on one's own page, and needs the old one.
            "reset" if !is_own => store.reset_account(id, (&digest, &expires()), &who.name)?,
            "sign_out" => {
                store.end_desk_sessions(id, None, &who.name)?;
                Changed::Done
            }
            _ => return Err(incomplete()),
        })
    });
    let done = match changed.await?? {
        Changed::Unknown => return Err(Failure::told(StatusCode::NOT_FOUND, "there is no such account")),
        Changed::LastAdministrator => "last",
        Changed::Done => match wanted.as_str() {
            "reset" => return invited(&app, &visit, &headers, &name, &token),
            "close" => "closed",
            "open" => "opened",
            "sign_out" => "signed_out",
            _ => "saved",
        },
    };
    Ok(Redirect::to(&format!("/desk/accounts/{id}?done={done}")).into_response())
}
