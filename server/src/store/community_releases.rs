//! Pages for communities as they were released.

use super::communities::{community_of, note, written};
use super::surveys::json_at;
use super::{Store, audit, now};
use crate::community::Content;
use baraza_forms::hex;
use rusqlite::{OptionalExtension, Row, params};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

/// A page that was released.
#[derive(Debug, Clone)]
pub struct FrozenPage {
    /// Row id of its community.
    pub community: i64,
    /// From 1; the highest is the page that is shown.
    pub number: i64,
    /// When.
    pub made_at: String,
    /// By whom.
    pub made_by: String,
    /// What it shows.
    pub content: Content,
    /// When it was taken back.
    pub withdrawn_at: Option<String>,
}

/// A page that is to be released.
#[derive(Debug)]
pub struct NewFrozen<'a> {
    /// Slug of the survey.
    pub slug: &'a str,
    /// Names the community in addresses.
    pub place: &'a str,
    /// Row id of the release of results that its figures are of.
    pub results: i64,
    /// What it shows.
    pub content: &'a Content,
    /// What was confirmed, and why sensitive figures are shown.
    pub checks: &'a Json,
    /// Who releases it.
    pub by: &'a str,
}

const READ: &str = "SELECT r.community_id, r.number, r.made_at, r.made_by, r.content, r.withdrawn_at
                    FROM community_release r JOIN community c ON c.id = r.community_id
                    JOIN survey s ON s.id = c.survey_id WHERE s.slug = ?1 AND c.place = ?2 ORDER BY r.number DESC";

fn frozen(row: &Row<'_>) -> rusqlite::Result<FrozenPage> {
    Ok(FrozenPage {
        community: row.get(0)?,
        number: row.get(1)?,
        made_at: row.get(2)?,
        made_by: row.get(3)?,
        content: json_at(row, 4)?,
        withdrawn_at: row.get(5)?,
    })
}

/// SHA-256 of a page as it is stored, hexadecimal.
pub fn digest(content: &Content) -> rusqlite::Result<String> {
    Ok(hex(&Sha256::digest(written(content)?.as_bytes())))
}

impl Store {
    /// Stores a page as it is shown from now on; its number.
    pub fn freeze(&self, new: &NewFrozen<'_>) -> rusqlite::Result<i64> {
        let (content, digest) = (written(new.content)?, digest(new.content)?);
        self.writer.transaction(|t| {
            let community = community_of(t, new.slug, new.place)?.id;
            let number: i64 = t.query_row(
                "SELECT coalesce(max(number), 0) + 1 FROM community_release WHERE community_id = ?1",
                [community],
                |row| row.get(0),
            )?;
            t.execute(
                "INSERT INTO community_release (community_id, number, made_at, made_by, results, content, digest, checks)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![community, number, now(), new.by, new.results, content, digest, new.checks.to_string()],
            )?;
            let detail = json!({
                "number": number, "results": new.results, "sha256": digest, "findings": new.content.findings.len(),
                "confirmed": new.checks["confirmed"],
            });
            audit::append(t, &note(new.by, "community_released", new.slug, detail, new.place))?;
            Ok(number)
        })
    }

    /// Takes back the page that is shown, where it is the one of a number; whether it was.
    pub fn withdraw(&self, (slug, place): (&str, &str), number: i64, by: &str) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let community = community_of(t, slug, place)?.id;
            let withdrawn = t.execute(
                "UPDATE community_release SET withdrawn_at = ?3, withdrawn_by = ?4
                 WHERE community_id = ?1 AND number = ?2 AND withdrawn_at IS NULL
                 AND number = (SELECT max(number) FROM community_release WHERE community_id = ?1)",
                params![community, number, now(), by],
            )?;
            if withdrawn > 0 {
                let detail = json!({ "number": number });
                audit::append(t, &note(by, "community_withdrawn", slug, detail, place))?;
            }
            Ok(withdrawn > 0)
        })
    }

    /// All pages of a community that were released, the newest first.
    pub fn frozen(&self, slug: &str, place: &str) -> rusqlite::Result<Vec<FrozenPage>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(READ)?;
        statement.query_map([slug, place], frozen)?.collect()
    }

    /// The page that is shown, and the moment of the one before it.
    pub fn last_frozen(
        &self,
        slug: &str,
        place: &str,
    ) -> rusqlite::Result<Option<(FrozenPage, Option<String>)>> {
        let reader = self.reader()?;
        let last = reader
            .query_row(&format!("{READ} LIMIT 1"), [slug, place], frozen)
            .optional()?;
        let Some(last) = last else {
            return Ok(None);
        };
        let before = reader
            .query_row(
                "SELECT made_at FROM community_release WHERE community_id = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1",
                [last.community, last.number],
                |row| row.get(0),
            )
            .optional()?;
        Ok(Some((last, before)))
    }
}
