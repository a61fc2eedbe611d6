//! What is drawn from tables as CSV: tests, differences, orders, changes, and how the interviews ended.

use super::csv::neutral;
use crate::error::Error;
use crate::protect::{Released, ReleasedTable};
use crate::rounds::Changes;
use std::io::Write;

fn write<const N: usize>(
    writer: impl Write,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<(), Error> {
    let mut csv = csv::Writer::from_writer(writer);
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(row)?;
    }
    csv.flush().map_err(csv::Error::from)?;
    Ok(())
}

fn number(value: f64) -> String {
    value.to_string()
}

fn some(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}

fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

fn category(table: &ReleasedTable, at: usize) -> String {
    neutral(table.categories().get(at).map_or("", |category| &category.code))
}

/// By and code; `overall` for all.
fn domain(released: &Released, at: usize) -> [String; 2] {
    let domain = &released.domains()[at];
    [domain.by.clone(), neutral(&domain.code)]
}

/// One test a row: whether answers differ between the domains of a disaggregation. `p_holm` and `p_bh` are adjusted
/// over all rows.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_tests(released: &Released, writer: impl Write) -> Result<(), Error> {
    let header = [
        "question",
        "category",
        "by",
        "f",
        "df1",
        "df2",
        "p",
        "p_holm",
        "p_bh",
        "synthetic",
    ];
    let rows = released.findings().tests.iter().map(|test| {
        let table = &released.tables()[test.table];
        [
            neutral(table.question()),
            test.category.map_or_else(String::new, |at| category(table, at)),
            test.by.clone(),
            some(test.statistic.map(|(f, _, _)| f)),
            some(test.statistic.map(|(_, df, _)| df)),
            some(test.statistic.map(|(_, _, df)| df)),
            number(test.p),
            number(test.holm),
            number(test.bh),
            yes(released.synthetic()),
        ]
    });
    write(writer, header, rows)
}

/// One difference between two domains a row.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_differences(released: &Released, writer: impl Write) -> Result<(), Error> {
    let header = [
        "question",
        "category",
        "by",
        "domain",
        "against_by",
        "against",
        "difference",
        "se",
        "ci_low",
        "ci_high",
        "p",
        "p_holm",
        "marked",
        "synthetic",
    ];
    let rows = released.findings().comparisons.iter().map(|found| {
        let table = &released.tables()[found.table];
        let [by, code] = domain(released, found.domains.0);
        let [against_by, against] = domain(released, found.domains.1);
        [
            neutral(table.question()),
            category(table, found.category),
            by,
            code,
            against_by,
            against,
            number(found.difference),
            number(found.se),
            number(found.ci.0),
            number(found.ci.1),
            number(found.p),
            number(found.holm),
            yes(found.marked),
            yes(released.synthetic()),
        ]
    });
    write(writer, header, rows)
}

/// Ranked choices from the largest share down, one a row; `told_from_next` says whether the share exceeds the next by
/// more than chance, blank at the end and before what is withheld.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_orders(released: &Released, writer: impl Write) -> Result<(), Error> {
    let header = [
        "question",
        "by",
        "domain",
        "place",
        "category",
        "share",
        "difference_to_next",
        "p",
        "p_holm",
        "told_from_next",
        "synthetic",
    ];
    let rows = released.findings().orders.iter().flat_map(|order| {
        order.categories.iter().enumerate().map(move |(place, &at)| {
            let table = &released.tables()[order.table];
            let [by, code] = domain(released, order.domain);
            let step = order.steps.get(place).copied().flatten();
            [
                neutral(table.question()),
                by,
                code,
                (place + 1).to_string(),
                category(table, at),
                some(
                    table
                        .cell(order.domain, at)
                        .estimate
                        .map(|estimate| estimate.value),
                ),
                some(step.map(|step| step.difference)),
                some(step.map(|step| step.p)),
                some(step.map(|step| step.holm)),
                step.map_or_else(String::new, |step| yes(step.distinct)),
                yes(released.synthetic()),
            ]
        })
    });
    write(writer, header, rows)
}

/// How the interviews ended: one row, none where that is not known.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_fieldwork(released: &Released, writer: impl Write) -> Result<(), Error> {
    let header = [
        "complete",
        "refused",
        "under_age",
        "rejected",
        "cooperation_rate",
        "synthetic",
    ];
    let rows = released.findings().fieldwork.iter().map(|fieldwork| {
        [
            fieldwork.complete.to_string(),
            fieldwork.refused.to_string(),
            fieldwork.ineligible.to_string(),
            fieldwork.rejected.to_string(),
            some(fieldwork.cooperation()),
            yes(released.synthetic()),
        ]
    });
    write(writer, header, rows)
}

/// One change from a round to the next a row, the estimates of both beside it. `rounds` are those the changes were
/// found in, in their order; changes of cells that either round withholds are left out.
///
/// # Errors
/// [`Error::Csv`] where the writer fails.
pub fn write_changes(rounds: &[&Released], changes: Changes, writer: impl Write) -> Result<(), Error> {
    let header = [
        "question",
        "category",
        "by",
        "domain",
        "from",
        "to",
        "estimate_from",
        "n_from",
        "estimate_to",
        "n_to",
        "change",
        "se",
        "ci_low",
        "ci_high",
        "p",
        "p_holm",
        "p_bh",
        "alert",
        "synthetic",
    ];
    let cell = |round: usize, (table, domain, category): (usize, usize, usize)| {
        rounds[round].tables()[table].cell(domain, category)
    };
    let changes = changes.kept(&|round, place| cell(round, place).is_exact());
    let rows = changes.changes.iter().map(|change| {
        let (later, synthetic) = (
            rounds[change.rounds.1],
            rounds.iter().any(|round| round.synthetic()),
        );
        let table = &later.tables()[change.tables.1];
        let [by, code] = domain(later, change.domains.1);
        let before = cell(
            change.rounds.0,
            (change.tables.0, change.domains.0, change.categories.0),
        )
        .estimate;
        let after = cell(
            change.rounds.1,
            (change.tables.1, change.domains.1, change.categories.1),
        )
        .estimate;
        let n = |estimate: Option<crate::Estimate>| estimate.map_or_else(String::new, |e| e.n.to_string());
        [
            neutral(table.question()),
            category(table, change.categories.1),
            by,
            code,
            neutral(&changes.rounds[change.rounds.0]),
            neutral(&changes.rounds[change.rounds.1]),
            some(before.map(|e| e.value)),
            n(before),
            some(after.map(|e| e.value)),
            n(after),
            number(change.difference),
            number(change.se),
            number(change.ci.0),
            number(change.ci.1),
            number(change.p),
            number(change.holm),
            number(change.bh),
            yes(change.alert),
            yes(synthetic),
        ]
    });
    write(writer, header, rows)
}
