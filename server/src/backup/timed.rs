//! Backups by the clock, while the server serves. What goes wrong is told and tried again; it stops nothing else.

use super::make::{Made, Order, Stop, default_name, make, stem};
use super::workroom::sweep;
use super::{Recipients, name_of};
use crate::store::{SERVER, Store};
use anyhow::bail;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest until what failed is tried again.
const AGAIN: Duration = Duration::from_mins(5);

/// When, where to, and how many.
#[derive(Debug)]
pub struct Schedule {
    /// The folder; it is not made, since one that is missing is a medium that was taken out.
    pub folder: PathBuf,
    /// From one to the next.
    pub every: Duration,
    /// How many are kept.
    pub keep: usize,
    /// Whom they are encrypted to.
    pub recipients: Option<Recipients>,
}

/// How backups by the clock are going.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastBackup {
    /// When the last one was whole; none since the start where there is nothing.
    pub at: Option<Timestamp>,
    /// What it is called.
    pub file: Option<String>,
    /// Why the last attempt failed; nothing where it did not.
    pub trouble: Option<String>,
}

/// The thread that makes them; it ends when this is dropped.
#[derive(Debug)]
pub struct Timed {
    state: Arc<Mutex<LastBackup>>,
    stop: Stop,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// `6h`, `30m`, `1d`, `1h 30m`
pub fn every(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time span: write it as 30m, 6h or 1d");
    let span: Span = text.parse().map_err(|_| wrong())?;
    let duration: SignedDuration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| wrong())?;
    match Duration::try_from(duration) {
        Ok(duration) if duration >= Duration::from_secs(1) => Ok(duration),
        _ => Err(wrong()),
    }
}

impl Timed {
    /// Starts the thread.
    pub fn start(store: Store, schedule: Schedule) -> Self {
        let found = existing(&schedule.folder, store.path());
        let at = found.last().and_then(|path| moment_of(path, store.path()));
        let state = Arc::new(Mutex::new(LastBackup {
            at,
            file: found.last().map(|path| name_of(path)),
            trouble: None,
        }));
        let (stop, (end, ended)) = (Stop::default(), channel());
        let worker = Worker {
            store,
            schedule,
            state: Arc::clone(&state),
            stop: stop.clone(),
        };
        let thread = Some(std::thread::spawn(move || worker.run(at, &ended)));
        Self {
            state,
            stop,
            end: Some(end),
            thread,
        }
    }

    /// A view of how it is going, for who tells of the server's health.
    pub fn state(&self) -> Arc<Mutex<LastBackup>> {
        Arc::clone(&self.state)
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        self.stop.stop();
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Worker {
    store: Store,
    schedule: Schedule,
    state: Arc<Mutex<LastBackup>>,
    stop: Stop,
}

impl Worker {
    fn run(&self, last: Option<Timestamp>, ended: &std::sync::mpsc::Receiver<()>) {
        let mut wait = self.until_due(last);
        while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            let made = self.once();
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            match made {
                Ok(made) => {
                    *state = LastBackup {
                        at: Some(Timestamp::now()),
                        file: Some(name_of(&made.path)),
                        trouble: None,
                    };
                    wait = self.schedule.every;
                }
                Err(error) => {
                    let why = format!("{error:#}");
                    tracing::error!("no backup was made: {why}");
                    state.trouble = Some(why);
                    wait = self.schedule.every.min(AGAIN);
                }
            }
        }
    }

    /// From the last one on, and never longer than from one to the next, whatever the clock did since.
    fn until_due(&self, last: Option<Timestamp>) -> Duration {
        let Some(last) = last else {
            return Duration::ZERO;
        };
        let since = Duration::try_from(Timestamp::now().duration_since(last)).unwrap_or_default();
        self.schedule.every.saturating_sub(since)
    }

    fn once(&self) -> anyhow::Result<Made> {
        let (db, folder) = (self.store.path(), &self.schedule.folder);
        if !folder.is_dir() {
            bail!("there is no folder {}: is its medium there?", folder.display());
        }
        let recipients = self.schedule.recipients.as_ref();
        let order = Order {
            db,
            to: &folder.join(default_name(db, recipients.is_some())),
            may_replace: false,
            recipients,
            is_checked: true,
        };
        let made = make(&order, &self.stop, &mut |_, _, _| {})?;
        if let Err(error) = made.note(&self.store, SERVER) {
            tracing::warn!("can't note the backup in the audit log: {error}");
        }
        let mut kept = existing(folder, db);
        kept.truncate(kept.len().saturating_sub(self.schedule.keep));
        for old in kept {
            std::fs::remove_file(&old)
                .unwrap_or_else(|error| tracing::warn!("can't remove {}: {error}", old.display()));
        }
        Ok(made)
    }
}

/// Removes what a server that was killed left of backups, beside the database and in their folder.
pub fn sweep_up(db: &Path, folder: Option<&Path>) {
    sweep(super::folder_of(db));
    if let Some(folder) = folder {
        sweep(folder);
    }
}

/// A database's backups by the clock, the oldest first. Other files are never touched.
fn existing(folder: &Path, db: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| moment_of(path, db).is_some())
        .collect();
    found.sort();
    found
}

/// The moment in a backup's name.
fn moment_of(path: &Path, db: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let rest = name.strip_prefix(&stem(db))?.strip_prefix('-')?;
    let moment = rest
        .strip_suffix(".db.age")
        .or_else(|| rest.strip_suffix(".db"))?;
    let moment = jiff::civil::DateTime::strptime("%Y-%m-%dT%H%M%SZ", moment).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(moment).ok()
}

#[cfg(test)]
mod tests {
    use super::{default_name, every, existing, moment_of};
    use jiff::Timestamp;
    use std::path::Path;
    use std::time::Duration;

    #[test]
    fn a_name_says_when_it_was_made() {
        for (db, is_encrypted) in [("baraza.db", false), ("/a/north-east.db", true)] {
            let (db, before) = (Path::new(db), Timestamp::now());
            let made = moment_of(Path::new(&default_name(db, is_encrypted)), db).unwrap();
            assert!(before.duration_since(made).as_secs().abs() <= 1, "{made}");
        }
    }

    #[test]
    fn other_files_are_no_backups() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "baraza-2026-11-24T120000Z.db",
            "baraza-2026-11-23T120000Z.db.age",
            "baraza.db",
            "baraza-copy.db",
            "north-2026-11-24T120000Z.db",
            "baraza-2026-11-24T120000Z.db-wal",
            "baraza-2026-13-24T120000Z.db",
        ];
        for name in names {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = existing(folder.path(), Path::new("baraza.db"));
        assert_eq!(
            found,
            [folder.path().join(names[1]), folder.path().join(names[0])]
        );
    }

    #[test]
    fn spans_are_written_as_people_write_them() {
        for (text, hours) in [("6h", 6.0), ("30m", 0.5), ("1d", 24.0), ("1h 30m", 1.5)] {
            assert_eq!(
                every(text).unwrap(),
                Duration::from_secs_f64(hours * 3600.0),
                "{text}"
            );
        }
        for text in ["", "6", "-6h", "0s", "soon", "1 month"] {
            assert!(every(text).is_err(), "{text}");
        }
    }
}
