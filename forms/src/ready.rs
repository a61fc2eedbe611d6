//! A form made ready to be filled: what would otherwise be looked up again for every response.

use crate::form::{Form, NodeId};
use crate::graph::Readers;
use crate::pattern;
use fancy_regex::Regex;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A [`Form`] with its look-ups. Make one a form version and share it.
#[derive(Debug)]
pub struct ReadyForm {
    /// The form itself.
    pub form: Form,
    around: Vec<Vec<NodeId>>,
    by_key: HashMap<(Option<NodeId>, String), NodeId>,
    patterns: Mutex<HashMap<String, Option<Regex>>>,
}

/// Patterns kept compiled; a pattern made from answers must not fill the memory.
const PATTERNS_KEPT: usize = 200;

impl ReadyForm {
    /// Prepares a form.
    pub fn new(form: Form) -> Self {
        let around: Vec<Vec<NodeId>> = (0..form.nodes.len()).map(|id| form.repeats_around(id)).collect();
        let by_key = form
            .nodes
            .iter()
            .enumerate()
            .skip(1)
            .map(|(id, node)| ((around[id].last().copied(), node.key.clone()), id))
            .collect();
        Self {
            form,
            around,
            by_key,
            patterns: Mutex::new(HashMap::new()),
        }
    }

    /// Who has to be evaluated again when an answer changes.
    pub fn readers(&self) -> Readers {
        Readers::new(&self.form)
    }

    /// The repeats around a node, outermost first.
    pub fn around(&self, node: NodeId) -> &[NodeId] {
        &self.around[node]
    }

    /// The node with a key within a repeat (`None`: outside of any).
    pub fn by_key(&self, repeat: Option<NodeId>, key: &str) -> Option<NodeId> {
        self.by_key.get(&(repeat, key.to_owned())).copied()
    }

    /// Whether the whole of a value matches a pattern; false where the pattern is none, or takes too long.
    pub(crate) fn matches(&self, pattern: &str, value: &str) -> bool {
        let mut patterns = self.patterns.lock().unwrap_or_else(PoisonError::into_inner);
        if patterns.len() >= PATTERNS_KEPT && !patterns.contains_key(pattern) {
            patterns.clear();
        }
        let compiled = patterns
            .entry(pattern.to_owned())
            .or_insert_with(|| pattern::compile(pattern).ok());
        compiled
            .as_ref()
            .is_some_and(|regex| regex.is_match(value).unwrap_or(false))
    }
}
