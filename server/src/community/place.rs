//! Which community a page is for: an area of the survey, or all of it.

use crate::results::Publication;
use baraza_forms::{Form, Role};

/// Areas that are listed of a form; where it has more, those that results or pages are of.
const LISTED: usize = 200;
/// What all of a survey is called in addresses.
const ALL: &str = "all";

/// A community.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// All of the survey.
    Whole,
    /// The area of this code.
    Area(String),
}

impl Place {
    /// By its name in addresses.
    pub fn of(word: &str) -> Self {
        match word.strip_prefix('~') {
            Some(code) => Self::Area(code.to_owned()),
            None if word == ALL => Self::Whole,
            None => Self::Area(word.to_owned()),
        }
    }

    /// Its name in addresses. An area that has the name of the whole survey has a mark before it.
    pub fn word(&self) -> String {
        match self {
            Self::Whole => ALL.to_owned(),
            Self::Area(code) if code == ALL || code.starts_with('~') => format!("~{code}"),
            Self::Area(code) => code.clone(),
        }
    }

    /// Whether the form knows it.
    pub fn is_of(&self, form: &Form) -> bool {
        match self {
            Self::Whole => true,
            Self::Area(code) => choices(form).any(|choice| choice.name == *code),
        }
    }

    /// What it is called in a language of the form; blank for all of the survey.
    pub fn label(&self, form: &Form, language: usize) -> String {
        let Self::Area(code) = self else {
            return String::new();
        };
        let choice = choices(form).find(|choice| choice.name == *code);
        choice.map_or_else(|| code.clone(), |choice| form.choice_label(language, choice))
    }

    /// The position of its domain in a release, where that has one.
    pub fn domain(&self, publication: &Publication) -> Option<usize> {
        match self {
            Self::Whole => Some(0),
            Self::Area(code) => publication
                .tables
                .domains
                .iter()
                .position(|domain| domain.by == "area" && domain.code == *code),
        }
    }
}

/// All communities of a form: all of it first, then its areas, with those that are named although there are many.
pub fn all(form: &Form, named: &[Place]) -> Vec<Place> {
    let areas: Vec<Place> = choices(form)
        .map(|choice| Place::Area(choice.name.clone()))
        .collect();
    let is_long = areas.len() > LISTED;
    let mut all = vec![Place::Whole];
    for area in areas {
        if (!is_long || named.contains(&area)) && !all.contains(&area) {
            all.push(area);
        }
    }
    all
}

fn choices(form: &Form) -> impl Iterator<Item = &baraza_forms::form::Choice> {
    let list = form.with_role(Role::Area).and_then(|id| form.list_of(id));
    list.into_iter().flat_map(|list| &list.choices)
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn every_area_has_a_name_of_its_own_in_addresses() {
        let area = |code: &str| Place::Area(code.to_owned());
        let words = [Place::Whole, area("all"), area("~all"), area("north"), area("~~")].map(|place| {
            assert_eq!(Place::of(&place.word()), place);
            place.word()
        });
        assert_eq!(words, ["all", "~all", "~~all", "north", "~~~"]);
    }
}
