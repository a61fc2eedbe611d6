//! Which answers may leave at all, and how coarse.

use super::Options;
use crate::error::Error;
use crate::responses::Responses;
use crate::variables::AGE_BANDS;
use baraza_forms::{Form, Kind, Node, NodeId, Pass, Role};
use std::collections::HashSet;

/// What a column is in the release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// People could be recognised by it.
    Key,
    /// An answer that can harm.
    Sensitive,
    /// Any other answer.
    Answer,
    /// Left out, and why: the report says so.
    Dropped(&'static str),
}

impl Use {
    /// Whether it is in the file.
    pub fn leaves(self) -> bool {
        !matches!(self, Self::Dropped(_))
    }
}

/// A question's answers as they would leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Key of the question.
    pub name: String,
    /// What becomes of it.
    pub what: Use,
    /// By response; nothing of what is dropped.
    pub values: Vec<String>,
}

/// Roles of what a neighbour knows.
const KEYS: [Role; 6] = [
    Role::Gender,
    Role::Age,
    Role::Group,
    Role::Area,
    Role::Displacement,
    Role::Disability,
];

/// The code of all values that a list does not have.
const OTHER: &str = "_other";

/// All questions outside of repeats, in the form's order.
pub fn columns(responses: &Responses, options: &Options) -> Result<Vec<Column>, Error> {
    let form = responses.form();
    for key in &options.keys {
        check_key(form, key)?;
    }
    let mut columns = Vec::new();
    for id in 1..form.nodes.len() {
        let node = &form.nodes[id];
        if !node.kind.has_value() || !form.repeats_around(id).is_empty() {
            continue;
        }
        let what = use_of(node, options);
        let values = if what.leaves() {
            values(responses, id, (what, options.k))?
        } else {
            Vec::new()
        };
        columns.push(Column {
            name: node.key.clone(),
            what,
            values,
        });
    }
    Ok(columns)
}

fn check_key(form: &Form, key: &str) -> Result<(), Error> {
    let divides = |node: &Node| matches!(node.kind, Kind::SelectOne | Kind::Calculate | Kind::Hidden);
    let Some(id) = form.by_key(key) else {
        let known = form.nodes.iter().filter(|node| divides(node));
        return Err(Error::UnknownBy {
            asked: key.to_owned(),
            known: known.map(|node| node.key.as_str()).collect::<Vec<_>>().join(", "),
        });
    };
    if divides(&form.nodes[id]) || form.nodes[id].role == Some(Role::Age) {
        return Ok(());
    }
    Err(Error::NotADivision {
        key: key.to_owned(),
        why: "a key is a question with one answer from a few: put numbers into bands by a calculate question",
    })
}

fn use_of(node: &Node, options: &Options) -> Use {
    let is_key = node.role.is_some_and(|role| KEYS.contains(&role)) || options.keys.contains(&node.key);
    match node.role {
        Some(Role::Area) if !options.keep_area => {
            return Use::Dropped("a place, beside sensitive answers (--keep-area leaves those out instead)");
        }
        Some(Role::Consent) => return Use::Dropped("the same for all"),
        Some(Role::Weight) => return Use::Answer,
        Some(Role::Stratum | Role::Psu) => return Use::Dropped("tells the place"),
        Some(Role::EnumeratorGender) => return Use::Dropped("tells who interviewed"),
        _ => {}
    }
    if is_key {
        return Use::Key;
    }
    match node.kind {
        Kind::SelectOne | Kind::SelectMultiple | Kind::Rank if node.sensitive && options.keep_area => {
            Use::Dropped("sensitive, beside a place")
        }
        kind if kind.is_number() && node.sensitive && options.keep_area => {
            Use::Dropped("sensitive, beside a place")
        }
        Kind::SelectOne | Kind::SelectMultiple | Kind::Rank if node.sensitive => Use::Sensitive,
        Kind::SelectOne | Kind::SelectMultiple | Kind::Rank | Kind::Acknowledge => Use::Answer,
        kind if kind.is_number() => {
            if node.sensitive {
                Use::Sensitive
            } else {
                Use::Answer
            }
        }
        Kind::Text | Kind::Barcode => Use::Dropped("somebody's own words"),
        Kind::Geopoint | Kind::Geotrace | Kind::Geoshape => Use::Dropped("an exact place"),
        Kind::Date | Kind::Time | Kind::DateTime | Kind::Start | Kind::End | Kind::Today => {
            Use::Dropped("tells when")
        }
        kind if kind.is_file() => Use::Dropped("a file"),
        Kind::Calculate | Kind::Hidden => {
            Use::Dropped("computed or hidden, may hold anything (--key keeps it)")
        }
        _ => Use::Dropped("tells the phone, or how it was filled in"),
    }
}

