//! Takes outbox files in, one after the other, and keeps count.

use crate::cli::counted;
use crate::intake::{Intake, MOST, Refusal, Why};
use crate::outbox_file::{Bytes, Entry, Line, OutboxFile, each_line};
use crate::ready::Cache;
use crate::sender::Sender;
use crate::store::{Incoming, IncomingFile, Receipt, Store, now};
use baraza_forms::hex;
use indicatif::ProgressBar;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Lines in one commit.
const TOGETHER: usize = 100;
/// What is told of one file; the rest is counted.
const MOST_TOLD: u64 = 20;
/// Characters of a message that are shown.
const LONGEST_TOLD: usize = 400;
/// Bytes of responses that a compressed file may unpack to; a phone does not compress.
const MOST_UNPACKED: u64 = 256 << 20;

/// What has become of all that was in the files.
#[derive(Debug, Default)]
pub struct Tally {
    stored: u64,
    already: u64,
    conflicts: u64,
    not_understood: u64,
    files: u64,
    /// How much is not in.
    pub problems: u64,
}

impl Tally {
    /// For a person, in a line.
    pub fn summary(&self) -> String {
        format!(
            "{} stored, {} already there, {}, {} not understood, {}",
            self.stored,
            self.already,
            counted(self.conflicts, "conflict"),
            self.not_understood,
            counted(self.files, "file")
        )
    }
}

/// Takes outbox files in.
pub struct Importer<'a> {
    store: &'a Store,
    intake: Intake<'a>,
    most_media: u64,
    /// Understood and not yet written, with their lines.
    waiting: Vec<(u64, Incoming)>,
    tally: Tally,
    bar: ProgressBar,
    /// The file that is read.
    path: PathBuf,
    /// What was told of it.
    told: u64,
}

impl<'a> Importer<'a> {
    /// For a store, from a sender.
    pub fn new(
        store: &'a Store,
        forms: &'a Cache,
        sender: &'a Sender,
        most_media: u64,
        bar: ProgressBar,
    ) -> Self {
        Self {
            store,
            intake: Intake::new(store, forms, sender),
            most_media,
            waiting: Vec::new(),
            tally: Tally::default(),
            bar,
            path: PathBuf::new(),
            told: 0,
        }
    }

    /// What has become of everything.
    pub fn finish(self) -> Tally {
        self.bar.finish_and_clear();
        self.tally
    }

