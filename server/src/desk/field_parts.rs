//! The parts of the page of a survey in the field, made ready to be shown.

use super::Visit;
use super::doubt_words::time;
use crate::monitor::{Counts, DAYS, Map, Moment, Outcomes, date_of};
use crate::store::Enumerator;

/// Bars that a list shows one by one.
const MOST: usize = 60;

/// A figure with its bar.
pub struct Bar {
    pub label: String,
    pub count: u64,
    /// Of 100, which is the largest.
    pub width: u64,
}

/// How far a target is.
pub struct Quota {
    pub label: String,
    pub target: u64,
    pub received: u64,
}

/// How interviews ended.
pub struct Rates {
    pub outcomes: Outcomes,
    /// The base of both rates.
    pub asked: u64,
    /// In percent; blank where nobody was asked.
    pub response: String,
    pub refusal: String,
    /// Of 100.
    pub width: u64,
}

/// An enumerator.
pub struct One {
    pub name: String,
    /// As addresses have it.
    pub public: String,
    pub bar: u64,
    pub rates: Rates,
    /// Median time; blank where nothing tells.
    pub time: String,
    pub open: u64,
}

/// A map without places.
pub struct Drawing {
    /// `0 0 WIDTH HEIGHT`; blank where nothing is drawn.
    pub view: String,
    pub squares: Vec<Square>,
    pub leaves_out: bool,
}

/// A square of the map.
pub struct Square {
    pub x: i32,
    pub y: i32,
    pub width: i32,
    pub height: i32,
    /// 1 to 4: how many came from there, beside the others.
    pub shade: u64,
    pub count: u64,
    /// From where to where.
    pub label: String,
}

fn width(count: u64, most: u64) -> u64 {
    (count * 100).checked_div(most).unwrap_or(0)
}

/// The largest first; the smallest of very many are put together by the page's reader, who has the file for it.
pub fn bars(mut counts: Vec<(String, u64)>) -> Vec<Bar> {
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let most = counts.first().map_or(0, |(_, count)| *count);
    let shown = counts.into_iter().take(MOST);
    shown
        .map(|(label, count)| Bar {
            label,
            count,
            width: width(count, most),
        })
        .collect()
}

/// The last days, today first.
pub fn days(counts: &Counts, now: &str) -> Vec<Bar> {
    let today = Moment::read(now).map_or(0, |moment| moment.seconds.div_euclid(86_400) as i32);
    let of = |day: i32| counts.days.get(&day).copied().unwrap_or(0);
    let days = || (0..DAYS).map(|back| today - back);
    let most = days().map(of).max().unwrap_or(0);
    days()
        .map(|day| Bar {
            label: date_of(day).to_string(),
            count: of(day),
            width: width(of(day), most),
        })
        .collect()
}

/// With the base of both rates.
pub fn rates(visit: &Visit, outcomes: Outcomes) -> Rates {
    let percent = |rate: Option<f64>| rate.map(|rate| (rate * 100.0).round() as u64);
    let told = |rate: Option<u64>| rate.map(|rate| visit.with("percent", "n", &rate.to_string()));
    let response = percent(outcomes.response_rate());
    Rates {
        outcomes,
        asked: outcomes.asked(),
        response: told(response).unwrap_or_default(),
        // So that both make 100.
        refusal: told(response.map(|response| 100 - response)).unwrap_or_default(),
        width: response.unwrap_or(0),
    }
}

/// Those who sent something, by name; at last what came from nobody who was signed in.
pub fn ones(visit: &Visit, counts: &Counts, all: &[Enumerator]) -> Vec<One> {
    let most = counts.enumerators.values().map(|one| one.outcomes.all()).max();
    let mut ones: Vec<(bool, One)> = counts
        .enumerators
        .iter()
        .map(|(id, one)| {
            let known = all.iter().find(|known| Some(known.id) == *id);
            let found = One {
                name: known.map_or_else(|| visit.t("field_nobody"), |known| known.name.clone()),
                public: known.map_or_else(
                    || super::doubt_filter::NOBODY.to_owned(),
                    |known| known.public.clone(),
                ),
                bar: width(one.outcomes.all(), most.unwrap_or(0)),
                rates: rates(visit, one.outcomes),
                time: one
                    .seconds
                    .map(|seconds| time(visit, seconds))
                    .unwrap_or_default(),
                open: one.open,
            };
            (id.is_none(), found)
        })
        .collect();
    ones.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    ones.into_iter().map(|(_, one)| one).collect()
}

/// Tenths of a degree become units of the drawing, north is up in every language.
pub fn drawing(map: &Map) -> Drawing {
    const UNIT: i32 = 10;
    let cells = &map.cells;
    let edge = |edges: &mut dyn Iterator<Item = i32>, is_low: bool| {
        if is_low { edges.min() } else { edges.max() }.unwrap_or(0)
    };
    let west = edge(&mut cells.iter().map(|cell| cell.west), true);
    let east = edge(&mut cells.iter().map(|cell| cell.west + cell.side), false);
    let south = edge(&mut cells.iter().map(|cell| cell.south), true);
    let north = edge(&mut cells.iter().map(|cell| cell.south + cell.side), false);
    // Degrees of longitude are shorter away from the equator; in the middle of the drawing it is as it is on the ground.
    let middle = f64::from(south + north) / 20.0;
    let narrow = middle.to_radians().cos().max(0.1);
    let across = |tenths: i32| (f64::from(tenths * UNIT) * narrow).round() as i32;
    let most = cells.iter().map(|cell| cell.count).max().unwrap_or(0);
    let squares: Vec<Square> = cells
        .iter()
        .map(|cell| Square {
            x: across(cell.west - west),
            y: (north - cell.south - cell.side) * UNIT,
            width: across(cell.west + cell.side - west) - across(cell.west - west),
            height: cell.side * UNIT,
            shade: (cell.count * 4).div_ceil(most.max(1)).clamp(1, 4),
            count: cell.count,
            label: format!(
                "{} · {}",
                range(cell.south, cell.side, ["N", "S"]),
                range(cell.west, cell.side, ["E", "W"])
            ),
        })
        .collect();
    let view = if squares.is_empty() {
        String::new()
    } else {
        format!("-2 -2 {} {}", across(east - west) + 4, (north - south) * UNIT + 4)
    };
    Drawing {
        view,
        squares,
        leaves_out: map.leaves_out,
    }
}

/// `0.5–0.6° N`
fn range(from: i32, side: i32, [plus, minus]: [&str; 2]) -> String {
    let (from, to) = (from, from + side);
    let tenths = |n: i32| format!("{}.{}", n.abs() / 10, n.abs() % 10);
    match (from >= 0, to > 0) {
        (true, _) => format!("{}–{}° {plus}", tenths(from), tenths(to)),
        (false, false) => format!("{}–{}° {minus}", tenths(to), tenths(from)),
        (false, true) => format!("{}° {minus} – {}° {plus}", tenths(from), tenths(to)),
    }
}
