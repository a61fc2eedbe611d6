//! Synthetic respondents, for looking around without fieldwork.
//!
//! Each respondent has a leaning: part of it comes from where they live, part from who they are, part is their own.
//! Every choice draws on the leaning with a loading of its own, so that answers are correlated, differ between
//! groups, and are alike within a cluster. Nothing here describes a real place.

mod answers;

use answers::Answering;
use baraza_forms::{Answer, Env, Filling, Kind, NodeId, ReadyForm, Response, Role};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, LogNormal, Normal};
use std::collections::HashSet;

const CLUSTERS: usize = 80;

/// A population to draw respondents from.
pub struct Population<'a> {
    ready: &'a ReadyForm,
    rng: StdRng,
    clusters: Vec<Cluster>,
    /// Nodes whose answer decides on others: after them the form is brought up to date.
    decisive: HashSet<NodeId>,
}

struct Cluster {
    stratum: usize,
    leaning: f64,
    weight: f64,
}

/// Who answers.
pub struct Respondent {
    cluster: usize,
    leaning: f64,
    age: f64,
}

impl<'a> Population<'a> {
    /// The same seed gives the same population.
    pub fn new(ready: &'a ReadyForm, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let strata = strata(ready).len();
        let leaning = normal(0.0, 0.5);
        let clusters = (0..CLUSTERS)
            .map(|at| Cluster {
                stratum: at % strata,
                leaning: leaning.sample(&mut rng),
                weight: 0.5 + (at % strata) as f64 * 0.4 + rng.random_range(0.0..0.3),
            })
            .collect();
        Self {
            ready,
            rng,
            clusters,
            decisive: decisive(ready),
        }
    }

    /// One more response.
    pub fn respondent(&mut self) -> Response {
        let cluster = self.rng.random_range(0..CLUSTERS);
        let own = normal(self.clusters[cluster].leaning, 0.8).sample(&mut self.rng);
        let age = gamma(5.2, 7.6).sample(&mut self.rng).round().clamp(15.0, 95.0);
        let respondent = Respondent {
            cluster,
            leaning: own + (age - 40.0) / 80.0,
            age,
        };
        let language = self.rng.random_range(0..self.ready.form.languages.len());
        let minutes = lognormal(2.9, 0.35).sample(&mut self.rng).clamp(5.0, 90.0);
        let finished =
            jiff::Timestamp::now() - jiff::SignedDuration::from_mins(self.rng.random_range(10..43_000));
        let started = finished - jiff::SignedDuration::from_secs((minutes * 60.0) as i64);
        let env = Env::new(&stamp(finished), language, self.rng.random());
        let mut filling = Filling::begin(self.ready, env);
        self.answer(&mut filling, respondent);
        Response {
            form: self.ready.form.id.clone(),
            version: self.ready.form.version.clone(),
            instance_id: uuid::Builder::from_random_bytes(self.rng.random())
                .into_uuid()
                .to_string(),
            started: stamp(started),
            finished: stamp(finished),
            language: self.ready.form.languages[language].tag.clone(),
            enumerator: None,
            answers: filling.to_answers(),
        }
    }

    /// Goes through the form in its order, as an interview does. The default survey has no repeat.
    fn answer(&mut self, filling: &mut Filling<'_>, mut respondent: Respondent) {
        let form = &self.ready.form;
        for (id, node) in form.nodes.iter().enumerate() {
            if !filling.is_relevant(id, 0) || !self.ready.around(id).is_empty() {
                continue;
            }
            let answer = match (node.role, node.name.as_str()) {
                (Some(Role::Stratum), _) => Some(Answer::Text(self.stratum_of(&respondent))),
                (Some(Role::Area), _) => Some(Answer::Text(self.stratum_of(&respondent))),
                (Some(Role::Psu), _) => Some(Answer::Text(format!("cluster-{:02}", respondent.cluster + 1))),
                (Some(Role::Age), _) => Some(Answer::Number(respondent.age)),
                (Some(Role::Consent), _) => Some(Answer::Text(
                    if self.rng.random_bool(0.94) { "yes" } else { "no" }.into(),
                )),
                (Some(Role::Gender), _) => self.gender(id),
                (_, "base_weight") => Some(Answer::Text(format!(
                    "{:.2}",
                    self.clusters[respondent.cluster].weight
                ))),
                _ if node.kind.is_asked() => Answering {
                    rng: &mut self.rng,
                    respondent: &respondent,
                }
                .answer(filling, id),
                _ => None,
            };
            if node.role == Some(Role::Gender) && answer.as_ref().is_some_and(|a| a.text() == "woman") {
                respondent.leaning += 0.35;
            }
            if answer.is_some() && node.kind != Kind::Calculate {
                filling.set(id, 0, answer);
                if self.decisive.contains(&id) {
                    filling.recalculate();
                }
            }
        }
        filling.recalculate();
    }

    /// Mostly the first two choices of the list, as in any population.
    fn gender(&mut self, id: NodeId) -> Option<Answer> {
        let choices = &self.ready.form.list_of(id)?.choices;
        let at = match self.rng.random_range(0.0..1.0) {
            chance if chance < 0.51 => 0,
            chance if chance < 0.985 => 1,
            _ => self.rng.random_range(0..choices.len()),
        };
        choices
            .get(at)
            .or(choices.first())
            .map(|choice| Answer::Text(choice.name.clone()))
    }

    fn stratum_of(&self, respondent: &Respondent) -> String {
        strata(self.ready)[self.clusters[respondent.cluster].stratum].clone()
    }
}

/// The areas of the form's own list, or four of our own.
fn strata(ready: &ReadyForm) -> Vec<String> {
    let area = ready
        .form
        .with_role(Role::Area)
        .and_then(|id| ready.form.list_of(id));
    let codes: Vec<String> = area
        .into_iter()
        .flat_map(|list| {
            list.choices
                .iter()
                .filter(|c| c.special.is_none())
                .map(|c| c.name.clone())
        })
        .collect();
    if codes.is_empty() {
        ["a", "b", "c", "d"].map(String::from).to_vec()
    } else {
        codes
    }
}

fn decisive(ready: &ReadyForm) -> HashSet<NodeId> {
    let expressions = |node: &baraza_forms::Node| {
        [
            &node.relevant,
            &node.calculation,
            &node.repeat_count,
            &node.choice_filter,
        ]
        .into_iter()
        .flatten()
        .flat_map(baraza_forms::expr::Expr::reads)
        .collect::<Vec<_>>()
    };
    ready.form.nodes.iter().flat_map(expressions).collect()
}

fn stamp(moment: jiff::Timestamp) -> String {
    format!("{moment:.3}")
}

// The parameters are constants of this module, so that the distributions exist.
fn normal(mean: f64, deviation: f64) -> Normal<f64> {
    Normal::new(mean, deviation).unwrap_or_else(|_| unreachable!("a positive deviation"))
}

fn gamma(shape: f64, scale: f64) -> Gamma<f64> {
    Gamma::new(shape, scale).unwrap_or_else(|_| unreachable!("positive parameters"))
}

fn lognormal(mean: f64, deviation: f64) -> LogNormal<f64> {
    LogNormal::new(mean, deviation).unwrap_or_else(|_| unreachable!("a positive deviation"))
}
