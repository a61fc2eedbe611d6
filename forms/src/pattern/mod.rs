//! Regular expressions as JavaScript reads them, so that phone and server agree.

mod ambiguity;
mod automaton;

use fancy_regex::{Regex, RegexBuilder};

/// Steps a pattern may backtrack before it counts as not matching; bounds hostile patterns.
const MOST_STEPS: usize = 100_000;

/// Compiles a pattern that has to match a whole value.
///
/// # Errors
/// What is wrong with the pattern.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    if let Some(why) = foreign(pattern) {
        return Err(why);
    }
    RegexBuilder::new(&format!("^(?:{})$", translate(pattern)))
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(1 << 20)
        .build()
        .map_err(|error| error.to_string())
}

/// What is to be said of a pattern that some values make a phone try in exponentially many ways.
#[derive(Debug)]
pub struct Explodes {
    /// Which part, why, and the mend.
    pub message: String,
    /// Whether only answers longer than anybody types do it.
    pub slow: bool,
}

/// Whether a pattern would take a phone minutes or years on some values.
pub fn explosion(pattern: &str) -> Option<Explodes> {
    let found = ambiguity::explosion(pattern)?;
    let (part, slow) = (found.part, found.slow);
    let mend = part.instead.map_or_else(
        || "write it so that each text fits in one way only, for instance with a character between the repeated parts that must be there".to_owned(),
        |instead| format!("write '{}' instead of '{}'", short(&instead), short(&part.text)),
    );
    let when = if slow { "on very long answers" } else { "" };
    let message = format!(
        "the pattern '{}' can take minutes on a phone{}{when}: its part '{}' fits the same text in very many ways, and a value that does not match is tried in all of them; {mend}",
        short(pattern),
        if slow { " " } else { "" },
        short(&part.text)
    );
    Some(Explodes { message, slow })
}

/// What Java's or Rust's patterns have and a browser's have not, with what to write instead: there it would never
/// match, or match something else.
fn foreign(pattern: &str) -> Option<String> {
    let chars: Vec<char> = pattern.chars().collect();
    let (mut at, mut in_class) = (0, false);
    while at < chars.len() {
        let next = |further: usize| chars.get(at + further).copied().unwrap_or(' ');
        match chars[at] {
            '\\' => {
                let mend = match next(1) {
                    'A' => "^",
                    'z' | 'Z' => "$",
                    'h' => "[ \\t]",
                    'Q' | 'E' => "a \\ before each sign that has a meaning",
                    _ => "",
                };
                if !mend.is_empty() {
                    return Some(format!("browsers have no '\\{}': write {mend}", next(1)));
                }
                at += 1;
            }
            '[' if !in_class => in_class = true,
            ']' => in_class = false,
            _ if in_class => {}
            '(' if next(1) == '?' => {
                let named = next(2) == '<' && (next(3).is_alphabetic() || matches!(next(3), '=' | '!' | '_'));
                if !matches!(next(2), ':' | '=' | '!') && !named {
                    return Some(format!(
                        "browsers have no '(?{}': for capitals and small letters alike write both, as in [Aa]",
                        next(2)
                    ));
                }
            }
            '*' | '+' | '?' | '}' if next(1) == '+' => {
                return Some(format!("browsers have no '{}+': leave the last + out", chars[at]));
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// A text for a message: its beginning where it is long.
pub fn short(text: &str) -> String {
    const MOST: usize = 120;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

const SPACES: &str =
    r"\t\n\x0B\x0C\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// Spells out the classes that mean more characters in Rust than in JavaScript.
fn translate(pattern: &str) -> String {
    let mut out = String::new();
    let mut in_class = false;
    let mut after_shorthand = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        let was_shorthand = std::mem::replace(&mut after_shorthand, false);
        match (c, in_class) {
            ('\\', _) => {
                let escaped = chars.next();
                after_shorthand = in_class && matches!(escaped, Some('d' | 'w' | 's'));
                match (escaped, in_class) {
                    (Some('d'), false) => out += "[0-9]",
                    (Some('d'), true) => out += "0-9",
                    (Some('D'), false) => out += "[^0-9]",
                    (Some('w'), false) => out += "[A-Za-z0-9_]",
                    (Some('w'), true) => out += "A-Za-z0-9_",
                    (Some('W'), false) => out += "[^A-Za-z0-9_]",
                    (Some('s'), false) => out += &format!("[{SPACES}]"),
                    (Some('s'), true) => out += SPACES,
                    (Some('S'), false) => out += &format!("[^{SPACES}]"),
                    (Some(other), _) => out.extend(['\\', other]),
                    (None, _) => out.push('\\'),
                }
            }
            ('[', false) => {
                in_class = true;
                out.push('[');
            }
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            // Rust gives these a meaning within a class.
            ('[' | '&' | '~', true) => out.extend(['\\', c]),
            // No range can begin or end with a class: the hyphen stands for itself.
            ('-', true) if was_shorthand || chars.peek() == Some(&'\\') => out += r"\-",
            ('.', false) => out += r"[^\n\r\u{2028}\u{2029}]",
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::compile;

    fn whole(pattern: &str, value: &str) -> bool {
        compile(pattern)
            .expect("a pattern")
            .is_match(value)
            .unwrap_or(false)
    }

    #[test]
    fn matches_the_whole_value_with_ascii_digits() {
        assert!(whole(r"\d{3}", "123"));
        assert!(!whole(r"\d{3}", "1234"));
        assert!(!whole(r"\d{3}", "١٢٣"));
        assert!(whole(r"^[0-9]{2}[/][0-9]{4}$", "03/2024"));
        assert!(whole(r"[^[&]+", "abc"));
        assert!(whole(
            r"^[\w-\.]+@([\w-]+\.)+[\w-]{2,}$",
            "some-one@mail.example.org"
        ));
        assert!(whole(r"(?!0)[0-9]+", "10") && !whole(r"(?!0)[0-9]+", "01"));
    }

    #[test]
    fn what_browsers_do_not_have_is_told_with_the_mend() {
        for (pattern, mend) in [
            ("(?i)abc", "[Aa]"),
            (r"\Aabc\z", "write ^"),
            ("a++b", "leave the last + out"),
            ("(?>a|b)", "browsers have no '(?>'"),
            ("(?P<x>a)", "browsers have no '(?P'"),
        ] {
            assert!(compile(pattern).is_err_and(|e| e.contains(mend)), "{pattern}");
        }
        for pattern in [
            "(?:a)+",
            "(?=a)a",
            "(?<!b)a",
            "(?<x>a)",
            r"\(?\+?[0-9]+",
            "[(?i)+]+",
            r"\++a",
        ] {
            assert!(compile(pattern).is_ok(), "{pattern}: {:?}", compile(pattern));
        }
    }

    #[test]
    fn a_pattern_that_explodes_ends() {
        assert!(!whole(r"(a+)+(?=b)", &"a".repeat(60)));
        assert!(compile("(").is_err());
    }
}
