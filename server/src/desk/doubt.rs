//! One response that is doubted: why, what was said of it, its answers for who asks for them, and the verdict.

use super::answer_order::in_order;
use super::doubt_filter::{filter, state_name};
use super::doubt_items::{Found, Said, Words};
use super::doubts::address;
use super::field::{counting, language};
use super::{Act, Fields, Visit, Who, doubt_words};
use crate::amend::{flags, places};
use crate::http::{App, Failure};
use crate::monitor::{Look, Moment};
use crate::store::{History, Named, Note, State as Reviewed, Verdict};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::{Answer, Flag, Form, Kind, Rule};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// Characters that a comment may have.
const LONGEST: usize = 2_000;

#[derive(Template)]
#[template(path = "desk/doubt.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    id: &'a str,
    filter: &'a str,
    error: &'a str,
    state: String,
    received_at: String,
    /// Blank where the phone's moments can't be read.
    took: String,
    enumerator: String,
    doubts: &'a [Said],
    flags: &'a [Flag],
    said: Vec<Comment>,
    /// Nothing until somebody asks for them.
    answers: Option<Vec<(String, String)>>,
    /// What the phone worked out.
    calculated: Vec<(String, String)>,
    may_review: bool,
    is_rejected: bool,
    is_approved: bool,
    version: i64,
    comment: &'a str,
}

/// What somebody said.
struct Comment {
    state: String,
    text: String,
    by: String,
    at: String,
}

/// What was tried and could not be done.
struct Tried<'a> {
    comment: &'a str,
    error: String,
    status: StatusCode,
    filter: String,
}

/// The page. `?answers=yes` shows what the person said, and is noted.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((survey, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    tokio::task::spawn_blocking(move || {
        let named = find(&app, &survey, &id)?;
        let asks = form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "answers");
        if asks {
            app.store.note(&Note {
                by: who.name.clone(),
                action: "answers_seen",
                survey: survey.clone(),
                detail: json!({ "instance_id": named.instance_id }),
            })?;
        }
        let tried = Tried {
            comment: "",
            error: String::new(),
            status: StatusCode::OK,
            filter: filter(&query),
        };
        page(&app, &visit, &who, &named, asks, &tried)
    })
    .await?
}

/// The response of a survey that has an instance ID.
pub fn find(app: &App, survey: &str, id: &str) -> Result<Named, Failure> {
    let missing = || Failure::told(StatusCode::NOT_FOUND, "there is no such response");
    if id.len() < 32 || !id.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        return Err(missing());
    }
    let row = app.newest(survey)?.survey;
    let found = app.store.named(Some(row), id, 2)?;
    found
        .into_iter()
        .find(|named| named.instance_id == id)
        .ok_or_else(missing)
}

fn page(
    app: &App,
    visit: &Visit,
    who: &Who,
    named: &Named,
    shows_answers: bool,
    tried: &Tried<'_>,
) -> Result<Response, Failure> {
    let survey = named.slug.as_str();
    let version = app.newest(survey)?;
    let form = &version.ready.form;
    let history = app.store.history(named)?;
    let history = history.ok_or_else(|| Failure::told(StatusCode::NOT_FOUND, "there is no such response"))?;
    // What a question is now may not be what was asked.
    let asked = app
        .forms
        .of_response(&app.store, survey, &history.received.version)?;
    let looked = app
        .monitor
        .look((&app.store, &app.forms), (named.survey, survey), |seen, made| {
            let at = seen.position(named.row)?;
            let found = Found::of(seen, at, &made.doubts(&seen.rows, at));
            let words = Words::of(visit, form, seen, std::slice::from_ref(&found));
            Some((found, words))
        })?;
    let (found, words) = match looked {
        Look::Seen(seen) => seen.unwrap_or_default(),
        Look::Counting(read) => return counting(visit, read),
    };
    // What a clock is doubted for is said above, in more languages.
    let mut not_allowed = flags(history.flags());
    not_allowed.retain(|flag| flag.rule != Rule::Clock);
    let received = &history.received;
    let may_enumerators = who.may(Act::Enumerators, Some(survey));
    let body = Page {
        visit,
        survey,
        id: &named.instance_id,
        filter: &tried.filter,
        error: &tried.error,
        state: state_name(visit, received.state.word()),
        received_at: visit.moment(&received.received_at),
        took: took(visit, &history),
        enumerator: received
            .enumerator
            .clone()
            .filter(|_| may_enumerators)
            .unwrap_or_default(),
        doubts: &words.said(app, visit, &found)?,
        flags: &not_allowed,
        said: history
            .reviews
            .iter()
            .map(|review| Comment {
                state: review
                    .state
                    .map(|state| state_name(visit, state.word()))
                    .unwrap_or_default(),
                text: review.comment.clone(),
                by: review.by.clone(),
                at: visit.moment(&review.at),
            })
            .collect(),
        answers: shows_answers.then(|| answers(visit, &asked.ready.form, &history, false)),
        calculated: if shows_answers {
            answers(visit, &asked.ready.form, &history, true)
        } else {
            Vec::new()
        },
        may_review: who.may(Act::Review, Some(survey)),
        is_rejected: received.state == Reviewed::Rejected,
        is_approved: received.state == Reviewed::Approved,
        version: history.version(),
        comment: tried.comment,
    };
    // Without a hyphen, at which a line may end, and which another way of writing turns around.
    let begins = named.instance_id.split('-').next().unwrap_or_default();
    let title = visit.with("response_one", "id", begins);
    visit.page_with(tried.status, &title, &body.render()?)
}

