//! A table in words: its figures as they are read, why some are missing, and whether its groups differ.

use super::cut::Cut;
use super::publication::{Cell, Publication};
use crate::plain::Ui;
use baraza_analysis::Words;
use std::collections::BTreeSet;

/// An answer with a row for each group.
pub struct Block {
    pub label: String,
    pub rows: Vec<Row>,
}

pub struct Row {
    pub label: String,
    pub estimate: String,
    pub interval: String,
    pub n: String,
    pub note: String,
    pub is_withheld: bool,
    /// How it differs, in a sign and in words.
    pub sign: &'static str,
    pub differs: String,
}

/// The rows of a table, by answer and group.
pub fn blocks(cut: &Cut<'_>, t: &Ui, words: Words) -> Vec<Block> {
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
    let estimate = cell.estimate.map_or_else(String::new, |value| {
        let number = number(value);
        if cut.is_mean() {
            number
        } else {
            words.with("percent", &[("n", &number)])
        }
    });
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
        is_withheld: cell.estimate.is_none(),
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
pub fn left_to_right(text: &str) -> String {
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
pub fn said(publication: &Publication, words: Words) -> [String; 2] {
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
pub fn legend(cut: &Cut<'_>, words: Words) -> Vec<String> {
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
pub fn verdict(cut: &Cut<'_>, t: &Ui, words: Words) -> String {
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
    let some = |differ: usize, of: usize| {
        let (n, total) = (differ.to_string(), of.to_string());
        t.with("results_differ_some", &[("n", &n), ("total", &total)])
    };
    // Where figures are rounded there is no test of all groups, but there are differences that rounding can't explain.
    let differing: BTreeSet<usize> = cut.differences().map(|found| found.category).collect();
    match &tests[..] {
        [] if !differing.is_empty() => some(differing.len(), cut.categories().count()),
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
            some(differ, several.len())
        }
    }
}
