//! What programs read, besides results (`crate::results`): the list of surveys, single responses, and the description
//! of all of it.

use super::App;
use super::error::Failure;
use crate::desk::{Wanted, Who, give_responses};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json_, json};
use std::collections::HashMap;
use std::sync::Arc;

/// The description of the API, as a program reads it. A test holds it against the routes and against what they answer.
const DESCRIPTION: &str = include_str!("../../api/openapi.json");

/// The description.
pub async fn openapi() -> Result<Response, Failure> {
    let mut description: Json_ = serde_json::from_str(DESCRIPTION)?;
    description["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    Ok(([(header::CACHE_CONTROL, "no-cache")], Json(description)).into_response())
}

/// The surveys that somebody may see.
pub async fn surveys(State(app): State<Arc<App>>, who: Who) -> Result<Response, Failure> {
    // Counting may have many responses to read.
    let all = tokio::task::spawn_blocking(move || -> Result<Vec<Json_>, Failure> {
        let mut all = Vec::new();
        for survey in app.store.surveys()? {
            if who.sees(&survey.slug) {
                all.push(told(&app, &survey)?);
            }
        }
        Ok(all)
    })
    .await??;
    let told = json!({ "surveys": all });
    Ok(([(header::CACHE_CONTROL, "private, no-cache")], Json(told)).into_response())
}

fn told(app: &App, survey: &crate::store::Survey) -> Result<Json_, Failure> {
    let version = app.newest(&survey.slug)?;
    let form = &version.ready.form;
    let timeline = app.store.timeline(survey.id)?;
    let state = timeline
        .0
        .last()
        .map_or_else(Default::default, |change| change.decision.state);
    let rounds = app.store.rounds(survey.id)?;
    let rounds: Vec<Json_> = rounds
        .all()
        .iter()
        .map(|round| {
            let began = Some(&round.began_at).filter(|began| !began.is_empty());
            json!({ "name": round.name, "began_at": began, "ended_at": round.ended_at })
        })
        .collect();
    let languages: Vec<&str> = form
        .languages
        .iter()
        .map(|language| language.tag.as_str())
        .collect();
    Ok(json!({
        "id": survey.slug, "title": form.text(0, form.title), "languages": languages, "version": form.version,
        "responses": survey.responses, "synthetic": survey.synthetic, "state": state.word(), "rounds": rounds,
    }))
}

/// Single responses, for who brings a token and says what for.
pub async fn responses(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
    who: Who,
) -> Result<Response, Failure> {
    if who.token.is_none() {
        let message =
            "single responses are given to who brings a token: at the desk there is a page for them";
        return Err(Failure::told(StatusCode::UNAUTHORIZED, message));
    }
    let query: HashMap<String, String> = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let looking = (Arc::clone(&app), survey.clone());
    let wanted = tokio::task::spawn_blocking(move || {
        let (app, survey) = looking;
        Wanted::read(&app, &survey, |name| {
            query.get(name).map(String::as_str).unwrap_or_default()
        })
    });
    match wanted.await?? {
        Ok(wanted) => give_responses(app, &survey, &who, wanted).await,
        Err(wrong) => Err(Failure::told(StatusCode::UNPROCESSABLE_ENTITY, wrong.message())),
    }
}
