//! The command line: one word for each job.

mod accounts;
mod analyse;
mod analyse_further;
mod analyse_out;
mod audit;
mod backup;
mod by;
mod check;
mod code;
mod convert;
mod demo;
mod diff;
mod enumerators;
mod export;
mod https;
mod import;
mod import_outbox;
mod links;
mod log;
mod media;
mod microdata;
mod of;
mod progress;
mod publish;
mod quotas;
mod responses;
mod restore;
mod rounds;
mod sampling;
mod serve;
mod source;
mod survey;
mod verify;
mod versions;
mod whole_file;

pub use whole_file::WholeFile;

use crate::store::{OpenError, Store, Survey};
use clap::{Parser, Subcommand, ValueEnum};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// The job could not be done: input, file or network.
pub const FAILED: u8 = 1;
/// The form has errors.
const REFUSED: u8 = 2;

/// Asks communities what threatens them and what they need to feel secure, and gives the answers back safely.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
Start here:
  baraza serve                       publish the default survey and answer phones
  baraza analyse --out tables        tables by gender, age band and group, and a report
  baraza demo --db demo.db           a database of synthetic respondents to look around in

Exit codes: 0 done, 1 could not be done, 2 wrong use or a form with errors, 3 'baraza verify' found damage.
'baraza diff' has its own."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Check(check::Check),
    Convert(convert::Convert),
    Publish(publish::Publish),
    Versions(versions::Versions),
    Diff(diff::Diff),
    Accounts(accounts::Accounts),
    Enumerators(enumerators::Enumerators),
    Quotas(quotas::Quotas),
    Survey(survey::Running),
    Rounds(rounds::RoundsOf),
    Responses(responses::Responses),
    Media(media::Media),
    Analyse(Box<analyse::Analyse>),
    Export(export::Export),
    Microdata(microdata::Microdata),
    ImportOutbox(import_outbox::ImportOutbox),
    Backup(backup::Backup),
    BackupKey(backup::BackupKey),
    Restore(restore::Restore),
    Verify(verify::Verify),
    Audit(audit::Audit),
    Demo(demo::Demo),
}

/// Does what the command line says.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Command::Serve(serve) => serve::run(&serve),
        Command::Check(check) => check::run(&check),
        Command::Convert(convert) => convert::run(&convert),
        Command::Publish(publish) => publish::run(&publish),
        Command::Versions(versions) => versions::run(&versions),
        Command::Diff(diff) => Ok(diff::run(&diff)),
        Command::Accounts(accounts) => accounts::run(&accounts),
        Command::Enumerators(enumerators) => enumerators::run(&enumerators),
        Command::Quotas(quotas) => quotas::run(&quotas),
        Command::Survey(survey) => survey::run(&survey),
        Command::Rounds(rounds) => rounds::run(&rounds),
        Command::Responses(responses) => responses::run(&responses),
        Command::Media(media) => media::run(&media),
        Command::Analyse(analyse) => analyse::run(&analyse),
        Command::Export(export) => export::run(&export),
        Command::Microdata(microdata) => microdata::run(&microdata),
        Command::ImportOutbox(import) => import_outbox::run(&import),
        Command::Backup(backup) => backup::run(&backup),
        Command::BackupKey(key) => backup::make_key(&key),
        Command::Restore(restore) => restore::run(&restore),
        Command::Verify(verify) => verify::run(&verify),
        Command::Audit(audit) => audit::run(&audit),
        Command::Demo(demo) => demo::run(&demo),
    }
}

/// The database that a command works on.
#[derive(Debug, clap::Args)]
struct Database {
    /// The database file
    #[arg(long, value_name = "FILE", default_value = "baraza.db")]
    db: PathBuf,
}

impl Database {
    fn open(&self) -> Result<Store, OpenError> {
        Store::open(&self.db)
    }

    fn open_existing(&self) -> Result<Store, OpenError> {
        Store::open_existing(&self.db)
    }
}

/// How a command answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person
    Text,
    /// For a program
    Json,
}

/// Prints an answer; who reads only its beginning, as `head` does, has what they want.
fn answer(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// `1 response`, `2 responses`
fn counted(n: u64, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

/// The survey named, or the only one there is.
fn the_survey(store: &Store, named: Option<&str>) -> anyhow::Result<Survey> {
    let surveys = store.surveys()?;
    let slugs = surveys
        .iter()
        .map(|s| s.slug.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    match named {
        Some(name) => surveys
            .into_iter()
            .find(|survey| survey.slug == name)
            .ok_or_else(|| {
                anyhow::anyhow!("there is no survey '{name}' in the database; there are: {slugs}")
            }),
        None if surveys.len() == 1 => Ok(surveys
            .into_iter()
            .next()
            .unwrap_or_else(|| unreachable!("one survey"))),
        None if surveys.is_empty() => Err(anyhow::anyhow!(
            "the database holds no survey yet: publish one first"
        )),
        None => Err(anyhow::anyhow!("which survey? Name one with --survey: {slugs}")),
    }
}

/// The position of a language in a form, by tag or name.
fn the_language(form: &baraza_forms::Form, named: Option<&str>) -> anyhow::Result<usize> {
    let Some(name) = named else { return Ok(0) };
    form.language(name).ok_or_else(|| {
        let known = form
            .languages
            .iter()
            .map(|l| l.tag.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        anyhow::anyhow!("the form has no language '{name}'; it has: {known}")
    })
}
