//! A release as the pages read it: the files that were made of it, taken apart once. There is no other source: what no
//! file says, no page says.

use crate::store::{Release, Store};
use anyhow::Context;
use baraza_analysis::{Correction, Released};
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::io::Read;

/// A disaggregation that pages offer.
#[derive(Debug)]
pub struct Division {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its name in the release.
    pub by: &'static str,
    /// The interface's text for it.
    pub text: &'static str,
}

/// All that may be asked for. Charts are filed by their positions here: new ones go to the end.
pub const BY: [Division; 7] = [
    Division {
        name: "overall",
        by: "overall",
        text: "results_by_overall",
    },
    Division {
        name: "gender",
        by: "gender",
        text: "results_by_gender",
    },
    Division {
        name: "age",
        by: "age",
        text: "results_by_age",
    },
    Division {
        name: "group",
        by: "group",
        text: "results_by_group",
    },
    Division {
        name: "area",
        by: "area",
        text: "results_by_area",
    },
    Division {
        name: "gender-age",
        by: "gender*age",
        text: "results_by_gender_age",
    },
    Division {
        name: "round",
        by: crate::source::ROUND,
        text: "results_by_round",
    },
];

/// The words of a release in one language, by the positions of what they are of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LanguageWords {
    pub tag: String,
    pub name: String,
    pub rtl: bool,
    pub title: String,
    pub tables: Vec<TableWords>,
    pub domains: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TableWords {
    pub label: String,
    /// The part of the questionnaire; blank where it has none.
    pub section: String,
    pub categories: Vec<String>,
}

