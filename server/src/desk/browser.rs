//! Which browser a session is in, so that people find the one they have lost.

use axum::http::{HeaderMap, header};

/// What a person knows a browser by: `Firefox, Android`. More of it would tell people apart.
pub fn browser(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    // In this order: most name others that they are made like.
    let kinds = [
        ("Firefox", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Chrom", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names
            .iter()
            .find_map(|(sign, name)| agent.contains(sign).then_some(*name))
    };
    let parts = [named(&kinds), named(&systems)];
    let known: Vec<&str> = parts.into_iter().flatten().collect();
    if known.is_empty() {
        "?".to_owned()
    } else {
        known.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::browser;
    use axum::http::{HeaderMap, HeaderValue, header};

    #[test]
    fn a_browser_is_known_by_kind_and_system() {
        let of = |agent: &'static str| {
            browser(&HeaderMap::from_iter([(
                header::USER_AGENT,
                HeaderValue::from_static(agent),
            )]))
        };
        assert_eq!(
            of(
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
            ),
            "Chrome, Android"
        );
        assert_eq!(
            of("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"),
            "Firefox, Linux"
        );
        assert_eq!(of("<script>"), "?");
    }
}
