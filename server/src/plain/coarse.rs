//! Rounds places to the centres of squares before anything keeps them. `server/web/coarse.js` does the same on a phone.

/// Metres of a degree of latitude, and of a degree of longitude on the equator.
const DEGREE: f64 = 111_320.0;

fn centre(value: f64, step: f64) -> f64 {
    ((value / step).floor() + 0.5) * step
}

/// The centre of the square that a point lies in, so that the centre of a square rounds to itself.
fn square_of(latitude: f64, longitude: f64, metres: f64) -> (f64, f64) {
    let lat = centre(latitude, metres / DEGREE).clamp(-90.0, 90.0);
    let across = metres / (DEGREE * lat.to_radians().cos().max(1e-9));
    // Around a pole one square is all there is.
    let lon = if across >= 180.0 {
        0.0
    } else {
        centre(longitude, across).clamp(-180.0, 180.0)
    };
    (lat, lon)
}

/// One point, `latitude longitude altitude accuracy`. What is no point loses its decimals but one.
fn point(text: &str, metres: f64) -> String {
    let numbers: Vec<Option<f64>> = text
        .split_whitespace()
        .map(|word| word.parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    let at = |place: usize| numbers.get(place).copied().flatten();
    let accuracy = if numbers.len() > 3 { at(3) } else { Some(0.0) };
    match (at(0), at(1), accuracy) {
        (Some(latitude), Some(longitude), Some(accuracy))
            if latitude.abs() <= 90.0 && longitude.abs() <= 180.0 =>
        {
            let (lat, lon) = square_of(latitude, longitude, metres);
            format!("{lat:.6} {lon:.6} 0 {}", accuracy.max(metres))
        }
        _ => without_decimals(text),
    }
}

fn without_decimals(text: &str) -> String {
    let mut after_point = None;
    text.chars()
        .filter(|c| {
            after_point = match (c, after_point) {
                ('.', _) => Some(0),
                (c, Some(n)) if c.is_ascii_digit() => Some(n + 1),
                _ => None,
            };
            after_point.is_none_or(|n| n <= 1)
        })
        .collect()
}

/// A point, or points joined by `;`, without more detail than squares of that size allow.
pub fn coarsened(text: &str, metres: f64) -> String {
    let parts: Vec<String> = text
        .split(';')
        .map(|part| {
            if part.trim().is_empty() {
                String::new()
            } else {
                point(part, metres)
            }
        })
        .collect();
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::coarsened;

    #[test]
    fn places_lose_their_detail_and_stay_where_they_are_when_rounded_again() {
        let once = coarsened("1.292066 36.821945", 1000.0);
        // As server/web/coarse.js gives it.
        assert_eq!(once, "1.289077 36.817618 0 1000");
        assert_eq!(coarsened(&once, 1000.0), once);
        assert_eq!(
            coarsened("1.2 36.8 5 2500;", 1000.0).rsplit(' ').next(),
            Some("2500;")
        );
        assert_eq!(coarsened("near 1.29206, 36.82", 1000.0), "near 1.2, 36.8");
        assert_eq!(coarsened("91.12345 0.98765", 500.0), "91.1 0.9");
    }
}
