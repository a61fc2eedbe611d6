//! What makes the page an app: the service worker, and what a home screen wants to know.

use super::App;
use super::error::Failure;
use crate::assets;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// The service worker. It names the files it belongs to, so that with any of them it is another one.
pub async fn service_worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, assets::service_worker()).into_response()
}

/// A survey as an app of its own.
pub async fn manifest(State(app): State<Arc<App>>, Path(survey): Path<String>) -> Result<Response, Failure> {
    let version = app.newest(&survey)?;
    let form = &version.ready.form;
    let icon = |size: &str, name: &str, kind: &str| json!({ "src": format!("{}/{name}", assets::prefix()), "sizes": size, "type": kind });
    let manifest = json!({
        "id": format!("/s/{survey}"),
        "start_url": format!("/s/{survey}"),
        "scope": "/",
        "name": form.text(0, form.title),
        // Beside others on a screen that anyone may see.
        "short_name": "Baraza",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0b3d5c",
        "icons": [icon("any", "icon.svg", "image/svg+xml"), icon("192x192", "icon-192.png", "image/png"), icon("512x512", "icon-512.png", "image/png")],
    });
    let headers = [
        (header::CONTENT_TYPE, "application/manifest+json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, manifest.to_string()).into_response())
}
