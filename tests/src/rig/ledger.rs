//! What a test has given to a phone and was promised, and whether it is all still somewhere.

use super::keeps::Keeps;
use anyhow::Result;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// How far a response has come, as far as the page has said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Being filled.
    Draft,
    /// 'Send' was tapped, and the page has not said anything yet.
    Finishing,
    /// The page has said that it is finished.
    Finished,
}

/// A response as a test gave it.
#[derive(Clone, Debug)]
pub struct Given {
    /// Answers in the order in which they were given; of the last one of a draft, any part may be lost.
    pub answers: Vec<(String, Value)>,
    /// How far it has come.
    pub stage: Stage,
}

impl Given {
    /// A response nobody has answered yet.
    pub fn new() -> Self {
        Self {
            answers: Vec::new(),
            stage: Stage::Draft,
        }
    }

    /// What must still be there, whatever happens.
    fn safe(&self) -> &[(String, Value)] {
        let surely = match self.stage {
            Stage::Draft => self.answers.len().saturating_sub(1),
            Stage::Finishing | Stage::Finished => self.answers.len(),
        };
        &self.answers[..surely]
    }

    /// Names of files among the answers: a digest and an ending.
    fn files(&self) -> impl Iterator<Item = &str> {
        let names = self.safe().iter().filter_map(|(_, answer)| answer.as_str());
        names.filter(|name| name.find('.') == Some(64) && name[..64].bytes().all(|b| b.is_ascii_hexdigit()))
    }

    fn missing_in(&self, answers: &Value) -> Vec<String> {
        let wrong = |(key, value): &&(String, Value)| answers[key] != *value;
        let lost = self.safe().iter().filter(wrong);
        lost.map(|(key, value)| format!("{key}: given {value}, kept {}", answers[key]))
            .collect()
    }
}

impl Default for Given {
    fn default() -> Self {
        Self::new()
    }
}

/// A response in the server's database.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its instance ID.
    pub instance: String,
    /// Answers by key.
    pub answers: Value,
    /// What the server found odd.
    pub flags: String,
    /// Whether it is another content under an ID that was there.
    pub conflict: bool,
}

/// All that has come to a server.
#[derive(Clone, Debug, Default)]
pub struct Arrivals {
    /// Responses.
    pub rows: Vec<Arrived>,
    /// Names of files, each with its bytes.
    pub media: BTreeMap<String, Vec<u8>>,
}

/// What is in the database of a folder.
pub fn arrived(folder: &Path) -> Result<Arrivals> {
    let database = rusqlite::Connection::open(folder.join("baraza.db"))?;
    let mut rows = database.prepare(
        "SELECT instance_id, answers, flags, 0 FROM response
         UNION ALL SELECT instance_id, c.answers, c.flags, 1 FROM response_conflict c JOIN response r ON r.id = c.response_id",
    )?;
    let found = rows.query_map([], |row| {
        let answers: String = row.get(1)?;
        Ok(Arrived {
            instance: row.get(0)?,
            answers: serde_json::from_str(&answers).unwrap_or_default(),
            flags: row.get(2)?,
            conflict: row.get(3)?,
        })
    })?;
    let rows = found.collect::<Result<_, rusqlite::Error>>()?;
    let mut files = database.prepare("SELECT name, bytes FROM media")?;
    let media = files.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let media = media.collect::<Result<_, rusqlite::Error>>()?;
    Ok(Arrivals { rows, media })
}

/// All that was given to a phone, by instance ID.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// By instance ID.
    pub given: BTreeMap<String, Given>,
}

impl Ledger {
    /// Notes an answer, in the place of an earlier one to the same question.
    pub fn note(&mut self, instance: &str, key: &str, answer: Value) {
        let given = self.given.entry(instance.to_owned()).or_default();
        given.answers.retain(|(of, _)| of != key);
        given.answers.push((key.to_owned(), answer));
    }

    /// Notes how far a response has come.
    pub fn stage(&mut self, instance: &str, stage: Stage) {
        self.given.entry(instance.to_owned()).or_default().stage = stage;
    }

