//! Computed values that follow from what was changed.

use baraza_forms::{Answer, Env, Filling, Kind, NodeId, ReadyForm, Response, ScopeId};
use serde_json::{Map, Value as Json};
use std::collections::HashSet;

/// Puts the values that the form computes now in these places, and takes away what it computes no more.
pub fn renew(ready: &ReadyForm, response: &mut Response, places: &HashSet<String>) {
    let language = ready.form.language(&response.language).unwrap_or(0);
    let mut filling = Filling::empty(ready, Env::new(&response.finished, language, 0));
    load(&mut filling, &response.answers, 0, None);
    filling.recalculate();
    put(&filling, &mut response.answers, (0, None), "", places);
}

fn load(filling: &mut Filling<'_>, answers: &Map<String, Json>, scope: ScopeId, repeat: Option<NodeId>) {
    for (key, json) in answers {
        let Some(id) = filling.ready().by_key(repeat, key) else {
            continue;
        };
        let kind = filling.form().nodes[id].kind;
        if kind != Kind::Repeat {
            filling.set(
                id,
                scope,
                Answer::from_json(kind, json).filter(|_| kind.has_value()),
            );
            continue;
        }
        for instance in json.as_array().into_iter().flatten() {
            if filling.is_full() {
                return;
            }
            let within = filling.add_instance(id, scope);
            if let Some(answers) = instance.as_object() {
                load(filling, answers, within, Some(id));
            }
        }
    }
}

fn put(
    filling: &Filling<'_>,
    answers: &mut Map<String, Json>,
    (scope, repeat): (ScopeId, Option<NodeId>),
    prefix: &str,
    places: &HashSet<String>,
) {
    let ready = filling.ready();
    for (id, node) in ready.form.nodes.iter().enumerate().skip(1) {
        if ready.around(id).last().copied() != repeat {
            continue;
        }
        let place = format!("{prefix}{}", node.key);
        if node.kind == Kind::Repeat {
            let there = answers.get_mut(&node.key).and_then(Json::as_array_mut);
            let scopes = filling.instances(id, scope).iter();
            for (at, (instance, &within)) in there.into_iter().flatten().zip(scopes).enumerate() {
                if let Some(answers) = instance.as_object_mut() {
                    let prefix = format!("{place}[{}]/", at + 1);
                    put(filling, answers, (within, Some(id)), &prefix, places);
                }
            }
        } else if node.kind == Kind::Calculate && places.contains(&place) {
            let relevant = filling.is_relevant(id, scope);
            match filling.answer(id, scope).filter(|_| relevant) {
                Some(answer) => answers.insert(node.key.clone(), answer.to_json()),
                None => answers.remove(&node.key),
            };
        }
    }
}
