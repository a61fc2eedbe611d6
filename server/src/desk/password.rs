//! Passwords: which are taken, and how they are kept.

use crate::http::Failure;
use argon2::{Argon2, Block};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Characters of a password.
const SHORTEST: usize = 12;
const LONGEST: usize = 200;
/// The longest that somebody waits for others.
const PATIENCE: Duration = Duration::from_secs(10);

/// What stored hashes begin with: the kind and the costs, 19 MB and two passes. Other costs need another beginning, and
/// these to be read as well.
const COSTS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";
/// What a name that nobody has is checked against, so that it takes as long as one that somebody has. Nobody knows a
/// password for it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGhlIHNhbHQgb2Ygbm9uZQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weak {
    /// Under 12 characters.
    Short,
    /// Over 200.
    Long,
    /// The name is in it.
    Named,
    /// Among the first that anybody tries.
    Common,
}

/// Words that people make passwords of, and that who guesses tries first. What is left beside them has to hold.
const COMMON: &[&str] = &[
    "passwort",
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "contrasena",
    "contraseña",
    "motdepasse",
    "nenosiri",
    "baraza",
    "survey",
    "secret",
    "welcome",
    "bienvenue",
    "karibu",
    "letmein",
    "iloveyou",
    "changeme",
    "administrator",
    "administrador",
    "admin",
    "login",
    "master",
    "dragon",
    "monkey",
    "princess",
    "sunshine",
    "football",
    "michael",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwerty",
    "azerty",
    "qwertz",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefgh",
    "abc",
    "asdf",
    "test",
    "trustno",
    "superman",
    "batman",
    "hello",
    "bonjour",
    "kenya",
    "nairobi",
];
/// Characters besides these words, digits at the end and repetitions that a password needs.
const OWN: usize = 6;

/// Whether a password is taken for somebody of a name.
pub fn judge(password: &str, name: &str) -> Result<(), Weak> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Weak::Short);
    }
    if length > LONGEST {
        return Err(Weak::Long);
    }
    let plain = |text: &str| -> String { text.to_lowercase().split_whitespace().collect() };
    let (word, name) = (plain(password), plain(name));
    if name.chars().count() >= 3 && word.contains(&name) {
        return Err(Weak::Named);
    }
    let rest = COMMON.iter().fold(word, |rest, common| rest.replace(common, ""));
    if different(&rest) < OWN || is_run(&rest) {
        return Err(Weak::Common);
    }
    Ok(())
}

/// Characters, each counted once.
fn different(text: &str) -> usize {
    let mut seen: Vec<char> = text.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Whether nearly each character follows the one before: 123456789012, abcdefghijkl, and the other way round.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let follows = |pair: &[i64]| {
        let step = pair[1] - pair[0];
        // Nine is followed by nought.
        (-1..=1).contains(&step) || step.abs() == 9
    };
    let following = codes.windows(2).filter(|pair| follows(pair)).count();
    following * 4 > codes.len() * 3
}

/// Hashes and checks passwords, one after the other, in memory that is made once: many sign-ins at once wait, and take
/// no more of it.
#[derive(Debug)]
pub struct Passwords {
    place: Arc<Semaphore>,
    memory: Arc<Mutex<Vec<Block>>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            place: Arc::new(Semaphore::new(1)),
            memory: Arc::default(),
        }
    }
}

impl Passwords {
    /// What is stored of a password.
    pub async fn hash(&self, password: &str) -> Result<String, Failure> {
        let salt: [u8; 16] = rand::random();
        let hash = self.work(password, salt.to_vec()).await?;
        Ok(format!(
            "{COSTS}{}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(hash)
        ))
    }

