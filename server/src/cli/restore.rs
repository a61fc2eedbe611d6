//! `baraza restore`

use super::by::By;
use super::verify::Bars;
use super::{Database, counted};
use crate::backup::{Wish, restore};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Put a backup in the place of the database
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  baraza restore /media/stick/today.db
  baraza restore today.db.age --identity baraza.key
  baraza restore today.db --replace       the database that is there is kept beside, as baraza.before-restore-….db

Stop the server first. The backup is opened and looked through before anything is changed; a wrong key, a file that is
cut off or damaged, and one of a newer Baraza change nothing. What came after the backup is not in it: phones have it no
more once it was acknowledged, so keep the former database.")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: Database,
    /// The key's file, for an encrypted backup
    #[arg(long, value_name = "KEYFILE")]
    identity: Option<PathBuf>,
    /// Put it in the place of the database that is there, which is kept beside
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    by: By,
}

pub fn run(arguments: &Restore) -> anyhow::Result<ExitCode> {
    let wish = Wish {
        file: &arguments.file,
        db: &arguments.database.db,
        identity: arguments.identity.as_deref(),
        may_replace: arguments.replace,
        by: &arguments.by.name(),
    };
    let mut bars = Bars::default();
    let restored = restore(&wish, &mut |part, done, of| bars.show(part, done, of))?;
    bars.clear();
    let mut said = format!(
        "restored {} from {}: {}",
        wish.db.display(),
        wish.file.display(),
        counted(restored.report.responses(), "response")
    );
    if let Some(last) = &restored.report.last_received {
        said += &format!(", the last of {last}; what came after it is not in the backup");
    }
    println!("{said}");
    if let Some(head) = &restored.report.head {
        println!("its audit log ended with {head}");
    }
    if let Some(former) = &restored.former {
        println!("the former database is {}", former.display());
    }
    Ok(ExitCode::SUCCESS)
}
