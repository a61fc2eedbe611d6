//! Whether a path still leads to the file that was opened.

use std::path::{Path, PathBuf};

/// A file by its path and by what the system calls it.
#[derive(Debug, Clone)]
pub struct Identity {
    path: PathBuf,
    opened: Option<(u64, u64)>,
}

impl Identity {
    /// The file at a path, as it is now.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            opened: numbers(path),
        }
    }

    /// Whether the path leads to the same file; where the system can't tell, it does.
    pub fn holds(&self) -> bool {
        self.opened.is_none() || numbers(&self.path) == self.opened
    }
}

/// Device and inode.
#[cfg(unix)]
fn numbers(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// An open file can't be moved on other systems.
#[cfg(not(unix))]
fn numbers(_: &Path) -> Option<(u64, u64)> {
    None
}
