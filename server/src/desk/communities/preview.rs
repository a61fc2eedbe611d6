//! The page as it would be released now, for those who make it.

use super::Here;
use crate::community::{Content, Looked, Record, Standing, asked_paper, language, page, paper};
use crate::desk::Visit;
use crate::http::{App, Failure, kept, page as as_page};
use crate::plain::encoded;
use crate::store::Listed;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// The preview; `?lang=` and `?paper=` as of the page that everybody sees.
pub async fn show(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let query = query.unwrap_or_default();
        // Without results there is a page all the same: its words, and no figure.
        let draft = here.draft();
        let content = match here.publication()? {
            Some(publication) => Content::of(&draft, &publication, here.form(), &here.place).0,
            None => Content::without_figures(&draft, here.form(), &here.place),
        };
        let mut record = Record::default();
        if let Some(known) = &here.known {
            record.meetings = here.app.store.meetings(known.id)?;
            record.agreements = here.app.store.agreements(known.id)?;
            record.meetings.retain(|kept| kept.content.public);
            record.agreements.retain(|kept| kept.content.public);
        }
        let looked = Looked {
            content: &content,
            record: &record,
            standing: &Standing::Preview { back: here.path() },
            language: language(&content, &query, &headers),
            here: &format!("{}/preview", here.path()),
        };
        let html = match asked_paper(&query) {
            None => page(&looked)?,
            Some(sheet) => paper(&looked, sheet, "", "")?,
        };
        Ok(as_page(html))
    })
    .await?
}

/// A recording of the page that is being made, or of one that was released.
pub async fn sound(
    State(app): State<Arc<App>>,
    visit: Visit,
    Path((slug, word, digest)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let here = Here::of(app, visit, slug, &word)?;
        let Some(sound) = here.draft().sound(&digest).cloned() else {
            let message = format!("there is no such recording any more: see {}", encoded(&here.word));
            return Err(Failure::told(StatusCode::GONE, message));
        };
        let file = Listed {
            digest: sound.digest,
            kind: sound.kind,
        };
        kept(&here.app, &file, "no-store", &headers)
    })
    .await?
}
