//! Figures of R's `survey` 4.1-1 (R 4.2.2): every row of `expected.csv`, to a billionth of itself, and what comes of
//! iterations to a millionth. Prints by test what was compared, what differs on purpose, and what is not done.

mod figures;
mod samples;

use figures::{Ours, ours};
use samples::{Row, Sample, read};
use std::collections::BTreeMap;

/// Tests whose every row has to be compared; see the README beside the figures.
const CORE: [&str; 11] = [
    "T00_degf",
    "T01_mean",
    "T01_total",
    "T02_prop",
    "T03_by",
    "T04_ciprop",
    "T05_chisq",
    "T05_table",
    "T08_poststrat",
    "T08_rake",
    "T09_lonely",
];

#[derive(Default)]
struct Line {
    compared: usize,
    agreed: usize,
    worst: f64,
    otherwise: BTreeMap<&'static str, usize>,
    not_done: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

/// Whether R came to a figure by an iteration, to its tolerance.
fn iterative(row: &Row) -> bool {
    let (test, cell) = (row["test"].as_str(), row["cell"].as_str());
    let raked = ["T06", "T08_rake", "T08_cal", "T08_greg", "T08_trim"]
        .iter()
        .any(|name| test.starts_with(name));
    raked || matches!(cell, "logit" | "likelihood" | "lincom" | "saddlepoint")
}

impl Line {
    fn add(&mut self, row: &Row, ours: &Ours) {
        let figure = match ours {
            Ours::Figure(figure) => Some(*figure),
            Ours::Nothing => None,
            Ours::Otherwise(why) => {
                *self.otherwise.entry(why).or_default() += 1;
                return;
            }
            Ours::NotDone(what) => {
                *self.not_done.entry(what).or_default() += 1;
                return;
            }
        };
        self.compared += 1;
        let expected = row["value"].parse().ok().filter(|value: &f64| !value.is_nan());
        let error = match (figure, expected) {
            (Some(ours), Some(expected)) if expected.abs() > 1e-9 => (ours / expected - 1.0).abs(),
            (Some(ours), Some(expected)) => (ours - expected).abs(),
            (None, None) => 0.0,
            _ => f64::INFINITY,
        };
        if error <= if iterative(row) { 1e-6 } else { 1e-9 } {
            self.agreed += 1;
            self.worst = self.worst.max(error);
        } else {
            self.wrong.push(format!("{row:?}: ours is {figure:?}"));
        }
    }
}

#[test]
fn figures_are_those_of_r() {
    let mut samples: BTreeMap<String, Option<Sample>> = BTreeMap::new();
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for row in read("expected.csv") {
        let design = row["design"].clone();
        let sample = samples
            .entry(design)
            .or_insert_with_key(|design| Sample::named(design));
        let ours = ours(&row, sample.as_ref());
        lines.entry(row["test"].clone()).or_default().add(&row, &ours);
    }
    println!(
        "{:18}{:>9}{:>8}{:>15}{:>11}{:>10}",
        "test", "compared", "agreed", "largest error", "on purpose", "not done"
    );
    let mut sums = [0; 4];
    for (test, line) in &lines {
        let [otherwise, not_done] = [&line.otherwise, &line.not_done].map(|of| of.values().sum::<usize>());
        println!(
            "{test:18}{:>9}{:>8}{:>15.1e}{otherwise:>11}{not_done:>10}",
            line.compared, line.agreed, line.worst
        );
        for (sum, more) in sums
            .iter_mut()
            .zip([line.compared, line.agreed, otherwise, not_done])
        {
            *sum += more;
        }
    }
    println!(
        "{:18}{:>9}{:>8}{:>15}{:>11}{:>10}",
        "all", sums[0], sums[1], "", sums[2], sums[3]
    );
    for (test, line) in &lines {
        for (why, rows) in &line.otherwise {
            println!("{test}: {rows} differ on purpose: {why}");
        }
        for (what, rows) in &line.not_done {
            println!("{test}: {rows} not done: {what}");
        }
    }
    let wrong: Vec<&String> = lines.values().flat_map(|line| &line.wrong).collect();
    assert!(
        wrong.is_empty(),
        "{} figures differ, as {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    for test in CORE {
        let line = lines.get(test).unwrap_or_else(|| panic!("{test} has no rows"));
        assert!(
            line.not_done.is_empty() && line.compared > 0,
            "{test} is not done: {:?}",
            line.not_done
        );
    }
    assert_eq!(
        lines["T04_ciprop"].otherwise.values().sum::<usize>(),
        10,
        "more differs on purpose than is told"
    );
}
