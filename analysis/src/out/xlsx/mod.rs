//! Tables as a workbook: what it is about, a sheet a question, and the codebook.

mod names;
mod sheet;

use super::About;
use super::codebook;
use crate::error::Error;
use crate::protect::Released;
use names::Names;
use rust_xlsxwriter::{DocProperties, Workbook};
use sheet::{Formats, Sheet};
use std::io::{Seek, Write};

/// Stands where a figure is withheld.
pub const WITHHELD: &str = "—";

/// All tables as one XLSX. Shares are numbers in percent format, counts are integers; texts are written as texts,
/// so that none is a formula. Withheld cells hold a dash and a note that says why.
///
/// # Errors
/// [`Error::Workbook`] where the writer fails, or the tables exceed what a workbook holds.
pub fn write_xlsx(
    released: &Released,
    about: &About<'_>,
    writer: impl Write + Seek + Send,
) -> Result<(), Error> {
    let words = about.words();
    let mut workbook = Workbook::new();
    // The moment of writing would make two files of the same figures differ.
    let made = about
        .made
        .get(..10)
        .map(rust_xlsxwriter::ExcelDateTime::parse_from_str);
    let mut properties = DocProperties::new().set_title(about.title());
    if let Some(Ok(made)) = made {
        properties = properties.set_creation_datetime(&made);
    }
    workbook.set_properties(&properties);
    let formats = Formats::new();
    let mut names = Names::default();
    let about_name = names.unique(words.t("about"));
    let sheets: Vec<(String, String)> = released
        .tables()
        .iter()
        .map(|table| {
            (
                names.unique(table.question()),
                about.table_label(table).to_owned(),
            )
        })
        .collect();
    let codebook_name = names.unique(words.t("codebook"));
    let rtl = about.language().rtl;
    Sheet::add(&mut workbook, &about_name, rtl, &formats)?.about(released, about, &sheets)?;
    for (table, (name, _)) in released.tables().iter().zip(&sheets) {
        Sheet::add(&mut workbook, name, rtl, &formats)?.table(released, about, table)?;
    }
    let rows = codebook::rows(about.form, released);
    Sheet::add(&mut workbook, &codebook_name, rtl, &formats)?.codebook(&rows)?;
    Ok(workbook.save_to_writer(writer)?)
}
