//! How a synthetic respondent answers a question.

use super::Respondent;
use baraza_forms::form::{Choice, Special};
use baraza_forms::{Answer, Filling, Kind, NodeId, Pass};
use rand::RngExt;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

/// One respondent before one question.
pub struct Answering<'p> {
    pub rng: &'p mut StdRng,
    pub respondent: &'p Respondent,
}

/// Words for open questions; nobody said them.
const WORDS: [&str; 4] = [
    "(synthetic) roads at night",
    "(synthetic) prices",
    "(synthetic) water points",
    "(synthetic) armed men",
];

impl Answering<'_> {
    /// An answer that the form allows, or none.
    pub fn answer(&mut self, filling: &Filling<'_>, id: NodeId) -> Option<Answer> {
        let node = &filling.form().nodes[id];
        if node.pass && self.rng.random_bool(0.05) {
            return Some(Answer::Passed(if self.rng.random_bool(0.7) {
                Pass::DontKnow
            } else {
                Pass::PreferNotToSay
            }));
        }
        match node.kind {
            Kind::SelectOne => self.one(filling, id),
            Kind::SelectMultiple => self.several(filling, id),
            Kind::Rank => self.ranked(filling, id),
            Kind::Integer | Kind::Range => {
                let number = 1.0 + (self.rng.random::<f64>().powi(2) * 6.0).floor();
                Some(Answer::Number(number))
            }
            Kind::Text if self.rng.random_bool(0.4) => Some(Answer::Text(
                WORDS[self.rng.random_range(0..WORDS.len())].to_owned(),
            )),
            _ => None,
        }
    }

    fn one(&mut self, filling: &Filling<'_>, id: NodeId) -> Option<Answer> {
        let (choices, specials) = offered(filling, id);
        if self.rng.random_bool(0.04) && !specials.is_empty() {
            let at = self.rng.random_range(0..specials.len());
            return Some(Answer::Text(specials[at].name.clone()));
        }
        let scored = self.scored(filling, id, &choices);
        scored.first().map(|(_, code)| Answer::Text(code.clone()))
    }

    fn several(&mut self, filling: &Filling<'_>, id: NodeId) -> Option<Answer> {
        let (choices, specials) = offered(filling, id);
        if self.rng.random_bool(0.05) && !specials.is_empty() {
            let at = self.rng.random_range(0..specials.len());
            return Some(Answer::Codes(vec![specials[at].name.clone()]));
        }
        let most = self.rng.random_range(1..=3.min(choices.len().max(1)));
        let scored = self.scored(filling, id, &choices);
        let mut chosen: Vec<String> = scored.into_iter().take(most).map(|(_, code)| code).collect();
        chosen.sort_by_key(|code| choices.iter().position(|choice| choice.name == *code));
        (!chosen.is_empty()).then_some(Answer::Codes(chosen))
    }

    fn ranked(&mut self, filling: &Filling<'_>, id: NodeId) -> Option<Answer> {
        let (choices, _) = offered(filling, id);
        let ranks = filling.form().nodes[id]
            .parameters
            .get("ranks")
            .and_then(|r| r.parse().ok())
            .unwrap_or(choices.len());
        let chosen: Vec<String> = self
            .scored(filling, id, &choices)
            .into_iter()
            .take(ranks)
            .map(|(_, code)| code)
            .collect();
        (!chosen.is_empty()).then_some(Answer::Codes(chosen))
    }

    /// Choices by descending utility: their popularity, their pull on the respondent's leaning, and chance (Gumbel,
    /// so that the first is a multinomial logit draw; McFadden 1974).
    fn scored(&mut self, filling: &Filling<'_>, id: NodeId, choices: &[&Choice]) -> Vec<(f64, String)> {
        let question = &filling.form().nodes[id].name;
        let last = choices.len().saturating_sub(1).max(1) as f64;
        let mut scored: Vec<(f64, String)> = choices
            .iter()
            .enumerate()
            .map(|(at, choice)| {
                let pull = (at as f64 / last - 0.5) * 1.6;
                let chance = -(-self.rng.random_range(f64::EPSILON..1.0).ln()).ln();
                (
                    popularity(question, &choice.name) + pull * self.respondent.leaning + chance,
                    choice.name.clone(),
                )
            })
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored
    }
}

/// Choices of substance, and those that stand apart.
fn offered<'f>(filling: &Filling<'f>, id: NodeId) -> (Vec<&'f Choice>, Vec<&'f Choice>) {
    let Some(list) = filling.form().list_of(id) else {
        return (Vec::new(), Vec::new());
    };
    let rows = filling.offered(id, 0).into_iter().map(|row| &list.choices[row]);
    let (specials, choices): (Vec<_>, Vec<_>) = rows.partition(|choice| choice.special.is_some());
    (
        choices,
        specials
            .into_iter()
            .filter(|choice| choice.special != Some(Special::None))
            .collect(),
    )
}

/// A fixed number from -0.9 to 0.9 for each choice of each question.
fn popularity(question: &str, choice: &str) -> f64 {
    let digest = Sha256::digest(format!("{question}/{choice}"));
    (f64::from(digest[0]) / 255.0 - 0.5) * 1.8
}
