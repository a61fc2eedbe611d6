//! Pauses of surveys.

use super::{Note, Store, audit, now};
use crate::running::{Change, Decision, State, Timeline};
use rusqlite::params;

impl Store {
    /// All that was decided of a survey, the oldest first.
    pub fn timeline(&self, survey: i64) -> anyhow::Result<Timeline> {
        let reader = self.reader()?;
        let mut statement = reader.prepare_cached(
            "SELECT state, areas, why, until, since, by FROM survey_state WHERE survey_id = ?1 ORDER BY id",
        )?;
        let mut rows = statement.query([survey])?;
        let mut changes = Vec::new();
        while let Some(row) = rows.next()? {
            let (state, areas): (String, String) = (row.get(0)?, row.get(1)?);
            changes.push(Change {
                decision: Decision {
                    state: State::of(&state).unwrap_or_default(),
                    areas: serde_json::from_str(&areas)?,
                    why: row.get(2)?,
                    until: row.get(3)?,
                },
                since: row.get(4)?,
                by: row.get(5)?,
            });
        }
        Ok(Timeline(changes))
    }

    /// Decides what a survey does from now on.
    pub fn decide(&self, (survey, slug): (i64, &str), decision: &Decision, by: &str) -> anyhow::Result<()> {
        let action = match decision.state {
            State::Open => "survey_resumed",
            State::Paused => "survey_paused",
            State::Closed => "survey_closed",
        };
        let note = Note {
            by: by.to_owned(),
            action,
            survey: slug.to_owned(),
            detail: serde_json::json!({ "areas": decision.areas, "why": decision.why, "until": decision.until }),
        };
        let areas = serde_json::to_string(&decision.areas)?;
        self.writer.transaction(|t| {
            t.execute(
                "INSERT INTO survey_state (survey_id, state, areas, why, until, since, by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    survey,
                    decision.state.word(),
                    areas,
                    decision.why,
                    decision.until,
                    now(),
                    by
                ],
            )?;
            audit::append(t, &note)
        })?;
        Ok(())
    }
}
