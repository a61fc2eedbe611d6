//! One community: its page, whether everybody sees it, meetings, and what was agreed.

use super::kept::{Row, row};
use super::{Here, list_path};
use crate::community::{Content, MOST_FINDINGS, State, day, own_name};
use crate::desk::{Fields, Visit, Who, base, code};
use crate::http::{App, Failure};
use crate::plain::encoded;
use crate::results::Results;
use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::http::HeaderMap;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/community/show.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    list: String,
    /// Where everybody finds it: its path, the whole address, and a code of that.
    public: String,
    address: String,
    picture: String,
    /// The number of the page that is shown; 0 where there is none.
    number: i64,
    shown: String,
    withdrawn: bool,
    /// Results that are being made, or too few; blank where they are there.
    waiting: String,
    findings: Vec<Row>,
    is_full: bool,
    languages: Vec<(String, String)>,
    meetings: Vec<Met>,
    agreements: Vec<Agreed>,
    versions: Vec<String>,
}

struct Met {
    id: i64,
    day: String,
    place: String,
    public: bool,
}

struct Agreed {
    id: i64,
    what: String,
    state: State,
    public: bool,
}

impl Page<'_> {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn state(&self, state: &State) -> String {
        self.visit.t(&format!("state_{}", state.word()))
    }
}

/// The page.
pub async fn show(
    Shared(app): Shared<Arc<App>>,
    visit: Visit,
    headers: HeaderMap,
    Path((slug, word)): Path<(String, String)>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let base = base(&app, &headers);
        page(&Here::of(app, visit, slug, &word)?, &base)
    })
    .await?
}

/// `base` is where this server is found from outside.
fn page(here: &Here, base: &str) -> Result<Response, Failure> {
    let (visit, form, store) = (&here.visit, here.form(), &here.app.store);
    let publication = match here.results()? {
        Results::Ready(publication) => Ok(publication),
        Results::TooFew => Err(visit.t("community_too_few")),
        _ => Err(visit.t("community_waiting")),
    };
    let draft = here.draft();
    let found = publication.as_ref().ok().map(AsRef::as_ref);
    let frozen = store.frozen(&here.slug, &here.word)?;
    let last = frozen.first();
    let (mut meetings, mut agreements) = (Vec::new(), Vec::new());
    if let Some(known) = &here.known {
        (meetings, agreements) = (store.meetings(known.id)?, store.agreements(known.id)?);
    }
    let words = |texts: &crate::community::Texts| {
        let tag = &form.languages[here.language()].tag;
        texts
            .get(tag)
            .or_else(|| texts.values().next())
            .cloned()
            .unwrap_or_default()
    };
    let public = format!("/c/{}/{}", encoded(&here.slug), encoded(&here.word));
    let address = format!("{base}{public}");
    let body = Page {
        visit,
        here: here.path(),
        list: list_path(&here.slug),
        picture: code::svg(&address).unwrap_or_default(),
        public,
        address,
        number: last.map_or(0, |last| last.number),
        shown: last
            .map(|last| day(last.withdrawn_at.as_deref().unwrap_or(&last.made_at)))
            .unwrap_or_default(),
        withdrawn: last.is_some_and(|last| last.withdrawn_at.is_some()),
        findings: draft.findings.iter().map(|pick| row(here, found, pick)).collect(),
        waiting: publication.err().unwrap_or_default(),
        is_full: draft.findings.len() >= MOST_FINDINGS,
        languages: draft
            .languages(form)
            .0
            .iter()
            .map(|language| {
                let name = own_name(language);
                (language.tag.clone(), name.to_owned())
            })
            .collect(),
        meetings: meetings
            .iter()
            .map(|kept| Met {
                id: kept.id,
                day: day(&kept.content.day),
                place: words(&kept.content.place),
                public: kept.content.public,
            })
            .collect(),
        agreements: agreements
            .iter()
            .map(|kept| Agreed {
                id: kept.id,
                what: words(&kept.content.what),
                state: kept.state(),
                public: kept.content.public,
            })
            .collect(),
        versions: frozen.iter().map(|one| version(visit, one)).collect(),
    };
    visit.page(&here.label(), &body.render()?)
}

/// A version in a line: its number, when, by whom, and what became of it.
fn version(visit: &Visit, one: &crate::store::FrozenPage) -> String {
    let Content { findings, .. } = &one.content;
    let number = one.number.to_string();
    let count = findings.len().to_string();
    let line = visit.words.with(
        "community_version",
        &[
            ("number", &number),
            ("day", &day(&one.made_at)),
            ("name", &one.made_by),
            ("count", &count),
        ],
    );
    match &one.withdrawn_at {
        Some(at) => format!("{line} {}", visit.with("community_withdrawn_on", "day", &day(at))),
        None => line,
    }
}

/// `do`: `up`, `remove` or `withdraw`.
pub async fn change(
    Shared(app): Shared<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let (store, names) = (&here.app.store, here.names());
        let id = fields.get("finding").parse().unwrap_or(u64::MAX);
        match fields.get("do") {
            "up" => store.change_community(names, (&who.name, "order"), None, |draft| draft.up(id))?,
            "remove" => {
                store.change_community(names, (&who.name, "removed"), None, |draft| draft.remove(id))?;
            }
            "withdraw" => {
                let number = fields.get("number").parse().unwrap_or(0);
                if store.withdraw(names, number, &who.name)? {
                    return Ok(here.done("withdrawn"));
                }
            }
            _ => {}
        }
        Ok(here.back())
    })
    .await?
}
