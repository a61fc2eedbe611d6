//! `baraza microdata`

use super::source::Source;
use super::whole_file::WholeFile;
use super::{FAILED, answer};
use crate::source::Read;
use baraza_analysis::Error;
use baraza_analysis::microdata::{Options, anonymise};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write anonymised answers of single persons, with a report of the risk that somebody is recognised
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza microdata --population 40000 --out rows.csv
  baraza microdata --k 3 --key occupation --key household_head --population 40000 --out rows.csv
  baraza microdata --csv kobo.csv --form household.xlsx --keep-area --population 40000 --out rows.csv

Every combination of gender, age band, group, displacement, disability and of each --key is shared by --k rows at the
least; keys are blanked where it would not be. Age is in bands, and the largest and smallest numbers are cut off where
fewer than --k reach. Words, places, dates and times, files, stratum, cluster, instance IDs and who interviewed are left
out; so is area, since sensitive answers must not stand beside a place: with --keep-area it is the answers that are left
out. Rows are in an order that tells nothing.

The report, on the output, says how many rows could be recognised before and now. Say with --population of how many
people the sample was drawn; without it, and without weights that add up to it, each row counts as if everybody had been
asked, which is the worst case. The Humanitarian Data Exchange asks for less than 3 %.

Exit codes: 0 written, 1 not written (k or the risk can't be reached, or a file can't be read), 2 wrong use.

Even so these are answers of single persons. For tables that may be published, use 'baraza analyse'.")]
pub struct Microdata {
    #[command(flatten)]
    source: Source,
    /// The file to write
    #[arg(long, value_name = "FILE", default_value = "microdata.csv")]
    out: PathBuf,
    /// Rows that share each combination of keys, at the least
    #[arg(long, value_name = "N", default_value_t = 5)]
    k: usize,
    /// A further question by which somebody could be recognised; may be repeated
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,
    /// Leave areas in, and sensitive answers out
    #[arg(long)]
    keep_area: bool,
    /// People of whom the sample was drawn
    #[arg(long, value_name = "PEOPLE")]
    population: Option<f64>,
    /// The largest share of rows that may be expected to be recognised
    #[arg(long, value_name = "SHARE", default_value_t = 0.03)]
    most_risk: f64,
}

pub fn run(arguments: &Microdata) -> anyhow::Result<ExitCode> {
    let Read { responses, notes, .. } = match arguments.source.read()? {
        Ok(read) => read,
        Err(code) => return Ok(code),
    };
    for note in &notes {
        eprintln!("note: {note}");
    }
    let options = Options {
        k: arguments.k,
        keys: arguments.key.clone(),
        keep_area: arguments.keep_area,
        population: arguments.population,
        most_risk: arguments.most_risk,
    };
    let microdata = match anonymise(&responses, &options) {
        Ok(microdata) => microdata,
        Err(refused @ Error::Microdata(_)) => {
            eprintln!("error: {refused}");
            return Ok(ExitCode::from(FAILED));
        }
        Err(error) => return Err(error.into()),
    };
    let mut file = WholeFile::create(&arguments.out)?;
    microdata.write(&mut file)?;
    file.finish()?;
    let synthetic = if responses.synthetic {
        "the responses are SYNTHETIC\n"
    } else {
        ""
    };
    answer(&format!(
        "{}{synthetic}wrote {}\n",
        microdata.report(),
        arguments.out.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
