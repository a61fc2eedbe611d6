//! Whether a survey asks people: everywhere, in some areas, for a while, or no more.

use super::rounds::{Counted, counted};
use super::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::plain::encoded;
use crate::running::{Area, Decision, State, Wrong, areas, checked};
use askama::Template;
use axum::extract::{Path, State as Of};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::Form;
use std::collections::BTreeSet;
use std::sync::Arc;

/// More areas than these are named by their codes: nobody scrolls through a thousand boxes.
const MOST_BOXES: usize = 200;
/// What the form calls a pause of some areas.
const AREAS: &str = "areas";

#[derive(Template)]
#[template(path = "desk/running.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    error: &'a str,
    now: Told,
    since: &'a str,
    by: &'a str,
    /// What is chosen: a state, or [`AREAS`].
    chosen: &'a str,
    wish: &'a Decision,
    /// Whether it is over already, so that saying so again harms nobody.
    is_closed: bool,
    areas: &'a [Area],
    boxes: bool,
    rounds: &'a [Counted],
    /// Responses that were begun in none.
    outside: u64,
    /// What was typed as the name of a round.
    round_name: &'a str,
}

impl Page<'_> {
    fn is_round_open(&self) -> bool {
        self.rounds
            .last()
            .is_some_and(|last| last.round.ended_at.is_none())
    }

    fn is_paused(&self, area: &Area) -> bool {
        self.wish.areas.contains(&area.code)
    }
}

/// A decision in words.
pub struct Told {
    /// What the survey does.
    pub heading: String,
    /// Where, unless everywhere.
    pub areas: String,
    /// Why.
    pub why: String,
    /// A day.
    pub until: String,
}

/// What was decided, in the language of a visit.
pub fn told(visit: &Visit, form: &Form, decision: &Decision) -> Told {
    let in_areas = !decision.areas.is_empty();
    let word = if in_areas {
        "paused_in".to_owned()
    } else {
        format!("asks_{}", decision.state)
    };
    let language = form.language(visit.words.own).unwrap_or(0);
    let all = if in_areas {
        areas(form, language)
    } else {
        Vec::new()
    };
    let label = |code: &String| {
        let found = all.iter().find(|area| area.code == *code);
        found.map_or_else(|| code.clone(), |area| area.label.clone())
    };
    Told {
        heading: visit.t(&word),
        areas: decision.areas.iter().map(label).collect::<Vec<_>>().join(" · "),
        why: decision.why.clone(),
        // Figures with strokes between them are otherwise turned round where reading goes from right to left.
        until: if decision.until.is_empty() {
            String::new()
        } else {
            format!("\u{2066}{}\u{2069}", decision.until)
        },
    }
}

/// The page.
pub async fn show(
    Of(app): Of<Arc<App>>,
    visit: Visit,
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || page(&app, &visit, &survey, None)).await?
}

/// The page again, with what is wrong about a round.
pub fn page_with_error(
    app: &App,
    visit: &Visit,
    survey: &str,
    error: String,
    round_name: &str,
) -> Result<Response, Failure> {
    let tried = Tried {
        error,
        round_name: round_name.to_owned(),
        decision: None,
    };
    page(app, visit, survey, Some(tried))
}

/// What was sent, and what is wrong with it.
struct Tried {
    error: String,
    round_name: String,
    /// What was chosen, as the form calls it, and the rest of it.
    decision: Option<(String, Decision)>,
}

fn page(app: &App, visit: &Visit, survey: &str, tried: Option<Tried>) -> Result<Response, Failure> {
    let version = app.newest(survey)?;
    let form = &version.ready.form;
    let timeline = app.store.timeline(version.survey)?;
    let last = timeline.0.last();
    let decision = last.map(|change| change.decision.clone()).unwrap_or_default();
    let now = told(visit, form, &decision);
    let is_closed = decision.state == State::Closed;
    let status = match tried {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let tried = tried.unwrap_or_else(|| Tried {
        error: String::new(),
        round_name: String::new(),
        decision: None,
    });
    let (chosen, wish) = tried.decision.unwrap_or_else(|| {
        let in_areas = !decision.areas.is_empty();
        let chosen = if in_areas { AREAS } else { decision.state.word() };
        (chosen.to_owned(), decision)
    });
    let (rounds, outside) = counted(&app.store, version.survey)?;
    let language = form.language(visit.words.own).unwrap_or(0);
    let areas = areas(form, language);
    let body = Page {
        visit,
        survey,
        error: &tried.error,
        now,
        since: last.map(|change| change.since.as_str()).unwrap_or_default(),
        by: last.map(|change| change.by.as_str()).unwrap_or_default(),
        chosen: &chosen,
        wish: &wish,
        is_closed,
        rounds: &rounds,
        outside,
        round_name: &tried.round_name,
        boxes: areas.len() <= MOST_BOXES,
        areas: &areas,
    };
    visit.page_with(status, &visit.t("running_title"), &body.render()?)
}

/// Decides.
pub async fn decide(
    Of(app): Of<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let version = app.newest(&slug)?;
        let chosen = fields.get("state");
        let in_areas = chosen == AREAS;
        let state = if in_areas {
            Some(State::Paused)
        } else {
            State::of(chosen)
        };
        let wish = Decision {
            state: state.unwrap_or_default(),
            areas: fields
                .all("area")
                .chain(fields.get("codes").split_whitespace())
                .map(String::from)
                .collect(),
            why: fields.get("why").to_owned(),
            until: fields.get("until").to_owned(),
        };
        let error = match checked(&version.ready.form, wish.clone(), in_areas) {
            _ if !in_areas && are_new(&app, version.survey, &wish.areas)? => visit.t("wrong_areas_ticked"),
            Ok(decision) if state.is_some() => {
                app.store.decide((version.survey, &slug), &decision, &who.name)?;
                // One of the words of `DONE` in frame.rs.
                let done = format!("asks_{chosen}");
                let address = format!("/desk/surveys/{}/running?done={done}", encoded(&slug));
                return Ok(Redirect::to(&address).into_response());
            }
            Ok(_) => visit.t("wrong_state"),
            Err(wrong) => in_words(&visit, &wrong),
        };
        let tried = Tried {
            error,
            round_name: String::new(),
            decision: Some((chosen.to_owned(), wish)),
        };
        page(&app, &visit, &slug, Some(tried))
    })
    .await?
}

/// Whether somebody ticked areas. Those that are paused now are ticked on the page before anybody touches it, and say
/// nothing about what is wanted.
fn are_new(app: &App, survey: i64, ticked: &[String]) -> Result<bool, Failure> {
    let timeline = app.store.timeline(survey)?;
    let paused = timeline.stop().map(|change| &change.decision.areas[..]);
    let of = |codes: &[String]| codes.iter().cloned().collect::<BTreeSet<_>>();
    Ok(!ticked.is_empty() && of(ticked) != of(paused.unwrap_or_default()))
}

fn in_words(visit: &Visit, wrong: &Wrong) -> String {
    match wrong {
        Wrong::NoAreas => visit.t("wrong_no_areas"),
        Wrong::Areas(codes) => format!("{} {}", visit.t("wrong_areas"), codes.join(", ")),
        Wrong::Until => visit.t("wrong_until"),
        Wrong::Why => visit.t("wrong_why"),
    }
}
