//! Uploading a form, or taking one of the library: what is wrong in it is told, and one that can be used becomes a
//! draft.

use super::draft::{SHOWN, first};
use super::upload::{MOST_FILE, Upload};
use super::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::library::LIBRARY;
use crate::plain::encoded;
use crate::store::{Finding, NewDraft};
use anyhow::Context;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::lint::lint;
use baraza_forms::xlsform::{Imported, Severity, import_path, is_plain_name, sort};
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "desk/upload.html")]
struct Page<'a> {
    visit: &'a Visit,
    /// Where the form is sent.
    action: &'a str,
    /// What is wrong with the file as a whole.
    error: &'a str,
    /// What the reader of files says, in English.
    detail: &'a str,
    findings: &'a [Finding],
    more_findings: u64,
    library: &'a [&'a str],
    /// The draft that waits already.
    draft: Option<String>,
    megabytes: &'a str,
}

/// Why a form does not become a draft.
enum Refusal {
    /// A word of the texts.
    Told(&'static str),
    /// The file can't be read at all.
    Unread(String),
    /// It was read, and has errors.
    Wrong(Vec<Finding>),
    /// It is a form of another survey.
    Other(String),
}

/// The page that begins a survey.
pub async fn begin(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || page(&app, &visit, None, None)).await?
}

/// The page that begins a version of one.
pub async fn next_version(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path(survey): Path<String>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || page(&app, &visit, Some(&survey), None)).await?
}

/// Takes the form of a new survey.
pub async fn begun(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    fields: Fields,
    file: Upload,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || taken(&app, &visit, &who, None, (&fields, &file))).await?
}

/// Takes the form of a new version.
pub async fn brought(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(survey): Path<String>,
    fields: Fields,
    file: Upload,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || taken(&app, &visit, &who, Some(&survey), (&fields, &file))).await?
}

