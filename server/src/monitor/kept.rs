//! What is known of each survey while somebody watches it.
//!
//! Each response is read once and reduced to a row of some 100 bytes and 2 for each answer; at the next look only what
//! came since is read, and what was corrected, reviewed or sent again is read anew. What follows from all rows together
//! (medians, copies, counts) is made again when any of them changed, from the rows and not from the answers. Surveys
//! that nobody has looked at for a while are forgotten.

use super::asked::Asked;
use super::counts::Counts;
use super::doubts::{Doubt, Kind, doubts};
use super::norms::Norms;
use super::row::{Given, Row, Shared, reduce};
use super::twins::{Twin, twins};
use crate::ready::Cache;
use crate::store::{Reached, State, Store, Watched};
use baraza_forms::Outcome;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// Responses that are read at a time.
const AT_ONCE: u32 = 1_000;
/// The longest that one look reads before it says how far it has come.
const PATIENCE: Duration = Duration::from_secs(3);
/// A survey that nobody has looked at for so long is forgotten.
const IDLE: Duration = Duration::from_mins(30);
/// Threads that wait for the same surveys at once: phones need threads as well.
const LOOKING: usize = 4;
/// Where it takes longer than this to see what follows from all rows together, it is not seen anew for each of them.
const QUICK: Duration = Duration::from_secs(1);
/// Then it stands for so many times as long as it took.
const STANDS: u32 = 4;
/// Versions of a form that are kept; phones may name any.
const VERSIONS: usize = 64;

/// All surveys that are watched, by row id.
#[derive(Debug, Default)]
pub struct Monitor {
    all: Mutex<HashMap<i64, Arc<Mutex<Kept>>>>,
    looking: AtomicUsize,
}

/// What is known of a survey.
#[derive(Debug, Default)]
struct Kept {
    seen: Seen,
    made: Option<Made>,
    /// Whether rows have changed since, when that was made, and how long it took.
    is_behind: bool,
    making: Option<(Instant, Duration)>,
    reached: Reached,
    versions: HashMap<String, Arc<Asked>>,
    looked: Option<Instant>,
}

/// All responses, in the order of arrival.
#[derive(Debug, Default)]
pub struct Seen {
    pub rows: Vec<Row>,
    pub shared: Shared,
}

/// What follows from all of them together.
#[derive(Debug, Default)]
pub struct Made {
    norms: Norms,
    twins: HashMap<usize, Twin>,
    pub counts: Counts,
    /// Positions of those that are doubted, the last first, each with its doubts.
    pub doubted: Vec<(usize, Vec<Doubt>)>,
}

impl Made {
    pub fn of(rows: &[Row]) -> Self {
        let (norms, twins) = (Norms::of(rows), twins(rows));
        let found = rows.iter().enumerate().rev();
        let doubted: Vec<(usize, Vec<Doubt>)> = found
            .map(|(at, row)| (at, doubts(row, &norms, twins.get(&at).copied())))
            .filter(|(_, doubts)| !doubts.is_empty())
            .collect();
        let open: std::collections::HashSet<usize> = doubted
            .iter()
            .map(|(at, _)| *at)
            .filter(|&at| is_open(rows[at].state))
            .collect();
        let counts = Counts::of(rows, |at| open.contains(&at));
        Self {
            norms,
            twins,
            counts,
            doubted,
        }
    }

    /// All doubts of a response.
    pub fn doubts(&self, rows: &[Row], at: usize) -> Vec<Doubt> {
        doubts(&rows[at], &self.norms, self.twins.get(&at).copied())
    }

    /// Responses with a doubt of a kind on which nobody has decided.
    pub fn open(&self, rows: &[Row], kind: Kind) -> usize {
        let of_kind = |(at, doubts): &&(usize, Vec<Doubt>)| {
            is_open(rows[*at].state) && doubts.iter().any(|doubt| doubt.kind() == kind)
        };
        self.doubted.iter().filter(of_kind).count()
    }
}

/// Whether nobody has decided on a response.
pub fn is_open(state: State) -> bool {
    matches!(state, State::Received | State::Flagged)
}

/// What a look at a survey gives.
#[derive(Debug)]
pub enum Look<T> {
    Seen(T),
    /// The first look at many is still going on; so many are read.
    Counting(u64),
}

