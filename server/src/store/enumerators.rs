//! Enumerators, the links that sign them in, and the phones that are signed in.

use super::accounts::note;
use super::{Store, Survey, now};
use rusqlite::{OptionalExtension, Row, ToSql, Transaction, params};
use serde_json::json;

/// SHA-256 of a token or cookie: what is secret is not stored.
pub type Secret = [u8; 32];

/// Who interviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enumerator {
    /// Row id.
    pub id: i64,
    /// UUID by which phones know themselves.
    pub public: String,
    /// The name.
    pub name: String,
    /// Moment at which it was added.
    pub made_at: String,
    /// Moment of the last sign-in, visit or response.
    pub seen_at: Option<String>,
    /// Moment at which it was revoked.
    pub revoked_at: Option<String>,
    /// How many responses are attributed to it.
    pub responses: u64,
    /// Slugs of the surveys that it is for; none means all.
    pub surveys: Vec<String>,
}

/// What a link or a cookie leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// It never was, or is too old.
    Unknown,
    /// It was taken back, or another link came in its place.
    Revoked,
    /// An enumerator, with the row id of the link.
    Of(Enumerator, i64),
}

/// What adding an enumerator did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Made(Enumerator),
    /// Another one has the name.
    NameTaken,
}

impl Store {
    /// Adds an enumerator for some surveys (none: for all), with a link.
    pub fn add_enumerator(
        &self,
        name: &str,
        public: &str,
        surveys: &[Survey],
        link: &Secret,
        by: &str,
    ) -> rusqlite::Result<Added> {
        self.writer.transaction(|t| {
            if live(t, name)?.is_some() {
                return Ok(Added::NameTaken);
            }
            t.execute(
                "INSERT INTO enumerator (public, name, made_at) VALUES (?1, ?2, ?3)",
                params![public, name, now()],
            )?;
            let id = t.last_insert_rowid();
            for survey in surveys {
                t.execute(
                    "INSERT OR IGNORE INTO enumerator_survey (enumerator_id, survey_id) VALUES (?1, ?2)",
                    [id, survey.id],
                )?;
            }
            add_link(t, id, link)?;
            noted(t, by, "enumerator_added", id).map(Added::Made)
        })
    }

    /// All enumerators in the order in which they were added, revoked ones as well.
    pub fn enumerators(&self) -> rusqlite::Result<Vec<Enumerator>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!("{READ} ORDER BY e.id"))?;
        statement.query_map([], read)?.collect()
    }

    /// Takes an enumerator's access back; what was received stays. Whether there was one of the name.
    pub fn revoke_enumerator(&self, name: &str, by: &str) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let Some(id) = live(t, name)? else {
                return Ok(false);
            };
            t.execute(
                "UPDATE enumerator SET revoked_at = ?2 WHERE id = ?1",
                params![id, now()],
            )?;
            void_links(t, id)?;
            noted(t, by, "enumerator_revoked", id)?;
            Ok(true)
        })
    }

    /// Gives an enumerator a new link in place of the old one; who was revoked last under the name is let in again.
    pub fn renew_enumerator(
        &self,
        name: &str,
        link: &Secret,
        by: &str,
    ) -> rusqlite::Result<Option<Enumerator>> {
        self.writer.transaction(|t| {
            let revoked = "SELECT id FROM enumerator WHERE name = ?1 COLLATE NOCASE ORDER BY revoked_at DESC, id DESC LIMIT 1";
            let id = match live(t, name)? {
                Some(id) => Some(id),
                None => t.query_row(revoked, [name], |row| row.get(0)).optional()?,
            };
            let Some(id) = id else { return Ok(None) };
            t.execute("UPDATE enumerator SET revoked_at = NULL WHERE id = ?1", [id])?;
            void_links(t, id)?;
            add_link(t, id, link)?;
            noted(t, by, "enumerator_renewed", id).map(Some)
        })
    }

    /// Whom a link signs in.
    pub fn link(&self, token: &Secret) -> rusqlite::Result<Holder> {
        let query = "SELECT enumerator_id, void_at, id FROM sign_in_link WHERE digest = ?1";
        self.holder(query, params![token])
    }

    /// Who is signed in by a cookie, unless that was before a moment.
    pub fn session(&self, cookie: &Secret, not_before: &str) -> rusqlite::Result<Holder> {
        let query =
            "SELECT l.enumerator_id, l.void_at, l.id FROM session s JOIN sign_in_link l ON l.id = s.link_id
             WHERE s.digest = ?1 AND s.began_at >= ?2";
        self.holder(query, params![cookie, not_before])
    }

    fn holder(&self, query: &str, secret: &[&dyn ToSql]) -> rusqlite::Result<Holder> {
        let reader = self.reader()?;
        let found: Option<(i64, Option<String>, i64)> = reader
            .query_row(query, secret, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((id, void_at, link)) = found else {
            return Ok(Holder::Unknown);
        };
        if void_at.is_some() {
            return Ok(Holder::Revoked);
        }
        let enumerator = reader.query_row(&format!("{READ} WHERE e.id = ?1"), [id], read)?;
        Ok(Holder::Of(enumerator, link))
    }

    /// Signs a phone in by a link, and forgets sessions from before a moment.
    pub fn begin_session(&self, cookie: &Secret, link: i64, not_before: &str) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute("DELETE FROM session WHERE began_at < ?1", [not_before])?;
            t.execute(
                "INSERT INTO session (digest, link_id, began_at) VALUES (?1, ?2, ?3)",
                params![cookie, link, now()],
            )?;
            t.execute(
                "UPDATE enumerator SET seen_at = ?2 WHERE id = (SELECT enumerator_id FROM sign_in_link WHERE id = ?1)",
                params![link, now()],
            )?;
            Ok(())
        })
    }

    /// Signs a phone out.
    pub fn end_session(&self, cookie: &Secret) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute("DELETE FROM session WHERE digest = ?1", [cookie])?;
            Ok(())
        })
    }

    /// Notes a visit.
    pub fn seen(&self, enumerator: i64) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute(
                "UPDATE enumerator SET seen_at = ?2 WHERE id = ?1",
                params![enumerator, now()],
            )?;
            Ok(())
        })
    }

    /// Responses to a survey that are attributed to an enumerator: all, and those since a moment.
    pub fn received_from(&self, enumerator: i64, survey: i64, since: &str) -> rusqlite::Result<(u64, u64)> {
        self.reader()?.query_row(
            "SELECT count(*), count(*) FILTER (WHERE received_at >= ?3) FROM response
             WHERE enumerator_id = ?1 AND survey_id = ?2",
            params![enumerator, survey, since],
            |row| {
                let (all, since): (i64, i64) = (row.get(0)?, row.get(1)?);
                Ok((all as u64, since as u64))
            },
        )
    }
}

