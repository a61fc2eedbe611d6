//! Tells answers that would go on for ever that the server stops.

use std::sync::Arc;
use tokio::sync::watch;

/// Whether the server stops; clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Stopping(Arc<watch::Sender<bool>>);

impl Stopping {
    /// It stops.
    pub fn tell(&self) {
        self.0.send_replace(true);
    }

    /// Done when it does.
    pub async fn told(&self) {
        // The sender is here as well, so that it can't have gone.
        let _ = self.0.subscribe().wait_for(|stops| *stops).await;
    }
}
