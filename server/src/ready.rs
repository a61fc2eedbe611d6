//! Forms made ready, kept while they are in use.

use crate::running::Timeline;
use crate::store::{Found, Store};
use baraza_forms::{ReadyForm, hex};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// Changes with any byte of that JSON.
    pub tag: String,
    /// The texts of each language, JSON.
    pub texts_json: Vec<String>,
    /// Digests of the files that go with labels, by name.
    pub files: BTreeMap<String, String>,
}

/// Characters of a digest in an address.
pub const MARK: usize = 16;

/// Versions kept in memory; the rest is read again when asked for.
const KEPT: usize = 16;

/// How long a survey's newest version is taken for the newest without asking, see [`Cache::newest_lately`].
const LATELY: Duration = Duration::from_millis(100);

/// Versions by row id.
#[derive(Debug, Default)]
pub struct Cache {
    versions: Mutex<HashMap<i64, Arc<ReadyVersion>>>,
    /// By slug, with the moment at which they were asked for.
    newest: Mutex<HashMap<String, (Instant, Arc<ReadyVersion>)>>,
    /// Pauses by row id of the survey, likewise.
    timelines: Mutex<HashMap<i64, (Instant, Arc<Timeline>)>>,
}

impl Cache {
    /// The version of a survey that was the newest a moment ago: responses that come by the thousand need not ask for
    /// each, since one that was published in that moment may as well be published after it. The database would have
    /// read its pages anew each time, as each commit changes them.
    pub fn newest_lately(&self, store: &Store, slug: &str) -> anyhow::Result<Option<Arc<ReadyVersion>>> {
        if let Some((asked, known)) = lock(&self.newest).get(slug)
            && asked.elapsed() < LATELY
        {
            return Ok(Some(Arc::clone(known)));
        }
        let asked = Instant::now();
        let found = self.newest(store, slug)?;
        if let Some(found) = &found {
            let mut newest = lock(&self.newest);
            if newest.len() >= KEPT {
                newest.clear();
            }
            newest.insert(slug.to_owned(), (asked, Arc::clone(found)));
        }
        Ok(found)
    }

    /// The pauses of a survey as they were a moment ago, likewise.
    pub fn timeline_lately(&self, store: &Store, survey: i64) -> anyhow::Result<Arc<Timeline>> {
        if let Some((asked, known)) = lock(&self.timelines).get(&survey)
            && asked.elapsed() < LATELY
        {
            return Ok(Arc::clone(known));
        }
        let asked = Instant::now();
        let found = Arc::new(store.timeline(survey)?);
        let mut timelines = lock(&self.timelines);
        if timelines.len() >= KEPT {
            timelines.clear();
        }
        timelines.insert(survey, (asked, Arc::clone(&found)));
        Ok(found)
    }

    /// The newest version of a survey.
    pub fn newest(&self, store: &Store, slug: &str) -> anyhow::Result<Option<Arc<ReadyVersion>>> {
        store
            .newest(slug)?
            .map(|found| self.version(store, found))
            .transpose()
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
            .map(|found| self.version(store, found))
            .transpose()
    }

    /// The version that a response names, or the newest where that one is not known here.
    pub fn of_response(&self, store: &Store, slug: &str, version: &str) -> anyhow::Result<Arc<ReadyVersion>> {
        let found = match self.named(store, slug, version)? {
            None => self.newest(store, slug)?,
            found => found,
        };
        found.ok_or_else(|| anyhow::anyhow!("the survey '{slug}' has no version"))
    }

    /// A version by the beginning of its form's digest.
    pub fn by_digest(
        &self,
        store: &Store,
        slug: &str,
        digest: &str,
    ) -> anyhow::Result<Option<Arc<ReadyVersion>>> {
        store
            .version_by_digest(slug, digest)?
            .map(|found| self.version(store, found))
            .transpose()
    }

    fn version(&self, store: &Store, Found { id, files }: Found) -> anyhow::Result<Arc<ReadyVersion>> {
        if let Some(known) = lock(&self.versions).get(&id)
            && known.files.len() as u64 == files
        {
            return Ok(Arc::clone(known));
        }
        let made = Arc::new(make(store.version(id)?)?);
        let mut kept = lock(&self.versions);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(id, Arc::clone(&made));
        Ok(made)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn make(version: crate::store::Version) -> anyhow::Result<ReadyVersion> {
    let texts_json = version
        .form
        .texts
        .iter()
        .map(serde_json::to_string)
        .collect::<Result<_, _>>()?;
    let ready = ReadyForm::new(version.form);
    let form_json = for_the_phone(&ready, &version.digest, &version.files)?.to_string();
    Ok(ReadyVersion {
        survey: version.survey,
        // Files that were missing can come later, and the form's own digest does not know of them.
        tag: hex(&Sha256::digest(form_json.as_bytes())[..16]),
        form_json,
        texts_json,
        files: version.files,
        digest: version.digest,
        ready,
    })
}

/// The form's JSON as a phone loads it. This is the one place where it is composed: what the phone should know besides
/// the form itself is added here.
fn for_the_phone(ready: &ReadyForm, digest: &str, files: &BTreeMap<String, String>) -> anyhow::Result<Json> {
    let mut json = serde_json::to_value(&ready.form)?;
    if let Some(form) = json.as_object_mut() {
        form.remove("texts");
        without_what_phones_need_not(form);
        form.insert("hash".into(), json!(digest));
        if let Json::Object(readers) = serde_json::to_value(ready.readers())? {
            form.extend(readers);
        }
        if !files.is_empty() {
            // Names of files that are there, with enough of their digest to make an address that never changes.
            let marks = files
                .iter()
                .map(|(name, digest)| (name.clone(), json!(digest[..MARK])));
            form.insert("files".into(), Json::Object(marks.collect()));
        }
    }
    Ok(json)
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
