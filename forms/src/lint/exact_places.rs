//! Places as exact as a phone knows them.

use super::Linted;
use crate::form::Kind;
use crate::xlsform::Diagnostics;

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    for (id, node) in linted.form.nodes.iter().enumerate() {
        if matches!(node.kind, Kind::Geopoint | Kind::Geotrace | Kind::Geoshape) && node.coarse.is_none() {
            out.warn(
                linted.places.cell(id, "baraza::coarse"),
                "exact-place",
                format!("'{}' collects exact places, by which a home can be found: fill in baraza::coarse, for instance 1000 to round to squares of 1 km", node.name),
            );
        }
    }
}
