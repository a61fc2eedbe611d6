//! What was received, counted on from where the last count ended.

use crate::store::{Quota, Store};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts by survey. A response is looked at once, not at every request.
#[derive(Debug, Default)]
pub struct Counts(Mutex<HashMap<i64, Counted>>);

#[derive(Debug)]
struct Counted {
    /// Row ids of the quotas that were counted.
    quotas: Vec<i64>,
    /// Row id of the last response that was looked at.
    last: i64,
    received: Vec<u64>,
}

impl Counts {
    /// The quotas of a survey with what was received towards each: complete responses alone.
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
        let mut received = counted.received.clone();
        counted.last = store.each_complete_after(survey, counted.last, |answers| {
            for (quota, count) in quotas.iter().zip(&mut received) {
                *count += u64::from(quota.wanted.iter().all(|wanted| wanted.fits(answers)));
            }
        })?;
        counted.received.clone_from(&received);
        Ok(quotas.into_iter().zip(received).collect())
    }
}

impl Counted {
    fn nothing(quotas: &[i64]) -> Self {
        Self {
            quotas: quotas.to_vec(),
            last: 0,
            received: vec![0; quotas.len()],
        }
    }
}
