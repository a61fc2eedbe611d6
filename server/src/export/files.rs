//! The files that responses name, put where a person finds them from a table's cell.

use crate::cli::WholeFile;
use crate::store::MediaReader;
use anyhow::Context;
use std::collections::HashMap;
use std::path::PathBuf;

/// Writes files beside the tables; without a folder it only counts those that have not come.
#[derive(Debug)]
pub struct Files {
    reader: MediaReader,
    folder: Option<PathBuf>,
    /// A folder for each question, so that all its pictures can be looked through.
    questions: HashMap<String, String>,
    /// How many were written.
    pub written: u64,
    /// How many are named and have not come.
    pub missing: u64,
    /// Where one of these is named.
    pub example: String,
}

impl Files {
    /// For the files of a survey's responses.
    pub fn new(reader: MediaReader, folder: Option<PathBuf>) -> Self {
        Self {
            reader,
            folder,
            questions: HashMap::new(),
            written: 0,
            missing: 0,
            example: String::new(),
        }
    }

    /// What the cell says of a file: its place within the folder, `photo/INSTANCE.jpg` or within a repeat
    /// `member-photo/INSTANCE-2.jpg`; the phone's name for it where it is not written.
    ///
    /// `at` is the response's id, and the place of each instance around the question.
    pub fn cell(&mut self, name: &str, question: &str, at: &[String]) -> anyhow::Result<String> {
        if !self.reader.has(name)? {
            self.missing += 1;
            if self.example.is_empty() {
                self.example = format!("{question} of {}", at.join(", "));
            }
            return Ok(name.to_owned());
        }
        let Some(folder) = self.folder.clone() else {
            return Ok(name.to_owned());
        };
        let ending = name.rsplit('.').next().unwrap_or("bin");
        let place = format!("{}/{}.{ending}", self.folder_of(question), at.join("-"));
        let path = folder.join(&place);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).with_context(|| format!("can't make {}", parent.display()))?;
        }
        let mut file = WholeFile::create(&path)?;
        self.reader
            .copy(name, &mut file)
            .with_context(|| format!("can't write {}", path.display()))?;
        file.finish()?;
        self.written += 1;
        Ok(place)
    }

    /// A name that every system takes; where two questions differ in capitals alone, some would take them for one.
    fn folder_of(&mut self, question: &str) -> String {
        if let Some(known) = self.questions.get(question) {
            return known.clone();
        }
        let safe = |c: char| if c.is_alphanumeric() || c == '_' { c } else { '-' };
        let mut folder: String = question.chars().map(safe).collect();
        let is_taken = |folder: &str| {
            let lower = folder.to_lowercase();
            self.questions.values().any(|known| known.to_lowercase() == lower)
        };
        while is_taken(&folder) {
            folder.push('_');
        }
        self.questions.insert(question.to_owned(), folder.clone());
        folder
    }
}
