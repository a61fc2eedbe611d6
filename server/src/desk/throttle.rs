//! Sign-ins that fail are slowed down: by whoever tries from one place, under one name, and both together. What is kept
//! are hashes with a salt that goes with the process: neither addresses nor names can be read from it.

use crate::http::Peer;
use axum::http::HeaderMap;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a failure is remembered.
const WINDOW: Duration = Duration::from_mins(15);
/// Failures under one name from one place. Somebody elsewhere can't lock a person out of their account.
const MOST_TOGETHER: u32 = 5;
/// Failures from one place.
const MOST_FROM: u32 = 30;
/// Failures under one name from everywhere.
const MOST_UNDER: u32 = 100;
/// Of codes of the second factor: who guesses those has the password, and a million is soon tried.
const MOST_CODES: u32 = 20;
/// What is remembered at most; beyond it, what is oldest goes.
const MOST: usize = 20_000;

type Key = [u8; 16];

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A name's password.
    Password,
    /// The code of its second factor.
    Code,
}

/// Who tries, as three keys that are counted.
#[derive(Debug, Clone, Copy)]
pub struct Trying([(Key, u32); 3]);

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    count: u32,
}

/// Sign-ins that failed lately.
#[derive(Debug)]
pub struct Throttle {
    salt: [u8; 32],
    windows: Mutex<HashMap<Key, Window>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self {
            salt: rand::random(),
            windows: Mutex::default(),
        }
    }
}

impl Throttle {
    /// Somebody who tries a name from a place. Whether there is an account of that name makes no difference.
    pub fn trying(&self, what: What, name: &str, from: Option<IpAddr>) -> Trying {
        let name = name.trim().to_lowercase();
        let from = from.map(place).unwrap_or_default();
        let (word, under) = match what {
            What::Password => ("password", MOST_UNDER),
            What::Code => ("code", MOST_CODES),
        };
        Trying([
            (self.key(&[word, "together", &name, &from]), MOST_TOGETHER),
            (self.key(&[word, "from", &from]), MOST_FROM),
            (self.key(&[word, "under", &name]), under),
        ])
    }

    fn key(&self, parts: &[&str]) -> Key {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        std::array::from_fn(|at| hash[at])
    }

    /// Counts an attempt before it is made, so that many at once are no more; or how long to wait.
    pub fn begin(&self, trying: &Trying, now: Instant) -> Result<(), Duration> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() + trying.0.len() > MOST {
            forget(&mut windows, now);
        }
        let wait = trying.0.iter().filter_map(|(key, most)| {
            let window = windows.get(key).filter(|window| now - window.began < WINDOW)?;
            (window.count >= *most).then(|| WINDOW.saturating_sub(now - window.began))
        });
        if let Some(wait) = wait.max() {
            return Err(wait);
        }
        for (key, _) in trying.0 {
            let window = windows.entry(key).or_insert(Window { began: now, count: 0 });
            if now - window.began >= WINDOW {
                *window = Window { began: now, count: 0 };
            }
            window.count += 1;
        }
        Ok(())
    }

    /// Takes an attempt back that succeeded; under this name and from this place all are forgiven.
    pub fn succeeded(&self, trying: &Trying) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(&trying.0[0].0);
        for (key, _) in &trying.0[1..] {
            if let Some(window) = windows.get_mut(key) {
                window.count = window.count.saturating_sub(1);
            }
        }
    }
}

fn forget(windows: &mut HashMap<Key, Window>, now: Instant) {
    windows.retain(|_, window| now - window.began < WINDOW);
    if windows.len() > MOST / 2 {
        let mut began: Vec<Instant> = windows.values().map(|window| window.began).collect();
        began.sort_unstable();
        let middle = began[began.len() / 2];
        windows.retain(|_, window| window.began > middle);
    }
}

/// A place: whoever has one address of IPv6 has 2^64 of them.
fn place(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
    }
}

