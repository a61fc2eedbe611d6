//! Progress on a terminal; nothing elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with a count; it draws on the error output, and only where that is a terminal.
pub fn bar(what: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}
