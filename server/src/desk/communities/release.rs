//! Before a page is seen by everybody: what is missing, what could do harm, and the release itself.

use super::Here;
use super::kept::{Row, row};
use crate::community::{Content, Draft};
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::results::{Publication, Results};
use crate::store::{NewFrozen, page_digest};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

/// What has to be confirmed; each has a text `check_…`.
const CHECKS: [&str; 5] = ["place", "people", "blame", "words", "community"];

#[derive(Template)]
#[template(path = "desk/community/release.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    error: &'a str,
    waiting: String,
    findings: Vec<Row>,
    /// Languages in which everybody will be able to open it, and those in which nobody wrote it.
    public_in: String,
    not_in: String,
    /// Whether there was one before.
    replaces: bool,
    /// Its languages in which nothing is said at the page's beginning, and where to object.
    no_intro: String,
    no_contact: String,
    checks: Vec<Check>,
    /// What was seen: a page that changed meanwhile is looked at again.
    seen: String,
    is_empty: bool,
}

struct Check {
    name: &'static str,
    text: String,
    is_ticked: bool,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word)): Path<(String, String)>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || page(&Here::of(app, visit, slug, &word)?, None, "")).await?
}

fn page(here: &Here, tried: Option<&Fields>, error: &str) -> Result<Response, Failure> {
    let (visit, draft) = (&here.visit, here.draft());
    let (mut waiting, mut publication) = (String::new(), None);
    match here.results()? {
        Results::Ready(ready) => publication = Some(ready),
        Results::TooFew => waiting = visit.t("community_too_few"),
        _ => waiting = visit.t("community_waiting"),
    }
    let content = publication
        .as_deref()
        .map(|publication| content(here, &draft, publication));
    let (languages, others) = draft.languages(here.form());
    let without = |texts: &crate::community::Texts| {
        super::spoken::names(
            languages
                .iter()
                .filter(|language| !texts.contains_key(&language.tag)),
        )
    };
    let body = Page {
        visit,
        here: here.path(),
        error,
        waiting,
        findings: draft
            .findings
            .iter()
            .map(|pick| row(here, publication.as_deref(), pick))
            .collect(),
        public_in: super::spoken::names(languages.iter()),
        not_in: super::spoken::names(others.iter()),
        replaces: here.app.store.last_frozen(&here.slug, &here.word)?.is_some(),
        no_intro: without(&draft.intro),
        no_contact: without(&draft.contact),
        checks: CHECKS
            .into_iter()
            .map(|name| Check {
                name,
                text: visit.t(&format!("check_{name}")),
                is_ticked: tried.is_some_and(|tried| tried.all("check").any(|one| one == name)),
            })
            .collect(),
        is_empty: content.as_ref().is_none_or(|content| content.findings.is_empty()),
        seen: content
            .map(|content| page_digest(&content))
            .transpose()?
            .unwrap_or_default(),
    };
    here.page(&visit.t("community_check"), error, &body.render()?)
}

fn content(here: &Here, draft: &Draft, publication: &Publication) -> Content {
    Content::of(draft, publication, here.form(), &here.place).0
}

/// Freezes the page, as it was seen.
pub async fn release(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let again = |word: &str| page(&here, Some(&fields), &here.visit.t(word));
        let (draft, publication) = (here.draft(), here.publication()?);
        let Some(publication) = publication else {
            return again("community_waiting");
        };
        let content = content(&here, &draft, &publication);
        if content.findings.is_empty() {
            return again("community_empty");
        }
        if page_digest(&content)? != fields.get("seen") {
            return again("community_changed");
        }
        let ticked = |name: &&str| fields.all("check").any(|one| one == *name);
        if !CHECKS.iter().all(ticked) {
            return again("community_unchecked");
        }
        let reasons: Vec<_> = draft
            .findings
            .iter()
            .filter(|pick| !pick.reason.is_empty())
            .map(|pick| json!({ "question": pick.figure.question, "reason": pick.reason }))
            .collect();
        here.app.store.freeze(&NewFrozen {
            slug: &here.slug,
            place: &here.word,
            results: publication.release.id,
            content: &content,
            checks: &json!({ "confirmed": CHECKS, "sensitive": reasons }),
            by: &who.name,
        })?;
        Ok(here.done("released"))
    })
    .await?
}
