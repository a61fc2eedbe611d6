//! The first page: what a project wants to be seen first.

use super::Report;
use super::chart::Bar;
use super::dots::base_of;
use super::html::{escape, id};
use crate::error::Error;
use crate::protect::ReleasedTable;
use crate::table::Statistic;
use std::io::Read;

/// Questions in their order, where nothing says what comes first.
const WITHOUT_LIST: usize = 12;

/// What the first page shows, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FirstPage(pub Vec<Headline>);

/// A question on the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// Its heading: `safe_day`, `safe_dark`, `change`, `threats`, `threats_ranked`, `incidents`, `reporting`,
    /// `expectation`, `providers`, `trust`, `needs`, `community` or `heard`, which are translated; any other is shown
    /// as it is.
    pub topic: String,
    /// Key of the question.
    pub question: String,
    /// Codes of answers that are shown by gender, age and group as well.
    pub answers: Vec<String>,
}

impl FirstPage {
    /// From a CSV with the columns `topic`, `question` and `answers` (codes divided by spaces, or blank):
    ///
    /// ```csv
    /// topic,question,answers
    /// safe_dark,safe_dark,very_safe
    /// incidents,incident,yes
    /// Trust in the water committee,trust_water,
    /// ```
    ///
    /// # Errors
    /// [`Error::FirstPage`] where a column is missing or a row names no question.
    pub fn from_csv(reader: impl Read) -> Result<Self, Error> {
        let mut csv = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(reader);
        let header = csv.headers()?.clone();
        let column = |name: &str| {
            let at = header
                .iter()
                .position(|cell| cell.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
            at.ok_or_else(|| Error::FirstPage(format!("its first row lacks the column '{name}'")))
        };
        let (topic, question, answers) = (column("topic")?, column("question")?, column("answers")?);
        let mut headlines = Vec::new();
        for (at, record) in csv.records().enumerate() {
            let record = record?;
            let cell = |column: usize| record.get(column).unwrap_or_default().to_owned();
            if cell(question).is_empty() {
                return Err(Error::FirstPage(format!("row {} names no question", at + 2)));
            }
            headlines.push(Headline {
                topic: cell(topic),
                question: cell(question),
                answers: cell(answers).split_whitespace().map(String::from).collect(),
            });
        }
        Ok(Self(headlines))
    }

    /// Keys that none of the tables has.
    pub fn unknown<'a>(&'a self, released: &'a crate::Released) -> impl Iterator<Item = &'a str> {
        let known = |key: &str| released.tables().iter().any(|table| table.question() == key);
        self.0
            .iter()
            .map(|headline| headline.question.as_str())
            .filter(move |key| !known(key))
    }
}

impl Report<'_> {
    /// The questions that come first, with how all figures are to be read.
    pub fn first_page(&self, first: &FirstPage) -> String {
        let tables = self.released.tables();
        let listed = first.0.iter().filter_map(|headline| {
            let table = tables
                .iter()
                .enumerate()
                .find(|(_, table)| table.question() == headline.question)?;
            Some(self.headline(self.words.t(&headline.topic), table, &headline.answers))
        });
        let mut cards: String = listed.collect();
        if cards.is_empty() {
            let first = tables
                .iter()
                .enumerate()
                .filter(|(_, table)| table.statistic() == Statistic::Proportion);
            cards = first
                .take(WITHOUT_LIST)
                .map(|table| self.headline("", table, &[]))
                .collect();
        }
        let reading = ["read_share", "read_chart"]
            .map(|key| format!("<p>{}</p>", self.t(key)))
            .concat();
        let signs: String = super::legend(self.released, tables, self.words)
            .iter()
            .map(|line| format!("<p>{}</p>", escape(line)))
            .collect();
        format!(
            "<section class=\"first\"><h2>{}</h2><div class=\"cards\">{cards}</div>\
             <div class=\"read\"><h3>{}</h3>{reading}{signs}</div></section>\n",
            self.t("at_a_glance"),
            self.t("how_to_read")
        )
    }

    fn headline(&self, topic: &str, (at, table): (usize, &ReleasedTable), answers: &[String]) -> String {
        let label = escape(self.about.table_label(table));
        let (heading, under) = if topic.is_empty() {
            (label, String::new())
        } else {
            (escape(topic), format!("<p>{label}</p>"))
        };
        let base = escape(&self.words.parts(table.base()));
        let groups: String = answers
            .iter()
            .map(|code| self.by_groups((at, table), code))
            .collect();
        let (figure, more) = (self.glance(table), self.t("more_below"));
        format!(
            "<article><h3>{heading}</h3>{under}<p class=\"base\">{}: {base}</p>{figure}{groups}\
             <p class=\"more\"><a href=\"#{}\">{more}</a></p></article>",
            self.t("base"),
            id(table.question())
        )
    }

    /// All answers as a list that can be read without the chart.
    fn glance(&self, table: &ReleasedTable) -> String {
        match table.statistic() {
            Statistic::Mean if table.categories().is_empty() => {
                let bars = [Bar {
                    label: self.words.t("mean").to_owned(),
                    id: None,
                    cell: table.cell(0, 0),
                }];
                let chart = self.bars(&bars, Statistic::Mean);
                format!(
                    "<figure><figcaption>{}</figcaption>{chart}</figure>",
                    self.n(table, 0)
                )
            }
            _ => self.spoken(table) + &self.overall(table, None),
        }
    }

    fn spoken(&self, table: &ReleasedTable) -> String {
        let said = table.categories().iter().enumerate().map(|(at, category)| {
            format!(
                "<li>{}: {}</li>",
                escape(self.about.category_label(table, category)),
                escape(&self.figure(table.cell(0, at), table.statistic()))
            )
        });
        format!("<ul class=\"unseen\">{}</ul>", said.collect::<String>())
    }

    /// One answer by gender, age and group.
    fn by_groups(&self, (number, table): (usize, &ReleasedTable), code: &str) -> String {
        let Some(at) = table
            .categories()
            .iter()
            .position(|category| category.code == code)
        else {
            return String::new();
        };
        let domains = self.divisions.iter().flatten().copied();
        let bars: Vec<Bar> = domains
            .filter(|&domain| base_of(table, domain).is_some())
            .map(|domain| Bar {
                label: self.group_label(table, domain, at),
                id: None,
                cell: table.cell(domain, at),
            })
            .collect();
        if bars.iter().all(|bar| bar.cell.estimate.is_none()) {
            return String::new();
        }
        let answer = self.about.category_label(table, &table.categories()[at]);
        let caption = self.words.with("answers_where", &[("answer", answer)]);
        let chart = self.bars(&bars, table.statistic());
        format!(
            "<figure><figcaption>{}</figcaption>{chart}</figure>{}",
            escape(&caption),
            self.differences((number, table), Some(at))
        )
    }

    /// 'Woman · n 1204'
    fn group_label(&self, table: &ReleasedTable, domain: usize, category: usize) -> String {
        let label = self.domain_label(domain);
        match table.cell(domain, category).estimate {
            Some(estimate) => format!("{label} · {} {}", self.words.t("n"), self.words.count(estimate.n)),
            None => label,
        }
    }
}
