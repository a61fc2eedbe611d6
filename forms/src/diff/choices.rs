//! Changes of lists and attached tables.

use super::order::longest_rising;
use super::{Compare, Subject, What, place_of, words, written};
use crate::form::{Choice, Form, List, ListId, Media, Special};
use std::collections::{BTreeMap, HashMap, HashSet};

impl Compare<'_> {
    /// Lists go with the questions that choose from them; a list of another name may be the same list.
    pub(super) fn lists(&mut self) {
        let mut users: BTreeMap<(ListId, ListId), Vec<String>> = BTreeMap::new();
        for (id, node) in self.new.nodes.iter().enumerate() {
            let was = self.pairs.get(&id).and_then(|&was| self.old.nodes[was].list);
            if let (Some(was), Some(is)) = (was, node.list) {
                let place = written(&place_of(self.new, id));
                users.entry((is, was)).or_default().push(place);
            }
        }
        for ((is, was), questions) in users {
            self.list(&self.old.lists[was], &self.new.lists[is], &questions);
        }
        self.tables();
    }

    fn list(&mut self, old: &List, new: &List, questions: &[String]) {
        let first = self.changes.len();
        let (before, after) = (numbered(old), numbered(new));
        let places: HashMap<Row<'_>, usize> = before.iter().enumerate().map(|(at, row)| (*row, at)).collect();
        let kept: HashSet<Row<'_>> = after.iter().copied().collect();
        for (at, _) in before.iter().enumerate().filter(|(_, row)| !kept.contains(row)) {
            let choice = &old.choices[at];
            let label = label(self.old, choice);
            let change = self.push(subject(old, choice), What::Removed);
            change.from = label;
            change.collected = true;
        }
        let mut common = Vec::new();
        for (row, choice) in after.iter().zip(&new.choices) {
            if let Some(&at) = places.get(row) {
                common.push(at);
                self.choice((old, &old.choices[at]), (new, choice));
                continue;
            }
            let label = label(self.new, choice);
            let change = self.push(subject(new, choice), What::Added);
            change.to = label;
            change.collected = true;
        }
        if longest_rising(&common).len() < common.len() {
            self.push(Subject::List(new.name.clone()), What::Changed).part = "order of choices".into();
        }
        for change in &mut self.changes[first..] {
            change.questions = questions.to_vec();
        }
    }

    fn choice(&mut self, (old_list, old): (&List, &Choice), (list, new): (&List, &Choice)) {
        let Choice {
            name: _,
            label,
            media,
            cells: _,
            special,
        } = new;
        let subject = subject(list, new);
        let first = self.changes.len();
        if self.text(&subject, "label", old.label, *label) {
            for change in &mut self.changes[first..] {
                change.collected = true;
            }
        }
        self.media(&subject, &old.media, media);
        if let Some(change) = self.part(
            &subject,
            "special",
            special_word(old.special),
            special_word(*special),
        ) {
            // What counts as an answer of substance changes with it.
            change.collected = true;
        }
        let columns = list.columns.iter().chain(&old_list.columns);
        let mut seen: Vec<&String> = Vec::new();
        for column in columns {
            if seen.contains(&column) {
                continue;
            }
            seen.push(column);
            self.part(
                &subject,
                column,
                cell(old_list, old, column),
                cell(list, new, column),
            );
        }
    }

    /// Tables that only expressions read: that they changed is enough.
    fn tables(&mut self) {
        let is_table = |form: &Form, at: ListId| form.nodes.iter().all(|node| node.list != Some(at));
        for (at, table) in self.new.lists.iter().enumerate() {
            if !is_table(self.new, at) {
                continue;
            }
            let known = self.old.lists.iter().find(|list| list.name == table.name);
            let Some(known) = known else {
                self.push(Subject::List(table.name.clone()), What::Added);
                continue;
            };
            if self.rows(self.old, known) != self.rows(self.new, table) {
                let change = self.push(Subject::List(table.name.clone()), What::Changed);
                change.part = "rows".into();
                change.from = Some(known.choices.len().to_string());
                change.to = Some(table.choices.len().to_string());
            }
        }
        for table in &self.old.lists {
            if !self.new.lists.iter().any(|list| list.name == table.name) {
                self.push(Subject::List(table.name.clone()), What::Removed);
            }
        }
    }

    /// All that a table holds: of each row its code, its texts in the languages that both forms have, and its cells.
    fn rows(&self, form: &Form, list: &List) -> Vec<(String, Vec<String>, Vec<Option<String>>)> {
        let is_old = std::ptr::eq(form, self.old);
        let row = |choice: &Choice| {
            let Media { image, audio, video } = choice.media;
            let texts = [choice.label, image, audio, video].into_iter().flatten();
            let texts = texts.flat_map(|text| {
                let languages = self.languages.iter();
                languages.map(move |(was, is, _)| words::text(form, if is_old { *was } else { *is }, text))
            });
            let special = special_word(choice.special);
            let cells = list.columns.iter().map(|column| cell(list, choice, column));
            (
                choice.name.clone(),
                texts.collect(),
                cells.chain([special]).collect(),
            )
        };
        list.choices.iter().map(row).collect()
    }
}

fn subject(list: &List, choice: &Choice) -> Subject {
    Subject::Choice {
        list: list.name.clone(),
        code: choice.name.clone(),
    }
}

fn label(form: &Form, choice: &Choice) -> Option<String> {
    choice.label.map(|text| form.text(0, text))
}

/// A code, and how many rows of the list had it before: in cascades the same code may stand in several.
type Row<'a> = (&'a str, usize);

fn numbered(list: &List) -> Vec<Row<'_>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    list.choices
        .iter()
        .map(|choice| {
            let count = seen.entry(choice.name.as_str()).or_default();
            *count += 1;
            (choice.name.as_str(), *count - 1)
        })
        .collect()
}

fn cell(list: &List, choice: &Choice, column: &str) -> Option<String> {
    let at = list.columns.iter().position(|known| known == column)?;
    choice.cells.get(at).filter(|cell| !cell.is_empty()).cloned()
}

fn special_word(special: Option<Special>) -> Option<String> {
    let word = match special? {
        Special::DontKnow => "dont_know",
        Special::PreferNotToSay => "prefer_not_to_say",
        Special::None => "none",
    };
    Some(word.to_owned())
}
