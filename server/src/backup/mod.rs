//! Backups: whole copies of the database, in the open or for certain people's keys, and the way back.

mod keys;
mod make;
mod restore;
mod swap;
mod timed;
mod workroom;

pub use keys::{Recipients, new_identity};
pub use make::{Order, Stop, default_name, make};
pub use restore::{Opened, Wish, restore};
pub use timed::{LastBackup, Schedule, Timed, every, sweep_up};

use crate::store::copies::folder_of;
use anyhow::Context;
use std::fs::File;
use std::path::Path;

/// What a file is called, for messages and the audit log: never where it lies.
fn name_of(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Puts a folder's list of files on disk, so that a rename outlives a power cut.
fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    // Other systems neither need nor allow it.
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .with_context(|| format!("can't write to the folder {}", folder.display()))?;
    }
    Ok(())
}

/// Moves a whole file to its name, and puts that on disk.
fn put_in_place(from: &Path, to: &Path, may_replace: bool) -> anyhow::Result<()> {
    if !may_replace && to.exists() {
        anyhow::bail!(
            "{} is there already: name another file, or say --replace",
            to.display()
        );
    }
    std::fs::rename(from, to).with_context(|| format!("can't write {}", to.display()))?;
    sync_folder(folder_of(to))
}
