//! The communities of a survey, and whether they have a page.

use super::{label, list_path};
use crate::community::{Place, all, day};
use crate::desk::Visit;
use crate::http::{App, Failure};
use crate::plain::encoded;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/community/list.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    communities: Vec<Row>,
}

struct Row {
    label: String,
    href: String,
    state: String,
}

/// The page.
pub async fn list(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let version = app.newest(&slug)?;
        let form = &version.ready.form;
        let known = app.store.communities(&slug)?;
        let named: Vec<Place> = known.iter().map(|known| Place::of(&known.place)).collect();
        let mut places = all(form, &named);
        // Areas that the form has no more.
        places.extend(named.iter().filter(|place| !place.is_of(form)).cloned());
        let communities = places.iter().map(|place| {
            let word = place.word();
            let known = known.iter().find(|known| known.place == word);
            let state =
                match known.and_then(|known| known.released.as_ref().map(|released| (known, released))) {
                    Some((known, _)) if known.withdrawn => visit.t("community_withdrawn"),
                    Some((_, (_, at))) => visit.with("community_shown", "day", &day(at)),
                    None if known.is_some() => visit.t("community_begun"),
                    None => visit.t("community_none"),
                };
            Row {
                label: label(&visit, form, place),
                href: format!("{}/{}", list_path(&slug), encoded(&word)),
                state,
            }
        });
        let body = Page {
            visit: &visit,
            survey: &slug,
            communities: communities.collect(),
        };
        visit.page(&visit.t("communities"), &body.render()?)
    })
    .await?
}
