//! Texts into HTML.

/// A text that is nothing but a text, in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // No XML may hold them.
            c if c.is_control() && !c.is_whitespace() => {}
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// The beginning of a text that is too long for its place.
pub fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= most {
        return text;
    }
    let cut: String = text.chars().take(most - 1).collect();
    let end = cut
        .rfind(' ')
        .filter(|end| *end > cut.len() / 2)
        .unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// An id that any key can be: what is no letter, digit, `_` or `-` is written by its number.
pub fn id(key: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let written = key.chars().map(|c| {
        if fits(c) {
            c.to_string()
        } else {
            format!(".{:x}", u32::from(c))
        }
    });
    format!("q-{}", written.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::{escape, id, shortened};

    #[test]
    fn a_text_stays_a_text() {
        assert_eq!(
            escape("<b title=\"x\">'Q & A'\u{0}</b>"),
            "&lt;b title=&quot;x&quot;&gt;&#39;Q &amp; A&#39;&lt;/b&gt;"
        );
        assert_eq!((id("a/b"), id("a.b")), ("q-a.2fb".into(), "q-a.2eb".into()));
    }

    #[test]
    fn a_long_text_is_cut_between_words() {
        assert_eq!(shortened("short", 10), "short");
        assert_eq!(shortened("one two  three four", 12), "one two…");
        assert_eq!(shortened("abcdefghijklmnop", 5), "abcd…");
    }
}
