//! The settings sheet.

use super::diagnostic::Diagnostics;
use super::headers::Table;
use super::workbook::Row;
use crate::form::{AgeBand, Settings};
use sha2::{Digest, Sha256};

/// Baraza's own settings.
pub fn own(table: &Table<'_>, row: &Row, out: &mut Diagnostics) -> Settings {
    let mut settings = Settings::default();
    let age = table.text(row, "baraza::minimum_age");
    match age.parse::<u32>() {
        Ok(years) => settings.minimum_age = Some(years),
        Err(_) if age.is_empty() => {}
        Err(_) => out.error(
            table.place(row, "baraza::minimum_age"),
            format!("'{age}' is no age in whole years"),
        ),
    }
    for word in table
        .text(row, "baraza::age_bands")
        .split([' ', ',', ';'])
        .filter(|w| !w.is_empty())
    {
        match band(word) {
            Some(band) => settings.age_bands.push(band),
            None => out.error(
                table.place(row, "baraza::age_bands"),
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
            "age bands have to rise and must not overlap",
        );
    }
    settings
}

fn band(word: &str) -> Option<AgeBand> {
    if let Some(from) = word.strip_suffix('+') {
        return from.parse().ok().map(|from| AgeBand { from, to: None });
    }
    let (from, to) = word.split_once(['-', '–'])?;
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to).then_some(AgeBand { from, to: Some(to) })
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
    format!(
        "form-{:02x}{:02x}{:02x}{:02x}",
        digest[0], digest[1], digest[2], digest[3]
    )
}
