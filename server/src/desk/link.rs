//! Links by which a password is chosen. What opens one stands after the `#`, so that it is in no log and no address that
//! a browser passes on; a script puts it into the form, and without scripts a person does.

use super::fields::Fields;
use super::password::{Weak, judge};
use super::{Visit, sign_in};
use crate::http::{App, Failure};
use crate::secret;
use crate::store::{Chosen, LinkHolder, SERVER};
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Hours that a link holds.
pub const HOURS: i64 = 72;
/// What the address of a link ends in, before its token.
pub const END: &str = "/desk/link#";
/// Characters of a name.
const LONGEST_NAME: usize = 80;
/// No token is longer.
const LONGEST_TOKEN: usize = 300;

/// When a link ends that is made now.
pub fn expires() -> String {
    format!("{:.3}", Timestamp::now() + SignedDuration::from_hours(HOURS))
}

/// A name with one space between its parts, and none around it.
pub fn spaced(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same, if it is a name.
pub fn clean_name(name: &str) -> Option<String> {
    let name = spaced(name);
    let is_name = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.contains(char::is_control)
        && !name.eq_ignore_ascii_case(SERVER);
    is_name.then_some(name)
}

#[derive(Template)]
#[template(path = "desk/link.html")]
struct Paste<'a> {
    visit: &'a Visit,
    error: &'a str,
}

#[derive(Template)]
#[template(path = "desk/choose.html")]
struct Choose<'a> {
    visit: &'a Visit,
    token: &'a str,
    /// Whose it is; nobody's where it makes the first administrator.
    holder: Option<&'a str>,
    name: &'a str,
    error: &'a str,
}

/// The page that a link leads to.
pub async fn show(visit: Visit) -> Result<Response, Failure> {
    asked(&visit, StatusCode::OK, "")
}

fn asked(visit: &Visit, status: StatusCode, error: &str) -> Result<Response, Failure> {
    visit.page_with(status, &visit.t("link_title"), &Paste { visit, error }.render()?)
}

/// A token as a person may have pasted it: alone, or with the address before it.
fn token(pasted: &str) -> Option<String> {
    let pasted = pasted.trim();
    let token = pasted.rsplit_once('#').map_or(pasted, |(_, token)| token);
    (pasted.len() <= LONGEST_TOKEN).then(|| token.to_ascii_lowercase())
}

/// The token alone brings the page that asks for a password; with a password, it is chosen.
pub async fn choose(
    State(app): State<Arc<App>>,
    visit: Visit,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let void = || asked(&visit, StatusCode::UNAUTHORIZED, &visit.t("link_void"));
    let Some(token) = token(fields.get("token")) else {
        return void();
    };
    let digest = secret::digest(&token);
    let Some(holder) = app.store.account_link(&digest)? else {
        return void();
    };
    let known = match &holder {
        LinkHolder::First => None,
        LinkHolder::Of(account) => Some(account.name.as_str()),
    };
    let page = |status: StatusCode, error: &str| {
        let body = Choose {
            visit: &visit,
            token: &token,
            holder: known,
            name: fields.get("name"),
            error,
        };
        visit.page_with(status, &visit.t("choose_title"), &body.render()?)
    };
    if fields.all("password").next().is_none() {
        return page(StatusCode::OK, "");
    }
    let Some(name) = known.map(String::from).or_else(|| clean_name(fields.get("name"))) else {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &visit.t("name_wrong"));
    };
    let password = fields.get("password");
    if let Err(weak) = judge(password, &name) {
        return page(StatusCode::UNPROCESSABLE_ENTITY, &weak_text(&visit, weak));
    }
    let hash = app.desk.passwords.hash(password).await?;
    let sharing = Arc::clone(&app);
    let chosen = tokio::task::spawn_blocking(move || sharing.store.choose_password(&digest, &name, &hash));
    match chosen.await?? {
        Chosen::Void => void(),
        Chosen::Done(account) => sign_in::begin(&app, &headers, account, "/desk").await,
    }
}

/// Why a password is not taken.
pub fn weak_text(visit: &Visit, weak: Weak) -> String {
    visit.t(match weak {
        Weak::Short => "weak_short",
        Weak::Long => "weak_long",
        Weak::Named => "weak_named",
        Weak::Common => "weak_common",
    })
}

#[cfg(test)]
mod tests {
    use super::{clean_name, token};

    #[test]
    fn a_link_may_be_pasted_whole() {
        assert_eq!(token(" https://a.org/desk/link#ABC \n").as_deref(), Some("abc"));
        assert_eq!(token("abc").as_deref(), Some("abc"));
        assert_eq!(token(&"a".repeat(301)), None);
    }

    #[test]
    fn names_are_one_line_and_not_the_servers() {
        assert_eq!(
            clean_name("  Amina \u{a0} Odhiambo "),
            Some("Amina Odhiambo".into())
        );
        for odd in ["", "  ", "server", "Server", &"a".repeat(81), "a\u{0}b"] {
            assert_eq!(clean_name(odd), None, "{odd:?}");
        }
    }
}
