//! What the store counts of itself, for health and metrics.

use super::Receipt;
use super::job::Entry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Counts and times of the store; clones count together.
#[derive(Debug, Clone)]
pub struct Measures {
    stored: Counter,
    already_stored: Counter,
    files: Counter,
    conflicts: Counter,
    turned_away: Counter,
    failed: Counter,
    waiting: Gauge,
    groups: Histogram,
    commits: Histogram,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            stored: Counter::default(),
            already_stored: Counter::default(),
            files: Counter::default(),
            conflicts: Counter::default(),
            turned_away: Counter::default(),
            failed: Counter::default(),
            waiting: Gauge::default(),
            groups: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            commits: Histogram::new(exponential_buckets(0.000_5, 2.0, 14)),
            trouble: Arc::default(),
        }
    }
}

impl Measures {
    /// Makes them readable under their names.
    pub fn register(&self, registry: &mut Registry) {
        let counters = [
            ("stored", "Responses put on disk", &self.stored),
            (
                "already_stored",
                "Responses that were there",
                &self.already_stored,
            ),
            ("files_stored", "Files put on disk whole", &self.files),
            (
                "conflicts",
                "Second contents for an instance ID, kept beside the first",
                &self.conflicts,
            ),
            (
                "turned_away",
                "Requests told to come again, since too much waited",
                &self.turned_away,
            ),
            (
                "commits_failed",
                "Groups that the disk or the database refused",
                &self.failed,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(format!("store_{name}"), help, counter.clone());
        }
        registry.register(
            "store_waiting",
            "Requests that wait to be written",
            self.waiting.clone(),
        );
        registry.register(
            "store_group_size",
            "Responses and files in one commit",
            self.groups.clone(),
        );
        registry.register(
            "store_commit_seconds",
            "Time from the begin of a group to its end on disk",
            self.commits.clone(),
        );
    }

    pub(super) fn waits(&self) {
        self.waiting.inc();
    }

    pub(super) fn taken(&self) {
        self.waiting.dec();
    }

    pub(super) fn turned_away(&self) {
        self.turned_away.inc();
    }

    pub(super) fn committed(&self, entries: usize, took: Duration) {
        self.groups.observe(entries as f64);
        self.commits.observe(took.as_secs_f64());
        self.mended();
    }

    /// What was tried out works again.
    pub(super) fn mended(&self) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn failed(&self, why: String) {
        self.failed.inc();
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
    }

    pub(super) fn count(&self, entry: &Entry, receipt: Receipt) {
        match (entry, receipt) {
            (Entry::Response(..), Receipt::Stored) => self.stored.inc(),
            (Entry::Response(..), Receipt::AlreadyStored) => self.already_stored.inc(),
            (Entry::Response(..), Receipt::Conflict) => self.conflicts.inc(),
            (Entry::File(_) | Entry::Piece(_), Receipt::Stored) => self.files.inc(),
            _ => 0,
        };
    }

    /// Why the last group was not written; nothing where it was.
    pub fn trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
