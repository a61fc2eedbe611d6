//! Whether a request comes from a page of our own.

use axum::http::{HeaderMap, header};

/// Browsers say where a page that sends came from; what is no browser says nothing, and does nobody's bidding.
pub fn is_foreign(headers: &HeaderMap, url: Option<&str>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return true;
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else {
        return false;
    };
    let ours = [url.map(authority), text(header::HOST.as_str())];
    !ours
        .into_iter()
        .flatten()
        .any(|ours| ours.eq_ignore_ascii_case(authority(origin)))
}

/// `example.org:8080` of `https://example.org:8080/path`
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::is_foreign;
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn foreign(headers: &[(&'static str, &'static str)], url: Option<&str>) -> bool {
        let pairs = headers
            .iter()
            .map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v)));
        is_foreign(&pairs.collect::<HeaderMap>(), url)
    }

    #[test]
    fn pages_of_others_are_told_from_our_own() {
        assert!(!foreign(&[("host", "a:80")], None), "no browser");
        assert!(!foreign(&[("host", "a:80"), ("origin", "http://a:80")], None));
        assert!(!foreign(
            &[("host", "inner"), ("origin", "https://out.org")],
            Some("https://out.org/")
        ));
        assert!(foreign(&[("host", "a:80"), ("origin", "http://evil.org")], None));
        assert!(foreign(&[("host", "a:80"), ("origin", "null")], None));
        assert!(foreign(
            &[("host", "a:80"), ("sec-fetch-site", "cross-site")],
            None
        ));
    }
}
