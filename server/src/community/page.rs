//! The page on a phone: big figures, pictures without words, what is heard, meetings and what was agreed.

use super::content::{Content, Finding, Said};
use super::draft::Sounds;
use super::meetings::{Agreement, Meeting};
use super::say::{Told, told};
use crate::assets;
use crate::plain::{Ui, ui};
use crate::store::Kept;
use askama::Template;
use baraza_analysis::{Digits, Words};
use baraza_forms::form::Language;

/// Meetings and agreements that everybody may read.
#[derive(Debug, Default)]
pub struct Record {
    pub meetings: Vec<Kept<Meeting>>,
    pub agreements: Vec<Kept<Agreement>>,
}

/// What the page is at the moment.
#[derive(Debug)]
pub enum Standing {
    /// Nobody but the desk sees it: the address that leads back.
    Preview { back: String },
    /// Released.
    Released {
        number: i64,
        at: String,
        /// The moment of the one whose place it takes.
        before: Option<String>,
    },
}

/// A page as it is looked at.
pub struct Looked<'a> {
    pub content: &'a Content,
    pub record: &'a Record,
    pub standing: &'a Standing,
    /// Position of the language.
    pub language: usize,
    /// Where the page is found, and its recordings below it.
    pub here: &'a str,
}

#[derive(Template)]
#[template(path = "community.html")]
struct Page<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    t: &'static Ui,
    synthetic: &'a str,
    title: Said,
    survey: Option<Said>,
    languages: Vec<Link>,
    preview: Option<&'a str>,
    intro: Option<Said>,
    sound: Option<String>,
    cards: Vec<Card>,
    indicative: bool,
    meetings: Vec<Met>,
    agreements: Vec<Agreed>,
    contact: Option<Said>,
    papers: Vec<Link>,
    facts: Vec<String>,
}

/// A link with its words.
struct Link {
    href: String,
    label: String,
    lang: String,
    is_here: bool,
}

/// A finding as it is shown.
pub struct Card {
    pub told: Told,
    /// What it means; where nobody wrote it in this language, the answer.
    pub words: Option<Said>,
    /// What was asked, and answered where that is not told above.
    pub asked: Option<Said>,
    pub answer: Option<Said>,
    pub sound: Option<String>,
}

impl Card {
    /// Which of ten people are filled in.
    pub fn people(&self) -> Option<[bool; 10]> {
        let filled = self.told.filled?;
        Some(std::array::from_fn(|at| at < filled))
    }
}

struct Met {
    day: String,
    place: Option<Said>,
    came: Vec<String>,
    corrected: Option<Said>,
    agreed: Option<Said>,
}

struct Agreed {
    what: Option<Said>,
    who: Option<Said>,
    due: String,
    state: &'static str,
    state_words: String,
    since: String,
}

/// What a language calls itself, without its tag.
pub fn own_name(language: &Language) -> &str {
    language.name.split(" (").next().unwrap_or_default()
}

/// The texts of the interface and the words of what is published, in the language of a page.
pub fn words(tag: &str) -> (&'static Ui, Words) {
    (ui(tag), Words::of(tag, Digits::Western))
}

/// A day of a moment, which reads from left to right in whatever surrounds it.
pub fn day(moment: &str) -> String {
    let day = moment.get(..10).unwrap_or(moment);
    format!("\u{2066}{day}\u{2069}")
}

/// The page.
pub fn page(looked: &Looked<'_>) -> anyhow::Result<String> {
    let content = looked.content;
    let language = &content.languages[looked.language];
    let tag = language.tag.as_str();
    let (t, words) = words(tag);
    let (title, survey) = title(content, tag, t);
    let page = Page {
        assets: assets::prefix(),
        lang: tag,
        dir: crate::http::direction(language.rtl),
        t,
        synthetic: if content.synthetic {
            words.t("synthetic")
        } else {
            ""
        },
        title,
        survey,
        languages: languages(looked),
        preview: match looked.standing {
            Standing::Preview { back } => Some(back),
            Standing::Released { .. } => None,
        },
        intro: content.said(&content.intro, tag),
        sound: sound(&content.sounds, tag, looked.here),
        cards: cards(content, tag, looked.here),
        indicative: content.interval == "indicative",
        meetings: looked
            .record
            .meetings
            .iter()
            .map(|kept| met(content, &kept.content, tag, t))
            .collect(),
        agreements: looked
            .record
            .agreements
            .iter()
            .map(|kept| agreed(content, kept, tag, t))
            .collect(),
        contact: content.said(&content.contact, tag),
        papers: papers(looked, t),
        facts: facts(looked, t),
    };
    Ok(page.render()?)
}

