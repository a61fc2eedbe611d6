//! Synthetic respondents: by the script that others use too, or in the same shape by ourselves.

use crate::Failure;
use crate::form::{ITEMS, OPTIONS};
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, ParquetCompression, ParquetWriter, Series};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

const STRATA: u32 = 20;
const CLUSTERS: u32 = 2000;

/// A file for each number of respondents.
pub fn files(folder: &Path, sizes: &[usize]) -> Result<Vec<PathBuf>, Failure> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/bench/respondents.py");
    let python = Command::new("python3")
        .args(["-c", "import numpy, polars"])
        .output();
    let usable = script.exists() && python.is_ok_and(|output| output.status.success());
    println!(
        "respondents by {}",
        if usable {
            "respondents.py"
        } else {
            "the generator of this benchmark"
        }
    );
    let mut files = Vec::new();
    for &size in sizes {
        let path = folder.join(format!("{size}.parquet"));
        if usable {
            let output = Command::new("python3")
                .arg(&script)
                .arg(size.to_string())
                .arg(&path)
                .output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
        } else {
            write(&path, size)?;
        }
        files.push(path);
    }
    Ok(files)
}

/// Numbers without pattern (PCG's multiplier; O'Neill 2014).
struct Random(u64);

impl Random {
    /// From 0 to below 1.
    fn part(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / (1u64 << 24) as f64
    }

    fn below(&mut self, n: u32) -> i32 {
        (self.part() * f64::from(n)) as i32
    }

    /// One of several with these shares; what is left falls to the last.
    fn one_of(&mut self, shares: &[f64]) -> i32 {
        let mut left = self.part();
        let passed = shares.iter().take_while(|share| {
            left -= **share;
            left >= 0.0
        });
        (passed.count().min(shares.len() - 1) as u32).cast_signed()
    }
}

fn write(path: &Path, n: usize) -> Result<(), Failure> {
    let mut random = Random(20_241_124);
    let clusters: Vec<i32> = (0..n).map(|_| random.below(CLUSTERS)).collect();
    // Clusters differ, so that design effects are above 1.
    let leaning: Vec<f64> = (0..CLUSTERS).map(|_| random.part() * 0.2 - 0.1).collect();
    let per_stratum = (CLUSTERS / STRATA).cast_signed();
    let mut columns = vec![
        column(
            "strata",
            clusters
                .iter()
                .map(|cluster| Some(cluster / per_stratum))
                .collect(),
        ),
        Series::new(
            "weight".into(),
            (0..n).map(|_| 0.5 + 2.0 * random.part()).collect::<Vec<f64>>(),
        )
        .into_column(),
    ];
    let mut one = |name: &str, shares: &[f64], missing: f64, from: i32| {
        let answer = |cluster: &i32| {
            let mut shares = shares.to_vec();
            shares[0] = (shares[0] + leaning[*cluster as usize]).max(0.0);
            let code = random.one_of(&shares) + from;
            (random.part() >= missing).then_some(code)
        };
        columns.push(column(name, clusters.iter().map(answer).collect()));
    };
    one("gender", &[0.49, 0.485, 0.01, 0.015], 0.0, 0);
    one("band", &[0.05, 0.1, 0.2, 0.3, 0.25, 0.1], 0.0, 0);
    one(
        "group",
        &[0.34, 0.22, 0.15, 0.1, 0.08, 0.06, 0.035, 0.015],
        0.0,
        0,
    );
    one(
        "threat",
        &[
            0.2, 0.16, 0.13, 0.11, 0.09, 0.08, 0.07, 0.05, 0.04, 0.03, 0.02, 0.02,
        ],
        0.03,
        0,
    );
    for option in 1..=OPTIONS {
        let share = 0.5 / option as f64;
        one(&format!("sm_{option}"), &[1.0 - share, share], 0.03, 0);
    }
    for item in 1..=ITEMS {
        // 6 and 7 stand for don't know and refused.
        one(
            &format!("lk_{item}"),
            &[0.15, 0.2, 0.24, 0.2, 0.15, 0.04, 0.02],
            0.03,
            1,
        );
    }
    columns.push(column("cluster", clusters.iter().copied().map(Some).collect()));
    let mut frame = DataFrame::new_infer_height(columns)?;
    ParquetWriter::new(File::create(path)?)
        .with_compression(ParquetCompression::Zstd(None))
        .finish(&mut frame)?;
    Ok(())
}

fn column(name: &str, codes: Vec<Option<i32>>) -> Column {
    let code = |code: Option<i32>| match code {
        Some(6) if name.starts_with("lk_") => Some(98),
        Some(7) if name.starts_with("lk_") => Some(99),
        code => code,
    };
    Series::new(
        name.into(),
        codes.into_iter().map(code).collect::<Vec<Option<i32>>>(),
    )
    .into_column()
}
