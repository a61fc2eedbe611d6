//! Passwords: which are taken, and how they are kept.

use crate::http::Failure;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Characters of a password.
const SHORTEST: usize = 12;
const LONGEST: usize = 200;
/// Hashing takes 19 MB and a core for a while: so many at once, others wait.
const AT_ONCE: usize = 2;
/// The longest that somebody waits for that.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a name that nobody has is checked against, so that it takes as long as one that somebody has. Nobody knows a
/// password for it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5cyBzYWx0IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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

/// Hashes and checks passwords, a few at once.
#[derive(Debug)]
pub struct Passwords(Semaphore);

impl Default for Passwords {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Passwords {
    async fn place(&self) -> Result<SemaphorePermit<'_>, Failure> {
        match tokio::time::timeout(PATIENCE, self.0.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Failure::Later(5)),
        }
    }

    /// What is stored of a password.
    pub async fn hash(&self, password: &str) -> Result<String, Failure> {
        let _place = self.place().await?;
        let password = password.to_owned();
        Ok(tokio::task::spawn_blocking(move || hash(&password)).await??)
    }

    /// Whether a password is the one of a hash. Without a hash it never is, and takes as long.
    pub async fn fits(&self, password: &str, hash: Option<String>) -> Result<bool, Failure> {
        let _place = self.place().await?;
        let password = password.to_owned();
        let fits = tokio::task::spawn_blocking(move || {
            let known = hash.as_deref().unwrap_or(NOBODYS);
            // Nobody's is longer, and the time that it takes grows with the length.
            let is_long = password.chars().count() > LONGEST;
            let tried = if is_long { "" } else { password.as_str() };
            let fits = Argon2::default().verify_password(tried.as_bytes(), known).is_ok();
            fits && hash.is_some() && !is_long
        });
        Ok(fits.await?)
    }
}

fn hash(password: &str) -> anyhow::Result<String> {
    let salt: [u8; 16] = rand::random();
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash
        .map_err(|error| anyhow::anyhow!("the password can't be hashed: {error}"))?
        .to_string())
}

#[cfg(test)]
mod tests {
    use super::{NOBODYS, Passwords, Weak, hash, judge};

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
        let known = passwords
            .hash("four goats cross the river")
            .await
            .expect("a hash");
        assert_ne!(
            known,
            hash("four goats cross the river").expect("a hash"),
            "salted"
        );
        let fits = async |tried, hash| passwords.fits(tried, hash).await.expect("an answer");
        assert!(fits("four goats cross the river", Some(known.clone())).await);
        assert!(!fits("four goats cross the rivers", Some(known.clone())).await);
        assert!(!fits("", Some(known.clone())).await);
        assert!(!fits("anything", None).await);
        let costs = |hash: &str| hash.split('$').take(4).map(String::from).collect::<Vec<_>>();
        assert_eq!(
            costs(NOBODYS),
            costs(&known),
            "a name that nobody has takes as long"
        );
    }
}
