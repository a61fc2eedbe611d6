//! What the figures are named, and ours for each.

use super::samples::{Factor, Row, Sample};
use baraza_analysis::Estimate;
use baraza_analysis::design::Design;
use baraza_analysis::estimate::{
    Interval, QuantileRule, estimates, estimates_of, quantiles, replicated, sums_of,
};
use baraza_analysis::hypothesis::{ChiSquare, Statistic, association, difference, rank_scores};
use baraza_analysis::tally::{DomainColumns, Measure, NONE};
use baraza_analysis::totals::Totals;

/// Our answer to one row.
pub enum Ours {
    Figure(f64),
    /// There is no such figure, and R should have none.
    Nothing,
    /// Different for a reason; what is the same nevertheless was asserted.
    Otherwise(&'static str),
    NotDone(&'static str),
}

impl From<Option<f64>> for Ours {
    fn from(figure: Option<f64>) -> Self {
        figure.map_or(Self::Nothing, Self::Figure)
    }
}

pub fn ours(row: &Row, sample: Option<&Sample>) -> Ours {
    let (estimand, cell, stat) = (
        row["estimand"].as_str(),
        row["cell"].as_str(),
        row["stat"].as_str(),
    );
    let Some(sample) = sample else {
        return Ours::NotDone("a design that is not known here");
    };
    match row["test"].as_str() {
        "T00_degf" => Ours::Figure(sample.design.degrees_of_freedom() as f64),
        "T04_ciprop" => interval(sample, estimand, cell, stat, &row["value"]),
        "T05_chisq" => chi_square(sample, estimand, cell, stat),
        "T05_table" => weighted_count(sample, estimand, cell),
        "T06_quantile" => quantile(sample, estimand, cell, stat),
        "T11_rank" => rank(sample, stat),
        _ if estimand == "weight of row" => Ours::Figure(sample.weight_of(cell)),
        _ => estimate(sample, estimand, cell, stat),
    }
}

/// `mean(x)`, `total(x)`, `prop(x)` with or without `by y` and `by y x z`, and `a/b`.
fn estimate(sample: &Sample, estimand: &str, cell: &str, stat: &str) -> Ours {
    let (what, by) = estimand.split_once(" by ").unwrap_or((estimand, ""));
    let replace = what.ends_with(" deff=replace");
    let what = what.trim_end_matches(" deff=replace").trim_end_matches(" na.rm");
    let Some(estimate) = estimate_of(sample, what, by, cell) else {
        return Ours::Nothing;
    };
    match stat {
        "est" => Ours::Figure(estimate.value),
        "se" => estimate.se.into(),
        "deff" if replace => estimate.deff.into(),
        "deff" => estimate.deff_without_replacement().into(),
        "ci_lo_t" => estimate.ci.map(|ci| ci.0).into(),
        "ci_hi_t" => estimate.ci.map(|ci| ci.1).into(),
        other => panic!("no statistic '{other}'"),
    }
}

fn estimate_of(sample: &Sample, what: &str, by: &str, cell: &str) -> Option<Estimate> {
    let design = &sample.design;
    let divisors: Vec<&str> = by.split(" x ").filter(|name| !name.is_empty()).collect();
    let labels: Vec<String> = (0..sample.rows.len())
        .map(|at| {
            divisors
                .iter()
                .map(|name| format!("{name}={}|", sample.rows[at][*name]))
                .collect()
        })
        .collect();
    let domains = Factor::of(&labels);
    let columns = [design.arranged(&domains.codes)];
    let columns = DomainColumns {
        columns: &columns,
        count: domains.levels.len(),
    };
    let domain = domains.levels.iter().position(|level| cell.starts_with(level))?;
    if let Some((above, below)) = what.split_once('/') {
        let totals = Totals::ratio_of(design, columns, &sample.numbers(above), &sample.numbers(below));
        return match &sample.replicates {
            None => estimates_of(&totals, Interval::Mean)[domain],
            Some(replicates) => replicated(&totals, replicates, Interval::Mean)[domain],
        };
    }
    let (statistic, name) = what.strip_suffix(')')?.split_once('(')?;
    let category = cell.rsplit('|').next()?.strip_prefix(&spaced(name))?;
    let (measure, levels) = if category.is_empty() {
        (Measure::Number(sample.numbers(name)), vec![String::new()])
    } else {
        let factor = Factor::of(&interacted(sample, name));
        (Measure::One(design.arranged(&factor.codes)), factor.levels)
    };
    let at = domain * levels.len() + levels.iter().position(|level| level == category)?;
    let all = if statistic == "total" {
        sums_of(&Totals::of(design, columns, &measure, levels.len()))
    } else {
        match &sample.replicates {
            None => both_ways(design, columns, &measure, levels.len()),
            Some(replicates) => replicated(
                &Totals::of(design, columns, &measure, levels.len()),
                replicates,
                Interval::Mean,
            ),
        }
    };
    all[at]
}

/// By whichever way the design asks for; where a tally suffices, totals have to come to the same.
fn both_ways(
    design: &Design,
    domains: DomainColumns<'_>,
    measure: &Measure,
    width: usize,
) -> Vec<Option<Estimate>> {
    let either = estimates(design, domains, measure, width, Interval::Mean);
    let totals = estimates_of(&Totals::of(design, domains, measure, width), Interval::Mean);
    for (a, b) in either
        .iter()
        .zip(&totals)
        .filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?)))
    {
        let (x, y) = (a.se.expect("an error"), b.se.expect("an error"));
        assert!(
            (x - y).abs() <= 1e-8 * x.max(1e-3 * a.value.abs()),
            "{a:?} is not {b:?}"
        );
        assert_eq!((a.n, a.count, a.df), (b.n, b.count, b.df));
    }
    either
}

