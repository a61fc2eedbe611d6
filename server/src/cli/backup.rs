//! `baraza backup` and `baraza backup-key`

use super::by::By;
use super::verify::Bars;
use super::{Database, counted};
use crate::backup::{Order, Recipients, Stop, default_name, make, new_identity};
use crate::store::copies::open_to_read;
use crate::store::{OpenError, Store};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a whole copy of the database, while the server goes on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza backup                                       baraza-2026-11-24T120000Z.db, in this folder
  baraza backup /media/stick/baraza.db --replace
  baraza backup /media/stick/today.db.age --to age1…  only who has the key can open it
  baraza backup --to @coordinators.txt                a key on each line

The copy is as of one moment, is looked through before it counts, and is at its place whole or not at all. What was
deleted from the database is not in it. Encrypted ones are made with age (age-encryption.org): 'baraza backup-key'
makes a key, and 'age --decrypt' opens them, too. What is to be encrypted lies beside the database until it is, never on
the medium of the backup.

Put it back with 'baraza restore'. Backups by the clock: 'baraza serve --backup-folder'.")]
pub struct Backup {
    /// The file to write; one named by the moment where none is named
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// Encrypt to this key, or to those in a file: age1… or @FILE (can be repeated)
    #[arg(long, value_name = "RECIPIENT")]
    to: Vec<String>,
    /// Replace the file if it is there
    #[arg(long)]
    replace: bool,
    /// Don't look through the copy
    #[arg(long)]
    no_check: bool,
    #[command(flatten)]
    by: By,
}

/// Make a key for encrypted backups
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza backup-key baraza.key          prints the recipient, age1…, for 'baraza backup --to'

The file opens every backup made for its recipient. Keep it where the backups are not, and a second copy of it: without
it nobody can open them. The recipient is no secret. 'age-keygen' and 'rage-keygen' make the same.")]
pub struct BackupKey {
    /// The file to write; it must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub fn run(backup: &Backup) -> anyhow::Result<ExitCode> {
    let db = &backup.database.db;
    let recipients = Recipients::named(&backup.to)?;
    let to = backup
        .file
        .clone()
        .unwrap_or_else(|| PathBuf::from(default_name(db, recipients.is_some())));
    let order = Order {
        db,
        to: &to,
        may_replace: backup.replace,
        recipients: recipients.as_ref(),
        is_checked: !backup.no_check,
    };
    let mut bars = Bars::default();
    let made = make(&order, &Stop::default(), &mut |part, done, of| {
        bars.show(part, done, of);
    })?;
    bars.clear();
    let note = || -> anyhow::Result<()> {
        // A database of an older version stays as it is: perhaps it is copied before it is updated.
        if !Store::is_up_to_date(&open_to_read(db)?) {
            anyhow::bail!("the database is of an older version");
        }
        let store = Store::open_existing(db).map_err(|error: OpenError| anyhow::anyhow!(error))?;
        made.note(&store, &backup.by.name())?;
        store.close();
        Ok(())
    };
    if let Err(error) = note() {
        eprintln!("warning: the backup is not noted in the audit log: {error:#}");
    }
    let mut said = format!("wrote {}", made.path.display());
    if let Some(responses) = made.responses {
        said += &format!(" with {}, and looked through it", counted(responses, "response"));
    }
    println!("{said}");
    if let Some(head) = &made.head {
        println!("the audit log in it ends with {head}");
    }
    if recipients.is_none() {
        println!("anyone who has the file can read the answers: --to encrypts it");
    }
    Ok(ExitCode::SUCCESS)
}

pub fn make_key(key: &BackupKey) -> anyhow::Result<ExitCode> {
    let recipient = new_identity(&key.file)?;
    println!("{recipient}");
    eprintln!(
        "wrote the key to {}: keep it where the backups are not, and a second copy of it. Without it nobody can open \
         them.",
        key.file.display()
    );
    Ok(ExitCode::SUCCESS)
}
