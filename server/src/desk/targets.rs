//! How many people of each kind are wanted: what was received, and the CSV that says so.

use super::upload::Upload;
use super::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::plain::encoded;
use crate::quotas::{label, read, written};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::xlsform::Sheet;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/targets.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    quotas: &'a [Row],
    /// What is wrong, in English, a line each.
    wrong: &'a [String],
    csv: &'a str,
    /// Roles that the form has: what a first row may name.
    roles: String,
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
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || page(&app, &visit, &survey, None)).await?
}

/// With `tried`, what was sent and what is wrong in it.
fn page(
    app: &App,
    visit: &Visit,
    survey: &str,
    tried: Option<(&str, Vec<String>)>,
) -> Result<Response, Failure> {
    let version = app.newest(survey)?;
    let form = &version.ready.form;
    let language = form.language(visit.words.own).unwrap_or(0);
    let received = app.counts.received(&app.store, version.survey)?;
    let rows: Vec<Row> = received
        .iter()
        .map(|(quota, received)| Row {
            label: label(form, language, &quota.wanted),
            target: quota.target.into(),
            received: *received,
        })
        .collect();
    let status = match tried {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let (csv, wrong) = match tried {
        Some((csv, wrong)) => (csv.to_owned(), wrong),
        None => (written(received.iter().map(|(quota, _)| quota)), Vec::new()),
    };
    let roles = form.nodes.iter().filter_map(|node| node.role);
    let roles: Vec<&str> = roles.map(baraza_forms::Role::word).collect();
    let body = Page {
        visit,
        survey,
        quotas: &rows,
        wrong: &wrong,
        csv: &csv,
        roles: roles.join(", "),
    };
    visit.page_with(status, &visit.t("targets"), &body.render()?)
}

/// Takes them, from the file where there is one.
pub async fn set(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(slug): Path<String>,
    fields: Fields,
    file: Upload,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let form = &app.newest(&slug)?.ready.form;
        let csv = if file.bytes.is_empty() {
            fields.get("csv").as_bytes()
        } else {
            &file.bytes
        };
        let shown = String::from_utf8_lossy(csv);
        let refused = |wrong| page(&app, &visit, &slug, Some((&shown, wrong)));
        let sheet = match Sheet::from_csv("targets", csv) {
            Ok(sheet) => sheet,
            Err(error) => return refused(vec![error.to_string()]),
        };
        let quotas = match read(form, &sheet) {
            Ok(quotas) => quotas,
            Err(wrong) => return refused(wrong),
        };
        let survey = app
            .store
            .surveys()?
            .into_iter()
            .find(|survey| survey.slug == slug);
        let survey = survey.ok_or_else(Failure::no_survey)?;
        app.store.set_quotas(&survey, &quotas, &who.name)?;
        let address = format!("/desk/surveys/{}/targets?done=targets", encoded(&slug));
        Ok(Redirect::to(&address).into_response())
    })
    .await?
}
