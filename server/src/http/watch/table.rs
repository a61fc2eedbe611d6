//! How many requests, and how long they took. A table made once for each route, so that a request only adds to it.

use axum::http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// What is told apart; anything else is the last.
const METHODS: [&str; 8] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other",
];
/// Classes of status, after those whose client hung up before there was any.
const CLASSES: [&str; 6] = ["hung up", "1xx", "2xx", "3xx", "4xx", "5xx"];
/// Upper bounds of the times, in microseconds: 0.5 ms to 2 minutes, which no request may take.
const BOUNDS: [u64; 12] = [
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    500_000,
    2_500_000,
    10_000_000,
    120_000_000,
];
/// What matches no route.
const NONE: &str = "none";

/// All requests by route.
#[derive(Debug)]
pub struct Table {
    /// Routes as they are first met; there are few.
    routes: RwLock<HashMap<String, Arc<Route>>>,
    none: Arc<Route>,
}

impl Default for Table {
    fn default() -> Self {
        let none = Arc::new(Route::new(NONE));
        Self {
            routes: RwLock::new(HashMap::from([(NONE.to_owned(), Arc::clone(&none))])),
            none,
        }
    }
}

/// The requests to one route.
#[derive(Debug)]
pub struct Route {
    pattern: String,
    counts: [[AtomicU64; CLASSES.len()]; METHODS.len()],
    /// One more than bounds: what took longer.
    times: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
}

impl Route {
    fn new(pattern: &str) -> Self {
        Self {
            pattern: pattern.to_owned(),
            counts: Default::default(),
            times: Default::default(),
            microseconds: AtomicU64::new(0),
        }
    }

    fn took(&self, time: Duration) {
        let microseconds = time.as_micros() as u64;
        let place = BOUNDS.iter().position(|bound| microseconds <= *bound);
        self.times[place.unwrap_or(BOUNDS.len())].fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(microseconds, Ordering::Relaxed);
    }
}

impl Table {
    /// The counts of a route, by its pattern.
    pub fn route(&self, pattern: Option<&str>) -> Arc<Route> {
        let Some(pattern) = pattern else {
            return Arc::clone(&self.none);
        };
        let known = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = known.get(pattern) {
            return Arc::clone(route);
        }
        drop(known);
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Route::new(pattern));
        Arc::clone(routes.entry(pattern.to_owned()).or_insert_with(new))
    }
}

/// Anybody may invent a method.
fn place(method: &Method) -> usize {
    let known = METHODS.iter().position(|known| *known == method.as_str());
    known.unwrap_or(METHODS.len() - 1)
}

/// A method, as far as it is told apart.
pub fn named(method: &Method) -> &'static str {
    METHODS[place(method)]
}

/// A request under way.
#[derive(Debug)]
pub struct Open {
    route: Arc<Route>,
    method: usize,
    begun: Instant,
    class: usize,
}

impl Open {
    /// Begins now.
    pub fn new(route: Arc<Route>, method: &Method) -> Self {
        Self {
            route,
            method: place(method),
            begun: Instant::now(),
            class: 0,
        }
    }

    /// The pattern that matched.
    pub fn pattern(&self) -> &str {
        &self.route.pattern
    }

    /// There is an answer.
    pub fn done(mut self, status: StatusCode) {
        self.class = usize::from(status.as_u16() / 100).min(CLASSES.len() - 1);
        self.route.took(self.begun.elapsed());
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.route.counts[self.method][self.class].fetch_add(1, Ordering::Relaxed);
    }
}

impl Collector for Table {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let mut routes: Vec<_> = routes.values().collect();
        routes.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        let help = "Requests by method, route and class of status";
        let mut requests = encoder.encode_descriptor("http_requests", help, None, MetricType::Counter)?;
        for route in &routes {
            for (method, counts) in METHODS.iter().zip(&route.counts) {
                for (class, count) in CLASSES.iter().zip(counts) {
                    let count = count.load(Ordering::Relaxed);
                    if count > 0 {
                        let labels = [("method", *method), ("route", &route.pattern), ("status", *class)];
                        let mut one = requests.encode_family(&labels)?;
                        one.encode_counter::<NoLabelSet, u64, u64>(&count, None)?;
                    }
                }
            }
        }
        let help = "Time from the head of a request to the head of its answer";
        let mut times =
            encoder.encode_descriptor("http_request_seconds", help, None, MetricType::Histogram)?;
        for route in &routes {
            let counts: Vec<u64> = route
                .times
                .iter()
                .map(|count| count.load(Ordering::Relaxed))
                .collect();
            let all: u64 = counts.iter().sum();
            if all == 0 {
                continue;
            }
            let bounds = BOUNDS.iter().map(|bound| *bound as f64 / 1e6);
            let buckets: Vec<(f64, u64)> = bounds.chain([f64::INFINITY]).zip(counts).collect();
            let sum = route.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
            let labels = [("route", route.pattern.as_str())];
            let mut one = times.encode_family(&labels)?;
            one.encode_histogram::<NoLabelSet>(sum, all, &buckets, None)?;
        }
        Ok(())
    }
}
