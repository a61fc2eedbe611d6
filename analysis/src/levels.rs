//! Levels of areas: which district lies in which region.

use crate::error::Error;
use crate::responses::Responses;
use crate::tally::NONE;
use crate::variables::Domains;
use baraza_forms::{Form, NodeId, Role};

/// The disaggregations asked for, with those that levels need: the higher before the lower.
pub fn with_levels(by: &[String], levels: &[(String, String)]) -> Vec<String> {
    let mut all = by.to_vec();
    let needed = levels.iter().flat_map(|(lower, higher)| [higher, lower]);
    for name in needed {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

/// Writes into each area of a lower level which area of the higher level it lies in: that of its respondents.
///
/// # Errors
/// [`Error::Levels`] where respondents of one area are in two of the higher level.
pub fn fill(domains: &mut Domains, responses: &Responses, levels: &[(String, String)]) -> Result<(), Error> {
    for (lower, higher) in levels {
        let form = responses.form();
        let (Some(below), Some(above)) = (column(domains, form, lower), column(domains, form, higher)) else {
            continue;
        };
        let mut found: Vec<Option<u32>> = vec![None; domains.domains.len()];
        for (&area, &around) in domains.columns[below].iter().zip(&domains.columns[above]) {
            if area == NONE || around == NONE {
                continue;
            }
            match found[area as usize] {
                Some(other) if other != around => return Err(two(domains, area, (other, around))),
                _ => found[area as usize] = Some(around),
            }
        }
        for (area, around) in found.into_iter().enumerate() {
            if let Some(around) = around {
                let around = &domains.domains[around as usize];
                let place = (around.by.clone(), around.code.clone());
                domains.domains[area].within = Some(place);
            }
        }
    }
    Ok(())
}

fn two(domains: &Domains, area: u32, (first, second): (u32, u32)) -> Error {
    let domain = |at: u32| &domains.domains[at as usize];
    Error::Levels {
        lower: domain(area).by.clone(),
        code: domain(area).code.clone(),
        higher: domain(first).by.clone(),
        both: format!("'{}' and '{}'", domain(first).code, domain(second).code),
    }
}

/// The column of a level, which may be named by its role or its key.
fn column(domains: &Domains, form: &Form, name: &str) -> Option<usize> {
    let wanted = named(form, name)?;
    domains.columns.iter().position(|column| {
        let first = column.iter().find(|&&number| number != NONE);
        let domain = first.and_then(|&number| domains.domains.get(number as usize));
        domain.is_some_and(|domain| named(form, &domain.by) == Some(wanted))
    })
}

/// The question of a role or a key.
pub(crate) fn named(form: &Form, name: &str) -> Option<NodeId> {
    let role = Role::ALL.iter().find(|(_, word)| *word == name);
    role.and_then(|(role, _)| form.with_role(*role))
        .or_else(|| form.by_key(name))
}

/// Codes of the areas that anybody lives in, by the role area.
pub fn areas(responses: &Responses) -> Result<Vec<String>, Error> {
    let Some(key) = responses.key_of(Role::Area) else {
        return Ok(Vec::new());
    };
    let mut areas: Vec<String> = responses
        .texts(key)?
        .into_iter()
        .flatten()
        .map(std::borrow::Cow::into_owned)
        .collect();
    areas.sort_unstable();
    areas.dedup();
    Ok(areas)
}
