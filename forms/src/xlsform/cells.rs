//! What cells hold that nobody typed on purpose: invisible characters, a spreadsheet's own errors.

use std::borrow::Cow;

/// A cell that is read by the program, not by a person: invisible characters left out, every space a plain one.
pub fn plain(text: &str) -> Cow<'_, str> {
    let odd = |c: char| is_invisible(c) || is_odd_space(c);
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().filter(|c| !is_invisible(*c));
    Cow::Owned(kept.map(|c| if is_odd_space(c) { ' ' } else { c }).collect())
}

/// Zero-width spaces, joiners at the ends of words that were copied from a page, and marks of direction.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_odd_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// `#REF!` and its like, which a formula leaves where it failed.
pub fn is_spreadsheet_error(text: &str) -> bool {
    matches!(
        text.trim(),
        "#REF!"
            | "#N/A"
            | "#VALUE!"
            | "#NAME?"
            | "#DIV/0!"
            | "#NULL!"
            | "#NUM!"
            | "#DATA!"
            | "#SPILL!"
            | "#CALC!"
    )
}

/// Yes or no as people write it; `None` for anything else.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "yes" | "true" | "true()" | "t" | "y" | "x" | "1" | "1.0" | "oui" | "sí" | "si" | "sim" | "ndiyo"
        | "نعم" | "ja" => Some(true),
        "no" | "false" | "false()" | "f" | "n" | "0" | "0.0" | "non" | "não" | "hapana" | "لا" | "nein" => {
            Some(false)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_is_copied_from_a_page_reads_as_it_looks() {
        assert_eq!(plain("select_one\u{a0}yes\u{200b}no\u{feff}"), "select_one yesno");
        assert_eq!(plain("نعم\u{200f}"), "نعم");
        assert_eq!(
            plain("می\u{200c}خواهم"),
            "می\u{200c}خواهم",
            "Persian needs its joiner"
        );
    }
}
