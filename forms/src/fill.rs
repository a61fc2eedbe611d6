//! Filling a form: answers in, relevance and calculations out.
//!
//! `server/web/filling.js` is the same on the phone.

use crate::answer::Answer;
use crate::expr::{Context, Expr, Item, eval, shown};
use crate::form::{Choice, Form, Kind, ListId, NodeId, Part, Template};
use crate::ready::ReadyForm;
use serde_json::{Map, Value as Json};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// Position of a scope in a [`Filling`]; 0 is the root.
pub type ScopeId = usize;

/// The most instances that a computed `repeat_count` makes.
pub const MOST_INSTANCES: usize = 1000;

/// The most instances of all repeats together; a few bytes of a response must not ask for millions.
pub const MOST_SCOPES: usize = 10_000;

/// The most bytes that calculations of one response may come to, so that a few of them in ten thousand instances do
/// not fill the memory; what comes after stays blank.
const MOST_COMPUTED: usize = 32 << 20;

/// What a form may ask of the world around it. The crate itself has no clock and no randomness.
#[derive(Debug, Clone)]
pub struct Env {
    /// The moment, ISO 8601 with offset.
    pub now: String,
    /// Position of the language in [`Form::languages`].
    pub language: usize,
    state: Cell<u64>,
}

impl Env {
    /// A moment, a language and a seed for `random()` and `uuid()`.
    pub fn new(now: &str, language: usize, seed: u64) -> Self {
        Self {
            now: now.to_owned(),
            language,
            state: Cell::new(seed),
        }
    }

    pub(crate) fn today(&self) -> String {
        self.now.get(..10).unwrap_or_default().to_owned()
    }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    fn next(&self) -> u64 {
        let state = self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.state.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn random(&self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn uuid(&self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0x3fff | 0x8000,
            b & 0xffff_ffff_ffff
        )
    }
}

/// The root, or one instance of a repeat.
#[derive(Debug, Default)]
struct Scope {
    repeat: Option<NodeId>,
    parent: Option<ScopeId>,
    /// Its place among the instances, from 0; only the last ones are ever taken away.
    index: usize,
    answers: HashMap<NodeId, Answer>,
    irrelevant: HashSet<NodeId>,
    instances: HashMap<NodeId, Vec<ScopeId>>,
}

/// A form with answers in it.
#[derive(Debug)]
pub struct Filling<'a> {
    ready: &'a ReadyForm,
    env: Env,
    scopes: Vec<Scope>,
    computed: usize,
}

impl<'a> Filling<'a> {
    /// A form with nothing answered: no defaults, and no instances.
    pub fn empty(ready: &'a ReadyForm, env: Env) -> Self {
        Self {
            ready,
            env,
            scopes: vec![Scope::default()],
            computed: 0,
        }
    }

    /// A form as it opens: repeats with their first instance, defaults, calculations.
    pub fn begin(ready: &'a ReadyForm, env: Env) -> Self {
        let mut filling = Self::empty(ready, env);
        filling.open_scope(0);
        filling.recalculate();
        filling
    }

