//! What phones are told of a pause. It is a part of the form that they ask for anyway, and keep for the time without a
//! network; a survey that is open adds no byte.

use super::{Change, State, offered};
use baraza_forms::{Form, NodeId};
use serde_json::{Map, Value as Json, json};

/// For the form's page: since when, why, until when; and of some areas which question asks for them.
pub fn for_the_phone(change: &Change, form: &Form) -> Json {
    let mut told = base(change);
    told.insert("at".into(), json!(change.since));
    if !change.decision.areas.is_empty() {
        told.insert("node".into(), json!(offered::question(form)));
        told.insert("areas".into(), json!(change.decision.areas));
    }
    Json::Object(told)
}

/// For an enumerator's list: areas by what they are called in each language.
pub fn for_the_field(change: &Change, form: &Form) -> Json {
    let mut told = base(change);
    if !change.decision.areas.is_empty() {
        let of = |language: usize| {
            let all = offered::areas(form, language);
            let label = |code: &String| {
                let found = all.iter().find(|area| area.code == *code);
                found.map_or_else(|| code.clone(), |area| area.label.clone())
            };
            change.decision.areas.iter().map(label).collect::<Vec<_>>()
        };
        let languages = 0..form.languages.len();
        told.insert("areas".into(), languages.map(of).collect());
    }
    Json::Object(told)
}

/// The question by which a response may turn out to be of a paused area, and the codes of those; for the page without
/// scripts.
pub fn at_node<'a>(change: &'a Change, form: &Form) -> Option<(NodeId, &'a [String])> {
    let areas = &change.decision.areas;
    offered::question(form)
        .filter(|_| !areas.is_empty())
        .map(|node| (node, &areas[..]))
}

fn base(change: &Change) -> Map<String, Json> {
    let decision = &change.decision;
    let mut told = Map::new();
    if decision.state == State::Closed {
        told.insert("closed".into(), json!(true));
    }
    for (name, text) in [("why", &decision.why), ("until", &decision.until)] {
        if !text.is_empty() {
            told.insert(name.into(), json!(text));
        }
    }
    told
}