/// R writes `interaction(a, b)` in names of cells.
fn spaced(name: &str) -> String {
    name.replace(',', ", ")
}

fn interacted(sample: &Sample, name: &str) -> Vec<String> {
    match name
        .strip_prefix("interaction(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        None => sample.texts(name),
        Some(names) => {
            let joined = |row: &Row| {
                names
                    .split(',')
                    .map(|n| row[n].clone())
                    .collect::<Vec<_>>()
                    .join(".")
            };
            sample.rows.iter().map(joined).collect()
        }
    }
}

/// `awards==Yes`, `stype==H | sch.wide==No`, `zero cell: enroll>1e6`
fn holds(row: &Row, condition: &str) -> bool {
    if let Some((column, value)) = condition.split_once("==") {
        return row[column] == value;
    }
    let (column, limit) = condition.split_once('>').expect("a condition");
    row[column].parse::<f64>().expect("a number") > limit.parse().expect("a limit")
}

fn interval(sample: &Sample, estimand: &str, method: &str, stat: &str, expected: &str) -> Ours {
    let conditions = estimand.split_once(": ").map_or(estimand, |(_, rest)| rest);
    let (condition, within) = conditions.split_once(" | ").unwrap_or((conditions, ""));
    let code = |row: &Row| {
        if within.is_empty() || holds(row, within) {
            u32::from(holds(row, condition))
        } else {
            NONE
        }
    };
    let codes: Vec<u32> = sample.rows.iter().map(code).collect();
    let all = [vec![0; sample.design.len()]];
    let domains = DomainColumns {
        columns: &all,
        count: 1,
    };
    let measure = Measure::One(sample.design.arranged(&codes));
    let share = estimates(&sample.design, domains, &measure, 2, Interval::Logit)[1].expect("a share");
    let se = share.se.expect("a standard error");
    let interval = match method {
        "logit" | "xlogit" => Interval::Logit,
        "likelihood" => Interval::Likelihood,
        "asin" => Interval::Asin,
        "beta" => Interval::Beta,
        _ => Interval::Mean,
    };
    let bounds = interval.of(share.value, se, share.df, share.n);
    let bound = |high: bool| bounds.map(|(lo, hi)| if high { hi } else { lo });
    match stat {
        "est" => Ours::Figure(share.value),
        "se" => Ours::Figure(se),
        "degf" => Ours::Figure(share.df as f64),
        "nrow" => Ours::Figure(share.n as f64),
        "error" => bound(true).into(),
        "ci_lo" | "ci_hi" if method == "logit" && se == 0.0 => {
            // R's iteration stops somewhere beside 0 or 1, and its interval is that point.
            let point: f64 = expected.parse().expect("a figure");
            let (low, high) = share.ci.expect("an interval");
            assert!(low <= point + 1e-9 && point <= high + 1e-9 && high - low > 0.01 && high - low < 0.05);
            Ours::Otherwise("nobody differs: R's logit is a point, ours is Wilson's and one-sided")
        }
        "ci_lo" | "ci_hi" if method == "likelihood" => {
            // With steps of a hundredth in `confint(del = )` R comes to ours, to a billionth in dstrat.
            let point: f64 = expected.parse().expect("a figure");
            let ours = bound(stat == "ci_hi").expect("a bound");
            assert!((ours - point).abs() < 5e-4, "{ours} is not near {point}");
            Ours::Otherwise("R interpolates the likelihood's bounds from ten points, ours solve the equation")
        }
        "ci_lo" => bound(false).into(),
        "ci_hi" => bound(true).into(),
        other => panic!("no statistic '{other}'"),
    }
}

