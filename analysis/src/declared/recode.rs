//! How codes become others, and numbers fall into ranges.

use crate::error::Error;
use baraza_forms::form::{Choice, Special};
use baraza_forms::{Form, NodeId};
use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Block, Row};

/// Stands for all codes that are not named.
pub const OTHERS: &str = "*";

/// What `*` becomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Others {
    /// Nothing is said of it: all others stay.
    #[default]
    Stay,
    /// The new code of all others.
    Become(String),
    /// All others are left out.
    LeftOut,
}

/// New codes for old ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recode {
    /// `None` leaves the answer out.
    named: BTreeMap<String, Option<String>>,
    /// What `*` becomes.
    others: Others,
    /// Codes that `*` is not about: don't know and prefer not to say.
    passes: BTreeSet<String>,
}

impl Recode {
    /// From the categories of a variable and the choices of the question it is made from.
    pub fn of(block: &Block, form: &Form, id: NodeId) -> Result<Self, Error> {
        let choices = form.list_of(id).map_or(&[][..], |list| &list.choices);
        let mut recode = Self {
            passes: passes(choices),
            ..Self::default()
        };
        for row in &block.categories {
            if row.values.is_empty() {
                return Err(block.error_at(
                    row.line,
                    "the column 'values' has to name the codes of this category",
                ));
            }
            for old in &row.values {
                recode.take(block, row, old, choices)?;
            }
        }
        for choice in choices {
            let taken = block.categories.iter().find(|row| row.code == choice.name);
            if let Some(row) = taken.filter(|_| recode.leaves(&choice.name)) {
                let message = format!(
                    "'{}' is a code of '{}' as well, which is not among the values: name it there or choose another code",
                    row.code, form.nodes[id].key
                );
                return Err(block.error_at(row.line, message));
            }
        }
        Ok(recode)
    }

    fn take(&mut self, block: &Block, row: &Row, old: &str, choices: &[Choice]) -> Result<(), Error> {
        let new = (!row.code.is_empty()).then(|| row.code.clone());
        if old == OTHERS {
            let others = new.map_or(Others::LeftOut, Others::Become);
            if std::mem::replace(&mut self.others, others) != Others::Stay {
                return Err(block.error_at(row.line, "'*' stands for all other codes, and can do so once"));
            }
            return Ok(());
        }
        // A computed value has no list to look it up in.
        if !choices.is_empty() && !choices.iter().any(|choice| choice.name == old) {
            let known = choices.iter().map(|choice| choice.name.as_str());
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(block.error_at(
                row.line,
                format!("no choice has the code '{old}'; there are: {known}"),
            ));
        }
        if self.named.insert(old.to_owned(), new).is_some() {
            return Err(block.error_at(row.line, format!("'{old}' is in two categories")));
        }
        Ok(())
    }

    /// From a column of the choices: each choice becomes what stands there, and stays itself where the cell is blank.
    pub fn by_column(choices: &[Choice], column: usize) -> Self {
        let cell = |choice: &Choice| choice.cells.get(column).map(|cell| cell.trim().to_owned());
        let named = choices.iter().filter_map(|choice| {
            let new = cell(choice).filter(|cell| !cell.is_empty() && choice.special.is_none())?;
            Some((choice.name.clone(), Some(new)))
        });
        Self {
            named: named.collect(),
            ..Self::default()
        }
    }

    /// Whether a code is neither named nor among all others.
    fn leaves(&self, old: &str) -> bool {
        let is_other = self.others != Others::Stay && !self.passes.contains(old);
        !self.named.contains_key(old) && !is_other
    }

    /// The new code; `None` where the answer is left out.
    pub fn becomes<'r>(&'r self, old: &'r str) -> Option<&'r str> {
        if let Some(new) = self.named.get(old) {
            return new.as_deref();
        }
        match &self.others {
            Others::Become(new) if !self.passes.contains(old) => Some(new),
            Others::LeftOut if !self.passes.contains(old) => None,
            _ => Some(old),
        }
    }
}

/// Codes of don't know and prefer not to say, of a list and by themselves.
pub fn passes(choices: &[Choice]) -> BTreeSet<String> {
    let listed = choices.iter().filter(|choice| !is_substantive(choice.special));
    let own = [baraza_forms::Pass::DontKnow, baraza_forms::Pass::PreferNotToSay];
    listed
        .map(|choice| choice.name.clone())
        .chain(own.map(|pass| pass.code().to_owned()))
        .collect()
}

fn is_substantive(special: Option<Special>) -> bool {
    !matches!(special, Some(Special::DontKnow | Special::PreferNotToSay))
}

/// Numbers from and to, both included; an upper bound written as a whole number takes what lies before the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    from: f64,
    to: f64,
    /// The upper bound is a whole number.
    whole: bool,
}

impl Range {
    /// From `18-30`, `0.5-1`, `-5--1`, `66+` or `0`.
    pub fn read(word: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
        let range = |from: f64, to: f64, written: &str| Self {
            from,
            to,
            whole: !written.contains('.'),
        };
        if let Some(from) = word.strip_suffix('+') {
            return number(from).map(|from| range(from, f64::INFINITY, "."));
        }
        if let Some(one) = number(word) {
            return Some(range(one, one, word));
        }
        // The first sign parts the bounds, unless it stands before the number.
        let at = word
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '-' | '–'))?;
        let written = &word[at.0 + at.1.len_utf8()..];
        let (from, to) = (number(&word[..at.0])?, number(written)?);
        (from <= to).then(|| range(from, to, written))
    }

    /// Whether a number lies in it.
    pub fn contains(self, number: f64) -> bool {
        let below = if self.whole {
            number < self.to + 1.0
        } else {
            number <= self.to
        };
        number >= self.from && below
    }

    /// Whether a number lies in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.from) || other.contains(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn ranges_are_read_as_people_write_them() {
        let range = |word: &str| Range::read(word).unwrap_or_else(|| panic!("'{word}' is a range"));
        assert!(
            range("18-30").contains(18.0) && range("18-30").contains(30.9) && !range("18-30").contains(31.0)
        );
        assert!(range("66+").contains(66.0) && range("66+").contains(1e9) && !range("66+").contains(65.5));
        assert!(range("0").contains(0.0) && !range("0").contains(1.0));
        assert!(range("-5--1").contains(-1.0) && !range("-5--1").contains(0.0));
        assert!(range("0.5-1.5").contains(1.5) && !range("0.5-1.5").contains(1.6));
        for word in ["", "-", "a-b", "30-18", "18 to 30", "inf", "1-2-3"] {
            assert!(Range::read(word).is_none(), "'{word}' is none");
        }
    }

    #[test]
    fn ranges_that_share_a_number_overlap() {
        let range = |word: &str| Range::read(word).unwrap_or_else(|| panic!("'{word}' is a range"));
        assert!(range("18-30").overlaps(range("30-40")) && range("66+").overlaps(range("70-80")));
        assert!(!range("18-30").overlaps(range("31-40")) && !range("0").overlaps(range("1+")));
    }
}
