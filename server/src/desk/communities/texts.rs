//! What a page begins and ends with, and what the placemat asks.

use super::Here;
use super::sound::Sounds;
use super::spoken::Field;
use crate::community::{Draft, MOST_INTRO, MOST_QUESTION, QUESTIONS, Texts};
use crate::desk::{Fields, Visit, Who};
use crate::http::{App, Failure};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

const INTRO: Field = Field {
    name: "intro",
    legend: "community_intro",
    hint: "community_intro_hint",
    most: MOST_INTRO,
};
const CONTACT: Field = Field {
    name: "contact",
    legend: "community_contact",
    hint: "community_contact_hint",
    most: MOST_INTRO,
};
const QUESTION: Field = Field {
    name: "question",
    legend: "community_question",
    hint: "community_questions_hint",
    most: MOST_QUESTION,
};

#[derive(Template)]
#[template(path = "desk/community/texts.html")]
struct Page<'a> {
    visit: &'a Visit,
    here: String,
    error: &'a str,
    intro: String,
    contact: String,
    questions: Vec<String>,
    sounds: String,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word)): Path<(String, String)>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        page(&here, &here.draft(), "")
    })
    .await?
}

/// The page of a draft, with what is wrong.
pub fn page(here: &Here, draft: &Draft, error: &str) -> Result<Response, Failure> {
    let (visit, languages) = (&here.visit, &here.form().languages);
    let none = Texts::new();
    let mut questions = Vec::new();
    for at in 0..QUESTIONS {
        let legend = visit.with("community_question", "n", &(at + 1).to_string());
        let texts = draft.questions.get(at).unwrap_or(&none);
        questions.push(QUESTION.inputs_as(&format!("question{at}"), (&legend, ""), languages, texts)?);
    }
    let body = Page {
        visit,
        here: here.path(),
        error,
        intro: INTRO.inputs(visit, languages, &draft.intro)?,
        contact: CONTACT.inputs(visit, languages, &draft.contact)?,
        questions,
        sounds: Sounds::of(here, None, &draft.sounds).render()?,
    };
    here.page(&visit.t("community_texts"), error, &body.render()?)
}

/// Takes what was written.
pub async fn save(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path((slug, word)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let languages = &here.form().languages;
        let (intro, too_long) = INTRO.read(&fields, languages);
        let (contact, contact_too_long) = CONTACT.read(&fields, languages);
        let asked: Vec<(Texts, bool)> = (0..QUESTIONS)
            .map(|at| QUESTION.read_as(&format!("question{at}"), &fields, languages))
            .collect();
        let is_long = too_long || contact_too_long || asked.iter().any(|(_, is_long)| *is_long);
        let questions: Vec<Texts> = asked.into_iter().map(|(texts, _)| texts).collect();
        let written = move |draft: &mut Draft| {
            (draft.intro, draft.contact, draft.questions) = (intro, contact, questions);
        };
        if is_long {
            let mut draft = here.draft();
            written(&mut draft);
            return page(&here, &draft, &here.visit.t("community_long"));
        }
        here.app
            .store
            .change_community(here.names(), (&who.name, "texts"), None, written)?;
        Ok(here.done("saved"))
    })
    .await?
}
