//! The page while there are no results to show.

use crate::assets;
use crate::desk::Visit;
use crate::plain::{encoded, ui};
use askama::Template;

#[derive(Template)]
#[template(path = "results-wait.html")]
struct WaitPage<'a> {
    assets: &'static str,
    lang: &'a str,
    dir: &'static str,
    title: &'a str,
    title_lang: &'a str,
    heading: String,
    text: String,
    again: String,
    here: String,
    to_desk: String,
    back: String,
}

/// Results are being made, or they are too few: `too_few` says how many it takes where they are too few. In the
/// language of the desk; `named` is what the address asks of the results.
pub fn page(
    visit: &Visit,
    survey: &str,
    (title, title_lang): (&str, &str),
    named: Option<&str>,
    too_few: Option<u64>,
) -> anyhow::Result<String> {
    let t = ui(visit.words.own);
    let (heading, text) = match too_few {
        Some(n) => (
            t.t("results_too_few_title"),
            t.with("results_too_few", &[("n", &n.to_string())]),
        ),
        None => (t.t("results_preparing_title"), t.t("results_preparing")),
    };
    let back = format!("/desk/surveys/{}", encoded(survey));
    let asks = named
        .map(|tag| format!("?lang={}", encoded(tag)))
        .unwrap_or_default();
    Ok(WaitPage {
        assets: assets::prefix(),
        lang: visit.words.own,
        dir: visit.dir(),
        title,
        title_lang,
        heading,
        text,
        again: t.t("results_again"),
        here: format!("{back}/results{asks}"),
        to_desk: t.t("results_back"),
        back,
    }
    .render()?)
}
