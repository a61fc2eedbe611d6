//! Pages made on the server, and the files they load.

use super::App;
use super::error::{Failure, not_found};
use crate::assets;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    title: &'a str,
    lang: &'a str,
    dir: &'a str,
    survey: &'a str,
    assets: &'a str,
    notice: &'a str,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    assets: &'a str,
    surveys: &'a [Entry],
}

struct Entry {
    slug: String,
    title: String,
    lang: String,
    dir: &'static str,
}

/// The surveys that are open; the only one opens at once.
pub async fn index(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let mut surveys = Vec::new();
    for survey in app.store.surveys()? {
        if let Some(version) = app.forms.newest(&app.store, &survey.slug)? {
            let form = &version.ready.form;
            surveys.push(Entry {
                title: form.text(0, form.title),
                lang: form.languages[0].tag.clone(),
                dir: direction(form.languages[0].rtl),
                slug: survey.slug,
            });
        }
    }
    if let [only] = &surveys[..] {
        return Ok(Redirect::temporary(&format!("/s/{}", only.slug)).into_response());
    }
    Ok(Html(IndexPage { assets: assets::prefix(), surveys: &surveys }.render()?).into_response())
}

/// The page that asks.
pub async fn form(State(app): State<Arc<App>>, Path(survey): Path<String>) -> Result<Response, Failure> {
    let Some(version) = app.forms.newest(&app.store, &survey)? else {
        return Ok((StatusCode::NOT_FOUND, Html("<!doctype html><title>404</title><h1>404</h1>")).into_response());
    };
    let form = &version.ready.form;
    let notice =
        if app.store.has_synthetic(&survey)? { "Demonstration: this survey holds synthetic data" } else { "" };
    let page = FormPage {
        title: &form.text(0, form.title),
        lang: &form.languages[0].tag,
        dir: direction(form.languages[0].rtl),
        survey: &survey,
        assets: assets::prefix(),
        notice,
    };
    Ok(([(header::CACHE_CONTROL, "no-cache")], Html(page.render()?)).into_response())
}

fn direction(rtl: bool) -> &'static str {
    if rtl { "rtl" } else { "ltr" }
}

/// A file of the page; its address changes with its content.
pub async fn asset(Path((hash, file)): Path<(String, String)>) -> Response {
    match assets::get(&file) {
        Some((data, kind)) if assets::prefix().ends_with(&hash) => {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ];
            (headers, data).into_response()
        }
        _ => not_found().await,
    }
}

/// Browsers ask for it whatever the page says.
pub async fn icon() -> Redirect {
    Redirect::permanent(&format!("{}/icon.svg", assets::prefix()))
}

/// Whether the server answers and its database can be read.
pub async fn health(State(app): State<Arc<App>>) -> Result<&'static str, Failure> {
    app.store.surveys()?;
    Ok("ok\n")
}
