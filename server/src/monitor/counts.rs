//! How many have come: by day, by area, by enumerator, and how interviews ended.

use super::norms::median;
use super::row::Row;
use crate::store::State;
use baraza_forms::Outcome;
use std::collections::BTreeMap;

/// Days that are told one by one.
pub const DAYS: i32 = 14;

/// How interviews ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    pub complete: u64,
    pub refused: u64,
    pub ineligible: u64,
    /// Rejected when looked at, and in none of the others.
    pub rejected: u64,
}

impl Outcomes {
    fn add(&mut self, row: &Row) {
        match row.outcome {
            _ if row.state == State::Rejected => self.rejected += 1,
            Outcome::Complete => self.complete += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::Ineligible => self.ineligible += 1,
        }
    }

    pub fn all(self) -> u64 {
        self.complete + self.refused + self.ineligible + self.rejected
    }

    /// The base of both rates: who was asked and may take part. Whoever was rejected later did take part; whoever was
    /// never met is in no response (AAPOR 2023, COOP1). `fieldwork.csv` of the analysis has the same rate.
    pub fn asked(self) -> u64 {
        self.complete + self.rejected + self.refused
    }

    /// The share of the base that took part.
    pub fn response_rate(self) -> Option<f64> {
        (self.asked() > 0).then(|| 1.0 - self.refused as f64 / self.asked() as f64)
    }
}

/// What is told of an enumerator.
#[derive(Debug, Clone, Default)]
pub struct ByOne {
    pub outcomes: Outcomes,
    /// Median time of complete responses, in seconds.
    pub seconds: Option<f64>,
    /// Responses that are doubted and that nobody has decided on.
    pub open: u64,
}

/// All counts.
#[derive(Debug, Default)]
pub struct Counts {
    pub total: Outcomes,
    /// By day since 1970; days on which nothing came are not in it.
    pub days: BTreeMap<i32, u64>,
    /// Complete ones by area: of others no answer is kept that would tell.
    pub areas: BTreeMap<Option<u32>, u64>,
    /// By enumerator; none signed in is one of them.
    pub enumerators: BTreeMap<Option<i64>, ByOne>,
}

impl Counts {
    /// `is_open` says by position whether a response is doubted and not decided on.
    pub fn of(rows: &[Row], is_open: impl Fn(usize) -> bool) -> Self {
        let mut counts = Self::default();
        let mut times: BTreeMap<Option<i64>, Vec<f64>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            counts.total.add(row);
            *counts.days.entry(row.day).or_insert(0) += 1;
            let one = counts.enumerators.entry(row.enumerator).or_default();
            one.outcomes.add(row);
            one.open += u64::from(is_open(at));
            if row.counts() {
                *counts.areas.entry(row.area).or_insert(0) += 1;
                let times = times.entry(row.enumerator).or_default();
                times.extend(row.seconds.map(f64::from));
            }
        }
        for (enumerator, mut times) in times {
            if let Some(one) = counts.enumerators.get_mut(&enumerator) {
                one.seconds = median(&mut times);
            }
        }
        counts
    }
}
