//! The page of results: what is chosen, the chart, its figures, and where to save them.

use super::cut::{Cut, NotThere};
use super::files::WHOLE;
use super::publication::Publication;
use super::shown::{Block, blocks, left_to_right, legend, said, verdict};
use crate::assets;
use crate::plain::{Ui, encoded, ui};
use askama::Template;
use baraza_analysis::{Digits, Words};

#[derive(Template)]
#[template(path = "results.html")]
struct ResultsPage<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    title: &'a str,
    synthetic: &'a str,
    survey: &'a str,
    t: &'static Ui,
    words: Words,
    languages: Vec<Link>,
    sections: Vec<Section<'a>>,
    divisions: Vec<Choice>,
    error: String,
    shown: Option<Shown>,
    facts: Vec<String>,
    whole: Vec<Link>,
}

/// A link with its words.
struct Link {
    href: String,
    label: String,
    lang: String,
    is_here: bool,
}

/// Questions of a part of the questionnaire.
struct Section<'a> {
    label: String,
    questions: Vec<Choice>,
    /// What the section was before it got words of its own.
    own: &'a str,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

/// The table that is shown.
struct Shown {
    label: String,
    base: String,
    by: String,
    is_mean: bool,
    is_divided: bool,
    /// Of several tests, or none.
    verdict: String,
    chart: String,
    alternative: String,
    blocks: Vec<Block>,
    legend: Vec<String>,
    files: Vec<Link>,
    png: String,
}

/// What is asked of the page.
pub struct Asked<'a> {
    pub survey: &'a str,
    pub publication: &'a Publication,
    /// Position of the language.
    pub language: usize,
    pub question: Option<&'a str>,
    pub by: Option<&'a str>,
}

/// The page, and what of what was asked for is not there.
pub fn page(asked: &Asked<'_>) -> anyhow::Result<(String, Option<NotThere>)> {
    let publication = asked.publication;
    let words_here = &publication.words[asked.language];
    let (t, words) = (ui(&words_here.tag), Words::of(&words_here.tag, Digits::Western));
    let cut = Cut::of(publication, asked.question, asked.by, asked.language);
    let (cut, missing) = match cut {
        Ok(cut) => (Some(cut), None),
        Err(missing) => (None, Some(missing)),
    };
    let error = match missing {
        None => String::new(),
        Some(NotThere::Question) => t.t("results_no_question"),
        Some(NotThere::By) => t.t("results_no_by"),
    };
    let chosen = (
        cut.as_ref().map_or(0, |cut| cut.at),
        cut.as_ref().map_or("overall", |cut| cut.by.name),
    );
    let synthetic = if publication.tables.synthetic {
        words.t("synthetic")
    } else {
        ""
    };
    let address = Address::of(asked, chosen);
    let html = ResultsPage {
        assets: assets::prefix(),
        lang: &words_here.tag,
        dir: crate::http::direction(words_here.rtl),
        title: &words_here.title,
        synthetic,
        survey: asked.survey,
        t,
        words,
        languages: languages(asked, &address),
        sections: sections(asked, chosen.0, t),
        divisions: publication
            .offered()
            .map(|by| Choice {
                value: by.name.to_owned(),
                label: t.t(by.text),
                is_chosen: by.name == chosen.1,
            })
            .collect(),
        error,
        shown: cut.as_ref().map(|cut| shown(cut, &address, t, words)),
        facts: facts(publication, words_here.rtl, t, words),
        whole: whole(&address, t),
    }
    .render()?;
    Ok((html, missing))
}

/// Where things of this survey are, in this language.
struct Address {
    base: String,
    lang: String,
    question: String,
    by: &'static str,
    api: String,
}

impl Address {
    fn of(asked: &Asked<'_>, (at, by): (usize, &'static str)) -> Self {
        let question = asked.publication.tables.tables.get(at);
        Self {
            base: format!("/desk/surveys/{}/results", encoded(asked.survey)),
            lang: encoded(&asked.publication.words[asked.language].tag),
            question: question.map_or_else(String::new, |table| encoded(&table.question)),
            by,
            api: format!("/api/v1/surveys/{}/results", encoded(asked.survey)),
        }
    }

    /// The query that names the table, in a language.
    fn query(&self, lang: &str) -> String {
        format!("question={}&by={}&lang={lang}", self.question, self.by)
    }
}

