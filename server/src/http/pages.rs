//! Pages made on the server, and the files they load.

use super::App;
use super::FOREVER;
use super::error::{Failure, not_found};
use crate::assets;
use crate::plain::{encoded, ui};
use crate::ready::MARK;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use baraza_forms::Form;
use baraza_forms::form::Language;
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
    /// Position of the language that the page most likely begins in.
    language: usize,
    /// Language of the interface then.
    interface: &'a str,
    /// The form's digest, as it stands in addresses.
    mark: &'a str,
    /// Address of the form without scripts, and what leads there where nothing comes.
    plain: &'a str,
    slow: &'a str,
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

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage<'a> {
    assets: &'a str,
}

#[derive(Template)]
#[template(path = "field.html")]
struct FieldPage<'a> {
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
    for slug in app.store.slugs()? {
        if let Some(version) = app.forms.newest(&app.store, &slug)? {
            let form = &version.ready.form;
            surveys.push(Entry {
                title: form.text(0, form.title),
                lang: form.languages[0].tag.clone(),
                dir: direction(form.languages[0].rtl),
                slug,
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
    let asked = query
        .as_deref()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    let plain = format!("/s/{}/plain{asked}", encoded(&survey));
    if has_no_scripts(&headers) {
        return Ok(Redirect::temporary(&plain).into_response());
    }
    let form = &version.ready.form;
    let named = query.as_deref().and_then(named_language);
    let language = likely_language(form, named.as_deref(), &headers);
    let tag = &form.languages[language].tag;
    let interface = ui(tag);
    let form_page = FormPage {
        title: &form.text(language, form.title),
        lang: tag,
        dir: direction(form.languages[language].rtl),
        survey: &survey,
        assets: assets::prefix(),
        notice: notice(&app, &survey)?,
        language,
        interface: interface.own,
        mark: &version.digest[..MARK],
        plain: &plain,
        slow: &interface.t("plain_simple"),
    };
    let mut response = page(form_page.render()?);
    let vary = HeaderValue::from_static("accept-language");
    response.headers_mut().insert(header::VARY, vary);
    Ok(response)
}

/// `?lang=TAG`
pub fn named_language(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| name == "lang")
        .map(|(_, tag)| tag.into_owned())
}

/// The language that the phone will choose, unless it remembers another: the link's, one that it is set to, the first.
/// Its texts are on their way before any script has run.
pub fn likely_language(form: &Form, named: Option<&str>, headers: &HeaderMap) -> usize {
    likely_of(&form.languages, named, headers)
}

/// The same of languages that are of no form.
pub fn likely_of(languages: &[Language], named: Option<&str>, headers: &HeaderMap) -> usize {
    let set_to = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let tags = set_to
        .split(',')
        .map(|one| one.split(';').next().unwrap_or_default().trim());
    let find = |tag: &str| languages.iter().position(|language| language.tag == tag);
    let primary = |tag: &str| {
        let wanted = tag.split('-').next().unwrap_or_default();
        languages
            .iter()
            .position(|language| language.tag.split('-').next() == Some(wanted))
    };
    named
        .and_then(|named| {
            languages
                .iter()
                .position(|one| one.tag == named || one.name == named)
        })
        .or_else(|| {
            tags.into_iter()
                .find_map(|tag| find(tag).or_else(|| primary(tag)))
        })
        .unwrap_or(0)
}

/// Where an enumerator's link leads. What signs in stands after the `#`, which no server sees.
pub async fn sign_in() -> Result<Response, Failure> {
    let assets = assets::prefix();
    Ok(page(SignInPage { assets }.render()?))
}

/// An enumerator's surveys. The page is the same for everybody, so that it can be kept on the phone.
pub async fn field() -> Result<Response, Failure> {
    let assets = assets::prefix();
    Ok(page(FieldPage { assets }.render()?))
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
    more.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    if let Some(encoding) = encoding {
        more.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Browsers ask for it whatever the page says.
pub async fn icon() -> Redirect {
    Redirect::permanent(&format!("{}/icon.svg", assets::prefix()))
}
