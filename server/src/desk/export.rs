//! The page that asks what single responses are taken out for, and gives them.

use super::raw::{self, Wanted};
use super::{Fields, Visit, Who};
use crate::export::{Columns, Format};
use crate::http::{App, Failure};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/export.html")]
struct Page<'a> {
    visit: &'a Visit,
    survey: &'a str,
    error: &'a str,
    responses: u64,
    repeats: &'a [String],
    /// Languages of labels, by position.
    languages: &'a [(usize, &'a str)],
    purpose: &'a str,
    format: Format,
    repeat: &'a str,
    labels: &'a str,
}

impl Page<'_> {
    fn formats(&self) -> [(Format, &'static str, String); 3] {
        [
            (Format::Csv, "CSV"),
            (Format::Xlsx, "XLSX"),
            (Format::Parquet, "Parquet"),
        ]
        .map(|(format, name)| {
            let hint = self.visit.t(&format!("format_{}_hint", format.ending()));
            (format, name, hint)
        })
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
    fn is_label(&self, language: &usize) -> bool {
        self.labels == language.to_string()
    }
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || page(&app, &visit, &survey, &Fields::read(b""), None)).await?
}

/// The page with what was sent, and what is wrong with it.
fn page(
    app: &App,
    visit: &Visit,
    survey: &str,
    sent: &Fields,
    error: Option<&str>,
) -> Result<Response, Failure> {
    let version = app.newest(survey)?;
    let versions = app.store.versions(version.survey)?;
    let forms: Vec<_> = versions.iter().map(|version| &version.form).collect();
    let languages: Vec<(usize, &str)> = version
        .ready
        .form
        .languages
        .iter()
        .map(|language| language.name.as_str())
        .enumerate()
        .collect();
    let body = Page {
        visit,
        survey,
        error: error.unwrap_or_default(),
        responses: app.store.counts(version.survey)?.0,
        repeats: &Columns::of(&forms).repeats(),
        languages: &languages,
        purpose: sent.get("purpose"),
        format: Format::of(sent.get("format")).unwrap_or(Format::Csv),
        repeat: sent.get("repeat"),
        labels: sent.get("labels"),
    };
    let status = match error {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    visit.page_with(status, &visit.t("raw"), &body.render()?)
}

/// Gives the file.
pub async fn take(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(survey): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let looking = Arc::clone(&app);
    let (survey, fields, wanted) = tokio::task::spawn_blocking(move || {
        let wanted = Wanted::read(&looking, &survey, |name| fields.get(name));
        (survey, fields, wanted)
    })
    .await?;
    match wanted? {
        Ok(wanted) => raw::give(app, &survey, &who, wanted).await,
        Err(wrong) => {
            let error = visit.t(wrong.word());
            let shown = move || page(&app, &visit, &survey, &fields, Some(&error));
            tokio::task::spawn_blocking(shown).await?
        }
    }
}
