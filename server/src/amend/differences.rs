//! What differs between two sets of answers.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// Answers by place, in the order in which they stand; instances of repeats each for itself.
pub fn places(answers: &Map<String, Json>) -> Vec<(String, Json)> {
    let mut found = Vec::new();
    add(answers, "", &mut found);
    found
}

fn add(answers: &Map<String, Json>, prefix: &str, found: &mut Vec<(String, Json)>) {
    for (key, json) in answers {
        match json {
            Json::Array(instances) if instances.iter().any(Json::is_object) => {
                for (at, instance) in instances.iter().enumerate() {
                    let place = format!("{prefix}{key}[{}]", at + 1);
                    match instance.as_object() {
                        Some(answers) if !answers.is_empty() => add(answers, &format!("{place}/"), found),
                        _ => found.push((place, instance.clone())),
                    }
                }
            }
            _ => found.push((format!("{prefix}{key}"), json.clone())),
        }
    }
}

/// An answer that is another now, or was not there, or is no more.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// `member[2]/age`
    pub place: String,
    /// As it was.
    pub before: Option<Json>,
    /// As it is.
    pub after: Option<Json>,
}

/// What differs, by place.
pub fn differences(before: &Map<String, Json>, after: &Map<String, Json>) -> Vec<Difference> {
    let (before, after) = (places(before), places(after));
    let mut all: BTreeMap<&str, (Option<&Json>, Option<&Json>)> = BTreeMap::new();
    for (place, json) in &before {
        all.entry(place).or_default().0 = Some(json);
    }
    for (place, json) in &after {
        all.entry(place).or_default().1 = Some(json);
    }
    all.into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|(place, (before, after))| Difference {
            place: place.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        })
        .collect()
}
