//! The surveys that somebody may see, and the drafts that wait to be published.

use super::draft::{Waiting, waiting};
use super::running::{Told, told};
use super::{Act, Visit, Who};
use crate::http::{App, Failure};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/home.html")]
struct Home<'a> {
    visit: &'a Visit,
    surveys: &'a [Entry],
    drafts: &'a [Waiting],
}

struct Entry {
    slug: String,
    title: String,
    /// Language of the title.
    lang: String,
    responses: u64,
    synthetic: bool,
    /// What it does, unless it asks people everywhere.
    stop: Option<Told>,
}

/// The list.
pub async fn show(State(app): State<Arc<App>>, visit: Visit, who: Who) -> Result<Response, Failure> {
    // Counting may have many responses to read.
    tokio::task::spawn_blocking(move || {
        let mut surveys = Vec::new();
        for survey in app.store.surveys()? {
            if !who.sees(&survey.slug) {
                continue;
            }
            let version = app.newest(&survey.slug)?;
            let form = &version.ready.form;
            let language = form.language(visit.words.own).unwrap_or(0);
            let timeline = app.store.timeline(survey.id)?;
            surveys.push(Entry {
                title: form.text(language, form.title),
                lang: form.languages[language].tag.clone(),
                slug: survey.slug,
                responses: survey.responses,
                synthetic: survey.synthetic,
                stop: timeline.stop().map(|change| told(&visit, form, &change.decision)),
            });
        }
        let body = Home {
            visit: &visit,
            surveys: &surveys,
            drafts: &waiting(&app, &visit, &who)?,
        };
        visit.page(&visit.t("nav_surveys"), &body.render()?)
    })
    .await?
}

/// Where people look for the list, by what the address of a survey is.
pub async fn elsewhere() -> Redirect {
    Redirect::to("/desk")
}

/// Of an address that is none, people who work at the desk are told on a page.
pub async fn nowhere() -> Failure {
    Failure::told(StatusCode::NOT_FOUND, "there is nothing at this address")
}
