//! `area()`, `distance()` and `geofence()`, by the formulas of ODK's clients, so that figures agree with theirs.

use super::Item;
use super::value::{plain_number, words};

/// Radius at the equator, in metres.
const RADIUS: f64 = 6_378_100.0;

/// Latitude and longitude in degrees.
type Point = (f64, f64);

fn point(text: &str) -> Option<Point> {
    let numbers: Vec<f64> = words(text).map(plain_number).collect::<Option<_>>()?;
    let fits = (2..=4).contains(&numbers.len()) && numbers[0].abs() <= 90.0 && numbers[1].abs() <= 180.0;
    fits.then(|| (numbers[0], numbers[1]))
}

/// Points of a geotrace or geoshape, or of several geopoints; `None` where one of them is none.
fn points(items: &[Item]) -> Option<Vec<Point>> {
    let texts: Vec<String> = items.iter().map(Item::text).collect();
    let parts = texts.iter().flat_map(|text| text.split(';'));
    parts
        .filter(|part| words(part).next().is_some())
        .map(point)
        .collect()
}

/// To hundredths, half up.
fn rounded(n: f64) -> f64 {
    (n * 100.0 + 0.5).floor() / 100.0
}

/// Metres along the points, by the spherical law of cosines; NaN where something is no point.
pub(super) fn distance(items: &[Item]) -> f64 {
    let Some(points) = points(items) else {
        return f64::NAN;
    };
    let leg = |pair: &[Point]| {
        let (a, b) = (pair[0].0.to_radians(), pair[1].0.to_radians());
        let between = (pair[0].1 - pair[1].1).to_radians();
        let cosine = a.sin() * b.sin() + a.cos() * b.cos() * between.cos();
        cosine.clamp(-1.0, 1.0).acos() * RADIUS
    };
    rounded(points.windows(2).map(leg).fold(0.0, |sum, leg| sum + leg))
}

/// Square metres within the points (Chamberlain and Duquette 2007, equation 1 of their section on polygons); NaN
/// where something is no point.
pub(super) fn area(items: &[Item]) -> f64 {
    let Some(mut points) = points(items) else {
        return f64::NAN;
    };
    if points.len() < 3 {
        return 0.0;
    }
    if points.first() != points.last() {
        points.push(points[0]);
    }
    let side = |pair: &[Point]| {
        let width = (pair[1].1 - pair[0].1).to_radians();
        width * (2.0 + pair[1].0.to_radians().sin() + pair[0].0.to_radians().sin())
    };
    let sum = points.windows(2).map(side).fold(0.0, |sum, side| sum + side);
    rounded((sum * RADIUS * RADIUS / 2.0).abs())
}

/// Whether a point lies within a closed shape: a ray from it crosses the outline an odd number of times.
pub(super) fn geofence(at: &str, shape: &str) -> bool {
    let Some((y, x)) = point(at) else { return false };
    let Some(outline) = points(&[Item::Text(shape.to_owned())]) else {
        return false;
    };
    outline.windows(2).fold(false, |inside, side| {
        let ((y1, x1), (y2, x2)) = (side[0], side[1]);
        let crosses = (y2 > y) != (y1 > y) && x < (x1 - x2) * (y - y2) / (y1 - y2) + x2;
        inside != crosses
    })
}