impl Monitor {
    /// Looks at a survey as it is now. Takes a while where much is new: for threads that may wait.
    pub fn look<T>(
        &self,
        (store, forms): (&Store, &Cache),
        (survey, slug): (i64, &str),
        show: impl FnOnce(&Seen, &Made) -> T,
    ) -> anyhow::Result<Look<T>> {
        let patience = Instant::now() + PATIENCE;
        let Some(_place) = Looking::begin(&self.looking) else {
            return Ok(Look::Counting(0));
        };
        let kept = self.of(survey);
        let Some(mut kept) = lock_until(&kept, patience) else {
            return Ok(Look::Counting(0));
        };
        kept.looked = Some(Instant::now());
        while !kept.goes_on((store, forms), (survey, slug))? {
            if Instant::now() > patience {
                return Ok(Look::Counting(kept.seen.rows.len() as u64));
            }
        }
        kept.make();
        let Kept { seen, made, .. } = &mut *kept;
        Ok(Look::Seen(show(seen, made.get_or_insert_default())))
    }

    fn of(&self, survey: i64) -> Arc<Mutex<Kept>> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever has one locked is looking at it.
        let is_idle = |kept: &Mutex<Kept>| {
            let looked = kept.try_lock().ok().and_then(|kept| kept.looked);
            looked.is_some_and(|looked| looked.elapsed() > IDLE)
        };
        all.retain(|id, kept| *id == survey || !is_idle(kept));
        Arc::clone(all.entry(survey).or_default())
    }
}

/// Somebody else may be reading a million responses: a page that tells so is better than one that never comes.
fn lock_until(kept: &Mutex<Kept>, patience: Instant) -> Option<MutexGuard<'_, Kept>> {
    loop {
        match kept.try_lock() {
            Ok(kept) => return Some(kept),
            Err(TryLockError::Poisoned(poisoned)) => {
                // Half of something may be in it.
                let mut kept = poisoned.into_inner();
                *kept = Kept::default();
                return Some(kept);
            }
            Err(TryLockError::WouldBlock) if Instant::now() > patience => return None,
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// A place among those who look.
struct Looking<'a>(&'a AtomicUsize);

impl<'a> Looking<'a> {
    fn begin(count: &'a AtomicUsize) -> Option<Self> {
        let place = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < LOOKING).then_some(place)
    }
}

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Kept {
    /// What follows from all rows together. Of very many it may be some seconds old, while their number is not.
    fn make(&mut self) {
        let stands = |(at, took): (Instant, Duration)| took > QUICK && at.elapsed() < took * STANDS;
        if self.made.is_some() && (!self.is_behind || self.making.is_some_and(stands)) {
            return;
        }
        let begun = Instant::now();
        self.made = Some(Made::of(&self.seen.rows));
        self.is_behind = false;
        self.making = Some((Instant::now(), begun.elapsed()));
    }

    /// Reads what is new; whether that was all.
    fn goes_on(
        &mut self,
        (store, forms): (&Store, &Cache),
        (survey, slug): (i64, &str),
    ) -> anyhow::Result<bool> {
        let Self {
            seen,
            is_behind,
            versions,
            ..
        } = self;
        let (reached, is_all) = store.watch_on(survey, self.reached, AT_ONCE, |watched| {
            let asked = if let Some(known) = versions.get(&watched.version) {
                Arc::clone(known)
            } else {
                let version = forms.of_response(store, slug, &watched.version)?;
                let asked = Arc::new(Asked::of(&version.ready.form));
                if versions.len() >= VERSIONS {
                    versions.clear();
                }
                versions.insert(watched.version.clone(), Arc::clone(&asked));
                asked
            };
            *is_behind = true;
            seen.take(&asked, &watched);
            Ok(())
        })?;
        self.reached = reached;
        Ok(is_all)
    }
}

impl Seen {
    /// Takes a response, or one that has changed, in its place.
    fn take(&mut self, asked: &Asked, watched: &Watched) {
        let flags = crate::amend::flags(&watched.flags);
        let given = Given {
            id: watched.id,
            received_at: &watched.received_at,
            started: &watched.started,
            finished: &watched.finished,
            enumerator: watched.enumerator,
            outcome: match watched.outcome.as_str() {
                "refused" => Outcome::Refused,
                "ineligible" => Outcome::Ineligible,
                _ => Outcome::Complete,
            },
            state: watched.state,
            flags: &flags,
            conflicts: watched.conflicts as u16,
            answers: &watched.answers,
        };
        let row = reduce(asked, &mut self.shared, &given);
        match self.rows.binary_search_by_key(&row.id, |row| row.id) {
            Ok(at) => self.rows[at] = row,
            Err(at) => self.rows.insert(at, row),
        }
    }

    /// Position of a response by its row id.
    pub fn position(&self, id: i64) -> Option<usize> {
        self.rows.binary_search_by_key(&id, |row| row.id).ok()
    }
}
