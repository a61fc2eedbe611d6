//! Values of expressions and how they turn into each other.

use jiff::civil::Date;

/// What an expression gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A number; NaN where there is none.
    Number(f64),
    /// Words, dates and times among them.
    Text(String),
    /// Answers of several instances, or cells of several rows.
    Nodes(Vec<Item>),
}

/// One of the values in [`Value::Nodes`].
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// Answer of a number question.
    Number(f64),
    /// Any other answer; blank where nothing was answered.
    Text(String),
}

impl Item {
    /// As text.
    pub fn text(&self) -> String {
        match self {
            Self::Number(n) => text_of_number(*n),
            Self::Text(text) => text.clone(),
        }
    }

    /// Whether nothing was answered.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }
}

impl From<Item> for Value {
    fn from(item: Item) -> Self {
        match item {
            Item::Number(n) => Self::Number(n),
            Item::Text(text) => Self::Text(text),
        }
    }
}

impl Value {
    /// The first of several values; blank where there is none.
    #[must_use]
    pub fn scalar(self) -> Self {
        match self {
            Self::Nodes(items) => items
                .into_iter()
                .next()
                .map_or_else(|| Self::Text(String::new()), Self::from),
            other => other,
        }
    }

    /// As true or false: a number that is not 0, a text that is not blank.
    pub fn boolean(self) -> bool {
        match self.scalar() {
            Self::Boolean(b) => b,
            Self::Number(n) => n != 0.0 && !n.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Nodes(_) => false,
        }
    }

    /// As a number; dates count days since 1970; NaN where it is none.
    pub fn number(self) -> f64 {
        match self.scalar() {
            Self::Boolean(b) => f64::from(u8::from(b)),
            Self::Number(n) => n,
            Self::Text(text) => number_of_text(&text),
            Self::Nodes(_) => f64::NAN,
        }
    }

    /// As text.
    pub fn text(self) -> String {
        match self.scalar() {
            Self::Boolean(b) => b.to_string(),
            Self::Number(n) => text_of_number(n),
            Self::Text(text) => text,
            Self::Nodes(_) => String::new(),
        }
    }

    /// All values, one item each.
    pub fn items(self) -> Vec<Item> {
        match self {
            Self::Nodes(items) => items,
            Self::Number(n) => vec![Item::Number(n)],
            other => vec![Item::Text(other.text())],
        }
    }
}

/// XPath's spelling of a number: never an exponent, no point in whole numbers.
pub fn text_of_number(n: f64) -> String {
    if n.is_nan() {
        "NaN".into()
    } else if n.is_infinite() {
        if n > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else if n == 0.0 {
        "0".into()
    } else {
        n.to_string()
    }
}

/// A plain decimal number, or a date, or a date with time; NaN for any other text.
pub fn number_of_text(text: &str) -> f64 {
    let text = trim(text);
    plain_number(text).or_else(|| days_of(text)).unwrap_or(f64::NAN)
}

/// Digits with at most one point, and a sign; no exponent.
pub(super) fn plain_number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.chars().any(|c| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() <= 1;
    plain.then(|| text.parse().ok()).flatten()
}

/// XPath's white space, which is less than Unicode's.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
}

/// Words between XPath's white space.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([' ', '\t', '\n', '\r'])
        .filter(|word| !word.is_empty())
}

/// Days since 1970 of `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS[.mmm]][offset]`, by the time as written.
pub fn days_of(text: &str) -> Option<f64> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let days = f64::from(day_number(parse_date(date)?));
    if rest.is_empty() {
        return Some(days);
    }
    Some(days + day_fraction(rest.strip_prefix('T')?)?)
}

/// The date at the head of an ISO text.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        let part = &text[range];
        part.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    if year < 1 {
        return None;
    }
    Date::new(year, month as i8, day as i8).ok()
}

/// Days since 1970.
pub(super) fn day_number(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    date.duration_since(epoch).as_hours().div_euclid(24) as i32
}

/// The date so many days after 1970, within the years 1 to 9999.
pub(super) fn date_of_day(days: f64) -> Option<Date> {
    const FIRST: f64 = -719_162.0;
    const LAST: f64 = 2_932_896.0;
    let days = days.floor();
    if !(FIRST..=LAST).contains(&days) {
        return None;
    }
    Date::constant(1970, 1, 1)
        .checked_add(jiff::SignedDuration::from_hours(days as i64 * 24))
        .ok()
}

/// Hours, minutes, seconds and thousandths of `HH:MM[:SS[.fff]][offset]`.
pub(super) fn clock(text: &str) -> Option<(u32, u32, u32, u32)> {
    let text = match text.find(['Z', '+', '-']) {
        Some(at) if offset_is_well_formed(&text[at..]) => &text[..at],
        Some(_) => return None,
        None => text,
    };
    let (whole, thousandths) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) => {
            let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
            (whole, digits.parse().ok()?)
        }
        Some(_) => return None,
        None => (text, 0),
    };
    let mut parts = [0u32; 3];
    let mut count = 0;
    for part in whole.split(':') {
        if count == 3 || part.len() != 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        parts[count] = part.parse().ok()?;
        count += 1;
    }
    let [hours, minutes, seconds] = parts;
    let valid = count >= 2 && hours < 24 && minutes < 60 && seconds < 60 && (thousandths == 0 || count == 3);
    valid.then_some((hours, minutes, seconds, thousandths))
}

fn offset_is_well_formed(text: &str) -> bool {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if text == "Z" {
        return true;
    }
    let rest = text.get(1..).unwrap_or("");
    match rest.split_once(':') {
        Some((hours, minutes)) => digits(hours) && digits(minutes),
        None => digits(rest) || (rest.len() == 4 && rest.bytes().all(|b| b.is_ascii_digit())),
    }
}

/// A clock time as part of a day.
pub(super) fn day_fraction(text: &str) -> Option<f64> {
    let (hours, minutes, seconds, thousandths) = clock(text)?;
    let milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths;
    Some(f64::from(milliseconds) / 86_400_000.0)
}
