//! Every route on one screen, and the serving of them.

pub mod api;
mod batch;
mod body;
pub mod error;
mod field;
mod files;
mod health;
mod listed;
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
mod stopping;
mod surveys;
mod tls;
mod watch;

pub use error::{Failure, drain};
pub use files::kept;
pub use listed::{Listed, Route};
pub use origin::is_foreign;
pub use pages::{direction, page};
pub use serve::{Peer, redirect, serve};
pub use stopping::Stopping;
pub use tls::{Domain, Own, Tls};

use crate::backup::LastBackup;
use crate::community;
use crate::desk;
use crate::monitor::Monitor;
use crate::quotas::Counts;
use crate::ready::{Cache, ReadyVersion};
use crate::results::Prepared;
use crate::store::{Store, days_ago};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::{MethodFilter, get, on};
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

/// For half a year; longer would bind whoever gives the name up.
const ONLY_HTTPS: HeaderValue = HeaderValue::from_static("max-age=15552000");

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
    /// Whether this server serves https itself.
    serves_https: bool,
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
    pub counts: Counts,
    /// What is watched of surveys in the field.
    pub monitor: Monitor,
    /// How backups by the clock are going.
    backups: Option<Arc<Mutex<LastBackup>>>,
    /// What is measured.
    metrics: metrics::Metrics,
    /// What the desk keeps in memory.
    pub desk: desk::Desk,
    /// Whether the server stops.
    pub stopping: Stopping,
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
    /// Whether the address is served over https by this server, and browsers may be told never to use another.
    pub is_https: bool,
    /// Tells what would not end by itself that the server stops.
    pub stopping: Stopping,
}

impl App {
    /// Whether phones are known to come by https; where a proxy has it, only their address tells.
    pub fn is_https(&self) -> bool {
        self.serves_https || self.url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

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

/// Method, address and act of every route: what documents and tests are held against.
pub fn every_route() -> Vec<(&'static str, &'static str, String)> {
    let act = |route: &Route| route.act.map_or_else(String::new, |act| format!("{act:?}"));
    let lists = all_routes().into_iter().flat_map(|routes| routes.list);
    lists
        .map(|route| (route.method, route.path, act(&route)))
        .collect()
}

/// All routes: small ones, large ones, those of the page without scripts, and those of the desk.
fn all_routes() -> [Listed; 4] {
    let small = Listed::new()
        .get("/", pages::index)
        .get("/s/{survey}", pages::form)
        .get("/s/{survey}/app.webmanifest", shell::manifest)
        .get("/sw.js", shell::service_worker)
        .get("/c/{survey}/{community}", community::show)
        .get("/sign-in", pages::sign_in)
        .get("/field", pages::field)
        .get("/a/{hash}/{*file}", pages::asset)
        .get("/favicon.ico", pages::icon)
        .get("/api/surveys/{survey}/form", surveys::form)
        .get("/api/surveys/{survey}/texts/{language}", surveys::texts)
        .with(
            "/api/session",
            get(session::get).post(session::post).delete(session::delete),
            &["GET", "POST", "DELETE"],
            None,
        )
        .get("/api/field", field::get)
        .get("/api/openapi.json", api::openapi)
        .get("/healthz", health::get)
        .with(
            metrics::PATH,
            get(metrics::get).fallback(error::not_found),
            &["GET"],
            None,
        );
    let large = Listed::new()
        .post("/api/responses", batch::post)
        .post("/api/surveys/{survey}/responses", responses::post)
        .get("/api/surveys/{survey}/files/{*name}", files::get)
        .get("/c/{survey}/{community}/sound/{digest}", community::sound)
        .with(
            "/api/surveys/{survey}/media/{*name}",
            on(MethodFilter::PUT, media::put)
                .head(pieces::head)
                .patch(pieces::patch),
            &["PUT", "HEAD", "PATCH"],
            None,
        );
    let plain = Listed::new()
        .get("/s/{survey}/plain", plain::get)
        .post("/s/{survey}/plain", plain::post);
    [small, large, plain, desk::routes()]
}

/// The server, of all routes.
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
        serves_https: setup.is_https,
        most_media: setup.most_media,
        reserve: setup.reserve,
        arriving: Places::new(media::AT_ONCE),
        batches: Places::new(batch::AT_ONCE),
        at_work: Semaphore::new(batch::AT_WORK),
        files: files::Recent::default(),
        failures: session::Failures::default(),
        counts: Counts::default(),
        monitor: Monitor::default(),
        backups: setup.backups,
        metrics,
        desk: desk::Desk::default(),
        stopping: setup.stopping,
    });
    let only_https = setup.is_https.then_some(ONLY_HTTPS);
    let [small, large, plain, at_desk] = all_routes();
    let gate = desk::Gate::before(Arc::clone(&app), &at_desk.list);
    // The gate bounds what it reads: forms are small, and files come after who sends them is known.
    let at_desk = at_desk
        .router
        .route_layer(axum::middleware::from_fn_with_state(gate, desk::gate))
        .layer(DefaultBodyLimit::disable());
    let small = small
        .router
        .fallback(error::not_found)
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(axum::middleware::from_fn(error::refuse_large))
        .merge(at_desk)
        .method_not_allowed_fallback(error::wrong_method)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            LONGEST,
        ))
        .layer(CompressionLayer::new());
    // These bound what they read themselves, and may take their time to arrive; files are compressed already.
    let large = large.router.method_not_allowed_fallback(error::wrong_method);
    // They bring photos along, and say themselves how large and how slow they may be.
    let plain = plain
        .router
        .method_not_allowed_fallback(error::wrong_method)
        .layer(DefaultBodyLimit::disable())
        .layer(CompressionLayer::new());
    small
        .merge(large)
        .merge(plain)
        .with_state(app)
        // The first is the outermost. Together, since each layer by itself makes a box for each request.
        .layer((
            watch::Watch::with(requests),
            SetResponseHeaderLayer::if_not_present(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            SetResponseHeaderLayer::if_not_present(header::STRICT_TRANSPORT_SECURITY, only_https),
            CatchPanicLayer::custom(error::panicked),
        ))
}
