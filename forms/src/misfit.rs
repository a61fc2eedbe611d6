//! Whether an answer is what its kind of question asks for. `server/web/values.js` asks the same on the phone.

use crate::answer::Answer;
use crate::expr::days_of;
use crate::form::{Kind, Node};

/// Whether a value can't be what its question asks for, beyond the type of its JSON.
pub(crate) fn misfit(node: &Node, answer: &Answer) -> Option<&'static str> {
    match (node.kind, answer) {
        (Kind::Integer, Answer::Number(n)) if n.fract() != 0.0 => Some("not a whole number"),
        (Kind::Range, Answer::Number(n)) => {
            let bound = |name: &str| node.parameters.get(name).and_then(|p| p.parse::<f64>().ok());
            let (start, end) = (
                bound("start").unwrap_or(f64::NEG_INFINITY),
                bound("end").unwrap_or(f64::INFINITY),
            );
            // A range may run down.
            let outside = *n < start.min(end) || *n > start.max(end);
            outside.then_some("outside of the range")
        }
        (Kind::Date, Answer::Text(text)) if text.len() != 10 || days_of(text).is_none() => Some("not a date"),
        (Kind::DateTime, Answer::Text(text)) if days_of(text).is_none() => Some("not a date with time"),
        (Kind::Time, Answer::Text(text)) if !is_clock_time(text) => Some("not a time of day"),
        (Kind::Geopoint, Answer::Text(text)) if !is_place(text) => Some("not a place"),
        (Kind::Geotrace | Kind::Geoshape, Answer::Text(text)) if !are_places(text) => {
            Some("not places separated by ';'")
        }
        (kind, Answer::Text(text)) if kind.is_file() && !is_file_name(text) => Some("not the name of a file"),
        _ => None,
    }
}

/// Whether a text is what a phone calls a file: SHA-256 of its bytes in hexadecimal, a point, an ending of 1 to 5
/// small letters and digits.
pub fn is_file_name(text: &str) -> bool {
    let Some((digest, ending)) = text.split_once('.') else {
        return false;
    };
    let small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    digest.len() == 64
        && digest.bytes().all(|b| small(b) && b.is_ascii_hexdigit())
        && (1..=5).contains(&ending.len())
        && ending.bytes().all(small)
}

/// `HH:MM[:SS[.fff]][offset]`
fn is_clock_time(text: &str) -> bool {
    // Any day will do: the time after it is read in the same way.
    days_of(&format!("1970-01-01T{text}")).is_some()
}

/// `latitude longitude [altitude [accuracy]]`
fn is_place(text: &str) -> bool {
    let words = text
        .split([' ', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty());
    let numbers: Option<Vec<f64>> = words
        .map(|word| word.parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    numbers.is_some_and(|n| (2..=4).contains(&n.len()) && n[0].abs() <= 90.0 && n[1].abs() <= 180.0)
}

/// Places with `;` between them, and perhaps one at the end.
fn are_places(text: &str) -> bool {
    let ended = text.trim_end().strip_suffix(';').unwrap_or(text);
    ended.split(';').all(is_place)
}

#[cfg(test)]
mod tests {
    use super::{Answer, Node, is_file_name, misfit};
    use crate::form::Kind;

    #[track_caller]
    fn fits(kind: Kind, good: &[&str], bad: &[&str]) {
        let node = Node {
            kind,
            ..Node::default()
        };
        let fits = |text: &&&str| misfit(&node, &Answer::Text((**text).to_owned())).is_none();
        assert_eq!(
            good.iter().filter(fits).collect::<Vec<_>>(),
            good.iter().collect::<Vec<_>>()
        );
        assert_eq!(bad.iter().filter(fits).collect::<Vec<_>>(), [&""; 0]);
    }

    #[test]
    fn texts_are_what_their_question_asks_for() {
        fits(
            Kind::Time,
            &["09:30", "23:59:59", "09:30:00.000+03:00", "09:30Z"],
            &["9:30", "24:00", "09:60", "0930", "09:30T", " 09:30"],
        );
        fits(
            Kind::Geopoint,
            &["1.5 -2", "1 2 3 4", " 1\t2 "],
            &["1", "91 0", "0 181", "1 2 x", "1 2 3 4 5", "1 inf", "NaN 1", ""],
        );
        for kind in [Kind::Geotrace, Kind::Geoshape] {
            fits(
                kind,
                &["1 2;3 4", "1 2 0 0; 3 4 0 0;", "1 2;3 4; \u{a0}", "1 2"],
                &["1 2;;3 4", ";1 2", "1 2;3", "1 2,3 4", "1 2;3 4;;", ""],
            );
        }
    }

    #[test]
    fn a_file_is_named_by_its_digest_and_nothing_else() {
        let digest = "0123456789abcdef".repeat(4);
        assert!(is_file_name(&format!("{digest}.jpg")) && is_file_name(&format!("{digest}.mp4")));
        let bad = [
            "photo.jpg".to_owned(),
            digest.clone(),
            format!("{digest}."),
            format!("{digest}.toolong"),
            format!("{digest}.j/g"),
            format!("{digest}.JPG"),
            format!("{digest}.tar.gz"),
            format!("{}.jpg", digest.to_uppercase()),
            format!("{}.jpg", &digest[1..]),
            format!("../{digest}.jpg"),
            format!("{digest}.jpg\0"),
        ];
        for name in &bad {
            assert!(!is_file_name(name), "{name}");
        }
        let good = format!("{digest}.jpg");
        for kind in [Kind::Image, Kind::Audio, Kind::Video, Kind::File] {
            fits(kind, &[good.as_str()], &["photo.jpg", ""]);
        }
    }
}
