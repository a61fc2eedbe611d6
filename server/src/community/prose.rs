//! What people wrote, as it stands in a page: escaped, and with its telephone numbers in their own direction. In a text
//! from right to left a browser sets the groups of a number in reverse, `456 123 0800`, and nobody reaches anybody.

use askama::filters::HtmlSafe;
use std::cmp::Ordering;
use std::fmt::{self, Display, Formatter, Write as _};

/// Digits from which on a run of them is taken for a number to call. Fewer are years, ages and hours, which read well.
const FEWEST: usize = 6;

/// A text that was written by people, ready for a page.
#[derive(Debug, Clone, Copy)]
pub struct Prose<'a>(&'a str);

impl HtmlSafe for Prose<'_> {}

/// Puts a text into a page.
pub fn prose(text: &str) -> Prose<'_> {
    Prose(text)
}

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, number, after)) = next_number(rest) {
            escaped(before, f)?;
            // `bdo` rather than `bdi`: Arabic digits with spaces between them are reversed in any isolate.
            f.write_str("<bdo dir=\"ltr\">")?;
            escaped(number, f)?;
            f.write_str("</bdo>")?;
            rest = after;
        }
        escaped(rest, f)
    }
}

fn escaped(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    for letter in text.chars() {
        match letter {
            '&' => f.write_str("&#38;")?,
            '<' => f.write_str("&#60;")?,
            '>' => f.write_str("&#62;")?,
            '"' => f.write_str("&#34;")?,
            '\'' => f.write_str("&#39;")?,
            _ => f.write_char(letter)?,
        }
    }
    Ok(())
}

/// What stands before the first number of a text, the number, and what follows it.
fn next_number(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find(begins) {
        let start = from + found;
        let run = run(&text[start..]);
        if let Some((skipped, number)) = number(run) {
            let (before, after) = (start + skipped, start + skipped + number.len());
            return Some((&text[..before], number, &text[after..]));
        }
        let first = text[start..].chars().next().map_or(1, char::len_utf8);
        from = start + run.len().max(first);
    }
    None
}

/// Western digits, and those of Arabic and of Persian and Urdu.
fn is_digit(letter: char) -> bool {
    matches!(letter, '0'..='9' | '٠'..='٩' | '۰'..='۹')
}

fn begins(letter: char) -> bool {
    is_digit(letter) || matches!(letter, '+' | '(')
}

/// What joins the groups of a number where it stands alone between them. Two of them, as in `9 - 12`, part two numbers.
fn joins(letter: char) -> bool {
    matches!(
        letter,
        ' ' | '\u{a0}' | '\u{202f}' | '-' | '\u{2010}' | '\u{2011}' | '.' | '/'
    )
}

/// The longest beginning that may be a number.
fn run(text: &str) -> &str {
    let mut was_joined = false;
    let end = text.char_indices().find_map(|(at, letter)| {
        let is_joining = joins(letter);
        let ends = is_joining && was_joined || !(is_joining || begins(letter) || letter == ')');
        was_joined = is_joining;
        ends.then_some(at)
    });
    &text[..end.unwrap_or(text.len())]
}

/// The number in a run and how much of the run stands before it; nothing where there are too few digits.
fn number(run: &str) -> Option<(usize, &str)> {
    let mut number = run;
    loop {
        number = number.trim_end_matches(|letter| !is_digit(letter) && letter != ')');
        number = number.trim_start_matches(|letter| !begins(letter));
        let count = |which: char| number.matches(which).count();
        // A bracket whose other half is among the words belongs to these, and parts two numbers.
        number = match count('(').cmp(&count(')')) {
            Ordering::Equal => break,
            Ordering::Greater if number.starts_with('(') => &number[1..],
            Ordering::Greater => number.rsplit_once('(')?.0,
            Ordering::Less if number.ends_with(')') => &number[..number.len() - 1],
            Ordering::Less => number.split_once(')')?.1,
        };
    }
    let digits = number.chars().filter(|letter| is_digit(*letter)).count();
    // It is a part of the run, and begins where brackets were left out.
    let skipped = number.as_ptr() as usize - run.as_ptr() as usize;
    (digits >= FEWEST).then_some((skipped, number))
}

#[cfg(test)]
mod tests {
    use super::prose;

    /// The numbers that are set apart in a text, which is otherwise as it was.
    fn numbers(text: &str) -> Vec<String> {
        let html = prose(text).to_string();
        assert_eq!(
            html.replace("<bdo dir=\"ltr\">", "").replace("</bdo>", ""),
            text,
            "nothing is lost"
        );
        let parts = html.split("<bdo dir=\"ltr\">").skip(1);
        parts
            .map(|part| part.split("</bdo>").next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn numbers_to_call_keep_their_direction() {
        for (text, number) in [
            ("هاتف المكتب: 0800 123 456", "0800 123 456"),
            ("Call 0800-123-456.", "0800-123-456"),
            ("اتصل بـ +254 (0)20 123 4567، صباحًا", "+254 (0)20 123 4567"),
            ("(020) 123 4567 or come", "(020) 123 4567"),
            ("the office (0800 123 456)", "(0800 123 456)"),
            ("the office (call 0800 123 456)", "0800 123 456"),
            ("the office (0800 123 456 by day)", "0800 123 456"),
            ("هاتف ٠٨٠٠ ١٢٣ ٤٥٦", "٠٨٠٠ ١٢٣ ٤٥٦"),
            ("0800 123 456 (9 to 12)", "0800 123 456"),
            ("1) 0800 123 456", "0800 123 456"),
            ("Tél. 01.23.45.67.89 !", "01.23.45.67.89"),
            ("0800123456", "0800123456"),
        ] {
            assert_eq!(numbers(text), [number], "{text}");
        }
        assert_eq!(
            numbers("0800 123 456\n0900 123 456"),
            ["0800 123 456", "0900 123 456"]
        );
        assert_eq!(
            numbers("0800 123 456 / 0900 123 456"),
            ["0800 123 456", "0900 123 456"]
        );
    }

    #[test]
    fn other_figures_stay_in_the_text() {
        for text in [
            "",
            "من 9 إلى 12",
            "9 - 12, (see 3), 112",
            "2026 - 2027",
            "((((",
            "+ - )",
            "in 2026 (12 of 40)",
        ] {
            assert_eq!(numbers(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_looks_like_html_is_text() {
        assert_eq!(
            prose("<b>0800 123 456</b> & \"'").to_string(),
            "&#60;b&#62;<bdo dir=\"ltr\">0800 123 456</bdo>&#60;/b&#62; &#38; &#34;&#39;"
        );
    }
}
