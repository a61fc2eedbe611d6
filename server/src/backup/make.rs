//! Making a backup: a copy as of one moment while the server goes on writing, checked, and at its place whole or not at
//! all.

use super::workroom::{Workroom, sweep};
use super::{Recipients, folder_of, name_of, put_in_place};
use crate::store::verify::{Head, Progress, verify};
use crate::store::{Note, Store, copies};
use anyhow::{Context, bail};
use rusqlite::InterruptHandle;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is wanted.
#[derive(Debug)]
pub struct Order<'a> {
    /// The database.
    pub db: &'a Path,
    /// The file to write.
    pub to: &'a Path,
    /// Whether a file that is there may be replaced.
    pub may_replace: bool,
    /// Whom it is encrypted to; in the open where there are none.
    pub recipients: Option<&'a Recipients>,
    /// Whether the copy is looked through.
    pub is_checked: bool,
}

/// A backup that is whole and in its place.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Responses in it, where it was looked through.
    pub responses: Option<u64>,
    /// The audit log's last entry in it, where it was looked through.
    pub head: Option<Head>,
    is_encrypted: bool,
}

/// Ends a backup early; clones end the same.
#[derive(Clone, Default)]
pub struct Stop(Arc<(AtomicBool, Mutex<Option<InterruptHandle>>)>);

impl std::fmt::Debug for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stop({})", self.0.0.load(Ordering::SeqCst))
    }
}

impl Stop {
    /// Whatever is under way ends soon.
    pub fn stop(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        if let Some(handle) = &*self.0.1.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.interrupt();
        }
    }

    fn holds(&self, handle: Option<InterruptHandle>) -> anyhow::Result<()> {
        *self.0.1.lock().unwrap_or_else(PoisonError::into_inner) = handle;
        self.go_on()
    }

    fn go_on(&self) -> anyhow::Result<()> {
        if self.0.0.load(Ordering::SeqCst) {
            bail!("stopped");
        }
        Ok(())
    }
}

/// Makes a backup.
pub fn make(order: &Order<'_>, stop: &Stop, progress: Progress<'_>) -> anyhow::Result<Made> {
    if order.to.exists() && !order.may_replace {
        bail!(
            "{} is there already: name another file, or say --replace",
            order.to.display()
        );
    }
    if let (Ok(to), Ok(db)) = (order.to.canonicalize(), order.db.canonicalize())
        && to == db
    {
        bail!("{} is the database itself: name another file", order.to.display());
    }
    let destination = folder_of(order.to);
    if !destination.is_dir() {
        bail!(
            "there is no folder {}: is its medium there?",
            destination.display()
        );
    }
    sweep(folder_of(order.db));
    let finished = Workroom::make(destination)?;
    // What is to be encrypted must not lie in the open on the medium that it goes to, not even for a while.
    let beside = match order.recipients {
        Some(_) => Some(Workroom::make(folder_of(order.db))?),
        None => None,
    };
    let plain = beside.as_ref().unwrap_or(&finished).file("plain.db");
    let from = copies::open_to_read(order.db)?;
    stop.holds(Some(from.get_interrupt_handle()))?;
    copies::copy(&from, &plain).with_context(|| format!("can't copy {}", order.db.display()))?;
    stop.holds(None)?;
    drop(from);
    only_for_owner(&plain)?;
    let report = if order.is_checked {
        let report = verify(&plain, None, progress)?;
        if let Some(damage) = report.damage.first() {
            bail!(
                "what would be in the backup is damaged, so none was made: {}. 'baraza verify' tells all of it",
                damage.what
            );
        }
        Some(report)
    } else {
        None
    };
    stop.go_on()?;
    let whole = if let Some(recipients) = order.recipients {
        let secret = finished.file("secret");
        let written = || -> anyhow::Result<()> {
            let file = File::create_new(&secret)?;
            recipients.encrypt(&mut File::open(&plain)?, &file, || stop.go_on())?;
            file.sync_all()?;
            Ok(())
        };
        written().with_context(|| format!("can't write {}", order.to.display()))?;
        secret
    } else {
        plain
    };
    let bytes = std::fs::metadata(&whole)?.len();
    put_in_place(&whole, order.to, order.may_replace)?;
    Ok(Made {
        path: order.to.to_owned(),
        bytes,
        responses: report.as_ref().map(crate::store::verify::Report::responses),
        head: report.and_then(|report| report.head),
        is_encrypted: order.recipients.is_some(),
    })
}

impl Made {
    /// Notes it in the audit log of the database that it is of.
    pub fn note(&self, store: &Store, by: &str) -> rusqlite::Result<()> {
        store.note(&Note {
            by: by.to_owned(),
            action: "backup",
            survey: String::new(),
            detail: json!({
                "file": name_of(&self.path),
                "bytes": self.bytes,
                "encrypted": self.is_encrypted,
                "responses": self.responses,
                "head": self.head,
            }),
        })
    }
}

/// A copy of the answers is for who made it.
fn only_for_owner(path: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    }
    let _ = path;
    Ok(())
}

/// `baraza-2026-11-24T120000Z.db`: names of backups sort by their time.
pub fn default_name(db: &Path, is_encrypted: bool) -> String {
    let moment = jiff::Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ");
    let ending = if is_encrypted { ".db.age" } else { ".db" };
    format!("{}-{moment}{ending}", stem(db))
}

/// The name of a database without its ending.
pub fn stem(db: &Path) -> String {
    db.file_stem()
        .map_or_else(|| "baraza".into(), |stem| stem.to_string_lossy().into_owned())
}
