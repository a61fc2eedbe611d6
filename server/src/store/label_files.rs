//! Files that go with labels: kept once by their content, named by each version of a form.

use super::Store;
use rusqlite::{OptionalExtension, Transaction, params};
use std::collections::BTreeMap;

/// A file that goes with labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelFile {
    /// As the form names it.
    pub name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// Content type.
    pub kind: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A label's file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
    /// Content type.
    pub kind: String,
}

/// What became of the files of a version that was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// So many were missing and are there now.
    Added(usize),
    /// Another file of this name was published with the version.
    Changed(String),
}

/// Adds the files of a version; those that it has stay as they are.
pub(super) fn add(t: &Transaction<'_>, version: i64, files: &[LabelFile]) -> rusqlite::Result<Kept> {
    let known = listed(t, version)?;
    let differs = |file: &&LabelFile| known.get(&file.name).is_some_and(|digest| *digest != file.digest);
    if let Some(changed) = files.iter().find(differs) {
        return Ok(Kept::Changed(changed.name.clone()));
    }
    let mut added = 0;
    for file in files {
        t.execute(
            "INSERT INTO label_file (digest, kind, bytes) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![file.digest, file.kind, file.bytes],
        )?;
        added += t.execute(
            "INSERT INTO survey_file (version_id, name, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![version, file.name, file.digest],
        )?;
    }
    Ok(Kept::Added(added))
}

/// Digests of a version's files by name.
pub(super) fn listed(
    connection: &rusqlite::Connection,
    version: i64,
) -> rusqlite::Result<BTreeMap<String, String>> {
    connection
        .prepare_cached("SELECT name, digest FROM survey_file WHERE version_id = ?1")?
        .query_map([version], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

impl Store {
    /// The files that a version has of these names.
    pub fn files_of(&self, version: i64, names: &[String]) -> rusqlite::Result<Vec<LabelFile>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT f.name, l.digest, l.kind, l.bytes FROM survey_file f JOIN label_file l ON l.digest = f.digest
             WHERE f.version_id = ?1 AND f.name = ?2",
        )?;
        let mut files = Vec::new();
        for name in names {
            let file = statement.query_row(params![version, name], |row| {
                Ok(LabelFile {
                    name: row.get(0)?,
                    digest: row.get(1)?,
                    kind: row.get(2)?,
                    bytes: row.get(3)?,
                })
            });
            files.extend(file.optional()?);
        }
        Ok(files)
    }

    /// The file of a name whose digest begins so, in any version of a survey.
    pub fn label_file(&self, slug: &str, name: &str, digest: &str) -> rusqlite::Result<Option<Listed>> {
        let query = "SELECT l.digest, l.kind FROM survey_file f
                     JOIN survey_version v ON v.id = f.version_id JOIN survey s ON s.id = v.survey_id
                     JOIN label_file l ON l.digest = f.digest
                     WHERE s.slug = ?1 AND f.name = ?2 AND substr(f.digest, 1, length(?3)) = ?3
                     ORDER BY v.id DESC LIMIT 1";
        let listed = |row: &rusqlite::Row<'_>| {
            Ok(Listed {
                digest: row.get(0)?,
                kind: row.get(1)?,
            })
        };
        self.reader()?
            .query_row(query, [slug, name, digest], listed)
            .optional()
    }

    /// The bytes of a label's file.
    pub fn label_bytes(&self, digest: &str) -> rusqlite::Result<Vec<u8>> {
        let query = "SELECT bytes FROM label_file WHERE digest = ?1";
        self.reader()?.query_row(query, [digest], |row| row.get(0))
    }
}
