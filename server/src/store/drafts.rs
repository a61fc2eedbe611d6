//! Forms that wait to be published.

use super::surveys::json_at;
use super::{Store, days_ago, now};
use baraza_forms::Form;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

/// Days after which nobody comes back for one.
const KEPT: u64 = 30;

/// Something that is to be known of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether the form is refused for it.
    pub is_error: bool,
    /// Sheet, row and column.
    pub place: String,
    /// What is wrong, and the mend.
    pub message: String,
}

/// A form that waits to be published.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Names it in addresses.
    pub public: String,
    /// The form.
    pub form: Form,
    /// What there is to know of it.
    pub findings: Vec<Finding>,
    /// Who uploaded it.
    pub by: String,
    /// When.
    pub made_at: String,
}

/// A form that is to wait.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// Names it in addresses.
    pub public: &'a str,
    /// The form.
    pub form: &'a Form,
    /// What there is to know of it.
    pub findings: &'a [Finding],
    /// Who uploaded it.
    pub by: &'a str,
}

impl Store {
    /// Keeps a draft, in the place of an earlier one of the same survey: whoever looks at that one can't publish it
    /// any more, and so never something that they have not seen.
    pub fn keep_draft(&self, new: NewDraft<'_>) -> anyhow::Result<()> {
        let form = serde_json::to_string(new.form)?;
        let findings = serde_json::to_string(new.findings)?;
        let old = days_ago(KEPT);
        self.writer.transaction(|t| {
            t.execute(
                "DELETE FROM draft WHERE slug = ?1 OR made_at < ?2",
                params![new.form.id, old],
            )?;
            t.execute(
                "INSERT INTO draft (public, slug, form, findings, by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![new.public, new.form.id, form, findings, new.by, now()],
            )
        })?;
        Ok(())
    }

    /// A draft by its address.
    pub fn draft(&self, public: &str) -> rusqlite::Result<Option<Draft>> {
        let query = format!("{FIND} WHERE public = ?1");
        self.reader()?.query_row(&query, [public], found).optional()
    }

    /// The draft of a survey, where there is one.
    pub fn draft_of(&self, slug: &str) -> rusqlite::Result<Option<Draft>> {
        let query = format!("{FIND} WHERE slug = ?1");
        self.reader()?.query_row(&query, [slug], found).optional()
    }

    /// All that wait, in the order of their surveys.
    pub fn drafts(&self) -> rusqlite::Result<Vec<Draft>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!("{FIND} ORDER BY slug"))?;
        statement.query_map([], found)?.collect()
    }

    /// Lets a draft go.
    pub fn drop_draft(&self, public: &str) -> anyhow::Result<()> {
        self.writer
            .transaction(|t| t.execute("DELETE FROM draft WHERE public = ?1", [public]))?;
        Ok(())
    }
}

const FIND: &str = "SELECT public, form, findings, by, made_at FROM draft";

fn found(row: &Row<'_>) -> rusqlite::Result<Draft> {
    Ok(Draft {
        public: row.get(0)?,
        form: json_at(row, 1)?,
        findings: json_at(row, 2)?,
        by: row.get(3)?,
        made_at: row.get(4)?,
    })
}