fn values(responses: &Responses, id: NodeId, (what, k): (Use, usize)) -> Result<Vec<String>, Error> {
    let form = responses.form();
    let node = &form.nodes[id];
    if node.role == Some(Role::Weight) {
        let weights = responses.numbers(&node.key)?;
        return Ok(weights
            .into_iter()
            .map(|w| w.map_or_else(String::new, two_digits))
            .collect());
    }
    if node.role == Some(Role::Age) && node.kind != Kind::SelectOne {
        return bands(responses, id);
    }
    if node.kind.is_number() {
        return Ok(coded(&responses.numbers(&node.key)?, k));
    }
    let texts = responses.texts(&node.key)?;
    let listed: Option<HashSet<&str>> = form
        .list_of(id)
        .map(|list| list.choices.iter().map(|choice| choice.name.as_str()).collect());
    let passes = [Pass::DontKnow, Pass::PreferNotToSay].map(Pass::code);
    let known =
        |code: &str| passes.contains(&code) || listed.as_ref().is_none_or(|listed| listed.contains(code));
    let code = |code: &str| {
        if known(code) {
            code.to_owned()
        } else {
            OTHER.to_owned()
        }
    };
    let many = what != Use::Key && matches!(node.kind, Kind::SelectMultiple | Kind::Rank);
    let value = |text: &str| {
        if !many {
            return code(text);
        }
        let mut codes: Vec<String> = Vec::new();
        for word in text.split_whitespace().map(code) {
            if !codes.contains(&word) {
                codes.push(word);
            }
        }
        codes.join(" ")
    };
    Ok(texts
        .iter()
        .map(|text| text.as_ref().map_or_else(String::new, |text| value(text)))
        .collect())
}

fn bands(responses: &Responses, id: NodeId) -> Result<Vec<String>, Error> {
    let form = responses.form();
    let bands = match &form.settings.age_bands[..] {
        [] => &AGE_BANDS[..],
        bands => bands,
    };
    let band = |age: f64| bands.iter().find(|band| band.contains(age));
    let ages = responses.numbers(&form.nodes[id].key)?.into_iter();
    Ok(ages
        .map(|age| age.and_then(band).map_or_else(String::new, |band| band.label()))
        .collect())
}

/// Numbers with both ends cut off where fewer than k reach (top and bottom coding; Hundepool and others 2012,
/// section 3.3.2): the largest household is a person's name to its neighbours.
fn coded(numbers: &[Option<f64>], k: usize) -> Vec<String> {
    let mut sorted: Vec<f64> = numbers.iter().flatten().copied().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let ends = (sorted.len() >= 2 * k).then(|| (sorted[k - 1], sorted[sorted.len() - k]));
    let cut = |number: f64| ends.map(|(low, high)| number.clamp(low, high).to_string());
    numbers
        .iter()
        .map(|number| number.and_then(cut).unwrap_or_default())
        .collect()
}

/// A weight with two digits: more would tell stratum and household.
fn two_digits(weight: f64) -> String {
    if !(weight.is_finite() && weight > 0.0) {
        return String::new();
    }
    let power = 10f64.powf(1.0 - weight.log10().floor());
    ((weight * power).round() / power).to_string()
}

/// How many people each response stands for: from the population where it is known, otherwise the weights, of which
/// none counts for less than one; without either, each stands for itself.
pub fn weights(responses: &Responses, options: &Options, rows: usize) -> Result<Vec<f64>, Error> {
    let given = match responses.key_of(Role::Weight) {
        Some(key) => responses.numbers(key)?,
        None => vec![None; rows],
    };
    let weights: Vec<f64> = given
        .into_iter()
        .map(|weight| weight.filter(|w| w.is_finite() && *w > 0.0).unwrap_or(1.0))
        .collect();
    let Some(population) = options.population else {
        return Ok(weights.into_iter().map(|weight| weight.max(1.0)).collect());
    };
    if !(population.is_finite() && population >= rows as f64) {
        return Err(Error::Microdata(format!(
            "a population of {population} is smaller than the {rows} responses drawn from it"
        )));
    }
    let total: f64 = weights.iter().sum();
    Ok(weights
        .into_iter()
        .map(|weight| (weight * population / total).max(1.0))
        .collect())
}
