//! The way back: a backup is opened, looked through and brought up to date beside the database, and only then takes its
//! place.

use super::keys::{ENCRYPTED, Identities};
use super::workroom::Workroom;
use super::{folder_of, name_of, swap};
use crate::store::verify::{Head, Progress, Report, verify};
use crate::store::{Note, Store, copies, now};
use anyhow::{Context, bail};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is wanted.
#[derive(Debug)]
pub struct Wish<'a> {
    /// The backup.
    pub file: &'a Path,
    /// Where the database is to be.
    pub db: &'a Path,
    /// The key of an encrypted one.
    pub identity: Option<&'a Path>,
    /// Whether a database that is there may be moved aside.
    pub may_replace: bool,
    /// Who does it.
    pub by: &'a str,
}

/// What was done.
#[derive(Debug)]
pub struct Restored {
    /// What was found in the backup.
    pub report: Report,
    /// Where the former database is, if there was one.
    pub former: Option<PathBuf>,
}

/// A backup that can be read, and a room for what was decrypted of it.
#[derive(Debug)]
pub struct Opened {
    /// The readable file.
    pub path: PathBuf,
    _room: Option<Workroom>,
}

impl Opened {
    /// A file as it is.
    pub fn plain(file: &Path) -> Self {
        Self {
            path: file.to_owned(),
            _room: None,
        }
    }

    /// The file itself, or what is in it where it is encrypted; that lies in `folder` until it is dropped.
    pub fn of(file: &Path, identity: Option<&Path>, folder: &Path) -> anyhow::Result<Self> {
        if !is_encrypted(file)? {
            return Ok(Self::plain(file));
        }
        let room = Workroom::make(folder)?;
        let path = room.file("plain.db");
        decrypt(file, identity, &path)?;
        Ok(Self {
            path,
            _room: Some(room),
        })
    }
}

fn is_encrypted(file: &Path) -> anyhow::Result<bool> {
    let mut beginning = Vec::new();
    File::open(file)
        .and_then(|file| file.take(ENCRYPTED.len() as u64).read_to_end(&mut beginning))
        .with_context(|| format!("can't read {}", file.display()))?;
    Ok(beginning == ENCRYPTED)
}

fn decrypt(file: &Path, identity: Option<&Path>, to: &Path) -> anyhow::Result<()> {
    let Some(identity) = identity else {
        bail!(
            "{} is encrypted: name the file of its key with --identity",
            file.display()
        );
    };
    let identities = Identities::read(identity)?;
    let mut plain = File::create_new(to).with_context(|| format!("can't write {}", to.display()))?;
    identities
        .decrypt(File::open(file)?, &mut plain)
        .with_context(|| format!("can't open {}", file.display()))
}

/// Puts a backup in the place of the database.
pub fn restore(wish: &Wish<'_>, progress: Progress<'_>) -> anyhow::Result<Restored> {
    if wish.db.exists() && !wish.may_replace {
        bail!(
            "there is a database {} already: name another with --db, or put the backup in its place with --replace \
             (it is kept beside)",
            wish.db.display()
        );
    }
    // Asked again when it comes to it; here so that nobody waits for nothing.
    swap::nobody_has(wish.db)?;
    let room = Workroom::make(folder_of(wish.db))?;
    let plain = room.file("plain.db");
    if is_encrypted(wish.file)? {
        decrypt(wish.file, wish.identity, &plain)?;
    } else {
        copy(wish.file, &plain)?;
        // A database that was copied as files has what was written last in its log.
        let log = copies::beside(wish.file, "-wal");
        if log.exists() {
            copy(&log, &copies::beside(&plain, "-wal"))?;
        }
    }
    let named = |error: crate::store::OpenError| {
        use crate::store::OpenError as E;
        // They name the copy, which nobody knows.
        let path = wish.file.to_owned();
        anyhow::Error::from(match error {
            E::NotADatabase(_) => E::NotABackup(path),
            E::Foreign(_) => E::NotABackup(path),
            E::Newer(_) => E::Newer(path),
            other => other,
        })
    };
    let report = verify(&plain, None, progress).map_err(named)?;
    if let Some(damage) = report.damage.first() {
        bail!(
            "the backup {} is damaged, so nothing was changed: {}. 'baraza verify' tells all of it; try an older one",
            wish.file.display(),
            damage.what
        );
    }
    let store = Store::open(&plain).map_err(named)?;
    store.note(&Note {
        by: wish.by.to_owned(),
        action: "restored",
        survey: String::new(),
        detail: json!({ "file": name_of(wish.file), "responses": report.responses(), "head": report.head }),
    })?;
    store.close();
    drop(store);
    let log = copies::beside(&plain, "-wal");
    anyhow::ensure!(!log.exists(), "the restored database could not be closed");
    File::open(&plain).and_then(|file| file.sync_all())?;
    let former = former_of(wish.db);
    let is_there = wish.db.exists();
    swap::swap(&plain, wish.db, &former)?;
    let former = is_there.then_some(former);
    Ok(Restored { report, former })
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::copy(from, to).with_context(|| format!("can't copy {}", from.display()))?;
    Ok(())
}

/// `baraza.before-restore-2026-11-24T120000.000Z.db`
fn former_of(db: &Path) -> PathBuf {
    let moment = now().replace(':', "");
    let stem = super::make::stem(db);
    db.with_file_name(format!("{stem}.before-restore-{moment}.db"))
}

/// The last entry of the log as it is written down.
impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.entry, self.hash)
    }
}
