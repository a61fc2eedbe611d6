//! What an account may see, as a form asks for it.

use super::Fields;
use crate::store::{Access, Role};

/// A survey to choose.
#[derive(Debug)]
pub struct Choice {
    /// Its name in addresses.
    pub slug: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What a form says; nothing where it says no role.
pub fn read(fields: &Fields, surveys: &[String]) -> Option<Access> {
    let role = Role::of(fields.get("role"))?;
    let chosen = fields.all("survey");
    let chosen = chosen.filter(|slug| surveys.iter().any(|known| known == slug));
    let some = fields.get("surveys") == "some" && role != Role::Administrator;
    Some(Access {
        role,
        // Others see single responses by their role.
        raw: role == Role::Analyst && fields.get("raw") == "yes",
        surveys: some.then(|| chosen.map(String::from).collect()),
    })
}

/// All surveys, with those chosen that an account may see.
pub fn choices(surveys: Vec<String>, access: Option<&Access>) -> Vec<Choice> {
    let seen = access.and_then(|access| access.surveys.as_ref());
    surveys
        .into_iter()
        .map(|slug| Choice {
            chosen: seen.is_some_and(|seen| seen.contains(&slug)),
            slug,
        })
        .collect()
}
