//! What a request is called, so that a message to a person and a line in the log can be brought together.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    /// The request that is being answered.
    pub static REQUEST: RequestId;
}

/// The request that is being answered; nothing outside of any.
pub fn current() -> Option<RequestId> {
    REQUEST.try_with(|id| *id).ok()
}

/// A request of this process. Never what a client says: that would stand in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(u64);

static NUMBER: AtomicU64 = AtomicU64::new(0);
static SEED: LazyLock<u64> = LazyLock::new(rand::random);

impl RequestId {
    /// Another one each time. They don't count up, which would tell anybody how busy the server is.
    pub fn next() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(scattered(number ^ *SEED))
    }

    /// As it is written.
    pub fn letters(self) -> [u8; 16] {
        let digit = |at: usize| b"0123456789abcdef"[(self.0 >> (60 - 4 * at) & 15) as usize];
        std::array::from_fn(digit)
    }
}

/// Each number becomes another one.
fn scattered(number: u64) -> u64 {
    let z = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RequestId;
    use std::collections::HashSet;

    #[test]
    fn no_two_are_the_same_and_letters_and_number_agree() {
        let made: Vec<RequestId> = (0..1000).map(|_| RequestId::next()).collect();
        let texts: HashSet<String> = made.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), 1000);
        for id in made {
            assert_eq!(id.to_string().as_bytes(), id.letters());
        }
    }
}
