//! `/metrics`, for whoever watches over the server, and nobody else.

use super::App;
use super::error::{Failure, not_found};
use super::watch::Table;
use crate::backup::LastBackup;
use crate::machine;
use crate::secret;
use crate::store::{Checked, Secret, Store};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// The address.
pub const PATH: &str = "/metrics";

/// Marks a request that comes from this machine.
#[derive(Debug, Clone, Copy)]
pub struct FromHere;

/// What is measured, and the token that opens it to others.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    token: Option<Secret>,
}

impl Metrics {
    /// Of a store, its backups and the requests to it.
    pub fn of(
        store: &Store,
        backups: Option<Arc<Mutex<LastBackup>>>,
        requests: Arc<Table>,
        token: Option<&str>,
    ) -> Self {
        let mut registry = Registry::with_prefix("baraza");
        store.measures().register(&mut registry);
        registry.register_collector(Box::new(requests));
        registry.register_collector(Box::new(Around {
            store: store.clone(),
            backups,
        }));
        Self {
            registry,
            token: token.filter(|token| !token.is_empty()).map(secret::digest),
        }
    }

    /// Whether a request may see them: it comes from this machine itself, or brings the token.
    fn open_to(&self, is_from_here: bool, headers: &HeaderMap) -> bool {
        (is_from_here && !is_passed_on(headers)) || self.token.is_some_and(|token| brings(headers, &token))
    }
}

/// Whether a proxy on this machine passes on what comes from elsewhere.
fn is_passed_on(headers: &HeaderMap) -> bool {
    const SIGNS: [&str; 5] = [
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "via",
    ];
    SIGNS.iter().any(|sign| headers.contains_key(*sign))
}

fn brings(headers: &HeaderMap, token: &Secret) -> bool {
    let value = headers.get(header::AUTHORIZATION);
    let brought = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    // All bytes are compared whatever they are, and they are those of digests: time tells nothing.
    brought.is_some_and(|(_, brought)| {
        let differing = secret::digest(brought.trim()).into_iter().zip(token);
        differing.fold(0, |all, (a, b)| all | (a ^ b)) == 0
    })
}

/// All that is measured. Whoever may not see it sees nothing there.
pub async fn get(State(app): State<Arc<App>>, request: Request) -> Result<Response, Failure> {
    let is_from_here = request.extensions().get::<FromHere>().is_some();
    if !app.metrics.open_to(is_from_here, request.headers()) {
        return Ok(not_found().await);
    }
    // It looks at the disk.
    let text = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        encode(&mut text, &app.metrics.registry).map(|()| text)
    });
    let headers = [
        (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text.await??).into_response())
}

/// What is looked up when somebody asks.
#[derive(Debug)]
struct Around {
    store: Store,
    backups: Option<Arc<Mutex<LastBackup>>>,
}

impl Collector for Around {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: Option<f64>| {
            let Some(value) = value else { return Ok(()) };
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        let size = |path: &std::path::Path| std::fs::metadata(path).ok().map(|file| file.len() as f64);
        let db = self.store.path();
        gauge("database_bytes", "Size of the database file", size(db))?;
        gauge(
            "database_log_bytes",
            "Size of its write-ahead log",
            Some(size(&self.store.log_path()).unwrap_or(0.0)),
        )?;
        gauge(
            "disk_free_bytes",
            "Free on the disk that the database is on",
            machine::free(db).map(|free| free.bytes as f64),
        )?;
        gauge(
            "resident_memory_bytes",
            "Memory that the server has",
            machine::resident().map(|bytes| bytes as f64),
        )?;
        let is_damaged = matches!(self.store.checked(), Checked::Damaged(_));
        gauge(
            "database_damaged",
            "1 where the database is damaged, and nothing is written to it",
            Some(f64::from(u8::from(is_damaged))),
        )?;
        gauge(
            "store_refuses",
            "1 where the last group was not written",
            Some(f64::from(u8::from(self.store.measures().trouble().is_some()))),
        )?;
        let Some(backups) = &self.backups else {
            return Ok(());
        };
        let last = backups.lock().unwrap_or_else(PoisonError::into_inner).clone();
        gauge(
            "backup_last_timestamp_seconds",
            "When the last backup by the clock was whole; 0 where there is none",
            Some(last.at.map_or(0.0, |at| at.as_second() as f64)),
        )?;
        gauge(
            "backup_failed",
            "1 where the latest attempt to make a backup failed",
            Some(f64::from(u8::from(last.trouble.is_some()))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{brings, is_passed_on};
    use crate::secret::digest;
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn only_the_whole_token_opens() {
        let token = digest("s3cret");
        assert!(brings(&with("authorization", "Bearer s3cret"), &token));
        assert!(brings(&with("authorization", "bearer  s3cret "), &token));
        for wrong in [
            "s3cret",
            "Basic s3cret",
            "Bearer s3cre",
            "Bearer s3cret2",
            "Bearer ",
        ] {
            assert!(!brings(&with("authorization", wrong), &token), "{wrong}");
        }
        assert!(!brings(&HeaderMap::new(), &token));
    }

    #[test]
    fn a_proxy_is_known_by_what_it_adds() {
        for name in ["forwarded", "x-forwarded-for", "x-real-ip", "via"] {
            assert!(is_passed_on(&with(name, "anything")), "{name}");
        }
        assert!(!is_passed_on(&with("host", "127.0.0.1")));
    }
}
