//! Keys of age: whom a backup is for, and who opens it.

use anyhow::{Context, bail};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

/// What an encrypted file begins with.
pub const ENCRYPTED: &[u8] = b"age-encryption.org/v1";
/// What copies read and write at once.
const PIECE: usize = 64 << 10;

/// Those who will be able to open a backup.
pub struct Recipients(Vec<Box<dyn age::Recipient + Send + Sync>>);

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} recipients", self.0.len())
    }
}

impl Recipients {
    /// Each is a key, or `@FILE` with a key on each line; none where none is named.
    pub fn named(named: &[String]) -> anyhow::Result<Option<Self>> {
        let mut keys = Vec::new();
        for name in named {
            let Some(file) = name.strip_prefix('@') else {
                keys.push(recipient(name)?);
                continue;
            };
            let text = std::fs::read_to_string(file).with_context(|| format!("can't read {file}"))?;
            let before = keys.len();
            for line in text.lines().map(str::trim) {
                if !line.is_empty() && !line.starts_with('#') {
                    keys.push(recipient(line).with_context(|| format!("in {file}"))?);
                }
            }
            anyhow::ensure!(keys.len() > before, "there is no recipient in {file}");
        }
        Ok((!keys.is_empty()).then_some(Self(keys)))
    }

    /// Encrypts one file into another, piece by piece; `go_on` may stop it.
    pub fn encrypt(
        &self,
        from: &mut impl Read,
        to: impl Write,
        mut go_on: impl FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let recipients = self.0.iter().map(|key| key.as_ref() as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients)
            .map_err(|error| anyhow::anyhow!("these recipients can't be combined: {error}"))?;
        let mut out = encryptor.wrap_output(BufWriter::new(to))?;
        let mut piece = vec![0; PIECE];
        loop {
            go_on()?;
            match from.read(&mut piece)? {
                0 => break,
                read => out.write_all(&piece[..read])?,
            }
        }
        out.finish()?.flush()?;
        Ok(())
    }
}

fn recipient(text: &str) -> anyhow::Result<Box<dyn age::Recipient + Send + Sync>> {
    if let Ok(key) = text.parse::<age::x25519::Recipient>() {
        return Ok(Box::new(key));
    }
    if text.starts_with("AGE-SECRET-KEY-") {
        bail!("that is a secret key: give the recipient that belongs to it, which begins with age1");
    }
    bail!("'{text}' is no recipient: it begins with age1; 'baraza backup-key FILE' makes one")
}

/// Secret keys that open backups.
pub struct Identities(Vec<Box<dyn age::Identity>>);

impl Identities {
    /// From a file of age's.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("can't read the key {shown}"))?;
        // The cause names the line, never what is on it.
        let keys = age::IdentityFile::from_buffer(text.as_bytes())
            .with_context(|| format!("{shown} is not a key that opens backups"))?
            .into_identities()
            .map_err(|error| anyhow::anyhow!("{shown}: {error}"))?;
        anyhow::ensure!(!keys.is_empty(), "there is no key in {shown}");
        Ok(Self(
            keys.into_iter()
                .map(|key| key as Box<dyn age::Identity>)
                .collect(),
        ))
    }

    /// Decrypts one file into another, piece by piece. What was written is whole only where this succeeds.
    pub fn decrypt(&self, from: impl Read, to: &mut impl Write) -> anyhow::Result<()> {
        let decryptor = age::Decryptor::new_buffered(BufReader::new(from)).map_err(unopened)?;
        let keys = self.0.iter().map(AsRef::as_ref);
        let mut plain = decryptor.decrypt(keys).map_err(unopened)?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = plain
                .read(&mut piece)
                .context("the backup is cut off or damaged: it can't be decrypted to its end")?;
            if read == 0 {
                return Ok(());
            }
            to.write_all(&piece[..read])?;
        }
    }
}

fn unopened(error: age::DecryptError) -> anyhow::Error {
    match error {
        age::DecryptError::NoMatchingKeys | age::DecryptError::DecryptionFailed => {
            anyhow::anyhow!("this key does not open the backup: it was made for other recipients")
        }
        age::DecryptError::InvalidHeader | age::DecryptError::InvalidMac | age::DecryptError::Io(_) => {
            anyhow::anyhow!("the backup is cut off or damaged: its beginning can't be read")
        }
        age::DecryptError::UnknownFormat => {
            anyhow::anyhow!("the backup was encrypted by a newer age: decrypt it with that first")
        }
        error => anyhow::anyhow!("the backup can't be decrypted: {error}"),
    }
}

/// Writes a new secret key into a file that is not there yet and that only its owner may read; gives the recipient.
pub fn new_identity(path: &Path) -> anyhow::Result<String> {
    use age::secrecy::ExposeSecret;
    let key = age::x25519::Identity::generate();
    let recipient = key.to_public().to_string();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::anyhow!("{} is there already: a key is never overwritten", path.display())
        }
        _ => anyhow::anyhow!("can't write {}: {error}", path.display()),
    })?;
    write!(
        file,
        "# made by baraza: {}\n# public key: {recipient}\n{}\n",
        crate::store::now(),
        key.to_string().expose_secret()
    )
    .and_then(|()| file.sync_all())
    .with_context(|| format!("can't write {}", path.display()))?;
    super::sync_folder(super::folder_of(path))?;
    Ok(recipient)
}

#[cfg(test)]
mod tests {
    use super::{Identities, Recipients, new_identity};

    #[test]
    fn what_is_encrypted_to_two_is_opened_by_either_and_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let keys = ["a.key", "b.key", "c.key"].map(|name| new_identity(&file(name)).unwrap());
        std::fs::write(file("them.txt"), format!("# coordinators\n{}\n\n", keys[1])).unwrap();
        let named = [keys[0].clone(), format!("@{}", file("them.txt").display())];
        let recipients = Recipients::named(&named).unwrap().unwrap();
        let plain: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
        let mut secret = Vec::new();
        recipients
            .encrypt(&mut &plain[..], &mut secret, || Ok(()))
            .unwrap();

        let open = |name: &str, bytes: &[u8]| {
            let mut opened = Vec::new();
            let result = Identities::read(&file(name)).unwrap().decrypt(bytes, &mut opened);
            result.map(|()| opened)
        };
        assert!(open("a.key", &secret).unwrap() == plain);
        assert!(open("b.key", &secret).unwrap() == plain);
        let wrong = open("c.key", &secret).unwrap_err().to_string();
        assert!(wrong.contains("does not open"), "{wrong}");
        for cut in [10, 100, 100_000, secret.len() - 1] {
            let cut = open("a.key", &secret[..cut]).unwrap_err().to_string();
            assert!(cut.contains("cut off"), "{cut}");
        }
    }

    #[test]
    fn a_key_is_never_overwritten_and_a_secret_one_is_no_recipient() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("k");
        new_identity(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(new_identity(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let secret = text.lines().last().unwrap().to_owned();
        let told = Recipients::named(std::slice::from_ref(&secret))
            .unwrap_err()
            .to_string();
        assert!(told.contains("secret") && !told.contains(&secret), "{told}");
        assert!(Recipients::named(&["peter".into()]).is_err());
        assert!(Recipients::named(&[]).unwrap().is_none());
    }
}
