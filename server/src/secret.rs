//! Random words that let people in. Only their digests are stored.

use crate::store::Secret;
use sha2::{Digest, Sha256};

/// Letters and digits that are not taken for one another when read aloud or typed.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Five bits each: 160 bits, beyond all guessing.
const LENGTH: usize = 32;

/// A new one.
pub fn make() -> String {
    let random: [u8; LENGTH] = rand::random();
    random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .collect()
}

/// What is stored and looked up. However many characters of a guess are right, nothing about it takes longer.
pub fn digest(secret: &str) -> Secret {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{digest, make};
    use std::collections::HashSet;

    #[test]
    fn no_two_are_the_same_and_each_letter_is_used() {
        let made: HashSet<String> = (0..500).map(|_| make()).collect();
        assert_eq!(made.len(), 500);
        assert!(made.iter().all(|secret| secret.len() == 32));
        assert_eq!(
            made.iter()
                .flat_map(|secret| secret.chars())
                .collect::<HashSet<_>>()
                .len(),
            32
        );
        assert_ne!(digest("a"), digest("b"));
    }
}
