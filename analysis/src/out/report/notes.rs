//! What is said about all figures: facts of the survey, signs, limits. The workbook says the same.

use crate::out::About;
use crate::out::words::Words;
use crate::protect::{Released, ReleasedCell, ReleasedTable, Status};

/// Survey, version, day, respondents, weights, and what the intervals are worth, a sentence each.
pub fn facts(released: &Released, about: &About<'_>) -> Vec<String> {
    let words = about.words();
    let version = [("survey", released.survey()), ("version", released.version())];
    let respondents = words.count(about.respondents);
    // From left to right, whatever surrounds it.
    let day = if about.language().rtl {
        format!("\u{2066}{}\u{2069}", words.digits(about.made))
    } else {
        about.made.to_owned()
    };
    let weighted = if released.weighted() {
        "weighted"
    } else {
        "unweighted"
    };
    let interval = if released.probability_sample() {
        "probability"
    } else {
        "indicative"
    };
    let mut facts = vec![
        words.with("version", &version),
        words.with("made", &[("when", &day)]),
        words.with("respondents", &[("n", &respondents)]),
        words.t(weighted).to_owned(),
        words.t(interval).to_owned(),
    ];
    if released.synthetic() {
        facts.insert(0, words.t("synthetic").to_owned());
    }
    facts
}

/// The rules by which figures are withheld.
pub fn limits(released: &Released, words: Words) -> Vec<String> {
    let policy = released.policy();
    let [minimum, marked, floor] =
        [policy.minimum_base, policy.marked_base, policy.floor].map(|n| words.count(n));
    let interval = if released.probability_sample() {
        "probability"
    } else {
        "indicative"
    };
    let tested = if released.findings().tests.is_empty() {
        "read_tests"
    } else {
        "read_differences"
    };
    vec![
        words.t(interval).to_owned(),
        words.with("limit_base", &[("minimum", &minimum), ("marked", &marked)]),
        words.with("limit_floor", &[("floor", &floor)]),
        words.t(tested).to_owned(),
    ]
}

/// The signs in these tables, and why figures are withheld, each once.
pub fn legend<'a>(
    released: &Released,
    tables: impl IntoIterator<Item = &'a ReleasedTable>,
    words: Words,
) -> Vec<String> {
    let mut cells: Vec<ReleasedCell> = Vec::new();
    for table in tables {
        for cell in all(released, table) {
            if !cells.iter().any(|known| known.status == cell.status) {
                cells.push(cell);
            }
        }
    }
    let divider = if words.own == "ar" { "؛ " } else { "; " };
    let whys = |wanted: &dyn Fn(&ReleasedCell) -> bool| {
        let whys = cells
            .iter()
            .filter(|cell| wanted(cell))
            .map(|cell| why(cell.status, words));
        whys.collect::<Vec<_>>().join(divider)
    };
    let mut lines = Vec::new();
    if cells.iter().any(|cell| cell.status == Status::Marked) {
        let marked = words.count(released.policy().marked_base);
        lines.push(words.with("marked_sign", &[("marked", &marked)]));
    }
    let changed = whys(&|cell| sign(*cell) == CHANGED);
    if !changed.is_empty() {
        lines.push(words.with("rounded_sign", &[("why", &changed)]));
    }
    let withheld = whys(&|cell| cell.estimate.is_none());
    if !withheld.is_empty() {
        lines.push(words.with("withheld_sign", &[("why", &withheld)]));
    }
    lines
}

/// The sign of a figure that is shown otherwise than it came out.
const CHANGED: &str = "≈";

/// The sign behind a figure that is shown; blank for most.
pub fn sign(cell: ReleasedCell) -> &'static str {
    match cell.status {
        Status::Published => "",
        Status::Marked => "*",
        _ if cell.estimate.is_some() => CHANGED,
        _ => "",
    }
}

/// Why a figure is withheld, or shown otherwise than it came out.
pub fn why(status: Status, words: Words) -> &'static str {
    words.find(status.word()).unwrap_or(status.note())
}

/// Whether each answer of the table has a base of its own, so that n belongs to the figure and not to the group.
pub fn own_bases(released: &Released, table: &ReleasedTable) -> bool {
    (0..released.domains().len()).any(|domain| {
        let cells = (0..table.categories().len()).map(|category| table.cell(domain, category));
        let mut bases = cells.filter_map(|cell| Some(cell.estimate?.n));
        let first = bases.next();
        bases.any(|n| Some(n) != first)
    })
}

fn all<'a>(released: &'a Released, table: &'a ReleasedTable) -> impl Iterator<Item = ReleasedCell> + 'a {
    let width = table.categories().len().max(1);
    (0..released.domains().len() * width).map(move |at| table.cell(at / width, at % width))
}

/// How many figures are withheld, and of how many.
pub fn withheld(released: &Released) -> (u64, u64) {
    let cells = released.tables().iter().flat_map(|table| all(released, table));
    cells.fold((0, 0), |(withheld, total), cell| {
        (withheld + u64::from(cell.estimate.is_none()), total + 1)
    })
}