impl Enumerator {
    /// Whether the enumerator is for a survey.
    pub fn is_for(&self, slug: &str) -> bool {
        self.surveys.is_empty() || self.surveys.iter().any(|survey| survey == slug)
    }
}

// Slugs hold no spaces.
const READ: &str = "SELECT e.id, e.public, e.name, e.made_at, e.revoked_at,
    (SELECT max(moment) FROM (SELECT e.seen_at AS moment
        UNION ALL SELECT max(received_at) FROM response r WHERE r.enumerator_id = e.id)),
    (SELECT count(*) FROM response r WHERE r.enumerator_id = e.id),
    (SELECT group_concat(slug, ' ' ORDER BY slug) FROM enumerator_survey es JOIN survey s ON s.id = es.survey_id
        WHERE es.enumerator_id = e.id)
    FROM enumerator e";

fn read(row: &Row<'_>) -> rusqlite::Result<Enumerator> {
    let surveys: Option<String> = row.get(7)?;
    Ok(Enumerator {
        id: row.get(0)?,
        public: row.get(1)?,
        name: row.get(2)?,
        made_at: row.get(3)?,
        revoked_at: row.get(4)?,
        seen_at: row.get(5)?,
        responses: row.get::<_, i64>(6)? as u64,
        surveys: surveys
            .unwrap_or_default()
            .split_whitespace()
            .map(String::from)
            .collect(),
    })
}

/// An enumerator as it is now, after the log has got an entry of what was done.
fn noted(t: &Transaction<'_>, by: &str, action: &'static str, id: i64) -> rusqlite::Result<Enumerator> {
    let one = t.query_row(&format!("{READ} WHERE e.id = ?1"), [id], read)?;
    let detail = json!({ "name": one.name, "enumerator": one.public, "surveys": one.surveys });
    note(t, by, action, detail)?;
    Ok(one)
}

/// The enumerator of a name who is not revoked.
fn live(t: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<i64>> {
    t.query_row(
        "SELECT id FROM enumerator WHERE name = ?1 COLLATE NOCASE AND revoked_at IS NULL",
        [name],
        |row| row.get(0),
    )
    .optional()
}

fn add_link(t: &Transaction<'_>, enumerator: i64, link: &Secret) -> rusqlite::Result<()> {
    t.execute(
        "INSERT INTO sign_in_link (enumerator_id, digest, made_at) VALUES (?1, ?2, ?3)",
        params![enumerator, link, now()],
    )?;
    Ok(())
}

fn void_links(t: &Transaction<'_>, enumerator: i64) -> rusqlite::Result<()> {
    t.execute(
        "UPDATE sign_in_link SET void_at = ?2 WHERE enumerator_id = ?1 AND void_at IS NULL",
        params![enumerator, now()],
    )?;
    Ok(())
}
