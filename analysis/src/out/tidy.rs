//! The tidy table: one estimate a row. CSV and Parquet write these rows, so that their figures can't differ.

use crate::estimate::Estimate;
use crate::protect::{Released, ReleasedTable, Status};
use crate::table::Statistic;
use crate::variables::{Category, Domain};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Words; blank where there are none.
    Text(&'a str),
    /// Yes or no.
    Flag(bool),
    /// A figure; `None` where it is withheld or unknown.
    Number(Option<f64>),
    /// A count; `None` where it is withheld.
    Count(Option<u64>),
}

/// A column of the tidy table.
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Its tag by the Humanitarian Exchange Language, version 1.1: core hashtags of its dictionary, with attributes.
    /// Figures are indicators (`+num` is for numbers), and who answered are respondees; nobody here is `#affected`,
    /// which counts people hit by an emergency.
    pub hxl: &'static str,
    /// Its cell in a row.
    pub cell: for<'a> fn(&Row<'a>) -> Cell<'a>,
}

/// An estimate with all that is needed to understand it.
pub struct Row<'a> {
    released: &'a Released,
    table: &'a ReleasedTable,
    category: Option<&'a Category>,
    domain: &'a Domain,
    estimate: Option<Estimate>,
    status: Status,
}

/// Rows by table, domain and category, the category running fastest.
pub fn rows(released: &Released) -> impl Iterator<Item = Row<'_>> {
    released.tables().iter().flat_map(move |table| {
        let domains = released.domains().iter().enumerate();
        domains.flat_map(move |(at, domain)| {
            (0..table.categories().len().max(1)).map(move |category| {
                let cell = table.cell(at, category);
                Row {
                    released,
                    table,
                    category: table.categories().get(category),
                    domain,
                    estimate: cell.estimate,
                    status: cell.status,
                }
            })
        })
    })
}

const fn column(name: &'static str, hxl: &'static str, cell: for<'a> fn(&Row<'a>) -> Cell<'a>) -> Column {
    Column { name, hxl, cell }
}

fn category<'a>(row: &Row<'a>, part: impl Fn(&'a Category) -> &'a str) -> Cell<'a> {
    Cell::Text(row.category.map_or("", part))
}

fn figure<'a>(row: &Row<'a>, part: impl Fn(Estimate) -> Option<f64>) -> Cell<'a> {
    Cell::Number(row.estimate.and_then(part))
}

/// The columns in their order.
pub const COLUMNS: [Column; 24] = [
    column("survey", "#meta+survey", |row| Cell::Text(row.released.survey())),
    column("version", "#meta+version", |row| {
        Cell::Text(row.released.version())
    }),
    column("synthetic", "#meta+synthetic", |row| {
        Cell::Flag(row.released.synthetic())
    }),
    column("question", "#indicator+code", |row| {
        Cell::Text(row.table.question())
    }),
    column("question_label", "#indicator+name", |row| {
        Cell::Text(row.table.label())
    }),
    column("statistic", "#indicator+type", |row| {
        Cell::Text(statistic(row.table.statistic()))
    }),
    column("category", "#indicator+category+code", |row| {
        category(row, |c| &c.code)
    }),
    column("category_label", "#indicator+category+name", |row| {
        category(row, |c| &c.label)
    }),
    column("special", "#indicator+category+type", |row| {
        category(row, |c| special(c))
    }),
    column("by", "#respondee+type", |row| Cell::Text(&row.domain.by)),
    column("domain", "#respondee+code", |row| Cell::Text(&row.domain.code)),
    column("domain_label", "#respondee+name", |row| {
        Cell::Text(&row.domain.label)
    }),
    column("estimate", "#indicator+num", |row| figure(row, |e| Some(e.value))),
    column("se", "#indicator+num+se", |row| figure(row, |e| e.se)),
    column("ci_low", "#indicator+num+ci_low", |row| {
        figure(row, |e| e.ci.map(|ci| ci.0))
    }),
    column("ci_high", "#indicator+num+ci_high", |row| {
        figure(row, |e| e.ci.map(|ci| ci.1))
    }),
    column("n", "#respondee+num", |row| {
        Cell::Count(row.estimate.map(|e| e.n))
    }),
    column("df", "#meta+df+num", |row| {
        Cell::Count(row.estimate.map(|e| e.df as u64))
    }),
    column("deff", "#meta+deff+num", |row| figure(row, |e| e.deff)),
    column("base", "#meta+base", |row| Cell::Text(row.table.base())),
    column("weighted", "#meta+weighted", |row| {
        Cell::Flag(row.released.weighted())
    }),
    column("interval", "#meta+interval", |row| {
        Cell::Text(interval(row.released))
    }),
    column("status", "#status+code", |row| Cell::Text(row.status.word())),
    column("note", "#status+text", |row| Cell::Text(row.status.note())),
];

/// The word for a statistic.
pub fn statistic(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Proportion => "proportion",
        Statistic::Mean => "mean",
    }
}

/// What the intervals are worth.
pub fn interval(released: &Released) -> &'static str {
    if released.probability_sample() {
        "design-based"
    } else {
        "indicative"
    }
}

/// The word for a category that stands apart; blank for the others.
pub fn special(category: &Category) -> &'static str {
    use baraza_forms::form::Special;
    match category.special {
        None => "",
        Some(Special::DontKnow) => "dont_know",
        Some(Special::PreferNotToSay) => "prefer_not_to_say",
        Some(Special::None) => "none",
    }
}
