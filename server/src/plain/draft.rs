//! The answers so far as a [`Filling`], and what of them travels on.

use super::screens::{Item, Screen, arranged, field, screens};
use super::state::State;
use super::submit::NO_ROOM;
use crate::running::Decision;
use baraza_forms::form::Special;
use baraza_forms::{Answer, Env, Filling, Kind, NodeId, Obstacle, Pass, ReadyForm, Role, ScopeId};
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What keeps a person from going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// Against the form's own rules.
    Form(Obstacle),
    /// A choice that stands alone was chosen with others.
    NotAlone(String),
    /// A choice has two places in an order.
    Twice(String),
    /// An answer and a pass at once.
    Both,
    /// The file has more megabytes than it may.
    TooLarge(String),
    /// There is no room for its file.
    NoRoom,
    /// Nobody is asked in this area; until when and why, in the words of who runs the survey.
    Stopped(Box<Decision>),
}

/// A response being filled.
#[derive(Debug)]
pub struct Draft<'a> {
    /// The answers, and what follows from them.
    pub filling: Filling<'a>,
    /// What was typed where a number is asked for; by the field's name.
    pub typed: BTreeMap<String, String>,
    /// Passed by a tick beside an answer; only on the page where it happened.
    pub both: Vec<(Item, Pass)>,
    /// Questions whose file was too large, with the megabytes that it may have; only on the page where it happened.
    pub too_large: Vec<(Item, String)>,
    /// The question by which the response may turn out to be of an area where nobody is asked, their codes, and what was decided.
    pub stopped: Option<(NodeId, &'a [String], &'a Decision)>,
    /// The response's ID, which decides orders by chance.
    pub seed: String,
    /// Calculations that someone wrote over.
    written: HashSet<(NodeId, ScopeId)>,
    /// Nodes by the repeat that holds them.
    inside: HashMap<Option<NodeId>, Vec<NodeId>>,
    /// The answers that calculations wait for, as they were.
    seen: HashMap<(NodeId, ScopeId), Answer>,
    /// What was loaded: instances beyond a count come back when the count does.
    before: Map<String, Json>,
}

impl<'a> Draft<'a> {
    fn new(filling: Filling<'a>, seed: String) -> Self {
        let mut inside: HashMap<Option<NodeId>, Vec<NodeId>> = HashMap::new();
        for id in 1..filling.form().nodes.len() {
            let repeat = filling.ready().around(id).last().copied();
            inside.entry(repeat).or_default().push(id);
        }
        Self {
            filling,
            typed: BTreeMap::new(),
            stopped: None,
            both: Vec::new(),
            too_large: Vec::new(),
            seed,
            written: HashSet::new(),
            inside,
            seen: HashMap::new(),
            before: Map::new(),
        }
    }

    /// A form as it opens, with what a link brings along.
    pub fn begin(ready: &'a ReadyForm, env: Env, seed: String, given: &[(String, String)]) -> Self {
        let mut draft = Self::new(Filling::begin(ready, env), seed);
        draft.seen = draft.triggers();
        for (id, node) in ready.form.nodes.iter().enumerate().skip(1) {
            let hidden = node.kind == Kind::Hidden;
            let takes = (hidden || node.kind.is_asked()) && ready.around(id).is_empty();
            // Nobody consents for somebody else, and a link carries no photos.
            if !takes || node.role == Some(Role::Consent) || node.kind.is_file() {
                continue;
            }
            let Some((_, text)) = given.iter().find(|(key, _)| *key == node.key) else {
                continue;
            };
            if hidden || draft.filling.answer(id, 0).is_none() {
                let text = node
                    .coarse
                    .map_or_else(|| text.clone(), |metres| super::coarse::coarsened(text, metres));
                draft.set(Item { node: id, scope: 0 }, Answer::from_text(node.kind, &text));
            }
        }
        draft.follow();
        draft
    }

    /// The answers of a state, evaluated again. `None` where there are more instances than any response may have.
    pub fn load(ready: &'a ReadyForm, env: Env, state: &State) -> Option<Self> {
        let mut draft = Self::new(Filling::empty(ready, env), state.instance.to_string());
        draft.typed.clone_from(&state.typed);
        draft.before.clone_from(&state.answers);
        draft.load_scope(&state.answers, 0, None);
        if draft.filling.is_full() {
            return None;
        }
        draft.filling.recalculate();
        draft.seen = draft.triggers();
        Some(draft)
    }

