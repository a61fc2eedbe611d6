//! Accounts of the desk: who works there, and what each may see.

use super::audit::{Note, append};
use super::{Secret, Store, account_links, now, tokens};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Value as Json, json};

/// What a person is at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything, accounts among it.
    Administrator,
    /// Surveys, enumerators and responses.
    Coordinator,
    /// Results.
    Analyst,
}

impl Role {
    /// All, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Coordinator, Self::Analyst];

    /// As it is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Coordinator => "coordinator",
            Self::Analyst => "analyst",
        }
    }

    /// The role of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// What an account may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What the person is.
    pub role: Role,
    /// Whether an analyst may see single responses.
    pub raw: bool,
    /// Slugs of the surveys; nothing means every one, those to come as well.
    pub surveys: Option<Vec<String>>,
}

/// Somebody who works at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Row id.
    pub id: i64,
    /// What signs in.
    pub name: String,
    /// What it may see.
    pub access: Access,
    /// Moment at which it was made.
    pub made_at: String,
    /// Moment of the last visit that is known.
    pub seen_at: Option<String>,
    /// Moment at which it was closed.
    pub disabled_at: Option<String>,
    /// Whether a password was chosen.
    pub has_password: bool,
    /// Whether the second factor is on.
    pub has_factor: bool,
}

/// What adding an account did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddedAccount {
    /// It is there.
    Made(i64),
    /// Another one has the name.
    NameTaken,
}

/// What changing an account did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// There is no such account.
    Unknown,
    /// Nobody would be left to let others in.
    LastAdministrator,
}

impl Store {
    /// Adds an account with a link by which its password is chosen.
    pub fn add_account(
        &self,
        name: &str,
        access: &Access,
        link: (&Secret, &str),
        by: &str,
    ) -> rusqlite::Result<AddedAccount> {
        self.writer.transaction(|t| {
            let Some(id) = insert(t, name, access)? else {
                return Ok(AddedAccount::NameTaken);
            };
            account_links::replace(t, Some(id), link)?;
            note(t, by, "account_added", described(name, access))?;
            Ok(AddedAccount::Made(id))
        })
    }

    /// All accounts by name.
    pub fn accounts(&self) -> rusqlite::Result<Vec<Account>> {
        let reader = self.reader()?;
        let mut statement = reader.prepare(&format!("{READ} ORDER BY a.name COLLATE NOCASE"))?;
        statement.query_map([], read)?.collect()
    }

    /// An account.
    pub fn account(&self, id: i64) -> rusqlite::Result<Option<Account>> {
        find(&*self.reader()?, id)
    }

    /// The account of a name.
    pub fn account_named(&self, name: &str) -> rusqlite::Result<Option<Account>> {
        self.reader()?
            .query_row(&format!("{READ} WHERE a.name = ?1 COLLATE NOCASE"), [name], read)
            .optional()
    }

    /// Changes what an account may see; it counts from its next request on.
    pub fn change_account(&self, id: i64, access: &Access, by: &str) -> rusqlite::Result<Changed> {
        self.writer.transaction(|t| {
            let Some(account) = find(t, id)? else {
                return Ok(Changed::Unknown);
            };
            if access.role != Role::Administrator && is_last(t, &account)? {
                return Ok(Changed::LastAdministrator);
            }
            t.execute(
                "UPDATE account SET role = ?2, raw = ?3, every_survey = ?4 WHERE id = ?1",
                params![id, access.role.word(), access.raw, access.surveys.is_none()],
            )?;
            put_surveys(t, id, access)?;
            note(t, by, "account_changed", described(&account.name, access))?;
            Ok(Changed::Done)
        })
    }

    /// Closes an account, or opens it again. What is closed is signed out everywhere, and its link is void.
    pub fn close_account(&self, id: i64, closed: bool, by: &str) -> rusqlite::Result<Changed> {
        self.writer.transaction(|t| {
            let Some(account) = find(t, id)? else {
                return Ok(Changed::Unknown);
            };
            if closed && is_last(t, &account)? {
                return Ok(Changed::LastAdministrator);
            }
            let at = closed.then(now);
            t.execute(
                "UPDATE account SET disabled_at = ?2 WHERE id = ?1",
                params![id, at],
            )?;
            if closed {
                t.execute("DELETE FROM desk_session WHERE account_id = ?1", [id])?;
                t.execute("DELETE FROM account_link WHERE account_id = ?1", [id])?;
                tokens::end_all(t, id)?;
            }
            let action = if closed {
                "account_closed"
            } else {
                "account_opened"
            };
            note(t, by, action, json!({ "name": account.name }))?;
            Ok(Changed::Done)
        })
    }

