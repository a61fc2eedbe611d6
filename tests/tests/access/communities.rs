//! Requests to the pages of a community: what is sent, and what comes of it for whoever is let in.

/// Fields of a form, as they are written.
type Fields = &'static [(&'static str, &'static str)];

/// The status for whoever is let in, and the form that is sent, where one is.
pub fn asked_of(method: &str, pattern: &str) -> (u16, Option<Fields>) {
    let below = pattern.split("{community}").nth(1).unwrap_or_default();
    match (method, below) {
        // No page was released, so that there is none for anybody.
        ("GET", _) if pattern.starts_with("/c/") => (404, None),
        // A figure that is not chosen leads back to those that are, and a recording is gone.
        ("GET", "/findings/{finding}") => (303, None),
        ("GET", "/preview/sound/{digest}") => (410, None),
        ("GET", _) => (200, None),
        (_, "") => (303, Some(&[("do", "up")])),
        (_, "/texts") => (303, Some(&[("intro-und", "Thank you.")])),
        // There are no results to choose from, and to release.
        (_, "/release") => (422, Some(&[])),
        // Without a file it is told what is missing.
        (_, "/sounds") => (422, Some(&[("do", "add")])),
        (_, "/meetings/{meeting}") => (303, Some(&[("day", "2026-11-30")])),
        (_, "/agreements/{agreement}") => (422, Some(&[("state", "done")])),
        _ => (303, Some(&[])),
    }
}
