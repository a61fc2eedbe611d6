//! Every route on one screen, and the serving of them.

mod error;
mod files;
mod media;
mod origin;
mod pages;
mod plain;
mod plain_files;
mod responses;
mod serve;
mod surveys;

pub use serve::serve;

use crate::ready::{Cache, ReadyVersion};
use crate::store::Store;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post, put};
use error::Failure;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
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
    /// The largest file that a response may name, in bytes.
    most_media: u64,
    /// How many files may arrive at once.
    arriving: Semaphore,
    /// Files of labels that were asked for lately.
    files: files::Recent,
}

/// How the server is set up.
#[derive(Debug)]
pub struct Setup {
    /// The address that phones use, where it is not that of the request (behind a proxy).
    pub url: Option<String>,
    /// The largest file that a response may name, in bytes.
    pub most_media: u64,
}

impl App {
    /// The newest version of a survey's form.
    fn newest(&self, survey: &str) -> Result<Arc<ReadyVersion>, Failure> {
        self.forms
            .newest(&self.store, survey)?
            .ok_or_else(Failure::no_survey)
    }

    /// A version of a survey's form by its name.
    fn version(&self, survey: &str, version: &str) -> Result<Arc<ReadyVersion>, Failure> {
        if let Some(found) = self.forms.named(&self.store, survey, version)? {
            return Ok(found);
        }
        self.newest(survey)?;
        Err(Failure::no_version(version))
    }
}

/// All routes.
pub fn make_app(store: Store, setup: Setup) -> Router {
    let app = Arc::new(App {
        store,
        forms: Cache::default(),
        url: setup.url,
        most_media: setup.most_media,
        arriving: Semaphore::new(media::AT_ONCE),
        files: files::Recent::default(),
    });
    let small = Router::new()
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
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(axum::middleware::from_fn(error::refuse_large))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST,
        ))
        .layer(CompressionLayer::new());
    // Files are compressed already, are asked for in pieces, and may take their time to arrive.
    let files = Router::new()
        .route("/api/surveys/{survey}/files/{*name}", get(files::get))
        .route("/api/surveys/{survey}/media/{*name}", put(media::put))
        .method_not_allowed_fallback(error::wrong_method);
    // They bring photos along, and say themselves how large and how slow they may be.
    let plain = Router::new()
        .route("/s/{survey}/plain", get(plain::get).post(plain::post))
        .method_not_allowed_fallback(error::wrong_method)
        .layer(DefaultBodyLimit::disable())
        .layer(CompressionLayer::new());
    small
        .merge(files)
        .merge(plain)
        .with_state(app)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
}