fn languages(asked: &Asked<'_>, address: &Address) -> Vec<Link> {
    let all = asked.publication.words.iter().enumerate();
    all.map(|(at, words)| Link {
        href: format!("{}?{}", address.base, address.query(&encoded(&words.tag))),
        label: words.name.split(" (").next().unwrap_or_default().to_owned(),
        lang: words.tag.clone(),
        is_here: at == asked.language,
    })
    .collect()
}

/// The questions in their order, by the parts of the questionnaire.
fn sections<'a>(asked: &Asked<'a>, chosen: usize, t: &Ui) -> Vec<Section<'a>> {
    let publication = asked.publication;
    let mut sections: Vec<Section<'a>> = Vec::new();
    let words = publication.words[asked.language].tables.iter();
    for (at, (table, words)) in publication.tables.tables.iter().zip(words).enumerate() {
        let question = Choice {
            value: table.question.clone(),
            label: words.label.clone(),
            is_chosen: at == chosen,
        };
        match sections.last_mut() {
            Some(last) if last.own == words.section => last.questions.push(question),
            _ => sections.push(Section {
                label: if words.section.is_empty() {
                    t.t("results_other")
                } else {
                    words.section.clone()
                },
                questions: vec![question],
                own: &words.section,
            }),
        }
    }
    sections
}

fn shown(cut: &Cut<'_>, address: &Address, t: &Ui, words: Words) -> Shown {
    let query = address.query(&address.lang);
    let file = |ending: &str, text: &str| Link {
        href: format!("{}/table.{ending}?{query}", address.base),
        label: t.t(text),
        lang: String::new(),
        is_here: false,
    };
    let mut files = vec![
        file("svg", "results_svg"),
        file("csv", "results_csv"),
        file("xlsx", "results_xlsx"),
    ];
    files.push(Link {
        href: format!("{}?{query}", address.api),
        ..file("json", "results_json")
    });
    let by = t.t(cut.by.text);
    Shown {
        label: cut.label().to_owned(),
        base: format!("{}: {}", words.t("base"), words.parts(&cut.table().base)),
        by: by.clone(),
        is_mean: cut.is_mean(),
        is_divided: cut.domains.len() > 1,
        verdict: verdict(cut, t, words),
        chart: format!("{}/table.svg?{query}", address.base),
        alternative: t.with("results_chart", &[("question", cut.label()), ("by", &by)]),
        blocks: blocks(cut, t, words),
        legend: legend(cut, words),
        files,
        png: format!("{}-{}.png", file_name(&cut.table().question), cut.by.name),
    }
}

/// A name for a file that no system dislikes.
pub fn file_name(key: &str) -> String {
    let fits = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
            c
        } else {
            '-'
        }
    };
    key.chars().map(fits).collect()
}

fn facts(publication: &Publication, is_rtl: bool, t: &Ui, words: Words) -> Vec<String> {
    let tables = &publication.tables;
    let day = if is_rtl {
        left_to_right(&tables.made)
    } else {
        tables.made.clone()
    };
    let mut facts = vec![
        words.with("made", &[("when", &day)]),
        words.with("respondents", &[("n", &words.count(tables.respondents))]),
    ];
    facts.extend(said(publication, words));
    facts.push(t.t("results_updates"));
    facts
}

fn whole(address: &Address, t: &Ui) -> Vec<Link> {
    let file = |name: &str, text: &str| Link {
        href: format!("{}/{name}?lang={}", address.base, address.lang),
        label: t.t(text),
        lang: String::new(),
        is_here: false,
    };
    WHOLE
        .iter()
        .map(|whole| {
            let name = whole.name.strip_suffix(".html").unwrap_or(whole.name);
            file(name, whole.text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::plain::ui;
    use crate::results::{files::WHOLE, publication::BY};

    #[test]
    fn every_text_of_these_pages_is_there_in_every_language() {
        let all = include_str!("../../web/i18n/results/en.json");
        let texts: serde_json::Map<String, serde_json::Value> = serde_json::from_str(all).expect("JSON");
        let used = BY
            .iter()
            .map(|by| by.text)
            .chain(WHOLE.iter().map(|whole| whole.text));
        for key in used {
            assert!(texts.contains_key(key), "{key}");
        }
        let places = |text: &str| text.matches('{').count();
        for own in ["ar", "en", "es", "fr", "sw"] {
            for (key, english) in &texts {
                let text = ui(own).t(key);
                assert_ne!(text, *key, "{own}");
                assert_eq!(
                    places(&text),
                    places(english.as_str().unwrap_or_default()),
                    "{own} {key}"
                );
            }
        }
    }
}
