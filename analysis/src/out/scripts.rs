//! Scripts that give the answers' labels to R and to Stata. No crate that is kept up writes SPSS or Stata files;
//! a script beside the CSV of `baraza export` comes to the same, and can be read.

use super::About;
use super::codebook::categories;
use crate::error::Error;
use baraza_forms::{Kind, NodeId};
use std::io::Write;

/// Variables that stand in the export of answers as one column: whatever has a value, outside of repeats.
fn columns(about: &About<'_>) -> Vec<NodeId> {
    let form = about.form;
    (1..form.nodes.len())
        .filter(|&id| form.nodes[id].kind.has_value() && form.repeats_around(id).is_empty())
        .collect()
}

/// An R script: reads the CSV of answers, makes factors of select-ones, and gives each column its label.
///
/// # Errors
/// [`Error::Write`] where the writer fails.
pub fn write_r(about: &About<'_>, mut writer: impl Write) -> Result<(), Error> {
    let text = |text: &str| {
        let escaped = one_line(text).replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{escaped}\"")
    };
    writeln!(
        writer,
        "# Labels for the CSV of 'baraza export': Rscript labels.R, or source(\"labels.R\")"
    )?;
    writeln!(
        writer,
        "answers <- read.csv(\"responses.csv\", check.names = FALSE, colClasses = \"character\", na.strings = \"\", encoding = \"UTF-8\")"
    )?;
    for id in columns(about) {
        let node = &about.form.nodes[id];
        let (column, label) = (text(&node.key), text(&about.form.label(about.language, id)));
        writeln!(writer, "if ({column} %in% names(answers)) {{")?;
        if node.kind.is_number() {
            writeln!(writer, "  answers[[{column}]] <- as.numeric(answers[[{column}]])")?;
        }
        let listed = categories(about.form, id);
        if node.kind == Kind::SelectOne && !listed.is_empty() {
            let codes: Vec<String> = listed.iter().map(|category| text(&category.code)).collect();
            let labels: Vec<String> = listed.iter().map(|c| text(&c.labels[about.language])).collect();
            writeln!(
                writer,
                "  answers[[{column}]] <- factor(answers[[{column}]], levels = c({}), labels = make.unique(c({})))",
                codes.join(", "),
                labels.join(", ")
            )?;
        }
        writeln!(writer, "  attr(answers[[{column}]], \"label\") <- {label}\n}}")?;
    }
    Ok(())
}

/// A Stata script: reads the CSV of answers, turns the codes of select-ones into labelled numbers in the order of
/// their list, and labels each variable.
///
/// # Errors
/// [`Error::Write`] where the writer fails.
pub fn write_stata(about: &About<'_>, mut writer: impl Write) -> Result<(), Error> {
    writeln!(
        writer,
        "* Labels for the CSV of 'baraza export' (Stata 14 or later): do labels.do"
    )?;
    writeln!(
        writer,
        "import delimited using \"responses.csv\", varnames(1) case(preserve) stringcols(_all) encoding(\"utf-8\") clear"
    )?;
    for id in columns(about) {
        let node = &about.form.nodes[id];
        // What is no name for Stata is imported under one that it makes up.
        if !is_stata_name(&node.key) {
            continue;
        }
        let key = &node.key;
        writeln!(writer, "capture confirm variable {key}\nif _rc == 0 {{")?;
        let listed = categories(about.form, id);
        if node.kind.is_number() {
            writeln!(writer, "  destring {key}, replace")?;
        } else if node.kind == Kind::SelectOne && !listed.is_empty() {
            writeln!(writer, "  generate long b_codes = .")?;
            for (at, category) in listed.iter().enumerate() {
                let number = at + 1;
                let (code, label) = (quoted(&category.code), quoted(&category.labels[about.language]));
                writeln!(writer, "  replace b_codes = {number} if {key} == {code}")?;
                writeln!(writer, "  label define {key} {number} {label}, add")?;
            }
            writeln!(
                writer,
                "  drop {key}\n  rename b_codes {key}\n  label values {key} {key}"
            )?;
        }
        let label: String = about.form.label(about.language, id).chars().take(80).collect();
        writeln!(writer, "  label variable {key} {}\n}}", quoted(&label))?;
    }
    Ok(())
}

fn is_stata_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || c == '_';
    name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().count() <= 32
}

/// In Stata's compound quotes, in which no macro is looked for.
fn quoted(text: &str) -> String {
    let harmless = one_line(text).replace(['`', '$'], " ").replace("\"'", "\" '");
    format!("`\"{harmless}\"'")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
