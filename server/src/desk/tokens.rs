//! Tokens of one's own, by which programs read what one may see oneself.

use super::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::secret;
use crate::store::{Token, now};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use std::sync::Arc;

/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// Days that a token may hold: what nobody remembers is not to let anybody in for ever.
const LONGEST_DAYS: i64 = 366;
/// Days that are offered.
const OFFERED_DAYS: i64 = 90;
/// So that it is recognised where it should not be: in a program's text, in a letter.
const BEGINNING: &str = "baraza_";

#[derive(Template)]
#[template(path = "desk/tokens.html")]
struct Page<'a> {
    visit: &'a Visit,
    error: &'a str,
    /// What is shown once.
    made: &'a str,
    tokens: &'a [Token],
    name: &'a str,
    day: &'a str,
    now: String,
}

impl Page<'_> {
    fn has_ended(&self, token: &Token) -> bool {
        token.ends_at <= self.now
    }
}

/// The page.
pub async fn show(State(app): State<Arc<App>>, visit: Visit, who: Who) -> Result<Response, Failure> {
    page(
        &app,
        &visit,
        &who,
        (StatusCode::OK, "", ""),
        ("", &day_in(OFFERED_DAYS)),
    )
}

fn page(
    app: &App,
    visit: &Visit,
    who: &Who,
    (status, error, made): (StatusCode, &str, &str),
    (name, day): (&str, &str),
) -> Result<Response, Failure> {
    let body = Page {
        visit,
        error,
        made,
        tokens: &app.store.tokens(who.id)?,
        name,
        day,
        now: now(),
    };
    visit.page_with(status, &visit.t("tokens"), &body.render()?)
}

/// Makes one, or takes one back.
pub async fn change(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || match fields.get("revoke") {
        "" => make(&app, &visit, &who, &fields),
        id => {
            let id: Option<i64> = id.parse().ok();
            let was_there = match id {
                Some(id) => app.store.revoke_token(who.id, id, &who.name)?,
                None => false,
            };
            if !was_there {
                return Err(Failure::told(StatusCode::NOT_FOUND, "there is no such token"));
            }
            Ok(Redirect::to("/desk/account/tokens?done=ended").into_response())
        }
    })
    .await?
}

fn make(app: &App, visit: &Visit, who: &Who, fields: &Fields) -> Result<Response, Failure> {
    let name = fields
        .get("name")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let day = fields.get("until");
    let refused = |word: &str| {
        let error = visit.t(word);
        let told = (StatusCode::UNPROCESSABLE_ENTITY, error.as_str(), "");
        page(app, visit, who, told, (&name, day))
    };
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return refused("wrong_token_name");
    }
    let Some(ends_at) = end_of(day) else {
        return refused("wrong_token_day");
    };
    let token = format!("{BEGINNING}{}", secret::make());
    if !app
        .store
        .add_token(who.id, &secret::digest(&token), (&name, &ends_at))?
    {
        return Err(Failure::told(StatusCode::FORBIDDEN, "the account is closed"));
    }
    page(
        app,
        visit,
        who,
        (StatusCode::OK, "", &token),
        ("", &day_in(OFFERED_DAYS)),
    )
}

/// The end of a day that is not over yet and not too far off.
fn end_of(day: &str) -> Option<String> {
    let day: Date = day.trim().parse().ok()?;
    let end = day
        .tomorrow()
        .ok()?
        .to_zoned_datetime(TimeZone::UTC)
        .ok()?
        .timestamp();
    let today = Timestamp::now();
    let latest = today.checked_add((24 * (LONGEST_DAYS + 1)).hours()).ok()?;
    (today < end && end <= latest).then(|| format!("{end:.3}"))
}

fn day_in(days: i64) -> String {
    let moment = Timestamp::now().checked_add((24 * days).hours());
    moment.map_or_else(
        |_| String::new(),
        |moment| moment.to_zoned_datetime(TimeZone::UTC).date().to_string(),
    )
}