    /// The form.
    pub fn form(&self) -> &'a Form {
        &self.ready.form
    }

    /// The look-ups of the form.
    pub fn ready(&self) -> &'a ReadyForm {
        self.ready
    }

    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    pub(crate) fn matches(&self, pattern: &str, value: &str) -> bool {
        self.ready.matches(pattern, value)
    }

    /// Sets or, with `None`, takes away an answer. Call [`Filling::recalculate`] after.
    pub fn set(&mut self, node: NodeId, scope: ScopeId, answer: Option<Answer>) {
        match answer {
            Some(answer) => self.scopes[scope].answers.insert(node, answer),
            None => self.scopes[scope].answers.remove(&node),
        };
    }

    /// The answer, whether relevant or not.
    pub fn answer(&self, node: NodeId, scope: ScopeId) -> Option<&Answer> {
        self.scopes[scope].answers.get(&node)
    }

    /// Whether a node is asked in a scope, as of the last [`Filling::recalculate`].
    pub fn is_relevant(&self, node: NodeId, scope: ScopeId) -> bool {
        !self.scopes[scope].irrelevant.contains(&node)
    }

    /// The instances of a repeat within a scope.
    pub fn instances(&self, repeat: NodeId, scope: ScopeId) -> &[ScopeId] {
        self.scopes[scope]
            .instances
            .get(&repeat)
            .map_or(&[], Vec::as_slice)
    }

    /// Adds an instance at the end, without defaults.
    pub fn add_instance(&mut self, repeat: NodeId, scope: ScopeId) -> ScopeId {
        let id = self.scopes.len();
        self.scopes.push(Scope {
            repeat: Some(repeat),
            parent: Some(scope),
            index: self.instances(repeat, scope).len(),
            ..Scope::default()
        });
        self.scopes[scope].instances.entry(repeat).or_default().push(id);
        id
    }

    /// Answers by key, as a phone sends them: what is relevant and not blank, repeats as lists of their instances.
    pub fn to_answers(&self) -> Map<String, Json> {
        self.answers_of(0)
    }

    fn answers_of(&self, scope: ScopeId) -> Map<String, Json> {
        let mut answers = Map::new();
        for (id, node) in self.form().nodes.iter().enumerate().skip(1) {
            if self.ready.around(id).last().copied() != self.scopes[scope].repeat
                || !self.is_relevant(id, scope)
            {
                continue;
            }
            if node.kind == Kind::Repeat {
                let instances = self
                    .instances(id, scope)
                    .iter()
                    .map(|&s| Json::Object(self.answers_of(s)));
                let instances: Vec<Json> = instances.collect();
                if !instances.is_empty() {
                    answers.insert(node.key.clone(), Json::Array(instances));
                }
            } else if let Some(answer) = self.answer(id, scope).filter(|_| node.kind.has_value()) {
                answers.insert(node.key.clone(), answer.to_json());
            }
        }
        answers
    }

    /// Adds an instance at the end as a person does: with its defaults and first instances. Call
    /// [`Filling::recalculate`] after.
    pub fn begin_instance(&mut self, repeat: NodeId, scope: ScopeId) -> ScopeId {
        let instance = self.add_instance(repeat, scope);
        self.open_scope(instance);
        instance
    }

    /// Where a scope is: its place, from 0, in each repeat around it, outermost first.
    pub fn path(&self, scope: ScopeId) -> Vec<usize> {
        let chain = self.chain(scope);
        chain[1..].iter().map(|&at| self.scopes[at].index).collect()
    }

    /// Whether it holds as many instances as it may, nested ones included.
    pub fn is_full(&self) -> bool {
        self.scopes.len() > MOST_SCOPES
    }

    /// Every scope that holds a node.
    pub fn scopes_of(&self, node: NodeId) -> Vec<ScopeId> {
        self.reach(node, 0, &mut |_, _| None)
    }

    /// Defaults and first instances of a new scope.
    fn open_scope(&mut self, scope: ScopeId) {
        let repeat = self.scopes[scope].repeat;
        let form = self.form();
        for (id, node) in form.nodes.iter().enumerate().skip(1) {
            if self.ready.around(id).last().copied() != repeat {
                continue;
            }
            if node.kind == Kind::Repeat && node.repeat_count.is_none() {
                let instance = self.add_instance(id, scope);
                self.open_scope(instance);
            }
            match node.kind {
                Kind::Start => self.set(id, scope, Some(Answer::Text(self.env.now.clone()))),
                Kind::Today => self.set(id, scope, Some(Answer::Text(self.env.today()))),
                _ => {}
            }
            if let Some(default) = &node.default {
                let text = shown(self.eval(default, id, scope));
                self.put(id, scope, &text);
            }
        }
    }

    /// Evaluates an expression of a node.
    pub fn eval(&self, expr: &Expr, node: NodeId, scope: ScopeId) -> crate::expr::Value {
        eval(expr, Context::new(self, node, scope))
    }

    /// Brings relevance, calculations and computed repeats up to date, in the form's order.
    ///
    /// A value that another evaluation may give differently (`random()`, `now()`), once there, stays.
    pub fn recalculate(&mut self) {
        self.computed = 0;
        for &node in &self.form().order {
            for scope in self.scopes_of(node) {
                self.update(node, scope);
            }
        }
    }

    fn update(&mut self, id: NodeId, scope: ScopeId) {
        let node = &self.form().nodes[id];
        let inherited = node
            .parent
            .is_none_or(|parent| self.parent_is_relevant(parent, scope));
        let relevant = inherited
            && node
                .relevant
                .as_ref()
                .is_none_or(|expr| self.eval(expr, id, scope).boolean());
        if relevant {
            self.scopes[scope].irrelevant.remove(&id);
        } else {
            self.scopes[scope].irrelevant.insert(id);
        }
        if let Some(count) = node.repeat_count.as_ref().filter(|_| node.kind == Kind::Repeat) {
            let wanted = if relevant {
                self.eval(count, id, scope).number()
            } else {
                0.0
            };
            self.resize(id, scope, wanted.clamp(0.0, MOST_INSTANCES as f64) as usize);
        }
        // What waits for a trigger ran on the phone when that was pulled.
        let follows = relevant && node.trigger.is_empty();
        if let Some(calculation) = node.calculation.as_ref().filter(|_| follows) {
            let has_one = self.answer(id, scope).is_some();
            if has_one && (node.kind != Kind::Calculate || calculation.is_volatile()) {
                return;
            }
            let text = shown(self.eval(calculation, id, scope));
            self.put(id, scope, &text);
        }
    }

    /// Sets what was computed, as long as there is room for it.
    fn put(&mut self, node: NodeId, scope: ScopeId, text: &str) {
        self.computed = self.computed.saturating_add(text.len());
        let room = self.computed <= MOST_COMPUTED;
        let answer = Answer::from_text(self.form().nodes[node].kind, text).filter(|_| room);
        self.set(node, scope, answer);
    }

    /// A repeat's relevance is kept in the scope around it.
    fn parent_is_relevant(&self, parent: NodeId, scope: ScopeId) -> bool {
        let at = if self.scopes[scope].repeat == Some(parent) {
            self.scopes[scope].parent.unwrap_or(0)
        } else {
            scope
        };
        self.is_relevant(parent, at)
    }

    fn resize(&mut self, repeat: NodeId, scope: ScopeId, wanted: usize) {
        while self.instances(repeat, scope).len() < wanted && !self.is_full() {
            let instance = self.add_instance(repeat, scope);
            self.open_scope(instance);
        }
        if let Some(instances) = self.scopes[scope].instances.get_mut(&repeat) {
            instances.truncate(wanted);
        }
    }

    /// A scope and those around it, the root first.
    pub fn chain(&self, scope: ScopeId) -> Vec<ScopeId> {
        let mut chain = vec![scope];
        while let Some(parent) = self.scopes[chain[chain.len() - 1]].parent {
            chain.push(parent);
        }
        chain.reverse();
        chain
    }

    /// The scopes that hold a node, seen from a scope: at each repeat what `pick` says, or else the own instance,
    /// or else all of them.
    pub(crate) fn reach(
        &self,
        node: NodeId,
        from: ScopeId,
        pick: &mut dyn FnMut(NodeId, ScopeId) -> Option<Vec<ScopeId>>,
    ) -> Vec<ScopeId> {
        let chain = self.chain(from);
        let mut reached: Vec<ScopeId> = vec![0];
        for (depth, &repeat) in self.ready.around(node).iter().enumerate() {
            let own = chain.get(depth + 1).copied().filter(|&own| {
                self.scopes[own].repeat == Some(repeat)
                    && reached.len() == 1
                    && self.scopes[own].parent == Some(reached[0])
            });
            reached = reached
                .iter()
                .flat_map(|&scope| match (pick(repeat, scope), own) {
                    (Some(picked), _) => picked,
                    (None, Some(own)) => vec![own],
                    (None, None) => self.instances(repeat, scope).to_vec(),
                })
                .collect();
        }
        reached
    }

    /// A node's answers as an expression in a scope sees them.
    pub(crate) fn items(&self, node: NodeId, scope: ScopeId) -> Vec<Item> {
        self.items_in(node, &self.reach(node, scope, &mut |_, _| None))
    }

    /// A node's answers in scopes that hold it.
    pub(crate) fn items_in(&self, node: NodeId, scopes: &[ScopeId]) -> Vec<Item> {
        let kind = self.form().nodes[node].kind;
        let blank = || Item::Text(String::new());
        let relevant = scopes.iter().filter(|&&scope| self.is_relevant(node, scope));
        if kind == Kind::Repeat {
            return relevant
                .flat_map(|&s| self.instances(node, s).iter().map(|_| blank()))
                .collect();
        }
        relevant
            .map(|&scope| self.answer(node, scope).map_or_else(blank, Answer::item))
            .collect()
    }

    /// Which instance of a repeat a scope lies in, from 0.
    pub(crate) fn instance_of(&self, repeat: NodeId, scope: ScopeId) -> Option<usize> {
        let within = self
            .chain(scope)
            .into_iter()
            .find(|&s| self.scopes[s].repeat == Some(repeat))?;
        Some(self.scopes[within].index)
    }

    /// A cell of a list's row.
    pub(crate) fn cell(&self, list: ListId, row: usize, column: &str, context: Context<'_>) -> String {
        let list = &self.form().lists[list];
        let choice = &list.choices[row];
        match column {
            "name" => choice.name.clone(),
            "label" => self.label(choice, context),
            _ => {
                let at = list.columns.iter().position(|c| c == column);
                at.and_then(|at| choice.cells.get(at))
                    .cloned()
                    .unwrap_or_default()
            }
        }
    }

    /// A choice's label in the language of the filling.
    pub(crate) fn choice_label(&self, node: NodeId, code: &str, context: Context<'_>) -> Option<String> {
        if self.form().nodes[node].choices_from.is_some() {
            return Some(code.to_owned());
        }
        let choice = self
            .form()
            .list_of(node)?
            .choices
            .iter()
            .find(|choice| choice.name == code)?;
        Some(self.label(choice, context))
    }

    /// A choice's label with the values it shows, seen from where the whole expression stands.
    fn label(&self, choice: &Choice, context: Context<'_>) -> String {
        let Some(text) = choice.label else {
            return choice.name.clone();
        };
        let form = self.form();
        match form
            .texts
            .get(self.env.language)
            .and_then(|texts| texts.get(text))
        {
            Some(Template::Parts(parts)) => parts
                .iter()
                .map(|part| match part {
                    Part::Words(words) => words.clone(),
                    Part::Value { e } => shown(eval(e, context.home())),
                })
                .collect(),
            _ => form.text(self.env.language, text),
        }
    }
}
