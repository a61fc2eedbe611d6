//! The type column.

use crate::form::Kind;
use crate::near::is_near;

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
    /// What identifies a phone or its user, or watches them: never collected, with the reason.
    Never(&'static str),
    /// A select or rank from a list; `other` for `or_other`.
    Choice {
        /// Select-one, select-multiple or rank.
        kind: Kind,
        /// Name of the list or, where `file`, of a file; `${name}` for the answers to a question.
        list: String,
        /// From a file of choices.
        file: bool,
        /// Adds 'other' and a question which.
        other: bool,
    },
    /// `csv-external` and the like: a table that expressions name.
    Attached,
    /// Nothing to ask, nothing to keep.
    Ignored(&'static str),
}

/// Types by all their names, in small letters and with spaces.
const PLAIN: &[(&str, Kind)] = &[
    ("integer", Kind::Integer),
    ("int", Kind::Integer),
    ("number", Kind::Integer),
    ("percentage", Kind::Integer),
    ("number of days in last month", Kind::Integer),
    ("number of days in last six months", Kind::Integer),
    ("number of days in last year", Kind::Integer),
    ("decimal", Kind::Decimal),
    ("range", Kind::Range),
    ("text", Kind::Text),
    ("string", Kind::Text),
    ("phone number", Kind::Text),
    ("date", Kind::Date),
    ("time", Kind::Time),
    ("datetime", Kind::DateTime),
    ("date time", Kind::DateTime),
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
    ("calculate here", Kind::Calculate),
    ("hidden", Kind::Hidden),
    ("start", Kind::Start),
    ("start time", Kind::Start),
    ("end", Kind::End),
    ("end time", Kind::End),
    ("today", Kind::Today),
    ("audit", Kind::Audit),
    ("deviceid", Kind::DeviceId),
    ("device id", Kind::DeviceId),
    ("imei", Kind::DeviceId),
    ("uri:deviceid", Kind::DeviceId),
    ("image", Kind::Image),
    ("photo", Kind::Image),
    ("picture", Kind::Image),
    ("audio", Kind::Audio),
    ("video", Kind::Video),
    ("file", Kind::File),
];

const IDENTIFIES: &str = "what identifies a phone or its user is not collected";
const NEVER: &[(&str, &str)] = &[
    ("phonenumber", IDENTIFIES),
    ("simserial", IDENTIFIES),
    ("sim id", IDENTIFIES),
    ("sim serial", IDENTIFIES),
    ("subscriberid", IDENTIFIES),
    ("subscriber id", IDENTIFIES),
    ("username", IDENTIFIES),
    ("user name", IDENTIFIES),
    ("email", IDENTIFIES),
    ("caseid", IDENTIFIES),
    ("uri:phonenumber", IDENTIFIES),
    ("uri:simserial", IDENTIFIES),
    ("uri:subscriberid", IDENTIFIES),
    ("uri:username", IDENTIFIES),
    ("uri:email", IDENTIFIES),
    (
        "start-geopoint",
        "where a phone is, is never recorded without being asked: use a geopoint question",
    ),
    (
        "background-geopoint",
        "where a phone is, is never recorded without being asked: use a geopoint question",
    ),
    (
        "background-audio",
        "nothing is recorded in the background: use an audio question, which people see",
    ),
    (
        "osm",
        "OpenStreetMap's own questions are not asked: use a geopoint question",
    ),
    (
        "audio audit",
        "nothing is recorded in the background: use an audio question, which people see",
    ),
    (
        "speed violations count",
        "SurveyCTO's watch over enumerators is not kept: write 'audit' to record the time for each question",
    ),
    (
        "speed violations list",
        "SurveyCTO's watch over enumerators is not kept: write 'audit' to record the time for each question",
    ),
    (
        "speed violations audit",
        "SurveyCTO's watch over enumerators is not kept: write 'audit' to record the time for each question",
    ),
];

/// Ways to say which list, longest first where one begins another.
const SELECTS: &[(&str, Kind, bool)] = &[
    ("select one from file", Kind::SelectOne, true),
    ("select multiple from file", Kind::SelectMultiple, true),
    ("select one external", Kind::SelectOne, false),
    ("select one from", Kind::SelectOne, false),
    ("select one using", Kind::SelectOne, false),
    ("add select one prompt using", Kind::SelectOne, false),
    ("q select1", Kind::SelectOne, false),
    ("select one", Kind::SelectOne, false),
    ("select1", Kind::SelectOne, false),
    ("add select multiple prompt using", Kind::SelectMultiple, false),
    ("select all that apply from", Kind::SelectMultiple, false),
    ("select all that apply", Kind::SelectMultiple, false),
    ("select multiple from", Kind::SelectMultiple, false),
    ("select multiple using", Kind::SelectMultiple, false),
    ("select multiple", Kind::SelectMultiple, false),
    ("select many", Kind::SelectMultiple, false),
    ("q select", Kind::SelectMultiple, false),
    ("rank", Kind::Rank, false),
];

/// Understands a cell of the type column.
///
/// # Errors
/// What is not understood, with the nearest type where one is near.
pub fn row_type(cell: &str) -> Result<RowType, String> {
    let words: Vec<&str> = cell.split_whitespace().collect();
    let lower = words.join(" ").to_lowercase();
    let spaced = lower.replace('_', " ");
    match spaced.replace('/', " ").as_str() {
        "begin group" => return Ok(RowType::BeginGroup),
        "begin repeat" | "begin lgroup" | "begin looped group" => return Ok(RowType::BeginRepeat),
        "end group" => return Ok(RowType::EndGroup),
        "end repeat" | "end lgroup" | "end looped group" => return Ok(RowType::EndRepeat),
        "text audit" => {
            return Ok(RowType::Ignored(
                "it is SurveyCTO's: write 'audit' to record the time for each question",
            ));
        }
        "comments" | "sensor stream" | "sensor statistic" => {
            return Ok(RowType::Ignored("it is SurveyCTO's, and nothing here is like it"));
        }
        "csv-external" | "xml-external" => return Ok(RowType::Attached),
        _ => {}
    }
    if let Some(found) = plain(&spaced) {
        return Ok(found);
    }
    // Its list of tags does not matter, since it is not asked.
    if let Some(found) = plain(words.first().unwrap_or(&"")).filter(|_| spaced.starts_with("osm ")) {
        return Ok(found);
    }
    choice_type(&words, &spaced).unwrap_or_else(|| Err(unknown(cell, &lower)))
}

/// A type without a list, also as older tools spelled it: `q text`, `add text prompt`, `get start time`.
fn plain(spaced: &str) -> Option<RowType> {
    let bare = spaced.strip_prefix("q ").or_else(|| spaced.strip_prefix("get "));
    let prompt = spaced
        .strip_prefix("add ")
        .and_then(|rest| rest.strip_suffix(" prompt"));
    let names = [Some(spaced), bare, prompt];
    let mut names = names.into_iter().flatten();
    names.find_map(|name| {
        let kind = PLAIN
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, kind)| RowType::Plain(*kind));
        // As a type of its own a phone number is asked; `get phone number` reads it off the phone.
        let kind = kind.filter(|_| !(spaced.starts_with("get ") && name == "phone number"));
        let never = || {
            NEVER
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, why)| RowType::Never(why))
        };
        let phone = || (name == "phone number").then_some(RowType::Never(IDENTIFIES));
        kind.or_else(never).or_else(phone)
    })
}

