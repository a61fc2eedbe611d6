//! Rounds of a survey are started and ended beside its pauses.

use super::running::page_with_error;
use super::{Fields, Visit, Who};
use crate::http::{App, Failure};
use crate::plain::encoded;
use crate::running::{Round, round_name};
use crate::store::{Started, Store};
use crate::sync::began_at;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// A round, and how many responses were begun in it.
pub struct Counted {
    /// The round.
    pub round: Round,
    /// How many.
    pub responses: u64,
}

/// The rounds of a survey with their responses, and how many were begun in none.
pub fn counted(store: &Store, survey: i64) -> anyhow::Result<(Vec<Counted>, u64)> {
    let rounds = store.rounds(survey)?;
    let mut counts = vec![0; rounds.all().len()];
    let mut outside = 0;
    if !counts.is_empty() {
        store.each_moment(survey, |started, finished, received| {
            match rounds.at(began_at(started, finished, received)) {
                Some(at) => counts[at] += 1,
                None => outside += 1,
            }
        })?;
    }
    let all = rounds.all().iter().cloned().zip(counts);
    Ok((
        all.map(|(round, responses)| Counted { round, responses })
            .collect(),
        outside,
    ))
}

/// Starts or ends one.
pub async fn change(
    State(app): State<Arc<App>>,
    visit: Visit,
    who: Who,
    Path(slug): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || {
        let survey = (app.newest(&slug)?.survey, slug.as_str());
        let error = if fields.get("do") == "end" {
            app.store.end_round(survey, &who.name)?;
            None
        } else {
            match round_name(fields.get("name")) {
                None => Some("wrong_round_name"),
                Some(name) => {
                    let from_beginning = fields.get("from_beginning") == "yes";
                    match app.store.start_round(survey, &name, from_beginning, &who.name)? {
                        Started::Open => None,
                        Started::NameTaken => Some("wrong_round_taken"),
                        Started::NotTheFirst => Some("wrong_round_first"),
                    }
                }
            }
        };
        if let Some(word) = error {
            return page_with_error(&app, &visit, &slug, visit.t(word), fields.get("name"));
        }
        let address = format!("/desk/surveys/{}/running?done=round", encoded(&slug));
        Ok(Redirect::to(&address).into_response())
    })
    .await?
}
