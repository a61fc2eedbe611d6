//! One file: what is read of it now, what is on the disk, and what lies between the two.

use crate::rig::Chance;

/// What the system keeps in memory and writes back as one.
const PAGE: usize = 4096;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What was done to a file and is not on the disk yet.
#[derive(Clone, Debug)]
enum Change {
    /// Pages as they were right after a write: the first one's place, the bytes, and the file's size.
    Pages {
        from: usize,
        bytes: Vec<u8>,
        size: usize,
    },
    /// Cut off at, or grown with zeros to, a size.
    Size(usize),
}

/// How much of what was not synced is on the disk after a cut.
#[derive(Clone, Copy, Debug)]
pub struct Luck {
    /// Of a hundred pieces.
    pub share: u64,
    /// Bytes of a piece: a sector, a page, or all of a write.
    pub grain: usize,
    /// What stands where a file has grown and nothing was written: zeros, or whatever the disk held there before.
    pub blank: u8,
}

impl Luck {
    /// Nothing that was not synced is there.
    pub const NONE: Self = Self {
        share: 0,
        grain: PAGE,
        blank: 0,
    };

    /// Any.
    pub fn draw(chance: &mut Chance) -> Self {
        Self {
            share: [0, 10, 50, 90, 100][chance.below(5) as usize],
            grain: [SECTOR, PAGE, usize::MAX][chance.below(3) as usize],
            blank: [0, 0xa5][chance.below(2) as usize],
        }
    }

    /// Whether one piece is there.
    pub fn keeps(self, chance: &mut Chance) -> bool {
        chance.below(100) < self.share
    }
}

/// A file.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// What a reader gets.
    live: Vec<u8>,
    /// What is on the disk for certain.
    kept: Vec<u8>,
    unsynced: Vec<Change>,
}

impl File {
    /// A file that is on the disk.
    pub fn kept(bytes: Vec<u8>) -> Self {
        Self {
            live: bytes.clone(),
            kept: bytes,
            unsynced: Vec::new(),
        }
    }

    /// What a reader gets.
    pub fn bytes(&self) -> &[u8] {
        &self.live
    }

    /// A piece of it; less at its end.
    pub fn read(&self, offset: usize, length: usize) -> &[u8] {
        let end = offset.saturating_add(length).min(self.live.len());
        &self.live[offset.min(end)..end]
    }

    /// Writes into memory.
    pub fn write(&mut self, offset: usize, data: &[u8]) {
        let end = offset + data.len();
        if end > self.live.len() {
            self.live.resize(end, 0);
        }
        self.live[offset..end].copy_from_slice(data);
        let from = offset - offset % PAGE;
        let to = end.next_multiple_of(PAGE).min(self.live.len());
        self.unsynced.push(Change::Pages {
            from,
            bytes: self.live[from..to].to_vec(),
            size: self.live.len(),
        });
    }

    /// Cuts it off at, or lets it grow to, a size.
    pub fn resize(&mut self, size: usize) {
        if size != self.live.len() {
            self.live.resize(size, 0);
            self.unsynced.push(Change::Size(size));
        }
    }

    /// Puts all on the disk.
    pub fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                Change::Pages { from, bytes, size } => {
                    self.kept.resize(self.kept.len().max(size), 0);
                    self.kept[from..from + bytes.len()].copy_from_slice(&bytes);
                }
                Change::Size(size) => self.kept.resize(size, 0),
            }
        }
    }

    /// A sync that fails as Linux does it: what could not be written counts as written from then on, is still read,
    /// and gets to the disk only when it is written again. Some of it may have got there.
    pub fn fail_to_sync(&mut self, chance: &mut Chance) {
        self.kept = self.after_cut(Luck::draw(chance), chance);
        self.unsynced.clear();
    }

    /// What is on the disk after the power went: what was synced, and pieces of the rest, in any order.
    pub fn after_cut(&self, luck: Luck, chance: &mut Chance) -> Vec<u8> {
        let mut disk = self.kept.clone();
        // A file is cut off by the journal of the file system, in order; what came after can be there without it only
        // where the file reached all the time.
        let mut reach = usize::MAX;
        for change in &self.unsynced {
            match change {
                Change::Size(size) if reach < usize::MAX || !luck.keeps(chance) => reach = reach.min(*size),
                Change::Size(size) => disk.resize(*size, 0),
                Change::Pages { from, bytes, size } => {
                    if reach == usize::MAX && luck.keeps(chance) {
                        grow(&mut disk, *size, luck.blank);
                    }
                    let (mut at, pieces) = (*from, luck.grain.min(bytes.len()).max(1));
                    for piece in bytes.chunks(pieces) {
                        if at + piece.len() <= reach && luck.keeps(chance) {
                            grow(&mut disk, at + piece.len(), luck.blank);
                            disk[at..at + piece.len()].copy_from_slice(piece);
                        }
                        at += piece.len();
                    }
                }
            }
        }
        disk
    }
}

