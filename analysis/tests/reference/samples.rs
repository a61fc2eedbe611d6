//! The data sets beside the figures, and their designs.

use baraza_analysis::design::{Design, DesignColumns, Distance, Lonely, MarginCodes, Raking, StageColumns};
use baraza_analysis::estimate::Replicates;
use baraza_analysis::tally::NONE;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub type Row = BTreeMap<String, String>;

pub fn read(name: &str) -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference");
    let path = folder.join(name);
    let mut csv = csv::Reader::from_path(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}: the reference figures are read from there",
            path.display()
        )
    });
    csv.deserialize().map(|row| row.expect("a row")).collect()
}

/// A data set with its design.
pub struct Sample {
    pub rows: Vec<Row>,
    pub design: Design,
    /// Where the variance is that over replicates.
    pub replicates: Option<Replicates>,
}

/// Codes of a column, and what they stand for, in R's order of factor levels.
pub struct Factor {
    pub levels: Vec<String>,
    pub codes: Vec<u32>,
}

impl Factor {
    pub fn of(values: &[String]) -> Self {
        let levels: Vec<String> = values
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let code = |value: &String| levels.binary_search(value).map_or(NONE, |at| at as u32);
        let codes = values.iter().map(code).collect();
        Self { levels, codes }
    }
}

impl Sample {
    /// What the figures call a design.
    pub fn named(design: &str) -> Option<Self> {
        let mut sample = Self::linearised(design)?;
        sample.replicates = match design {
            "JK1" => Some(Replicates::Jackknife),
            "BRR 4 reps" => Some(Replicates::Balanced(half_samples())),
            _ => None,
        };
        Some(sample)
    }

    fn linearised(design: &str) -> Option<Self> {
        let api = |file: &str, strata: Option<&str>, psus: Option<&str>, fpc: bool| {
            Some(Self::new(
                file,
                &["pw"],
                strata,
                psus,
                if fpc { &["fpc"] } else { &[] },
            ))
        };
        if let Some((fpc, lonely)) = design.split_once(", lonely=") {
            let sample = api("apistrat_lonely.csv", Some("stype"), None, fpc == "fpc")?;
            let lonely = match lonely {
                "remove" | "certainty" => Lonely::Remove,
                "adjust" => Lonely::Adjust,
                "average" => Lonely::Average,
                _ => return None,
            };
            let design = sample.design.with_lonely(lonely).expect("nothing fails");
            return Some(Self { design, ..sample });
        }
        match design {
            "dstrat" => api("apistrat.csv", Some("stype"), None, true),
            "dstrat_nofpc" => api("apistrat.csv", Some("stype"), None, false),
            "dclus1" | "JK1" => api("apiclus1.csv", None, Some("dnum"), true),
            "dclus2w" | "dclus2w (no fpc)" => {
                Some(Self::new("apiclus2.csv", &["pw"], None, Some("dnum"), &[]))
            }
            "dclus2" | "dclus2 (2-stage fpc)" => Some(Self::new(
                "apiclus2.csv",
                &[],
                None,
                Some("dnum"),
                &["fpc1", "fpc2"],
            )),
            "strata ESA, psu ambulance" | "BRR 4 reps" => {
                Some(Self::new("scd.csv", &[], Some("ESA"), Some("ambulance"), &[]))
            }
            other => Self::calibrated(other),
        }
    }

    fn new(file: &str, weights: &[&str], strata: Option<&str>, psus: Option<&str>, fpc: &[&str]) -> Self {
        let rows = read(file);
        let of = |name: &str| -> Vec<String> { rows.iter().map(|row| row[name].clone()).collect() };
        let codes = |column: Option<&str>| column.map(|name| Factor::of(&of(name)).codes).unwrap_or_default();
        let numbers = |name: &str| numbers(&rows, name);
        let mut columns = DesignColumns {
            weights: weights.iter().flat_map(|name| numbers(name)).collect(),
            strata: codes(strata),
            psus: codes(psus),
            populations: fpc.first().map(|name| numbers(name)).unwrap_or_default(),
            later: Vec::new(),
        };
        if let Some(second) = fpc.get(1) {
            columns.later.push(StageColumns {
                units: codes(Some("snum")),
                populations: numbers(second),
            });
        }
        if weights.is_empty() && fpc.is_empty() {
            columns.weights = vec![1.0; rows.len()];
        }
        let design = Design::new(&columns).expect("a design");
        Self {
            rows,
            design,
            replicates: None,
        }
    }