fn took(visit: &Visit, history: &History) -> String {
    let read = |text: &str| Moment::read(text).map(|moment| moment.seconds);
    let span = read(&history.received.started).zip(read(&history.received.finished));
    let span = span.map(|(from, to)| to - from).filter(|span| *span >= 0);
    span.map(|span| doubt_words::time(visit, span as f64))
        .unwrap_or_default()
}

/// Questions and answers, as far as they may be looked at: where somebody was, and what they photographed, is not, and
/// nothing of which the form does not say what it is.
fn answers(visit: &Visit, form: &Form, history: &History, calculated: bool) -> Vec<(String, String)> {
    let language = language(visit, form);
    let all = in_order(form, places(history.answers()), calculated);
    all.iter()
        .filter_map(|(place, json)| {
            // `member[2]/age` is told by the question's own key.
            let (within, key) = place
                .rsplit_once("]/")
                .map_or(("", place.as_str()), |(within, key)| (within, key));
            let node = form
                .nodes
                .iter()
                .position(|node| node.key == key && node.kind.has_value());
            let id = node?;
            let label = match within.rsplit_once('[') {
                Some((_, number)) => format!("{number}. {}", form.label(language, id)),
                None => form.label(language, id),
            };
            Some((label, answer(visit, form, language, id, json)))
        })
        .collect()
}

fn answer(visit: &Visit, form: &Form, language: usize, id: usize, json: &Json) -> String {
    let kind = form.nodes[id].kind;
    if matches!(kind, Kind::Geopoint | Kind::Geotrace | Kind::Geoshape) {
        return visit.t("answer_place");
    }
    if kind.is_file() {
        return visit.t("answer_file");
    }
    match Answer::from_json(kind, json) {
        Some(Answer::Passed(baraza_forms::Pass::DontKnow)) => visit.t("answer_unknown"),
        Some(Answer::Passed(baraza_forms::Pass::PreferNotToSay)) => visit.t("answer_unsaid"),
        Some(answer) if kind.is_choice() => {
            let choices = form.list_of(id).map_or(&[][..], |list| &list.choices);
            let labels = answer.codes().into_iter().map(|code| {
                let choice = choices.iter().find(|choice| choice.name == code);
                choice.map_or_else(|| code.to_owned(), |choice| form.choice_label(language, choice))
            });
            labels.collect::<Vec<_>>().join(" · ")
        }
        Some(answer) => answer.text(),
        None => raw(json),
    }
}

fn raw(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), String::from)
}

/// `do`: `approved`, `rejected`, `received` (not decided), or `comment`. Leads back to the list.
pub async fn review(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((survey, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let named = find(&app, &survey, &id)?;
        let comment = fields.get("comment").trim();
        let tried = |error: &str, status| Tried {
            comment,
            error: visit.t(error),
            status,
            filter: filter(fields.get("filter")),
        };
        let refused = |tried: Tried<'_>| page(&app, &visit, &who, &named, false, &tried);
        let state = match fields.get("do") {
            "comment" => None,
            word => match Reviewed::read(word) {
                Some(Reviewed::Flagged) | None => {
                    return Err(Failure::told(StatusCode::BAD_REQUEST, "a verdict is wanted"));
                }
                state => state,
            },
        };
        if state.is_none() && comment.is_empty() {
            return refused(tried("review_blank", StatusCode::UNPROCESSABLE_ENTITY));
        }
        if comment.chars().count() > LONGEST {
            return refused(tried("review_long", StatusCode::UNPROCESSABLE_ENTITY));
        }
        let verdict = Verdict {
            state,
            comment: comment.to_owned(),
            by: who.name.clone(),
            corrections: fields.get("version").parse().ok(),
        };
        if app.store.review(std::slice::from_ref(&named), &verdict)?.is_err() {
            return refused(tried("review_overtaken", StatusCode::CONFLICT));
        }
        let filter = filter(fields.get("filter"));
        let more = if filter.is_empty() {
            String::new()
        } else {
            format!("&{filter}")
        };
        // What counts no more is named there, so that a slip is seen and mended.
        let told = if state == Some(Reviewed::Rejected) {
            format!("rejected={}", named.instance_id)
        } else {
            "done=reviewed".to_owned()
        };
        Ok(Redirect::to(&format!("{}?{told}{more}", address(&survey))).into_response())
    })
    .await?
}
