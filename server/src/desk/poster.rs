//! A page to print and hang up: what the survey is, its code and its link, in each of its languages.

use super::gate::base;
use super::words::{self, LANGUAGES};
use super::{Visit, code};
use crate::http::{App, Failure};
use crate::plain::encoded;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/poster.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    link: &'a str,
    picture: String,
    /// Whether only enumerators may send responses: a poster would invite people who are then turned away.
    sign_in: bool,
    parts: &'a [Part],
}

/// What the poster says in one language.
struct Part {
    lang: String,
    dir: &'static str,
    /// What the language calls itself, as far as that is known.
    name: String,
    title: String,
    /// What to do; blank where there are no words for it in this language.
    line: String,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    headers: HeaderMap,
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    let version = app.newest(&survey)?;
    let form = &version.ready.form;
    let parts: Vec<Part> = form
        .languages
        .iter()
        .enumerate()
        .map(|(at, language)| {
            let words = words::of(&language.tag);
            let own = LANGUAGES
                .iter()
                .find(|(tag, _)| words.is_some_and(|words| words.own == *tag));
            Part {
                lang: language.tag.clone(),
                dir: if language.rtl { "rtl" } else { "ltr" },
                name: own.map_or_else(|| language.name.clone(), |(_, name)| (*name).to_owned()),
                title: form.text(at, form.title),
                line: words.map(|words| words.t("poster_line")).unwrap_or_default(),
            }
        })
        .collect();
    let link = format!("{}/s/{}", base(&app, &headers), encoded(&survey));
    let body = Page {
        visit: &visit,
        survey: &survey,
        link: &link,
        picture: code::svg(&link).unwrap_or_default(),
        sign_in: form.settings.sign_in,
        parts: &parts,
    };
    visit.page(&visit.t("poster"), &body.render()?)
}