    fn calibrated(name: &str) -> Option<Self> {
        let sample = Self::named("dclus1")?;
        let rake = |raking| sample.raked(&["stype", "sch.wide"], raking);
        let exact = Raking::default();
        // R's default is one person of 6,194.
        let default = Raking {
            tolerance: 1.0 / 6194.0,
            rounds: 10,
        };
        let schools = ["one", "stype=H", "stype=M", "api99"];
        let design = match name {
            "dclus1+post(stype)" => sample.raked(&["stype"], exact),
            "dclus1+rake(stype,sch.wide) eps=1e-10" => rake(exact),
            "dclus1+rake(default eps=1,maxit=10)" => rake(default),
            "rake then trimWeights(25,40)" => rake(exact).trimmed(25.0, 40.0, false),
            "rake then trimWeights(25,40,strict)" => rake(exact).trimmed(25.0, 40.0, true),
            "dclus1+calibrate(linear stype+api99)" => sample.calibrate(&schools, Distance::Linear),
            "dclus1+calibrate(calfun=raking)" => sample.calibrate(
                &["one", "stype=H", "stype=M", "sch.wide=Yes"],
                Distance::Exponential,
            ),
            "dclus1+calibrate(logit bounds .5,1.6)" => {
                let (lower, upper) = (0.5, 1.6);
                sample.calibrate(&schools, Distance::Logit { lower, upper })
            }
            _ => return None,
        };
        Some(Self { design, ..sample })
    }

    fn raked(&self, margins: &[&str], raking: Raking) -> Design {
        let margins: Vec<MarginCodes> = margins
            .iter()
            .map(|margin| {
                let factor = Factor::of(&self.texts(margin));
                MarginCodes {
                    codes: self.design.arranged(&factor.codes),
                    totals: factor
                        .levels
                        .iter()
                        .map(|level| population(&format!("{margin}={level}")))
                        .collect(),
                }
            })
            .collect();
        self.design.raked(&margins, raking).expect("it settles").0
    }

    fn calibrate(&self, auxiliaries: &[&str], distance: Distance) -> Design {
        let column = |name: &&str| -> Vec<f64> {
            let values: Vec<f64> = match name.split_once('=') {
                Some((column, level)) => self
                    .texts(column)
                    .iter()
                    .map(|value| f64::from(value == level))
                    .collect(),
                None if *name == "one" => vec![1.0; self.rows.len()],
                None => numbers(&self.rows, name),
            };
            self.design.arranged(&values)
        };
        let columns: Vec<Vec<f64>> = auxiliaries.iter().map(column).collect();
        let totals: Vec<f64> = auxiliaries.iter().map(|name| population(name)).collect();
        self.design
            .calibrated(&columns, &totals, distance)
            .expect("the totals are met")
    }

    /// The weight of a row of the file, from 1.
    pub fn weight_of(&self, row: &str) -> f64 {
        let row: usize = row.parse().expect("a number of a row");
        let rows = self.design.arranged(&(1..=self.rows.len()).collect::<Vec<_>>());
        let at = rows.iter().position(|&of| of == row).expect("the row");
        self.design.weights()[at]
    }

    pub fn texts(&self, column: &str) -> Vec<String> {
        self.rows.iter().map(|row| row[column].clone()).collect()
    }

    /// In the design's order.
    pub fn numbers(&self, column: &str) -> Vec<f64> {
        self.design.arranged(&numbers(&self.rows, column))
    }
}

/// By replicate, a factor for each PSU; a column of the file is a replicate, a row a PSU.
fn half_samples() -> Vec<Vec<f64>> {
    let rows = read("scd_brr_weights.csv");
    ["V1", "V2", "V3", "V4"]
        .iter()
        .map(|name| numbers(&rows, name))
        .collect()
}

/// Schools of California by type and by whether they met their target, and the sum of their index (apipop of R's
/// `survey`).
fn population(of: &str) -> f64 {
    match of {
        "one" => 6194.0,
        "stype=E" => 4421.0,
        "stype=H" => 755.0,
        "stype=M" => 1018.0,
        "sch.wide=No" => 1072.0,
        "sch.wide=Yes" => 5122.0,
        "api99" => 3_914_069.0,
        other => panic!("no population of '{other}'"),
    }
}

fn numbers(rows: &[Row], column: &str) -> Vec<f64> {
    rows.iter()
        .map(|row| row[column].parse().unwrap_or(f64::NAN))
        .collect()
}
