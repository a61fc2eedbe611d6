//! Writing what may leave. Nothing here takes anything but [`Released`](crate::Released), except [`ParquetRows`], which
//! writes single answers for those who may see them and knows of no tables.
//!
//! | format | for whom | by |
//! | --- | --- | --- |
//! | tidy CSV, with HXL tags if wanted | programs | [`write_tidy`], [`write_tidy_hxl`] |
//! | wide CSV, a file a question | spreadsheets | [`write_wide`] |
//! | XLSX, a sheet a question | people who count | [`write_xlsx`] |
//! | Parquet, the tidy table with types | programs | [`write_parquet`] |
//! | JSON | web pages | [`write_json`] |
//! | HTML, with charts | everybody | [`write_report`] |
//! | SVG, one chart | reports of others | [`write_chart`] |
//! | codebook | who works with the answers | [`write_codebook`], [`write_r`], [`write_stata`] |

mod codebook;
mod csv;
mod findings;
mod json;
mod labels;
mod parquet;
mod report;
mod rows;
mod scripts;
mod tidy;
mod words;
mod xlsx;

pub use codebook::write_codebook;
pub use csv::{neutral, wide_name, write_tidy, write_tidy_hxl, write_wide};
pub use findings::{write_changes, write_differences, write_fieldwork, write_orders, write_tests};
pub use json::write_json;
pub use labels::Labels;
pub use parquet::write_parquet;
pub use report::{FirstPage, Headline, write_chart, write_report};
pub use rows::{ParquetRows, Shape};
pub use scripts::{write_r, write_stata};
pub use words::Words;
pub use xlsx::write_xlsx;

use baraza_forms::Form;
use baraza_forms::form::Language;

/// What a publication says of itself besides its figures.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The form that the answers belong to.
    pub form: &'a Form,
    /// Language of labels, by its position in the form's languages: the one that the analysis was made in, unless
    /// `labels` are given.
    pub language: usize,
    /// Labels in that language, where the analysis was made in another.
    pub labels: Option<&'a Labels>,
    /// The day on which it is made, `2026-11-29`.
    pub made: &'a str,
    /// Responses that count.
    pub respondents: u64,
    /// How numbers are written in the report.
    pub digits: Digits,
}

/// How digits are written; programs read none but Western ones, so this concerns the report alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Digits {
    /// 0123456789
    #[default]
    Western,
    /// ٠١٢٣٤٥٦٧٨٩
    ArabicIndic,
}

impl Digits {
    fn write(self, text: &str) -> String {
        let digit = |c: char| match (self, c.to_digit(10)) {
            (Self::ArabicIndic, Some(digit)) => char::from_u32(0x0660 + digit).unwrap_or(c),
            _ => c,
        };
        text.chars().map(digit).collect()
    }
}

impl About<'_> {
    fn title(&self) -> String {
        self.form.text(self.language, self.form.title)
    }

    fn language(&self) -> Language {
        let unknown = || Language {
            name: String::new(),
            tag: "und".into(),
            rtl: false,
        };
        self.form
            .languages
            .get(self.language)
            .cloned()
            .unwrap_or_else(unknown)
    }

    fn words(&self) -> Words {
        Words::of(&self.language().tag, self.digits)
    }
}
