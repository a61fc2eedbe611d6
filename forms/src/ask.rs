//! What a page asks of a filling: what is offered, what is missing or wrong, what a text says.
//!
//! `server/web/filling.js` gives the same on the phone.

use crate::answer::Answer;
use crate::expr::{Context, eval, in_order_of, shown};
use crate::fill::{Filling, ScopeId};
use crate::form::{Choice, NodeId, Part, Template, TextId};
use crate::misfit::misfit;

/// What keeps a person from going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// Neither answered nor passed.
    Required,
    /// Not what the kind of question asks for.
    Type,
    /// The constraint does not hold.
    Constraint,
}

/// A choice that is offered.
#[derive(Debug, Clone)]
pub struct Offer<'a> {
    /// Its code.
    pub code: String,
    /// The row of the list; `None` where an answer given earlier is the choice.
    pub choice: Option<&'a Choice>,
}

/// A piece of a text as it is shown. Values stand apart, so that nothing in an answer acts as markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Words of the form.
    Words(String),
    /// A value put in.
    Value(String),
}

impl<'a> Filling<'a> {
    /// Whether the answer can't be changed by hand.
    pub fn is_read_only(&self, node: NodeId, scope: ScopeId) -> bool {
        let expr = self.form().nodes[node].read_only.as_ref();
        expr.is_some_and(|expr| self.eval(expr, node, scope).boolean())
    }

    /// Whether it must be answered or passed, and can: a list that offers nothing holds nobody up.
    pub fn is_demanded(&self, node: NodeId, scope: ScopeId) -> bool {
        let asked = &self.form().nodes[node];
        let required = asked.required.as_ref();
        required.is_some_and(|expr| self.eval(expr, node, scope).boolean())
            && (!asked.kind.is_choice() || self.offers_any(node, scope))
    }

    /// What the form's rules say against an answer, or its absence.
    pub fn obstacle(&self, node: NodeId, scope: ScopeId) -> Option<Obstacle> {
        let asked = &self.form().nodes[node];
        if !asked.kind.is_asked() || !self.is_relevant(node, scope) {
            return None;
        }
        let Some(answer) = self.answer(node, scope) else {
            return self.is_demanded(node, scope).then_some(Obstacle::Required);
        };
        if matches!(answer, Answer::Passed(_)) {
            return None;
        }
        if misfit(asked, answer).is_some() {
            return Some(Obstacle::Type);
        }
        let holds = |expr| self.eval(expr, node, scope).boolean();
        let broken = !asked.constraint.as_ref().is_none_or(holds);
        broken.then_some(Obstacle::Constraint)
    }

    /// The choices that the filter leaves, in the order of the form's own seed where it has one.
    pub fn choices(&self, node: NodeId, scope: ScopeId) -> Vec<Offer<'a>> {
        let form = self.form();
        if form.nodes[node].choices_from.is_some() {
            let given = self.given_before(node, scope).into_iter();
            return given.map(|code| Offer { code, choice: None }).collect();
        }
        let Some(list) = form.list_of(node) else {
            return Vec::new();
        };
        let rows = self.offered(node, scope);
        let offers: Vec<Offer<'a>> = rows
            .into_iter()
            .map(|row| Offer {
                code: list.choices[row].name.clone(),
                choice: Some(&list.choices[row]),
            })
            .collect();
        match &form.nodes[node].seed {
            Some(seed) => in_order_of(&offers, self.eval(seed, node, scope)),
            None => offers,
        }
    }

    /// A text in the language of the filling.
    pub fn parts(&self, text: TextId, node: NodeId, scope: ScopeId) -> Vec<Shown> {
        let texts = self.form().texts.get(self.env().language);
        let context = Context::new(self, node, scope);
        match texts.and_then(|texts| texts.get(text)) {
            None => Vec::new(),
            Some(Template::Plain(words)) => vec![Shown::Words(words.clone())],
            Some(Template::Parts(parts)) => parts
                .iter()
                .map(|part| match part {
                    Part::Words(words) => Shown::Words(words.clone()),
                    Part::Value { e } => Shown::Value(shown(eval(e, context))),
                })
                .collect(),
        }
    }

    /// Runs the calculations that wait for one of these answers. Call [`Filling::recalculate`] after.
    pub fn pull(&mut self, changed: &[(NodeId, ScopeId)]) -> bool {
        let form = self.form();
        let mut ran = false;
        for (id, node) in form.nodes.iter().enumerate() {
            let Some(calculation) = node.calculation.as_ref().filter(|_| !node.trigger.is_empty()) else {
                continue;
            };
            for scope in self.scopes_of(id) {
                let pulled = node.trigger.iter().any(|&trigger| {
                    let seen = self.reach(trigger, scope, &mut |_, _| None);
                    seen.iter().any(|&at| changed.contains(&(trigger, at)))
                });
                if pulled && self.is_relevant(id, scope) {
                    let text = shown(self.eval(calculation, id, scope));
                    self.set(id, scope, Answer::from_text(node.kind, &text));
                    ran = true;
                }
            }
        }
        ran
    }
}
