//! The settings sheet.

use super::cells::yes_or_no;
use super::diagnostic::Diagnostics;
use super::headers::{THANKS, Table};
use super::workbook::Row;
use crate::form::{AgeBand, Settings};
use crate::hex::hex;
use sha2::{Digest, Sha256};

/// Columns of the settings sheet.
pub const KNOWN: &[&str] = &[
    "form_id",
    "form_title",
    "version",
    "default_language",
    "style",
    "public_key",
    "submission_url",
    "instance_name",
    "allow_choice_duplicates",
    "baraza::minimum_age",
    "baraza::age_bands",
    "baraza::device_id",
    "baraza::sign_in",
    "baraza::coarse",
    "baraza::pin",
    "baraza::file_limit_mb",
    "baraza::files_limit_mb",
    THANKS,
];

/// What the settings ask of the import.
#[derive(Debug, Default)]
pub struct Asked {
    /// What the form keeps.
    pub settings: Settings,
    /// Metres to which every place is rounded whose row says nothing else.
    pub coarse: Option<f64>,
    /// `allow_choice_duplicates`
    pub duplicates: bool,
}

/// The settings, which are one row, from a sheet that may spread them over several.
pub fn merged(table: &Table<'_>, out: &mut Diagnostics) -> Option<Row> {
    let (first, more) = table.rows.split_first()?;
    let mut row = first.clone();
    for further in more {
        for (&index, text) in &further.cells {
            let earlier = row.cells.entry(index).or_insert_with(|| text.clone());
            if earlier.trim() != text.trim() {
                out.warn(
                    table.place_at(further, index),
                    "settings-twice",
                    format!(
                        "'{}' is left out, since a row above says '{}'",
                        text.trim(),
                        earlier.trim()
                    ),
                );
            }
        }
    }
    Some(row)
}

/// Warns of settings that other tools follow and Baraza does not.
pub fn unsupported(table: &Table<'_>, row: &Row, out: &mut Diagnostics) {
    for (column, message) in [
        (
            "public_key",
            "answers are NOT encrypted with this key: whoever may read the server's database can read them",
        ),
        (
            "submission_url",
            "answers are not sent to this address, but to the server that serves the form",
        ),
        (
            "instance_name",
            "responses have no names made of answers: this has no effect",
        ),
        (
            "auto_delete",
            "answers leave the phone once the server has them, whatever this says",
        ),
        (
            "auto_send",
            "answers are sent as soon as there is a network, whatever this says",
        ),
    ] {
        if !table.text(row, column).is_empty() {
            out.warn(table.place(row, column), "setting-without-effect", message);
        }
    }
}

/// A distance in metres: a positive number.
pub fn metres(text: &str) -> Option<f64> {
    let number = text.trim().trim_end_matches('m').trim();
    number
        .parse::<f64>()
        .ok()
        .filter(|metres| metres.is_finite() && *metres > 0.0)
}

fn yes(table: &Table<'_>, row: &Row, column: &str, out: &mut Diagnostics) -> bool {
    let text = table.text(row, column);
    let answer = yes_or_no(text);
    if answer.is_none() && !text.is_empty() {
        let message = format!("'{text}' is neither yes nor no");
        out.error(table.place(row, column), "not-yes-or-no", message);
    }
    answer == Some(true)
}

/// The most that a limit may be: a terabyte.
const MOST_MB: u32 = 1 << 20;

fn megabytes(table: &Table<'_>, row: &Row, column: &str, out: &mut Diagnostics) -> Option<u32> {
    let text = table.text(row, column);
    let number = text.parse::<u32>().ok();
    let number = number.filter(|number| (1..=MOST_MB).contains(number));
    if number.is_none() && !text.is_empty() {
        let message = format!("'{text}' is no number of megabytes: write a whole one, for instance 5");
        out.error(table.place(row, column), "not-megabytes", message);
    }
    number
}

/// What the settings ask.
pub fn asked(table: &Table<'_>, row: &Row, out: &mut Diagnostics) -> Asked {
    let coarse = table.text(row, "baraza::coarse");
    if !coarse.is_empty() && metres(coarse).is_none() {
        let message = format!("'{coarse}' is no distance: write metres, for instance 1000");
        out.error(table.place(row, "baraza::coarse"), "not-metres", message);
    }
    unsupported(table, row, out);
    let mut settings = ages(table, row, out);
    settings.device_id = yes(table, row, "baraza::device_id", out);
    settings.pin = yes(table, row, "baraza::pin", out);
    settings.sign_in = yes(table, row, "baraza::sign_in", out);
    settings.file_limit_mb = megabytes(table, row, "baraza::file_limit_mb", out);
    settings.files_limit_mb = megabytes(table, row, "baraza::files_limit_mb", out);
    if let (Some(one), Some(all)) = (settings.file_limit_mb, settings.files_limit_mb)
        && one > all
    {
        let message =
            format!("one file may have {one} MB, and all together {all} MB: one of the two is wrong");
        out.error(
            table.place(row, "baraza::file_limit_mb"),
            "not-megabytes",
            message,
        );
    }
    Asked {
        settings,
        coarse: metres(coarse),
        duplicates: yes(table, row, "allow_choice_duplicates", out),
    }
}

fn ages(table: &Table<'_>, row: &Row, out: &mut Diagnostics) -> Settings {
    let mut settings = Settings::default();
    let age = table.text(row, "baraza::minimum_age");
    match age.parse::<u32>() {
        Ok(years) => settings.minimum_age = Some(years),
        Err(_) if age.is_empty() => {}
        Err(_) => out.error(
            table.place(row, "baraza::minimum_age"),
            "bad-age",
            format!("'{age}' is no age in whole years"),
        ),
    }
    for word in table
        .text(row, "baraza::age_bands")
        .split([' ', ',', ';'])
        .filter(|w| !w.is_empty())
    {
        match AgeBand::read(word) {
            Some(band) => settings.age_bands.push(band),
            None => out.error(
                table.place(row, "baraza::age_bands"),
                "bad-age-band",
                format!("'{word}' is no age band: write bands such as '18-30 31-45 46+'"),
            ),
        }
    }
    let overlaps = settings
        .age_bands
        .windows(2)
        .any(|pair| pair[0].to.is_none_or(|to| pair[1].from <= to));
    if overlaps {
        out.error(
            table.place(row, "baraza::age_bands"),
            "bad-age-band",
            "age bands have to rise and must not overlap",
        );
    }
    settings
}

/// Makes a form's id fit for addresses and file names.
pub fn clean_id(id: &str) -> String {
    let fits = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') {
            c
        } else {
            '_'
        }
    };
    let clean: String = id.trim().chars().map(fits).take(100).collect();
    let clean = clean.trim_matches('.').to_owned();
    if clean.contains(|c: char| c.is_ascii_alphanumeric()) {
        return clean;
    }
    // Two ids of another script must not become the same row of underscores.
    let digest = Sha256::digest(id.trim());
    format!("form-{}", hex(&digest[..4]))
}
