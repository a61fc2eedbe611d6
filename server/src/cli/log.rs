//! The server's log, on standard error. It never holds answers, what signs in, or where people connect from; nor may
//! anything that people name things by end a line and begin another of their own.

use super::Format;
use std::io::Write;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;

/// Begins it. Without `BARAZA_LOG` it has errors and warnings.
pub fn start(format: Format) {
    let filter = EnvFilter::try_from_env("BARAZA_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    match format {
        Format::Text => log.with_ansi(false).with_writer(|| Lines).init(),
        // What it writes has its ends of lines escaped already, and stays what it is.
        Format::Json => log.json().flatten_event(true).with_writer(|| Lines).init(),
    }
    std::panic::set_hook(Box::new(panicked));
}

/// Tells of a panic. What it says may hold an answer where it is put together from one; what it is literally, and its
/// place in the source, can't.
fn panicked(panic: &PanicHookInfo<'_>) {
    let words = panic.payload().downcast_ref::<&'static str>().copied();
    let place = panic
        .location()
        .map(|place| format!("{}:{}", place.file(), place.line()));
    tracing::error!(
        "a panic at {}: {}",
        place.unwrap_or_default(),
        words.unwrap_or("(its words may hold data, and are not told)")
    );
}

/// Writes each entry as one line. The whole of an entry comes in one call.
struct Lines;

impl Write for Lines {
    /// A log that can't be written stops nothing: mostly it is on the disk that is full, which is what was to be told.
    /// As an error it would be told on standard error, which ends the request that meets it.
    fn write(&mut self, entry: &[u8]) -> std::io::Result<usize> {
        let line = one_line(&String::from_utf8_lossy(entry));
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
        Ok(entry.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An entry whose only end of a line is its last character; what would move the text about is written as its number.
fn one_line(entry: &str) -> String {
    let (text, end) = match entry.strip_suffix('\n') {
        Some(text) => (text, "\n"),
        None => (entry, ""),
    };
    let mut line: String = text
        .chars()
        .flat_map(|character| {
            let (plain, escaped) = if moves_text(character) {
                (None, Some(character.escape_unicode()))
            } else {
                (Some(character), None)
            };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect();
    line.push_str(end);
    line
}

/// Ends of lines, escapes of terminals, and marks that turn the direction of writing.
fn moves_text(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn nothing_begins_a_line_of_its_own() {
        assert_eq!(one_line("all well\n"), "all well\n");
        assert_eq!(
            one_line("can't remove a\r\n2026 ERROR b\u{1b}[2J\u{2028}c\u{202e}d\n"),
            "can't remove a\\u{d}\\u{a}2026 ERROR b\\u{1b}[2J\\u{2028}c\\u{202e}d\n"
        );
        assert_eq!(one_line("أمينة\n"), "أمينة\n");
    }
}
