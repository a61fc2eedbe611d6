//! What was released of a survey's results, and its files.

use super::Store;
use super::audit::{self, Note, SERVER};
use super::reviews::{CURRENT, STATE};
use rusqlite::{OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};

/// The file of a release that later ones are protected beside.
const TIDY: &str = "tidy.csv";

/// A release that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Row id; never used again.
    pub id: i64,
    /// When it was made.
    pub made_at: String,
    /// SHA-256 of the version of the form that it was made with.
    pub form: String,
    /// Responses after this row id are not in it.
    pub last_response: i64,
    /// How many responses count in it.
    pub respondents: u64,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its name within the release.
    pub name: String,
    /// Its bytes, packed by gzip.
    pub content: Vec<u8>,
}

/// A release to be stored.
#[derive(Debug)]
pub struct NewRelease<'a> {
    /// Row id of its survey.
    pub survey: i64,
    /// The release that it was protected beside last; nothing where there was none.
    pub after: Option<i64>,
    /// When it was made.
    pub made_at: &'a str,
    /// SHA-256 of the version of the form.
    pub form: &'a str,
    /// Responses after this row id are not in it.
    pub last_response: i64,
    /// How many responses count in it.
    pub respondents: u64,
    /// What is given out.
    pub files: &'a [ReleaseFile],
}

impl Store {
    /// The last release of a survey.
    pub fn last_release(&self, survey: i64) -> rusqlite::Result<Option<Release>> {
        self.reader()?
            .query_row(
                "SELECT id, made_at, form, last_response, respondents FROM release WHERE survey_id = ?1
                 ORDER BY id DESC LIMIT 1",
                [survey],
                |row| {
                    let respondents: i64 = row.get(4)?;
                    Ok(Release {
                        id: row.get(0)?,
                        made_at: row.get(1)?,
                        form: row.get(2)?,
                        last_response: row.get(3)?,
                        respondents: respondents.cast_unsigned(),
                    })
                },
            )
            .optional()
    }

    /// A file of a release, packed by gzip.
    pub fn release_file(&self, release: i64, name: &str) -> rusqlite::Result<Option<Vec<u8>>> {
        self.reader()?
            .query_row(
                "SELECT content FROM release_file WHERE release_id = ?1 AND name = ?2",
                params![release, name],
                |row| row.get(0),
            )
            .optional()
    }

    /// The tidy tables of all releases of a survey, packed by gzip, one after the other.
    pub fn each_released(
        &self,
        survey: i64,
        mut each: impl FnMut(Vec<u8>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT f.content FROM release r JOIN release_file f ON f.release_id = r.id AND f.name = ?2
             WHERE r.survey_id = ?1 ORDER BY r.id",
        )?;
        let mut rows = statement.query(params![survey, TIDY])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?)?;
        }
        Ok(())
    }

    /// Stores a release whole, noted in the audit log with the hash of its packed tidy table; its row id. Nothing where another was stored since the one that it was protected beside:
    /// the two would not be protected beside each other.
    pub fn keep_release(&self, new: &NewRelease<'_>) -> rusqlite::Result<Option<i64>> {
        self.writer.transaction(|t| {
            let last: Option<i64> =
                t.query_row("SELECT max(id) FROM release WHERE survey_id = ?1", [new.survey], |row| row.get(0))?;
            if last != new.after {
                return Ok(None);
            }
            t.execute(
                "INSERT INTO release (survey_id, made_at, form, last_response, respondents) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![new.survey, new.made_at, new.form, new.last_response, new.respondents.cast_signed()],
            )?;
            let id = t.last_insert_rowid();
            let mut insert =
                t.prepare("INSERT INTO release_file (release_id, name, content) VALUES (?1, ?2, ?3)")?;
            for file in new.files {
                insert.execute(params![id, file.name, file.content])?;
            }
            let tidy = new.files.iter().find(|file| file.name == TIDY);
            let sha256 = tidy.map(|file| baraza_forms::hex(&Sha256::digest(&file.content)));
            audit::append(
                t,
                &Note {
                    by: SERVER.into(),
                    action: "released",
                    survey: t.query_row("SELECT slug FROM survey WHERE id = ?1", [new.survey], |row| row.get(0))?,
                    detail: json!({ "release": id, "respondents": new.respondents, "sha256": sha256 }),
                },
            )?;
            if let Some(last) = last {
                t.execute("DELETE FROM release_file WHERE release_id = ?1 AND name <> ?2", params![last, TIDY])?;
            }
            Ok(Some(id))
        })
    }

    /// The last response that was stored, of whatever survey.
    pub fn last_response(&self) -> rusqlite::Result<i64> {
        self.reader()?
            .query_row("SELECT coalesce(max(id), 0) FROM response", [], |row| row.get(0))
    }

    /// How many responses of a survey that count came after a row id, counted up to a number.
    pub fn counting_since(&self, survey: i64, last: i64, most: u64) -> rusqlite::Result<u64> {
        let query = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {CURRENT} WHERE r.id > ?1 AND +r.survey_id = ?2
             AND coalesce(c.outcome, r.outcome) = 'complete' AND {STATE} <> 'rejected' LIMIT ?3)"
        );
        let count: i64 =
            self.reader()?
                .query_row(&query, params![last, survey, most.cast_signed()], |row| {
                    row.get(0)
                })?;
        Ok(count.cast_unsigned())
    }
}