/// Where a request comes from. A proxy on this machine adds that last to what it passes on.
pub fn address(Peer(address): Peer, headers: &HeaderMap) -> IpAddr {
    if !address.is_loopback() {
        return address;
    }
    let passed = headers.get_all("x-forwarded-for").iter().next_back();
    let passed = passed.and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    passed.unwrap_or(address)
}

#[cfg(test)]
mod tests {
    use super::{MOST, MOST_CODES, MOST_FROM, MOST_TOGETHER, MOST_UNDER, Throttle, WINDOW, What};
    use crate::http::Peer;
    use axum::http::{HeaderMap, HeaderValue};
    use std::net::IpAddr;
    use std::time::{Duration, Instant};

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn failures_are_counted_by_name_and_place_and_forgiven_in_time() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let amina = throttle.trying(What::Password, "Amina", Some(address(1)));
        assert!((0..MOST_TOGETHER).all(|_| throttle.begin(&amina, start).is_ok()));
        let wait = throttle.begin(
            &throttle.trying(What::Password, " amina", Some(address(1))),
            start + Duration::from_mins(5),
        );
        assert_eq!(wait, Err(Duration::from_mins(10)));
        assert!(
            throttle
                .begin(&throttle.trying(What::Password, "Amina", Some(address(2))), start)
                .is_ok(),
            "she is not locked out elsewhere"
        );
        assert!(
            throttle
                .begin(&throttle.trying(What::Password, "Bola", Some(address(1))), start)
                .is_ok(),
            "others in her office are not"
        );
        assert!(throttle.begin(&amina, start + WINDOW).is_ok());
    }

    #[test]
    fn many_names_from_one_place_and_one_name_from_many_are_slowed_down_as_well() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let names = (0..MOST_FROM).map(|n| throttle.trying(What::Password, &n.to_string(), Some(address(1))));
        assert!(names.into_iter().all(|one| throttle.begin(&one, start).is_ok()));
        assert!(
            throttle
                .begin(
                    &throttle.trying(What::Password, "another", Some(address(1))),
                    start
                )
                .is_err()
        );
        let places =
            (10..10 + MOST_UNDER).map(|n| throttle.trying(What::Password, "Amina", Some(address(n))));
        assert!(places.into_iter().all(|one| throttle.begin(&one, start).is_ok()));
        assert!(
            throttle
                .begin(&throttle.trying(What::Password, "Amina", Some(address(5))), start)
                .is_err()
        );
    }

    #[test]
    fn codes_are_counted_by_themselves_and_are_soon_too_many() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let code = |n| throttle.trying(What::Code, "Amina", Some(address(n)));
        assert!((0..MOST_CODES).all(|n| throttle.begin(&code(n), start).is_ok()));
        assert!(throttle.begin(&code(MOST_CODES), start).is_err());
        let password = throttle.trying(What::Password, "Amina", Some(address(1)));
        assert!(throttle.begin(&password, start).is_ok());
    }

    #[test]
    fn who_succeeds_has_no_failures_left() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        let amina = throttle.trying(What::Password, "Amina", Some(address(1)));
        for _ in 0..10 * MOST_FROM {
            assert!(throttle.begin(&amina, start).is_ok());
            throttle.succeeded(&amina);
        }
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let (throttle, start) = (Throttle::default(), Instant::now());
        for n in 0..2 * MOST as u32 {
            let moment = start + Duration::from_millis(u64::from(n));
            let _ = throttle.begin(
                &throttle.trying(What::Password, &n.to_string(), Some(address(n))),
                moment,
            );
        }
        assert!(throttle.windows.lock().expect("no panic").len() <= MOST);
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
        let from = |peer: [u8; 4], headers: &HeaderMap| super::address(Peer(peer.into()), headers);
        let mut headers = HeaderMap::new();
        assert_eq!(from([127, 0, 0, 1], &headers), IpAddr::from([127, 0, 0, 1]));
        headers.insert("x-forwarded-for", HeaderValue::from_static("10.0.0.1, 10.0.0.2"));
        assert_eq!(from([127, 0, 0, 1], &headers), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(from([192, 0, 2, 1], &headers), IpAddr::from([192, 0, 2, 1]));
    }
}
