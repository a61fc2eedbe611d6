//! Labels in the script of another language: columns that were swapped.

use super::Linted;
use crate::xlsform::Diagnostics;

/// A writing system, as far as languages are told apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Arabic,
    Hebrew,
    Cyrillic,
    Greek,
    Ethiopic,
    Devanagari,
    Bengali,
    Myanmar,
    Thai,
    Han,
}

const LATIN: &[&str] = &[
    "en", "fr", "es", "sw", "pt", "de", "it", "nl", "so", "om", "ht", "id", "ms", "vi", "tr", "rw", "rn",
    "ln", "yo", "ig", "af", "pl", "ro", "sv", "tl", "ny", "sn", "zu", "xh", "mg", "wo", "nus", "din",
];

fn script_of(tag: &str) -> Option<Script> {
    let base = tag.split('-').next().unwrap_or(tag);
    Some(match base {
        base if LATIN.contains(&base) => Script::Latin,
        "ar" | "fa" | "prs" | "ps" | "ur" | "ckb" | "ug" | "sd" => Script::Arabic,
        "he" | "yi" => Script::Hebrew,
        "ru" | "uk" | "bg" | "be" | "mk" => Script::Cyrillic,
        "el" => Script::Greek,
        "am" | "ti" => Script::Ethiopic,
        "hi" | "ne" | "mr" => Script::Devanagari,
        "bn" => Script::Bengali,
        "my" => Script::Myanmar,
        "th" => Script::Thai,
        "zh" => Script::Han,
        _ => return None,
    })
}

fn script_of_letter(c: char) -> Option<Script> {
    Some(match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{620}'..='\u{64a}'
        | '\u{66e}'..='\u{6d3}'
        | '\u{750}'..='\u{77f}'
        | '\u{fb50}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}' => Script::Arabic,
        '\u{5d0}'..='\u{5ea}' => Script::Hebrew,
        '\u{400}'..='\u{4ff}' => Script::Cyrillic,
        '\u{370}'..='\u{3ff}' => Script::Greek,
        '\u{1200}'..='\u{139f}' => Script::Ethiopic,
        '\u{904}'..='\u{939}' => Script::Devanagari,
        '\u{985}'..='\u{9b9}' => Script::Bengali,
        '\u{1000}'..='\u{103f}' => Script::Myanmar,
        '\u{e01}'..='\u{e2e}' => Script::Thai,
        '\u{4e00}'..='\u{9fff}' => Script::Han,
        _ => return None,
    })
}

/// The script that nearly all letters of a text are in.
fn script_of_text(text: &str) -> Option<Script> {
    let mut counts: Vec<(Script, usize)> = Vec::new();
    for script in text.chars().filter_map(script_of_letter) {
        match counts.iter_mut().find(|(known, _)| *known == script) {
            Some((_, count)) => *count += 1,
            None => counts.push((script, 1)),
        }
    }
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let (script, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (all >= 3 && count * 10 >= all * 8).then_some(script)
}

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    let expected: Vec<Option<Script>> = linted.form.languages.iter().map(|l| script_of(&l.tag)).collect();
    for (text, found) in linted.places.texts().iter().enumerate() {
        let script = |language: usize| {
            let there = found.there[language] && expected[language].is_some();
            there
                .then(|| script_of_text(&linted.form.text(language, text)))
                .flatten()
        };
        let wrong =
            |language: &usize| script(*language).is_some_and(|script| Some(script) != expected[*language]);
        let Some(a) = (0..expected.len()).find(wrong) else {
            continue;
        };
        let named = |language: usize| &linted.form.languages[language].name;
        let swapped = (0..expected.len())
            .find(|&b| b != a && script(b).is_some() && script(b) == expected[a] && script(a) == expected[b]);
        if let Some(b) = swapped {
            out.warn(
                found.place.clone(),
                "swapped-languages",
                format!(
                    "the texts in {} and {} look swapped, by the letters they are written in",
                    named(a),
                    named(b)
                ),
            );
        } else if (0..expected.len()).any(|b| b != a && expected[b] == script(a))
            && script(a) != Some(Script::Latin)
        {
            out.warn(
                found.place.clone(),
                "wrong-script",
                format!(
                    "the text in {} is written in the letters of another language of the form",
                    named(a)
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Script, script_of_text};

    #[test]
    fn a_few_foreign_letters_make_no_other_script() {
        assert_eq!(
            script_of_text("هل سمعت عن UN؟ قل لنا من فضلك"),
            Some(Script::Arabic)
        );
        assert_eq!(script_of_text("ok 12"), None);
        assert_eq!(script_of_text("Que pensez-vous ?"), Some(Script::Latin));
    }
}
