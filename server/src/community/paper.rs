//! The page on paper: a leaf to hand out (A4), a poster (A3), and a placemat for a meeting (A3, four quarters to draw
//! and write on). Each is one sheet, whatever was written.

use super::content::Said;
use super::draft::QUESTIONS;
use super::page::{Card, Looked, cards, facts, title, words};
use crate::assets;
use crate::plain::Ui;
use askama::Template;

/// A kind of sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    A4,
    A3,
    Placemat,
}

impl Paper {
    /// By its name in addresses.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "a4" => Some(Self::A4),
            "a3" => Some(Self::A3),
            "placemat" => Some(Self::Placemat),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A3 => "a3",
            Self::Placemat => "placemat",
        }
    }
}

#[derive(Template)]
#[template(path = "community-paper.html")]
struct Sheet<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    t: &'static Ui,
    /// Its class, which says how large it is.
    paper: &'static str,
    synthetic: &'a str,
    title: Said,
    survey: Option<Said>,
    intro: Option<Said>,
    cards: Vec<Card>,
    quarters: Vec<Quarter>,
    indicative: bool,
    contact: Option<Said>,
    /// The page's own address and its code; blank in a preview.
    address: &'a str,
    picture: &'a str,
    facts: Vec<String>,
    back: String,
}

/// A quarter of the placemat.
struct Quarter {
    card: Option<Card>,
    question: Said,
}

/// The sheet. `address` is where the page is found from outside, and `picture` a code of it.
pub fn paper(looked: &Looked<'_>, paper: Paper, address: &str, picture: &str) -> anyhow::Result<String> {
    let content = looked.content;
    let language = &content.languages[looked.language];
    let tag = language.tag.as_str();
    let (t, words) = words(tag);
    let (title, survey) = title(content, tag, t);
    let mut cards = cards(content, tag, looked.here);
    let mut quarters = Vec::new();
    if paper == Paper::Placemat {
        let mut first = cards.drain(..).map(Some).chain(std::iter::repeat_with(|| None));
        for at in 0..QUESTIONS {
            quarters.push(Quarter {
                card: first.next().flatten(),
                question: question(looked, at, tag, t),
            });
        }
        drop(first);
        cards = Vec::new();
    }
    let sheet = Sheet {
        assets: assets::prefix(),
        lang: tag,
        dir: crate::http::direction(language.rtl),
        t,
        paper: paper.word(),
        synthetic: if content.synthetic {
            words.t("synthetic")
        } else {
            ""
        },
        title,
        survey,
        intro: content.said(&content.intro, tag),
        cards,
        quarters,
        indicative: content.interval == "indicative",
        contact: content.said(&content.contact, tag),
        address,
        picture,
        facts: facts(looked, t),
        back: format!("{}?lang={}", looked.here, crate::plain::encoded(tag)),
    };
    Ok(sheet.render()?)
}

/// What was written for a quarter, or what can always be asked.
fn question(looked: &Looked<'_>, at: usize, tag: &str, t: &Ui) -> Said {
    let own = looked.content.questions.get(at);
    let own = own.and_then(|texts| looked.content.said(texts, tag));
    own.unwrap_or_else(|| Said {
        text: t.t(&format!("community_open_{}", at + 1)),
        tag: t.own.to_owned(),
        rtl: t.own == "ar",
    })
}
