//! A survey while people are in the field: what has come, from where and by whom, how far the targets are, and what is
//! doubtful. Whoever may see sums alone sees how many came on each day, which they could count by themselves; all else
//! are counts of few people, and for those who may see single responses.

use super::field_parts::{Bar, Drawing, One, Quota, Rates, bars, days, drawing, ones, rates};
use super::{Act, Visit, Who, live};
use crate::assets;
use crate::http::{App, Failure};
use crate::monitor::{Kind, Look, Made, Seen, map};
use crate::quotas::label;
use crate::ready::ReadyVersion;
use crate::store::now;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use baraza_analysis::Policy;
use baraza_forms::{Form, Kind as Question};
use std::sync::Arc;

/// Seconds after which a page that still counts is asked for again.
const AGAIN: &str = "2";

#[derive(Template)]
#[template(path = "desk/field.html")]
struct Page<'a> {
    visit: &'a Visit,
    assets: &'a str,
    survey: &'a str,
    /// What the page knows, for the events that tell of more.
    mark: String,
    total: u64,
    days: Vec<Bar>,
    /// What those see who may see single responses.
    more: Option<More>,
}

struct More {
    rates: Rates,
    quotas: Vec<Quota>,
    areas: Vec<Bar>,
    /// Nothing for who may not see enumerators.
    enumerators: Option<Vec<One>>,
    /// Nothing where the form asks for no place.
    map: Option<Drawing>,
    floor: u64,
    /// Doubts by kind: word, name, and how many are not decided on.
    doubts: Vec<(&'static str, String, u64)>,
}

#[derive(Template)]
#[template(path = "desk/counting.html")]
struct Counting<'a> {
    visit: &'a Visit,
    read: u64,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let version = app.newest(&survey)?;
        let form = &version.ready.form;
        // Before the figures: what comes in between is told once more, and not missed.
        let mark = live::mark(&app, version.survey)?;
        let looked = app.monitor.look(
            (&app.store, &app.forms),
            (version.survey, &survey),
            |seen, made| {
                let more = who
                    .may(Act::Raw, Some(&survey))
                    .then(|| more(&app, &visit, &who, &version, seen, made));
                Ok::<_, anyhow::Error>(
                    Page {
                        visit: &visit,
                        assets: assets::prefix(),
                        survey: &survey,
                        mark,
                        total: made.counts.total.all(),
                        days: days(&made.counts, &now()),
                        more: more.transpose()?,
                    }
                    .render()?,
                )
            },
        )?;
        let title = format!(
            "{}: {}",
            visit.t("field"),
            form.text(language(&visit, form), form.title)
        );
        match looked {
            Look::Seen(page) => visit.page(&title, &page?),
            Look::Counting(read) => counting(&visit, read),
        }
    })
    .await?
}

/// The language of a form that a page is in.
pub fn language(visit: &Visit, form: &Form) -> usize {
    form.language(visit.words.own).unwrap_or(0)
}

fn more(
    app: &App,
    visit: &Visit,
    who: &Who,
    version: &ReadyVersion,
    seen: &Seen,
    made: &Made,
) -> anyhow::Result<More> {
    let form = &version.ready.form;
    let language = language(visit, form);
    let quotas = app.counts.received(&app.store, version.survey)?;
    let quotas = quotas.into_iter().map(|(quota, received)| Quota {
        label: Some(label(form, language, &quota.wanted))
            .filter(|label| !label.is_empty())
            .unwrap_or_else(|| visit.t("everybody")),
        target: quota.target.into(),
        received,
    });
    let areas = made.counts.areas.iter().map(|(area, count)| {
        let name = area.map(|area| area_name(form, language, seen.shared.areas.name(area)));
        (name.unwrap_or_else(|| visit.t("field_area_none")), *count)
    });
    let may_enumerators = who.may(Act::Enumerators, Some(&form.id));
    let enumerators = may_enumerators.then(|| app.store.enumerators()).transpose()?;
    let floor = Policy::default().floor;
    let asks_place = form.nodes.iter().any(|node| node.kind == Question::Geopoint);
    let places = seen
        .rows
        .iter()
        .filter(|row| row.counts())
        .filter_map(|row| row.place);
    let doubts = Kind::ALL.into_iter().map(|kind| {
        let open = made.open(&seen.rows, kind) as u64;
        (kind.word(), super::doubt_words::name(visit, kind), open)
    });
    Ok(More {
        rates: rates(visit, made.counts.total),
        quotas: quotas.collect(),
        areas: bars(areas.collect()),
        enumerators: enumerators.map(|all| ones(visit, &made.counts, &all)),
        map: asks_place.then(|| drawing(&map(places, floor))),
        floor,
        doubts: doubts.filter(|(_, _, open)| *open > 0).collect(),
    })
}

/// What an area is called.
pub fn area_name(form: &Form, language: usize, code: &str) -> String {
    let list = form
        .with_role(baraza_forms::Role::Area)
        .and_then(|id| form.list_of(id));
    let choice = list.and_then(|list| list.choices.iter().find(|choice| choice.name == code));
    choice.map_or_else(|| code.to_owned(), |choice| form.choice_label(language, choice))
}

/// The first look at very many responses takes longer than anybody waits for a page.
pub fn counting(visit: &Visit, read: u64) -> Result<Response, Failure> {
    let body = Counting { visit, read }.render()?;
    let mut response = visit.page_with(StatusCode::SERVICE_UNAVAILABLE, &visit.t("field"), &body)?;
    let headers = response.headers_mut();
    headers.insert("refresh", HeaderValue::from_static(AGAIN));
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN));
    Ok(response)
}
