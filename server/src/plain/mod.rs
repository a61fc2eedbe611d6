//! The survey without scripts: from a form and the answers so far to a page, from a page that was sent to answers.
//!
//! For browsers that have no modules, or no JavaScript at all. No HTTP and no SQL: `http/plain.rs` has them. The screens
//! and their rules are those of the phone's modules (`server/web/pages.js`, `filling.js`, `controls.js`).

mod coarse;
mod control;
mod draft;
mod markup;
mod page;
mod photo;
mod read;
mod screens;
mod search;
mod state;
mod submit;
mod turn;
mod ui;
mod view;

pub use page::{End, Start};
pub use photo::without_place;
pub use state::{NoState, State};
pub use submit::{NO_ROOM, Submit};
pub use ui::{TRANSLATED, Ui, ui};
pub use view::encoded;

use crate::ready::ReadyVersion;
use crate::running::{Change, at_node};
use baraza_forms::{Env, Kind, Response};
use draft::Draft;
use turn::Turn;
use uuid::Uuid;

const REVIEW: &str = "review";

/// What pages are made from besides the answers.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The form.
    pub version: &'a ReadyVersion,
    /// The survey's name in addresses.
    pub survey: &'a str,
    /// What everybody is to know.
    pub notice: &'static str,
    /// What keeps people from being asked, where it goes for this response.
    pub stop: Option<&'a Change>,
    /// The moment, as a clock on the wall says, with its offset.
    pub now: &'a str,
    /// A number by chance.
    pub chance: u64,
}

/// What follows from a page.
#[derive(Debug)]
pub enum Reply {
    /// The next page.
    Page(String),
    /// The response is finished.
    Send(Box<(Response, State)>),
}

/// The first page of a new response. `given` are the answers that a link brings along.
pub fn begin(asked: Asked<'_>, language: usize, given: &[(String, String)]) -> anyhow::Result<String> {
    let form = &asked.version.ready.form;
    let instance = Uuid::new_v4();
    let env = Env::new(asked.now, language, asked.chance);
    let draft = Draft::begin(&asked.version.ready, env, instance.to_string(), given);
    let state = State {
        instance,
        version: form.version.clone(),
        started: asked.now.to_owned(),
        finished: String::new(),
        language,
        at: String::new(),
        place: 0,
        answers: draft.save(),
        typed: draft.typed.clone(),
    };
    let mut turn = Turn {
        asked,
        state,
        draft,
        wanted: Vec::new(),
        info: ui(&form.languages[language].tag).t("plain_keep_open"),
    };
    turn.go(0)
}

/// The page after one that was sent.
///
/// # Errors
/// [`NoState`] where there are more answers than a response may hold.
pub fn step(asked: Asked<'_>, mut state: State, submit: &Submit) -> anyhow::Result<Reply> {
    let form = &asked.version.ready.form;
    let wanted = submit.one("lang").and_then(|index| index.parse::<usize>().ok());
    state.language = wanted.unwrap_or(state.language).min(form.languages.len() - 1);
    let action = submit.one("do").unwrap_or("next").to_owned();
    // A second tap on 'send' has to come to the same answers.
    let (now, chance) = if action == "send" && !state.finished.is_empty() {
        (state.finished.clone(), state.instance.as_u64_pair().0)
    } else {
        (asked.now.to_owned(), asked.chance)
    };
    let env = Env::new(&now, state.language, chance);
    let mut draft = Draft::load(&asked.version.ready, env, &state).ok_or(NoState::TooLarge)?;
    draft.stopped = asked.stop.and_then(|stop| {
        let (node, codes) = at_node(stop, form)?;
        Some((node, codes, &stop.decision))
    });
    let mut turn = Turn {
        asked,
        state,
        draft,
        wanted: Vec::new(),
        info: String::new(),
    };
    let screens = turn.draft.screens();
    let named = screens.iter().position(|screen| screen.id == turn.state.at);
    let lost = if turn.state.at == REVIEW {
        screens.len()
    } else {
        turn.state.place
    };
    let at = named.unwrap_or(lost).min(screens.len());
    let page = match screens.get(at) {
        None => match action.as_str() {
            "back" => turn.go(at.saturating_sub(1)),
            "send" => return turn.send(),
            _ => turn.go(at),
        },
        Some(screen) if screen.is_repeat => turn.repeat(&screens, at, &action),
        Some(screen) => turn.questions(screen, at, &action, submit),
    }?;
    Ok(Reply::Page(page))
}

/// The same response, finished at another moment.
pub fn finished_at(response: &Response, version: &ReadyVersion, finished: &str) -> Response {
    let mut response = response.clone();
    finished.clone_into(&mut response.finished);
    let form = &version.ready.form;
    for (id, node) in form.nodes.iter().enumerate() {
        if node.kind == Kind::End
            && version.ready.around(id).is_empty()
            && let Some(end) = response.answers.get_mut(&node.key)
        {
            *end = finished.into();
        }
    }
    response
}

/// The languages of a form, as people know them, and which one is chosen.
pub fn languages(version: &ReadyVersion, chosen: usize) -> Vec<(usize, String, bool)> {
    let languages = version.ready.form.languages.iter().enumerate();
    languages
        .map(|(at, language)| {
            let name = language
                .name
                .split('(')
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned();
            (at, name, at == chosen)
        })
        .collect()
}