fn grow(disk: &mut Vec<u8>, size: usize, blank: u8) {
    if size > disk.len() {
        disk.resize(size, blank);
    }
}

#[cfg(test)]
mod tests {
    use super::{File, Luck, PAGE, SECTOR};
    use crate::rig::Chance;

    const LUCK: Luck = Luck {
        share: 50,
        grain: SECTOR,
        blank: 0xa5,
    };

    #[test]
    fn what_was_synced_is_there_whatever_comes_after() {
        let mut file = File::default();
        file.write(0, &[1; 3 * PAGE]);
        file.sync();
        file.write(3 * PAGE, &[2; PAGE]);
        let mut chance = Chance::new(1);
        for _ in 0..100 {
            let disk = file.after_cut(LUCK, &mut chance);
            assert!(disk[..3 * PAGE].iter().all(|byte| *byte == 1));
        }
        assert_eq!(file.after_cut(Luck::NONE, &mut chance), vec![1; 3 * PAGE]);
    }

    #[test]
    fn what_was_not_is_there_whole_or_torn_or_not_at_all_and_in_any_order() {
        let mut file = File::kept(vec![0; 2 * PAGE]);
        file.write(0, &[1; PAGE]);
        file.write(PAGE, &[2; PAGE]);
        let mut chance = Chance::new(1);
        let (mut torn, mut second_alone) = (false, false);
        for _ in 0..100 {
            let disk = file.after_cut(LUCK, &mut chance);
            for sector in disk.chunks(SECTOR) {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "a torn sector");
            }
            let first: Vec<u8> = disk[..PAGE].iter().step_by(SECTOR).copied().collect();
            torn |= first.contains(&0) && first.contains(&1);
            let whole = Luck { grain: PAGE, ..LUCK };
            let disk = file.after_cut(whole, &mut chance);
            second_alone |= disk[0] == 0 && disk[PAGE] == 2;
        }
        assert!(torn && second_alone);
    }

    #[test]
    fn what_a_failed_sync_dropped_is_read_and_lost() {
        let mut file = File::kept(vec![0; 4 * PAGE]);
        file.write(0, &[1; 4 * PAGE]);
        let mut chance = Chance::new(9);
        let lost = (0..100).any(|_| {
            let mut file = file.clone();
            file.fail_to_sync(&mut chance);
            assert_eq!(file.bytes(), [1; 4 * PAGE]);
            // The next one succeeds, and does not bring it back.
            file.sync();
            file.after_cut(Luck::NONE, &mut chance).contains(&0)
        });
        assert!(lost);
        file.fail_to_sync(&mut chance);
        file.write(0, &[1; 4 * PAGE]);
        file.sync();
        assert_eq!(file.after_cut(Luck::NONE, &mut chance), [1; 4 * PAGE]);
    }

    #[test]
    fn what_was_cut_off_comes_back_whole_or_not_at_all() {
        let mut file = File::kept(vec![1; 2 * PAGE]);
        file.resize(PAGE);
        file.resize(2 * PAGE);
        let mut chance = Chance::new(1);
        let mut seen = [false; 2];
        for _ in 0..100 {
            let disk = file.after_cut(LUCK, &mut chance);
            assert!(disk[..PAGE].iter().all(|byte| *byte == 1));
            if disk.len() == 2 * PAGE {
                assert!(disk[PAGE..].iter().all(|byte| *byte == disk[PAGE]));
                seen[disk[PAGE] as usize] = true;
            }
        }
        assert_eq!(seen, [true, true]);
    }
}