fn page(
    app: &App,
    visit: &Visit,
    survey: Option<&str>,
    refusal: Option<Refusal>,
) -> Result<Response, Failure> {
    let status = match refusal {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let action = survey.map_or_else(
        || "/desk/surveys/new".to_owned(),
        |survey| format!("/desk/surveys/{}/versions/new", encoded(survey)),
    );
    let (mut error, mut detail, mut findings) = (String::new(), String::new(), Vec::new());
    match refusal {
        None => {}
        Some(Refusal::Told(word)) => error = visit.t(word),
        Some(Refusal::Unread(why)) => (error, detail) = (visit.t("upload_unread"), why),
        Some(Refusal::Wrong(found)) => (error, findings) = (visit.t("upload_wrong"), found),
        Some(Refusal::Other(id)) => {
            error = match survey {
                Some(survey) => visit
                    .words
                    .with("upload_other", &[("id", &id), ("survey", survey)]),
                None => visit.with("upload_there", "id", &id),
            }
        }
    }
    let known = survey.map_or_else(|| app.store.slugs(), |survey| Ok(vec![survey.to_owned()]))?;
    // A questionnaire of the library begins a survey once, and renews its own alone.
    let fits = |id: &&str| known.iter().any(|known| known == id) == survey.is_some();
    let library: Vec<&str> = LIBRARY.iter().map(|one| one.id).filter(fits).collect();
    let body = Page {
        visit,
        action: &action,
        error: &error,
        detail: &detail,
        findings: first(&findings),
        more_findings: findings.len().saturating_sub(SHOWN) as u64,
        library: &library,
        draft: survey
            .map(|survey| app.store.draft_of(survey))
            .transpose()?
            .flatten()
            .map(|draft| draft.public),
        megabytes: &(MOST_FILE >> 20).to_string(),
    };
    let title = survey.map_or_else(|| visit.t("survey_new"), |_| visit.t("version_new"));
    visit.page_with(status, &title, &body.render()?)
}

fn taken(
    app: &App,
    visit: &Visit,
    who: &Who,
    survey: Option<&str>,
    (fields, file): (&Fields, &Upload),
) -> Result<Response, Failure> {
    let imported = match LIBRARY.iter().find(|one| one.id == fields.get("library")) {
        Some(shipped) => Ok(shipped.import()?),
        None => read(file)?,
    };
    let imported = match imported {
        Ok(imported) => imported,
        Err(refusal) => return page(app, visit, survey, Some(refusal)),
    };
    let findings = findings(&imported);
    let Some(form) = imported.form else {
        return page(app, visit, survey, Some(Refusal::Wrong(findings)));
    };
    let fits = match survey {
        Some(survey) => form.id == survey,
        None => app.store.newest(&form.id)?.is_none(),
    };
    if !fits {
        return page(app, visit, survey, Some(Refusal::Other(form.id)));
    }
    let public = uuid::Uuid::new_v4().to_string();
    app.store.keep_draft(NewDraft {
        public: &public,
        form: &form,
        findings: &findings,
        by: &who.name,
    })?;
    Ok(Redirect::to(&format!("/desk/drafts/{public}")).into_response())
}

/// All that 'baraza check' tells of a form.
fn findings(imported: &Imported) -> Vec<Finding> {
    let mut found = imported.diagnostics.clone();
    if let Some(form) = &imported.form {
        found.extend(lint(form, &imported.places));
        sort(&mut found);
    }
    let as_kept = found.into_iter().map(|finding| Finding {
        is_error: finding.severity == Severity::Error,
        place: finding.place.to_string(),
        message: finding.message,
    });
    as_kept.collect()
}

/// Reads the file as the command line reads one: from a folder of its own, with nothing beside it.
fn read(file: &Upload) -> anyhow::Result<Result<Imported, Refusal>> {
    if file.bytes.is_empty() {
        return Ok(Err(Refusal::Told("upload_missing")));
    }
    let Some((stem, ending)) = file
        .name
        .rsplit_once('.')
        .filter(|(stem, _)| is_plain_name(stem) && stem.len() <= LONGEST_NAME)
    else {
        return Ok(Err(Refusal::Told("upload_kind")));
    };
    let folder = tempfile::tempdir().context("a folder for the file")?;
    let path = match ending.to_lowercase().as_str() {
        kind @ ("xlsx" | "xlsm" | "xls" | "ods" | "md") => {
            let path = folder.path().join(format!("{stem}.{kind}"));
            std::fs::write(&path, &file.bytes)?;
            path
        }
        "zip" => match unpacked(folder.path().join(stem), &file.bytes)? {
            Some(path) => path,
            None => return Ok(Err(Refusal::Told("upload_zip"))),
        },
        _ => return Ok(Err(Refusal::Told("upload_kind"))),
    };
    let hide = |text: String| text.replace(&folder.path().display().to_string(), "");
    Ok(import_path(&path).map_err(|error| Refusal::Unread(hide(error.to_string()))))
}

/// Bytes in the name of a file; systems take not many more.
const LONGEST_NAME: usize = 200;
/// What an archive may come to, unpacked.
const MOST_UNPACKED: u64 = 30 << 20;
/// How many files it may have.
const MOST_FILES: usize = 200;

/// The CSV sheets of an archive in a folder, wherever in it they are; nothing where it is none, or has too much.
fn unpacked(folder: PathBuf, bytes: &[u8]) -> anyhow::Result<Option<PathBuf>> {
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return Ok(None);
    };
    if archive.len() > MOST_FILES {
        return Ok(None);
    }
    std::fs::create_dir(&folder)?;
    let mut left = MOST_UNPACKED;
    for at in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(at) else {
            return Ok(None);
        };
        let name = entry
            .name()?
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        if !is_plain_name(&name) || name.strip_suffix(".csv").is_none() {
            continue;
        }
        let mut sheet = Vec::new();
        let read = entry.by_ref().take(left + 1).read_to_end(&mut sheet);
        let Some(rest) = left.checked_sub(sheet.len() as u64).filter(|_| read.is_ok()) else {
            return Ok(None);
        };
        left = rest;
        std::fs::write(folder.join(name), sheet)?;
    }
    Ok(Some(folder))
}
