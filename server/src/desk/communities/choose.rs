//! Which figures of the results go on the page. Only what the last release shows is offered; sensitive questions stand
//! apart, and need a tick and a reason.

use super::Here;
use super::kept::{figure, labels};
use crate::community::{Figure, MOST_FINDINGS, MOST_WORDS, find, name, named, offers};
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::results::{Publication, Results};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/community/choose.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    error: &'a str,
    waiting: String,
    /// How many more may be chosen.
    room: u64,
    questions: Vec<Question>,
    /// Whether those of sensitive questions are listed.
    sensitive: bool,
    sure: bool,
    reason: &'a str,
}

struct Question {
    label: String,
    answers: Vec<Answer>,
}

struct Answer {
    name: String,
    label: String,
    big: String,
    lines: String,
    is_chosen: bool,
}

/// The page; `?sensitive=yes` lists what is not listed by itself.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let sensitive = query.is_some_and(|query| query.contains("sensitive=yes"));
        page(&here, sensitive, None, "")
    })
    .await?
}

fn page(here: &Here, sensitive: bool, tried: Option<&Fields>, error: &str) -> Result<Response, Failure> {
    let visit = &here.visit;
    let (mut waiting, mut questions) = (String::new(), Vec::new());
    match here.results()? {
        Results::Ready(publication) => questions = listed(here, &publication, sensitive, tried),
        Results::TooFew => waiting = visit.t("community_too_few"),
        _ => waiting = visit.t("community_waiting"),
    }
    let body = Page {
        visit,
        here: here.path(),
        error,
        waiting,
        room: MOST_FINDINGS.saturating_sub(here.draft().findings.len()) as u64,
        questions,
        sensitive,
        sure: tried.is_some_and(|tried| tried.get("sure") == "yes"),
        reason: tried.map(|tried| tried.get("reason")).unwrap_or_default(),
    };
    here.page(&visit.t("community_choose"), error, &body.render()?)
}

/// What is offered and not on the page yet, by question.
fn listed(here: &Here, publication: &Publication, sensitive: bool, tried: Option<&Fields>) -> Vec<Question> {
    let draft = here.draft();
    let tag = &here.form().languages[here.language()].tag;
    let mut questions: Vec<Question> = Vec::new();
    let mut last = None;
    for offer in offers(publication, here.form(), &here.place) {
        let is_there = draft.findings.iter().any(|pick| pick.figure == offer.figure);
        if offer.is_sensitive != sensitive || is_there {
            continue;
        }
        let (question, answer) = labels(publication, tag, (offer.table, offer.category));
        if last != Some(offer.table) {
            last = Some(offer.table);
            questions.push(Question {
                label: question,
                answers: Vec::new(),
            });
        }
        let (big, lines) = figure(here, &offer);
        let name = name(&offer.figure);
        let is_chosen = tried.is_some_and(|tried| tried.all("figure").any(|one| one == name));
        if let Some(question) = questions.last_mut() {
            question.answers.push(Answer {
                name,
                label: answer,
                big,
                lines,
                is_chosen,
            });
        }
    }
    questions
}

/// Puts what was ticked on the page.
pub async fn choose(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let sensitive = fields.get("sensitive") == "yes";
        let again = |word: &str| page(&here, sensitive, Some(&fields), &here.visit.t(word));
        let wanted: Vec<Figure> = fields.all("figure").filter_map(named).collect();
        let Some(publication) = here.publication()? else {
            return Ok(here.back());
        };
        // Whatever a form says: only what the release shows.
        let found: Vec<_> = wanted
            .iter()
            .filter_map(|figure| find(&publication, here.form(), &here.place, figure))
            .collect();
        if found.is_empty() || found.len() < wanted.len() {
            return again(if found.is_empty() {
                "community_nothing"
            } else {
                "community_changed"
            });
        }
        if found.len() + here.draft().findings.len() > MOST_FINDINGS {
            return again("community_too_many");
        }
        let reason: String = fields.get("reason").trim().chars().take(MOST_WORDS).collect();
        let is_sensitive = found.iter().any(|offer| offer.is_sensitive);
        if is_sensitive && (fields.get("sure") != "yes" || reason.is_empty()) {
            return again("community_sensitive_why");
        }
        here.app
            .store
            .change_community(here.names(), (&who.name, "chosen"), None, |draft| {
                for offer in found {
                    let reason = if offer.is_sensitive { reason.as_str() } else { "" };
                    draft.pick(offer.figure, reason);
                }
            })?;
        Ok(here.done("saved"))
    })
    .await?
}
