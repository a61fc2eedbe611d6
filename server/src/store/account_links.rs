//! Links by which a password is chosen: the first administrator's, invitations, and those after a reset.

use super::accounts::{find, insert, note};
use super::{Access, Account, Role, Secret, Store, now, tokens};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::json;

/// Whom a link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkHolder {
    /// Whoever has it becomes the first administrator.
    First,
    /// An account.
    Of(Account),
}

/// What choosing a password by a link did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It is the password of this account.
    Done(i64),
    /// The link holds no longer.
    Void,
}

impl Store {
    /// Makes a link for the first administrator; nothing where there is an account already.
    pub fn make_first_link(&self, link: (&Secret, &str)) -> rusqlite::Result<bool> {
        self.writer.transaction(|t| {
            if has_accounts(t)? {
                return Ok(false);
            }
            replace(t, None, link)?;
            Ok(true)
        })
    }

    /// Whom a link is for, while it holds.
    pub fn account_link(&self, link: &Secret) -> rusqlite::Result<Option<LinkHolder>> {
        holder(&*self.reader()?, link)
    }

    /// Makes a password by a link, and the link void. `name` is that of the first administrator.
    pub fn choose_password(&self, link: &Secret, name: &str, hash: &str) -> rusqlite::Result<Chosen> {
        self.writer.transaction(|t| {
            let account = match holder(t, link)? {
                None => return Ok(Chosen::Void),
                Some(LinkHolder::Of(account)) => account,
                Some(LinkHolder::First) => match first(t, name)? {
                    Some(account) => account,
                    None => return Ok(Chosen::Void),
                },
            };
            t.execute(
                "UPDATE account SET hash = ?2 WHERE id = ?1",
                params![account.id, hash],
            )?;
            t.execute("DELETE FROM account_link WHERE digest = ?1", [link])?;
            t.execute("DELETE FROM desk_session WHERE account_id = ?1", [account.id])?;
            tokens::end_all(t, account.id)?;
            note(
                t,
                &account.name,
                "password_chosen",
                json!({ "name": account.name }),
            )?;
            Ok(Chosen::Done(account.id))
        })
    }
}

fn first(t: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<Account>> {
    let access = Access {
        role: Role::Administrator,
        raw: false,
        surveys: None,
    };
    let Some(id) = insert(t, name, &access)? else {
        return Ok(None);
    };
    note(t, name, "first_administrator", json!({ "name": name }))?;
    find(t, id)
}

fn has_accounts(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM account)", [], |row| row.get(0))
}

fn holder(connection: &Connection, link: &Secret) -> rusqlite::Result<Option<LinkHolder>> {
    let found: Option<Option<i64>> = connection
        .query_row(
            "SELECT account_id FROM account_link WHERE digest = ?1 AND expires_at > ?2",
            params![link, now()],
            |row| row.get(0),
        )
        .optional()?;
    Ok(match found {
        None => None,
        // A second administrator comes by invitation.
        Some(None) => (!has_accounts(connection)?).then_some(LinkHolder::First),
        Some(Some(id)) => find(connection, id)?
            .filter(|account| account.disabled_at.is_none())
            .map(LinkHolder::Of),
    })
}

/// Puts a link, with the moment at which it ends, in the place of those before.
pub(super) fn replace(
    t: &Transaction<'_>,
    account: Option<i64>,
    (digest, expires): (&Secret, &str),
) -> rusqlite::Result<()> {
    t.execute(
        "DELETE FROM account_link WHERE account_id IS ?1 OR expires_at <= ?2",
        params![account, now()],
    )?;
    t.execute(
        "INSERT INTO account_link (digest, account_id, expires_at) VALUES (?1, ?2, ?3)",
        params![digest, account, expires],
    )?;
    Ok(())
}
