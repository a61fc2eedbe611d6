//! Findings of a page as the desk lists them: with their figure, where results still show it.

use super::Here;
use crate::community::{Pick, find, told};
use crate::plain::ui;
use crate::results::Publication;
use baraza_analysis::{Digits, Words};

/// A finding.
pub struct Row {
    pub id: u64,
    /// The question, or its key where no results are there.
    pub question: String,
    pub answer: String,
    /// `7 of 10 people`; blank where results do not show it.
    pub big: String,
    /// How sure it is, and of how many people.
    pub lines: String,
    /// What is said of it, in the language that is read here or any other.
    pub words: String,
    pub is_sensitive: bool,
    pub reason: String,
    /// Names of the languages in which nothing is said, and nothing is heard.
    pub unsaid: String,
    pub unheard: String,
}

/// A finding as it is listed.
pub fn row(here: &Here, publication: Option<&Publication>, pick: &Pick) -> Row {
    let languages = &here.form().languages;
    let missing = |has: &dyn Fn(&str) -> bool| {
        super::spoken::names(languages.iter().filter(|language| !has(&language.tag)))
    };
    let own = &languages[here.language()].tag;
    let words = pick.words.get(own).or_else(|| pick.words.values().next());
    let mut row = Row {
        id: pick.id,
        question: pick.figure.question.clone(),
        answer: pick.figure.answer.clone(),
        big: String::new(),
        lines: String::new(),
        words: words.cloned().unwrap_or_default(),
        is_sensitive: !pick.reason.is_empty(),
        reason: pick.reason.clone(),
        unsaid: missing(&|tag| pick.words.contains_key(tag)),
        unheard: missing(&|tag| pick.sounds.contains_key(tag)),
    };
    let found = publication.and_then(|publication| {
        Some((
            publication,
            find(publication, here.form(), &here.place, &pick.figure)?,
        ))
    });
    if let Some((publication, offer)) = found {
        (row.question, row.answer) = labels(publication, own, (offer.table, offer.category));
        (row.big, row.lines) = figure(here, &offer);
        row.is_sensitive = offer.is_sensitive;
    }
    row
}

/// What was asked and answered, in a language of the release.
pub fn labels(
    publication: &Publication,
    tag: &str,
    (table, category): (usize, Option<usize>),
) -> (String, String) {
    let words = publication.words.iter().find(|words| words.tag == tag);
    let table = words
        .or_else(|| publication.words.first())
        .and_then(|words| words.tables.get(table));
    let Some(table) = table else {
        return Default::default();
    };
    let answer = category.and_then(|at| table.categories.get(at));
    (table.label.clone(), answer.cloned().unwrap_or_default())
}

/// A figure in words of the desk's language.
pub fn figure(here: &Here, offer: &crate::community::Offer) -> (String, String) {
    let own = here.visit.words.own;
    let is_whole = here.place == crate::community::Place::Whole;
    let told = told(
        &offer.shown,
        offer.category.is_none(),
        (offer.figure.here, is_whole),
        ui(own),
        Words::of(own, Digits::Western),
    );
    (told.big, told.lines.join(" · "))
}
