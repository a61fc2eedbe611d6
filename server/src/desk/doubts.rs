//! Responses that are doubted, each with its reasons: chosen by kind, enumerator, state and area, a page at a time.

use super::doubt::find;
use super::doubt_filter::{Choice, Filter, Query};
use super::doubt_items::{Found, Item, Words};
use super::field::counting;
use super::{Act, Visit, Who, doubt_words};
use crate::http::{App, Failure};
use crate::monitor::{Look, Made, Seen};
use crate::plain::encoded;
use crate::store::{Enumerator, State as Reviewed};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use baraza_forms::Form;
use std::sync::Arc;

/// Responses on a page.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "desk/doubts.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    kinds: Vec<Choice>,
    states: Vec<Choice>,
    /// Nothing for who may not see enumerators.
    enumerators: Vec<Choice>,
    areas: Vec<Choice>,
    all: u64,
    items: &'a [Item],
    /// The filter, as it stands in addresses.
    filter: &'a str,
    before: Option<usize>,
    after: Option<usize>,
    rules: Vec<(String, String)>,
    may_review: bool,
    /// What was rejected a moment ago.
    rejected: Option<Rejected>,
}

/// A response that is rejected, to be reopened.
struct Rejected {
    id: String,
    /// What its ID begins with, as titles have it.
    short: String,
    corrections: i64,
}

/// What is taken out of all that is watched.
struct Listed {
    page: usize,
    /// How many there are on all pages.
    all: usize,
    found: Vec<Found>,
    words: Words,
    areas: Vec<Choice>,
    enumerators: Vec<Choice>,
}

/// The list.
pub async fn list(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(survey): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = Query::read(query.as_deref());
    tokio::task::spawn_blocking(move || {
        let version = app.newest(&survey)?;
        let may_enumerators = who.may(Act::Enumerators, Some(&survey));
        let enumerators = may_enumerators.then(|| app.store.enumerators()).transpose()?;
        let looked = app.monitor.look(
            (&app.store, &app.forms),
            (version.survey, &survey),
            |seen, made| {
                listed(
                    &visit,
                    &version.ready.form,
                    (seen, made),
                    &query,
                    enumerators.as_deref(),
                )
            },
        )?;
        let listed = match looked {
            Look::Seen(listed) => listed,
            Look::Counting(read) => return counting(&visit, read),
        };
        let rows: Vec<i64> = listed.found.iter().map(|found| found.row).collect();
        let summaries = app.store.summaries(&rows)?;
        let items = listed.found.iter().zip(summaries).map(|pair| {
            let words = &listed.words;
            words.item(&app, &visit, pair, may_enumerators)
        });
        let items = items.collect::<anyhow::Result<Vec<Item>>>()?;
        let body = Page {
            visit: &visit,
            survey: &survey,
            kinds: query.kinds(&visit),
            states: query.states(&visit),
            enumerators: listed.enumerators,
            areas: listed.areas,
            all: listed.all as u64,
            items: &items,
            filter: &query.filter(),
            before: listed.page.checked_sub(1),
            after: ((listed.page + 1) * SHOWN < listed.all).then_some(listed.page + 1),
            rules: doubt_words::rules(&visit),
            may_review: who.may(Act::Review, Some(&survey)),
            rejected: rejected(&app, &who, &survey, query.get("rejected"))?,
        };
        visit.page(&visit.t("doubts"), &body.render()?)
    })
    .await?
}

/// The response that an address names as rejected, as long as it is.
fn rejected(app: &App, who: &Who, survey: &str, id: &str) -> Result<Option<Rejected>, Failure> {
    if id.is_empty() || !who.may(Act::Review, Some(survey)) {
        return Ok(None);
    }
    let named = match find(app, survey, id) {
        Err(Failure::Told(..)) => return Ok(None),
        found => found?,
    };
    let history = app.store.history(&named)?;
    let history = history.filter(|history| history.received.state == Reviewed::Rejected);
    Ok(history.map(|history| Rejected {
        short: id.split('-').next().unwrap_or_default().to_owned(),
        corrections: history.version(),
        id: named.instance_id,
    }))
}

fn listed(
    visit: &Visit,
    form: &Form,
    (seen, made): (&Seen, &Made),
    query: &Query,
    enumerators: Option<&[Enumerator]>,
) -> Listed {
    let filter = Filter::of(query, enumerators.unwrap_or_default(), seen);
    let wanted = made
        .doubted
        .iter()
        .filter(|(at, doubts)| filter.wants(&seen.rows[*at], doubts));
    let all = wanted.clone().count();
    let shown = wanted.skip(filter.page.saturating_mul(SHOWN)).take(SHOWN);
    let found: Vec<Found> = shown.map(|(at, doubts)| Found::of(seen, *at, doubts)).collect();
    let sent = |one: &&Enumerator| made.counts.enumerators.contains_key(&Some(one.id));
    Listed {
        page: filter.page,
        all,
        words: Words::of(visit, form, seen, &found),
        found,
        areas: query.areas(visit, form, seen, made),
        enumerators: enumerators
            .map(|all| query.enumerators(visit, all.iter().filter(sent)))
            .unwrap_or_default(),
    }
}

/// Where the list is.
pub fn address(survey: &str) -> String {
    format!("/desk/surveys/{}/field/flags", encoded(survey))
}
