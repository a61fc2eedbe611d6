//! Codes of the second factor (RFC 6238): six digits that change every thirty seconds.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

/// Seconds that a code holds.
const STEP: u64 = 30;
/// Bytes of a secret, as many as SHA-1 has.
const BYTES: usize = 20;
/// RFC 4648.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret.
pub fn make() -> [u8; BYTES] {
    rand::random()
}

/// The step of a moment.
fn step(at: Timestamp) -> u64 {
    at.as_second().max(0) as u64 / STEP
}

/// The code of a step.
fn code(secret: &[u8], step: u64) -> Option<u32> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[at..at + 4].try_into().ok()?);
    Some((word & 0x7fff_ffff) % 1_000_000)
}

/// The step whose code this is: the present one, or one beside it, since clocks differ.
pub fn step_of(secret: &[u8], typed: &str, at: Timestamp) -> Option<u64> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let now = step(at);
    (now.saturating_sub(1)..=now + 1)
        .rev()
        .find(|step| code(secret, *step) == Some(typed))
}

/// A secret as people type it.
pub fn written(secret: &[u8]) -> String {
    let bits = |at: usize| (secret[at / 8] >> (7 - at % 8)) & 1;
    (0..secret.len() * 8 / 5)
        .map(|letter| {
            let five = (0..5).fold(0, |five, bit| five << 1 | bits(letter * 5 + bit));
            char::from(LETTERS[usize::from(five)])
        })
        .collect()
}

/// A secret that was written; nothing where it is none of ours.
pub fn read(written: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0_u8; BYTES];
    let letters: Vec<u8> = written.bytes().filter(|b| *b != b' ').collect();
    if letters.len() != BYTES * 8 / 5 {
        return None;
    }
    for (at, letter) in letters.into_iter().enumerate() {
        let five = LETTERS.iter().position(|known| *known == letter)?;
        for bit in 0..5 {
            let place = at * 5 + bit;
            bytes[place / 8] |= (((five >> (4 - bit)) & 1) as u8) << (7 - place % 8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{code, make, read, step_of, written};
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a moment")
    }

    /// RFC 6238, appendix B, the last six digits.
    #[test]
    fn the_codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (second, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(secret, second / 30), Some(expected));
            let typed = format!("{:03} {:03}", expected / 1000, expected % 1000);
            let moment = i64::try_from(second).expect("a number");
            assert_eq!(step_of(secret, &typed, at(moment)), Some(second / 30));
            assert_eq!(step_of(secret, &typed, at(moment + 30)), Some(second / 30));
            assert_eq!(step_of(secret, &typed, at(moment + 61)), None);
        }
        for odd in ["", "12345", "1234567", "+12345", "28708x", "٢٨٧٠٨٢"] {
            assert_eq!(step_of(secret, odd, at(59)), None, "{odd}");
        }
    }

    #[test]
    fn a_secret_is_read_as_it_was_written() {
        assert_eq!(
            written(b"12345678901234567890"),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        let secret = make();
        assert_eq!(read(&written(&secret)).as_deref(), Some(&secret[..]));
        for odd in [
            "",
            "GEZDGNBV",
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            "1EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        ] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
