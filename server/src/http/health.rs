//! `/healthz`: whether the server does its work, and in words what hinders it. Anybody may ask, so that it says nothing
//! of responses, folders or people.

use super::App;
use super::error::Failure;
use crate::store::Checked;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};

/// 200 where responses are taken, 503 where they are not.
pub async fn get(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let (status, said) = tokio::task::spawn_blocking(move || told(&app)).await?;
    Ok((status, [(header::CACHE_CONTROL, "no-store")], Json(said)).into_response())
}

fn told(app: &App) -> (StatusCode, Value) {
    let store = &app.store;
    let mut problems: Vec<String> = Vec::new();
    let readable = store.slugs();
    if let Err(error) = &readable {
        tracing::error!("the database can't be read: {error}");
        problems.push("the database can't be read: the server's log says why".into());
    }
    let (is_damaged, integrity) = match store.checked() {
        Checked::NotNeeded => (false, "closed well"),
        Checked::Running => (false, "being checked after an unclean stop"),
        Checked::Fine => (false, "checked after an unclean stop"),
        Checked::Damaged(_) => (true, "damaged"),
    };
    let trouble = if is_damaged { None } else { store.trouble() };
    if is_damaged {
        problems.push(
            "the database is damaged: nothing more is stored, and phones keep what they have. 'baraza verify' says \
             where it is damaged; stop the server, then 'baraza restore FILE --replace' puts a backup in its place"
                .into(),
        );
    }
    if let Some(trouble) = &trouble {
        problems.push(format!(
            "nothing is stored at the moment, and phones keep what they have: {trouble}"
        ));
    }
    let backups = app
        .backups
        .as_ref()
        .map(|state| state.lock().unwrap_or_else(PoisonError::into_inner).clone());
    if backups.as_ref().is_some_and(|last| last.trouble.is_some()) {
        problems.push("the latest attempt to make a backup failed: the server's log says why".into());
    }
    if super::room::is_short(app, 0) {
        problems
            .push("the disk is nearly full: files are refused, and responses are taken: make room".into());
    }
    let takes = readable.is_ok() && !is_damaged && trouble.is_none();
    let state = match (is_damaged, problems.is_empty()) {
        (true, _) => "damaged",
        (false, false) => "degraded",
        (false, true) => "ok",
    };
    let mut said =
        json!({ "status": state, "problems": problems, "integrity": integrity, "trouble": trouble });
    if let Some(last) = backups {
        said["last_backup"] = json!({
            "at": last.at.map(|at| format!("{at:.0}")),
            // Without the folder that it is in.
            "file": last.file,
            "failed": last.trouble.is_some(),
        });
    }
    let status = if takes {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, said)
}
