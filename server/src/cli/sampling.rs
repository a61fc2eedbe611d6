//! What is known of a sample beyond its form, as flags.

use anyhow::Context;
use baraza_analysis::design::{Lonely, Margins, Sampling};
use baraza_analysis::estimate::Interval;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct SamplingFlags {
    /// Bring the weights to the population's totals: a CSV with the columns variable,category,total and a line for each
    /// category, as 'gender,woman,51000' or 'gender*age,woman*18-30,17000'. One variable post-stratifies, several rake
    #[arg(long, value_name = "FILE")]
    margins: Option<PathBuf>,
    /// Keep the weights between two bounds, and share out what is cut off among the others
    #[arg(long, value_name = "LOW:HIGH", value_parser = bounds)]
    trim: Option<(f64, f64)>,
    /// What a stratum of one cluster adds to the errors
    #[arg(long, value_name = "WAY", value_enum, default_value_t = Alone::Adjust)]
    lonely: Alone,
    /// How the intervals of shares are made
    #[arg(long, value_name = "METHOD", value_enum, default_value_t = Method::Logit)]
    interval: Method,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Alone {
    /// Its distance from the mean of all strata
    Adjust,
    /// What the other strata add on average
    Average,
    /// Nothing, which understates them
    Remove,
    /// There is to be none: stop
    Fail,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    /// Symmetric on the logit scale
    Logit,
    /// Korn and Graubard's, for small shares
    Beta,
    /// The score interval
    Wilson,
    /// By the likelihood ratio
    Likelihood,
}

impl SamplingFlags {
    pub fn sampling(&self) -> anyhow::Result<Sampling> {
        let read = |path: &PathBuf| {
            let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
            Margins::from_csv(file).with_context(|| path.display().to_string())
        };
        Ok(Sampling {
            lonely: match self.lonely {
                Alone::Adjust => Lonely::Adjust,
                Alone::Average => Lonely::Average,
                Alone::Remove => Lonely::Remove,
                Alone::Fail => Lonely::Fail,
            },
            margins: self.margins.as_ref().map(read).transpose()?,
            trim: self.trim.map(|(low, high)| (low, high, true)),
        })
    }

    pub fn interval(&self) -> Interval {
        match self.interval {
            Method::Logit => Interval::Logit,
            Method::Beta => Interval::Beta,
            Method::Wilson => Interval::Wilson,
            Method::Likelihood => Interval::Likelihood,
        }
    }
}

fn bounds(text: &str) -> Result<(f64, f64), String> {
    let bound = |text: &str| {
        text.trim()
            .parse()
            .ok()
            .filter(|bound: &f64| bound.is_finite() && *bound > 0.0)
    };
    let bounds = text
        .split_once(':')
        .and_then(|(low, high)| Some((bound(low)?, bound(high)?)));
    bounds
        .filter(|(low, high)| low < high)
        .ok_or_else(|| "write the least and the largest weight, as 0.3:3".to_owned())
}
