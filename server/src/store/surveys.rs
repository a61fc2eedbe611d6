//! Surveys and their versions.

use super::{Store, now};
use baraza_forms::{Form, xlsform::digest};
use rusqlite::{OptionalExtension, params};
use serde::de::DeserializeOwned;

/// A survey that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Row id.
    pub id: i64,
    /// The form's id, which names the survey in addresses.
    pub slug: String,
    /// How many responses there are.
    pub responses: u64,
    /// Whether some of them are synthetic.
    pub synthetic: bool,
}

/// A version of a survey's form.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its survey's row id.
    pub survey: i64,
    /// Its form.
    pub form: Form,
    /// SHA-256 of the form, hexadecimal.
    pub digest: String,
}

/// What publishing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// A new survey.
    Survey,
    /// A new version of a survey.
    Version,
    /// The very form was there.
    Already,
    /// Another form has this version.
    VersionTaken,
}

impl Store {
    /// Publishes a form; versions that are there stay as they are.
    pub fn publish(&self, form: &Form) -> anyhow::Result<Published> {
        let json = serde_json::to_string(form)?;
        let digest = digest(form);
        Ok(self.writer.transaction(|t| {
            let survey: Option<i64> =
                t.query_row("SELECT id FROM survey WHERE slug = ?1", [&form.id], |row| row.get(0)).optional()?;
            let (survey, outcome) = if let Some(survey) = survey {
                (survey, Published::Version)
            } else {
                t.execute("INSERT INTO survey (slug, created_at) VALUES (?1, ?2)", params![form.id, now()])?;
                (t.last_insert_rowid(), Published::Survey)
            };
            let there: Option<String> = t
                .query_row(
                    "SELECT digest FROM survey_version WHERE survey_id = ?1 AND version = ?2",
                    params![survey, form.version],
                    |row| row.get(0),
                )
                .optional()?;
            match there {
                Some(same) if same == digest => return Ok(Published::Already),
                Some(_) => return Ok(Published::VersionTaken),
                None => {}
            }
            t.execute(
                "INSERT INTO survey_version (survey_id, version, form, digest, published_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![survey, form.version, json, digest, now()],
            )?;
            Ok(outcome)
        })?)
    }

    /// All surveys, by slug.
    pub fn surveys(&self) -> rusqlite::Result<Vec<Survey>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT s.id, s.slug, count(r.id), coalesce(max(r.synthetic), 0)
             FROM survey s LEFT JOIN response r ON r.survey_id = s.id GROUP BY s.id ORDER BY s.slug",
        )?;
        let rows = statement.query_map([], |row| {
            let responses: i64 = row.get(2)?;
            Ok(Survey {
                id: row.get(0)?,
                slug: row.get(1)?,
                responses: responses as u64,
                synthetic: row.get(3)?,
            })
        })?;
        rows.collect()
    }

    /// Row id of the newest version of a survey.
    pub fn newest(&self, slug: &str) -> rusqlite::Result<Option<i64>> {
        let query = "SELECT v.id FROM survey_version v JOIN survey s ON s.id = v.survey_id
                     WHERE s.slug = ?1 ORDER BY v.id DESC LIMIT 1";
        self.reader()?
            .query_row(query, [slug], |row| row.get(0))
            .optional()
    }

    /// Row id of a version of a survey by its name.
    pub fn version_named(&self, slug: &str, version: &str) -> rusqlite::Result<Option<i64>> {
        let query = "SELECT v.id FROM survey_version v JOIN survey s ON s.id = v.survey_id
                     WHERE s.slug = ?1 AND v.version = ?2";
        self.reader()?
            .query_row(query, [slug, version], |row| row.get(0))
            .optional()
    }

    /// A version by its row id.
    pub fn version(&self, id: i64) -> rusqlite::Result<Version> {
        let query = "SELECT survey_id, form, digest FROM survey_version WHERE id = ?1";
        self.reader()?.query_row(query, [id], read_version)
    }

    /// All versions of a survey, the newest first.
    pub fn versions(&self, survey: i64) -> rusqlite::Result<Vec<Version>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT survey_id, form, digest FROM survey_version WHERE survey_id = ?1 ORDER BY id DESC",
        )?;
        statement.query_map([survey], read_version)?.collect()
    }

    /// Whether a survey holds synthetic responses.
    pub fn has_synthetic(&self, slug: &str) -> rusqlite::Result<bool> {
        self.reader()?.query_row(
            "SELECT EXISTS (SELECT 1 FROM response r JOIN survey s ON s.id = r.survey_id WHERE s.slug = ?1 AND r.synthetic = 1)",
            [slug],
            |row| row.get(0),
        )
    }
}

fn read_version(row: &rusqlite::Row<'_>) -> rusqlite::Result<Version> {
    let json: String = row.get(1)?;
    let form = from_json(&json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(error))
    })?;
    Ok(Version {
        survey: row.get(0)?,
        form,
        digest: row.get(2)?,
    })
}

/// Forms nest as deeply as their expressions; the importer has bounded that.
fn from_json<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.disable_recursion_limit();
    T::deserialize(&mut reader)
}
