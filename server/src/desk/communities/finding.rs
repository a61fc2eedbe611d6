//! What is said of one figure, in each language.

use super::Here;
use super::kept::{Row, row};
use super::sound::Sounds;
use super::spoken::Field;
use crate::community::{MOST_WORDS, Pick};
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

const WORDS: Field = Field {
    name: "words",
    legend: "community_statement",
    hint: "community_statement_hint",
    most: MOST_WORDS,
};

#[derive(Template)]
#[template(path = "desk/community/finding.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    error: &'a str,
    row: Row,
    words: String,
    sounds: String,
}

/// The page. A figure that is not chosen any more leads back to the others.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word, finding)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        match chosen(&here, &finding) {
            Some(pick) => page(&here, &pick, ""),
            None => Ok(here.back()),
        }
    })
    .await?
}

/// The finding of a name in an address.
fn chosen(here: &Here, finding: &str) -> Option<Pick> {
    here.draft().get(finding.parse().ok()?).cloned()
}

/// The page of a figure, with what is wrong.
pub fn page(here: &Here, pick: &Pick, error: &str) -> Result<Response, Failure> {
    let publication = here.publication()?;
    let body = Page {
        visit: &here.visit,
        here: here.path(),
        error,
        row: row(here, publication.as_deref(), pick),
        words: WORDS.inputs(&here.visit, &here.form().languages, &pick.words)?,
        sounds: Sounds::of(here, Some(pick.id), &pick.sounds).render()?,
    };
    here.page(&here.visit.t("community_words"), error, &body.render()?)
}

/// Takes what was written.
pub async fn save(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word, finding)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let Some(mut pick) = chosen(&here, &finding) else {
            return Ok(here.back());
        };
        let (words, is_long) = WORDS.read(&fields, &here.form().languages);
        let reason: String = fields.get("reason").trim().chars().take(MOST_WORDS).collect();
        (pick.words, pick.reason) = (
            words,
            if pick.reason.is_empty() {
                String::new()
            } else {
                reason
            },
        );
        if is_long {
            return page(&here, &pick, &here.visit.t("community_long"));
        }
        here.app
            .store
            .change_community(here.names(), (&who.name, "words"), None, |draft| {
                if let Some(known) = draft.findings.iter_mut().find(|known| known.id == pick.id) {
                    // Recordings are brought by themselves.
                    (known.words, known.reason) = (pick.words, pick.reason);
                }
            })?;
        Ok(here.done("saved"))
    })
    .await?
}
