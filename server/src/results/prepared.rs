//! The results of a survey, ready to be read, and when they are made anew.
//!
//! **Every query is answered from one release, which was protected as a whole.** All questions by all disaggregations
//! that can be asked for are in it: what pages, files and JSON say together is what the release says, however often and
//! in whatever order they are asked. There is no filter and no combination that it does not have, so that nothing is
//! left to subtract. Base and rounds are of the release too: shares with 'don't know' and without it, or of all rounds
//! and of one, tell of each other, and have to be protected together. So another base can't be chosen, and rounds are a
//! disaggregation like gender.
//!
//! **A release that changed with each response would tell of each.** A new one is made only when as many responses have
//! come as a cell has at least (the floor), and at least a [`SHARE`] of those in it, and it is protected beside all
//! earlier releases, which are kept in the database: a cell that was shown before and differs by fewer than the floor is
//! withheld. So neither waiting nor a restart is a way round, and the same release is served after it, byte by byte.
//!
//! **A response that is corrected, rejected or withdrawn** stays in the last release until the next is due, which these
//! do not bring about. It is then counted as it is, and as all that changed is held against the earlier releases cell by
//! cell, a cell that a few of them changed is withheld. What was published before stays with those who have it.
//!
//! Two processes that serve one database can't release twice: a release is stored only where none was stored since those
//! that it was protected beside.

use super::make::make;
use super::publication::Publication;
use crate::store::{NewRelease, Release, Store};
use baraza_analysis::Policy;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The least time from one release to the next.
const EVERY: Duration = Duration::from_hours(1);
/// How often it is asked whether a release is due.
const LOOK: Duration = Duration::from_secs(30);
/// A release follows the last when one response for so many in it has come, besides as many as the floor. All earlier
/// releases are looked at for each: this bounds their number.
const SHARE: u64 = 20;
/// After a release could not be made, the next try waits so long.
const AGAIN: Duration = Duration::from_mins(1);

/// What there is to read.
#[derive(Debug, Clone)]
pub enum Results {
    /// The last release.
    Ready(Arc<Publication>),
    /// It is being made.
    Preparing,
    /// Fewer responses count than any table may show.
    TooFew,
    /// It could not be made; the log says why.
    Failed,
}

/// The results of all surveys; clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Prepared(Arc<Mutex<HashMap<i64, Kept>>>);

/// What is known of a survey's results.
#[derive(Debug, Default)]
struct Kept {
    last: Option<Arc<Publication>>,
    is_being_made: bool,
    is_too_few: bool,
    is_failed: bool,
    looked: Option<Instant>,
}

impl Prepared {
    /// The last release of a survey. Looks now and then whether the next is due, and makes it in the background.
    pub fn of(&self, store: &Store, survey: i64) -> anyhow::Result<Results> {
        let (last, is_to_look) = {
            let mut all = self.all();
            let kept = all.entry(survey).or_default();
            let is_to_look = !kept.is_being_made && kept.looked.is_none_or(|at| at.elapsed() > look());
            if is_to_look {
                kept.looked = Some(Instant::now());
            }
            (kept.last.clone(), is_to_look)
        };
        let last = if is_to_look {
            self.look(store, survey, last)?
        } else {
            last
        };
        let all = self.all();
        let kept = all.get(&survey);
        Ok(match last.or_else(|| kept.and_then(|kept| kept.last.clone())) {
            Some(last) => Results::Ready(last),
            None if kept.is_some_and(|kept| kept.is_too_few) => Results::TooFew,
            None if kept.is_some_and(|kept| kept.is_failed && !kept.is_being_made) => Results::Failed,
            None => Results::Preparing,
        })
    }

