//! `baraza enumerators`

use super::code::drawn;
use super::links::{Listing, Shown, base};
use super::responses::Person;
use super::{Database, Format, answer, counted, the_survey};
use crate::secret;
use crate::store::{Added, Enumerator, Store};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use std::process::ExitCode;

/// Let enumerators sign in on their phones, and take that back
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza enumerators add Amina --url https://survey.example.org
  baraza enumerators add Bola --survey household
  baraza enumerators list --format json
  baraza enumerators revoke Amina        a lost phone: its sign-in is void at once
  baraza enumerators renew Amina         a new link; the old one and every phone signed in by it are void

A link signs in whoever opens it: hand it to one person, on paper or from screen to phone, and print or send it to nobody
else. It is shown once and not kept; 'renew' makes another. Answers on a phone whose link was taken back stay there, and
are sent after it has signed in by a new one.

A form with baraza::sign_in = yes in its settings takes responses from enumerators alone.")]
pub struct Enumerators {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add an enumerator, and print the link that signs a phone in, with a code to scan
    Add(Add),
    /// List the enumerators, those who were revoked as well
    List(Listing),
    /// Void an enumerator's link and every phone signed in by it
    Revoke(Named),
    /// Print a new link for an enumerator; the old one is void
    Renew(Renew),
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    named: Named,
    /// A survey that the enumerator is for; may be given again; all surveys where none is named
    #[arg(long, value_name = "ID")]
    survey: Vec<String>,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Renew {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Named {
    /// The enumerator's name
    name: String,
    #[command(flatten)]
    person: Person,
    #[command(flatten)]
    database: Database,
}

/// Characters of a name that fit on a phone's screen and in a cell.
const LONGEST_NAME: usize = 80;

pub fn run(arguments: &Enumerators) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Add(add) => add_one(add),
        What::List(list) => list_all(list),
        What::Revoke(named) => revoke(named),
        What::Renew(renew) => renew_one(renew),
    }?;
    Ok(ExitCode::SUCCESS)
}

fn add_one(add: &Add) -> anyhow::Result<()> {
    let store = add.named.database.open_existing()?;
    let name = clean(&add.named.name)?;
    let base = base(add.shown.url.as_deref())?;
    let surveys = add.survey.iter().map(|slug| the_survey(&store, Some(slug)));
    let surveys: Vec<_> = surveys.collect::<anyhow::Result<_>>()?;
    let token = secret::make();
    let public = uuid::Uuid::new_v4().to_string();
    match store.add_enumerator(
        &name,
        &public,
        &surveys,
        &secret::digest(&token),
        &add.named.person.name()?,
    )? {
        Added::Made(enumerator) => show(&add.shown, &base, &enumerator, &token),
        Added::NameTaken => bail!(
            "there is an enumerator '{name}': take another name, or make a new link with 'baraza enumerators renew'"
        ),
    }
}

fn renew_one(renew: &Renew) -> anyhow::Result<()> {
    let store = renew.named.database.open_existing()?;
    let name = clean(&renew.named.name)?;
    let base = base(renew.shown.url.as_deref())?;
    let token = secret::make();
    let renewed = store.renew_enumerator(&name, &secret::digest(&token), &renew.named.person.name()?)?;
    let Some(enumerator) = renewed else {
        return unknown(&store, &name);
    };
    show(&renew.shown, &base, &enumerator, &token)
}

fn revoke(named: &Named) -> anyhow::Result<()> {
    let store = named.database.open_existing()?;
    let name = clean(&named.name)?;
    if !store.revoke_enumerator(&name, &named.person.name()?)? {
        return unknown(&store, &name);
    }
    answer(&format!(
        "'{name}' is signed out everywhere, and the link is void. Responses that were received stay.\n\
         'baraza enumerators renew' gives a new link, by which answers still on the phone can be sent.\n"
    ))
}

fn unknown(store: &Store, name: &str) -> anyhow::Result<()> {
    let all = store.enumerators()?;
    let names: Vec<&str> = all
        .iter()
        .filter(|e| e.revoked_at.is_none())
        .map(|e| e.name.as_str())
        .collect();
    let there = if names.is_empty() {
        "nobody".to_owned()
    } else {
        names.join(", ")
    };
    bail!("there is no enumerator '{name}'; there is: {there}")
}

/// The name without spaces around it, if it is one.
fn clean(name: &str) -> anyhow::Result<String> {
    let name = name.trim();
    ensure!(!name.is_empty(), "an enumerator needs a name");
    ensure!(
        name.chars().count() <= LONGEST_NAME && !name.contains(char::is_control),
        "a name has at most {LONGEST_NAME} characters, on one line"
    );
    Ok(name.to_owned())
}

fn show(shown: &Shown, base: &str, enumerator: &Enumerator, token: &str) -> anyhow::Result<()> {
    let link = format!("{base}/sign-in#{token}");
    if shown.format == Format::Json {
        let mut json = as_json(enumerator);
        json["link"] = json!(link);
        return answer(&format!("{json:#}\n"));
    }
    let code = drawn(&link).context("the address of the server is too long")?;
    let guessed = match shown.url {
        Some(_) => "",
        None => "If phones reach the server by another address, say so with --url.\n",
    };
    answer(&format!(
        "{} may sign in for {}:\n  {link}\n\n{code}\nWhoever opens this link is signed in as {}. It is not shown again.\n{guessed}",
        enumerator.name,
        surveys(enumerator),
        enumerator.name,
    ))
}

fn surveys(enumerator: &Enumerator) -> String {
    if enumerator.surveys.is_empty() {
        "all surveys".into()
    } else {
        enumerator.surveys.join(", ")
    }
}

fn as_json(enumerator: &Enumerator) -> Json {
    json!({
        "id": enumerator.public,
        "name": enumerator.name,
        "surveys": enumerator.surveys,
        "made_at": enumerator.made_at,
        "seen_at": enumerator.seen_at,
        "responses": enumerator.responses,
        "revoked_at": enumerator.revoked_at,
    })
}

fn list_all(list: &Listing) -> anyhow::Result<()> {
    let all = list.database.open_existing()?.enumerators()?;
    if list.format == Format::Json {
        let all: Vec<Json> = all.iter().map(as_json).collect();
        return answer(&format!("{:#}\n", json!({ "enumerators": all })));
    }
    if all.is_empty() {
        return answer("no enumerators yet: 'baraza enumerators add NAME' makes one\n");
    }
    let width = all
        .iter()
        .map(|e| e.name.chars().count())
        .max()
        .unwrap_or_default();
    let line = |e: &Enumerator| {
        let seen = e
            .seen_at
            .as_ref()
            .map_or("never seen".into(), |at| format!("last seen {at}"));
        let revoked = e
            .revoked_at
            .as_ref()
            .map_or(String::new(), |at| format!("  REVOKED {at}"));
        format!(
            "{:width$}  {}  {}  made {}  {seen}{revoked}\n",
            e.name,
            surveys(e),
            counted(e.responses, "response"),
            e.made_at,
        )
    };
    answer(&all.iter().map(line).collect::<String>())
}
