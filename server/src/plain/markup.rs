//! Label text → HTML: the little of Markdown and HTML that labels are written with, as `server/web/markup.js` reads
//! it. Everything else is escaped, whatever it says.

use baraza_forms::Shown;
use fancy_regex::{Captures, Regex};
use std::sync::OnceLock;

/// Values are put in as characters of the private use area while markup is read, so that none is taken for markup.
const FIRST: u32 = 0xe000;
const MOST: usize = 0x1800;

struct Patterns {
    tag: Regex,
    inline: Regex,
    link: Regex,
    heading: Regex,
}

fn patterns() -> Option<&'static Patterns> {
    static ALL: OnceLock<Option<Patterns>> = OnceLock::new();
    ALL.get_or_init(|| {
        Some(Patterns {
            tag: Regex::new(
                r"(?i)<(/?)(b|i|em|strong|br|span|font|p|u|div|small|big|center|h[1-6])(\s[^<>]*)?/?>",
            )
            .ok()?,
            inline: Regex::new(
                r"(?s)\*\*(?=\S)(.*?\S)\*\*|__(?=\S)(.*?\S)__|\*(?=[^\s*])([^*]*[^\s*])\*|(^|[^A-Za-z0-9_])_(?=[^\s_])([^_]*[^\s_])_(?![A-Za-z0-9_])",
            )
            .ok()?,
            // No answer goes into an address: whoever owns it would learn it.
            link: Regex::new(r"\[([^\]\[\n]+)\]\((https?://[^\s()<>\x{e000}-\x{f8ff}]+)\)").ok()?,
            heading: Regex::new(r"^#{1,6}\s+(.*)$").ok()?,
        })
    })
    .as_ref()
}

/// Text that means itself.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&#34;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

/// A label as HTML.
pub fn html(parts: &[Shown]) -> String {
    let Some(patterns) = patterns() else {
        return escaped(&plain(parts));
    };
    let mut values = Vec::new();
    let mut source = String::new();
    for part in parts {
        match part {
            Shown::Words(words) => source += words,
            Shown::Value(value) => {
                source.extend(char::from_u32(FIRST + values.len().min(MOST) as u32));
                values.push(value.as_str());
            }
        }
    }
    let source = without_tags(&source, &patterns.tag);
    let reader = Reader { patterns, values };
    let lines: Vec<String> = source.trim().lines().map(|line| reader.line(line)).collect();
    lines.join("<br>")
}

/// The words of a label, without markup.
pub fn plain(parts: &[Shown]) -> String {
    let text: String = parts
        .iter()
        .map(|part| match part {
            Shown::Words(text) | Shown::Value(text) => text.as_str(),
        })
        .collect();
    let mut out = String::new();
    let mut rest = text.as_str();
    // A sign that closes nothing stays.
    while let Some((before, after)) = rest.split_once('<') {
        out += before;
        if let Some((_, after)) = after.split_once('>') {
            rest = after;
        } else {
            out.push('<');
            rest = after;
        }
    }
    out += rest;
    out.replace(['*', '_', '#'], "").trim().to_owned()
}

fn without_tags(text: &str, tag: &Regex) -> String {
    let put = |found: &Captures<'_, str>| {
        let name = found[2].to_lowercase();
        match name.as_str() {
            "b" | "strong" => "**",
            "br" => "\n",
            "p" | "div" if &found[1] == "/" => "\n",
            heading if heading.starts_with('h') && &found[1] == "/" => "\n",
            _ => "",
        }
        .to_owned()
    };
    tag.replace_all(text, put)
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

struct Reader<'a> {
    patterns: &'a Patterns,
    values: Vec<&'a str>,
}

impl Reader<'_> {
    fn line(&self, line: &str) -> String {
        match self.patterns.heading.captures(line) {
            Ok(Some(found)) => format!("<strong>{}</strong>", self.inline(&found[1])),
            _ => self.inline(line),
        }
    }

    /// Labels are as deep as their markup, which a form's limit on the length of cells bounds; the rest is a loop.
    fn inline(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Ok(Some(found)) = self.patterns.link.captures(rest) {
            let whole = found.get(0).map_or(0..0, |m| m.range());
            out += &self.emphasis(&rest[..whole.start]);
            // The survey stays open.
            out += &format!(
                r#"<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>"#,
                escaped(&found[2]),
                self.emphasis(&found[1])
            );
            rest = &rest[whole.end..];
        }
        out + &self.emphasis(rest)
    }

    fn emphasis(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Ok(Some(found)) = self.patterns.inline.captures(rest) {
            let whole = found.get(0).map_or(0..0, |m| m.range());
            out += &self.words(&rest[..whole.start]);
            let group = |at: usize| found.get(at).map(|m| m.as_str());
            if let Some(bold) = group(1).or(group(2)) {
                out += &format!("<strong>{}</strong>", self.emphasis(bold));
            } else {
                out += &self.words(group(4).unwrap_or_default());
                let words = group(3).or(group(5)).unwrap_or_default();
                out += &format!("<em>{}</em>", self.emphasis(words));
            }
            rest = &rest[whole.end..];
        }
        out + &self.words(rest)
    }

    /// An answer may be written in the other direction than the label around it.
    fn words(&self, text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            let at = (c as u32).checked_sub(FIRST).map(|at| at as usize);
            match at.and_then(|at| self.values.get(at)) {
                Some(value) => out += &format!("<bdi>{}</bdi>", escaped(value)),
                None => out += &escaped(c.encode_utf8(&mut [0; 4])),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::{html, plain};
    use baraza_forms::Shown;

    fn words(text: &str) -> Vec<Shown> {
        vec![Shown::Words(text.into())]
    }

    #[test]
    fn labels_have_a_little_markup_and_everything_else_is_text() {
        for (label, wanted) in [
            ("How old?", "How old?"),
            (
                "**Very** *old* __and__ _wise_",
                "<strong>Very</strong> <em>old</em> <strong>and</strong> <em>wise</em>",
            ),
            ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
            ("# Part\nTwo<br>lines", "<strong>Part</strong><br>Two<br>lines"),
            (
                "<span style=\"color:red\">Red</span> <b>bold</b>",
                "Red <strong>bold</strong>",
            ),
            ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
            (
                "<script>alert(1)</script>",
                "&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("&lt;img src=x onerror=1&gt;", "&lt;img src=x onerror=1&gt;"),
            (
                "See [the **page**](https://example.org/?a=1&b=2).",
                r#"See <a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">the <strong>page</strong></a>."#,
            ),
            ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ] {
            assert_eq!(html(&words(label)), wanted, "{label}");
        }
    }

    #[test]
    fn an_answer_in_a_label_is_never_markup() {
        let value = |text: &str| Shown::Value(text.into());
        let label = [
            Shown::Words("Good day, **".into()),
            value("<b>*A*</b>"),
            Shown::Words("**".into()),
        ];
        assert_eq!(
            html(&label),
            "Good day, <strong><bdi>&lt;b&gt;*A*&lt;/b&gt;</bdi></strong>"
        );
        let link = [
            Shown::Words("[x](https://a.org/".into()),
            value("secret"),
            Shown::Words(")".into()),
        ];
        assert!(!html(&link).contains("<a "));
        assert_eq!(plain(&words("**Bold** <i>and</i> 1 < 2")), "Bold and 1 < 2");
    }
}
