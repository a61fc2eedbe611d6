//! Which choices a question offers: those of its list that pass its filter, or the answers given in a repeat.

use crate::expr::{Context, Item, eval};
use crate::fill::{Filling, ScopeId};
use crate::form::NodeId;

impl Filling<'_> {
    /// Rows of the node's list that its choice filter lets through.
    pub fn offered(&self, node: NodeId, scope: ScopeId) -> Vec<usize> {
        self.rows_that_pass(node, scope).collect()
    }

    /// Whether a code may be chosen. Only the rows of that code are looked at, since lists may be long.
    pub fn offers(&self, node: NodeId, scope: ScopeId, code: &str) -> bool {
        if self.form().nodes[node].choices_from.is_some() {
            return self.given_before(node, scope).iter().any(|answer| answer == code);
        }
        let choices = self.form().list_of(node).map_or(&[][..], |list| &list.choices);
        (0..choices.len()).any(|row| choices[row].name == code && self.passes(node, scope, row))
    }

    /// Whether there is anything to choose.
    pub(crate) fn offers_any(&self, node: NodeId, scope: ScopeId) -> bool {
        if self.form().nodes[node].choices_from.is_some() {
            return !self.given_before(node, scope).is_empty();
        }
        self.rows_that_pass(node, scope).next().is_some()
    }

    fn rows_that_pass(&self, node: NodeId, scope: ScopeId) -> impl Iterator<Item = usize> {
        let rows = self.form().list_of(node).map_or(0, |list| list.choices.len());
        (0..rows).filter(move |&row| self.passes(node, scope, row))
    }

    fn passes(&self, node: NodeId, scope: ScopeId, row: usize) -> bool {
        let form = self.form();
        let (Some(list), Some(filter)) = (form.nodes[node].list, &form.nodes[node].choice_filter) else {
            return true;
        };
        let last = form.lists[list].choices.len();
        let context = Context::new(self, node, scope);
        eval(filter, context.at_row(list, row, row + 1, last)).boolean()
    }

    /// The answers that a question with `choices_from` chooses among, each once.
    pub(crate) fn given_before(&self, node: NodeId, scope: ScopeId) -> Vec<String> {
        let Some(source) = self.form().nodes[node].choices_from else {
            return Vec::new();
        };
        let filter = self.form().nodes[node].choice_filter.as_ref();
        let context = Context::new(self, node, scope);
        // Its own repeat is wanted whole, even by a question that stands in it; those further out by the usual rule.
        let whole = self.ready().around(source).last().copied();
        let instances = self.reach(source, scope, &mut |repeat, at| {
            (Some(repeat) == whole).then(|| self.instances(repeat, at).to_vec())
        });
        let last = instances.len();
        let mut answers: Vec<String> = Vec::new();
        for (at, instance) in instances.into_iter().enumerate() {
            let seen = context.at_node(source, instance, at + 1, last);
            let passes = filter.is_none_or(|filter| eval(filter, seen).boolean());
            let items = self.items_in(source, &[instance]);
            let answer = items.first().map(Item::text).unwrap_or_default();
            if passes && !answer.is_empty() && !answers.contains(&answer) {
                answers.push(answer);
            }
        }
        answers
    }
}
