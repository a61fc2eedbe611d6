//! Changes of questions, groups and repeats.

use super::order::out_of_order;
use super::{Compare, Subject, What, kind_word, place_of, words, written, yes};
use crate::form::{Form, Kind, Node, NodeId, Role};
use std::collections::{BTreeMap, HashSet};

impl Compare<'_> {
    pub(super) fn removed(&mut self) {
        let kept: HashSet<NodeId> = self.pairs.values().copied().collect();
        for id in (1..self.old.nodes.len()).filter(|id| !kept.contains(id)) {
            let node = &self.old.nodes[id];
            let subject = Subject::Question(written(&place_of(self.old, id)));
            let change = self.push(subject, What::Removed);
            change.from = Some(kind_word(node.kind));
            change.collected = node.kind.has_value() || node.kind == Kind::Repeat;
        }
    }

    pub(super) fn nodes(&mut self) {
        let moved = out_of_order(self.old, self.new, &self.pairs);
        for id in 1..self.new.nodes.len() {
            let node = &self.new.nodes[id];
            let subject = Subject::Question(written(&place_of(self.new, id)));
            let Some(&was) = self.pairs.get(&id) else {
                let change = self.push(subject, What::Added);
                change.to = Some(kind_word(node.kind));
                change.collected = node.kind.has_value() || node.kind == Kind::Repeat;
                continue;
            };
            self.moved(&subject, was, id, moved.contains(&id));
            self.node(&subject, was, node);
        }
    }

    fn moved(&mut self, subject: &Subject, was: NodeId, id: NodeId, out_of_order: bool) {
        let (from, to) = (place_of(self.old, was), place_of(self.new, id));
        let (before, after) = (section_of(self.old, was), section_of(self.new, id));
        let is_renamed = |(old, new): (NodeId, NodeId)| {
            !self.pairs.contains_key(&new) && !self.pairs.values().any(|&kept| kept == old)
        };
        let parents = (
            self.old.nodes[was].parent.unwrap_or(0),
            self.new.nodes[id].parent.unwrap_or(0),
        );
        if from.0 != to.0 {
            let change = self.push(subject.clone(), What::Moved);
            change.from = Some(written(&from));
            change.to = Some(written(&to));
            change.collected = true;
        } else if before != after && !is_renamed(parents) {
            let change = self.push(subject.clone(), What::Moved);
            change.from = Some(before);
            change.to = Some(after);
        } else if out_of_order {
            let before = (1..id).rev().find(|at| self.pairs.contains_key(at));
            let after = before.map(|at| written(&place_of(self.new, at)));
            let change = self.push(subject.clone(), What::Moved);
            change.part = if after.is_some() {
                "after"
            } else {
                "to the beginning"
            }
            .into();
            change.to = after;
        }
    }

    fn node(&mut self, subject: &Subject, was: NodeId, node: &Node) {
        let old = &self.old.nodes[was];
        // Spelt out, so that a new field can't be forgotten. Key and parent make the place; the last ones are compared
        // as properties.
        let Node {
            name,
            key: _,
            parent: _,
            kind,
            list,
            label,
            hint,
            guidance,
            media,
            relevant,
            required,
            required_message,
            constraint,
            constraint_message,
            calculation,
            default,
            choice_filter,
            seed,
            repeat_count,
            read_only,
            trigger: _,
            choices_from: _,
            appearance: _,
            coarse: _,
            parameters: _,
            role: _,
            sensitive: _,
            pass: _,
        } = node;
        self.part(subject, "name", Some(old.name.clone()), Some(name.clone()));
        let (from, to) = (kind_word(old.kind), kind_word(*kind));
        self.collected(subject, "type", Some(from), Some(to));
        let from = old.list.map(|list| self.old.lists[list].name.clone());
        let to = list.map(|list| self.new.lists[list].name.clone());
        self.collected(subject, "list", from, to);
        self.text(subject, "label", old.label, *label);
        self.text(subject, "hint", old.hint, *hint);
        self.text(subject, "guidance", old.guidance, *guidance);
        self.text(
            subject,
            "required message",
            old.required_message,
            *required_message,
        );
        self.text(
            subject,
            "constraint message",
            old.constraint_message,
            *constraint_message,
        );
        self.media(subject, &old.media, media);
        for (part, from, to) in [
            ("relevant", &old.relevant, relevant),
            ("required", &old.required, required),
            ("constraint", &old.constraint, constraint),
            ("calculation", &old.calculation, calculation),
            ("default", &old.default, default),
            ("choice_filter", &old.choice_filter, choice_filter),
            ("seed", &old.seed, seed),
            ("repeat_count", &old.repeat_count, repeat_count),
            ("read_only", &old.read_only, read_only),
        ] {
            let from = from.as_ref().map(|expr| words::expression(self.old, expr));
            let to = to.as_ref().map(|expr| words::expression(self.new, expr));
            self.part(subject, part, from, to);
        }
        self.properties(subject, old, node);
    }

    fn properties(&mut self, subject: &Subject, old: &Node, new: &Node) {
        let nodes = |form: &Form, nodes: &[NodeId]| words::nodes(form, nodes);
        let joined = |words: &[String]| (!words.is_empty()).then(|| words.join(" "));
        let pairs = |map: &BTreeMap<String, String>| {
            joined(&map.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>())
        };
        let metres = |coarse: Option<f64>| coarse.map(|metres| format!("{metres} m"));
        let word = |role: Option<Role>| role.map(|role| role.word().to_owned());
        for (part, from, to) in [
            (
                "trigger",
                nodes(self.old, &old.trigger),
                nodes(self.new, &new.trigger),
            ),
            (
                "choices from",
                nodes(self.old, old.choices_from.as_slice()),
                nodes(self.new, new.choices_from.as_slice()),
            ),
            ("appearance", joined(&old.appearance), joined(&new.appearance)),
            ("parameters", pairs(&old.parameters), pairs(&new.parameters)),
            ("rounding of places", metres(old.coarse), metres(new.coarse)),
            ("role", word(old.role), word(new.role)),
            ("sensitive", yes(old.sensitive), yes(new.sensitive)),
        ] {
            self.part(subject, part, from, to);
        }
        // A column of its own holds who passed.
        self.collected(subject, "pass", yes(old.pass), yes(new.pass));
    }

    /// A part on which the columns of collected answers depend.
    fn collected(&mut self, subject: &Subject, part: &str, from: Option<String>, to: Option<String>) {
        if let Some(change) = self.part(subject, part, from, to) {
            change.collected = true;
        }
    }
}

/// The place of the section around a node.
fn section_of(form: &Form, id: NodeId) -> String {
    match form.nodes[id].parent {
        None | Some(0) => "top".to_owned(),
        Some(parent) => written(&place_of(form, parent)),
    }
}
