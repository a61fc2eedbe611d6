//! What was received, counted on from where the last count ended. What was corrected or rejected since is set right
//! apart: it is little, and all responses need not be read again for it.

use crate::store::{Quota, Seen, Store};
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts by survey. A response is looked at once, not at every request.
#[derive(Debug, Default)]
pub struct Counts(Mutex<HashMap<i64, Counted>>);

#[derive(Debug)]
struct Counted {
    /// Row ids of the quotas that were counted.
    quotas: Vec<i64>,
    /// What was looked at.
    seen: Seen,
    /// By what was received.
    received: Vec<u64>,
    /// What corrections and rejections add to that, or take from it.
    changed: Vec<i64>,
}

impl Counts {
    /// The quotas of a survey with what counts towards each: complete responses as they are now, without those that were
    /// rejected.
    pub fn received(&self, store: &Store, survey: i64) -> anyhow::Result<Vec<(Quota, u64)>> {
        let quotas = store.quotas(survey)?;
        if quotas.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<i64> = quotas.iter().map(|quota| quota.id).collect();
        // Held while it counts, so that a hundred phones at once count once.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = all.entry(survey).or_insert_with(|| Counted::nothing(&ids));
        if counted.quotas != ids {
            *counted = Counted::nothing(&ids);
        }
        // A count that breaks off half way is thrown away, not gone on with.
        let (mut received, mut changed) = (counted.received.clone(), vec![0; ids.len()]);
        let fits = |quota: &Quota, answers: &Map<String, Json>| {
            quota.wanted.iter().all(|wanted| wanted.fits(answers))
        };
        let seen = store.count_on(
            survey,
            counted.seen,
            |answers| {
                for (quota, count) in quotas.iter().zip(&mut received) {
                    *count += u64::from(fits(quota, answers));
                }
            },
            |before, now| {
                for (quota, count) in quotas.iter().zip(&mut changed) {
                    let counts =
                        |answers: Option<&Map<String, Json>>| answers.is_some_and(|a| fits(quota, a));
                    *count += i64::from(counts(now)) - i64::from(counts(before));
                }
            },
        )?;
        if (seen.correction, seen.review) == (counted.seen.correction, counted.seen.review) {
            changed.clone_from(&counted.changed);
        }
        *counted = Counted {
            quotas: ids,
            seen,
            received,
            changed,
        };
        let now = counted.received.iter().zip(&counted.changed);
        let now: Vec<u64> = now.map(|(&n, &more)| n.saturating_add_signed(more)).collect();
        Ok(quotas.into_iter().zip(now).collect())
    }
}

impl Counted {
    fn nothing(quotas: &[i64]) -> Self {
        Self {
            quotas: quotas.to_vec(),
            seen: Seen::default(),
            received: vec![0; quotas.len()],
            changed: vec![0; quotas.len()],
        }
    }
}
