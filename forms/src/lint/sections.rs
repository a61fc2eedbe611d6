//! Groups and repeats that can't be what was meant.

use super::Linted;
use crate::expr::Expr;
use crate::fill::MOST_INSTANCES;
use crate::xlsform::Diagnostics;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    let nodes = &linted.form.nodes;
    let mut filled = vec![false; nodes.len()];
    for parent in nodes.iter().filter_map(|node| node.parent) {
        filled[parent] = true;
    }
    for (id, node) in nodes.iter().enumerate().skip(1) {
        if node.kind.is_section() && !filled[id] {
            out.warn(
                linted.places.cell(id, "type"),
                "empty-section",
                format!(
                    "'{}' has nothing in it: leave it out, or move its questions between its rows",
                    node.name
                ),
            );
        }
        if let Some(Expr::Number(count)) = &node.repeat_count
            && *count > MOST_INSTANCES as f64
        {
            out.warn(
                linted.places.cell(id, "repeat_count"),
                "large-count",
                format!(
                    "'{}' is asked {MOST_INSTANCES} times at the most, and {count} is more",
                    node.name
                ),
            );
        }
    }
}
