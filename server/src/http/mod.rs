//! Every route on one screen, and the serving of them.

mod error;
mod origin;
mod pages;
mod responses;
mod serve;
mod surveys;

pub use serve::serve;

use crate::ready::{Cache, ReadyVersion};
use crate::store::Store;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use error::Failure;
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest body of a request, in bytes.
const MOST_BODY: usize = 1 << 20;
/// The longest that a request may take, its body's arrival included: 1 MB at 70 kbit/s.
const LONGEST: Duration = Duration::from_mins(2);

/// What handlers share.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Forms made ready.
    pub forms: Cache,
    /// The address that phones use, where it is not that of the request (behind a proxy).
    pub url: Option<String>,
}

impl App {
    /// The newest version of a survey's form.
    fn newest(&self, survey: &str) -> Result<Arc<ReadyVersion>, Failure> {
        self.forms
            .newest(&self.store, survey)?
            .ok_or_else(Failure::no_survey)
    }
}

/// All routes.
pub fn make_app(store: Store, url: Option<String>) -> Router {
    let app = Arc::new(App {
        store,
        forms: Cache::default(),
        url,
    });
    Router::new()
        .route("/", get(pages::index))
        .route("/s/{survey}", get(pages::form))
        .route("/a/{hash}/{*file}", get(pages::asset))
        .route("/favicon.ico", get(pages::icon))
        .route("/api/surveys/{survey}/form", get(surveys::form))
        .route("/api/surveys/{survey}/texts/{language}", get(surveys::texts))
        .route("/api/surveys/{survey}/responses", post(responses::post))
        .route("/healthz", get(pages::health))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::wrong_method)
        .with_state(app)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(axum::middleware::from_fn(error::refuse_large))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST,
        ))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(CompressionLayer::new())
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
}
