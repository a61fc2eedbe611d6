//! `baraza accounts`

use super::code::drawn;
use super::links::{Listing, Shown, base};
use super::responses::Person;
use super::{Database, Format, answer, the_survey};
use crate::desk::{END, HOURS, clean_name, expires};
use crate::secret;
use crate::store::{Access, Account, AddedAccount, Changed, Role, Store};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Let coordinators, analysts and administrators sign in at the desk, and take that back
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza accounts add Bola --role coordinator --url https://survey.example.org
  baraza accounts add Chidi --role analyst --survey household --raw
  baraza accounts list --format json
  baraza accounts reset Bola             a lost password or phone: both are void, and a new link lets in
  baraza accounts close Bola             nobody gets in by it any more, at once; 'open' takes that back
  baraza accounts revoke-sessions Bola   every browser has to sign in again

The first start of 'baraza serve' prints a link for the first administrator, who makes the other accounts in the browser
under /desk; this command does the same from the server's own machine, also where nobody can sign in any more. Links are
for one person, hold once and for 72 hours, and are shown once. Enumerators have links of their own: 'baraza enumerators'.")]
pub struct Accounts {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add an account, and print the link by which its password is chosen
    Add(Add),
    /// List the accounts
    List(Listing),
    /// Print a new link; password, second factor and sessions are void
    Reset(Reset),
    /// Close an account at once; its name stays in the log
    #[command(alias = "disable")]
    Close(Named),
    /// Open a closed account again
    #[command(alias = "enable")]
    Open(Named),
    /// Sign an account out everywhere
    RevokeSessions(Named),
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// What the person is
    #[arg(long, value_name = "ROLE", value_parser = ["administrator", "coordinator", "analyst"])]
    role: String,
    /// A survey that the account may see; may be given again; all surveys where none is named
    #[arg(long, value_name = "ID")]
    survey: Vec<String>,
    /// Let an analyst see single responses
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Reset {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Named {
    /// The name that signs in
    name: String,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    database: Database,
}

pub fn run(arguments: &Accounts) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Add(add) => add_one(add),
        What::List(list) => list_all(list),
        What::Reset(reset) => reset_one(reset),
        What::Close(named) => close(named, true),
        What::Open(named) => close(named, false),
        What::RevokeSessions(named) => revoke_sessions(named),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn add_one(add: &Add) -> anyhow::Result<()> {
    let store = add.named.database.open_existing()?;
    let by = add.named.person.name()?;
    let name = clean_name(&add.named.name)
        .context("a name has at most 80 characters, on one line, and is not that of the server")?;
    let base = base(add.shown.url.as_deref())?;
    let role = Role::of(&add.role).context("which role? administrator, coordinator or analyst")?;
    ensure!(
        !add.raw || role == Role::Analyst,
        "--raw is for analysts: coordinators and administrators see single responses anyway"
    );
    ensure!(
        add.survey.is_empty() || role != Role::Administrator,
        "administrators see all surveys: leave --survey out, or choose another role"
    );
    for slug in &add.survey {
        the_survey(&store, Some(slug))?;
    }
    let access = Access {
        role,
        raw: add.raw,
        surveys: (!add.survey.is_empty()).then(|| add.survey.clone()),
    };
    let token = secret::make();
    match store.add_account(&name, &access, (&secret::digest(&token), &expires()), &by)? {
        AddedAccount::NameTaken => bail!(
            "there is an account '{name}': take another name, or make a new link with 'baraza accounts reset'"
        ),
        AddedAccount::Made(_) => show(&add.shown, &base, &store, &name, &token),
    }
}

fn reset_one(reset: &Reset) -> anyhow::Result<()> {
    let (store, account, by) = found(&reset.named)?;
    let base = base(reset.shown.url.as_deref())?;
    let token = secret::make();
    ensure!(
        account.disabled_at.is_none(),
        "the account '{}' is closed: 'baraza accounts open' opens it again",
        account.name
    );
    store.reset_account(account.id, (&secret::digest(&token), &expires()), &by)?;
    show(&reset.shown, &base, &store, &account.name, &token)
}

/// The database, the account, and who does it.
fn found(named: &Named) -> anyhow::Result<(Store, Account, String)> {
    let store = named.database.open_existing()?;
    let by = named.person.name()?;
    let name = named.name.trim();
    if let Some(account) = store.account_named(name)? {
        return Ok((store, account, by));
    }
    let names: Vec<String> = store
        .accounts()?
        .into_iter()
        .map(|account| account.name)
        .collect();
    let there = if names.is_empty() {
        "nobody".to_owned()
    } else {
        names.join(", ")
    };
    bail!("there is no account '{name}'; there is: {there}")
}

fn close(named: &Named, closed: bool) -> anyhow::Result<()> {
    let (store, account, by) = found(named)?;
    match store.close_account(account.id, closed, &by)? {
        Changed::LastAdministrator => bail!(
            "'{}' is the only administrator who can sign in: make another one first",
            account.name
        ),
        Changed::Unknown => bail!("the account '{}' was just there", account.name),
        Changed::Done if closed => answer(&format!(
            "'{}' is closed and signed out everywhere. 'baraza accounts open' opens it again.\n",
            account.name
        )),
        Changed::Done => answer(&format!(
            "'{}' is open, with the password from before.\n",
            account.name
        )),
    }
}

fn revoke_sessions(named: &Named) -> anyhow::Result<()> {
    let (store, account, by) = found(named)?;
    let ended = store.end_desk_sessions(account.id, None, &by)?;
    answer(&format!(
        "'{}' is signed out everywhere; sessions ended: {ended}\n",
        account.name
    ))
}

fn show(shown: &Shown, base: &str, store: &Store, name: &str, token: &str) -> anyhow::Result<()> {
    let account = store.account_named(name)?.context("it was just there")?;
    let link = format!("{base}{END}{token}");
    if shown.format == Format::Json {
        let mut json = as_json(&account);
        json["link"] = json!(link);
        return answer(&format!("{json:#}\n"));
    }
    let code = drawn(&link).context("the address of the server is too long")?;
    answer(&format!(
        "{name}, {}, for {}:\n  {link}\n\n{code}\nWhoever opens this link chooses the password. It holds once, and for {HOURS} hours; \
         it is not shown again.\n",
        account.access.role.word(),
        surveys(&account),
    ))
}

fn surveys(account: &Account) -> String {
    let surveys = account.access.surveys.as_ref();
    surveys.map_or_else(|| "all surveys".to_owned(), |surveys| surveys.join(", "))
}

fn as_json(account: &Account) -> Json {
    json!({
        "name": account.name,
        "role": account.access.role.word(),
        "raw": account.access.raw,
        "surveys": account.access.surveys,
        "made_at": account.made_at,
        "seen_at": account.seen_at,
        "closed_at": account.disabled_at,
        "has_password": account.has_password,
        "has_second_factor": account.has_factor,
    })
}

fn list_all(list: &Listing) -> anyhow::Result<()> {
    let all = list.database.open_existing()?.accounts()?;
    if list.format == Format::Json {
        let all: Vec<Json> = all.iter().map(as_json).collect();
        return answer(&format!("{:#}\n", json!({ "accounts": all })));
    }
    if all.is_empty() {
        return answer("no accounts yet: 'baraza serve' prints a link for the first administrator\n");
    }
    let width = all.iter().map(|account| account.name.chars().count()).max();
    let width = width.unwrap_or_default();
    let line = |account: &Account| {
        let state = match (&account.disabled_at, account.has_password) {
            (Some(at), _) => format!("  CLOSED {at}"),
            (None, false) => "  no password chosen yet".to_owned(),
            (None, true) => String::new(),
        };
        let raw = if account.access.raw {
            ", single responses"
        } else {
            ""
        };
        let factor = if account.has_factor { ", second factor" } else { "" };
        format!(
            "{:width$}  {:13}  {}{raw}{factor}{state}\n",
            account.name,
            account.access.role.word(),
            surveys(account)
        )
    };
    answer(&all.iter().map(line).collect::<String>())
}
