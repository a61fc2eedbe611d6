//! What becomes of a response, by whichever way it comes. No HTTP, no SQL.

use crate::ready::{Cache, ReadyVersion};
use crate::sender::{Refused, Sender};
use crate::store::{Incoming, Store, now};
use crate::sync::{NotUnderstood, prepare, read, shortened};
use std::collections::HashMap;
use std::sync::Arc;

/// The largest response, in bytes.
pub const MOST: usize = 1 << 20;

/// Why a response is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// It can't be understood.
    #[error(transparent)]
    NotUnderstood(#[from] NotUnderstood),
    /// It is longer than any response.
    #[error("a response has at most {} KB", MOST >> 10)]
    TooLarge,
    /// Its survey is not published here.
    #[error("there is no survey '{}' here", shortened(.0))]
    NoSurvey(String),
    /// Its survey takes none from who sends it.
    #[error("{}", .0.message)]
    Sender(&'static Refused),
    /// Our own fault: its form can't be read at the moment.
    #[error("the survey can't be read at the moment")]
    Unreadable(anyhow::Error),
}

impl Why {
    /// The word for it on the wire; none where it is to be tried again.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::NotUnderstood(_) => Some("not_understood"),
            Self::TooLarge => Some("too_large"),
            Self::NoSurvey(_) => Some("no_survey"),
            Self::Sender(refused) => Some(refused.code),
            Self::Unreadable(_) => None,
        }
    }
}

/// A response that is not taken.
#[derive(Debug)]
pub struct Refusal {
    /// Its instance ID, as far as it was read.
    pub instance_id: Option<String>,
    /// Why.
    pub why: Why,
}

/// Understands responses that come together; keeps the forms that it has looked up.
#[derive(Debug)]
pub struct Intake<'a> {
    store: &'a Store,
    forms: &'a Cache,
    sender: &'a Sender,
    found: HashMap<(String, String), Arc<ReadyVersion>>,
}

impl<'a> Intake<'a> {
    /// For responses to the surveys of a store, from a sender.
    pub fn new(store: &'a Store, forms: &'a Cache, sender: &'a Sender) -> Self {
        Self {
            store,
            forms,
            sender,
            found: HashMap::new(),
        }
    }

    /// Makes of what a phone sent what is stored: every response goes through here, from whichever way it comes.
    /// Where the address names a survey, the response has to be for that one.
    pub fn take(&mut self, sent: &[u8], survey: Option<&str>) -> Result<Incoming, Refusal> {
        let refused = |instance_id, why| Refusal { instance_id, why };
        if sent.len() > MOST {
            return Err(refused(None, Why::TooLarge));
        }
        let response = read(sent, survey).map_err(|why| refused(None, why.into()))?;
        match self.version(&response.form, &response.version) {
            Ok(version) => {
                let vouched = self.sender.vouches_for(&response);
                match self.forms.timeline_lately(self.store, version.survey) {
                    Ok(timeline) => Ok(prepare(&response, &version, &timeline, &now(), vouched)),
                    Err(cause) => Err(refused(Some(response.instance_id), Why::Unreadable(cause))),
                }
            }
            Err(why) => Err(refused(Some(response.instance_id), why)),
        }
    }

    /// The version that was filled, or the newest where that one is not known here; where it may be sent at all.
    fn version(&mut self, survey: &str, version: &str) -> Result<Arc<ReadyVersion>, Why> {
        let key = (survey.to_owned(), version.to_owned());
        if let Some(found) = self.found.get(&key) {
            return Ok(Arc::clone(found));
        }
        let newest = self
            .forms
            .newest_lately(self.store, survey)
            .map_err(Why::Unreadable)?
            .ok_or_else(|| Why::NoSurvey(survey.to_owned()))?;
        if let Some(refused) = self.sender.refused_by(&newest) {
            return Err(Why::Sender(refused));
        }
        let found = if newest.ready.form.version == version {
            newest
        } else {
            let named = self.forms.named(self.store, survey, version);
            named.map_err(Why::Unreadable)?.unwrap_or(newest)
        };
        self.found.insert(key, Arc::clone(&found));
        Ok(found)
    }
}
