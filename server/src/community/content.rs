//! A page as it is released: everything that it shows, with figures and words as they were. It is stored as JSON and
//! never made anew, so that what a community was told stays what it was told.

use super::draft::{Draft, Figure, Pick, Sound, Sounds, Texts};
use super::offered::{self, Offer};
use super::place::Place;
use super::prose::{Prose, prose};
use crate::results::{Cell, Publication};
use baraza_forms::Form;
use baraza_forms::form::Language;
use serde::{Deserialize, Serialize};

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// The languages in which it can be opened; the first is the one that is read where another has no words.
    pub languages: Vec<Language>,
    /// The form's other languages: nobody wrote a page in them, though a contact or a meeting may be.
    #[serde(default)]
    pub others: Vec<Language>,
    /// What the survey is called.
    pub title: Texts,
    /// What the community is called; blank for all of the survey.
    pub place: Texts,
    /// The day on which the results were made.
    pub results: String,
    /// Made by `baraza demo`.
    pub synthetic: bool,
    /// `design-based` or `indicative`.
    pub interval: String,
    /// What it begins with.
    pub intro: Texts,
    /// Where people object and correct.
    pub contact: Texts,
    /// What is asked on the placemat.
    pub questions: Vec<Texts>,
    /// What it begins with, to be heard.
    pub sounds: Sounds,
    /// In their order.
    pub findings: Vec<Finding>,
}

/// A figure with what is said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was asked.
    pub question: Texts,
    /// What was answered; blank for a mean.
    pub answer: Texts,
    /// What it means, in plain words.
    pub words: Texts,
    /// The same to be heard.
    pub sounds: Sounds,
    /// Of the community itself; otherwise of all of the survey.
    pub here: bool,
    /// Of numbers rather than of shares.
    pub is_mean: bool,
    /// As it stands in the release.
    pub figure: Shown,
}

/// A figure as a release shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// `published`, `marked` or `rounded`.
    pub status: String,
    /// From 0 to 1 for a share.
    pub estimate: f64,
    /// Ends of its interval, where there is one.
    pub interval: Option<(f64, f64)>,
    /// How many people it is of, where the release says so.
    pub n: Option<u64>,
}

impl Shown {
    /// Nothing where the release withholds it.
    pub fn of(cell: &Cell) -> Option<Self> {
        if cell.status.starts_with("withheld") {
            return None;
        }
        Some(Self {
            status: cell.status.clone(),
            estimate: cell.estimate?,
            interval: cell.ci(),
            n: cell.n,
        })
    }
}

/// Words in the language in which they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    pub tag: String,
    pub rtl: bool,
}

impl Said {
    /// Which way it is written.
    pub fn dir(&self) -> &'static str {
        crate::http::direction(self.rtl)
    }

    /// As it stands in a page.
    pub fn prose(&self) -> Prose<'_> {
        prose(&self.text)
    }
}

impl Content {
    /// Makes a page of what was chosen and of the last release; and what was chosen and is not shown by it, or not any
    /// more.
    pub fn of<'a>(
        draft: &'a Draft,
        publication: &Publication,
        form: &Form,
        place: &Place,
    ) -> (Self, Vec<&'a Pick>) {
        let (mut findings, mut lost) = (Vec::new(), Vec::new());
        for pick in &draft.findings {
            match offered::find(publication, form, place, &pick.figure) {
                Some(offer) if !offer.is_sensitive || !pick.reason.is_empty() => {
                    findings.push(finding(publication, &offer, pick));
                }
                _ => lost.push(pick),
            }
        }
        let content = Self {
            results: publication.tables.made.clone(),
            synthetic: publication.tables.synthetic,
            interval: publication.tables.interval.clone(),
            findings,
            ..Self::without_figures(draft, form, place)
        };
        (content, lost)
    }

    /// A page with all of its words.
    pub fn without_figures(draft: &Draft, form: &Form, place: &Place) -> Self {
        let of = |text: &dyn Fn(usize) -> String| spoken(form, text);
        let (languages, others) = draft.languages(form);
        Self {
            languages,
            others,
            title: of(&|language| form.text(language, form.title)),
            place: of(&|language| place.label(form, language)),
            results: String::new(),
            synthetic: false,
            interval: String::new(),
            intro: draft.intro.clone(),
            contact: draft.contact.clone(),
            questions: draft.questions.clone(),
            sounds: draft.sounds.clone(),
            findings: Vec::new(),
        }
    }

    /// Words in a language; where it has none, in the first that has some.
    pub fn said(&self, texts: &Texts, tag: &str) -> Option<Said> {
        let all = || self.languages.iter().chain(&self.others);
        let asked = all().filter(|language| language.tag == tag);
        asked.chain(all()).find_map(|language| {
            Some(Said {
                text: texts.get(&language.tag)?.clone(),
                tag: language.tag.clone(),
                rtl: language.rtl,
            })
        })
    }

    /// A recording by its digest.
    pub fn sound(&self, digest: &str) -> Option<&Sound> {
        let more = self.findings.iter().flat_map(|finding| finding.sounds.values());
        self.sounds
            .values()
            .chain(more)
            .find(|sound| sound.digest == digest)
    }
}

fn finding(publication: &Publication, offer: &Offer, pick: &Pick) -> Finding {
    let words = |text: &dyn Fn(&crate::results::LanguageWords) -> Option<String>| -> Texts {
        let all = publication.words.iter();
        all.filter_map(|words| Some((words.tag.clone(), text(words).filter(|text| !text.is_empty())?)))
            .collect()
    };
    Finding {
        question: words(&|words| Some(words.tables.get(offer.table)?.label.clone())),
        answer: words(&|words| {
            words
                .tables
                .get(offer.table)?
                .categories
                .get(offer.category?)
                .cloned()
        }),
        words: pick.words.clone(),
        sounds: pick.sounds.clone(),
        here: pick.figure.here,
        is_mean: offer.category.is_none(),
        figure: offer.shown.clone(),
    }
}

/// What a text is in each language of a form; blank ones are left out.
fn spoken(form: &Form, text: &dyn Fn(usize) -> String) -> Texts {
    let all = form.languages.iter().enumerate();
    all.map(|(at, language)| (language.tag.clone(), text(at)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// What names a figure in a form.
pub fn name(figure: &Figure) -> String {
    serde_json::json!([figure.question, figure.answer, figure.here]).to_string()
}

/// The figure of a name.
pub fn named(name: &str) -> Option<Figure> {
    let (question, answer, here) = serde_json::from_str(name).ok()?;
    Some(Figure {
        question,
        answer,
        here,
    })
}
