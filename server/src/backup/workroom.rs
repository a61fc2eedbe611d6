//! A folder for what is not finished. It goes when its user does; what a killed process left is swept up by the next.

use anyhow::Context;
use std::fs::File;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What the names of such folders begin with.
const PREFIX: &str = ".baraza-work-";
/// In each: locked while it is in use.
const LOCK: &str = "lock";

/// A folder that only its user may look into.
#[derive(Debug)]
pub struct Workroom {
    folder: TempDir,
    /// Open, and so locked, until all of this is dropped.
    _lock: File,
}

impl Workroom {
    /// Makes one in a folder, after sweeping up what is left there.
    pub fn make(within: &Path) -> anyhow::Result<Self> {
        sweep(within);
        let made = || -> std::io::Result<Option<Self>> {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(within)?;
            let lock = File::create_new(folder.path().join(LOCK))?;
            lock.lock()?;
            // Somebody may have swept it up before it was locked.
            let is_there = folder.path().join(LOCK).exists();
            Ok(is_there.then_some(Self { folder, _lock: lock }))
        };
        loop {
            let made = made().with_context(|| format!("can't write to the folder {}", within.display()))?;
            if let Some(room) = made {
                return Ok(room);
            }
        }
    }

    /// Where a file of a name may be put.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Removes what processes that were killed have left in a folder.
pub fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let of_ours = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    for entry in of_ours {
        let path = entry.path();
        let Ok(lock) = File::open(path.join(LOCK)) else {
            continue;
        };
        if lock.try_lock().is_ok()
            && let Err(error) = std::fs::remove_dir_all(&path)
        {
            tracing::warn!("can't remove {}: {error}", path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PREFIX, Workroom, sweep};

    #[test]
    fn what_is_in_use_stays_and_what_is_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let room = Workroom::make(folder.path()).unwrap();
        std::fs::write(room.file("plain.db"), "answers").unwrap();
        let left = folder.path().join(format!("{PREFIX}left"));
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("lock"), "").unwrap();
        std::fs::write(left.join("plain.db"), "answers").unwrap();
        let other = folder.path().join("baraza.db");
        std::fs::write(&other, "").unwrap();

        sweep(folder.path());

        assert!(!left.exists() && other.exists() && room.file("plain.db").exists());
        drop(room);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
