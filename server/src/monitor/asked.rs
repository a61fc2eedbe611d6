//! What is watched in a form: which questions are counted and compared, which stand in a row, where the place is.

use super::limits::{STRAIGHT, STRAIGHT_CHOICES};
use baraza_forms::form::Special;
use baraza_forms::{Form, Kind, NodeId, Role};
use std::collections::{HashMap, HashSet};

/// A version of a form, as far as it is watched.
#[derive(Debug, Default)]
pub struct Asked {
    /// Outside of repeats, in the form's order; a repeat counts as one.
    pub questions: Vec<Question>,
    /// Within repeats, by key.
    pub inside: HashMap<String, Question>,
    /// Questions that follow each other and choose from one list, by their positions.
    pub batteries: Vec<Vec<usize>>,
    /// Key of the question of role area.
    pub area: Option<String>,
    /// Key of the first question for a place.
    pub place: Option<String>,
}

/// A question that a person answers.
#[derive(Debug, Default)]
pub struct Question {
    pub key: String,
    /// Codes that pass it: 'don't know' and 'prefer not to say'.
    pub passes: HashSet<String>,
    /// Whether the same answer in two responses says that they are alike.
    pub is_compared: bool,
    pub is_repeat: bool,
}

impl Asked {
    pub fn of(form: &Form) -> Self {
        let mut asked = Self {
            area: form.with_role(Role::Area).map(|id| form.nodes[id].key.clone()),
            ..Self::default()
        };
        // The list of the questions that came last, and where they stand.
        let mut row: (Option<usize>, Vec<usize>) = (None, Vec::new());
        for (id, node) in form.nodes.iter().enumerate() {
            let is_repeat = node.kind == Kind::Repeat;
            if !is_repeat && !node.kind.is_asked() {
                continue;
            }
            let question = question(form, id);
            if !form.repeats_around(id).is_empty() {
                if !is_repeat {
                    asked.inside.insert(node.key.clone(), question);
                }
                continue;
            }
            if node.kind == Kind::Geopoint && asked.place.is_none() {
                asked.place = Some(node.key.clone());
            }
            let list = node.list.filter(|_| node.kind == Kind::SelectOne);
            if list.is_none() || list != row.0 {
                asked.add_battery(form, std::mem::replace(&mut row, (list, Vec::new())));
            }
            row.1.push(asked.questions.len());
            asked.questions.push(question);
        }
        asked.add_battery(form, row);
        asked
    }

    fn add_battery(&mut self, form: &Form, (list, at): (Option<usize>, Vec<usize>)) {
        let choices = list.map_or(0, |list| {
            let all = form.lists[list].choices.iter();
            all.filter(|choice| choice.special.is_none()).count()
        });
        if at.len() >= STRAIGHT && choices >= STRAIGHT_CHOICES {
            self.batteries.push(at);
        }
    }
}

fn question(form: &Form, id: NodeId) -> Question {
    let node = &form.nodes[id];
    let choices = form.list_of(id).map_or(&[][..], |list| &list.choices);
    let passes = choices
        .iter()
        .filter(|choice| matches!(choice.special, Some(Special::DontKnow | Special::PreferNotToSay)));
    // What an area or a sample has in common is no copy; a file's name, a place and a moment are of one response alone.
    let is_of_the_sample = matches!(
        node.role,
        Some(
            Role::Consent
                | Role::Area
                | Role::Weight
                | Role::Stratum
                | Role::Psu
                | Role::PsuPopulation
                | Role::Ssu
                | Role::SsuPopulation
        )
    );
    let is_answer = node.kind.is_choice()
        || node.kind.is_number()
        || matches!(node.kind, Kind::Text | Kind::Date | Kind::Repeat);
    Question {
        key: node.key.clone(),
        passes: passes.map(|choice| choice.name.clone()).collect(),
        is_compared: is_answer && !is_of_the_sample,
        is_repeat: node.kind == Kind::Repeat,
    }
}
