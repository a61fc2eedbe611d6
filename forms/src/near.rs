//! Words that are almost other words.

/// Whether two words differ by one letter added, left out or changed, by two letters swapped, or in capitals
/// alone.
pub fn is_near(known: &str, found: &str) -> bool {
    let (known, found) = (known.to_lowercase(), found.to_lowercase());
    let (a, b): (Vec<char>, Vec<char>) = (known.chars().collect(), found.chars().collect());
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let longest = a.len().max(b.len());
    let swapped = a.len() == b.len()
        && start + end + 2 == a.len()
        && a[start] == b[start + 1]
        && a[start + 1] == b[start];
    a == b
        || longest > 2 && swapped
        || longest > 2 && a.len().abs_diff(b.len()) <= 1 && start + end + 1 >= longest
}
