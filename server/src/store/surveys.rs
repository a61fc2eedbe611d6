//! Surveys and their versions.

use super::label_files::{self, Kept, LabelFile};
use super::{Note, Store, audit, now};
use anyhow::Context;
use baraza_forms::{Form, xlsform::digest};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

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
    /// Moment at which it was published.
    pub published_at: String,
    /// Questions whose change of meaning was accepted when it was published.
    pub accepted: Vec<String>,
    /// Digests of the files that go with its labels, by name.
    pub files: BTreeMap<String, String>,
}

/// Where a version is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its row id.
    pub id: i64,
    /// How many files go with its labels; missing ones can be published later.
    pub files: u64,
}

/// A form to be published.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// The form.
    pub form: &'a Form,
    /// Files that go with its labels.
    pub files: &'a [LabelFile],
    /// Questions whose change of meaning is accepted.
    pub accepted: &'a [String],
    /// Who publishes it.
    pub by: &'a str,
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// A new survey.
    Survey,
    /// A new version of a survey.
    Version,
    /// The very form was there; so many of its files were missing and are there now.
    Already(usize),
    /// Another form has this version.
    VersionTaken,
    /// The very form was there, with another file of this name.
    FileTaken(String),
}

impl Store {
    /// Publishes a form; versions that are there stay as they are.
    pub fn publish(&self, new: Newcomer<'_>) -> anyhow::Result<Published> {
        let json = serde_json::to_string(new.form)?;
        let digest = digest(new.form);
        Ok(self.writer.transaction(|t| {
            let (survey, outcome) = survey_of(t, &new.form.id)?;
            let there: Option<(i64, String)> = t
                .query_row(
                    "SELECT id, digest FROM survey_version WHERE survey_id = ?1 AND version = ?2",
                    params![survey, new.form.version],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if let Some((version, known)) = there {
                return if known == digest { more_files(t, version, new.files) } else { Ok(Published::VersionTaken) };
            }
            t.execute(
                "INSERT INTO survey_version (survey_id, version, form, digest, published_at, accepted, takes_files)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    survey,
                    new.form.version,
                    json,
                    digest,
                    now(),
                    serde_json::json!(new.accepted).to_string(),
                    new.form.nodes.iter().any(|node| node.kind.is_file())
                ],
            )?;
            label_files::add(t, t.last_insert_rowid(), new.files)?;
            audit::append(t, &published(&new))?;
            Ok(outcome)
        })?)
    }

    /// Adds files that were missing to a version that is there.
    pub fn add_files(&self, slug: &str, version: &str, files: &[LabelFile]) -> anyhow::Result<Published> {
        let found = self
            .version_named(slug, version)?
            .context("the version was just there")?;
        Ok(self.writer.transaction(|t| more_files(t, found.id, files))?)
    }

    /// All surveys, by slug.
    pub fn surveys(&self) -> rusqlite::Result<Vec<Survey>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT s.id, s.slug, (SELECT count(*) FROM response r WHERE r.survey_id = s.id),
             EXISTS (SELECT 1 FROM response r WHERE r.survey_id = s.id AND r.synthetic = 1)
             FROM survey s ORDER BY s.slug",
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

    /// The slugs of all surveys, in their order.
    pub fn slugs(&self) -> rusqlite::Result<Vec<String>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare("SELECT slug FROM survey ORDER BY slug")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// The newest version of a survey.
    pub fn newest(&self, slug: &str) -> rusqlite::Result<Option<Found>> {
        // Asked for each response that comes.
        self.reader()?
            .prepare_cached(NEWEST)?
            .query_row([slug], found)
            .optional()
    }

    /// A version of a survey by its name.
    pub fn version_named(&self, slug: &str, version: &str) -> rusqlite::Result<Option<Found>> {
        let query = format!("{FIND} WHERE s.slug = ?1 AND v.version = ?2");
        self.reader()?
            .query_row(&query, [slug, version], found)
            .optional()
    }

    /// A version of a survey by the beginning of its form's digest.
    pub fn version_by_digest(&self, slug: &str, digest: &str) -> rusqlite::Result<Option<Found>> {
        let query = format!("{FIND} WHERE s.slug = ?1 AND substr(v.digest, 1, length(?2)) = ?2");
        self.reader()?.query_row(&query, [slug, digest], found).optional()
    }

    /// A version by its row id.
    pub fn version(&self, id: i64) -> rusqlite::Result<Version> {
        let reader = self.reader()?;
        reader.query_row(&format!("{READ} WHERE id = ?1"), [id], |row| {
            read_version(&reader, row)
        })
    }

    /// All versions of a survey, the newest first.
    pub fn versions(&self, survey: i64) -> rusqlite::Result<Vec<Version>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!("{READ} WHERE survey_id = ?1 ORDER BY id DESC"))?;
        statement
            .query_map([survey], |row| read_version(&reader, row))?
            .collect()
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

const FIND: &str = "SELECT v.id, (SELECT count(*) FROM survey_file f WHERE f.version_id = v.id)
                    FROM survey_version v JOIN survey s ON s.id = v.survey_id";
const NEWEST: &str =
    "SELECT v.id, (SELECT count(*) FROM survey_file f WHERE f.version_id = v.id) FROM survey_version v
                      WHERE v.id = (SELECT max(n.id) FROM survey_version n
                                    WHERE n.survey_id = (SELECT id FROM survey WHERE slug = ?1))";
const READ: &str = "SELECT survey_id, form, digest, published_at, accepted, id FROM survey_version";

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        id: row.get(0)?,
        files: row.get::<_, i64>(1)? as u64,
    })
}

/// The row of a survey, made where it is missing.
fn survey_of(t: &Transaction<'_>, slug: &str) -> rusqlite::Result<(i64, Published)> {
    let known = t
        .query_row("SELECT id FROM survey WHERE slug = ?1", [slug], |row| row.get(0))
        .optional()?;
    if let Some(survey) = known {
        return Ok((survey, Published::Version));
    }
    t.execute(
        "INSERT INTO survey (slug, created_at) VALUES (?1, ?2)",
        params![slug, now()],
    )?;
    Ok((t.last_insert_rowid(), Published::Survey))
}

fn published(new: &Newcomer<'_>) -> Note {
    Note {
        by: new.by.to_owned(),
        action: "published",
        survey: new.form.id.clone(),
        detail: serde_json::json!({ "version": new.form.version, "accepted": new.accepted }),
    }
}

fn more_files(t: &Transaction<'_>, version: i64, files: &[LabelFile]) -> rusqlite::Result<Published> {
    Ok(match label_files::add(t, version, files)? {
        Kept::Added(added) => Published::Already(added),
        Kept::Changed(name) => Published::FileTaken(name),
    })
}

fn read_version(reader: &Connection, row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        survey: row.get(0)?,
        form: json_at(row, 1)?,
        digest: row.get(2)?,
        published_at: row.get(3)?,
        accepted: json_at(row, 4)?,
        files: label_files::listed(reader, row.get(5)?)?,
    })
}

pub(super) fn json_at<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let json: String = row.get(column)?;
    from_json(&json).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// Forms nest as deeply as their expressions; the importer has bounded that.
fn from_json<T: DeserializeOwned>(json: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(json);
    reader.disable_recursion_limit();
    T::deserialize(&mut reader)
}