    fn load_scope(&mut self, answers: &Map<String, Json>, scope: ScopeId, repeat: Option<NodeId>) {
        for (key, json) in answers {
            let Some(id) = self.filling.ready().by_key(repeat, key) else {
                continue;
            };
            let node = &self.filling.form().nodes[id];
            if node.kind == Kind::Repeat {
                for instance in json.as_array().into_iter().flatten() {
                    if self.filling.is_full() {
                        return;
                    }
                    let within = self.filling.add_instance(id, scope);
                    if let Some(answers) = instance.as_object() {
                        self.load_scope(answers, within, Some(id));
                    }
                }
            } else if let Some(answer) = Answer::from_json(node.kind, json).filter(|_| node.kind.has_value())
            {
                self.filling.set(id, scope, Some(answer));
                if node.calculation.is_some() {
                    self.written.insert((id, scope));
                }
            }
        }
    }

    /// The answers as they travel on: those that are not relevant as well, without what is computed again.
    pub fn save(&self) -> Map<String, Json> {
        self.save_scope(0, None, Some(&self.before))
    }

    fn save_scope(
        &self,
        scope: ScopeId,
        repeat: Option<NodeId>,
        before: Option<&Map<String, Json>>,
    ) -> Map<String, Json> {
        let mut answers = Map::new();
        for &id in self.inside.get(&repeat).into_iter().flatten() {
            let node = &self.filling.form().nodes[id];
            if node.kind == Kind::Repeat {
                let old = before.and_then(|old| old.get(&node.key)).and_then(Json::as_array);
                let at = |place: usize| old.and_then(|old| old.get(place)).and_then(Json::as_object);
                let instances = self.filling.instances(id, scope);
                let mut saved: Vec<Json> = instances
                    .iter()
                    .enumerate()
                    .map(|(place, &instance)| Json::Object(self.save_scope(instance, Some(id), at(place))))
                    .collect();
                if node.repeat_count.is_some() {
                    saved.extend(old.into_iter().flatten().skip(instances.len()).cloned());
                }
                answers.insert(node.key.clone(), Json::Array(saved));
            } else if let Some(answer) = self
                .filling
                .answer(id, scope)
                .filter(|_| !self.is_computed(id, scope))
            {
                answers.insert(node.key.clone(), answer.to_json());
            }
        }
        answers
    }

    /// Whether the value follows from the others, and would follow again.
    fn is_computed(&self, id: NodeId, scope: ScopeId) -> bool {
        let node = &self.filling.form().nodes[id];
        let again =
            |calculation: &baraza_forms::expr::Expr| !calculation.is_volatile() && node.trigger.is_empty();
        node.calculation.as_ref().is_some_and(again)
            && (node.kind == Kind::Calculate || !self.written.contains(&(id, scope)))
    }

    /// Sets an answer by hand. Call [`Draft::follow`] after.
    pub fn set(&mut self, Item { node, scope }: Item, answer: Option<Answer>) {
        if self.filling.form().nodes[node].calculation.is_some() {
            if answer.is_some() {
                self.written.insert((node, scope));
            } else {
                self.written.remove(&(node, scope));
            }
        }
        self.filling.set(node, scope, answer);
    }

    /// Brings up to date what follows from answers that were set.
    pub fn follow(&mut self) {
        self.recompute();
        // What a trigger sets may be a trigger itself.
        for _ in 0..3 {
            let now = self.triggers();
            let changed: Vec<(NodeId, ScopeId)> = now
                .iter()
                .filter(|(at, answer)| self.seen.get(at) != Some(answer))
                .map(|(at, _)| *at)
                .chain(self.seen.keys().filter(|at| !now.contains_key(at)).copied())
                .collect();
            self.seen = now;
            if changed.is_empty() || !self.filling.pull(&changed) {
                break;
            }
            self.recompute();
        }
    }

    /// The answers that calculations wait for.
    fn triggers(&self) -> HashMap<(NodeId, ScopeId), Answer> {
        let nodes: HashSet<NodeId> = (self.filling.form().nodes.iter())
            .flat_map(|node| node.trigger.iter().copied())
            .collect();
        let mut answers = HashMap::new();
        for id in nodes {
            for scope in self.filling.scopes_of(id) {
                if let Some(answer) = self.filling.answer(id, scope) {
                    answers.insert((id, scope), answer.clone());
                }
            }
        }
        answers
    }

    /// A value that was computed into a field gives way to what is computed now.
    fn recompute(&mut self) {
        let form = self.filling.form();
        for (id, node) in form.nodes.iter().enumerate() {
            if node.calculation.is_none() || node.kind == Kind::Calculate {
                continue;
            }
            for scope in self.filling.scopes_of(id) {
                if self.is_computed(id, scope) {
                    self.filling.set(id, scope, None);
                }
            }
        }
        self.filling.recalculate();
    }

    /// The screens as the answers are now.
    pub fn screens(&self) -> Vec<Screen> {
        screens(&self.filling, &self.seed)
    }

    /// The name of an item's field.
    pub fn field(&self, item: Item) -> String {
        field(&self.filling, item)
    }

