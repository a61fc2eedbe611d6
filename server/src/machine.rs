//! What the machine says of itself; nothing where it does not.

#[cfg(unix)]
use crate::store::copies::folder_of;
use std::path::Path;

/// What is free on a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    /// Bytes that may be filled.
    pub bytes: u64,
    /// All bytes of the disk.
    pub of: u64,
}

impl Free {
    /// What is to stay free for responses, where nobody says otherwise: files are large, and may wait.
    pub fn reserve(self) -> u64 {
        (self.of / SHARE).min(MOST_RESERVED)
    }
}

/// A twentieth of a small disk.
const SHARE: u64 = 20;
/// Room for some 100,000 responses.
const MOST_RESERVED: u64 = 200 << 20;

/// What is free on the disk that a file is on.
#[cfg(unix)]
pub fn free(path: &Path) -> Option<Free> {
    let disk = rustix::fs::statvfs(folder_of(path)).ok()?;
    Some(Free {
        bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        of: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// What is free on the disk that a file is on.
#[cfg(not(unix))]
pub fn free(_: &Path) -> Option<Free> {
    None
}

/// Bytes of memory that this process has, where Linux tells.
pub fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// More than anybody needs, and a bound for the memory that connections take.
#[cfg(unix)]
const FILE_HANDLES: u64 = 16_384;

/// Each connection takes a file handle. Many systems give a program 1024 unless it asks for more, and then so many slow
/// connections would keep everybody else out.
pub fn ask_for_file_handles() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let given = getrlimit(Resource::Nofile);
        let wanted = given.maximum.map_or(FILE_HANDLES, |most| most.min(FILE_HANDLES));
        if given.current.is_none_or(|current| current >= wanted) {
            return;
        }
        let asked = Rlimit {
            current: Some(wanted),
            maximum: given.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, asked) {
            tracing::warn!(
                "can't ask for more file handles than {:?}: {error}",
                given.current
            );
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{free, resident};
    use std::path::Path;

    #[test]
    fn linux_tells() {
        let free = free(Path::new("baraza.db")).expect("a disk");
        assert!(free.bytes <= free.of && free.of > 0, "{free:?}");
        assert!(resident().expect("memory") > 1 << 16);
    }
}
