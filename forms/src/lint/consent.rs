//! Consent comes first.

use super::Linted;
use crate::form::{Kind, NodeId, Role};
use crate::xlsform::{Diagnostics, Place};

/// What may be asked before: who is spoken with, and where.
const BEFORE: [Role; 9] = [
    Role::Age,
    Role::Area,
    Role::Weight,
    Role::Stratum,
    Role::Psu,
    Role::PsuPopulation,
    Role::Ssu,
    Role::SsuPopulation,
    Role::EnumeratorGender,
];

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    let nodes = &linted.form.nodes;
    let Some(consent) = linted.form.with_role(Role::Consent) else {
        if nodes.iter().any(|node| node.kind.is_asked()) {
            out.warn(
                Place::sheet(""),
                "no-consent",
                "no question has the role 'consent': ask whether people agree to take part, and write 'consent' under baraza::role (the choice 'yes' agrees)",
            );
        }
        return;
    };
    let before = |id: &NodeId| {
        let node = &nodes[*id];
        node.kind.is_asked()
            && node.kind != Kind::Acknowledge
            && !node.role.is_some_and(|role| BEFORE.contains(&role))
    };
    let (sensitive, others): (Vec<NodeId>, Vec<NodeId>) =
        (1..consent).filter(before).partition(|&id| nodes[id].sensitive);
    for id in sensitive {
        out.warn(
            linted.places.cell(id, "name"),
            "sensitive-before-consent",
            format!(
                "'{}' is sensitive and asked before consent: move it below '{}'",
                nodes[id].name, nodes[consent].name
            ),
        );
    }
    if !others.is_empty() {
        out.warn(
            linted.places.cell(others[0], "name"),
            "asked-before-consent",
            format!(
                "asked before consent: {}; move them below '{}'",
                linted.names(&others),
                nodes[consent].name
            ),
        );
    }
}
