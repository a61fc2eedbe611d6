//! Quotas, and the responses that count towards them.

use super::Store;
use crate::quotas::Wanted;
use rusqlite::params;
use serde_json::{Map, Value as Json};

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

impl Store {
    /// Puts quotas in the place of those that a survey had.
    pub fn set_quotas(&self, survey: i64, quotas: &[(Vec<Wanted>, u32)]) -> anyhow::Result<()> {
        let rows: Vec<(String, u32)> = quotas
            .iter()
            .map(|(wanted, target)| Ok((serde_json::to_string(wanted)?, *target)))
            .collect::<anyhow::Result<_>>()?;
        self.writer.transaction(|t| {
            t.execute("DELETE FROM quota WHERE survey_id = ?1", [survey])?;
            for (wanted, target) in &rows {
                t.execute(
                    "INSERT INTO quota (survey_id, wanted, target) VALUES (?1, ?2, ?3)",
                    params![survey, wanted, target],
                )?;
            }
            Ok(())
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

    /// Calls `each` with the answers of every complete response of a survey whose row id is above `after`; gives the
    /// highest id that there is.
    pub fn each_complete_after(
        &self,
        survey: i64,
        after: i64,
        mut each: impl FnMut(&Map<String, Json>),
    ) -> anyhow::Result<i64> {
        let reader = self.reader()?;
        // The plus keeps SQLite from going through all responses of the survey by its index rather than the new ones.
        let mut statement = reader.prepare(
            "SELECT id, answers FROM response WHERE id > ?1 AND +survey_id = ?2 AND outcome = 'complete' ORDER BY id",
        )?;
        let mut rows = statement.query([after, survey])?;
        let mut last = after;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            let answers: String = row.get(1)?;
            each(&serde_json::from_str(&answers)?);
        }
        Ok(last)
    }
}
