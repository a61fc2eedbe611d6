//! Places for requests that may take long to arrive. Once all are taken the slowest has to go: else a few who send
//! hardly anything would keep everybody out for as long as they like.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How long everybody may stay, whatever they send.
const AT_LEAST: Duration = Duration::from_secs(20);
/// Who sends so many bytes a second is not sent away.
const FAST: u64 = 16 << 10;
/// How long whoever comes waits for the one who goes.
const MOMENT: Duration = Duration::from_secs(1);

/// So many places.
#[derive(Debug)]
pub struct Places {
    free: Arc<Semaphore>,
    guests: Mutex<Vec<Weak<Guest>>>,
}

/// A request that arrives.
#[derive(Debug)]
struct Guest {
    since: Instant,
    bytes: AtomicU64,
    /// Whether it is here whole, so that nothing would come of sending it away.
    here: AtomicBool,
    leave: Notify,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    guest: Arc<Guest>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// So many.
    pub fn new(count: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(count)),
            guests: Mutex::default(),
        }
    }

    /// Takes a place, that of the slowest where none is free; nothing where nobody is slow enough to go.
    pub async fn take(&self) -> Option<Place> {
        self.take_at(Instant::now()).await
    }

    async fn take_at(&self, now: Instant) -> Option<Place> {
        let free = Arc::clone(&self.free);
        let permit = if let Ok(permit) = Arc::clone(&free).try_acquire_owned() {
            permit
        } else {
            self.slowest(now)?.leave.notify_one();
            let made = tokio::time::timeout(MOMENT, free.acquire_owned()).await;
            made.ok()?.ok()?
        };
        let guest = Arc::new(Guest {
            since: now,
            bytes: AtomicU64::new(0),
            here: AtomicBool::new(false),
            leave: Notify::new(),
        });
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        guests.retain(|guest| guest.strong_count() > 0);
        guests.push(Arc::downgrade(&guest));
        Some(Place {
            guest,
            _permit: permit,
        })
    }

    /// Who is to go; the same one only once.
    fn slowest(&self, now: Instant) -> Option<Arc<Guest>> {
        let guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let slow = guests
            .iter()
            .filter_map(Weak::upgrade)
            .filter(|guest| !guest.here.load(Ordering::Relaxed))
            .filter_map(|guest| Some((guest.speed(now)?, guest)))
            .filter(|(speed, _)| *speed < FAST);
        let (_, slowest) = slow.min_by_key(|(speed, guest)| (*speed, guest.since))?;
        slowest.here.store(true, Ordering::Relaxed);
        Some(slowest)
    }
}

impl Guest {
    /// Bytes a second; nothing where it is too early to say.
    fn speed(&self, now: Instant) -> Option<u64> {
        let stayed = now.saturating_duration_since(self.since);
        (stayed >= AT_LEAST).then(|| self.bytes.load(Ordering::Relaxed) / stayed.as_secs().max(1))
    }
}

impl Place {
    /// Notes bytes that came.
    pub fn came(&self, bytes: u64) {
        self.guest.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// All has come.
    pub fn is_here(&self) {
        self.guest.here.store(true, Ordering::Relaxed);
    }

    /// Waits until it has to be left.
    pub async fn must_be_left(&self) {
        self.guest.leave.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_LEAST, FAST, Places};
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn the_slowest_makes_room_and_nobody_else() {
        let (places, begun) = (Places::new(3), Instant::now());
        let [fast, slow, slower] = [
            places.take_at(begun).await.expect("free"),
            places.take_at(begun).await.expect("free"),
            places.take_at(begun).await.expect("free"),
        ];
        let later = begun + AT_LEAST;
        fast.came(FAST * 20);
        slow.came(5000);
        slower.came(4000);
        assert!(places.take_at(begun).await.is_none(), "it is too early to say");
        let (taken, ()) = tokio::join!(places.take_at(later), async {
            slower.must_be_left().await;
            drop(slower);
        });
        let next = taken.expect("the place of the slowest");
        slow.is_here();
        assert!(
            places.take_at(later).await.is_none(),
            "one is fast, one is here, one is new"
        );
        let left = tokio::time::timeout(Duration::from_millis(10), slow.must_be_left());
        assert!(left.await.is_err(), "nothing comes of sending it away");
        drop((fast, slow, next));
        assert!(places.take_at(later).await.is_some());
    }
}
