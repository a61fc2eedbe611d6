//! Dates and times as expressions see them: texts in ISO 8601, by the time as written.

use super::Value;
use super::functions::Function as F;
use super::value::{clock, date_of_day, day_fraction, days_of, parse_date, trim};

/// The functions of dates and times; `pattern` is the second argument's text.
pub(super) fn dates(function: F, value: Value, pattern: &str) -> Value {
    match function {
        F::DecimalDateTime => Value::Number(value.number()),
        F::DecimalTime => Value::Number(day_fraction(trim(&value.text())).unwrap_or(f64::NAN)),
        F::Date => Value::Text(date_text(value)),
        F::DateTime => Value::Text(date_time_text(value)),
        _ => Value::Text(formatted(value, pattern)),
    }
}

fn date_text(value: Value) -> String {
    match value {
        Value::Text(text) => match days_of(trim(&text)) {
            Some(_) => trim(&text)[..10].to_owned(),
            None => String::new(),
        },
        other => date_of_day(other.number()).map_or_else(String::new, |date| date.to_string()),
    }
}

fn date_time_text(value: Value) -> String {
    match value {
        Value::Text(text) => days_of(trim(&text)).map_or_else(String::new, |_| trim(&text).to_owned()),
        other => {
            let days = other.number();
            let Some(date) = date_of_day(days) else {
                return String::new();
            };
            let seconds = ((days - days.floor()) * 86_400.0).floor() as u32;
            format!(
                "{date}T{:02}:{:02}:{:02}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            )
        }
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

fn formatted(value: Value, pattern: &str) -> String {
    let text = date_time_text(value);
    let Some(date) = text.get(..10).and_then(parse_date) else {
        return String::new();
    };
    let (hours, minutes, seconds, thousandths) = text.get(11..).and_then(clock).unwrap_or_default();
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => out += &format!("{:04}", date.year()),
            Some('y') => out += &format!("{:02}", date.year() % 100),
            Some('m') => out += &format!("{:02}", date.month()),
            Some('n') => out += &date.month().to_string(),
            Some('b') => out += MONTHS[date.month() as usize - 1],
            Some('d') => out += &format!("{:02}", date.day()),
            Some('e') => out += &date.day().to_string(),
            Some('a') => out += WEEKDAYS[date.weekday().to_sunday_zero_offset() as usize],
            Some('H') => out += &format!("{hours:02}"),
            Some('h') => out += &hours.to_string(),
            Some('M') => out += &format!("{minutes:02}"),
            Some('S') => out += &format!("{seconds:02}"),
            Some('3') => out += &format!("{thousandths:03}"),
            Some(other) => out.extend(['%', other]),
            None => out.push('%'),
        }
    }
    out
}
