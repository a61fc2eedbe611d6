//! Figures of R's `survey` 4.1-1 (R 4.2.2), to be met to a billionth of themselves.
//!
//! The recipes stand beside the data: one-stage designs with and without finite population correction, domains
//! within the whole design, logit intervals, and strata with one unit centred at the grand mean.

use baraza_analysis::Estimate;
use baraza_analysis::design::{Design, DesignColumns};
use baraza_analysis::estimate::{means, proportions};
use baraza_analysis::tally::{DomainColumns, Measure, NONE, Tally};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

type Row = BTreeMap<String, String>;

fn read(name: &str) -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/reference")
        .join(name);
    let mut csv = csv::Reader::from_path(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}: the reference figures are read from there",
            path.display()
        )
    });
    csv.deserialize().map(|row| row.expect("a row")).collect()
}

/// Distinct values of a column in R's order of factor levels, and the number of each row.
fn factor(rows: &[Row], column: &str) -> (Vec<String>, Vec<u32>) {
    let levels: Vec<String> = rows
        .iter()
        .map(|r| r[column].clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let codes = rows
        .iter()
        .map(|r| {
            levels
                .iter()
                .position(|l| *l == r[column])
                .map_or(NONE, |at| at as u32)
        })
        .collect();
    (levels, codes)
}

fn numbers(rows: &[Row], column: &str) -> Vec<f64> {
    rows.iter()
        .map(|row| row[column].parse().unwrap_or(f64::NAN))
        .collect()
}

/// A data set with its design.
struct Sample {
    rows: Vec<Row>,
    design: Design,
}

impl Sample {
    fn new(dataset: &str, strata: Option<&str>, psus: Option<&str>, fpc: bool) -> Self {
        let rows = read(dataset);
        let codes = |column: Option<&str>| column.map(|c| factor(&rows, c).1).unwrap_or_default();
        let columns = DesignColumns {
            weights: numbers(&rows, "pw"),
            strata: codes(strata),
            psus: codes(psus),
            populations: if fpc { numbers(&rows, "fpc") } else { Vec::new() },
        };
        let design = Design::new(&columns).expect("a design");
        Self { rows, design }
    }

    fn named(design: &str) -> Self {
        match design {
            "dstrat" => Self::new("apistrat.csv", Some("stype"), None, true),
            "dstrat_nofpc" => Self::new("apistrat.csv", Some("stype"), None, false),
            "dclus1" => Self::new("apiclus1.csv", None, Some("dnum"), true),
            "dclus2w" | "dclus2w (no fpc)" => Self::new("apiclus2.csv", None, Some("dnum"), false),
            "no fpc, lonely=adjust" => Self::new("apistrat_lonely.csv", Some("stype"), None, false),
            "fpc, lonely=adjust" => Self::new("apistrat_lonely.csv", Some("stype"), None, true),
            other => panic!("no design '{other}'"),
        }
    }

    fn estimates(&self, measure: &Measure, categories: usize, by: Option<&str>) -> Vec<Option<Estimate>> {
        let (levels, codes) = by.map_or((vec![String::new()], vec![0; self.rows.len()]), |by| {
            factor(&self.rows, by)
        });
        let columns = [self.design.arranged(&codes)];
        let domains = DomainColumns {
            columns: &columns,
            count: levels.len(),
        };
        let tally = Tally::of(&self.design, domains, measure, categories, 0..self.design.psus());
        if matches!(measure, Measure::Number(_)) {
            means(&tally)
        } else {
            proportions(&tally)
        }
    }

    fn mean(&self, column: &str) -> Estimate {
        let measure = Measure::Number(self.design.arranged(&numbers(&self.rows, column)));
        self.estimates(&measure, 1, None)[0].expect("a mean")
    }

    /// Shares of a column by `domain|column + level`, as the expected cells name them.
    fn shares(&self, column: &str, by: Option<&str>) -> BTreeMap<String, Estimate> {
        let (levels, codes) = factor(&self.rows, column);
        let measure = Measure::One(self.design.arranged(&codes));
        let estimates = self.estimates(&measure, levels.len(), by);
        let domains = by.map_or(vec![String::new()], |by| {
            factor(&self.rows, by)
                .0
                .iter()
                .map(|level| format!("{by}={level}|"))
                .collect()
        });
        let cells = domains
            .iter()
            .flat_map(|d| levels.iter().map(move |level| format!("{d}{column}{level}")));
        cells
            .zip(estimates)
            .filter_map(|(cell, estimate)| Some((cell, estimate?)))
            .collect()
    }

    fn share_where(&self, holds: impl Fn(&Row) -> bool) -> Estimate {
        self.share_among(|_| true, holds)
    }

    /// The share within a subset of the design.
    fn share_among(&self, within: impl Fn(&Row) -> bool, holds: impl Fn(&Row) -> bool) -> Estimate {
        let code = |row: &Row| if within(row) { u32::from(holds(row)) } else { NONE };
        let codes: Vec<u32> = self.rows.iter().map(code).collect();
        self.estimates(&Measure::One(self.design.arranged(&codes)), 2, None)[1].expect("a share")
    }
}

/// Compares what R gave for one estimate; gives how many figures and the largest relative error.
fn compare(rows: &[&Row], estimate: Estimate, t: f64) -> (usize, f64) {
    let (mut compared, mut worst) = (0, 0.0f64);
    for row in rows {
        let half = t * estimate.se.unwrap_or(f64::NAN);
        let ours = match row["stat"].as_str() {
            "est" => estimate.value,
            "se" => estimate.se.expect("a standard error"),
            "ci_lo_t" => estimate.value - half,
            "ci_hi_t" => estimate.value + half,
            "ci_lo" => estimate.ci.expect("an interval").0,
            "ci_hi" => estimate.ci.expect("an interval").1,
            "deff" if row["estimand"].contains("replace") => estimate.deff.expect("a design effect"),
            // R's default divides by the variance of a sample drawn without replacement.
            _ => continue,
        };
        let expected: f64 = row["value"].parse().expect("a figure");
        let error = if expected.abs() > 1e-9 {
            (ours / expected - 1.0).abs()
        } else {
            (ours - expected).abs()
        };
        assert!(error < 1e-9, "{row:?}: {ours}, off by {error:e}");
        compared += 1;
        worst = worst.max(error);
    }
    (compared, worst)
}

/// The t quantile of the whole design, taken from an interval of a mean with the same degrees of freedom.
fn t_of(sample: &Sample) -> f64 {
    let mean = sample.mean("api00");
    let (low, high) = mean.ci.expect("an interval");
    assert_eq!(mean.df, sample.design.degrees_of_freedom());
    (high - low) / 2.0 / mean.se.expect("a standard error")
}

struct Report(usize, f64);

impl Report {
    fn add(&mut self, (compared, worst): (usize, f64)) {
        assert!(compared > 0, "nothing was compared");
        self.0 += compared;
        self.1 = self.1.max(worst);
    }
}

#[test]
fn estimates_are_those_of_r() {
    let expected = read("expected.csv");
    let rows = |test: &str, design: &str, estimand: &str, cell: &str| -> Vec<&Row> {
        let is = |row: &&Row| {
            row["test"] == test
                && row["design"] == design
                && row["estimand"].starts_with(estimand)
                && (cell.is_empty() || row["cell"] == cell)
        };
        expected.iter().filter(is).collect()
    };
    let mut report = Report(0, 0.0);

    for (design, degrees) in [("dstrat", 197), ("dclus1", 14)] {
        assert_eq!(
            Sample::named(design).design.degrees_of_freedom(),
            degrees,
            "{design}"
        );
    }
    let clustered = rows("T00_degf", "dclus2w", "degf", "");
    assert_eq!(
        clustered[0]["value"],
        Sample::named("dclus2w").design.degrees_of_freedom().to_string()
    );

    for design in ["dstrat", "dstrat_nofpc", "dclus1", "dclus2w (no fpc)"] {
        let sample = Sample::named(design);
        report.add(compare(
            &rows("T01_mean", design, "mean(api00)", "api00"),
            sample.mean("api00"),
            t_of(&sample),
        ));
    }
    for (design, column) in [("dstrat", "awards"), ("dclus1", "stype")] {
        let sample = Sample::named(design);
        for (cell, estimate) in sample.shares(column, None) {
            let wanted = rows("T02_prop", design, &format!("prop({column})"), &cell);
            report.add(compare(&wanted, estimate, t_of(&sample)));
        }
    }
    for (design, column, by) in [("dstrat", "awards", "stype"), ("dclus1", "stype", "sch.wide")] {
        let sample = Sample::named(design);
        for (cell, estimate) in sample.shares(column, Some(by)) {
            report.add(compare(
                &rows("T03_by", design, &format!("prop({column}) by {by}"), &cell),
                estimate,
                f64::NAN,
            ));
        }
    }
    for design in ["no fpc, lonely=adjust", "fpc, lonely=adjust"] {
        let sample = Sample::named(design);
        report.add(compare(
            &rows("T09_lonely", design, "mean(api00)", "api00"),
            sample.mean("api00"),
            t_of(&sample),
        ));
    }
    let lonely = Sample::named("no fpc, lonely=adjust");
    for (cell, estimate) in lonely.shares("awards", None) {
        report.add(compare(
            &rows("T09_lonely", "no fpc, lonely=adjust", "prop(awards)", &cell),
            estimate,
            t_of(&lonely),
        ));
    }
    println!(
        "{} figures of R met, the largest relative error {:e}",
        report.0, report.1
    );
}

/// R's "xlogit" is the logit interval by its formula; its "logit" fits a model, to the tolerance of its iteration.
#[test]
fn logit_intervals_are_those_of_r() {
    let expected = read("expected.csv");
    let rows = |design: &str, estimand: &str| -> Vec<&Row> {
        let is = |row: &&Row| {
            row["test"] == "T04_ciprop"
                && row["design"] == design
                && row["estimand"] == estimand
                && row["cell"] == "xlogit"
        };
        expected.iter().filter(is).collect()
    };
    let mut report = Report(0, 0.0);
    let strat = Sample::named("dstrat");
    report.add(compare(
        &rows("dstrat", "awards==Yes"),
        strat.share_where(|row| row["awards"] == "Yes"),
        f64::NAN,
    ));
    let clus = Sample::named("dclus1");
    report.add(compare(
        &rows("dclus1", "ell==0"),
        clus.share_where(|row| row["ell"] == "0"),
        f64::NAN,
    ));
    // Within a subset only the clusters with anyone in it give degrees of freedom: 9, not 14.
    let subset = clus.share_among(|row| row["sch.wide"] == "No", |row| row["stype"] == "H");
    assert_eq!((subset.df, subset.n), (9, 23));
    report.add(compare(
        &rows("dclus1", "stype==H | sch.wide==No"),
        subset,
        f64::NAN,
    ));
    println!(
        "{} figures of R met, the largest relative error {:e}",
        report.0, report.1
    );

    // Where nobody differs R's interval is a point; ours stays one-sided.
    let nobody = strat.share_where(|_| false);
    assert_eq!((nobody.value, nobody.se), (0.0, Some(0.0)));
    let (low, high) = nobody.ci.expect("an interval");
    assert!(low == 0.0 && high > 0.01 && high < 0.05, "{low} {high}");
}