/// What the page is called: the community, and under it the survey; the survey alone where it is for all of it.
pub fn title(content: &Content, tag: &str, t: &Ui) -> (Said, Option<Said>) {
    let survey = content.said(&content.title, tag);
    if let Some(place) = content.said(&content.place, tag) {
        return (place, survey);
    }
    let nameless = || Said {
        text: t.t("community_title"),
        tag: t.own.to_owned(),
        rtl: t.own == "ar",
    };
    (survey.unwrap_or_else(nameless), None)
}

fn languages(looked: &Looked<'_>) -> Vec<Link> {
    let all = looked.content.languages.iter().enumerate();
    all.map(|(at, language)| Link {
        href: format!("{}?lang={}", looked.here, crate::plain::encoded(&language.tag)),
        label: own_name(language).to_owned(),
        lang: language.tag.clone(),
        is_here: at == looked.language,
    })
    .collect()
}

fn sound(sounds: &Sounds, tag: &str, here: &str) -> Option<String> {
    let sound = sounds.get(tag)?;
    Some(format!("{here}/sound/{}", sound.digest))
}

/// The findings in a language.
pub fn cards(content: &Content, tag: &str, here: &str) -> Vec<Card> {
    let findings = content.findings.iter();
    findings
        .map(|finding| card(content, finding, tag, here))
        .collect()
}

fn card(content: &Content, finding: &Finding, tag: &str, here: &str) -> Card {
    let (t, words) = words(tag);
    let answer = content.said(&finding.answer, tag);
    // Better the answer in the reader's language than a sentence in another.
    let said = content.said(&finding.words, tag).filter(|said| said.tag == tag);
    let place = (finding.here, content.place.is_empty());
    Card {
        told: told(&finding.figure, finding.is_mean, place, t, words),
        asked: content.said(&finding.question, tag),
        sound: sound(&finding.sounds, tag, here),
        answer: answer.clone().filter(|_| said.is_some()),
        words: said.or(answer),
    }
}

fn met(content: &Content, meeting: &Meeting, tag: &str, t: &Ui) -> Met {
    let came = meeting.came();
    let kinds = [
        ("community_came", came.all),
        ("community_women", came.women),
        ("community_men", came.men),
        ("community_others", came.others),
    ];
    Met {
        day: day(&meeting.day),
        place: content.said(&meeting.place, tag),
        came: kinds
            .into_iter()
            .filter_map(|(key, n)| Some(t.n(key, n? as usize)))
            .collect(),
        corrected: content.said(&meeting.corrected, tag),
        agreed: content.said(&meeting.agreed, tag),
    }
}

fn agreed(content: &Content, kept: &Kept<Agreement>, tag: &str, t: &Ui) -> Agreed {
    let agreement = &kept.content;
    let state = kept.state().word();
    let since = kept.states.last().map(|last| day(&last.at)).unwrap_or_default();
    Agreed {
        what: content.said(&agreement.what, tag),
        who: content.said(&agreement.who, tag),
        due: if agreement.due.is_empty() {
            String::new()
        } else {
            t.with("community_due", &[("day", &day(&agreement.due))])
        },
        state,
        state_words: t.t(&format!("community_state_{state}")),
        since: t.with("community_since", &[("day", &since)]),
    }
}

fn papers(looked: &Looked<'_>, t: &Ui) -> Vec<Link> {
    let lang = crate::plain::encoded(&looked.content.languages[looked.language].tag);
    [
        ("a4", "community_a4"),
        ("a3", "community_a3"),
        ("placemat", "community_placemat"),
    ]
    .map(|(paper, key)| Link {
        href: format!("{}?lang={lang}&paper={paper}", looked.here),
        label: t.t(key),
        lang: String::new(),
        is_here: false,
    })
    .into()
}

/// Which version it is, and what the figures are of.
pub fn facts(looked: &Looked<'_>, t: &Ui) -> Vec<String> {
    let mut facts = Vec::new();
    if let Standing::Released { number, at, before } = looked.standing {
        let number = number.to_string();
        facts.push(match before {
            None => t.with("community_made", &[("day", &day(at))]),
            Some(before) => t.with(
                "community_replaces",
                &[("number", &number), ("day", &day(at)), ("before", &day(before))],
            ),
        });
    }
    if !looked.content.results.is_empty() {
        facts.push(t.with("community_results", &[("day", &day(&looked.content.results))]));
    }
    facts
}
