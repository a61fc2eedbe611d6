//! What goes wrong, and at which call.

use fuser::Errno;
use std::collections::BTreeMap;

/// What is asked of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    /// Finding a name.
    Find,
    /// Asking for a file's size and kind.
    Look,
    /// Opening a file.
    Open,
    /// Making a file.
    Create,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Cutting off, or letting grow.
    Resize,
    /// Putting a file on the disk.
    Sync,
    /// Putting a folder's names on the disk.
    SyncNames,
    /// Removing a name.
    Remove,
    /// Giving another name.
    Rename,
    /// Listing the folder.
    List,
}

impl Call {
    fn changes(self) -> bool {
        !matches!(
            self,
            Self::Find | Self::Look | Self::Open | Self::Read | Self::List
        )
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Error {
    /// The device fails: any call.
    Io,
    /// No room is left: calls that change something.
    Full,
    /// Half of it is written: writes alone; where it lasts, nothing of those that follow is.
    Short,
}

impl Error {
    /// Whether a call can fail so.
    pub fn can_meet(self, call: Call) -> bool {
        match self {
            Self::Io => true,
            Self::Full => call.changes() && call != Call::Remove,
            Self::Short => call == Call::Write,
        }
    }
}

/// An error at one call, or at all from there on.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Of the calls that can fail so, which: 1 is the next.
    pub at: u64,
    /// How.
    pub error: Error,
    /// Until the disk is mended; else once.
    pub lasts: bool,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    /// It is done.
    Fine,
    /// Half of it is done.
    Half,
    /// It fails.
    Fails(Errno),
}

/// Counts calls, and fails those that are to fail.
#[derive(Debug, Default)]
pub struct Faults {
    fault: Option<Fault>,
    /// Calls since the fault was set that can fail so.
    seen: u64,
    /// Calls that failed since.
    met: u64,
    /// Changes until the disk freezes, and whether it then waits for a sync.
    freezes_in: Option<(u64, bool)>,
    frozen: bool,
    /// All calls since they were counted anew.
    pub calls: BTreeMap<Call, u64>,
}

impl Faults {
    /// Nothing goes wrong any more; how many calls failed.
    pub fn mend(&mut self) -> u64 {
        self.fault = None;
        std::mem::take(&mut self.met)
    }

    /// Something is to go wrong.
    pub fn set(&mut self, fault: Fault) {
        (self.fault, self.seen, self.met) = (Some(fault), 0, 0);
    }

    /// Freezes before the change after so many, or before the first sync after them.
    pub fn freeze_in(&mut self, changes: u64, at_sync: bool) {
        self.freezes_in = Some((changes, at_sync));
    }

    /// Whether it has.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// Decides on a call.
    pub fn meet(&mut self, call: Call) -> Verdict {
        *self.calls.entry(call).or_default() += 1;
        if call.changes()
            && let Some((left, at_sync)) = &mut self.freezes_in
        {
            self.frozen |= *left == 0 && (!*at_sync || call == Call::Sync);
            *left = left.saturating_sub(1);
        }
        if self.frozen {
            return Verdict::Fails(Errno::EIO);
        }
        let Some(fault) = self.fault else {
            return Verdict::Fine;
        };
        let can_fail = fault.error.can_meet(call);
        self.seen += u64::from(can_fail);
        let fails = can_fail && (self.seen == fault.at || fault.lasts && self.seen > fault.at);
        if !fails {
            return Verdict::Fine;
        }
        self.met += 1;
        match fault.error {
            Error::Short if self.seen == fault.at => Verdict::Half,
            Error::Io => Verdict::Fails(Errno::EIO),
            Error::Full | Error::Short => Verdict::Fails(Errno::ENOSPC),
        }
    }
}