    /// The files that responses name first, so that no response is there without them. Fails only where the database
    /// does.
    pub fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        (self.path, self.told) = (path.to_owned(), 0);
        let mut outbox = match OutboxFile::open(path) {
            Ok(outbox) => outbox,
            Err(error) => {
                self.problem(&format!("can't be read: {error}"));
                return Ok(());
            }
        };
        if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
            self.problem("the file is empty");
            return Ok(());
        }
        if let Some(damage) = outbox.damage() {
            self.problem(damage);
        }
        let rest = outbox.entries(|path, bytes| self.media_entry(path, bytes))?;
        if let Some(why) = rest {
            self.problem(&format!("the rest of the ZIP can't be read: {why}"));
        }
        let mut found = false;
        outbox.entries(|path, bytes| {
            if Entry::at(path) == Entry::Responses {
                found = true;
                self.responses(bytes)?;
            }
            Ok(())
        })?;
        if !found {
            self.problem("holds no responses.ndjson, which a phone's outbox has");
        }
        if self.told > MOST_TOLD {
            let more = self.told - MOST_TOLD;
            self.say(&format!("and {more} more of the like"));
        }
        Ok(())
    }

    fn media_entry(&mut self, path: &str, bytes: Bytes<'_>) -> anyhow::Result<()> {
        let taken = match (Entry::at(path), bytes) {
            (Entry::Responses | Entry::Folder, _) => return Ok(()),
            (Entry::Other, _) => Err("no part of a phone's outbox".to_owned()),
            (Entry::File { .. }, Err(why)) => Err(why),
            (Entry::File { survey, name }, Ok(bytes)) => self.media(&survey, name, bytes)?,
        };
        match taken {
            Ok(()) => self.tally.files += 1,
            Err(why) => {
                let shown: String = path.chars().take(150).collect();
                self.problem(&format!("'{shown}' was not taken: {why}"));
            }
        }
        Ok(())
    }

    /// Stores a file; the inner error says why it is not taken.
    fn media(
        &mut self,
        survey: &str,
        name: String,
        bytes: &mut dyn Read,
    ) -> anyhow::Result<Result<(), String>> {
        let survey = match self.store.takes_files(survey)? {
            Some((survey, true)) => survey,
            Some((_, false)) => return Ok(Err("no version of its survey asks for files".into())),
            None => return Ok(Err("there is no such survey here: publish its form first".into())),
        };
        let (mut hash, mut size, mut kept) = (Sha256::new(), 0, self.store.arriving());
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Ok(Err(format!("damaged or cut off: {error}"))),
            };
            size += read as u64;
            if size > self.most_media {
                let limit = self.most_media >> 20;
                return Ok(Err(format!(
                    "larger than {limit} MB: allow more with --media-limit-mb"
                )));
            }
            hash.update(&buffer[..read]);
            kept.write_all(&buffer[..read])?;
        }
        self.bar.inc(size);
        if !name.starts_with(&format!("{}.", hex(&hash.finalize()))) {
            return Ok(Err(
                "its bytes are not those that its name says: damaged or cut off".into(),
            ));
        }
        self.store.put_file_now(IncomingFile {
            survey,
            name,
            size,
            received_at: now(),
            bytes: kept,
        })?;
        Ok(Ok(()))
    }

    fn responses(&mut self, bytes: Bytes<'_>) -> anyhow::Result<()> {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(why) => {
                self.problem(&format!("responses.ndjson: {why}"));
                return Ok(());
            }
        };
        let on_disk = std::fs::metadata(&self.path).map_or(0, |file| file.len());
        let mut bounded = bytes.take(MOST_UNPACKED.max(on_disk) + 1);
        let ended = each_line(&mut bounded, MOST, |number, line| match line {
            Line::Whole(line) => {
                self.bar.inc(line.len() as u64 + 1);
                self.line(number, line)
            }
            Line::TooLong => self.refused(number, Why::TooLarge),
        })?;
        self.flush()?;
        if let Some(error) = ended {
            self.problem(&format!("responses.ndjson is damaged or cut off: {error}"));
        }
        if bounded.limit() == 0 {
            let limit = MOST_UNPACKED >> 20;
            self.problem(&format!(
                "responses.ndjson unpacks to more than {limit} MB: the rest was not read"
            ));
        }
        Ok(())
    }

    fn line(&mut self, number: u64, line: &[u8]) -> anyhow::Result<()> {
        match self.intake.take(line, None) {
            Ok(incoming) => self.waiting.push((number, incoming)),
            Err(Refusal { why, .. }) => self.refused(number, why)?,
        }
        if self.waiting.len() == TOGETHER {
            self.flush()?;
        }
        Ok(())
    }

    fn refused(&mut self, number: u64, why: Why) -> anyhow::Result<()> {
        if let Why::Unreadable(cause) = why {
            return Err(cause);
        }
        self.tally.not_understood += 1;
        let hint = if matches!(why, Why::NoSurvey(_)) {
            ": publish its form first"
        } else {
            ""
        };
        self.problem(&format!("line {number} was not taken: {why}{hint}"));
        Ok(())
    }

    /// Writes what waits, in one commit.
    fn flush(&mut self) -> anyhow::Result<()> {
        let (lines, responses): (Vec<u64>, Vec<Incoming>) = self.waiting.drain(..).unzip();
        for ((line, response), receipt) in lines.iter().zip(&responses).zip(self.store.put_all(&responses)?) {
            match receipt {
                Receipt::Conflict => {
                    self.tally.conflicts += 1;
                    let id = &response.instance_id;
                    let message = format!(
                        "line {line}: another response with the instance ID {id} is stored; both are kept"
                    );
                    self.tell(&message);
                }
                Receipt::AlreadyStored => self.tally.already += 1,
                _ => self.tally.stored += 1,
            }
        }
        Ok(())
    }

    /// Something is not in.
    fn problem(&mut self, message: &str) {
        self.tally.problems += 1;
        self.tell(message);
    }

    /// Tells a person, unless they have been told enough.
    fn tell(&mut self, message: &str) {
        self.told += 1;
        if self.told <= MOST_TOLD {
            self.say(message);
        }
    }

    /// Whoever made the file chose some of these words: none of them may steer a terminal.
    fn say(&self, message: &str) {
        let mut shown = String::new();
        for c in message.chars().take(LONGEST_TOLD) {
            match c {
                c if c.is_control() => shown.extend(c.escape_default()),
                c => shown.push(c),
            }
        }
        self.bar.suspend(|| eprintln!("{}: {shown}", self.path.display()));
    }
}
