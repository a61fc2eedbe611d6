//! The record of a meeting.

use super::Here;
use super::spoken::Field;
use crate::community::Meeting;
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::store::{Kept, Store};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

/// People at a meeting, at the most.
const MOST_PEOPLE: u32 = 100_000;

const PLACE: Field = Field {
    name: "place",
    legend: "meeting_place",
    hint: "meeting_place_hint",
    most: 80,
};
const CORRECTED: Field = Field {
    name: "corrected",
    legend: "meeting_corrected",
    hint: "meeting_corrected_hint",
    most: 600,
};
const AGREED: Field = Field {
    name: "agreed",
    legend: "meeting_agreed",
    hint: "meeting_agreed_hint",
    most: 600,
};

#[derive(Template)]
#[template(path = "desk/community/meeting.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    error: &'a str,
    id: &'a str,
    /// When it was last changed, and by whom; blank of a new one.
    changed: String,
    meeting: &'a Meeting,
    /// Name and text of each input, and what stands in it.
    came: [(&'static str, &'static str, String); 3],
    place: String,
    corrected: String,
    agreed: String,
}

/// The page; of `new` a blank one.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word, meeting)): Path<(String, String, String)>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        match known(&here, &meeting)? {
            Some(kept) => page(&here, &meeting, &kept.content, None, ""),
            None if meeting == "new" => page(&here, &meeting, &Meeting::default(), None, ""),
            None => Ok(here.back()),
        }
    })
    .await?
}

fn known(here: &Here, id: &str) -> Result<Option<Kept<Meeting>>, Failure> {
    here.find(id, Store::meetings)
}

fn page(
    here: &Here,
    id: &str,
    meeting: &Meeting,
    tried: Option<&Fields>,
    error: &str,
) -> Result<Response, Failure> {
    let (visit, languages) = (&here.visit, &here.form().languages);
    let kinds = [
        ("women", "meeting_women", meeting.women),
        ("men", "meeting_men", meeting.men),
        ("others", "meeting_others", meeting.others),
    ];
    let came = kinds.map(|(kind, text, n)| {
        // What is no number is given back as it was typed.
        let typed = tried.map(|tried| tried.get(kind).to_owned());
        (
            kind,
            text,
            typed.unwrap_or_else(|| n.map(|n| n.to_string()).unwrap_or_default()),
        )
    });
    let body = Page {
        visit,
        here: here.path(),
        error,
        id,
        changed: super::changed(visit, known(here, id)?.as_ref()),
        meeting,
        came,
        place: PLACE.inputs(visit, languages, &meeting.place)?,
        corrected: CORRECTED.inputs(visit, languages, &meeting.corrected)?,
        agreed: AGREED.inputs(visit, languages, &meeting.agreed)?,
    };
    here.page(&visit.t("community_meeting"), error, &body.render()?)
}

/// Takes what was written.
pub async fn save(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word, id)): Path<(String, String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let languages = &here.form().languages;
        let mut is_long = false;
        let mut words = |field: Field| {
            let (texts, more) = field.read(&fields, languages);
            is_long |= more;
            texts
        };
        let mut is_number = true;
        let mut people = |kind: &str| {
            let typed = fields.get(kind).trim();
            let n: Option<u32> = typed.parse().ok().filter(|n| *n <= MOST_PEOPLE);
            is_number &= typed.is_empty() || n.is_some();
            n
        };
        let meeting = Meeting {
            day: fields.get("day").trim().to_owned(),
            place: words(PLACE),
            women: people("women"),
            men: people("men"),
            others: people("others"),
            corrected: words(CORRECTED),
            agreed: words(AGREED),
            public: fields.get("public") == "yes",
        };
        let wrong = if is_long {
            "community_long"
        } else if !is_number {
            "meeting_people_wrong"
        } else if !is_day(&meeting.day) {
            "meeting_day_wrong"
        } else {
            ""
        };
        if !wrong.is_empty() {
            return page(&here, &id, &meeting, Some(&fields), &here.visit.t(wrong));
        }
        let store = &here.app.store;
        here.keep(&id, |id| {
            store.keep_meeting(here.names(), id, &meeting, &who.name)
        })
    })
    .await?
}

/// Whether a text is a day as inputs send it.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}