    /// What a kill cut short is what the phone now says it is: a draft or finished. A draft may be gone with its
    /// only answer, and what is left of the last one of a draft is what it has from then on: whoever then goes back to
    /// an earlier question does not make it one that is surely kept.
    pub fn settle(&mut self, keeps: &Keeps) {
        for draft in &keeps.drafts {
            let given = self.given.get_mut(&draft.instance);
            let Some(given) = given.filter(|given| given.stage == Stage::Draft) else {
                continue;
            };
            if let Some((key, _)) = given.answers.pop() {
                let kept = draft.answers.get(&key).filter(|kept| !kept.is_null());
                given.answers.extend(kept.map(|kept| (key, kept.clone())));
            }
        }
        let is_draft = |instance: &str| keeps.drafts.iter().any(|draft| draft.instance == instance);
        self.given
            .retain(|instance, given| given.stage != Stage::Draft || is_draft(instance));
        for (instance, given) in &mut self.given {
            if given.stage == Stage::Finishing {
                given.stage = if is_draft(instance) {
                    Stage::Draft
                } else {
                    Stage::Finished
                };
            }
        }
    }

    /// Number of responses in a stage.
    pub fn count(&self, stage: Stage) -> usize {
        self.given.values().filter(|given| given.stage == stage).count()
    }

    /// What is wrong right after a restart, when nothing has been sent since.
    pub fn faults(&self, keeps: &Keeps, arrived: &Arrivals) -> Vec<String> {
        let mut faults = twice(&arrived.rows);
        for (instance, given) in &self.given {
            let drafts = keeps.drafts.iter().filter(|draft| draft.instance == *instance);
            let drafts = drafts.map(|draft| draft.answers.clone());
            let waiting = keeps.outbox.iter().filter(|kept| kept.instance == *instance);
            let waiting = waiting.map(|kept| body_answers(&kept.body));
            let there = arrived.rows.iter().filter(|row| row.instance == *instance);
            let there = there.map(|row| row.answers.clone());
            let (drafts, finished): (Vec<_>, Vec<_>) = (drafts.collect(), waiting.chain(there).collect());
            let told = format!("{instance} ({:?})", given.stage);
            match given.stage {
                Stage::Draft if !finished.is_empty() => faults.push(format!("{told} was finished by nobody")),
                Stage::Finished if finished.is_empty() => faults.push(format!("{told} is lost")),
                _ if !drafts.is_empty() && !finished.is_empty() => {
                    faults.push(format!("{told} is a draft and finished as well"));
                }
                _ if drafts.is_empty() && finished.is_empty() && !given.safe().is_empty() => {
                    faults.push(format!("{told} is lost"));
                }
                _ => {}
            }
            let somewhere = drafts.iter().chain(&finished);
            for lost in somewhere.flat_map(|answers| given.missing_in(answers)) {
                faults.push(format!(
                    "{told} has lost an answer, {lost}; given so far: {:?}",
                    given.answers
                ));
            }
            for name in given.files() {
                let kept = keeps
                    .files
                    .iter()
                    .any(|(of, file, _)| of == instance && file == name);
                if !kept && !arrived.media.contains_key(name) {
                    faults.push(format!("{told} has lost its file {name}"));
                }
            }
        }
        faults
    }

    /// What is wrong after a last sending, when all that was finished has to be on the server and nowhere else.
    pub fn faults_at_the_end(&self, keeps: &Keeps, arrived: &Arrivals) -> Vec<String> {
        let mut faults = self.faults(keeps, arrived);
        for kept in &keeps.outbox {
            faults.push(format!("{} was never sent", kept.instance));
        }
        for (instance, given) in &self.given {
            let same = arrived.rows.iter().filter(|row| row.instance == *instance);
            let count = same.count();
            if given.stage == Stage::Finished && count != 1 {
                faults.push(format!("{instance} is on the server {count} times"));
            }
            for name in given.files().filter(|name| !arrived.media.contains_key(*name)) {
                faults.push(format!("the file {name} of {instance} is not on the server"));
            }
        }
        for row in &arrived.rows {
            if !self.given.contains_key(&row.instance) {
                faults.push(format!("{} was given by nobody: {}", row.instance, row.answers));
            }
        }
        faults
    }
}

/// The same answers under two IDs, or two contents under one.
fn twice(arrived: &[Arrived]) -> Vec<String> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in arrived {
        if row.conflict {
            faults.push(format!("{} has two contents", row.instance));
        } else if let Some(other) = seen.insert(row.answers.to_string(), &row.instance) {
            faults.push(format!("{} and {other} are the same response", row.instance));
        }
    }
    faults
}

fn body_answers(body: &str) -> Value {
    let response: Map<String, Value> = serde_json::from_str(body).unwrap_or_default();
    response.get("answers").cloned().unwrap_or_default()
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
