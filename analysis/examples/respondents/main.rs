//! The whole work of a perception survey, timed beside what it can't be faster than, and beside R.
//!
//! `cargo run --release -p baraza-analysis --example respondents [-- FILE.parquet…]`
//!
//! The work: shares with design-based standard errors and intervals of one threat out of twelve, twelve yes/no
//! options and twenty Likert items, by gender, age band, group, all three crossed, and overall. The files are those of
//! `respondents.py` in the folder of benchmarks; without any, files of 100,000 and 1,000,000 respondents are made, by
//! that script where Python has what it needs, otherwise by a generator of the same shape in here.
//!
//! With `--csv FILE.csv` that file alone is timed: rows, seconds, peak of memory in MB, shares with errors.
//!
//! The floor: reading the same columns from the same file and one weighted sum of each, on all cores. Each time is
//! that of a process of its own, the best of several; so is the peak of memory.

mod floor;
mod form;
mod generate;
mod peer;

use baraza_analysis::{BasePolicy, Note, Options, Responses, analyse};
use baraza_forms::Form;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What one process measured.
struct Run {
    rows: usize,
    seconds: f64,
    peak_mb: f64,
    /// Shares with a standard error.
    shares: usize,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--floor", path] => report(|| Ok((floor::rows_summed(Path::new(path))?, 0))),
        ["--ours", path] => report(|| ours(|form| Ok(Responses::from_parquet(form, Path::new(path))?))),
        ["--csv", path] => report(|| ours(|form| Ok(Responses::from_csv(form, File::open(path)?)?))),
        _ => compare(arguments.iter().map(PathBuf::from).collect()),
    }
}

/// Times one piece of work and prints what it took, for the process that started this one.
fn report(work: impl FnOnce() -> Result<(usize, usize), Failure>) -> Result<(), Failure> {
    let start = Instant::now();
    let (rows, shares) = work()?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{rows} {seconds} {} {shares}", peak_mb());
    Ok(())
}

/// Read, tally, estimate.
fn ours(
    read: impl FnOnce(&Form) -> Result<(Responses, Vec<Note>), Failure>,
) -> Result<(usize, usize), Failure> {
    let form = form::form()?;
    let (responses, _) = read(&form)?;
    let options = Options {
        base: BasePolicy::Substantive,
        by: vec!["gender*band*group".to_owned()],
        probability_sample: true,
        ..Options::default()
    };
    let analysis = analyse(&responses, &options, &mut |_, _| {})?;
    let estimates = analysis.tables.iter().flat_map(|table| &table.estimates);
    let with_error = estimates.flatten().filter(|estimate| estimate.se.is_some());
    Ok((responses.len(), with_error.count()))
}

fn compare(mut files: Vec<PathBuf>) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    if files.is_empty() {
        files = generate::files(folder.path(), &[100_000, 1_000_000])?;
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores; best of {REPEATS} processes each\n");
    println!(
        "respondents   floor s   ours s   ours/floor   peak MB   shares with errors   ours s per million"
    );
    for file in &files {
        let (floor, ours) = (best("--floor", file)?, best("--ours", file)?);
        if floor.rows != ours.rows {
            return Err(format!("{} rows summed and {} analysed", floor.rows, ours.rows).into());
        }
        println!(
            "{:>11} {:>9.3} {:>8.3} {:>12.2} {:>9.0} {:>20} {:>20.3}",
            ours.rows,
            floor.seconds,
            ours.seconds,
            ours.seconds / floor.seconds,
            ours.peak_mb,
            ours.shares,
            ours.seconds * 1e6 / ours.rows as f64,
        );
    }
    if let Some(file) = files.last() {
        let ours = best("--ours", file)?;
        println!(
            "\n{}",
            peer::beside_r(file, folder.path(), ours.seconds / ours.rows as f64)?
        );
    }
    Ok(())
}

const REPEATS: usize = 5;

/// The fastest of several processes, with the largest peak of memory.
fn best(what: &str, file: &Path) -> Result<Run, Failure> {
    let mut best: Option<Run> = None;
    for _ in 0..REPEATS {
        let output = Command::new(std::env::current_exe()?)
            .arg(what)
            .arg(file)
            .output()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = printed.split_whitespace().collect();
        let [rows, seconds, peak, shares] = words[..] else {
            return Err(format!(
                "{what} {}: {}",
                file.display(),
                String::from_utf8_lossy(&output.stderr)
            )
            .into());
        };
        let run = Run {
            rows: rows.parse()?,
            seconds: seconds.parse()?,
            peak_mb: peak.parse()?,
            shares: shares.parse()?,
        };
        best = Some(match best {
            Some(before) => Run {
                seconds: before.seconds.min(run.seconds),
                peak_mb: before.peak_mb.max(run.peak_mb),
                ..run
            },
            None => run,
        });
    }
    best.ok_or_else(|| "nothing was measured".into())
}

/// The most memory that this process has had, where the system tells.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
}
