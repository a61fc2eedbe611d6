//! The one folder of the disk: names, and the files that they lead to.

use super::faults::{Call, Faults, Verdict};
use super::file::{File, Luck};
use crate::rig::Chance;
use std::collections::BTreeMap;

/// What all files of a disk hold, by name.
pub type Image = BTreeMap<String, Vec<u8>>;

/// A name that was given or taken, and whose folder was not synced since.
#[derive(Clone, Debug)]
enum Change {
    Given(String, u64),
    Taken(String),
    Moved { from: String, to: String, file: u64 },
}

impl Change {
    fn apply(&self, names: &mut BTreeMap<String, u64>) {
        match self {
            Self::Given(name, file) => drop(names.insert(name.clone(), *file)),
            Self::Taken(name) => drop(names.remove(name)),
            Self::Moved { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
        }
    }
}

/// The disk as the file system sees it.
#[derive(Debug)]
pub struct State {
    /// By number; 1 is the folder. Files without a name stay: somebody may have them open.
    files: BTreeMap<u64, File>,
    names: BTreeMap<String, u64>,
    kept_names: BTreeMap<String, u64>,
    unsynced: Vec<Change>,
    /// What is memory to those who have it open, and fails for nobody: `-shm`.
    memory: Vec<u64>,
    /// What goes wrong.
    pub faults: Faults,
    chance: Chance,
}

/// Whether a file is what SQLite shares in memory. A real one that can't be read ends the process, and nothing is
/// promised of it after a cut.
fn is_memory(name: &str) -> bool {
    name.ends_with("-shm")
}

impl State {
    /// A disk that holds an image.
    pub fn of(image: &Image) -> Self {
        let numbered = || image.iter().zip(2..);
        let names: BTreeMap<_, _> = numbered().map(|((name, _), n)| (name.clone(), n)).collect();
        Self {
            files: numbered()
                .map(|((_, bytes), n)| (n, File::kept(bytes.clone())))
                .collect(),
            memory: numbered()
                .filter(|((name, _), _)| is_memory(name))
                .map(|(_, n)| n)
                .collect(),
            kept_names: names.clone(),
            names,
            unsynced: Vec::new(),
            faults: Faults::default(),
            chance: Chance::new(1),
        }
    }

    /// Decides on a call that concerns a file.
    pub fn meet(&mut self, call: Call, file: u64) -> Verdict {
        if self.memory.contains(&file) {
            return Verdict::Fine;
        }
        let verdict = self.faults.meet(call);
        if call == Call::Sync
            && matches!(verdict, Verdict::Fails(_))
            && !self.faults.is_frozen()
            && let Some(file) = self.files.get_mut(&file)
        {
            file.fail_to_sync(&mut self.chance);
        }
        verdict
    }

    /// Decides on a call that concerns a name.
    pub fn meet_name(&mut self, call: Call, name: &str) -> Verdict {
        if is_memory(name) {
            return Verdict::Fine;
        }
        self.faults.meet(call)
    }

    /// The number of a name.
    pub fn find(&self, name: &str) -> Option<u64> {
        self.names.get(name).copied()
    }

    /// All names with their numbers.
    pub fn names(&self) -> impl Iterator<Item = (&String, u64)> {
        self.names.iter().map(|(name, file)| (name, *file))
    }

    /// A file by its number.
    pub fn file(&mut self, number: u64) -> Option<&mut File> {
        self.files.get_mut(&number)
    }

    /// Whether a file has a name.
    pub fn is_named(&self, number: u64) -> bool {
        self.names.values().any(|file| *file == number)
    }

    /// Makes an empty file.
    pub fn create(&mut self, name: &str) -> u64 {
        let number = self.files.keys().next_back().map_or(2, |last| last + 1);
        self.files.insert(number, File::default());
        if is_memory(name) {
            self.memory.push(number);
        }
        self.change(Change::Given(name.to_owned(), number));
        number
    }

    /// Takes a name away; false where there is none.
    pub fn remove(&mut self, name: &str) -> bool {
        let known = self.names.contains_key(name);
        if known {
            self.change(Change::Taken(name.to_owned()));
        }
        known
    }

    /// Gives another name; false where there is none.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(file) = self.find(from) else { return false };
        let (from, to) = (from.to_owned(), to.to_owned());
        self.change(Change::Moved { from, to, file });
        true
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.names);
        self.unsynced.push(change);
    }

    /// Puts all names on the disk.
    pub fn sync_names(&mut self) {
        self.kept_names.clone_from(&self.names);
        self.unsynced.clear();
    }

    /// What the next process finds after this one was killed: all of it.
    pub fn after_kill(&self) -> Image {
        let found = self.names().map(|(name, file)| {
            let bytes = self.files.get(&file).map(|file| file.bytes().to_vec());
            (name.clone(), bytes.unwrap_or_default())
        });
        found.collect()
    }

    /// What the next process finds after the power went.
    pub fn after_cut(&self, luck: Luck, chance: &mut Chance) -> Image {
        let mut names = self.kept_names.clone();
        for change in &self.unsynced {
            if luck.keeps(chance) {
                change.apply(&mut names);
            }
        }
        let found = names.into_iter().map(|(name, file)| {
            let bytes = self.files.get(&file).map(|file| file.after_cut(luck, chance));
            (name, bytes.unwrap_or_default())
        });
        found.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Image, State};
    use crate::disk::file::Luck;
    use crate::rig::Chance;

    #[test]
    fn names_count_once_their_folder_is_synced() {
        let mut chance = Chance::new(1);
        let mut state = State::of(&Image::from([("old".to_owned(), b"o".to_vec())]));
        let number = state.create("new");
        let file = state.file(number).unwrap();
        file.write(0, b"n");
        file.sync();
        assert!(state.remove("old"));
        let cut = state.after_cut(Luck::NONE, &mut chance);
        assert_eq!(cut.keys().collect::<Vec<_>>(), ["old"]);
        assert_eq!(state.after_kill().keys().collect::<Vec<_>>(), ["new"]);
        state.sync_names();
        let cut = state.after_cut(Luck::NONE, &mut chance);
        assert_eq!(cut, Image::from([("new".to_owned(), b"n".to_vec())]));
        assert!(state.rename("new", "other"));
        let cuts: Vec<_> = (0..100)
            .map(|_| {
                state.after_cut(
                    Luck {
                        share: 50,
                        ..Luck::NONE
                    },
                    &mut chance,
                )
            })
            .collect();
        assert!(cuts.iter().all(|cut| cut.len() == 1));
        assert!(cuts.iter().any(|cut| cut.contains_key("new")));
        assert!(cuts.iter().any(|cut| cut.contains_key("other")));
    }
}
