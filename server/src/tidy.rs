//! What is tidied up by the clock, while the server serves: files whose responses never came.

use crate::store::{SERVER, Store};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest from one look to the next.
const EVERY: Duration = Duration::from_hours(6);
/// The longest until the first: phones that waited for the server are answered before.
const FIRST: Duration = Duration::from_mins(10);

/// The thread that tidies up; it ends when this is dropped.
#[derive(Debug)]
pub struct Tidy {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Tidy {
    /// Starts the thread, which removes files that no response names so long after they came.
    pub fn start(store: Store, after: Duration) -> Self {
        let (end, ended) = channel();
        let every = (after / 4).clamp(Duration::from_secs(1), EVERY);
        let thread = std::thread::spawn(move || {
            let mut wait = every.min(FIRST);
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                // What is wrong with a database is told by whoever meets it first; the next look comes.
                match store.drop_unnamed(after, SERVER) {
                    Ok(dropped) if dropped.files > 0 => {
                        tracing::info!("removed {} files that no response names", dropped.files);
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!("can't remove files that no response names: {error}"),
                }
                wait = every;
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Tidy {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
