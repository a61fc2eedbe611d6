//! Pages that go back to communities, while they are made.

use super::label_files::LabelFile;
use super::surveys::json_at;
use super::{Note, Store, audit};
use crate::community::Draft;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

/// A community whose page was begun.
#[derive(Debug, Clone)]
pub struct Community {
    /// Row id.
    pub id: i64,
    /// The page as it is being made.
    pub draft: Draft,
}

/// A community in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Names it in addresses.
    pub place: String,
    /// Number and day of the page that is shown, where there is one.
    pub released: Option<(i64, String)>,
    /// Whether that was withdrawn.
    pub withdrawn: bool,
}

/// What JSON can't be written as is a fault of ours.
pub(super) fn written<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// The row of a community, made where it is missing.
pub(super) fn community_of(t: &Transaction<'_>, slug: &str, place: &str) -> rusqlite::Result<Community> {
    if let Some(known) = read(t, slug, place)? {
        return Ok(known);
    }
    let draft = Draft::default();
    t.execute(
        "INSERT INTO community (survey_id, place, draft) VALUES ((SELECT id FROM survey WHERE slug = ?1), ?2, ?3)",
        params![slug, place, written(&draft)?],
    )?;
    Ok(Community {
        id: t.last_insert_rowid(),
        draft,
    })
}

fn read(connection: &Connection, slug: &str, place: &str) -> rusqlite::Result<Option<Community>> {
    connection
        .query_row(
            "SELECT c.id, c.draft FROM community c JOIN survey s ON s.id = c.survey_id
             WHERE s.slug = ?1 AND c.place = ?2",
            [slug, place],
            |row| {
                Ok(Community {
                    id: row.get(0)?,
                    draft: json_at(row, 1)?,
                })
            },
        )
        .optional()
}

/// An entry of the log on a community.
pub(super) fn note(
    by: &str,
    action: &'static str,
    slug: &str,
    mut detail: serde_json::Value,
    place: &str,
) -> Note {
    detail["community"] = json!(place);
    Note {
        by: by.to_owned(),
        action,
        survey: slug.to_owned(),
        detail,
    }
}

impl Store {
    /// A community by its survey's slug and its own name.
    pub fn community(&self, slug: &str, place: &str) -> rusqlite::Result<Option<Community>> {
        read(&*self.reader()?, slug, place)
    }

    /// All communities of a survey whose page was begun.
    pub fn communities(&self, slug: &str) -> rusqlite::Result<Vec<Known>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT c.place, r.number, r.made_at, r.withdrawn_at FROM community c JOIN survey s ON s.id = c.survey_id
             LEFT JOIN community_release r ON r.community_id = c.id
                AND r.number = (SELECT max(number) FROM community_release WHERE community_id = c.id)
             WHERE s.slug = ?1 ORDER BY c.place",
        )?;
        let rows = statement.query_map([slug], |row| {
            let released: (Option<i64>, Option<String>) = (row.get(1)?, row.get(2)?);
            Ok(Known {
                place: row.get(0)?,
                released: released.0.zip(released.1),
                withdrawn: row.get::<_, Option<String>>(3)?.is_some(),
            })
        })?;
        rows.collect()
    }

    /// Changes the page of a community, and says so in the log where anything is another; `what` says what was done.
    /// A recording that comes along is kept by its content.
    pub fn change_community(
        &self,
        (slug, place): (&str, &str),
        (by, what): (&str, &str),
        recording: Option<&LabelFile>,
        change: impl FnOnce(&mut Draft),
    ) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            let known = community_of(t, slug, place)?;
            let mut draft = known.draft.clone();
            change(&mut draft);
            if draft == known.draft {
                return Ok(());
            }
            if let Some(file) = recording {
                t.execute(
                    "INSERT INTO label_file (digest, kind, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    params![file.digest, file.kind, file.bytes],
                )?;
            }
            t.execute(
                "UPDATE community SET draft = ?2 WHERE id = ?1",
                params![known.id, written(&draft)?],
            )?;
            audit::append(
                t,
                &note(by, "community_changed", slug, json!({ "what": what }), place),
            )
        })
    }
}
