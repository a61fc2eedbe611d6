//! Forms made ready, kept while they are in use.

use crate::store::Store;
use baraza_forms::ReadyForm;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A version of a survey as the handlers use it.
#[derive(Debug)]
pub struct ReadyVersion {
    /// Row id of its survey.
    pub survey: i64,
    /// The form with its look-ups.
    pub ready: ReadyForm,
    /// SHA-256 of the form.
    pub digest: String,
    /// The form's JSON for the phone, without texts.
    pub form_json: String,
    /// The texts of each language, JSON.
    pub texts_json: Vec<String>,
}

/// Versions kept in memory; the rest is read again when asked for.
const KEPT: usize = 16;

/// Versions by row id.
#[derive(Debug, Default)]
pub struct Cache(Mutex<HashMap<i64, Arc<ReadyVersion>>>);

impl Cache {
    /// The newest version of a survey.
    pub fn newest(&self, store: &Store, slug: &str) -> anyhow::Result<Option<Arc<ReadyVersion>>> {
        store.newest(slug)?.map(|id| self.version(store, id)).transpose()
    }

    /// A version by its name.
    pub fn named(
        &self,
        store: &Store,
        slug: &str,
        version: &str,
    ) -> anyhow::Result<Option<Arc<ReadyVersion>>> {
        store
            .version_named(slug, version)?
            .map(|id| self.version(store, id))
            .transpose()
    }

    fn version(&self, store: &Store, id: i64) -> anyhow::Result<Arc<ReadyVersion>> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(make(store.version(id)?)?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(id, Arc::clone(&made));
        Ok(made)
    }
}

fn make(version: crate::store::Version) -> anyhow::Result<ReadyVersion> {
    let texts_json = version
        .form
        .texts
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    let mut json = serde_json::to_value(&version.form)?;
    if let Some(form) = json.as_object_mut() {
        form.remove("texts");
        form.insert("hash".into(), json!(version.digest));
        without_what_phones_need_not(form);
    }
    Ok(ReadyVersion {
        survey: version.survey,
        form_json: json.to_string(),
        texts_json,
        digest: version.digest,
        ready: ReadyForm::new(version.form),
    })
}

/// What only the analysis uses costs bytes, and tells a phone's finder what matters.
fn without_what_phones_need_not(form: &mut serde_json::Map<String, Json>) {
    for node in form
        .get_mut("nodes")
        .and_then(Json::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(node) = node.as_object_mut() {
            // A link must not answer the question of consent.
            if node.get("role").is_some_and(|role| role != "consent") {
                node.remove("role");
            }
            node.remove("sensitive");
        }
    }
}
