//! Places from the phone's position, and how little of them is kept.

use anyhow::Result;
use baraza_tests::{Browser, Phone, chromium, serve_all_controls};
use headless_chrome::protocol::cdp::{Browser as BrowserProtocol, Emulation};
use serde_json::{Value, json};

fn locate(phone: &Phone, latitude: f64, longitude: f64, accuracy: f64) -> Result<()> {
    phone.page.tab.call_method(BrowserProtocol::GrantPermissions {
        permissions: vec![BrowserProtocol::PermissionType::Geolocation],
        origin: None,
        browser_context_id: None,
    })?;
    phone.page.tab.call_method(Emulation::SetGeolocationOverride {
        latitude: Some(latitude),
        longitude: Some(longitude),
        accuracy: Some(accuracy),
        altitude: None,
        altitude_accuracy: None,
        heading: None,
        speed: None,
    })?;
    Ok(())
}

#[test]
fn a_place_is_rounded_before_anything_keeps_it() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    phone.hurry_to("home")?;
    assert!(
        phone
            .page
            .text("document.querySelector('.place .hint').innerText")?
            .contains("1 km"),
        "and it says so"
    );
    locate(&phone, -1.283_333, 36.816_667, 7.0)?;
    phone.tap(".finder button")?;
    let home = phone.draft_has("home", Value::is_string)?;
    phone.page.shot("place-en")?;
    let numbers: Vec<f64> = home
        .as_str()
        .unwrap_or_default()
        .split(' ')
        .map(|n| n.parse().unwrap_or(f64::NAN))
        .collect();
    assert!(
        (numbers[0] + 1.283_333).abs() < 0.0045 && (numbers[0] + 1.283_333).abs() > 1e-5,
        "{home}"
    );
    assert!(
        (numbers[1] - 36.816_667).abs() < 0.0045 && (numbers[1] - 36.816_667).abs() > 1e-5,
        "{home}"
    );
    assert_eq!(
        numbers[2..],
        [0.0, 1000.0],
        "no altitude, and no more accuracy than the square has"
    );

    // Typed by hand it is the same square, even while it is typed.
    phone.write("home", "-1.2833 36.8166")?;
    phone.draft_has("home", |answer| *answer == home)?;
    phone.hurry_to("well")?;
    phone.tap(".finder button")?;
    phone
        .page
        .wait_for("document.querySelector('.finder p').innerText.includes('7 m')")?;
    // Not near enough to be taken at once, near enough for who asks.
    phone.tap(".finder button + button")?;
    phone.draft_has("well", |answer| *answer == json!("-1.283333 36.816667 0 7"))?;

    phone.hurry_to("field")?;
    for (n, at) in [(1, 36.81), (2, 36.82), (3, 36.83)] {
        locate(&phone, -1.28 + f64::from(n % 2) / 100.0, at, 3.0)?;
        phone.tap(".finder button")?;
        phone
            .page
            .wait_for(&format!("document.querySelectorAll('.points li').length === {n}"))?;
    }
    let field = phone.draft_has("field", |answer| {
        answer.as_str().is_some_and(|text| text.matches(';').count() == 3)
    })?;
    let points: Vec<&str> = field.as_str().unwrap_or_default().split(';').collect();
    assert_eq!(points.first(), points.last(), "closed");
    Ok(())
}

/// Squares of all sizes all over the world: rounding twice is rounding once, the centre is near, and neighbours in the
/// same square come out the same.
const ROUNDING: &str = r"async (address) => {
  const { coarsened, squareOf } = await import(address);
  let state = 7;
  const chance = () => { state = (state * 48271) % 2147483647; return state / 2147483647; };
  for (let i = 0; i < 20000; i++) {
    const metres = 10 ** (1 + 4 * chance());
    const [lat, lon] = [180 * chance() - 90, 360 * chance() - 180];
    const once = coarsened(`${lat} ${lon} 1234 3`, metres);
    if (coarsened(once, metres) !== once) return `twice: ${lat} ${lon} ${metres}: ${once}`;
    const [a, b, altitude, accuracy] = once.split(' ').map(Number);
    if (altitude !== 0 || accuracy < metres) return `more than place: ${once}`;
    const [north, east] = [(a - lat) * 111320, (b - lon) * 111320 * Math.cos((a * Math.PI) / 180)];
    const polar = Math.abs(lat) > 89 || b === 0;
    if (Math.abs(north) > metres / 2 + 1 || (!polar && Math.abs(east) > metres / 2 + 1)) return `far: ${lat} ${lon} ${metres}: ${once}`;
    const [lat2, lon2] = [a + (0.9 * (lat - a)), b + (0.9 * (lon - b))];
    if (String(squareOf(lat2, lon2, metres)) !== String(squareOf(lat, lon, metres)) && !polar) return `split: ${lat} ${lon} ${metres}`;
  }
  return 'all';
}";

#[test]
fn rounding_keeps_no_more_than_the_square() -> Result<()> {
    let Some(chromium) = chromium() else { return Ok(()) };
    let (_folder, _server, address) = serve_all_controls()?;
    let browser = Browser::start(&chromium)?;
    let phone = Phone::open(&browser, &address)?;
    let outcome = phone.page.text(&format!(
        "({ROUNDING})(new URL('coarse.js', document.querySelector('script[type=module]').src).href)"
    ))?;
    assert_eq!(outcome, "all");
    Ok(())
}
