//! A form before it is published: what is to be known of it, what it changes, and what it looks like.

use super::preview::{self, Step};
use super::{Act, Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::plain::encoded;
use crate::publishing::{self, Outcome, Wish, told};
use crate::store::{Draft, Finding, LabelFile, Published, Version};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use baraza_forms::diff::diff;
use std::sync::Arc;

/// Changes and findings that a page lists; of more it tells the number.
pub const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "desk/draft.html")]
struct Page<'a> {
    visit: &'a Visit,
    draft: &'a Draft,
    error: &'a str,
    findings: &'a [Finding],
    more_findings: u64,
    errors: u64,
    warnings: u64,
    /// The version in use; blank where the survey is new.
    newest: &'a str,
    changes: &'a [Line],
    more_changes: u64,
    /// Questions whose answers would mean two things, with the words for it.
    refused: &'a [(Vec<String>, String)],
    /// What is only to be known of them.
    noted: &'a [(Vec<String>, String)],
    /// Files that labels name and that are not here.
    missing: String,
    back: String,
    language: usize,
    lang: &'a str,
    rtl: bool,
    steps: &'a [Step],
}

/// A change.
struct Line {
    text: String,
    /// Whether columns of collected answers change.
    is_grave: bool,
}

/// The page.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(public): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let language = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "language").then(|| value.parse().ok())?);
    tokio::task::spawn_blocking(move || {
        let draft = of(&app, &who, &public)?;
        page(&app, &visit, &draft, language, "")
    })
    .await?
}

/// A draft that somebody may see: of one of their surveys, or of a new one where they may begin some.
fn of(app: &App, who: &Who, public: &str) -> Result<Draft, Failure> {
    let missing = || Failure::told(StatusCode::NOT_FOUND, "there is no such draft");
    let draft = app.store.draft(public)?.ok_or_else(missing)?;
    sees(app, who, &draft)?.then_some(draft).ok_or_else(missing)
}

fn sees(app: &App, who: &Who, draft: &Draft) -> Result<bool, Failure> {
    let is_new = app.store.newest(&draft.form.id)?.is_none();
    Ok(who.sees(&draft.form.id) && (!is_new || who.may(Act::Begin, None)))
}

/// A draft as it stands in lists.
pub struct Waiting {
    pub public: String,
    pub title: String,
    /// Language of the title.
    pub lang: String,
    pub version: String,
    pub by: String,
    pub made_at: String,
}

impl Waiting {
    /// In the language of a visit, where the form has it.
    pub fn of(visit: &Visit, draft: Draft) -> Self {
        let form = &draft.form;
        let language = form.language(visit.words.own).unwrap_or(0);
        Self {
            title: form.text(language, form.title),
            lang: form.languages[language].tag.clone(),
            version: form.version.clone(),
            public: draft.public,
            by: draft.by,
            made_at: visit.moment(&draft.made_at),
        }
    }
}

/// The drafts that somebody may publish.
pub fn waiting(app: &App, visit: &Visit, who: &Who) -> Result<Vec<Waiting>, Failure> {
    if !who.may(Act::Run, None) {
        return Ok(Vec::new());
    }
    let mut waiting = Vec::new();
    for draft in app.store.drafts()? {
        if sees(app, who, &draft)? {
            waiting.push(Waiting::of(visit, draft));
        }
    }
    Ok(waiting)
}

fn page(
    app: &App,
    visit: &Visit,
    draft: &Draft,
    language: Option<usize>,
    error: &str,
) -> Result<Response, Failure> {
    let form = &draft.form;
    let language = language.filter(|at| *at < form.languages.len());
    let language = language.or_else(|| form.language(visit.words.own)).unwrap_or(0);
    let versions = publishing::versions(&app.store, &form.id)?;
    let newest = versions.first();
    let changes = newest.map(|newest| diff(&newest.form, form)).unwrap_or_default();
    let lines: Vec<Line> = changes
        .iter()
        .take(SHOWN)
        .map(|change| Line {
            text: change.to_string(),
            is_grave: change.collected,
        })
        .collect();
    let weighed = publishing::weigh(&app.store, &versions, form, &[])?;
    let named = form.media_files();
    let kept = newest.map(|newest| &newest.files);
    let missing: Vec<String> = named
        .into_iter()
        .filter(|name| !kept.is_some_and(|kept| kept.contains_key(name)))
        .collect();
    let errors = draft.findings.iter().filter(|finding| finding.is_error).count() as u64;
    let body = Page {
        visit,
        draft,
        error,
        findings: first(&draft.findings),
        more_findings: draft.findings.len().saturating_sub(SHOWN) as u64,
        errors,
        warnings: draft.findings.len() as u64 - errors,
        newest: newest
            .map(|newest| newest.form.version.as_str())
            .unwrap_or_default(),
        changes: &lines,
        more_changes: changes.len().saturating_sub(SHOWN) as u64,
        refused: &told(&weighed.refused),
        noted: &told(&weighed.noted),
        missing: missing.join(", "),
        back: back(&form.id, newest),
        language,
        lang: &form.languages[language].tag,
        rtl: form.languages[language].rtl,
        steps: &preview::steps(form, language),
    };
    let status = if error.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    visit.page_with(status, &form.text(language, form.title), &body.render()?)
}

/// As many as a page lists.
pub fn first(findings: &[Finding]) -> &[Finding] {
    &findings[..findings.len().min(SHOWN)]
}

/// Where another file is uploaded.
fn back(id: &str, newest: Option<&Version>) -> String {
    match newest {
        Some(_) => format!("/desk/surveys/{}/versions/new", encoded(id)),
        None => "/desk/surveys/new".into(),
    }
}

/// `do`: `publish` or `drop`.
pub async fn change(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(public): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let draft = of(&app, &who, &public)?;
        match fields.get("do") {
            "publish" => publish(&app, &visit, &who, &draft, &fields),
            "drop" => {
                app.store.drop_draft(&draft.public)?;
                Ok(Redirect::to("/desk?done=dropped").into_response())
            }
            _ => Ok(Redirect::to(&format!("/desk/drafts/{}", draft.public)).into_response()),
        }
    })
    .await?
}

fn publish(app: &App, visit: &Visit, who: &Who, draft: &Draft, fields: &Fields) -> Result<Response, Failure> {
    let form = &draft.form;
    let accept: Vec<String> = fields.all("accept").map(String::from).collect();
    let wish = Wish {
        form,
        files: &files(app, draft)?,
        accept: &accept,
        by: &who.name,
    };
    let (_, outcome) = publishing::publish(&app.store, wish)?;
    let refused = match outcome {
        Outcome::Refused => visit.t("meaning_open"),
        Outcome::Taken(_) | Outcome::Done(Published::FileTaken(_) | Published::VersionTaken) => {
            visit.with("version_taken", "version", &form.version)
        }
        Outcome::Done(_) => {
            app.store.drop_draft(&draft.public)?;
            let address = format!("/desk/surveys/{}?done=published", encoded(&form.id));
            return Ok(Redirect::to(&address).into_response());
        }
    };
    page(app, visit, draft, None, &refused)
}

/// The files that the version in use has for the labels: a workbook brings none along.
fn files(app: &App, draft: &Draft) -> Result<Vec<LabelFile>, Failure> {
    let names = draft.form.media_files();
    Ok(match app.store.newest(&draft.form.id)? {
        Some(newest) if !names.is_empty() => app.store.files_of(newest.id, &names)?,
        _ => Vec::new(),
    })
}