    /// Takes up what is stored, and starts making what is due.
    fn look(
        &self,
        store: &Store,
        survey: i64,
        known: Option<Arc<Publication>>,
    ) -> anyhow::Result<Option<Arc<Publication>>> {
        let stored = store.last_release(survey)?;
        let last = match (known, &stored) {
            (Some(known), Some(stored)) if known.release == *stored => Some(known),
            (_, Some(stored)) => read(store, stored)?.map(Arc::new),
            (_, None) => None,
        };
        // Protected beside what can't be read here, so that a new one tells nothing more of the same responses.
        let is_lost = stored.is_some() && last.is_none();
        let due = is_lost || is_due(store, survey, stored.as_ref())?;
        let mut all = self.all();
        let kept = all.entry(survey).or_default();
        kept.last.clone_from(&last);
        kept.is_too_few = last.is_none() && !due;
        if due && !kept.is_being_made {
            kept.is_being_made = true;
            let (prepared, store) = (self.clone(), store.clone());
            let after = stored.map(|stored| stored.id);
            std::thread::spawn(move || prepared.release(&store, survey, after));
        }
        Ok(last)
    }

    /// Makes a release and takes it up.
    fn release(&self, store: &Store, survey: i64, after: Option<i64>) {
        let made = std::panic::catch_unwind(AssertUnwindSafe(|| release(store, survey, after)))
            .unwrap_or_else(|_| Err(anyhow::anyhow!("it was given up after a panic")));
        let mut all = self.all();
        let kept = all.entry(survey).or_default();
        kept.is_being_made = false;
        match made {
            Ok(Some(made)) => {
                tracing::info!("results of {} responses are released", made.release.respondents);
                kept.last = Some(Arc::new(made));
                (kept.is_too_few, kept.is_failed) = (false, false);
            }
            // What counted when it was asked may be rejected by now.
            Ok(None) => kept.is_too_few = kept.last.is_none(),
            Err(error) => {
                tracing::error!("the results can't be made: {error:#}");
                kept.is_failed = true;
                kept.looked = Instant::now().checked_add(AGAIN);
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<i64, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stored release; nothing where this version does not understand what another wrote.
fn read(store: &Store, stored: &Release) -> anyhow::Result<Option<Publication>> {
    match Publication::load(store, stored.clone()) {
        Ok(publication) => Ok(Some(publication)),
        Err(error) if error.chain().any(<dyn std::error::Error>::is::<rusqlite::Error>) => Err(error),
        Err(error) => {
            tracing::warn!("the stored results can't be read by this version, and are made anew: {error:#}");
            Ok(None)
        }
    }
}

/// Makes a release, stores it, and reads what was stored.
fn release(store: &Store, survey: i64, after: Option<i64>) -> anyhow::Result<Option<Publication>> {
    let Some(made) = make(store, survey)? else {
        return Ok(None);
    };
    store.keep_release(&NewRelease {
        survey,
        after,
        made_at: &made.at,
        form: &made.form,
        last_response: made.last_response,
        respondents: made.respondents,
        files: &made.files,
    })?;
    // Where another process was faster, it is its release.
    let Some(last) = store.last_release(survey)? else {
        return Ok(None);
    };
    Ok(Some(Publication::load(store, last)?))
}

/// Whether enough has come since the last release, or for the first.
fn is_due(store: &Store, survey: i64, last: Option<&Release>) -> anyhow::Result<bool> {
    let policy = Policy::default();
    let Some(last) = last else {
        return Ok(store.counting_since(survey, 0, policy.minimum_base)? >= policy.minimum_base);
    };
    let made: jiff::Timestamp = last.made_at.parse()?;
    let age = jiff::Timestamp::now().duration_since(made);
    // A clock that went wrong and was set right may not stop releases for years: the number of responses guards them.
    if (jiff::SignedDuration::ZERO..jiff::SignedDuration::try_from(every())?).contains(&age) {
        return Ok(false);
    }
    let enough = policy.floor.max(last.respondents / SHARE);
    Ok(store.counting_since(survey, last.last_response, enough)? >= enough)
}

/// Tests need not wait for an hour.
fn every() -> Duration {
    told().unwrap_or(EVERY)
}

fn look() -> Duration {
    told().unwrap_or(LOOK)
}

/// What tests say to a debug build, in milliseconds.
fn told() -> Option<Duration> {
    let told = cfg!(debug_assertions).then(|| std::env::var("BARAZA_TEST_RELEASE_EVERY").ok());
    Some(Duration::from_millis(told.flatten()?.parse().ok()?))
}
