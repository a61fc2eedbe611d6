//! The page of results: what is chosen, the chart, its figures, and where to save them.

use super::cut::{Cut, NotThere};
use super::files::WHOLE;
use super::publication::{Cell, Publication};
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

/// An answer with a row for each group.
struct Block {
    label: String,
    rows: Vec<Row>,
}

struct Row {
    label: String,
    estimate: String,
    interval: String,
    n: String,
    note: String,
    /// How it differs, in a sign and in words.
    sign: &'static str,
    differs: String,
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

fn blocks(cut: &Cut<'_>, t: &Ui, words: Words) -> Vec<Block> {
    cut.categories()
        .map(|at| {
            let rows = cut.domains.iter().filter_map(|&domain| {
                let cell = cut.cell(domain, at)?;
                Some(row(cut, (domain, at), cell, t, words))
            });
            let label = cut.category(at).map_or(words.t("mean"), |(_, label)| label);
            Block {
                label: label.to_owned(),
                rows: rows.collect(),
            }
        })
        .collect()
}

fn row(cut: &Cut<'_>, (domain, category): (usize, usize), cell: &Cell, t: &Ui, words: Words) -> Row {
    let number = |value: f64| {
        if cut.is_mean() {
            words.number(value, 1)
        } else {
            words.share(value)
        }
    };
    let estimate = cell.estimate.map_or_else(
        || "—".to_owned(),
        |value| {
            let number = number(value);
            if cut.is_mean() {
                number
            } else {
                words.with("percent", &[("n", &number)])
            }
        },
    );
    let interval = cell.ci().map_or_else(String::new, |(low, high)| {
        words.with("range", &[("low", &number(low)), ("high", &number(high))])
    });
    let found = cut
        .differences()
        .find(|found| found.category == category && found.domains.0 == domain);
    let (sign, differs) = found.map_or(("", String::new()), |found| {
        let other = domain_label(cut, found.domains.1, words);
        let (sign, key) = if found.value > 0.0 {
            ("↑", "results_higher")
        } else {
            ("↓", "results_lower")
        };
        (sign, t.with(key, &[("group", &other)]))
    });
    Row {
        label: domain_label(cut, domain, words),
        estimate,
        interval,
        n: cell.n.map_or_else(String::new, |n| words.count(n)),
        note: note(cut, &cell.status, words),
        sign,
        differs,
    }
}

/// A group as it is read: 'All', 'Woman', '18-30'.
pub fn domain_label(cut: &Cut<'_>, at: usize, words: Words) -> String {
    if at == 0 {
        words.t("all").to_owned()
    } else {
        let domain = &cut.publication.tables.domains[at];
        let parts = domain.by.split('*').zip(cut.words.domains[at].split(" × "));
        let parts = parts.map(|(by, label)| {
            if by == "age" && cut.words.rtl {
                left_to_right(label)
            } else {
                label.to_owned()
            }
        });
        parts.collect::<Vec<_>>().join(" × ")
    }
}

/// A text that goes from left to right in whatever surrounds it, such as `18-30`.
fn left_to_right(text: &str) -> String {
    format!("\u{2066}{text}\u{2069}")
}

/// Why a figure is missing, or not as it came out; blank for most.
pub fn note(cut: &Cut<'_>, status: &str, words: Words) -> String {
    if status == "marked" {
        let marked = words.count(cut.publication.tables.thresholds.marked_base);
        words.with("marked_sign", &[("marked", &marked)])
    } else {
        words.find(status).unwrap_or_default().to_owned()
    }
}

/// Base, and what the figures are worth: what goes with a table wherever it goes.
pub fn worth(cut: &Cut<'_>, words: Words) -> Vec<String> {
    let tables = &cut.publication.tables;
    let mut lines = vec![format!("{}: {}", words.t("base"), words.parts(&cut.table().base))];
    lines.extend(said(cut.publication, words));
    if tables.synthetic {
        lines.push(words.t("synthetic").to_owned());
    }
    lines.extend(legend(cut, words));
    lines
}

/// Whether figures are weighted, and what intervals are worth.
fn said(publication: &Publication, words: Words) -> [String; 2] {
    let tables = &publication.tables;
    let weighted = if tables.weighted { "weighted" } else { "unweighted" };
    let interval = if tables.interval == "indicative" {
        "indicative"
    } else {
        "probability"
    };
    [weighted, interval].map(|key| words.t(key).to_owned())
}

/// What decides that figures are missing, where some of this table are.
fn legend(cut: &Cut<'_>, words: Words) -> Vec<String> {
    let thresholds = &cut.publication.tables.thresholds;
    let cells = || {
        let domains = cut.domains.iter();
        domains.flat_map(|&domain| cut.categories().filter_map(move |at| cut.cell(domain, at)))
    };
    let mut lines = Vec::new();
    if cells().any(|cell| cell.status != "published") {
        let [minimum, marked, floor] =
            [thresholds.minimum_base, thresholds.marked_base, thresholds.floor].map(|n| words.count(n));
        lines.push(words.with("limit_base", &[("minimum", &minimum), ("marked", &marked)]));
        lines.push(words.with("limit_floor", &[("floor", &floor)]));
    }
    lines
}

/// Whether the groups differ, after the adjustment for all tests of the release.
fn verdict(cut: &Cut<'_>, t: &Ui, words: Words) -> String {
    if cut.domains.len() == 1 {
        return String::new();
    }
    let tests: Vec<_> = cut.tests().collect();
    let p = |p: f64| {
        if p < 0.001 {
            format!("<{}", words.number(0.001, 3))
        } else {
            words.number(p, 3)
        }
    };
    match &tests[..] {
        [] => t.t("results_untested"),
        [one] if one.category.is_none() => {
            let key = if one.differs {
                "results_differs"
            } else {
                "results_same"
            };
            t.with(key, &[("p", &p(one.p))])
        }
        several => {
            let differ = several.iter().filter(|test| test.differs).count();
            let (n, total) = (differ.to_string(), several.len().to_string());
            t.with("results_differ_some", &[("n", &n), ("total", &total)])
        }
    }
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

#[derive(Template)]
#[template(path = "results-wait.html")]
struct WaitPage<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    title: &'a str,
    heading: String,
    text: String,
    again: String,
    here: String,
}

/// The page while there are no results yet; `too_few` says how many it takes where they are too few.
pub fn wait(
    survey: &str,
    (title, tag, rtl): (&str, &str, bool),
    too_few: Option<u64>,
) -> anyhow::Result<String> {
    let t = ui(tag);
    let (heading, text) = match too_few {
        Some(n) => (
            t.t("results_too_few_title"),
            t.with("results_too_few", &[("n", &n.to_string())]),
        ),
        None => (t.t("results_preparing_title"), t.t("results_preparing")),
    };
    Ok(WaitPage {
        assets: assets::prefix(),
        lang: tag,
        dir: crate::http::direction(rtl),
        title,
        heading,
        text,
        again: t.t("results_again"),
        here: format!("/desk/surveys/{}/results?lang={}", encoded(survey), encoded(tag)),
    }
    .render()?)
}
