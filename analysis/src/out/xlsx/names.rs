//! Names of sheets.

use std::collections::HashSet;

/// The most characters a sheet's name may have.
const LONGEST: usize = 31;

/// Names already given, in lower case: spreadsheets do not tell `A` from `a`.
#[derive(Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// A valid name like the one wanted that no other sheet has.
    pub fn unique(&mut self, wanted: &str) -> String {
        let allowed = |c: char| {
            if "[]:*?/\\".contains(c) || c.is_control() {
                '-'
            } else {
                c
            }
        };
        let clean: String = wanted.chars().map(allowed).collect();
        let clean = clean.trim_matches(['\'', ' ']);
        // Excel keeps this name for itself.
        let clean = match clean {
            "" => "sheet",
            name if name.eq_ignore_ascii_case("history") => "history_",
            name => name,
        };
        let mut name = cut(clean, LONGEST);
        let mut number = 1;
        while !self.0.insert(name.to_lowercase()) {
            number += 1;
            let ending = format!("~{number}");
            name = cut(clean, LONGEST - ending.len()) + &ending;
        }
        name
    }
}

/// The beginning, at most so many UTF-16 units long, as spreadsheets count.
fn cut(text: &str, most: usize) -> String {
    let mut units = 0;
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= most
    };
    let cut: String = text.chars().take_while(fits).collect();
    cut.trim_end_matches(['\'', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_valid_and_each_is_there_once() {
        let mut names = Names::default();
        let long = "what_is_the_main_threat_to_women_here";
        let given = [
            "safe",
            "Safe",
            "a/b:c",
            long,
            long,
            "'quoted'",
            "History",
            "",
            "هل تشعر بالأمان؟",
        ]
        .map(|wanted| names.unique(wanted));
        let wanted = [
            "safe",
            "Safe~2",
            "a-b-c",
            "what_is_the_main_threat_to_wome",
            "what_is_the_main_threat_to_wo~2",
            "quoted",
            "history_",
            "sheet",
            "هل تشعر بالأمان؟",
        ];
        assert_eq!(given, wanted);
        assert!(given.iter().all(|name| name.encode_utf16().count() <= 31));
    }
}
