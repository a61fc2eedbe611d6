//! The formats of `baraza analyse`.

use super::WholeFile;
use anyhow::Context;
use baraza_analysis::{
    About, Digits, Error, FirstPage, Released, wide_name, write_codebook, write_json, write_parquet, write_r,
    write_report, write_stata, write_tidy, write_tidy_hxl, write_wide, write_xlsx,
};
use baraza_forms::Form;
use clap::{Args, ValueEnum};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

/// What is written, and how.
#[derive(Debug, Args)]
pub struct Formats {
    /// What to write; several divided by commas
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        value_delimiter = ',',
        default_values_t = [Format::Csv, Format::Html]
    )]
    format: Vec<Format>,
    /// Tags of the Humanitarian Exchange Language (HXL) under the header of tidy.csv
    #[arg(long)]
    hxl: bool,
    /// What the report shows first: a CSV with the columns topic, question and answers
    #[arg(long, value_name = "FILE")]
    first_page: Option<PathBuf>,
    /// Arabic digits (٠١٢٣) in the report
    #[arg(long)]
    arabic_digits: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// tidy.csv, one estimate a row, and QUESTION.csv for each question
    Csv,
    /// tables.xlsx, a sheet a question
    Xlsx,
    /// tidy.parquet
    Parquet,
    /// tables.json
    Json,
    /// report.html with charts, in one file
    Html,
    /// codebook.csv, and labels.R and labels.do for the CSV of 'baraza export'
    Codebook,
}

/// What the tables are of.
pub struct Source<'a> {
    pub form: &'a Form,
    pub language: usize,
    pub respondents: usize,
}

impl Formats {
    /// Writes all formats asked for into a folder, each file whole or not at all, and names the main ones.
    pub fn write(
        &self,
        folder: &Path,
        released: &Released,
        source: &Source<'_>,
    ) -> anyhow::Result<Vec<String>> {
        let first = self.first_page(source.form, released)?;
        let made = jiff::Timestamp::now().to_string();
        let about = About {
            form: source.form,
            language: source.language,
            labels: None,
            made: made.get(..10).unwrap_or(&made),
            respondents: source.respondents as u64,
            digits: if self.arabic_digits {
                Digits::ArabicIndic
            } else {
                Digits::Western
            },
        };
        make_folder(folder)?;
        let mut formats = self.format.clone();
        formats.sort_by_key(|format| *format as u8);
        formats.dedup();
        let mut named = Vec::new();
        for format in formats {
            match format {
                Format::Csv => named.push(write_csv(folder, released, self.hxl)?),
                Format::Xlsx => named.push(put(folder, "tables.xlsx", |file| {
                    let mut bytes = Cursor::new(Vec::new());
                    write_xlsx(released, &about, &mut bytes)?;
                    Ok(file.write_all(bytes.get_ref())?)
                })?),
                Format::Parquet => {
                    named.push(put(folder, "tidy.parquet", |file| write_parquet(released, file))?);
                }
                Format::Json => {
                    named.push(put(folder, "tables.json", |file| {
                        write_json(released, &about, file)
                    })?);
                }
                Format::Html => {
                    named.push(put(folder, "report.html", |file| {
                        write_report(released, &about, &first, file)
                    })?);
                }
                Format::Codebook => {
                    named.push(put(folder, "codebook.csv", |file| {
                        write_codebook(released, source.form, file)
                    })?);
                    named.push(put(folder, "labels.R", |file| write_r(&about, file))?);
                    named.push(put(folder, "labels.do", |file| write_stata(&about, file))?);
                }
            }
        }
        Ok(named)
    }

    /// The list named, or the one that ships with the default survey; otherwise questions come in their order.
    fn first_page(&self, form: &Form, released: &Released) -> anyhow::Result<FirstPage> {
        let Some(path) = &self.first_page else {
            return crate::source::first_page(form);
        };
        let file = std::fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        let first = FirstPage::from_csv(file).with_context(|| path.display().to_string())?;
        for key in first.unknown(released) {
            eprintln!(
                "note: {}: no table is of '{key}', so the first page lacks it",
                path.display()
            );
        }
        Ok(first)
    }
}

/// Makes the folder that is written to, where it is missing.
pub fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))
}

/// Writes `tidy.csv` and a CSV for each question; the name of the first.
pub fn write_csv(folder: &Path, released: &Released, hxl: bool) -> anyhow::Result<String> {
    let tidy = put(folder, "tidy.csv", |file| {
        if hxl {
            write_tidy_hxl(released, file)
        } else {
            write_tidy(released, file)
        }
    })?;
    for table in released.tables() {
        put(folder, &wide_name(table), |file| {
            write_wide(released, table, file)
        })?;
    }
    Ok(tidy)
}

/// A file in the folder, whole or not at all; its name.
pub fn put(
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut WholeFile) -> Result<(), Error>,
) -> anyhow::Result<String> {
    let path = folder.join(name);
    let mut file = WholeFile::create(&path)?;
    write(&mut file).with_context(|| format!("can't write {}", path.display()))?;
    file.finish()?;
    Ok(path.display().to_string())
}
