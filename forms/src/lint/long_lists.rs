//! Lists that take long to scroll through.

use super::Linted;
use crate::form::Kind;
use crate::xlsform::Diagnostics;

/// Choices that are still found without typing.
const MOST: usize = 50;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    for (id, node) in linted.form.nodes.iter().enumerate() {
        let searched = node
            .appearance
            .iter()
            .any(|word| word.starts_with("autocomplete") || word.starts_with("minimal") || word == "search");
        let count = linted.form.list_of(id).map_or(0, |list| list.choices.len());
        if matches!(node.kind, Kind::SelectOne | Kind::SelectMultiple)
            && count > MOST
            && !searched
            && node.choice_filter.is_none()
        {
            out.warn(
                linted.places.cell(id, "appearance"),
                "long-list",
                format!("'{}' shows {count} choices at once: write 'autocomplete' so that people can type to find theirs", node.name),
            );
        }
    }
}
