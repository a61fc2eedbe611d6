//! Texts that are missing in a language, or are another language's.

use super::Linted;
use crate::xlsform::{Diagnostics, Place, TextPlace};

/// Cells that a finding lists.
const MOST: usize = 10;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    if linted.form.languages.len() < 2 {
        return;
    }
    for (language, named) in linted.form.languages.iter().enumerate() {
        let is_missing = |text: &&TextPlace| !text.there[language] && is_translated(&text.place);
        let missing: Vec<&Place> = linted
            .places
            .texts()
            .iter()
            .filter(is_missing)
            .map(|text| &text.place)
            .collect();
        if missing.is_empty() {
            continue;
        }
        let mut cells: Vec<String> = missing.iter().map(|place| shown(place)).collect();
        cells.dedup();
        let more = cells.len().saturating_sub(MOST);
        cells.truncate(MOST);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        out.warn(
            Place::sheet(""),
            "missing-translation",
            format!(
                "{} text(s) have no translation into {} and show in another language: {}{more}",
                missing.len(),
                named.name,
                cells.join(", ")
            ),
        );
    }
    copies(linted, out);
}

/// Tables that go with a form have one language, and a picture without one is for all.
fn is_translated(place: &Place) -> bool {
    let is_file = [".csv", ".xml", ".geojson"]
        .iter()
        .any(|ending| place.sheet.to_lowercase().ends_with(ending));
    let column = place.column.as_deref().unwrap_or_default().to_lowercase();
    // A title for all languages is common, and no fault.
    let is_title = place.row.is_none() && place.column.is_none();
    !is_file
        && !is_title
        && !["image)", "audio)", "video)"]
            .iter()
            .any(|file| column.ends_with(file))
}

/// `survey row 12`
fn shown(place: &Place) -> String {
    let row = place.row.map_or_else(String::new, |row| format!(" row {row}"));
    format!("{}{row}", place.sheet)
}

/// Long texts that stand word for word in two languages: one of them waits to be translated.
fn copies(linted: &Linted<'_>, out: &mut Diagnostics) {
    let languages = &linted.form.languages;
    for (text, found) in linted.places.texts().iter().enumerate() {
        let words = |language: usize| linted.form.text(language, text);
        let is_long = |text: &str| {
            text.chars().filter(|c| c.is_alphabetic()).count() >= 25 && text.split_whitespace().count() >= 4
        };
        for b in 1..languages.len() {
            let copied = (0..b)
                .find(|&a| found.there[a] && found.there[b] && words(a) == words(b) && is_long(&words(a)));
            if let Some(a) = copied {
                out.warn(
                    found.place.clone(),
                    "same-in-two-languages",
                    format!(
                        "is the same in {} and {}: one of them is not translated",
                        languages[a].name, languages[b].name
                    ),
                );
                break;
            }
        }
    }
}