fn choice_type(words: &[&str], spaced: &str) -> Option<Result<RowType, String>> {
    let fits = |(prefix, ..): &&(&str, Kind, bool)| {
        spaced
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(' '))
    };
    // How many words of the cell the prefix takes, if it ends where a word does.
    let takes = |prefix: &str| {
        let wanted = prefix.split(' ').count();
        (1..words.len()).find(|&used| words[..used].join("_").split('_').count() == wanted)
    };
    let whole = SELECTS
        .iter()
        .filter(fits)
        .find_map(|(prefix, kind, file)| Some((takes(prefix)?, *kind, *file)));
    let Some((used, kind, file)) = whole else {
        let (prefix, ..) = SELECTS.iter().rfind(fits)?;
        return Some(Err(glued(words, prefix.split(' ').count())));
    };
    let mut rest = &words[used..];
    let lower: Vec<String> = rest.iter().map(|word| word.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let mut other = false;
    for ending in [
        &["or_other"][..],
        &["or", "other"],
        &["or", "specify", "other"],
        &["or_specify_other"],
    ] {
        if lower.ends_with(ending) && lower.len() > ending.len() {
            (rest, other) = (&rest[..rest.len() - ending.len()], true);
            break;
        }
    }
    Some(Ok(RowType::Choice {
        kind,
        list: rest.join(" "),
        file,
        other,
    }))
}

