//! Quotas, and the responses that count towards them.

use super::reviews::{CURRENT, STATE, State};
use super::{Note, Store, Survey, audit};
use crate::quotas::Wanted;
use rusqlite::{Connection, params};
use serde_json::{Map, Value as Json};

type Answers = Map<String, Json>;

/// How many people of a kind are to be interviewed.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// Row id; never used again.
    pub id: i64,
    /// Of what kind; no wish is everybody.
    pub wanted: Vec<Wanted>,
    /// How many.
    pub target: u32,
}

/// How far a count has come, by row ids.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// The last complete response.
    pub response: i64,
    /// The last correction.
    pub correction: i64,
    /// The last state that was given.
    pub review: i64,
}

impl Store {
    /// Puts quotas in the place of those that a survey had.
    pub fn set_quotas(&self, survey: &Survey, quotas: &[(Vec<Wanted>, u32)], by: &str) -> anyhow::Result<()> {
        let rows: Vec<(String, u32)> = quotas
            .iter()
            .map(|(wanted, target)| Ok((serde_json::to_string(wanted)?, *target)))
            .collect::<anyhow::Result<_>>()?;
        let note = Note {
            by: by.to_owned(),
            action: "quotas_set",
            survey: survey.slug.clone(),
            detail: serde_json::json!({ "quotas": rows.len() }),
        };
        self.writer.transaction(|t| {
            t.execute("DELETE FROM quota WHERE survey_id = ?1", [survey.id])?;
            for (wanted, target) in &rows {
                t.execute(
                    "INSERT INTO quota (survey_id, wanted, target) VALUES (?1, ?2, ?3)",
                    params![survey.id, wanted, target],
                )?;
            }
            audit::append(t, &note)
        })?;
        Ok(())
    }

    /// The quotas of a survey in the order in which they were given.
    pub fn quotas(&self, survey: i64) -> anyhow::Result<Vec<Quota>> {
        let reader = self.reader()?;
        let mut statement =
            reader.prepare("SELECT id, wanted, target FROM quota WHERE survey_id = ?1 ORDER BY id")?;
        let mut rows = statement.query([survey])?;
        let mut quotas = Vec::new();
        while let Some(row) = rows.next()? {
            let wanted: String = row.get(1)?;
            quotas.push(Quota {
                id: row.get(0)?,
                wanted: serde_json::from_str(&wanted)?,
                target: row.get(2)?,
            });
        }
        Ok(quotas)
    }

    /// What has come since a count: `fresh` is called with the answers of every complete response as it was received,
    /// and, where anything was corrected or reviewed anywhere, `changed` with what was received and what counts now of
    /// all responses of the survey that are corrected or rejected; nothing is what does not count.
    pub fn count_on(
        &self,
        survey: i64,
        seen: Seen,
        mut fresh: impl FnMut(&Answers),
        mut changed: impl FnMut(Option<&Answers>, Option<&Answers>),
    ) -> anyhow::Result<Seen> {
        let reader = self.reader()?;
        // All of one moment: what is corrected has then been counted as it was received.
        let reader = reader.unchecked_transaction()?;
        let mut now = seen;
        // The plus keeps SQLite from going through all responses of the survey by its index rather than the new ones.
        let mut statement = reader.prepare(
            "SELECT id, answers FROM response WHERE id > ?1 AND +survey_id = ?2 AND outcome = 'complete' ORDER BY id",
        )?;
        let mut rows = statement.query([seen.response, survey])?;
        while let Some(row) = rows.next()? {
            now.response = row.get(0)?;
            fresh(&serde_json::from_str(row.get_ref(1)?.as_str()?)?);
        }
        // Comments change no count; from the end only they are passed over.
        (now.correction, now.review) = reader.query_row(
            "SELECT (SELECT coalesce(max(id), 0) FROM correction),
             coalesce((SELECT id FROM review WHERE state IS NOT NULL ORDER BY id DESC LIMIT 1), 0)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if (now.correction, now.review) != (seen.correction, seen.review) {
            each_changed(&reader, survey, &mut changed)?;
        }
        Ok(now)
    }
}

fn each_changed(
    reader: &Connection,
    survey: i64,
    changed: &mut impl FnMut(Option<&Answers>, Option<&Answers>),
) -> anyhow::Result<()> {
    let mut statement = reader.prepare(&format!(
        "SELECT r.outcome, r.answers, coalesce(c.outcome, r.outcome), coalesce(c.answers, r.answers), {STATE}
         FROM {CURRENT} WHERE +r.survey_id = ?1 AND r.id IN
         (SELECT response_id FROM correction UNION SELECT response_id FROM review WHERE state = 'rejected')"
    ))?;
    let mut rows = statement.query([survey])?;
    while let Some(row) = rows.next()? {
        let complete = |outcome: usize| -> anyhow::Result<Option<Answers>> {
            let counts = row.get_ref(outcome)?.as_str()? == "complete";
            let answers = row.get_ref(outcome + 1)?.as_str()?;
            Ok(if counts {
                Some(serde_json::from_str(answers)?)
            } else {
                None
            })
        };
        let (before, now) = (complete(0)?, complete(2)?);
        let rejected = State::at(row, 4)? == State::Rejected;
        changed(before.as_ref(), now.as_ref().filter(|_| !rejected));
    }
    Ok(())
}
