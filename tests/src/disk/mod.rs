//! A disk whose power can be cut: a file system of our own, mounted with FUSE, on which the real server runs.
//!
//! Each file is kept three times: as a reader sees it, as it is on the disk for certain, and the changes in between. A
//! sync of the file puts its changes on the disk, a sync of the folder the names that were given and taken. A cut leaves
//! what is on the disk for certain, and of the rest what chance wants: any sectors, in any order, with sizes that came
//! ahead of their bytes, and names given or taken since. That is what POSIX permits, and more than ext4 does (it keeps a
//! new file's name when the file is synced, and the order of names). SQLite syncs the folder with the first sync of a
//! new log or journal, so a database needs no more than this.

mod contents;
mod faults;
mod file;
mod filesystem;
mod state;

pub use contents::Contents;
pub use faults::{Call, Error, Fault};
pub use file::Luck;
pub use state::Image;

use crate::rig::Chance;
use anyhow::{Context, Result};
use filesystem::Served;
use fuser::{BackgroundSession, Config, MountOption};
use state::State;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use tempfile::{TempDir, tempdir};

/// A mounted disk; unmounted when it is dropped.
pub struct Disk {
    state: Arc<Mutex<State>>,
    session: Option<BackgroundSession>,
    folder: TempDir,
}

/// Whether a disk of our own can be mounted here; otherwise the tests that need it are skipped. In CI it has to be,
/// unless its kernel has no FUSE at all, which nothing can be installed for.
pub fn can_mount() -> bool {
    let Err(error) = Disk::mount(&Image::new()) else {
        return true;
    };
    assert!(
        std::env::var_os("CI").is_none() || !Path::new("/dev/fuse").exists(),
        "a FUSE file system can't be mounted, and CI has to: {error:#}"
    );
    eprintln!(
        "SKIPPED: a FUSE file system can't be mounted here ({error:#}). It takes /dev/fuse and either root's right to \
         mount or 'fusermount3' (package fuse3); a container has to be given both"
    );
    false
}

/// Writes an image into a folder.
pub fn write_image(image: &Image, folder: &Path) -> Result<()> {
    for (name, bytes) in image {
        std::fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

impl Disk {
    /// Mounts a disk that holds an image, all of it synced.
    pub fn mount(image: &Image) -> Result<Self> {
        let state = Arc::new(Mutex::new(State::of(image)));
        let folder = tempdir()?;
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("baraza-tests".into())];
        let session = fuser::spawn_mount(Served(Arc::clone(&state)), folder.path(), &config)
            .context("mounting a file system")?;
        Ok(Self {
            state,
            session: Some(session),
            folder,
        })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no call panics")
    }

    /// After so many more changes, or at the first sync after them, every call fails, and nothing counts any more.
    pub fn freeze_in(&self, changes: u64, at_sync: bool) {
        self.state().faults.freeze_in(changes, at_sync);
    }

    /// Whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        self.state().faults.is_frozen()
    }

    /// Lets something go wrong.
    pub fn fail(&self, fault: Fault) {
        self.state().faults.set(fault);
    }

    /// Nothing goes wrong any more; how many calls failed.
    pub fn mend(&self) -> u64 {
        self.state().faults.mend()
    }

    /// The calls since it was last asked, by kind.
    pub fn calls(&self) -> BTreeMap<Call, u64> {
        std::mem::take(&mut self.state().faults.calls)
    }

    /// What would be found now, were all processes killed.
    pub fn after_kill(&self) -> Image {
        self.state().after_kill()
    }

    /// What would be found now, were the power cut.
    pub fn after_cut(&self, luck: Luck, chance: &mut Chance) -> Image {
        self.state().after_cut(luck, chance)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(session) = self.session.take()
            && let Err(error) = session.umount_and_join()
        {
            eprintln!("can't unmount {}: {error}", self.folder.path().display());
        }
    }
}