fn glued(words: &[&str], taken: usize) -> String {
    let whole = words.join("_");
    let parts: Vec<&str> = whole.split('_').collect();
    let (before, after) = parts.split_at(taken.min(parts.len()));
    format!(
        "'{}' has no space before the name of its list: write '{} {}'",
        words.join(" "),
        before.join("_"),
        after.join("_")
    )
}

fn unknown(cell: &str, lower: &str) -> String {
    let spaced = lower.replace('_', " ");
    if SELECTS.iter().any(|(prefix, ..)| *prefix == spaced) {
        return format!("'{cell}' needs the name of its list: '{cell} yes_no'");
    }
    if spaced.starts_with("begin loop") || spaced.starts_with("cascading select") {
        return format!(
            "'{cell}' is of an early XLSForm: write begin_repeat, or select_one with a choice_filter"
        );
    }
    let near = PLAIN
        .iter()
        .map(|(name, _)| *name)
        .find(|name| is_near(name, &spaced));
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

    #[allow(clippy::unnecessary_wraps)] // It is compared with what may be an error.
    fn choice(kind: Kind, list: &str, file: bool, other: bool) -> Result<RowType, String> {
        Ok(RowType::Choice {
            kind,
            list: list.into(),
            file,
            other,
        })
    }

    #[test]
    fn types_are_read_as_people_spell_them() {
        assert_eq!(row_type("begin group"), Ok(RowType::BeginGroup));
        assert_eq!(row_type(" Begin_Repeat "), Ok(RowType::BeginRepeat));
        for (cell, kind) in [
            ("dateTime", Kind::DateTime),
            ("date_time", Kind::DateTime),
            ("add date time prompt", Kind::DateTime),
            ("q string", Kind::Text),
            ("get start time", Kind::Start),
            ("number of days in last month", Kind::Integer),
            ("add photo prompt", Kind::Image),
            ("get device id", Kind::DeviceId),
            ("phone number", Kind::Text),
        ] {
            assert_eq!(row_type(cell), Ok(RowType::Plain(kind)), "{cell}");
        }
        for cell in [
            "get phone number",
            "phonenumber",
            "username",
            "background-audio",
            "get sim id",
        ] {
            assert!(matches!(row_type(cell), Ok(RowType::Never(_))), "{cell}");
        }
    }

    #[test]
    fn lists_are_read_as_people_spell_them() {
        assert_eq!(
            row_type("select_one  Yes_No or_other"),
            choice(Kind::SelectOne, "Yes_No", false, true)
        );
        assert_eq!(
            row_type("Select One Yes No or specify other"),
            choice(Kind::SelectOne, "Yes No", false, true)
        );
        assert_eq!(
            row_type("select_one_from_file a.csv"),
            choice(Kind::SelectOne, "a.csv", true, false)
        );
        assert_eq!(
            row_type("select all that apply from x"),
            choice(Kind::SelectMultiple, "x", false, false)
        );
        assert_eq!(
            row_type("add select one prompt using x"),
            choice(Kind::SelectOne, "x", false, false)
        );
        assert_eq!(
            row_type("select_multiple or_other"),
            choice(Kind::SelectMultiple, "or_other", false, false)
        );
        assert_eq!(
            row_type("select_one ${name}"),
            choice(Kind::SelectOne, "${name}", false, false)
        );
        assert_eq!(
            row_type("select_one from_where"),
            choice(Kind::SelectOne, "from_where", false, false)
        );
        assert_eq!(row_type("select1 x"), choice(Kind::SelectOne, "x", false, false));
    }

    #[test]
    fn what_is_no_type_is_told_with_the_mend() {
        for (cell, told) in [
            ("select_one", "needs the name of its list"),
            ("intger", "'integer'"),
            ("textt", "'text'"),
            ("select_one_yesno", "write 'select_one yesno'"),
            ("select_multiple_yes_no", "write 'select_multiple yes_no'"),
            ("begin loop over x", "begin_repeat"),
        ] {
            assert!(
                row_type(cell).is_err_and(|e| e.contains(told)),
                "{cell}: {:?}",
                row_type(cell)
            );
        }
    }
}
