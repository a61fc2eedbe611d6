//! What is said of calls that are none.

use super::Function;

/// How many arguments a function takes.
pub(super) fn wrong_count(name: &str, least: usize, most: usize, found: usize) -> String {
    let wanted = match (least, most) {
        (0, 0) => "no arguments".to_owned(),
        (1, 1) => "1 argument".to_owned(),
        (least, most) if least == most => format!("{least} arguments"),
        (least, 99) => format!("{least} arguments or more"),
        (least, most) => format!("{least} to {most} arguments"),
    };
    format!("{name}() takes {wanted}, found {found}")
}

/// A name that no function has, with the nearest that one has.
pub(super) fn unknown_function(name: &str) -> String {
    let near = Function::ALL
        .iter()
        .map(|row| (distance(&name.to_lowercase(), row.1), row.1))
        .min()
        .filter(|(distance, known)| *distance <= known.len() / 3);
    match near {
        Some((_, known)) => format!("there is no function '{name}': did you mean '{known}'?"),
        None => format!("there is no function '{name}' in XLSForm's language as Baraza reads it"),
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = before + usize::from(ca != *cb);
            before = row[j + 1];
            row[j + 1] = replaced.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
