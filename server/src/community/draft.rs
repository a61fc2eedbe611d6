//! A page for a community while it is made: which figures, and what is said of them. It has no figure itself: these are
//! taken from the last release of results when the page is looked at, and frozen when it is released.

use baraza_forms::Form;
use baraza_forms::form::Language;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The same in several languages, by their tags; none of them blank.
pub type Texts = BTreeMap<String, String>;
/// A recording for each language, by its tag.
pub type Sounds = BTreeMap<String, Sound>;

/// Findings on a page. More are not looked at, and do not fit on paper.
pub const MOST_FINDINGS: usize = 6;
/// Open questions of the placemat, one for each quarter.
pub const QUESTIONS: usize = 4;
/// Letters of a statement. What is longer does not fit on paper.
pub const MOST_WORDS: usize = 160;
/// Letters of what stands at the page's head and foot.
pub const MOST_INTRO: usize = 240;
/// Letters of an open question.
pub const MOST_QUESTION: usize = 100;

/// A recording, read aloud by somebody who speaks the language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sound {
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    /// Content type.
    pub kind: String,
}

/// Names a figure of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The table.
    pub question: String,
    /// Code of the answer; blank for a mean.
    pub answer: String,
    /// Of the community itself; otherwise of all of the survey.
    pub here: bool,
}

/// A figure that was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    /// Names it within the page; never used again.
    pub id: u64,
    /// Which.
    pub figure: Figure,
    /// What it means, in plain words.
    #[serde(default)]
    pub words: Texts,
    /// Why it may be shown although its question is sensitive; blank where it is not.
    #[serde(default)]
    pub reason: String,
    /// The same to be heard.
    #[serde(default)]
    pub sounds: Sounds,
}

/// The page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The id of the next figure that is chosen.
    pub next: u64,
    /// What the page begins with.
    pub intro: Texts,
    /// Where people object and correct.
    pub contact: Texts,
    /// What is asked on the placemat.
    pub questions: Vec<Texts>,
    /// What the page begins with, to be heard.
    pub sounds: Sounds,
    /// In the order in which they are shown.
    pub findings: Vec<Pick>,
}

impl Draft {
    /// Adds a figure at the end, unless it is there or the page is full.
    pub fn pick(&mut self, figure: Figure, reason: &str) -> bool {
        let is_there = self.findings.iter().any(|pick| pick.figure == figure);
        if is_there || self.findings.len() >= MOST_FINDINGS {
            return false;
        }
        self.findings.push(Pick {
            id: self.next,
            figure,
            words: Texts::new(),
            reason: reason.to_owned(),
            sounds: Sounds::new(),
        });
        self.next += 1;
        true
    }

    /// Moves a figure one place up.
    pub fn up(&mut self, id: u64) {
        if let Some(at) = self.place(id).filter(|at| *at > 0) {
            self.findings.swap(at, at - 1);
        }
    }

    /// Lets a figure go.
    pub fn remove(&mut self, id: u64) {
        self.findings.retain(|pick| pick.id != id);
    }

    /// A figure that was chosen.
    pub fn get(&self, id: u64) -> Option<&Pick> {
        self.findings.iter().find(|pick| pick.id == id)
    }

    /// The languages of a form in which people wrote or said something of the page, and the others; all where nobody
    /// did. A page in a language in which nobody wrote anything is a mixture: its frame alone is translated.
    pub fn languages(&self, form: &Form) -> (Vec<Language>, Vec<Language>) {
        let has = |language: &Language| {
            let tag = &language.tag;
            let of_finding = |pick: &Pick| pick.words.contains_key(tag) || pick.sounds.contains_key(tag);
            self.intro.contains_key(tag)
                || self.sounds.contains_key(tag)
                || self.findings.iter().any(of_finding)
        };
        let (written, others): (Vec<_>, Vec<_>) = form.languages.iter().cloned().partition(has);
        if written.is_empty() {
            (others, written)
        } else {
            (written, others)
        }
    }

    fn place(&self, id: u64) -> Option<usize> {
        self.findings.iter().position(|pick| pick.id == id)
    }

    /// The recordings of a figure, or of the page's beginning.
    pub fn sounds_of(&mut self, finding: Option<u64>) -> Option<&mut Sounds> {
        match finding {
            None => Some(&mut self.sounds),
            Some(id) => {
                let at = self.place(id)?;
                Some(&mut self.findings[at].sounds)
            }
        }
    }

    /// A recording by its digest.
    pub fn sound(&self, digest: &str) -> Option<&Sound> {
        let more = self.findings.iter().flat_map(|pick| pick.sounds.values());
        self.sounds
            .values()
            .chain(more)
            .find(|sound| sound.digest == digest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Draft, Figure, MOST_FINDINGS};

    fn figure(answer: usize) -> Figure {
        Figure {
            question: "safe".into(),
            answer: answer.to_string(),
            here: true,
        }
    }

    #[test]
    fn figures_are_chosen_once_moved_and_let_go() {
        let mut draft = Draft::default();
        assert!(draft.pick(figure(1), "") && draft.pick(figure(2), ""));
        assert!(!draft.pick(figure(1), ""), "it is there");
        draft.up(1);
        draft.up(1);
        draft.up(9);
        assert_eq!(draft.findings[0].figure, figure(2));
        draft.remove(1);
        assert!(draft.get(1).is_none() && draft.get(0).is_some());
        for answer in 2..20 {
            draft.pick(figure(answer), "");
        }
        assert_eq!(draft.findings.len(), MOST_FINDINGS);
        let ids: Vec<u64> = draft.findings.iter().map(|pick| pick.id).collect();
        assert_eq!(ids, [0, 2, 3, 4, 5, 6], "no id is used again");
    }
}
