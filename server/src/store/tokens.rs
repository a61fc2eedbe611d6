//! Tokens by which programs read in the name of an account.

use super::accounts::{find, note};
use super::{Account, Secret, Store, now};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;

/// A token; what lets in is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Row id.
    pub id: i64,
    /// What its maker calls it.
    pub name: String,
    /// When it was made.
    pub made_at: String,
    /// When it lets nobody in any more.
    pub ends_at: String,
    /// When it was last used, to the minute.
    pub used_at: Option<String>,
}

impl Store {
    /// Keeps a new token of an account; whether the account is still open.
    pub fn add_token(
        &self,
        account: i64,
        digest: &Secret,
        (name, ends_at): (&str, &str),
    ) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let Some(account) = find(t, account)?.filter(|account| account.disabled_at.is_none()) else {
                return Ok(false);
            };
            t.execute(
                "INSERT INTO api_token (digest, account_id, name, made_at, ends_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![digest, account.id, name, now(), ends_at],
            )?;
            note(t, &account.name, "token_made", json!({ "name": name, "ends_at": ends_at }))?;
            Ok(true)
        })
    }

    /// The tokens of an account that were not taken back, the newest first.
    pub fn tokens(&self, account: i64) -> rusqlite::Result<Vec<Token>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!(
            "{READ} WHERE account_id = ?1 AND revoked_at IS NULL ORDER BY id DESC"
        ))?;
        let rows = statement.query_map([account], read)?;
        rows.collect()
    }

    /// Takes a token of an account back; whether it had one.
    pub fn revoke_token(&self, account: i64, id: i64, by: &str) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let name: Option<String> = t
                .query_row(
                    "UPDATE api_token SET revoked_at = ?3 WHERE id = ?1 AND account_id = ?2 AND revoked_at IS NULL
                     RETURNING name",
                    params![id, account, now()],
                    |row| row.get(0),
                )
                .optional()?;
            if let Some(name) = &name {
                note(t, by, "token_revoked", json!({ "name": name }))?;
            }
            Ok(name.is_some())
        })
    }

    /// Whose a token is, while it lets in.
    pub fn token_holder(&self, digest: &Secret) -> rusqlite::Result<Option<(Account, Token)>> {
        let reader = self.reader()?;
        let query = format!("{READ} WHERE digest = ?1 AND revoked_at IS NULL AND ends_at > ?2");
        let found: Option<(i64, Token)> = reader
            .prepare_cached(&query)?
            .query_row(params![digest, now()], |row| Ok((row.get(5)?, read(row)?)))
            .optional()?;
        let Some((account, token)) = found else {
            return Ok(None);
        };
        let account = find(&reader, account)?.filter(|account| account.disabled_at.is_none());
        Ok(account.map(|account| (account, token)))
    }

    /// Notes that a token was used.
    pub fn used_token(&self, id: i64) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute(
                "UPDATE api_token SET used_at = ?2 WHERE id = ?1",
                params![id, now()],
            )?;
            Ok(())
        })
    }
}

/// Ends all tokens of an account, whose password or standing is no longer what it was.
pub(super) fn end_all(t: &Transaction<'_>, account: i64) -> rusqlite::Result<usize> {
    t.execute(
        "UPDATE api_token SET revoked_at = ?2 WHERE account_id = ?1 AND revoked_at IS NULL",
        params![account, now()],
    )
}

const READ: &str = "SELECT id, name, made_at, ends_at, used_at, account_id FROM api_token";

fn read(row: &Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        id: row.get(0)?,
        name: row.get(1)?,
        made_at: row.get(2)?,
        ends_at: row.get(3)?,
        used_at: row.get(4)?,
    })
}
