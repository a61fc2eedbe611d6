//! Who asks, once they have signed in.

use super::Act;
use crate::http::{App, Failure};
use crate::secret;
use crate::store::{Access, Account, DeskSession, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use baraza_forms::hex;
use std::time::Duration;

/// A browser that was not here for so long has to sign in again.
const IDLE: Duration = Duration::from_hours(24);
/// And each has to after so long.
const LONGEST: Duration = Duration::from_hours(14 * 24);

/// Who asks. Only the gate makes one; handlers take it as an argument.
#[derive(Debug, Clone)]
pub struct Who {
    /// Row id of the account.
    pub id: i64,
    /// The name.
    pub name: String,
    /// What the account may see.
    pub access: Access,
    /// Row id of the session.
    pub session: i64,
    /// Whether the second factor is on.
    pub has_factor: bool,
    /// Name of the token that a program has brought; nothing where a browser is signed in.
    pub token: Option<String>,
    /// What a form proves with that a page of this session sent it.
    pub csrf: String,
}

/// What a request brings along to be let in by, besides a cookie.
pub enum Brought {
    /// Nothing: a cookie may let it in.
    Nothing,
    /// What lets nobody in, and a cookie beside it does not help.
    Void,
    /// A token, and in whose name it reads.
    Token(Box<(Who, Token)>),
}

impl Who {
    /// Whoever is signed in by the cookie of a request.
    pub fn of(app: &App, headers: &HeaderMap) -> Result<Option<(Self, DeskSession)>, Failure> {
        let Some(cookie) = super::cookie::read(app, headers) else {
            return Ok(None);
        };
        let found = app
            .store
            .desk_session(&secret::digest(cookie), &crate::store::ago(LONGEST), &idle())?;
        Ok(found.map(|(account, session)| (Self::made(account, &session, cookie), session)))
    }

    /// What a request says of whom a program reads for.
    pub fn of_token(app: &App, headers: &HeaderMap) -> Result<Brought, Failure> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(Brought::Nothing);
        };
        let token = value.to_str().ok().and_then(|value| {
            let (scheme, token) = value.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
        });
        let found = match token {
            Some(token) => app.store.token_holder(&secret::digest(token))?,
            None => None,
        };
        let Some((account, token)) = found else {
            return Ok(Brought::Void);
        };
        let who = Self {
            id: account.id,
            name: account.name,
            access: account.access,
            session: 0,
            has_factor: account.has_factor,
            token: Some(token.name.clone()),
            // It sends no form.
            csrf: secret::make(),
        };
        Ok(Brought::Token(Box::new((who, token))))
    }

    fn made(account: Account, session: &DeskSession, cookie: &str) -> Self {
        Self {
            id: account.id,
            name: account.name,
            access: account.access,
            session: session.id,
            has_factor: account.has_factor,
            token: None,
            // Follows from the cookie, and does not tell it.
            csrf: hex(&secret::digest(&format!("form {cookie}"))),
        }
    }

    /// Whether this is of a survey that the account may see.
    pub fn sees(&self, survey: &str) -> bool {
        let surveys = self.access.surveys.as_ref();
        surveys.is_none_or(|surveys| surveys.iter().any(|seen| seen == survey))
    }

    /// Whether the account may do something, in a survey or altogether.
    pub fn may(&self, act: Act, survey: Option<&str>) -> bool {
        act.is_for(&self.access) && survey.is_none_or(|survey| self.sees(survey))
    }
}

/// Sessions that were not seen since then have ended.
pub fn idle() -> String {
    crate::store::ago(IDLE)
}

/// Fails on routes that are not behind the gate.
impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| Failure::Ours(anyhow::anyhow!("a page of the desk is not behind its gate")))
    }
}
