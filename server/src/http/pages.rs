//! Pages made on the server, and the files they load.

use super::App;
use super::error::{Failure, not_found};
use crate::assets;
use crate::plain::{encoded, ui};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
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
    plain: &'a str,
    slow: &'a str,
    own: &'a str,
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'a> {
    assets: &'a str,
    surveys: &'a [Entry],
}

#[derive(Template)]
#[template(path = "missing.html")]
struct MissingPage<'a> {
    assets: &'a str,
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
    Ok(page(
        IndexPage {
            assets: assets::prefix(),
            surveys: &surveys,
        }
        .render()?,
    ))
}

/// The page that asks. Browsers that are known to run no scripts of ours get the one without.
pub async fn form(
    State(app): State<Arc<App>>,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(version) = app.forms.newest(&app.store, &survey)? else {
        return missing();
    };
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let plain = format!("/s/{}/plain{query}", encoded(&survey));
    if has_no_scripts(&headers) {
        return Ok(Redirect::temporary(&plain).into_response());
    }
    let form = &version.ready.form;
    let interface = ui(&form.languages[0].tag);
    let form_page = FormPage {
        title: &form.text(0, form.title),
        lang: &form.languages[0].tag,
        dir: direction(form.languages[0].rtl),
        survey: &survey,
        assets: assets::prefix(),
        notice: notice(&app, &survey)?,
        plain: &plain,
        slow: &interface.t("plain_simple"),
        own: interface.own,
    };
    Ok(page(form_page.render()?))
}

/// Opera Mini runs scripts on a server far away, and for a few seconds; KaiOS 2.5 has no modules.
fn has_no_scripts(headers: &HeaderMap) -> bool {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default().to_lowercase();
    agent.contains("opera mini") || agent.contains("kaios/2") || agent.contains("kaios/1")
}

/// There is no such survey.
pub fn missing() -> Result<Response, Failure> {
    let missing = MissingPage {
        assets: assets::prefix(),
    };
    Ok((StatusCode::NOT_FOUND, page(missing.render()?)).into_response())
}

/// What everybody is to know of a survey.
pub fn notice(app: &App, survey: &str) -> Result<&'static str, Failure> {
    Ok(if app.store.has_synthetic(survey)? {
        "Demonstration: this survey holds synthetic data"
    } else {
        ""
    })
}

/// Only a page needs these headers, and each costs bytes with every file. No script but our own runs, whatever stands
/// in labels and answers; photos and sounds of the person's own are shown from memory (`blob:`); no other site frames
/// the page or learns where people came from.
pub fn page(html: String) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-cache"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(html)).into_response()
}

/// Which way a language is written.
pub fn direction(rtl: bool) -> &'static str {
    if rtl { "rtl" } else { "ltr" }
}

/// A file of the page; its address changes with its content.
pub async fn asset(Path((hash, file)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = assets::get(&file).filter(|_| assets::prefix().ends_with(&hash)) else {
        return not_found().await;
    };
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let (encoding, bytes) = asset.encoded(accepted);
    let mut response = ([(header::CONTENT_TYPE, asset.kind)], bytes).into_response();
    let more = response.headers_mut();
    more.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    if let Some(encoding) = encoding {
        more.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
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
