//! Files that no response names: a phone sends files first, and some of its responses never come.

use super::audit::{Note, append};
use super::{Store, ago};
use rusqlite::{OptionalExtension, params};
use serde_json::json;
use std::time::Duration;

/// Files removed in one transaction: phones are not to wait for many.
const TOGETHER: usize = 64;

/// The files of a survey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Slug of the survey.
    pub survey: String,
    /// Whole ones, and their bytes.
    pub whole: (u64, u64),
    /// Those of them that no response names.
    pub unnamed: (u64, u64),
    /// Ones that have come in part, and the bytes that are there.
    pub unfinished: (u64, u64),
}

/// What a clean-up removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

const UNNAMED: &str =
    "NOT EXISTS (SELECT 1 FROM media_use u WHERE u.survey_id = m.survey_id AND u.name = m.name)";

impl Store {
    /// The files of each survey.
    pub fn files(&self) -> rusqlite::Result<Vec<Files>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!(
            "SELECT s.slug, coalesce(t.files, 0), coalesce(t.bytes, 0),
             (SELECT count(*) FROM media m INDEXED BY media_by_age WHERE m.survey_id = s.id AND {UNNAMED}),
             (SELECT coalesce(sum(size), 0) FROM media m INDEXED BY media_by_age WHERE m.survey_id = s.id AND {UNNAMED}),
             (SELECT count(*) FROM media_part p WHERE p.survey_id = s.id),
             (SELECT coalesce(sum(received), 0) FROM media_part p WHERE p.survey_id = s.id)
             FROM survey s LEFT JOIN media_total t ON t.survey_id = s.id ORDER BY s.slug"
        ))?;
        let rows = statement.query_map([], |row| {
            let pair = |at: usize| Ok::<_, rusqlite::Error>((number(row, at)?, number(row, at + 1)?));
            Ok(Files {
                survey: row.get(0)?,
                whole: pair(1)?,
                unnamed: pair(3)?,
                unfinished: pair(5)?,
            })
        })?;
        rows.collect()
    }

    /// Bytes of a survey's files, without one that is to come, whole or in part; nothing where that one is there.
    pub fn filled(&self, survey: i64, coming: &str) -> rusqlite::Result<Option<u64>> {
        let reader = self.reader()?;
        let is_there: Option<i64> = reader
            .prepare_cached("SELECT 1 FROM media WHERE survey_id = ?1 AND name = ?2")?
            .query_row(params![survey, coming], |row| row.get(0))
            .optional()?;
        if is_there.is_some() {
            return Ok(None);
        }
        let query = "SELECT coalesce((SELECT bytes FROM media_total WHERE survey_id = ?1), 0)
            + coalesce((SELECT sum(received) FROM media_part WHERE survey_id = ?1 AND name <> ?2), 0)";
        reader
            .prepare_cached(query)?
            .query_row(params![survey, coming], |row| number(row, 0))
            .map(Some)
    }

    /// Which of the files that a response names are not here, whole.
    pub fn missing<'n>(&self, survey: i64, names: &'n [String]) -> rusqlite::Result<Vec<&'n str>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let reader = self.reader()?;
        let mut find = reader.prepare_cached("SELECT 1 FROM media WHERE survey_id = ?1 AND name = ?2")?;
        let mut missing = Vec::new();
        for name in names {
            if !find.exists(params![survey, name])? {
                missing.push(name.as_str());
            }
        }
        Ok(missing)
    }

    /// Removes files that no response names so long after they came; noted in the audit log. Whatever a
    /// response names by then stays, and a phone whose file is gone is told so with its response's receipt.
    pub fn drop_unnamed(&self, after: Duration, by: &str) -> rusqlite::Result<Dropped> {
        let before = ago(after);
        let candidates: Vec<i64> = {
            let reader = self.reader()?;
            let mut statement = reader.prepare(&format!(
                "SELECT id FROM media m INDEXED BY media_by_age WHERE received_at < ?1 AND {UNNAMED}"
            ))?;
            statement
                .query_map([&before], |row| row.get(0))?
                .collect::<Result<_, _>>()?
        };
        let mut dropped = Dropped::default();
        for some in candidates.chunks(TOGETHER) {
            let now = self.writer.transaction(|t| {
                let mut now = Dropped::default();
                let mut remove = t.prepare_cached(&format!(
                    "DELETE FROM media AS m WHERE id = ?1 AND {UNNAMED} RETURNING size"
                ))?;
                for id in some {
                    // Named since, or removed by somebody else.
                    let Some(size) = remove.query_row([id], |row| number(row, 0)).optional()? else {
                        continue;
                    };
                    now.files += 1;
                    now.bytes += size;
                }
                if now.files > 0 {
                    let detail = json!({ "files": now.files, "bytes": now.bytes, "came_before": before });
                    let note = Note {
                        by: by.into(),
                        action: "files_removed",
                        survey: String::new(),
                        detail,
                    };
                    append(t, &note)?;
                }
                Ok(now)
            })?;
            dropped.files += now.files;
            dropped.bytes += now.bytes;
        }
        Ok(dropped)
    }
}

fn number(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(|number| number as u64)
}
