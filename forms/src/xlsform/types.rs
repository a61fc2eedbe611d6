//! The type column.

use crate::form::Kind;

/// What a row of the survey sheet is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowType {
    /// `begin_group`
    BeginGroup,
    /// `begin_repeat`
    BeginRepeat,
    /// `end_group`
    EndGroup,
    /// `end_repeat`
    EndRepeat,
    /// A question without a list.
    Plain(Kind),
    /// A select or rank from a list; `other` for `or_other`.
    Choice {
        /// Select-one, select-multiple or rank.
        kind: Kind,
        /// Name of the list or, where `file`, of a file.
        list: String,
        /// From a file of choices.
        file: bool,
        /// Adds 'other' and a question which.
        other: bool,
    },
    /// `audit` and the like: nothing to ask, nothing to keep.
    Ignored(&'static str),
}

const PLAIN: &[(&str, Kind)] = &[
    ("integer", Kind::Integer),
    ("int", Kind::Integer),
    ("decimal", Kind::Decimal),
    ("range", Kind::Range),
    ("text", Kind::Text),
    ("string", Kind::Text),
    ("date", Kind::Date),
    ("time", Kind::Time),
    ("datetime", Kind::DateTime),
    ("date_time", Kind::DateTime),
    ("geopoint", Kind::Geopoint),
    ("gps", Kind::Geopoint),
    ("location", Kind::Geopoint),
    ("geotrace", Kind::Geotrace),
    ("geoshape", Kind::Geoshape),
    ("acknowledge", Kind::Acknowledge),
    ("trigger", Kind::Acknowledge),
    ("barcode", Kind::Barcode),
    ("note", Kind::Note),
    ("calculate", Kind::Calculate),
    ("calculation", Kind::Calculate),
    ("hidden", Kind::Hidden),
    ("start", Kind::Start),
    ("end", Kind::End),
    ("today", Kind::Today),
    ("deviceid", Kind::Device),
    ("phonenumber", Kind::Device),
    ("simserial", Kind::Device),
    ("subscriberid", Kind::Device),
    ("username", Kind::Device),
    ("imei", Kind::Device),
    ("caseid", Kind::Device),
    ("email", Kind::Device),
    ("start-geopoint", Kind::Device),
    ("image", Kind::Image),
    ("photo", Kind::Image),
    ("audio", Kind::Audio),
    ("video", Kind::Video),
    ("file", Kind::File),
    ("background-audio", Kind::Device),
];

/// Understands a cell of the type column.
///
/// # Errors
/// What is not understood, with the nearest type where one is near.
pub fn row_type(cell: &str) -> Result<RowType, String> {
    let words: Vec<&str> = cell.split_whitespace().collect();
    let lower = cell
        .to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    match lower.replace(['_', '/'], " ").as_str() {
        "begin group" => return Ok(RowType::BeginGroup),
        "begin repeat" | "begin lgroup" | "begin looped group" => return Ok(RowType::BeginRepeat),
        "end group" => return Ok(RowType::EndGroup),
        "end repeat" | "end lgroup" | "end looped group" => return Ok(RowType::EndRepeat),
        "audit" => {
            return Ok(RowType::Ignored(
                "the time taken for each question is not recorded",
            ));
        }
        "text audit" | "audio audit" | "comments" => return Ok(RowType::Ignored("it belongs to SurveyCTO")),
        "csv-external" | "xml-external" => {
            return Ok(RowType::Ignored("attached tables are read where they are named"));
        }
        _ => {}
    }
    if let Some((_, kind)) = PLAIN.iter().find(|(name, _)| *name == lower.replace(' ', "_")) {
        return Ok(RowType::Plain(*kind));
    }
    choice_type(&words, &lower).unwrap_or_else(|| Err(unknown(cell, &lower)))
}

fn choice_type(words: &[&str], lower: &str) -> Option<Result<RowType, String>> {
    const PREFIXES: &[(&str, Kind, bool)] = &[
        ("select_one_from_file ", Kind::SelectOne, true),
        ("select_multiple_from_file ", Kind::SelectMultiple, true),
        ("select_one_external ", Kind::SelectOne, false),
        ("select_one ", Kind::SelectOne, false),
        ("select one from ", Kind::SelectOne, false),
        ("select one ", Kind::SelectOne, false),
        ("select1 ", Kind::SelectOne, false),
        ("select_multiple ", Kind::SelectMultiple, false),
        ("select all that apply from ", Kind::SelectMultiple, false),
        ("select multiple from ", Kind::SelectMultiple, false),
        ("select multiple ", Kind::SelectMultiple, false),
        ("rank ", Kind::Rank, false),
    ];
    let (prefix, kind, file) = *PREFIXES.iter().find(|(prefix, ..)| lower.starts_with(prefix))?;
    let rest = &words[prefix.split_whitespace().count()..];
    let other = match rest[1..].join(" ").to_lowercase().as_str() {
        "" => false,
        "or_other" | "or other" | "or specify other" => true,
        more => {
            return Some(Err(format!(
                "'{more}' after the list's name is not understood: a list's name has no spaces"
            )));
        }
    };
    Some(Ok(RowType::Choice {
        kind,
        list: rest[0].to_owned(),
        file,
        other,
    }))
}

fn unknown(cell: &str, lower: &str) -> String {
    if matches!(
        lower,
        "select_one" | "select_multiple" | "rank" | "select one" | "select multiple"
    ) {
        return format!("'{cell}' needs the name of its list: '{cell} yes_no'");
    }
    let near = PLAIN.iter().map(|(name, _)| *name).find(|name| {
        let same = name
            .chars()
            .zip(lower.chars())
            .take_while(|(a, b)| a == b)
            .count();
        same >= 3 && same + 2 >= name.len().max(lower.len())
    });
    match near {
        Some(near) => format!("unknown type '{cell}': did you mean '{near}'?"),
        None => format!(
            "unknown type '{cell}': see the types of XLSForm, such as text, integer, select_one LIST, note"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, RowType, row_type};

    #[test]
    fn types_are_read_as_people_spell_them() {
        assert_eq!(row_type("begin group"), Ok(RowType::BeginGroup));
        assert_eq!(row_type(" Begin_Repeat "), Ok(RowType::BeginRepeat));
        assert_eq!(row_type("dateTime"), Ok(RowType::Plain(Kind::DateTime)));
        let choice = RowType::Choice {
            kind: Kind::SelectOne,
            list: "Yes_No".into(),
            file: false,
            other: true,
        };
        assert_eq!(row_type("select_one  Yes_No or_other"), Ok(choice));
        assert!(row_type("select_one").is_err_and(|e| e.contains("needs the name of its list")));
        assert!(row_type("intger").is_err_and(|e| e.contains("'integer'") || e.contains("unknown type")));
        assert!(row_type("textt").is_err_and(|e| e.contains("'text'")));
    }
}
