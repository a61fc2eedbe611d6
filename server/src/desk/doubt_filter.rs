//! Which doubts a list shows, as its address says it.

use super::Visit;
use super::doubt_words::name;
use super::field::{area_name, language};
use crate::monitor::{Doubt, Kind, Made, Row, Seen, is_open};
use crate::store::{Enumerator, State};
use baraza_forms::Form;

/// Whom a filter calls nobody, and what it calls no area.
pub const NOBODY: &str = "-";

/// What a filter offers.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// Any, none, or one of them.
#[derive(Debug, Default, PartialEq, Eq)]
enum Of<T> {
    #[default]
    Any,
    None,
    One(T),
}

impl<T: PartialEq> Of<T> {
    fn wants(&self, found: Option<&T>) -> bool {
        match self {
            Self::Any => true,
            Self::None => found.is_none(),
            Self::One(wanted) => found == Some(wanted),
        }
    }
}

/// What is wanted.
#[derive(Debug, Default)]
pub struct Filter {
    kind: Option<Kind>,
    /// Row id.
    enumerator: Of<i64>,
    state: Wanted,
    /// Number of its code.
    area: Of<u32>,
    pub page: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Wanted {
    #[default]
    Open,
    All,
    One(State),
}

impl Filter {
    pub fn of(query: &Query, enumerators: &[Enumerator], seen: &Seen) -> Self {
        let enumerator = match query.get("enumerator") {
            "" => Of::Any,
            NOBODY => Of::None,
            public => {
                let found = enumerators.iter().find(|one| one.public == public);
                // Of somebody who is not there, there is nothing.
                Of::One(found.map_or(0, |one| one.id))
            }
        };
        let area = match query.get("area") {
            "" => Of::Any,
            NOBODY => Of::None,
            code => Of::One(seen.shared.areas.find(code).unwrap_or(u32::MAX)),
        };
        Self {
            kind: Kind::read(query.get("flag")),
            enumerator,
            state: match query.get("state") {
                "all" => Wanted::All,
                word => State::read(word).map_or(Wanted::Open, Wanted::One),
            },
            area,
            page: query.get("page").parse::<u32>().unwrap_or(0) as usize,
        }
    }

    pub fn wants(&self, row: &Row, doubts: &[Doubt]) -> bool {
        let is_state = match self.state {
            Wanted::Open => is_open(row.state),
            Wanted::All => true,
            Wanted::One(state) => row.state == state,
        };
        is_state
            && self
                .kind
                .is_none_or(|kind| doubts.iter().any(|doubt| doubt.kind() == kind))
            && self.enumerator.wants(row.enumerator.as_ref())
            && self.area.wants(row.area.as_ref())
    }
}

/// The address's query.
pub struct Query(Vec<(String, String)>);

impl Query {
    const FILTER: [&'static str; 4] = ["flag", "enumerator", "state", "area"];

    pub fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The filter alone, to be put behind a `?`.
    pub fn filter(&self) -> String {
        let mut written = form_urlencoded::Serializer::new(String::new());
        for name in Self::FILTER {
            if !self.get(name).is_empty() {
                written.append_pair(name, self.get(name));
            }
        }
        written.finish()
    }

    fn choice(&self, name: &str, value: String, label: String) -> Choice {
        Choice {
            chosen: self.get(name) == value,
            value,
            label,
        }
    }

    fn any(&self, name: &str, visit: &Visit) -> Choice {
        self.choice(name, String::new(), visit.t("filter_any"))
    }

    pub fn kinds(&self, visit: &Visit) -> Vec<Choice> {
        let kinds = Kind::ALL.map(|kind| self.choice("flag", kind.word().to_owned(), name(visit, kind)));
        std::iter::once(self.any("flag", visit)).chain(kinds).collect()
    }

    pub fn states(&self, visit: &Visit) -> Vec<Choice> {
        let words = ["open", "received", "flagged", "approved", "rejected", "all"];
        let choice = |word: &str| self.choice("state", word.to_owned(), state_name(visit, word));
        words.into_iter().map(choice).collect()
    }

    /// Those who sent something, and nobody.
    pub fn enumerators<'e>(&self, visit: &Visit, all: impl Iterator<Item = &'e Enumerator>) -> Vec<Choice> {
        let choice = |one: &Enumerator| self.choice("enumerator", one.public.clone(), one.name.clone());
        let nobody = self.choice("enumerator", NOBODY.to_owned(), visit.t("field_nobody"));
        let any = std::iter::once(self.any("enumerator", visit));
        any.chain(all.map(choice)).chain([nobody]).collect()
    }

    /// The areas that something came from; none where there is nothing to choose.
    pub fn areas(&self, visit: &Visit, form: &Form, seen: &Seen, made: &Made) -> Vec<Choice> {
        let language = language(visit, form);
        let mut choices: Vec<Choice> = made
            .counts
            .areas
            .keys()
            .map(|area| match area {
                Some(area) => {
                    let code = seen.shared.areas.name(*area);
                    self.choice("area", code.to_owned(), area_name(form, language, code))
                }
                None => self.choice("area", NOBODY.to_owned(), visit.t("field_area_none")),
            })
            .collect();
        if choices.len() < 2 {
            return Vec::new();
        }
        choices.sort_by(|a, b| a.label.cmp(&b.label));
        choices.insert(0, self.any("area", visit));
        choices
    }
}

/// A filter as a page that was sent in brings it back.
pub fn filter(query: &str) -> String {
    Query::read(Some(query)).filter()
}

/// What a state is called.
pub fn state_name(visit: &Visit, word: &str) -> String {
    visit.t(match word {
        "received" => "state_received",
        "flagged" => "state_flagged",
        "approved" => "state_approved",
        "rejected" => "state_rejected",
        "all" => "state_all",
        _ => "state_open",
    })
}