    /// Gives an account a new link in place of its password and its second factor, and signs it out everywhere.
    pub fn reset_account(&self, id: i64, link: (&Secret, &str), by: &str) -> rusqlite::Result<Changed> {
        self.writer.transaction(|t| {
            let Some(account) = find(t, id)? else {
                return Ok(Changed::Unknown);
            };
            t.execute(
                "UPDATE account SET hash = NULL, factor = NULL, factor_step = NULL WHERE id = ?1",
                [id],
            )?;
            t.execute("DELETE FROM recovery_code WHERE account_id = ?1", [id])?;
            t.execute("DELETE FROM desk_session WHERE account_id = ?1", [id])?;
            tokens::end_all(t, id)?;
            account_links::replace(t, Some(id), link)?;
            note(t, by, "account_reset", json!({ "name": account.name }))?;
            Ok(Changed::Done)
        })
    }
}

/// Adds the row; nothing where the name is taken.
pub(super) fn insert(t: &Transaction<'_>, name: &str, access: &Access) -> rusqlite::Result<Option<i64>> {
    let taken = "SELECT EXISTS (SELECT 1 FROM account WHERE name = ?1 COLLATE NOCASE)";
    if t.query_row(taken, [name], |row| row.get(0))? {
        return Ok(None);
    }
    t.execute(
        "INSERT INTO account (name, role, raw, every_survey, made_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            name,
            access.role.word(),
            access.raw,
            access.surveys.is_none(),
            now()
        ],
    )?;
    let id = t.last_insert_rowid();
    put_surveys(t, id, access)?;
    Ok(Some(id))
}

fn put_surveys(t: &Transaction<'_>, id: i64, access: &Access) -> rusqlite::Result<()> {
    t.execute("DELETE FROM account_survey WHERE account_id = ?1", [id])?;
    for slug in access.surveys.iter().flatten() {
        t.execute(
            "INSERT OR IGNORE INTO account_survey (account_id, survey_id) SELECT ?1, id FROM survey WHERE slug = ?2",
            params![id, slug],
        )?;
    }
    Ok(())
}

/// Whether an account is the only administrator who can sign in.
fn is_last(t: &Transaction<'_>, account: &Account) -> rusqlite::Result<bool> {
    if account.access.role != Role::Administrator || account.disabled_at.is_some() || !account.has_password {
        return Ok(false);
    }
    t.query_row(
        "SELECT NOT EXISTS (SELECT 1 FROM account
         WHERE role = 'administrator' AND disabled_at IS NULL AND hash IS NOT NULL AND id <> ?1)",
        [account.id],
        |row| row.get(0),
    )
}

fn described(name: &str, access: &Access) -> Json {
    json!({ "name": name, "role": access.role.word(), "raw": access.raw, "surveys": access.surveys })
}

/// Adds an entry that concerns no survey to the audit log.
pub(super) fn note(
    t: &Transaction<'_>,
    by: &str,
    action: &'static str,
    detail: Json,
) -> rusqlite::Result<()> {
    append(
        t,
        &Note {
            by: by.to_owned(),
            action,
            survey: String::new(),
            detail,
        },
    )
}

/// An account.
pub(super) fn find(connection: &Connection, id: i64) -> rusqlite::Result<Option<Account>> {
    connection
        .prepare_cached(&format!("{READ} WHERE a.id = ?1"))?
        .query_row([id], read)
        .optional()
}

// Slugs hold no spaces.
const READ: &str = "SELECT a.id, a.name, a.role, a.raw, a.every_survey, a.made_at, a.disabled_at,
    a.hash IS NOT NULL, a.factor IS NOT NULL,
    (SELECT max(seen_at) FROM desk_session d WHERE d.account_id = a.id),
    (SELECT group_concat(slug, ' ' ORDER BY slug) FROM account_survey x JOIN survey s ON s.id = x.survey_id
        WHERE x.account_id = a.id)
    FROM account a";

fn read(row: &Row<'_>) -> rusqlite::Result<Account> {
    let (role, every, slugs): (String, bool, Option<String>) = (row.get(2)?, row.get(4)?, row.get(10)?);
    let slugs = slugs.unwrap_or_default();
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        access: Access {
            // The table holds no other; the least mighty where it did.
            role: Role::of(&role).unwrap_or(Role::Analyst),
            raw: row.get(3)?,
            surveys: (!every).then(|| slugs.split_whitespace().map(String::from).collect()),
        },
        made_at: row.get(5)?,
        disabled_at: row.get(6)?,
        has_password: row.get(7)?,
        has_factor: row.get(8)?,
        seen_at: row.get(9)?,
    })
}
