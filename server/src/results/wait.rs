//! The page while there are no results to show.

use crate::assets;
use crate::plain::{encoded, ui};
use askama::Template;

#[derive(Template)]
#[template(path = "results-wait.html")]
struct WaitPage<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    title: &'a str,
    heading: String,
    text: String,
    again: String,
    here: String,
}

/// Results are being made, or they are too few: `too_few` says how many it takes where they are too few.
pub fn page(
    survey: &str,
    (title, tag, rtl): (&str, &str, bool),
    too_few: Option<u64>,
) -> anyhow::Result<String> {
    let t = ui(tag);
    let (heading, text) = match too_few {
        Some(n) => (
            t.t("results_too_few_title"),
            t.with("results_too_few", &[("n", &n.to_string())]),
        ),
        None => (t.t("results_preparing_title"), t.t("results_preparing")),
    };
    Ok(WaitPage {
        assets: assets::prefix(),
        lang: tag,
        dir: crate::http::direction(rtl),
        title,
        heading,
        text,
        again: t.t("results_again"),
        here: format!("/desk/surveys/{}/results?lang={}", encoded(survey), encoded(tag)),
    }
    .render()?)
}
