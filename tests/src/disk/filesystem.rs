//! What the kernel asks, answered from the state.

use super::faults::{Call, Verdict};
use super::state::State;
use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty,
    ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use std::ffi::OsStr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Nothing is remembered by the kernel of names and sizes: each question comes here, and can fail.
const REMEMBERED: Duration = Duration::ZERO;

/// The file system, called by the kernel.
pub struct Served(pub Arc<Mutex<State>>);

impl Served {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no call panics")
    }
}

fn attributes(number: u64, size: usize, is_named: bool) -> FileAttr {
    let is_folder = number == INodeNo::ROOT.0;
    FileAttr {
        ino: INodeNo(number),
        size: size as u64,
        blocks: size.div_ceil(512) as u64,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: if is_folder {
            FileType::Directory
        } else {
            FileType::RegularFile
        },
        perm: if is_folder { 0o700 } else { 0o600 },
        nlink: u32::from(is_named),
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}

fn of(state: &mut State, number: u64) -> Option<FileAttr> {
    if number == INodeNo::ROOT.0 {
        return Some(attributes(number, 0, true));
    }
    let size = state.file(number)?.bytes().len();
    Some(attributes(number, size, state.is_named(number)))
}

fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let (mut state, name) = (self.state(), text(name));
        if let Verdict::Fails(error) = state.meet_name(Call::Find, &name) {
            return reply.error(error);
        }
        let found = state.find(&name).and_then(|number| of(&mut state, number));
        match found {
            Some(found) => reply.entry(&REMEMBERED, &found, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let mut state = self.state();
        if number != INodeNo::ROOT
            && let Verdict::Fails(error) = state.meet(Call::Look, number.0)
        {
            return reply.error(error);
        }
        match of(&mut state, number.0) {
            Some(found) => reply.attr(&REMEMBERED, &found),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut state = self.state();
        if let Some(size) = size {
            if let Verdict::Fails(error) = state.meet(Call::Resize, number.0) {
                return reply.error(error);
            }
            if let Some(file) = state.file(number.0) {
                file.resize(size as usize);
            }
        }
        match of(&mut state, number.0) {
            Some(found) => reply.attr(&REMEMBERED, &found),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.state().meet(Call::Open, number.0) {
            Verdict::Fails(error) => reply.error(error),
            // Only this kernel changes it, so what it has in memory is right.
            _ => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE),
        }
    }

    fn create(&self, _: &Request, _: INodeNo, name: &OsStr, _: u32, _: u32, _: i32, reply: ReplyCreate) {
        let (mut state, name) = (self.state(), text(name));
        if let Verdict::Fails(error) = state.meet_name(Call::Create, &name) {
            return reply.error(error);
        }
        let number = match state.find(&name) {
            Some(number) => number,
            None => state.create(&name),
        };
        match of(&mut state, number) {
            Some(made) => {
                let flags = FopenFlags::FOPEN_KEEP_CACHE;
                reply.created(&REMEMBERED, &made, Generation(0), FileHandle(0), flags);
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let mut state = self.state();
        if let Verdict::Fails(error) = state.meet(Call::Read, number.0) {
            return reply.error(error);
        }
        match state.file(number.0) {
            Some(file) => reply.data(file.read(offset as usize, size as usize)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut state = self.state();
        let taken = match state.meet(Call::Write, number.0) {
            Verdict::Fails(error) => return reply.error(error),
            Verdict::Half => &data[..data.len() / 2],
            Verdict::Fine => data,
        };
        match state.file(number.0) {
            Some(file) if !taken.is_empty() => file.write(offset as usize, taken),
            Some(_) => {}
            None => return reply.error(Errno::ENOENT),
        }
        reply.written(taken.len() as u32);
    }

    fn fsync(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let mut state = self.state();
        if let Verdict::Fails(error) = state.meet(Call::Sync, number.0) {
            return reply.error(error);
        }
        match state.file(number.0) {
            Some(file) => {
                file.sync();
                reply.ok();
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn fsyncdir(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let mut state = self.state();
        if let Verdict::Fails(error) = state.meet(Call::SyncNames, number.0) {
            return reply.error(error);
        }
        state.sync_names();
        reply.ok();
    }

    fn unlink(&self, _: &Request, _: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let (mut state, name) = (self.state(), text(name));
        match state.meet_name(Call::Remove, &name) {
            Verdict::Fails(error) => reply.error(error),
            _ if state.remove(&name) => reply.ok(),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn rename(
        &self,
        _: &Request,
        _: INodeNo,
        from: &OsStr,
        _: INodeNo,
        to: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let mut state = self.state();
        if !flags.is_empty() {
            return reply.error(Errno::EINVAL);
        }
        match state.meet_name(Call::Rename, &text(to)) {
            Verdict::Fails(error) => reply.error(error),
            _ if state.rename(&text(from), &text(to)) => reply.ok(),
            _ => reply.error(Errno::ENOENT),
        }
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let mut state = self.state();
        if let Verdict::Fails(error) = state.meet_name(Call::List, "") {
            return reply.error(error);
        }
        for (place, (name, number)) in state.names().enumerate().skip(offset as usize) {
            if reply.add(INodeNo(number), place as u64 + 1, FileType::RegularFile, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 4096, 255, 4096);
    }
}
