//! Those who are half way in.

use crate::secret;
use crate::store::{Credentials, Secret};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long somebody may take to find the code of the second factor.
const HALF: Duration = Duration::from_mins(10);
/// People who are half way in.
const MOST_HALVES: usize = 1000;

/// Those whose password was right, and whose second factor is still to come. Each counts for one sign-in.
#[derive(Debug, Default)]
pub struct Halves(Mutex<HashMap<Secret, Half>>);

/// Somebody half way in.
#[derive(Debug, Clone)]
pub struct Half {
    /// Row id of the account.
    pub account: i64,
    /// Its name.
    pub name: String,
    until: Instant,
}

impl Halves {
    /// Lets somebody half in; what they prove it with.
    pub fn begin(&self, credentials: &Credentials) -> String {
        let ticket = secret::make();
        let now = Instant::now();
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.retain(|_, half| half.until > now);
        if halves.len() >= MOST_HALVES {
            halves.clear();
        }
        let half = Half {
            account: credentials.account,
            name: credentials.name.clone(),
            until: now + HALF,
        };
        halves.insert(secret::digest(&ticket), half);
        ticket
    }

    /// Who has a ticket.
    pub fn find(&self, ticket: &str) -> Option<Half> {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let half = halves.get(&secret::digest(ticket)).cloned();
        half.filter(|half| half.until > Instant::now())
    }

    /// Whether it was still there: of two that come at once, one gets it.
    pub fn end(&self, ticket: &str) -> bool {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.remove(&secret::digest(ticket)).is_some()
    }
}
