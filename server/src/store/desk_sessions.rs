//! Browsers that are signed in at the desk, and what signs in: passwords and the second factor.

use super::accounts::{find, note};
use super::{Account, Secret, Store, now, tokens};
use rusqlite::{OptionalExtension, Row, params};
use serde_json::json;

/// What signs an account in.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Row id.
    pub account: i64,
    /// As it was given when the account was made.
    pub name: String,
    /// Argon2id.
    pub hash: String,
    /// The secret of the second factor.
    pub factor: Option<Vec<u8>>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskSession {
    /// Row id.
    pub id: i64,
    /// Its kind and system.
    pub browser: String,
    /// When it signed in.
    pub began_at: String,
    /// When it was last here, to the minute.
    pub seen_at: String,
}

impl Store {
    /// What signs in under a name; nothing where nobody can.
    pub fn credentials(&self, name: &str) -> rusqlite::Result<Option<Credentials>> {
        let query = format!("{CREDENTIALS} AND name = ?1 COLLATE NOCASE");
        self.reader()?.query_row(&query, [name], credentials).optional()
    }

    /// What signs an account in.
    pub fn credentials_of(&self, account: i64) -> rusqlite::Result<Option<Credentials>> {
        let query = format!("{CREDENTIALS} AND id = ?1");
        self.reader()?
            .query_row(&query, [account], credentials)
            .optional()
    }

