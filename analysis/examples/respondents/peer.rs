//! R's `survey`, on part of the same data and part of the work.

use crate::Failure;
use crate::floor::texts;
use crate::form::{ITEMS, OPTIONS};
use std::path::Path;
use std::process::Command;

/// Respondents that R gets.
const RESPONDENTS: usize = 20_000;

/// One item of each kind is done by R, and taken times the number of such items.
const SCRIPT: &str = r#"
suppressMessages(library(survey))
path <- commandArgs(TRUE)[1]
d <- read.csv(path)
for (v in c("gender", "band", "group")) d[[v]] <- factor(d[[v]])
work <- function(item) {
  d$y <- factor(d[[item]])
  design <- svydesign(ids = ~cluster, strata = ~strata, weights = ~weight, data = subset(d, !is.na(y)), nest = TRUE)
  for (by in list(~gender, ~band, ~group, ~gender + band + group)) confint(svyby(~y, by, design, svymean))
  confint(svymean(~y, design))
}
times <- sapply(c("threat", "sm_1", "lk_1"), function(item) system.time(work(item))["elapsed"])
cat(nrow(d), times, "\n")
"#;

/// A line that says how many times as long R takes a respondent, or why that is not known.
pub fn beside_r(file: &Path, folder: &Path, ours: f64) -> Result<String, Failure> {
    let installed = Command::new("Rscript").args(["-e", "library(survey)"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return Ok(
            "R survey: SKIPPED, for Rscript with the package survey is not installed \
                   (Debian: r-base-core, r-cran-survey)"
                .to_owned(),
        );
    }
    let (csv, script) = (folder.join("part.csv"), folder.join("survey.R"));
    std::fs::write(&csv, part(file)?)?;
    std::fs::write(&script, SCRIPT)?;
    let output = Command::new("Rscript")
        .arg("--vanilla")
        .arg(&script)
        .arg(&csv)
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> = printed
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [rows, threat, option, item] = numbers[..] else {
        return Err(format!("R: {}", String::from_utf8_lossy(&output.stderr)).into());
    };
    let whole = threat + option * OPTIONS as f64 + item * ITEMS as f64;
    Ok(format!(
        "R survey, one item of each kind with {rows} respondents, taken for all: {whole:.1} s, \
         {:.0} times as long a respondent as ours ({:.4} and {:.6} ms; ours with reading, R's without)",
        whole / rows / ours,
        whole / rows * 1e3,
        ours * 1e3,
    ))
}

/// The first respondents as a CSV, with 98 and 99 blank.
fn part(file: &Path) -> Result<String, Failure> {
    let names = [
        "strata", "cluster", "weight", "gender", "band", "group", "threat", "sm_1", "lk_1",
    ];
    let columns = names
        .iter()
        .map(|name| texts(file, name, RESPONDENTS))
        .collect::<Result<Vec<_>, _>>()?;
    let mut csv = names.join(",");
    for row in 0..columns[0].len() {
        let cells: Vec<&str> = columns.iter().map(|column| column[row].as_str()).collect();
        csv = csv + "\n" + &cells.join(",");
    }
    Ok(csv + "\n")
}
