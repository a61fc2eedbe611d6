//! Moments as phones write them: with their own offset, if all is well.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::temporal::{Pieces, PiecesOffset};

/// A moment as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970; by the time as written where no offset is.
    pub seconds: i64,
    /// Whether an offset was written.
    pub is_placed: bool,
    /// Minutes since midnight where it was written; unknown where UTC was written, which says nothing of the place.
    pub minute: Option<u16>,
}

impl Moment {
    pub fn read(text: &str) -> Option<Self> {
        let pieces = Pieces::parse(text).ok()?;
        let time = pieces.time()?;
        let local = DateTime::from_parts(pieces.date(), time);
        let (offset, is_local) = match pieces.offset() {
            Some(PiecesOffset::Numeric(offset)) => (Some(offset.offset().seconds()), true),
            Some(_) => (Some(0), false),
            None => (None, true),
        };
        let day = i64::from(day_of(pieces.date()));
        let seconds = day * 86_400 + i64::from(second(time)) - i64::from(offset.unwrap_or(0));
        let minute = (local.hour() as u16) * 60 + local.minute() as u16;
        Some(Self {
            seconds,
            is_placed: offset.is_some(),
            minute: (is_local && offset.is_some()).then_some(minute),
        })
    }
}

/// Days since 1970.
pub fn day_of(date: Date) -> i32 {
    let since = date.since(Date::constant(1970, 1, 1));
    since.map_or(0, |span| span.get_days())
}

/// The date of a number of days since 1970.
pub fn date_of(day: i32) -> Date {
    let first = Date::constant(1970, 1, 1);
    first
        .checked_add(jiff::Span::new().days(i64::from(day)))
        .unwrap_or(first)
}

fn second(time: Time) -> i32 {
    i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second())
}

#[cfg(test)]
mod tests {
    use super::{Moment, date_of, day_of};

    #[test]
    fn a_moment_is_read_with_its_place_or_without() {
        let read = |text| Moment::read(text).map(|m| (m.seconds, m.is_placed, m.minute));
        assert_eq!(
            read("1970-01-02T01:30:00.000+03:00"),
            Some((86_400 - 5_400, true, Some(90)))
        );
        assert_eq!(read("1970-01-01T00:00:10Z"), Some((10, true, None)));
        assert_eq!(read("1970-01-01T02:00:10"), Some((7_210, false, None)));
        assert_eq!(read("1970-01-01T02:00:00+00:00"), Some((7_200, true, Some(120))));
        for none in ["", "1970-01-01", "soon", "1970-13-01T00:00:00Z"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn days_and_dates_are_the_same() {
        for day in [-1, 0, 1, 20_000, 20_787] {
            assert_eq!(day_of(date_of(day)), day);
        }
        assert_eq!(date_of(20_787).to_string(), "2026-11-30");
    }
}
