//! What benchmarks need from inside.

use crate::http::{Setup, Stopping, make_app, serve};
use crate::store::Store;
use axum::body::Bytes;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;
use std::path::Path;

/// Serves the router of `baraza serve` with one more address, `/nothing`, that reads what is posted to it and stores
/// nothing: the most that the same HTTP can do. Returns when the process is asked to stop.
pub fn serve_nothing(port: u16, database: &Path) -> anyhow::Result<()> {
    let app = make_app(Store::open(database)?, setup()).route("/nothing", post(nothing));
    serve_on(port, app)
}

fn setup() -> Setup {
    Setup {
        url: None,
        most_media: 1 << 20,
        reserve: None,
        backups: None,
        metrics_token: None,
        is_https: false,
        stopping: Stopping::default(),
    }
}

fn serve_on(port: u16, app: Router) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        serve(listener, None, app, std::future::pending()).await;
        Ok(())
    })
}

async fn nothing(body: Bytes) -> Json<serde_json::Value> {
    std::hint::black_box(body);
    Json(json!({ "status": "stored" }))
}
