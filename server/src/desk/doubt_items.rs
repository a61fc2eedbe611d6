//! Responses that are doubted, from what is watched to what a page says of them.

use super::doubt_filter::state_name;
use super::field::{area_name, language};
use super::{Visit, doubt_words};
use crate::http::App;
use crate::monitor::{Doubt, Kind, Seen, is_open};
use crate::store::Summary;
use baraza_forms::Form;
use std::collections::HashMap;

/// A response that is doubted, by numbers.
#[derive(Default)]
pub struct Found {
    /// Row id.
    pub row: i64,
    pub area: Option<u32>,
    pub doubts: Vec<Doubt>,
    /// Row id of the response that it is like.
    pub twin: Option<i64>,
}

impl Found {
    pub fn of(seen: &Seen, at: usize, doubts: &[Doubt]) -> Self {
        let row = &seen.rows[at];
        let twin = doubts.iter().find_map(|doubt| match doubt {
            Doubt::Twin(twin) => seen.rows.get(twin.other).map(|row| row.id),
            _ => None,
        });
        Self {
            row: row.id,
            area: row.area,
            doubts: doubts.to_vec(),
            twin,
        }
    }
}

/// A response of the list.
pub struct Item {
    pub id: String,
    pub short: String,
    pub state: String,
    pub received_at: String,
    /// Blank for who may not see enumerators.
    pub enumerator: String,
    pub area: String,
    pub corrections: u64,
    pub doubts: Vec<Said>,
    pub is_open: bool,
}

/// A doubt in words.
pub struct Said {
    pub name: String,
    pub why: String,
    /// Instance ID of the other response, of one that is like it.
    pub other: String,
}

/// What the numbers of a page stand for.
#[derive(Default)]
pub struct Words {
    areas: HashMap<u32, String>,
    questions: HashMap<u32, String>,
}

impl Words {
    /// Of some responses; labels are those of the newest version of the form.
    pub fn of(visit: &Visit, form: &Form, seen: &Seen, all: &[Found]) -> Self {
        let language = language(visit, form);
        let mut words = Self::default();
        for found in all {
            if let Some(area) = found.area {
                let name = area_name(form, language, seen.shared.areas.name(area));
                words.areas.insert(area, name);
            }
            for doubt in &found.doubts {
                let Doubt::Straight(line) = doubt else { continue };
                for key in [line.first, line.last] {
                    let name = seen.shared.keys.name(key);
                    let label = form.by_key(name).map(|id| form.label(language, id));
                    words
                        .questions
                        .insert(key, label.unwrap_or_else(|| name.to_owned()));
                }
            }
        }
        words
    }

    /// Doubts in words.
    pub fn said(&self, app: &App, visit: &Visit, found: &Found) -> anyhow::Result<Vec<Said>> {
        let other = match found.twin {
            Some(row) => app.store.summaries(&[row])?.pop(),
            None => None,
        };
        let other = other.map(|other| other.instance_id).unwrap_or_default();
        let question = |key: u32| self.questions.get(&key).cloned().unwrap_or_default();
        let said = found.doubts.iter().map(|doubt| Said {
            name: doubt_words::name(visit, doubt.kind()),
            why: doubt_words::why(visit, doubt, &question),
            other: if doubt.kind() == Kind::Twin {
                other.clone()
            } else {
                String::new()
            },
        });
        Ok(said.collect())
    }

    /// What a list says of a response.
    pub fn item(
        &self,
        app: &App,
        visit: &Visit,
        (found, one): (&Found, Summary),
        may_enumerators: bool,
    ) -> anyhow::Result<Item> {
        let area = found.area.and_then(|area| self.areas.get(&area).cloned());
        Ok(Item {
            short: short(&one.instance_id),
            id: one.instance_id,
            state: state_name(visit, one.state.word()),
            received_at: visit.moment(&one.received_at),
            enumerator: one.enumerator.filter(|_| may_enumerators).unwrap_or_default(),
            area: area.unwrap_or_default(),
            corrections: one.corrections,
            doubts: self.said(app, visit, found)?,
            is_open: is_open(one.state),
        })
    }
}

/// The first characters of an instance ID: enough to tell one from a million others in a list.
pub fn short(id: &str) -> String {
    id.get(..13).unwrap_or(id).to_owned()
}