/// What is drawn from the cells, by the positions of tables, domains and categories.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found {
    pub tests: Vec<Test>,
    /// Those that hold after the adjustment.
    pub differences: Vec<Difference>,
    /// Tables of answers that can harm who gives them, by their positions; a release from before this was kept does
    /// not say.
    #[serde(default)]
    pub sensitive: Option<Vec<bool>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Test {
    pub table: usize,
    pub by: String,
    pub category: Option<usize>,
    /// Adjusted over all tests of the release (Holm).
    #[serde(with = "exact")]
    pub p: f64,
    pub differs: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Difference {
    pub table: usize,
    pub category: usize,
    /// The first compared with the second, which is 0 where it is overall.
    pub domains: (usize, usize),
    #[serde(with = "exact")]
    pub value: f64,
    /// Ends of its interval.
    #[serde(with = "exact")]
    pub low: f64,
    #[serde(with = "exact")]
    pub high: f64,
    #[serde(with = "exact")]
    pub p: f64,
}

/// Numbers as texts: read from JSON numbers they could be another in the last digit.
mod exact {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<T: std::fmt::Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl Found {
    /// What a release found.
    pub fn of(released: &Released) -> Self {
        let found = released.findings();
        let tests = found.tests.iter().map(|test| Test {
            table: test.table,
            by: test.by.clone(),
            category: test.category,
            p: test.holm,
            differs: test.is_significant(Correction::Holm),
        });
        let marked = found.comparisons.iter().filter(|comparison| comparison.marked);
        let differences = marked.map(|comparison| Difference {
            table: comparison.table,
            category: comparison.category,
            domains: comparison.domains,
            value: comparison.difference,
            low: comparison.ci.0,
            high: comparison.ci.1,
            p: comparison.holm,
        });
        Self {
            tests: tests.collect(),
            differences: differences.collect(),
            sensitive: Some(
                released
                    .tables()
                    .iter()
                    .map(baraza_analysis::ReleasedTable::sensitive)
                    .collect(),
            ),
        }
    }
}

/// `tables.json`, see the analysis's own format; the cells come from `tidy.csv`, whose digits are exact.
#[derive(Debug, Deserialize)]
pub struct Figures {
    pub survey: String,
    pub version: String,
    pub made: String,
    pub respondents: u64,
    pub synthetic: bool,
    pub weighted: bool,
    pub interval: String,
    pub thresholds: Thresholds,
    pub domains: Vec<Domain>,
    pub tables: Vec<Table>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Thresholds {
    pub minimum_base: u64,
    pub marked_base: u64,
    pub floor: u64,
}

#[derive(Debug, Deserialize)]
pub struct Domain {
    pub by: String,
    pub code: String,
}

#[derive(Debug, Deserialize)]
pub struct Table {
    pub question: String,
    pub statistic: String,
    pub base: String,
    pub categories: Vec<Category>,
    /// By domain, the category running fastest.
    #[serde(skip)]
    pub cells: Vec<Cell>,
}

#[derive(Debug, Deserialize)]
pub struct Category {
    pub code: String,
    pub special: Option<String>,
}

/// A cell: a row of `tidy.csv`.
#[derive(Debug, Clone, Deserialize)]
pub struct Cell {
    pub status: String,
    pub estimate: Option<f64>,
    pub se: Option<f64>,
    pub ci_low: Option<f64>,
    pub ci_high: Option<f64>,
    pub n: Option<u64>,
    pub df: Option<u64>,
    pub deff: Option<f64>,
}

impl Cell {
    /// The interval, where there is one.
    pub fn ci(&self) -> Option<(f64, f64)> {
        self.ci_low.zip(self.ci_high)
    }
}

/// The last release of a survey.
#[derive(Debug)]
pub struct Publication {
    pub release: Release,
    pub tables: Figures,
    pub found: Found,
    /// By the position of the language.
    pub words: Vec<LanguageWords>,
}

impl Publication {
    /// Reads what a release is from its files.
    pub fn load(store: &Store, release: Release) -> anyhow::Result<Self> {
        let mut tables: Figures =
            json(store, release.id, "tables.json")?.context("the release has no tables")?;
        let tidy = store
            .release_file(release.id, "tidy.csv")?
            .context("the release has no figures")?;
        fill(&mut tables, GzDecoder::new(&tidy[..]))?;
        let found = json(store, release.id, "found.json")?.context("the release has no tests")?;
        let mut words = Vec::new();
        while let Some(more) = json(store, release.id, &format!("{}/words.json", words.len()))? {
            words.push(more);
        }
        Ok(Self {
            release,
            tables,
            found,
            words,
        })
    }

    /// Whether a table is of answers that can harm who gives them; so is one of which the release does not say.
    pub fn is_sensitive(&self, table: usize) -> bool {
        let told = self.found.sensitive.as_ref();
        told.and_then(|told| told.get(table)).copied().unwrap_or(true)
    }

    /// The disaggregations that the release has.
    pub fn offered(&self) -> impl Iterator<Item = &'static Division> + '_ {
        BY.iter()
            .filter(|by| self.tables.domains.iter().any(|domain| domain.by == by.by))
    }

    /// A file of the release, packed; nothing where another release has taken its place meanwhile.
    pub fn file(&self, store: &Store, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(store.release_file(self.release.id, name)?)
    }
}

/// Takes the figures from the tidy table, whose rows come by table, domain and category as well.
fn fill(figures: &mut Figures, tidy: impl Read) -> anyhow::Result<()> {
    let mut tidy = csv::Reader::from_reader(tidy);
    let mut rows = tidy.deserialize();
    for table in &mut figures.tables {
        for _ in 0..figures.domains.len() * table.categories.len().max(1) {
            table
                .cells
                .push(rows.next().context("the tidy table ends early")??);
        }
    }
    anyhow::ensure!(
        rows.next().is_none(),
        "the tidy table has more rows than the tables"
    );
    Ok(())
}

/// A file of a release, unpacked.
pub fn unpacked(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn json<T: DeserializeOwned>(store: &Store, release: i64, name: &str) -> anyhow::Result<Option<T>> {
    let Some(packed) = store.release_file(release, name)? else {
        return Ok(None);
    };
    let read = serde_json::from_reader(GzDecoder::new(&packed[..]));
    Ok(Some(read.with_context(|| name.to_owned())?))
}
