//! What was agreed: what, who, until when, and how far it is.

use super::Here;
use super::meeting::is_day;
use super::spoken::Field;
use crate::community::{Agreement, State, day};
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::store::{Kept, Moved, Store};
use askama::Template;
use axum::extract::{Path, State as Shared};
use axum::response::Response;
use std::sync::Arc;

const WHAT: Field = Field {
    name: "what",
    legend: "agreement_what",
    hint: "agreement_what_hint",
    most: 240,
};
const WHO: Field = Field {
    name: "who",
    legend: "agreement_who",
    hint: "agreement_who_hint",
    most: 120,
};

#[derive(Template)]
#[template(path = "desk/community/agreement.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    error: &'a str,
    id: &'a str,
    /// When it was last changed, and by whom; blank of a new one.
    changed: String,
    agreement: &'a Agreement,
    state: State,
    states: &'a [Moved],
    what: String,
    who: String,
}

impl Page<'_> {
    #[expect(clippy::unused_self, reason = "templates have nothing else to ask")]
    fn day(&self, moment: &str) -> String {
        day(moment)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn named(&self, state: &State) -> String {
        self.visit.t(&format!("state_{}", state.word()))
    }
}

/// The page; of `new` a blank one.
pub async fn show(
    Shared(app): Shared<Arc<App>>,
    visit: Visit,
    Path((slug, word, id)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        match known(&here, &id)? {
            Some(kept) => page(&here, &id, (&kept.content, kept.state()), ""),
            None if id == "new" => page(&here, &id, (&Agreement::default(), State::Planned), ""),
            None => Ok(here.back()),
        }
    })
    .await?
}

fn known(here: &Here, id: &str) -> Result<Option<Kept<Agreement>>, Failure> {
    here.find(id, Store::agreements)
}

fn page(
    here: &Here,
    id: &str,
    (agreement, state): (&Agreement, State),
    error: &str,
) -> Result<Response, Failure> {
    let (visit, languages) = (&here.visit, &here.form().languages);
    let known = known(here, id)?;
    let body = Page {
        visit,
        here: here.path(),
        error,
        id,
        changed: super::changed(visit, known.as_ref()),
        agreement,
        state,
        states: known.as_ref().map(|known| &known.states[..]).unwrap_or_default(),
        what: WHAT.inputs(visit, languages, &agreement.what)?,
        who: WHO.inputs(visit, languages, &agreement.who)?,
    };
    here.page(&visit.t("community_agreement"), error, &body.render()?)
}

/// Takes what was written.
pub async fn save(
    Shared(app): Shared<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word, id)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let languages = &here.form().languages;
        let ((what, long_what), (whom, long_who)) =
            (WHAT.read(&fields, languages), WHO.read(&fields, languages));
        let agreement = Agreement {
            what,
            who: whom,
            due: fields.get("due").trim().to_owned(),
            public: fields.get("public") == "yes",
        };
        let state = State::of(fields.get("state")).unwrap_or(State::Planned);
        let wrong = if long_what || long_who {
            "community_long"
        } else if agreement.what.is_empty() {
            "agreement_what_missing"
        } else if !agreement.due.is_empty() && !is_day(&agreement.due) {
            "meeting_day_wrong"
        } else {
            ""
        };
        if !wrong.is_empty() {
            return page(&here, &id, (&agreement, state), &here.visit.t(wrong));
        }
        let store = &here.app.store;
        here.keep(&id, |id| {
            store.keep_agreement(here.names(), id, (&agreement, state), &who.name)
        })
    })
    .await?
}
