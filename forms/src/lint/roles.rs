//! Without roles there are no tables by gender and age, which is what the survey is for.

use super::Linted;
use crate::form::Role;
use crate::xlsform::{Diagnostics, Place};

pub fn look(linted: &Linted<'_>, out: &mut Diagnostics) {
    for role in [Role::Gender, Role::Age] {
        if linted.form.with_role(role).is_none() {
            let word = role.word();
            out.warn(
                Place::sheet(""),
                "no-role",
                format!("no question has the role '{word}': without it there are no tables by {word} (fill in the column baraza::role)"),
            );
        }
    }
}
