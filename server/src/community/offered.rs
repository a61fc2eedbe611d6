//! Which figures of a release a page may show: those that the release shows, and no other. A figure of the community
//! itself where there is one, otherwise that of all of the survey.

use super::content::Shown;
use super::draft::Figure;
use super::place::Place;
use crate::results::Publication;
use baraza_forms::Form;

/// A figure that may be shown.
pub struct Offer {
    pub figure: Figure,
    /// Position of its table.
    pub table: usize,
    /// Position of the answer; nothing for a mean.
    pub category: Option<usize>,
    pub shown: Shown,
    /// Whether the answers can harm who gives them.
    pub is_sensitive: bool,
}

/// All that may be chosen, in the order of the tables.
pub fn offers(publication: &Publication, form: &Form, place: &Place) -> Vec<Offer> {
    let mut offers = Vec::new();
    for table in 0..publication.tables.tables.len() {
        let categories = publication.tables.tables[table].categories.len();
        let answers: Vec<Option<usize>> = if categories == 0 {
            vec![None]
        } else {
            (0..categories).map(Some).collect()
        };
        for category in answers {
            let here = offer(publication, (form, place), table, category, true);
            offers.extend(here.or_else(|| offer(publication, (form, place), table, category, false)));
        }
    }
    offers
}

/// A figure that was chosen, where the release shows it.
pub fn find(publication: &Publication, form: &Form, place: &Place, figure: &Figure) -> Option<Offer> {
    let mut tables = publication.tables.tables.iter();
    let at = tables.position(|table| table.question == figure.question)?;
    let categories = &publication.tables.tables[at].categories;
    let category = if categories.is_empty() {
        None
    } else {
        Some(categories.iter().position(|one| one.code == figure.answer)?)
    };
    offer(publication, (form, place), at, category, figure.here)
}

fn offer(
    publication: &Publication,
    (form, place): (&Form, &Place),
    at: usize,
    category: Option<usize>,
    here: bool,
) -> Option<Offer> {
    let table = &publication.tables.tables[at];
    // Who was asked is nothing that they said, and how many are of a group can be used against it.
    let asks_who = form
        .by_key(&table.question)
        .is_some_and(|id| form.nodes[id].role.is_some());
    let answer = category.map(|category| &table.categories[category]);
    // Who did not want to say is nobody's finding.
    let is_pass = |special: &str| matches!(special, "dont_know" | "prefer_not_to_say");
    if asks_who || answer.is_some_and(|answer| answer.special.as_deref().is_some_and(is_pass)) {
        return None;
    }
    let domain = if here { place.domain(publication)? } else { 0 };
    let cell = table
        .cells
        .get(domain * table.categories.len().max(1) + category.unwrap_or(0))?;
    Some(Offer {
        figure: Figure {
            question: table.question.clone(),
            answer: answer.map_or_else(String::new, |answer| answer.code.clone()),
            here,
        },
        table: at,
        category,
        shown: Shown::of(cell)?,
        is_sensitive: publication.is_sensitive(at),
    })
}
