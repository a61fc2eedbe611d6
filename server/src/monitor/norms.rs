//! What is usual in a survey: how long it takes, and where an area is.

use super::limits::{FAR_PLACES, FEWEST};
use super::row::Row;
use std::collections::HashMap;

/// Where an area is, as far as its responses tell. The middle never leaves this module's callers: distances do.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    middle: (f64, f64),
    /// Half of the places are nearer to the middle.
    pub metres: f64,
}

/// Of the complete responses that count.
#[derive(Debug, Default)]
pub struct Norms {
    /// Medians of the seconds for all of it and for an answer; nothing where too few have come.
    pub time: Option<(f64, f64)>,
    /// By area; all of the survey is one where no question is of that role.
    spreads: HashMap<Option<u32>, Spread>,
}

impl Norms {
    pub fn of(rows: &[Row]) -> Self {
        let counting = || rows.iter().filter(|row| row.counts());
        let mut seconds = Vec::new();
        let mut paces = Vec::new();
        let mut places: HashMap<Option<u32>, Vec<(f64, f64)>> = HashMap::new();
        for row in counting() {
            if let (Some(whole), Some(pace)) = (row.seconds, row.pace()) {
                seconds.push(f64::from(whole));
                paces.push(pace);
            }
            if let Some(place) = row.place {
                places.entry(row.area).or_default().push(wide(place));
            }
        }
        let time = (seconds.len() >= FEWEST)
            .then(|| median(&mut seconds).zip(median(&mut paces)))
            .flatten();
        let spreads = places
            .into_iter()
            .filter(|(_, places)| places.len() >= FAR_PLACES)
            .filter_map(|(area, places)| Some((area, spread(&places)?)))
            .collect();
        Self { time, spreads }
    }

    /// Metres from the middle of its area, and what is usual there.
    pub fn away(&self, row: &Row) -> Option<(f64, Spread)> {
        let spread = self.spreads.get(&row.area)?;
        Some((metres(spread.middle, wide(row.place?)), *spread))
    }
}

fn spread(places: &[(f64, f64)]) -> Option<Spread> {
    // Unlike a mean, it stays where most are however far away a few are.
    let middle = (
        median(&mut places.iter().map(|place| place.0).collect::<Vec<_>>())?,
        median(&mut places.iter().map(|place| place.1).collect::<Vec<_>>())?,
    );
    let mut away: Vec<f64> = places.iter().map(|&place| metres(middle, place)).collect();
    Some(Spread {
        middle,
        metres: median(&mut away)?,
    })
}

fn wide((latitude, longitude): (f32, f32)) -> (f64, f64) {
    (f64::from(latitude), f64::from(longitude))
}

/// The one in the middle, or the upper of the two.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    if numbers.is_empty() {
        return None;
    }
    let at = numbers.len() / 2;
    Some(*numbers.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// On a sphere, by the haversine formula, which is right for small distances as well.
fn metres(a: (f64, f64), b: (f64, f64)) -> f64 {
    const RADIUS: f64 = 6_371_000.0;
    let (north, east) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let half = (north / 2.0).sin().powi(2)
        + a.0.to_radians().cos() * b.0.to_radians().cos() * (east / 2.0).sin().powi(2);
    2.0 * RADIUS * half.sqrt().min(1.0).asin()
}