    /// Signs a browser in, and forgets those that were not seen since a moment. Whether the account is still open.
    pub fn begin_desk_session(
        &self,
        cookie: &Secret,
        account: i64,
        browser: &str,
        not_before: &str,
    ) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let Some(account) = find(t, account)?.filter(|account| account.disabled_at.is_none()) else {
                return Ok(false);
            };
            t.execute("DELETE FROM desk_session WHERE seen_at < ?1", [not_before])?;
            t.execute(
                "INSERT INTO desk_session (digest, account_id, browser, began_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)",
                params![cookie, account.id, browser, now()],
            )?;
            note(t, &account.name, "signed_in", json!({ "browser": browser }))?;
            Ok(true)
        })
    }

    /// Who is signed in by a cookie, with the session: it began after one moment and was seen after another.
    pub fn desk_session(
        &self,
        cookie: &Secret,
        began_after: &str,
        seen_after: &str,
    ) -> rusqlite::Result<Option<(Account, DeskSession)>> {
        let reader = self.reader()?;
        let found: Option<(i64, DeskSession)> = reader
            .prepare_cached(
                "SELECT id, browser, began_at, seen_at, account_id FROM desk_session
                 WHERE digest = ?1 AND began_at > ?2 AND seen_at > ?3",
            )?
            .query_row(params![cookie, began_after, seen_after], |row| {
                Ok((row.get(4)?, session(row)?))
            })
            .optional()?;
        let Some((account, session)) = found else {
            return Ok(None);
        };
        let account = find(&reader, account)?.filter(|account| account.disabled_at.is_none());
        Ok(account.map(|account| (account, session)))
    }

    /// Notes a visit.
    pub fn saw_desk_session(&self, session: i64) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute(
                "UPDATE desk_session SET seen_at = ?2 WHERE id = ?1",
                params![session, now()],
            )?;
            Ok(())
        })
    }

    /// The browsers in which an account is signed in, the latest first.
    pub fn desk_sessions(&self, account: i64, seen_after: &str) -> rusqlite::Result<Vec<DeskSession>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(
            "SELECT id, browser, began_at, seen_at FROM desk_session WHERE account_id = ?1 AND seen_at > ?2
             ORDER BY seen_at DESC, id DESC",
        )?;
        statement
            .query_map(params![account, seen_after], session)?
            .collect()
    }

    /// Ends one session of an account. Whether there was one.
    pub fn end_desk_session(&self, account: i64, session: i64, by: &str) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let query = "DELETE FROM desk_session WHERE id = ?1 AND account_id = ?2";
            let ended = t.execute(query, [session, account])? > 0;
            if ended {
                note(t, by, "session_ended", json!({ "session": session }))?;
            }
            Ok(ended)
        })
    }

    /// Ends all sessions of an account but one. How many there were.
    pub fn end_desk_sessions(&self, account: i64, but: Option<i64>, by: &str) -> rusqlite::Result<usize> {
        self.writer.transaction(|t| {
            let query = "DELETE FROM desk_session WHERE account_id = ?1 AND id IS NOT ?2";
            let ended = t.execute(query, params![account, but])?;
            let name = find(t, account)?.map(|account| account.name);
            note(
                t,
                by,
                "sessions_ended",
                json!({ "name": name, "sessions": ended }),
            )?;
            Ok(ended)
        })
    }

    /// Changes a password; every other browser has to sign in again, and programs need new tokens.
    pub fn change_password(&self, account: i64, hash: &str, session: i64) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute(
                "UPDATE account SET hash = ?2 WHERE id = ?1",
                params![account, hash],
            )?;
            t.execute(
                "DELETE FROM desk_session WHERE account_id = ?1 AND id <> ?2",
                [account, session],
            )?;
            tokens::end_all(t, account)?;
            let name = find(t, account)?.map(|account| account.name).unwrap_or_default();
            note(t, &name, "password_changed", json!({ "name": name }))
        })
    }

    /// Turns the second factor on, with the codes that let in without it, or off. `step` is that of the code that
    /// proved it.
    pub fn set_factor(
        &self,
        account: i64,
        factor: Option<(&[u8], u64)>,
        recovery: &[Secret],
    ) -> rusqlite::Result<()> {
        self.writer.transaction(|t| {
            t.execute(
                "UPDATE account SET factor = ?2, factor_step = ?3 WHERE id = ?1",
                params![
                    account,
                    factor.map(|(secret, _)| secret),
                    factor.map(|(_, step)| step.cast_signed())
                ],
            )?;
            t.execute("DELETE FROM recovery_code WHERE account_id = ?1", [account])?;
            for code in recovery {
                t.execute(
                    "INSERT INTO recovery_code (digest, account_id) VALUES (?1, ?2)",
                    params![code, account],
                )?;
            }
            let name = find(t, account)?.map(|account| account.name).unwrap_or_default();
            let action = if factor.is_some() {
                "second_factor_on"
            } else {
                "second_factor_off"
            };
            note(t, &name, action, json!({ "name": name }))
        })
    }

    /// Uses the code of a step of time; not again, and not one from before.
    pub fn take_step(&self, account: i64, step: u64) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            let query = "UPDATE account SET factor_step = ?2
                         WHERE id = ?1 AND factor IS NOT NULL AND coalesce(factor_step, 0) < ?2";
            Ok(t.execute(query, params![account, step.cast_signed()])? > 0)
        })
    }

    /// Uses a recovery code; how many are left, where it is one.
    pub fn take_recovery_code(&self, account: i64, code: &Secret) -> rusqlite::Result<Option<u64>> {
        self.writer.transaction(|t| {
            let query = "DELETE FROM recovery_code WHERE digest = ?1 AND account_id = ?2";
            if t.execute(query, params![code, account])? == 0 {
                return Ok(None);
            }
            let left: i64 = t.query_row(
                "SELECT count(*) FROM recovery_code WHERE account_id = ?1",
                [account],
                |row| row.get(0),
            )?;
            let name = find(t, account)?.map(|account| account.name).unwrap_or_default();
            note(
                t,
                &name,
                "recovery_code_used",
                json!({ "name": name, "left": left }),
            )?;
            Ok(Some(left as u64))
        })
    }
}

const CREDENTIALS: &str =
    "SELECT id, name, hash, factor FROM account WHERE hash IS NOT NULL AND disabled_at IS NULL";

fn credentials(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials {
        account: row.get(0)?,
        name: row.get(1)?,
        hash: row.get(2)?,
        factor: row.get(3)?,
    })
}

fn session(row: &Row<'_>) -> rusqlite::Result<DeskSession> {
    Ok(DeskSession {
        id: row.get(0)?,
        browser: row.get(1)?,
        began_at: row.get(2)?,
        seen_at: row.get(3)?,
    })
}