/// Totals of a column by another one's levels, and the names of both.
fn crossed<'s>(sample: &'s Sample, rows: &str, columns: &str) -> (Totals<'s>, Vec<String>, Vec<String>) {
    let (by, of) = (
        Factor::of(&sample.texts(rows)),
        Factor::of(&sample.texts(columns)),
    );
    let domain = [sample.design.arranged(&by.codes)];
    let domains = DomainColumns {
        columns: &domain,
        count: by.levels.len(),
    };
    let measure = Measure::One(sample.design.arranged(&of.codes));
    let totals = Totals::of(&sample.design, domains, &measure, of.levels.len());
    (totals, by.levels, of.levels)
}

fn chi_square(sample: &Sample, estimand: &str, cell: &str, stat: &str) -> Ours {
    let (rows, columns) = estimand.split_once(" x ").expect("two variables");
    let (totals, levels, _) = crossed(sample, rows, columns);
    let statistic = match cell {
        "F" => Statistic::F,
        "Chisq" => Statistic::ChiSquare,
        "Wald" => Statistic::Wald,
        "adjWald" => Statistic::AdjustedWald,
        // R had no package for the exact distribution and took the approximation for both.
        _ => Statistic::Saddlepoint,
    };
    let domains: Vec<usize> = (0..levels.len()).collect();
    let ChiSquare {
        statistic,
        df1,
        df2,
        p,
    } = association(&totals, &domains, statistic).expect("a test");
    Ours::Figure(match stat {
        "statistic" => statistic,
        "param_ndf" | "param_df" => df1,
        "param_ddf" => df2,
        _ => p,
    })
}

fn weighted_count(sample: &Sample, estimand: &str, cell: &str) -> Ours {
    let names = estimand
        .strip_prefix("svytable(")
        .and_then(|rest| rest.strip_suffix(')'));
    let (rows, columns) = names
        .and_then(|names| names.split_once(','))
        .expect("two variables");
    let (totals, by, of) = crossed(sample, rows, columns);
    let (row, column) = cell.split_once('|').expect("two levels");
    let at = |levels: &[String], level: &str| levels.iter().position(|l| l == level).expect("the level");
    sums_of(&totals)[at(&by, row) * of.len() + at(&of, column)]
        .map(|sum| sum.value)
        .into()
}

fn quantile(sample: &Sample, estimand: &str, cell: &str, stat: &str) -> Ours {
    let p: f64 = cell
        .split_once('@')
        .expect("a quantile")
        .1
        .parse()
        .expect("a share");
    let (rule, interval) = match estimand.split_once('=').map(|(_, name)| name) {
        Some("school" | "hf2") => (QuantileRule::Middle, Interval::Mean),
        Some("hf4") => (QuantileRule::Proportional, Interval::Mean),
        Some("hf7") => (QuantileRule::Range, Interval::Mean),
        Some("beta") => (QuantileRule::Lowest, Interval::Beta),
        Some("xlogit") => (QuantileRule::Lowest, Interval::Logit),
        Some("asin") => (QuantileRule::Lowest, Interval::Asin),
        Some("shahvaish") => {
            return Ours::NotDone("the rule shahvaish, which mixes scaled and unscaled weights in R");
        }
        Some("score") => {
            return Ours::NotDone("score intervals of quantiles, which R finds to a tolerance of its own");
        }
        _ => (QuantileRule::Lowest, Interval::Mean),
    };
    let within = estimand
        .split_once(" | ")
        .map(|(_, condition)| condition.replace('=', "=="));
    let inside = |row: &Row| within.as_ref().is_none_or(|condition| holds(row, condition));
    let codes: Vec<u32> = sample
        .rows
        .iter()
        .map(|row| if inside(row) { 0 } else { NONE })
        .collect();
    let columns = [sample.design.arranged(&codes)];
    let domains = DomainColumns {
        columns: &columns,
        count: 1,
    };
    let all = quantiles(
        &sample.design,
        domains,
        &sample.numbers("api00"),
        p,
        (rule, interval),
    );
    let quantile = all[0].expect("a quantile");
    match stat {
        "se" => quantile.se.into(),
        "ci.2.5" => quantile.ci.map(|ci| ci.0).into(),
        "ci.97.5" => quantile.ci.map(|ci| ci.1).into(),
        _ => Ours::Figure(quantile.value),
    }
}

fn rank(sample: &Sample, stat: &str) -> Ours {
    let scores = rank_scores(&sample.design, &sample.numbers("api00"));
    let columns = [sample
        .design
        .arranged(&Factor::of(&sample.texts("comp.imp")).codes)];
    let domains = DomainColumns {
        columns: &columns,
        count: 2,
    };
    let totals = Totals::of(&sample.design, domains, &Measure::Number(scores), 1);
    let test = difference(&totals, (1, 0), (0, 0)).expect("a test");
    Ours::Figure(if stat == "t" { test.t } else { test.p })
}
