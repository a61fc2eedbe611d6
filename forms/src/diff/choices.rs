//! Changes of lists and attached tables.

use super::order::longest_rising;
use super::{Compare, Subject, What, place_of, written};
use crate::form::{Choice, Form, List, ListId, Special};
use std::collections::{BTreeMap, HashMap};

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
        let before = by_code(old);
        let after = by_code(new);
        for choice in old
            .choices
            .iter()
            .filter(|c| !after.contains_key(c.name.as_str()))
        {
            let label = label(self.old, choice);
            let change = self.push(subject(old, choice), What::Removed);
            change.from = label;
            change.collected = true;
        }
        for choice in &new.choices {
            match before.get(choice.name.as_str()) {
                None => {
                    let label = label(self.new, choice);
                    let change = self.push(subject(new, choice), What::Added);
                    change.to = label;
                    change.collected = true;
                }
                Some(known) => self.choice((old, known), (new, choice)),
            }
        }
        let places: HashMap<&str, usize> = old
            .choices
            .iter()
            .enumerate()
            .map(|(at, choice)| (choice.name.as_str(), at))
            .collect();
        let common: Vec<usize> = new
            .choices
            .iter()
            .filter_map(|choice| places.get(choice.name.as_str()).copied())
            .collect();
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
            if rows(self.old, known) != rows(self.new, table) {
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

/// The first choice of each code.
fn by_code(list: &List) -> HashMap<&str, &Choice> {
    let mut known = HashMap::new();
    for choice in &list.choices {
        known.entry(choice.name.as_str()).or_insert(choice);
    }
    known
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

/// All that expressions can read of a table.
fn rows(form: &Form, list: &List) -> Vec<(String, Option<String>, Vec<Option<String>>)> {
    let row = |choice: &Choice| {
        let cells = list.columns.iter().map(|column| cell(list, choice, column));
        (choice.name.clone(), label(form, choice), cells.collect())
    };
    list.choices.iter().map(row).collect()
}
