//! Names as numbers, for strata and clusters.

use super::Responses;
use crate::error::Error;
use crate::tally::NONE;
use baraza_forms::Role;

/// A column numbered by its distinct texts in ascending order, with its key.
pub(crate) type Numbered<'r> = Option<(&'r str, Vec<Option<u32>>)>;

/// The number of each response in the column of a role; `None` where the form has no such question or nobody answered
/// it.
pub(crate) fn numbered(responses: &Responses, role: Role) -> Result<Numbered<'_>, Error> {
    let Some(key) = responses.key_of(role) else {
        return Ok(None);
    };
    let coded = responses.coded(key)?;
    let counts = coded.counts();
    let mut given: Vec<usize> = (0..counts.len()).filter(|&code| counts[code] > 0).collect();
    if given.is_empty() {
        return Ok(None);
    }
    given.sort_unstable_by_key(|&code| &coded.texts()[code]);
    let mut numbers = vec![NONE; counts.len()];
    for (number, code) in (0..).zip(given) {
        numbers[code] = number;
    }
    let lookup = coded.lookup(&numbers);
    let number = |row| Some(lookup.get(row)).filter(|&number| number != NONE);
    Ok(Some((key, (0..coded.len()).map(number).collect())))
}
