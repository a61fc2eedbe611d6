//! Back to the community: the pages at which a coordinator makes the page of a community, looks at it, releases it, and
//! records meetings and what was agreed.

mod agreement;
mod choose;
mod finding;
mod kept;
mod list;
mod meeting;
mod preview;
mod release;
mod show;
mod sound;
mod spoken;
mod texts;

pub use list::list;

use super::{Act, Fields, Visit};
use crate::community::{Draft, Place};
use crate::http::{App, Failure, Listed};
use crate::plain::encoded;
use crate::ready::ReadyVersion;
use crate::results::{Publication, Results};
use crate::store::{Community, Kept, Store};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::Form;
use std::sync::Arc;

/// Routes of a community, below `/desk/surveys/{survey}/communities`.
pub fn routes(listed: Listed) -> Listed {
    listed
        .page(Act::Community, "/desk/surveys/{survey}/communities", list)
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}",
            show::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}",
            show::change,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/texts",
            texts::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/texts",
            texts::save,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/choose",
            choose::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/choose",
            choose::choose,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/findings/{finding}",
            finding::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/findings/{finding}",
            finding::save,
        )
        .upload(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/sounds",
            sound::bring,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/preview",
            preview::show,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/preview/sound/{digest}",
            preview::sound,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/release",
            release::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/release",
            release::release,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/meetings/{meeting}",
            meeting::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/meetings/{meeting}",
            meeting::save,
        )
        .page(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/agreements/{agreement}",
            agreement::show,
        )
        .form(
            Act::Community,
            "/desk/surveys/{survey}/communities/{community}/agreements/{agreement}",
            agreement::save,
        )
}

/// The community that a page of the desk is of.
struct Here {
    app: Arc<App>,
    visit: Visit,
    slug: String,
    place: Place,
    /// Its name in addresses.
    word: String,
    version: Arc<ReadyVersion>,
    /// Nothing until its page is begun.
    known: Option<Community>,
}

impl Here {
    /// By the names in an address. An area that the form has no more stays for as long as there is a page of it.
    fn of(app: Arc<App>, visit: Visit, slug: String, word: &str) -> Result<Self, Failure> {
        let version = app.newest(&slug)?;
        let place = Place::of(word);
        let word = place.word();
        let known = app.store.community(&slug, &word)?;
        if known.is_none() && !place.is_of(&version.ready.form) {
            let message = "there is no such community in this survey";
            return Err(Failure::told(StatusCode::NOT_FOUND, message));
        }
        Ok(Self {
            app,
            visit,
            slug,
            place,
            word,
            version,
            known,
        })
    }

    fn form(&self) -> &Form {
        &self.version.ready.form
    }

    /// The page as it is being made.
    fn draft(&self) -> Draft {
        self.known
            .as_ref()
            .map(|known| known.draft.clone())
            .unwrap_or_default()
    }

    /// Survey and community, as the store names them.
    fn names(&self) -> (&str, &str) {
        (&self.slug, &self.word)
    }

    /// The address of its page at the desk.
    fn path(&self) -> String {
        format!("{}/{}", list_path(&self.slug), encoded(&self.word))
    }

    /// The form's language that whoever reads the desk most likely reads.
    fn language(&self) -> usize {
        self.form().language(self.visit.words.own).unwrap_or(0)
    }

    /// What it is called, or that it is all of the survey.
    fn label(&self) -> String {
        label(&self.visit, self.form(), &self.place)
    }

    /// The last release of results, where there is one.
    fn results(&self) -> Result<Results, Failure> {
        Ok(self.app.results.of(&self.app.store, self.version.survey)?)
    }

    fn publication(&self) -> Result<Option<Arc<Publication>>, Failure> {
        Ok(match self.results()? {
            Results::Ready(publication) => Some(publication),
            _ => None,
        })
    }

    /// What is kept of it under a number in an address; nothing where that is another's, or of what is new.
    fn find<T>(
        &self,
        id: &str,
        all: impl FnOnce(&Store, i64) -> rusqlite::Result<Vec<Kept<T>>>,
    ) -> Result<Option<Kept<T>>, Failure> {
        let (Some(known), Ok(id)) = (&self.known, id.parse::<i64>()) else {
            return Ok(None);
        };
        let all = all(&self.app.store, known.id)?;
        Ok(all.into_iter().find(|kept| kept.id == id))
    }

    /// Keeps what was written under a number in an address, or as `new`, and leads back to its page.
    fn keep(
        &self,
        id: &str,
        keep: impl FnOnce(Option<i64>) -> rusqlite::Result<bool>,
    ) -> Result<Response, Failure> {
        let is_kept = match (id, id.parse()) {
            ("new", _) => keep(None)?,
            (_, Ok(id)) => keep(Some(id))?,
            (_, Err(_)) => false,
        };
        Ok(if is_kept { self.done("saved") } else { self.back() })
    }

    /// Back to its page, where something was done.
    fn done(&self, done: &str) -> Response {
        Redirect::to(&format!("{}?done={done}", self.path())).into_response()
    }

    /// Back to its page, as what was asked for is not there any more.
    fn back(&self) -> Response {
        Redirect::to(&self.path()).into_response()
    }

    /// A page of the desk; with what is wrong, if anything.
    fn page(&self, title: &str, error: &str, body: &str) -> Result<Response, Failure> {
        let status = if error.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let title = format!("{title} · {}", self.label());
        self.visit.page_with(status, &title, body)
    }
}

/// When something was last changed, and by whom; blank of what is new.
fn changed<T>(visit: &Visit, kept: Option<&Kept<T>>) -> String {
    let told = kept.map(|kept| {
        let when = visit.moment(&kept.changed_at);
        let values = [("when", when.as_str()), ("name", &kept.changed_by)];
        visit.words.with("community_last", &values)
    });
    told.unwrap_or_default()
}

fn label(visit: &Visit, form: &Form, place: &Place) -> String {
    match place {
        Place::Whole => visit.t("community_all"),
        Place::Area(_) => place.label(form, form.language(visit.words.own).unwrap_or(0)),
    }
}

fn list_path(slug: &str) -> String {
    format!("/desk/surveys/{}/communities", encoded(slug))
}
