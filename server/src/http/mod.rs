//! Every route on one screen, and the serving of them.

mod batch;
mod body;
pub mod error;
mod field;
mod files;
mod health;
mod media;
mod metrics;
mod origin;
pub mod pages;
mod pieces;
mod places;
mod plain;
mod plain_files;
mod responses;
mod room;
mod serve;
mod session;
mod shell;
mod surveys;
mod watch;

pub use pages::direction;
pub use serve::serve;

use crate::backup::LastBackup;
use crate::quotas::Counts;
use crate::ready::{Cache, ReadyVersion};
use crate::results::{self, Prepared};
use crate::store::{Store, days_ago};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{get, post, put};
use error::Failure;
use places::Places;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

/// The largest body of a request that holds one response, in bytes.
const MOST_BODY: usize = crate::intake::MOST;
/// The longest that a request may take, its body's arrival included: 1 MB at 70 kbit/s.
const LONGEST: Duration = Duration::from_mins(2);
/// Days after which the rest of a file is not expected any more.
const LONGEST_UNFINISHED: u64 = 30;

/// For an address that names its content: phones need not ask again.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// What handlers share.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Forms made ready.
    pub forms: Cache,
    /// Results made ready.
    pub results: Prepared,
    /// The address that phones use, where it is not that of the request (behind a proxy).
    pub url: Option<String>,
    /// The largest file that a response may name, in bytes.
    most_media: u64,
    /// Bytes that files leave free on the disk; a share of it where nobody says.
    reserve: Option<u64>,
    /// Where files arrive.
    arriving: Places,
    /// Where requests with many responses arrive.
    batches: Places,
    /// How many of these may be unpacked and checked at once.
    at_work: Semaphore,
    /// Files of labels that were asked for lately.
    files: files::Recent,
    /// Sign-ins that failed lately.
    failures: session::Failures,
    /// What was received towards quotas.
    counts: Counts,
    /// How backups by the clock are going.
    backups: Option<Arc<Mutex<LastBackup>>>,
    /// What is measured.
    metrics: metrics::Metrics,
}

/// How the server is set up.
#[derive(Debug)]
pub struct Setup {
    /// The address that phones use, where it is not that of the request (behind a proxy).
    pub url: Option<String>,
    /// The largest file that a response may name, in bytes.
    pub most_media: u64,
    /// Bytes that files leave free on the disk; a share of it where nobody says.
    pub reserve: Option<u64>,
    /// How backups by the clock are going, where there are any.
    pub backups: Option<Arc<Mutex<LastBackup>>>,
    /// Opens the metrics to other machines.
    pub metrics_token: Option<String>,
    /// Opens the results to everybody: for tests and measures alone.
    pub open_results: bool,
}

impl App {
    /// The newest version of a survey's form.
    pub fn newest(&self, survey: &str) -> Result<Arc<ReadyVersion>, Failure> {
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
    if let Err(error) = store.drop_unfinished(&days_ago(LONGEST_UNFINISHED)) {
        tracing::warn!("can't drop old unfinished files: {error}");
    }
    let requests = Arc::new(watch::Table::default());
    let metrics = metrics::Metrics::of(
        &store,
        setup.backups.clone(),
        Arc::clone(&requests),
        setup.metrics_token.as_deref(),
    );
    let app = Arc::new(App {
        store,
        forms: Cache::default(),
        results: Prepared::default(),
        url: setup.url,
        most_media: setup.most_media,
        reserve: setup.reserve,
        arriving: Places::new(media::AT_ONCE),
        batches: Places::new(batch::AT_ONCE),
        at_work: Semaphore::new(batch::AT_WORK),
        files: files::Recent::default(),
        failures: session::Failures::default(),
        counts: Counts::default(),
        backups: setup.backups,
        metrics,
    });
    let small = Router::new()
        .route("/", get(pages::index))
        .route("/s/{survey}", get(pages::form))
        .route("/s/{survey}/app.webmanifest", get(shell::manifest))
        .route("/sw.js", get(shell::service_worker))
        .route("/sign-in", get(pages::sign_in))
        .route("/field", get(pages::field))
        .route("/a/{hash}/{*file}", get(pages::asset))
        .route("/favicon.ico", get(pages::icon))
        .route("/api/surveys/{survey}/form", get(surveys::form))
        .route("/api/surveys/{survey}/texts/{language}", get(surveys::texts))
        .route(
            "/api/session",
            get(session::get).post(session::post).delete(session::delete),
        )
        .route("/api/field", get(field::get))
        .route("/healthz", get(health::get))
        .route(metrics::PATH, get(metrics::get).fallback(error::not_found))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::wrong_method)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(axum::middleware::from_fn(error::refuse_large))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST,
        ))
        .layer(CompressionLayer::new());
    // These bound what they read themselves, and may take their time to arrive; files are compressed already.
    let large = Router::new()
        .route("/api/responses", post(batch::post))
        .route("/api/surveys/{survey}/responses", post(responses::post))
        .route("/api/surveys/{survey}/files/{*name}", get(files::get))
        .route(
            "/api/surveys/{survey}/media/{*name}",
            put(media::put).head(pieces::head).patch(pieces::patch),
        )
        .method_not_allowed_fallback(error::wrong_method);
    // They bring photos along, and say themselves how large and how slow they may be.
    let plain = Router::new()
        .route("/s/{survey}/plain", get(plain::get).post(plain::post))
        .method_not_allowed_fallback(error::wrong_method)
        .layer(DefaultBodyLimit::disable())
        .layer(CompressionLayer::new());
    let results = if setup.open_results {
        results::routes()
            .layer(axum::middleware::from_fn(error::refuse_large))
            .layer(CompressionLayer::new())
    } else {
        Router::new()
    };
    small
        .merge(large)
        .merge(plain)
        .merge(results)
        .with_state(app)
        // The first is the outermost. Together, since each layer by itself makes a box for each request.
        .layer((
            watch::Watch::with(requests),
            SetResponseHeaderLayer::if_not_present(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            CatchPanicLayer::custom(error::panicked),
        ))
}
