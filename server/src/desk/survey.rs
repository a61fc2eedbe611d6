//! One survey: how it is going, and how phones get to it.

use super::draft::Waiting;
use super::gate::base;
use super::running::{Told, told};
use super::{Act, Visit, Who, code};
use crate::http::{App, Failure};
use crate::plain::encoded;
use crate::quotas::label;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/survey.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a page has parts that are there or not"
)]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    version: &'a str,
    responses: u64,
    conflicts: u64,
    quotas: &'a [Row],
    link: &'a str,
    picture: String,
    may_raw: bool,
    may_run: bool,
    may_community: bool,
    synthetic: bool,
    /// What the survey does, unless it asks people everywhere.
    stop: Option<Told>,
    /// The next version, where it waits to be published by whoever looks.
    draft: Option<Waiting>,
    /// Whether only enumerators may send responses.
    sign_in: bool,
}

struct Row {
    label: String,
    target: u64,
    received: u64,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    headers: HeaderMap,
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let version = app.newest(&survey)?;
        let form = &version.ready.form;
        let language = form.language(visit.words.own).unwrap_or(0);
        let (responses, conflicts) = app.store.counts(version.survey)?;
        let may_raw = who.may(Act::Raw, Some(&survey));
        // Counts of few people are as telling as the people: whoever sees protected tables alone sees none of them.
        let quotas = if may_raw {
            app.counts.received(&app.store, version.survey)?
        } else {
            Vec::new()
        };
        let quotas: Vec<Row> = quotas
            .into_iter()
            .map(|(quota, received)| Row {
                label: label(form, language, &quota.wanted),
                target: quota.target.into(),
                received,
            })
            .collect();
        let timeline = app.store.timeline(version.survey)?;
        let stop = timeline.stop().map(|change| told(&visit, form, &change.decision));
        let may_run = who.may(Act::Run, Some(&survey));
        let draft = if may_run {
            app.store.draft_of(&survey)?
        } else {
            None
        };
        let link = format!("{}/s/{}", base(&app, &headers), encoded(&survey));
        let body = Page {
            visit: &visit,
            survey: &survey,
            version: &form.version,
            responses,
            conflicts,
            quotas: &quotas,
            link: &link,
            picture: code::svg(&link).unwrap_or_default(),
            may_raw,
            may_run,
            draft: draft.map(|draft| Waiting::of(&visit, draft)),
            may_community: who.may(Act::Community, Some(&survey)),
            stop,
            synthetic: app.store.has_synthetic(&survey)?,
            sign_in: form.settings.sign_in,
        };
        visit.page(&form.text(language, form.title), &body.render()?)
    })
    .await?
}
