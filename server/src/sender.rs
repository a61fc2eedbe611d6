//! Who sends responses, and what follows from it. No HTTP, no SQL.

use crate::ready::ReadyVersion;
use crate::store::Enumerator;
use crate::sync::Vouched;
use baraza_forms::Response;

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// Nobody who has signed in.
    Nobody,
    /// An enumerator.
    Enumerator {
        /// Row id.
        id: i64,
        /// UUID by which phones know themselves.
        public: String,
        /// Slugs of the surveys that it is for; none means all.
        surveys: Vec<String>,
    },
    /// An enumerator whose link was taken back or renewed since.
    Revoked,
    /// A coordinator with a file, who is believed: these are all the enumerators there are.
    Coordinator(Vec<Enumerator>),
}

impl Sender {
    /// Why a survey that takes responses from enumerators alone takes none from this sender. Its newest version rules:
    /// a phone can't choose an older one.
    pub fn refused_by(&self, newest: &ReadyVersion) -> Option<&'static Refused> {
        match self {
            _ if !newest.ready.form.settings.sign_in => None,
            Self::Enumerator { .. } | Self::Coordinator(_) => None,
            Self::Revoked => Some(&REVOKED),
            Self::Nobody => Some(&SIGNED_OUT),
        }
    }

    /// The enumerator that a response names, where that is who sends it.
    pub fn vouches_for(&self, response: &Response) -> Option<Vouched> {
        match self {
            Self::Enumerator { id, public, surveys } if response.enumerator.as_ref() == Some(public) => {
                Some(Vouched {
                    enumerator: *id,
                    of_survey: surveys.is_empty() || surveys.contains(&response.form),
                })
            }
            Self::Coordinator(all) => {
                let named = all
                    .iter()
                    .find(|one| response.enumerator.as_ref() == Some(&one.public))?;
                Some(Vouched {
                    enumerator: named.id,
                    of_survey: named.is_for(&response.form),
                })
            }
            _ => None,
        }
    }
}

/// Why nothing is taken, as the phone and a person read it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// For the phone.
    pub code: &'static str,
    /// For a person.
    pub message: &'static str,
}

/// Without a session.
pub const SIGNED_OUT: Refused = Refused {
    code: "signed_out",
    message: "nobody is signed in on this phone: open the link, or scan the code, that the coordinator gave you",
};
/// With one that holds no longer.
pub const REVOKED: Refused = Refused {
    code: "revoked",
    message: "this link was taken back or replaced: ask the coordinator for a new one",
};
/// With a link that was never given out.
pub const UNKNOWN: Refused = Refused {
    code: "unknown",
    message: "this link is not known here: check that it is whole, or ask the coordinator for a new one",
};