    /// Whether a password is the one of a hash. Without a hash it never is, and takes as long.
    pub async fn fits(&self, password: &str, hash: Option<String>) -> Result<bool, Failure> {
        // No password is longer, and the time that it takes grows with the length.
        let tried: String = password.chars().take(LONGEST + 1).collect();
        let (salt, known) = read(hash.as_deref().unwrap_or(NOBODYS))
            .ok_or_else(|| Failure::Ours(anyhow::anyhow!("the hash of a password can't be read")))?;
        let made = self.work(&tried, salt).await?;
        let differing = made.iter().zip(&known).fold(0, |all, (a, b)| all | (a ^ b));
        Ok(hash.is_some() && known.len() == made.len() && differing == 0)
    }

    /// The place goes along to the thread that works: whoever hangs up does not let in another meanwhile.
    async fn work(&self, password: &str, salt: Vec<u8>) -> Result<[u8; 32], Failure> {
        let place = tokio::time::timeout(PATIENCE, Arc::clone(&self.place).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Failure::Later(5));
        };
        let (password, memory) = (password.to_owned(), Arc::clone(&self.memory));
        let made = tokio::task::spawn_blocking(move || {
            let _place = place;
            let argon2 = Argon2::default();
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.resize(argon2.params().block_count(), Block::new());
            let mut hash = [0; 32];
            argon2
                .hash_password_into_with_memory(password.as_bytes(), &salt, &mut hash, &mut *memory)
                .map(|()| hash)
        });
        made.await?
            .map_err(|error| Failure::Ours(anyhow::anyhow!("a password can't be hashed: {error}")))
    }
}

/// Salt and hash of what is stored.
fn read(stored: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (salt, hash) = stored.strip_prefix(COSTS)?.split_once('$')?;
    Some((
        STANDARD_NO_PAD.decode(salt).ok()?,
        STANDARD_NO_PAD.decode(hash).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::{NOBODYS, Passwords, Weak, judge};

    #[test]
    fn passwords_that_anybody_tries_first_are_not_taken() {
        for (password, weak) in [
            ("short", Weak::Short),
            ("eleven char", Weak::Short),
            ("amina likes tea", Weak::Named),
            ("AminaOdhiambo88", Weak::Named),
            ("password1234", Weak::Common),
            ("Password 2026!", Weak::Common),
            ("BarazaBaraza2026", Weak::Common),
            ("123456789012", Weak::Common),
            ("aaaaaaaaaaaa", Weak::Common),
            ("qwertyuiop123", Weak::Common),
            ("lmnopqrstuvw", Weak::Common),
            ("111111222222", Weak::Common),
        ] {
            let name = if weak == Weak::Named { "Amina" } else { "Bola" };
            assert_eq!(judge(password, name), Err(weak), "{password}");
        }
        assert_eq!(judge(&"long words ".repeat(20), "Bola"), Err(Weak::Long));
        for good in [
            "four goats cross the river",
            "vT9#kq2Lm!xw",
            "ممر طويل إلى السوق",
            "mbuzi wanne mtoni",
        ] {
            assert_eq!(judge(good, "Amina"), Ok(()), "{good}");
        }
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let passwords = Passwords::default();
        let mut hashes = Vec::new();
        for _ in 0..2 {
            hashes.push(
                passwords
                    .hash("four goats cross the river")
                    .await
                    .expect("a hash"),
            );
        }
        assert_ne!(hashes[0], hashes[1], "salted");
        // Made by another program (argon2-cffi 25.1) at the costs that we write down.
        let theirs = "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw$xug72KY4zEXaWhxVbKLK9uYSqApx80/1DlgopAF3Yfs";
        hashes.push(theirs.to_owned());
        let fits = async |tried, hash| passwords.fits(tried, hash).await.expect("an answer");
        for known in hashes {
            assert!(fits("four goats cross the river", Some(known.clone())).await);
            assert!(!fits("four goats cross the rivers", Some(known.clone())).await);
            assert!(!fits("", Some(known)).await);
        }
        assert!(!fits("anything", None).await, "and it takes the same work");
        assert!(super::read(NOBODYS).is_some_and(|(salt, hash)| salt.len() == 16 && hash.len() == 32));
        assert!(passwords.fits("", Some("$argon2i$".into())).await.is_err());
    }
}
