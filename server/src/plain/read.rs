//! What was typed or chosen → an answer. Phones with few features have fields for text alone, so that dates and times
//! are understood as people type them.

use super::coarse::coarsened;
use baraza_forms::{Answer, Kind, Node};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// Nothing.
    Blank,
    /// An answer.
    Answer(Answer),
    /// Words where a number is asked for: kept as typed, and the person is told.
    Typed(String),
}

/// Digits of Arabic, Persian and Devanagari keyboards as 0 to 9.
pub fn plain_digits(text: &str) -> String {
    let zero_of = |c: char| {
        ['\u{660}', '\u{6f0}', '\u{966}']
            .into_iter()
            .find(|&zero| (zero as u32..zero as u32 + 10).contains(&(c as u32)))
    };
    text.chars()
        .map(|c| match zero_of(c) {
            Some(zero) => char::from(b'0' + (c as u32 - zero as u32) as u8),
            None => c,
        })
        .collect()
}

/// A number as it was typed; `None` where it is none.
fn number(text: &str, with_separators: bool) -> Option<f64> {
    let mut plain = plain_digits(text)
        .trim()
        .replacen(['\u{2212}', '\u{2013}'], "-", 1);
    if with_separators {
        plain.retain(|c| !matches!(c, ',' | '\'' | '\u{66c}' | '\u{a0}' | '\u{202f}' | ' '));
    }
    let plain = plain.replacen('\u{66b}', ".", 1);
    let (sign, digits) = plain
        .strip_prefix('-')
        .map_or(("", plain.as_str()), |rest| ("-", rest));
    // 1,5 is a decimal comma; 1,000 may be either and is not guessed.
    let point = match digits.split_once(',') {
        Some((whole, part)) if is_digits(whole) && is_digits(part) && part.len() != 3 => {
            format!("{whole}.{part}")
        }
        _ => digits.to_owned(),
    };
    let (whole, part) = point.split_once('.').unwrap_or((point.as_str(), ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let number: f64 = format!("{sign}0{whole}.{part}0").parse().ok()?;
    number.is_finite().then_some(number)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn has(node: &Node, appearance: &str) -> bool {
    node.appearance.iter().any(|word| word == appearance)
}

/// The numbers in a text and nothing but separators between them.
fn numbers(text: &str) -> Option<Vec<String>> {
    let separators = ['-', '/', '.', ':', ' ', 'T', '\u{2013}'];
    let parts: Vec<String> = text
        .split(separators)
        .filter(|part| !part.is_empty())
        .map(String::from)
        .collect();
    parts
        .iter()
        .all(|part| is_digits(part) && part.len() <= 4)
        .then_some(parts)
}

/// Year, month and day in this order, or, where no other reading is possible, day, month and year.
fn date(text: &str) -> Option<String> {
    let parts = numbers(text)?;
    let [a, b, c] = &parts[..] else { return None };
    let (year, month, day) = if a.len() == 4 {
        (a, b, c)
    } else {
        let day: u32 = a.parse().ok()?;
        let month: u32 = b.parse().ok()?;
        if c.len() != 4 || (day <= 12 && day != month) {
            return None;
        }
        (c, b, a)
    };
    (month.len() <= 2 && day.len() <= 2).then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

fn time(text: &str) -> Option<String> {
    let parts = numbers(text)?;
    let [hour, minute] = &parts[..] else { return None };
    (hour.len() <= 2 && minute.len() == 2).then(|| format!("{hour:0>2}:{minute}"))
}

/// The first of the month or of the year, as ODK keeps them.
fn first_day(text: &str, parts_wanted: usize) -> Option<String> {
    let parts = numbers(text)?;
    let year = parts.first().filter(|year| year.len() == 4)?;
    match (parts.len(), parts_wanted) {
        (1, 1) => Some(format!("{year}-01-01")),
        (2, 2) => Some(format!("{year}-{:0>2}-01", parts[1])),
        (3, _) => Some(format!("{year}-{:0>2}-01", parts[1])),
        _ => None,
    }
}

fn moment(text: &str, offset: &str) -> Option<String> {
    let (day, clock) = text.split_once(['T', ' '])?;
    let clock: String = clock.trim().chars().take(5).collect();
    Some(format!("{}T{}:00.000{offset}", date(day)?, time(&clock)?))
}

/// Places with a comma between their numbers, as maps give them.
fn places(node: &Node, text: &str) -> String {
    let plain = plain_digits(text).replace(", ", " ").replace('\u{2212}', "-");
    let plain = if plain.split_whitespace().count() == 1 && plain.matches(',').count() == 1 {
        plain.replace(',', " ")
    } else {
        plain
    };
    match node.coarse {
        Some(metres) => coarsened(plain.trim(), metres),
        None => plain.trim().to_owned(),
    }
}

/// What the text of a field means to a question; `offset` is that of the clock, for moments.
pub fn typed(node: &Node, text: &str, offset: &str) -> Given {
    let text = text.replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Given::Blank;
    }
    if node.kind.is_number() {
        return number(&text, has(node, "thousands-sep"))
            .map_or(Given::Typed(text), |n| Given::Answer(Answer::Number(n)));
    }
    let plain = plain_digits(text.trim());
    // What is not understood stays as typed, and its question says so.
    let understood = match node.kind {
        Kind::Date if has(node, "year") => first_day(&plain, 1),
        Kind::Date if has(node, "month-year") => first_day(&plain, 2),
        Kind::Date => date(&plain),
        Kind::Time => time(&plain),
        Kind::DateTime => moment(&plain, offset),
        Kind::Geopoint | Kind::Geotrace | Kind::Geoshape => Some(places(node, &text)),
        _ if has(node, "numbers") => Some(plain_digits(&text)),
        _ => None,
    };
    Given::Answer(Answer::Text(understood.unwrap_or(text)))
}

/// An answer as its field shows it.
pub fn shown(node: &Node, answer: &Answer) -> String {
    let text = match answer {
        Answer::Passed(_) => return String::new(),
        answer => answer.text(),
    };
    match node.kind {
        Kind::Date if has(node, "year") => text.strip_suffix("-01-01").unwrap_or(&text).to_owned(),
        Kind::Date if has(node, "month-year") => text.strip_suffix("-01").unwrap_or(&text).to_owned(),
        Kind::DateTime if text.len() > 16 && text.is_ascii() => text[..16].to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(kind: Kind, appearance: &str, cases: &[(&str, &str)]) {
        let node = Node {
            kind,
            appearance: vec![appearance.into()],
            ..Node::default()
        };
        for (text, wanted) in cases {
            let read = match typed(&node, text, "+03:00") {
                Given::Blank => String::new(),
                Given::Answer(answer) => answer.text(),
                Given::Typed(text) => format!("typed {text}"),
            };
            assert_eq!(read, *wanted, "{kind:?} {text}");
        }
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let cases = [
            ("12", "12"),
            (" ١٢ ", "12"),
            ("-3", "-3"),
            ("\u{2212}3", "-3"),
            ("1,5", "1.5"),
            ("٣٫٥", "3.5"),
            ("5.", "5"),
            (".5", "0.5"),
            ("1,000", "typed 1,000"),
            ("twelve", "typed twelve"),
            ("1e5", "typed 1e5"),
            ("1 000", "typed 1 000"),
            ("", ""),
            ("  ", ""),
            (".", "typed ."),
            ("-", "typed -"),
        ];
        reads(Kind::Decimal, "", &cases);
        reads(
            Kind::Integer,
            "thousands-sep",
            &[("1,000", "1000"), ("12 500", "12500")],
        );
    }

    #[test]
    fn days_and_hours_are_read_as_people_type_them() {
        let days = [
            ("2026-03-25", "2026-03-25"),
            ("2026/3/5", "2026-03-05"),
            ("25.3.2026", "2026-03-25"),
            ("٢٠٢٦-٠٣-٢٥", "2026-03-25"),
            ("3/4/2026", "3/4/2026"),
            ("yesterday", "yesterday"),
            ("4.4.2026", "2026-04-04"),
        ];
        reads(Kind::Date, "", &days);
        reads(
            Kind::Date,
            "year",
            &[("2026", "2026-01-01"), ("26", "26"), ("2026-05-06", "2026-05-01")],
        );
        reads(
            Kind::Date,
            "month-year",
            &[("2026-5", "2026-05-01"), ("2026", "2026")],
        );
        reads(
            Kind::Time,
            "",
            &[("9:30", "09:30"), ("14.05", "14:05"), ("noon", "noon")],
        );
        let moments = [
            ("2026-03-25T14:30", "2026-03-25T14:30:00.000+03:00"),
            ("2026-03-25 9:30", "2026-03-25T09:30:00.000+03:00"),
            ("2026-03-25", "2026-03-25"),
        ];
        reads(Kind::DateTime, "", &moments);
    }

    #[test]
    fn places_are_read_and_rounded_before_anything_keeps_them() {
        let cases = [
            ("1.5 2.5", "1.5 2.5"),
            ("1.5, 2.5", "1.5 2.5"),
            ("1.5,2.5", "1.5 2.5"),
            ("1 2; 3 4", "1 2; 3 4"),
        ];
        reads(Kind::Geotrace, "", &cases);
        let node = Node {
            kind: Kind::Geopoint,
            coarse: Some(1000.0),
            ..Node::default()
        };
        let given = typed(&node, "1.292066, 36.821945", "");
        assert_eq!(
            given,
            Given::Answer(Answer::Text("1.289077 36.817618 0 1000".into()))
        );
    }
}