    /// A choice that is no longer offered is no answer. Tells whether there was any.
    pub fn drop_unoffered(&mut self, items: &[Item]) -> bool {
        let mut dropped = false;
        for &Item { node, scope } in items {
            let kind = self.filling.form().nodes[node].kind;
            let Some(answer) = self.filling.answer(node, scope).filter(|_| kind.is_choice()) else {
                continue;
            };
            let codes = answer.codes();
            let kept: Vec<String> = (codes.iter())
                .filter(|code| self.filling.offers(node, scope, code))
                .map(ToString::to_string)
                .collect();
            if kept.len() == codes.len() {
                continue;
            }
            let left = match answer {
                Answer::Codes(_) if !kept.is_empty() => Some(Answer::Codes(kept)),
                _ => None,
            };
            self.filling.set(node, scope, left);
            dropped = true;
        }
        if dropped {
            self.follow();
        }
        dropped
    }

    /// What keeps the person from going on.
    pub fn wrong(&self, item: Item) -> Option<Wrong> {
        let Item { node, scope } = item;
        let asked = &self.filling.form().nodes[node];
        if !asked.kind.is_asked() || !self.filling.is_relevant(node, scope) {
            return None;
        }
        if self.both.iter().any(|(both, _)| *both == item) {
            return Some(Wrong::Both);
        }
        if let Some((_, most)) = self.too_large.iter().find(|(large, _)| *large == item) {
            return Some(match most.as_str() {
                NO_ROOM => Wrong::NoRoom,
                most => Wrong::TooLarge(most.to_owned()),
            });
        }
        if self.typed.contains_key(&self.field(item)) {
            return Some(Wrong::Form(Obstacle::Type));
        }
        let answer = self.filling.answer(node, scope);
        let codes = answer.map(Answer::codes).unwrap_or_default();
        if let Some((question, areas, decision)) = self.stopped
            && question == node
            && areas.iter().any(|area| codes.contains(&area.as_str()))
        {
            return Some(Wrong::Stopped(Box::new(decision.clone())));
        }
        self.at_odds(item, &codes)
            .or_else(|| self.filling.obstacle(node, scope).map(Wrong::Form))
    }

    /// Choices that can't stand together, which a phone with JavaScript does not let anyone choose.
    fn at_odds(&self, item: Item, codes: &[&str]) -> Option<Wrong> {
        if codes.len() < 2 {
            return None;
        }
        let twice = |at: &usize| codes[..*at].contains(&codes[*at]);
        if let Some(at) = (1..codes.len()).find(twice) {
            return Some(Wrong::Twice(self.choice_words(item, codes[at])));
        }
        let list = self.filling.form().list_of(item.node)?;
        let special = |code: &&&str| {
            let choice = list.choices.iter().find(|choice| choice.name == **code);
            let kinds = [Special::DontKnow, Special::PreferNotToSay, Special::None];
            choice
                .and_then(|choice| choice.special)
                .is_some_and(|special| kinds.contains(&special))
        };
        let alone = codes.iter().find(special)?;
        Some(Wrong::NotAlone(self.choice_words(item, alone)))
    }

    /// A choice as it is called in a message.
    pub fn choice_words(&self, item: Item, code: &str) -> String {
        let list = self.filling.form().list_of(item.node);
        let choice = list.and_then(|list| list.choices.iter().find(|choice| choice.name == code));
        match choice.and_then(|choice| choice.label) {
            Some(label) => super::markup::plain(&self.filling.parts(label, item.node, item.scope)),
            None => code.to_owned(),
        }
    }

    /// Choices in the order in which they are shown.
    pub fn arranged(&self, item: Item) -> Vec<baraza_forms::Offer<'a>> {
        arranged(&self.filling, item, &self.seed)
    }

    /// Sets the moment of finishing, and gives what is sent.
    pub fn finish(&mut self, finished: &str) -> Map<String, Json> {
        for (id, node) in self.filling.form().nodes.iter().enumerate() {
            if node.kind == Kind::End {
                for scope in self.filling.scopes_of(id) {
                    self.filling
                        .set(id, scope, Some(Answer::Text(finished.to_owned())));
                }
            }
        }
        self.follow();
        self.filling.to_answers()
    }
}

/// Takes an instance out of answers; the keys of the repeats lead to it, each with a place.
pub fn take_out(answers: &mut Map<String, Json>, keys: &[(String, usize)]) {
    let [(key, place), rest @ ..] = keys else { return };
    let Some(instances) = answers.get_mut(key).and_then(Json::as_array_mut) else {
        return;
    };
    if rest.is_empty() {
        if *place < instances.len() {
            instances.remove(*place);
        }
    } else if let Some(within) = instances.get_mut(*place).and_then(Json::as_object_mut) {
        take_out(within, rest);
    }
}
